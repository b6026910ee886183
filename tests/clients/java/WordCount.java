import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

/** Kafka Streams counts words exactly once, over a restart that loses its local state. */
final class WordCount {
  private WordCount() {}

  private static final String[] WORDS = "the quick brown fox jumps over a lazy dog".split(" ");

  static void exactlyOnce(Broker broker) throws Exception {
    String lines = broker.topic("lines", 2);
    String counts = broker.topic("counts", 2);
    var expected = new TreeMap<String, Long>();
    var topology = topology(lines, counts);
    for (int run = 0; run < 3; run++) {  // the last one has nothing to do but to restore
      var folder = Files.createTempDirectory("braid-streams");
      try (var streams = new KafkaStreams(topology, broker.options(
          "application.id", broker.name("counter"), "processing.guarantee", "exactly_once_v2",
          "state.dir", folder.toString(), "commit.interval.ms", "100", "num.stream.threads", "2",
          "repartition.purge.interval.ms", "500",
          "auto.offset.reset", "earliest", "heartbeat.interval.ms", "300"))) {
        streams.start();
        if (run < 2) {
          say(broker, lines, expected, run);
        }
        Check.soon(60, () -> "counts " + read(broker, counts) + " instead of " + expected,
            () -> read(broker, counts).equals(expected));
        Check.soon(30, "a repartition topic that is emptied as it is read",
            () -> purged(broker, broker.name("counter") + "-words-repartition"));
        Check.soon(30, "a running state", () -> streams.state() == KafkaStreams.State.RUNNING);
        Check.that(streams.close(CloseOptions.groupMembershipOperation(
            CloseOptions.GroupMembershipOperation.LEAVE_GROUP)), "it closes");
      }
      remove(folder);
    }
    internalTopics(broker);
  }

  private static Topology topology(String lines, String counts) {
    var builder = new StreamsBuilder();
    builder.stream(lines, Consumed.with(Serdes.String(), Serdes.String()))
        .flatMapValues(line -> Arrays.asList(line.split(" ")))
        .groupBy((key, word) -> word, Grouped.with("words", Serdes.String(), Serdes.String()))
        .count(Materialized.as("counted"))
        .toStream()
        .mapValues(count -> "" + count)
        .to(counts, Produced.with(Serdes.String(), Serdes.String()));
    return builder.build();
  }

  private static void say(Broker broker, String topic, Map<String, Long> expected, int seed) {
    var random = new Random(seed);
    try (var producer = broker.producer()) {
      for (int n = 0; n < 1000; n++) {
        String line = WORDS[random.nextInt(WORDS.length)] + " " + WORDS[random.nextInt(WORDS.length)];
        Arrays.stream(line.split(" ")).forEach(word -> expected.merge(word, 1L, Long::sum));
        producer.send(new ProducerRecord<>(topic, "" + n, line));
      }
    }
  }

  /** The last count of each word, of what is committed. Counts never go back. */
  private static Map<String, Long> read(Broker broker, String counts) {
    var found = new TreeMap<String, Long>();
    try (var consumer = broker.consumer(broker.name("reader"), "isolation.level", "read_committed")) {
      consumer.assign(Records.partitions(consumer, counts));
      consumer.seekToBeginning(consumer.assignment());
      var ends = consumer.endOffsets(consumer.assignment());
      while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(record -> {
          Long before = found.put(record.key(), Long.valueOf(record.value()));
          Check.that(before == null || before < found.get(record.key()),
              record.key() + " went back from " + before + " to " + record.value());
        });
      }
    }
    return found;
  }

  private static boolean purged(Broker broker, String topic) {
    try (var consumer = broker.consumer(broker.name("reader"))) {
      var places = Records.partitions(consumer, topic);
      var first = consumer.beginningOffsets(places);
      return consumer.endOffsets(places).entrySet().stream()
          .allMatch(end -> end.getValue() == 0 || first.get(end.getKey()) > 0);
    }
  }

  private static void internalTopics(Broker broker) throws Exception {
    String changelog = broker.name("counter") + "-counted-changelog";
    String repartition = broker.name("counter") + "-words-repartition";
    try (var admin = broker.admin()) {
      for (var expected : Map.of(changelog, "compact", repartition, "delete").entrySet()) {
        var topic = new ConfigResource(ConfigResource.Type.TOPIC, expected.getKey());
        Check.equal(expected.getValue(), admin.describeConfigs(Set.of(topic)).all().get().get(topic)
            .get("cleanup.policy").value(), "the policy of " + expected.getKey());
      }
      Check.equal(2, admin.describeTopics(Set.of(repartition)).allTopicNames().get()
          .get(repartition).partitions().size(), "partitions");
      try (var consumer = broker.consumer(broker.name("reader"))) {
        var place = new TopicPartition(repartition, 0);
        Check.that(consumer.endOffsets(Set.of(place)).get(place) > 0, "repartitioned records");
      }
    }
  }

  private static void remove(Path folder) throws Exception {
    try (var paths = Files.walk(folder)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
