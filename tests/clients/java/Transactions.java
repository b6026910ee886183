import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions as the client does them with a broker of transaction.version 2. */
final class Transactions {
  private Transactions() {}

  static KafkaProducer<String, String> producer(Broker broker, String id, String... more) {
    var options = new java.util.ArrayList<>(List.of("transactional.id", broker.name(id)));
    options.addAll(List.of(more));
    var producer = broker.producer(options.toArray(new String[0]));
    producer.initTransactions();
    return producer;
  }

  private static void send(KafkaProducer<String, String> producer, String topic, String... values) {
    for (String value : values) {
      producer.send(new ProducerRecord<>(topic, value, value));
    }
  }

  static void outcomes(Broker broker) throws Exception {
    String topic = broker.topic("outcomes", 1);
    String other = broker.topic("outcomes-too", 2);
    try (var producer = producer(broker, "outcomes")) {
      for (int n = 0; n < 20; n++) {
        producer.beginTransaction();
        send(producer, topic, "c" + n);
        send(producer, other, "c" + n, "d" + n);
        producer.commitTransaction();
        producer.beginTransaction();
        send(producer, topic, "a" + n);
        producer.flush();
        producer.abortTransaction();
      }
      producer.beginTransaction();
      producer.commitTransaction();
      producer.beginTransaction();
      producer.abortTransaction();
      producer.beginTransaction();
      send(producer, topic, "open");
      producer.flush();
      var committed = Records.values(
          Records.read(broker, topic, 20, "isolation.level", "read_committed"));
      Check.equal("c0", committed.get(0), "the first committed");
      Check.that(committed.stream().allMatch(value -> value.startsWith("c")), committed);
      Check.equal(41, Records.read(broker, topic, 41).size(), "all, the aborted and the open");
      Check.equal(40, Records.read(
          broker, other, 40, "isolation.level", "read_committed").size(), "the other topic's");
      var place = new TopicPartition(topic, 0);
      try (var reader = reader(broker); var all = broker.consumer(broker.name("all"))) {
        reader.assign(Set.of(place));
        reader.seekToEnd(Set.of(place));
        long stable = reader.position(place);
        Check.equal(stable + 1, all.endOffsets(Set.of(place)).get(place), "one record is unstable");
        Check.equal(0, reader.poll(Duration.ofMillis(300)).count(), "nothing stable is left");
        producer.commitTransaction();
        Check.equal("open", Records.poll(reader, 1).get(0).value(), "committed at last");
      }
    }
  }

  private static KafkaConsumer<String, String> reader(Broker broker) {
    return broker.consumer(broker.name("committed"), "isolation.level", "read_committed");
  }

  /** Consume, process, produce: offsets move with the outcome, and only for members of the group. */
  static void offsets(Broker broker) throws Exception {
    for (String protocol : List.of("classic", "consumer")) {
      String from = broker.topic("from-" + protocol, 1);
      String to = broker.topic("to-" + protocol, 1);
      String group = broker.name("copier-" + protocol);
      var place = new TopicPartition(from, 0);
      try (var filler = broker.producer()) {
        for (int n = 0; n < 30; n++) {
          filler.send(new ProducerRecord<>(from, "" + n));
        }
      }
      ConsumerGroupMetadata left;
      try (var producer = producer(broker, "copier-" + protocol)) {
        try (var consumer = broker.consumer(group, "group.protocol", protocol,
            "isolation.level", "read_committed", "max.poll.records", "10")) {
          consumer.subscribe(List.of(from));
          for (boolean commits : new boolean[] {false, true, true}) {
            long base = consumer.assignment().isEmpty() ? 0 : consumer.position(place);
            var batch = Records.poll(consumer, 10);
            producer.beginTransaction();
            batch.forEach(record -> send(producer, to, record.value()));
            producer.sendOffsetsToTransaction(
                Map.of(place, new OffsetAndMetadata(base + 10)), consumer.groupMetadata());
            if (commits) {
              producer.commitTransaction();
            } else {
              producer.abortTransaction();
              consumer.seek(place, base);
            }
            var stands = consumer.committed(Set.of(place)).get(place);
            Check.equal(commits ? base + 10 : null, stands == null ? null : stands.offset(),
                "committed");
          }
          left = consumer.groupMetadata();
        }
        producer.beginTransaction();
        send(producer, to, "from a zombie");
        Check.fails(org.apache.kafka.clients.consumer.CommitFailedException.class, () -> {
          producer.sendOffsetsToTransaction(Map.of(place, new OffsetAndMetadata(29)), left);
          producer.commitTransaction();
          return "offsets taken from a member that left";
        });
        producer.abortTransaction();
        try (var outside = broker.consumer(group); var admin = broker.admin()) {
          producer.beginTransaction();
          producer.sendOffsetsToTransaction(
              Map.of(place, new OffsetAndMetadata(25)), outside.groupMetadata());
          Check.fails(org.apache.kafka.common.errors.TimeoutException.class,
              () -> outside.committed(Set.of(place), Duration.ofMillis(600)));
          Check.equal(20L, admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()
              .get().get(place).offset(), "an administrator sees what is stable");
          producer.commitTransaction();
          Check.equal(25L, outside.committed(Set.of(place)).get(place).offset(), "then all see it");
        }
      }
      Check.equal(20, Records.read(broker, to, 20, "isolation.level", "read_committed").size(),
          "what was copied");
    }
  }

  static void fencing(Broker broker) throws Exception {
    String topic = broker.topic("fenced", 1);
    try (var older = producer(broker, "fenced")) {
      older.beginTransaction();
      send(older, topic, "from the older");
      older.flush();
      try (var newer = producer(broker, "fenced")) {
        newer.beginTransaction();
        send(newer, topic, "from the newer");
        newer.commitTransaction();
        Check.fails(ProducerFencedException.class, () -> {
          older.commitTransaction();
          return "committed by the older";
        });
      }
    }
    Check.equal(List.of("from the newer"), Records.values(
        Records.read(broker, topic, 1, "isolation.level", "read_committed")), "what is committed");
    try (var slow = producer(broker, "slow", "transaction.timeout.ms", "1000")) {
      slow.beginTransaction();
      send(slow, topic, "too slow");
      slow.flush();
      try (var reader = reader(broker)) {
        var place = new TopicPartition(topic, 0);
        var all = broker.consumer(broker.name("all"));
        Check.soon(25, "the transaction to be given up", () -> reader.endOffsets(Set.of(place))
            .equals(all.endOffsets(Set.of(place))));
        all.close();
      }
      Check.fails(InvalidProducerEpochException.class,
          () -> slow.send(new ProducerRecord<>(topic, "later")).get());
    }
    try (var slow = producer(broker, "slower", "transaction.timeout.ms", "100")) {
      slow.beginTransaction();
      send(slow, topic, "too slow");
      slow.flush();
      Thread.sleep(2_000);
      Check.fails(ProducerFencedException.class, () -> {
        slow.commitTransaction();
        return "committed after the time-out";
      });
    }
  }
}
