import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Administration of topics, their settings and their records. */
final class AdminTopics {
  private AdminTopics() {}

  static void everyCall(Broker broker) throws Exception {
    try (var admin = broker.admin()) {
      topics(broker, admin);
      settings(broker, admin);
      records(broker, admin);
    }
  }

  private static void topics(Broker broker, Admin admin) throws Exception {
    String name = broker.name("created");
    var wanted = new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "60000"));
    admin.createTopics(Set.of(wanted), new CreateTopicsOptions().validateOnly(true)).all().get();
    Check.that(!admin.listTopics().names().get().contains(name), "validated only");
    var made = admin.createTopics(Set.of(wanted));
    made.all().get();
    Check.equal(3, made.numPartitions(name).get(), "partitions told");
    Check.equal("60000", made.config(name).get().get("retention.ms").value(), "setting told");
    Check.fails(TopicExistsException.class, () -> admin.createTopics(Set.of(wanted)).all().get());
    Check.fails(InvalidTopicException.class,
        () -> admin.createTopics(Set.of(new NewTopic("a b", 1, (short) 1))).all().get());
    Check.fails(InvalidReplicationFactorException.class, () -> admin.createTopics(
        Set.of(new NewTopic(broker.name("many"), 1, (short) 3))).all().get());
    Check.fails(InvalidPartitionsException.class, () -> admin.createTopics(
        Set.of(new NewTopic(broker.name("none"), 0, (short) 1))).all().get());
    Check.fails(InvalidConfigurationException.class, () -> admin.createTopics(Set.of(
        new NewTopic(broker.name("odd"), 1, (short) 1).configs(Map.of("no.such", "1")))).all().get());
    Check.equal(1, admin.createTopics(Set.of(
        new NewTopic(broker.name("default"), Optional.empty(), Optional.empty())))
        .numPartitions(broker.name("default")).get(), "partitions by default");

    var told = admin.describeTopics(Set.of(name)).allTopicNames().get().get(name);
    Check.equal(made.topicId(name).get(), told.topicId(), "the id");
    Check.equal(3, told.partitions().size(), "partitions");
    Check.that(told.partitions().stream().allMatch(
        one -> one.leader().id() == 1 && one.replicas().size() == 1 && one.isr().size() == 1
            && one.elr().isEmpty() && one.lastKnownElr().isEmpty()), told);
    Check.equal(name, admin.describeTopics(TopicCollection.ofTopicIds(Set.of(told.topicId())))
        .allTopicIds().get().get(told.topicId()).name(), "by id");
    Check.fails(UnknownTopicOrPartitionException.class,
        () -> admin.describeTopics(Set.of(broker.name("absent"))).allTopicNames().get());

    admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5))).all().get();
    Check.equal(5, admin.describeTopics(Set.of(name)).allTopicNames().get().get(name)
        .partitions().size(), "more partitions");
    Check.fails(InvalidPartitionsException.class,
        () -> admin.createPartitions(Map.of(name, NewPartitions.increaseTo(2))).all().get());

    admin.deleteTopics(TopicCollection.ofTopicIds(Set.of(told.topicId()))).all().get();
    Check.that(!admin.listTopics().names().get().contains(name), "deleted");
    Check.fails(UnknownTopicOrPartitionException.class,
        () -> admin.deleteTopics(Set.of(name)).all().get());
    Check.fails(UnknownTopicIdException.class, () -> admin.deleteTopics(
        TopicCollection.ofTopicIds(Set.of(told.topicId()))).all().get());
    var again = admin.createTopics(Set.of(wanted));
    Check.that(!again.topicId(name).get().equals(told.topicId()), "the same name has a new id");
  }

  private static void settings(Broker broker, Admin admin) throws Exception {
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, broker.topic("set", 1));
    String usual = describe(admin, topic).get("retention.ms").value();
    Check.equal(ConfigEntry.ConfigSource.DEFAULT_CONFIG,
        describe(admin, topic).get("max.message.bytes").source(), "whence");
    alter(admin, topic, op("retention.ms", "5000", AlterConfigOp.OpType.SET),
        op("cleanup.policy", "compact", AlterConfigOp.OpType.APPEND));
    var set = describe(admin, topic);
    Check.equal("5000", set.get("retention.ms").value(), "set");
    Check.equal("delete,compact", set.get("cleanup.policy").value(), "appended");
    Check.equal(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG,
        set.get("retention.ms").source(), "whence");
    Check.equal(ConfigEntry.ConfigType.LONG, set.get("retention.ms").type(), "its type");
    Check.that(set.get("retention.ms").documentation().length() > 10, "its documentation");
    Check.that(set.get("retention.ms").synonyms().size() >= 2, set.get("retention.ms").synonyms());
    alter(admin, topic, op("retention.ms", "", AlterConfigOp.OpType.DELETE),
        op("cleanup.policy", "delete", AlterConfigOp.OpType.SUBTRACT));
    Check.equal(usual, describe(admin, topic).get("retention.ms").value(), "deleted");
    Check.equal("compact", describe(admin, topic).get("cleanup.policy").value(), "subtracted");
    Check.fails(InvalidConfigurationException.class, () -> {
      alter(admin, topic, op("retention.ms", "soon", AlterConfigOp.OpType.SET));
      return "taken";
    });
    var broker1 = new ConfigResource(ConfigResource.Type.BROKER, "1");
    Check.equal("true", describe(admin, broker1).get("auto.create.topics.enable").value(), "broker");
    Check.that(describe(admin, broker1).get("node.id").isReadOnly(), "read only");
  }

  private static AlterConfigOp op(String name, String value, AlterConfigOp.OpType type) {
    return new AlterConfigOp(new ConfigEntry(name, value), type);
  }

  private static void alter(Admin admin, ConfigResource resource, AlterConfigOp... ops)
      throws Exception {
    Collection<AlterConfigOp> list = List.of(ops);
    admin.incrementalAlterConfigs(Map.of(resource, list)).all().get();
  }

  private static Config describe(Admin admin, ConfigResource resource) throws Exception {
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    return admin.describeConfigs(Set.of(resource), options).all().get().get(resource);
  }

  private static void records(Broker broker, Admin admin) throws Exception {
    String topic = broker.topic("cut", 1);
    var place = new TopicPartition(topic, 0);
    Check.equal(-1L, offset(admin, place, OffsetSpec.maxTimestamp()), "none of an empty one");
    try (var producer = broker.producer()) {
      for (long time : new long[] {1000, 9000, 3000}) {
        producer.send(new ProducerRecord<>(topic, 0, time, "k", "v")).get();
      }
    }
    Check.equal(0L, offset(admin, place, OffsetSpec.earliest()), "the earliest");
    Check.equal(3L, offset(admin, place, OffsetSpec.latest()), "the latest");
    Check.equal(1L, offset(admin, place, OffsetSpec.maxTimestamp()), "of the highest time");
    Check.equal(1L, offset(admin, place, OffsetSpec.forTimestamp(2000)), "of a time");
    Check.equal(-1L, offset(admin, place, OffsetSpec.forTimestamp(9001)), "of a later time");
    Check.equal(0L, offset(admin, place, OffsetSpec.earliestLocal()), "the earliest here");
    Check.equal(-1L, offset(admin, place, OffsetSpec.latestTiered()), "nothing elsewhere");
    Check.equal(2L, admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(2)))
        .lowWatermarks().get(place).get().lowWatermark(), "the low watermark");
    Check.equal(2L, offset(admin, place, OffsetSpec.earliest()), "the earliest left");
    Check.fails(OffsetOutOfRangeException.class, () -> admin.deleteRecords(
        Map.of(place, RecordsToDelete.beforeOffset(99))).all().get());
    admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(-1))).all().get();
    Check.equal(3L, offset(admin, place, OffsetSpec.earliest()), "all are deleted");
  }

  private static long offset(Admin admin, TopicPartition place, OffsetSpec spec) throws Exception {
    return admin.listOffsets(Map.of(place, spec)).partitionResult(place).get().offset();
  }
}
