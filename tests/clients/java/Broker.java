import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The broker under test: clients with everyday options, and names that no other flow uses. */
record Broker(String address, String prefix) {
  String name(String suffix) {
    return prefix + "-" + suffix;
  }

  /** Creates a topic and returns its name. */
  String topic(String suffix, int partitions) throws Exception {
    return topic(suffix, partitions, Map.of());
  }

  String topic(String suffix, int partitions, Map<String, String> settings) throws Exception {
    var topic = new NewTopic(name(suffix), Optional.of(partitions), Optional.empty());
    try (var admin = admin()) {
      admin.createTopics(Set.of(topic.configs(settings))).all().get();
    }
    return topic.name();
  }

  Admin admin() {
    return Admin.create(options());
  }

  KafkaProducer<String, String> producer(String... more) {
    return new KafkaProducer<>(
        options(more), new StringSerializer(), new StringSerializer());
  }

  KafkaConsumer<String, String> consumer(String group, String... more) {
    var options = options("group.id", group, "enable.auto.commit", "false",
        "auto.offset.reset", "earliest");
    options.putAll(options(more));
    return new KafkaConsumer<>(options, new StringDeserializer(), new StringDeserializer());
  }

  /** A member of a share group. */
  KafkaShareConsumer<String, String> sharer(String group, String... more) {
    var options = options("group.id", group);
    options.putAll(options(more));
    return new KafkaShareConsumer<>(options, new StringDeserializer(), new StringDeserializer());
  }

  /** Gives a group settings, as pairs of name and value; returns its name. */
  String group(String suffix, String... settings) throws Exception {
    var group = new ConfigResource(ConfigResource.Type.GROUP, name(suffix));
    var changes = pairs(settings).entrySet().stream().map(one -> new AlterConfigOp(
        new ConfigEntry(one.getKey(), one.getValue()), AlterConfigOp.OpType.SET)).toList();
    try (var admin = admin()) {
      admin.incrementalAlterConfigs(Map.of(group, changes)).all().get();
    }
    return group.name();
  }

  /** The address and pairs of name and value. */
  Properties options(String... pairs) {
    var options = new Properties();
    options.put("bootstrap.servers", address);
    for (int at = 0; at < pairs.length; at += 2) {
      options.put(pairs[at], pairs[at + 1]);
    }
    return options;
  }

  static Map<String, String> pairs(String... pairs) {
    var map = new HashMap<String, String>();
    for (int at = 0; at < pairs.length; at += 2) {
      map.put(pairs[at], pairs[at + 1]);
    }
    return map;
  }
}
