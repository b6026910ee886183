import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

/** Records come back as they were sent. */
final class Records {
  private Records() {}

  static void eachCodec(Broker broker) throws Exception {
    String topic = broker.topic("codecs", 1);
    var sent = new ArrayList<String>();
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      for (String acks : List.of("all", "1")) {
        try (var producer = broker.producer("compression.type", codec, "linger.ms", "20",
            "acks", acks, "enable.idempotence", acks.equals("all") ? "true" : "false")) {
          var futures = new ArrayList<Future<RecordMetadata>>();
          for (int n = 0; n < 500; n++) {
            sent.add(codec + " " + n + " " + "x".repeat(n));
            futures.add(producer.send(new ProducerRecord<>(topic, "k" + n, sent.get(sent.size() - 1))));
          }
          int base = sent.size() - 500;
          for (int n = 0; n < 500; n++) {
            Check.equal((long) base + n, futures.get(n).get().offset(), "the offset told");
          }
        }
      }
    }
    Check.equal(sent, values(read(broker, topic, sent.size())), "what is read");
    String packed = broker.topic("repacked", 1, Map.of("compression.type", "zstd"));
    try (var producer = broker.producer("compression.type", "gzip", "linger.ms", "20")) {
      for (int n = 0; n < 100; n++) {
        producer.send(new ProducerRecord<>(packed, "v" + n));
      }
    }
    Check.equal("v99", read(broker, packed, 100).get(99).value(), "the last of the repacked");
  }

  static void everyShape(Broker broker) throws Exception {
    String topic = broker.topic("shapes", 1);
    try (var producer = broker.producer("acks", "0", "enable.idempotence", "false")) {
      producer.send(new ProducerRecord<>(topic, 0, 1000L, null, "no key",
          List.of(new RecordHeader("h", new byte[] {0, 1}), new RecordHeader("h", null),
              new RecordHeader("e", new byte[0])))).get();
      producer.send(new ProducerRecord<>(topic, "gone", null)).get();
      producer.send(new ProducerRecord<>(topic, "", "")).get();
    }
    var records = read(broker, topic, 3);
    var first = records.get(0);
    Check.equal(null, first.key(), "no key");
    Check.equal(1000L, first.timestamp(), "the timestamp");
    Check.equal(TimestampType.CREATE_TIME, first.timestampType(), "whose timestamp");
    var headers = first.headers().toArray();
    Check.equal(3, headers.length, "headers");
    Check.equal("hhe", headers[0].key() + headers[1].key() + headers[2].key(), "their order");
    Check.that(headers[1].value() == null && headers[2].value().length == 0, "null is not empty");
    Check.equal(null, records.get(1).value(), "a tombstone");
    Check.equal("", records.get(2).key() + records.get(2).value(), "empty");

    String stamped = broker.topic("stamped", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    try (var producer = broker.producer()) {
      var told = producer.send(new ProducerRecord<>(stamped, 0, 1000L, "k", "v")).get();
      var found = read(broker, stamped, 1).get(0);
      Check.equal(TimestampType.LOG_APPEND_TIME, found.timestampType(), "the broker's timestamp");
      Check.equal(told.timestamp(), found.timestamp(), "the time told is the time stored");
    }
    String compacted = broker.topic("keyed", 1, Map.of("cleanup.policy", "compact"));
    String small = broker.topic("small", 1, Map.of("max.message.bytes", "200"));
    try (var producer = broker.producer()) {
      Check.fails(InvalidRecordException.class,
          () -> producer.send(new ProducerRecord<>(compacted, "no key")).get());
      Check.fails(RecordTooLargeException.class,
          () -> producer.send(new ProducerRecord<>(small, "x".repeat(1000))).get());
      producer.send(new ProducerRecord<>(small, "fits")).get();
    }
  }

  /** Many batches in flight to many partitions: each once and in order. */
  static void idempotence(Broker broker) throws Exception {
    String topic = broker.topic("ordered", 6);
    try (var producer = broker.producer("batch.size", "512", "linger.ms", "0",
        "max.in.flight.requests.per.connection", "5")) {
      for (int n = 0; n < 20_000; n++) {
        producer.send(new ProducerRecord<>(topic, n % 6, "k", "" + n));
      }
    }
    var found = read(broker, topic, 20_000);
    var next = new int[] {0, 1, 2, 3, 4, 5};
    for (var record : found) {
      Check.equal("" + next[record.partition()], record.value(), "the next of its partition");
      next[record.partition()] += 6;
    }
    try (var consumer = broker.consumer(broker.name("nobody"))) {
      consumer.assign(partitions(consumer, topic));
      Check.equal(20_000L, consumer.endOffsets(consumer.assignment()).values().stream()
          .mapToLong(Long::longValue).sum(), "records in all");
    }
  }

  static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String topic) {
    return consumer.partitionsFor(topic).stream()
        .map(one -> new TopicPartition(topic, one.partition())).toList();
  }

  /** The first `count` records of a topic, without a group. */
  static List<ConsumerRecord<String, String>> read(
      Broker broker, String topic, int count, String... options) {
    try (var consumer = broker.consumer(broker.name("nobody"), options)) {
      consumer.assign(partitions(consumer, topic));
      consumer.seekToBeginning(consumer.assignment());
      return poll(consumer, count);
    }
  }

  static List<ConsumerRecord<String, String>> poll(
      KafkaConsumer<String, String> consumer, int count) {
    var found = new ArrayList<ConsumerRecord<String, String>>();
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (found.size() < count) {
      consumer.poll(Duration.ofMillis(200)).forEach(found::add);
      Check.that(System.nanoTime() < deadline, found.size() + " of " + count + " records in 30 s");
    }
    Check.equal(count, found.size(), "records");
    return found;
  }

  static List<String> values(List<ConsumerRecord<String, String>> records) {
    return records.stream().map(ConsumerRecord::value).toList();
  }
}
