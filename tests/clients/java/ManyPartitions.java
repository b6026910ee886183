import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;

/** One consumer of a thousand partitions, whose fetches all name every one of them. */
final class ManyPartitions {
  private ManyPartitions() {}

  private static final int PARTITIONS = 1000;
  private static final int ROUNDS = 3;

  static void areReadByOneConsumer(Broker broker) throws Exception {
    String topic = broker.topic("wide", PARTITIONS);
    try (var producer = broker.producer();
        var consumer = broker.consumer(broker.name("reader"))) {
      consumer.subscribe(Set.of(topic));
      for (int round = 0; round < ROUNDS; round++) {
        var expected = new HashSet<String>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
          String value = round + " of " + partition;
          expected.add(value);
          producer.send(new ProducerRecord<>(topic, partition, "", value));
        }
        producer.flush();
        Check.soon(60, () -> expected.size() + " records that are still missing", () -> {
          for (var record : consumer.poll(Duration.ofMillis(100))) {
            Check.that(expected.remove(record.value()), record.value() + " comes twice, or too early");
            Check.that(record.value().endsWith(" of " + record.partition()), "its own partition");
          }
          return expected.isEmpty();
        });
        consumer.commitSync();
      }
      Check.equal(PARTITIONS, consumer.assignment().size(), "partitions of the one member");
    }
  }
}
