import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Administration of the broker itself. */
final class AdminCluster {
  private AdminCluster() {}

  static void everyCall(Broker broker) throws Exception {
    try (var admin = broker.admin()) {
      cluster(broker, admin);
      partitions(broker, admin);
      quotas(broker, admin);
      resources(broker, admin);
      security(admin);
    }
  }

  private static void cluster(Broker broker, Admin admin) throws Exception {
    var cluster = admin.describeCluster();
    Check.equal(22, cluster.clusterId().get().length(), "the length of the cluster's id");
    Check.equal(1, cluster.controller().get().id(), "the controller");
    Check.equal(List.of(broker.address()), cluster.nodes().get().stream()
        .map(node -> node.host() + ":" + node.port()).toList(), "the nodes");
    var features = admin.describeFeatures().featureMetadata().get().finalizedFeatures();
    Check.equal(2, (int) features.get("transaction.version").maxVersionLevel(), "transactions");
    Check.equal(1, (int) features.get("group.version").maxVersionLevel(), "consumer groups");
    var quorum = admin.describeMetadataQuorum().quorumInfo().get();
    Check.equal(1, quorum.leaderId(), "the quorum's leader");
    Check.equal(1, quorum.voters().size(), "its voters");
  }

  private static void partitions(Broker broker, Admin admin) throws Exception {
    String topic = broker.topic("kept", 2);
    var place = new TopicPartition(topic, 0);
    try (var producer = broker.producer()) {
      producer.send(new ProducerRecord<>(topic, 0, "k", "v")).get();
    }
    var directories = admin.describeLogDirs(Set.of(1)).allDescriptions().get().get(1);
    var replicas = new HashMap<TopicPartition, Long>();
    directories.values().forEach(one -> one.replicaInfos().forEach(
        (at, replica) -> replicas.put(at, replica.size())));
    Check.that(replicas.get(place) > 0, "the size " + replicas.get(place));
    Check.that(directories.values().stream().allMatch(one -> one.error() == null), directories);
    var elected = admin.electLeaders(ElectionType.PREFERRED, Set.of(place)).partitions().get();
    Check.that(elected.get(place).get() instanceof ElectionNotNeededException, elected);
    var unknown = new TopicPartition(broker.name("absent"), 0);
    elected = admin.electLeaders(ElectionType.UNCLEAN, Set.of(unknown)).partitions().get();
    Check.that(elected.get(unknown).get() instanceof UnknownTopicOrPartitionException, elected);
    Check.equal(Map.of(), admin.listPartitionReassignments().reassignments().get(), "moving");
    Check.fails(org.apache.kafka.common.errors.NoReassignmentInProgressException.class,
        () -> admin.alterPartitionReassignments(Map.of(place, Optional.empty())).all().get());
  }

  private static void quotas(Broker broker, Admin admin) throws Exception {
    var entity = new ClientQuotaEntity(
        Map.of(ClientQuotaEntity.CLIENT_ID, broker.name("slow")));
    var filter = ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity(
        ClientQuotaEntity.CLIENT_ID, broker.name("slow"))));
    for (Double rate : new Double[] {1e6, null}) {
      admin.alterClientQuotas(Set.of(new ClientQuotaAlteration(entity,
          Set.of(new ClientQuotaAlteration.Op("consumer_byte_rate", rate))))).all().get();
      Check.equal(rate == null ? Map.of() : Map.of(entity, Map.of("consumer_byte_rate", rate)),
          admin.describeClientQuotas(filter).entities().get(), "the quota");
    }
  }

  private static void resources(Broker broker, Admin admin) throws Exception {
    String topic = broker.topic("listed", 1);
    var group = new ConfigResource(ConfigResource.Type.GROUP, broker.name("set"));
    admin.incrementalAlterConfigs(Map.of(group, List.of(new AlterConfigOp(
        new ConfigEntry("consumer.session.timeout.ms", "50000"), AlterConfigOp.OpType.SET))))
        .all().get();
    Check.equal("50000", admin.describeConfigs(Set.of(group)).all().get().get(group)
        .get("consumer.session.timeout.ms").value(), "the group's setting");
    var listed = admin.listConfigResources().all().get();
    Check.that(listed.contains(group), "the group in " + listed);
    Check.that(listed.contains(new ConfigResource(ConfigResource.Type.TOPIC, topic)), listed);
    Check.that(listed.contains(new ConfigResource(ConfigResource.Type.BROKER, "1")), listed);
  }

  /** Without an authorizer, as Kafka. */
  private static void security(Admin admin) {
    var all = new ResourcePattern(ResourceType.TOPIC, "t", PatternType.LITERAL);
    var rule = new AclBinding(all, new AccessControlEntry(
        "User:u", "*", AclOperation.READ, AclPermissionType.ALLOW));
    for (Callable<?> call : List.<Callable<?>>of(
        () -> admin.describeAcls(AclBindingFilter.ANY).values().get(),
        () -> admin.createAcls(Set.of(rule)).all().get(),
        () -> admin.deleteAcls(Set.of(rule.toFilter())).all().get())) {
      Check.fails(SecurityDisabledException.class, call);
    }
  }
}
