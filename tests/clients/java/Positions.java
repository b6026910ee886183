import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/** Where a consumer goes on: committed, asked for by time, reset. */
final class Positions {
  private Positions() {}

  static void everyWay(Broker broker) throws Exception {
    for (String protocol : List.of("classic", "consumer")) {
      String topic = broker.topic("positions-" + protocol, 1);
      var place = new TopicPartition(topic, 0);
      long now = System.currentTimeMillis() - 60_000;  // the last two are of this minute
      try (var producer = broker.producer()) {
        for (int n = 0; n < 10; n++) {
          producer.send(new ProducerRecord<>(topic, 0, 1000L * n + (n < 8 ? 0 : now), "k", "" + n)).get();
        }
      }
      resumes(broker, protocol, topic, place);
      seeks(broker, protocol, place);
      resets(broker, protocol, place);
    }
  }

  private static void resumes(Broker broker, String protocol, String topic, TopicPartition place) {
    String group = broker.name("resumed-" + protocol);
    try (var consumer = broker.consumer(group, "group.protocol", protocol)) {
      consumer.subscribe(List.of(topic));
      Check.equal("0", Records.poll(consumer, 10).get(0).value(), "the first");
      consumer.commitSync(Map.of(place, new OffsetAndMetadata(4, "note")));
      Check.equal(10L, consumer.position(place), "the position");
      Check.equal(new OffsetAndMetadata(4, "note").metadata(),
          consumer.committed(Set.of(place)).get(place).metadata(), "the note");
    }
    try (var consumer = broker.consumer(
        group, "group.protocol", protocol, "enable.auto.commit", "true")) {
      consumer.subscribe(List.of(topic));
      Check.equal("4", Records.poll(consumer, 6).get(0).value(), "resumed at");
    }
    try (var consumer = broker.consumer(group, "group.protocol", protocol)) {
      Check.equal(10L, consumer.committed(Set.of(place)).get(place).offset(), "committed by itself");
    }
  }

  private static void seeks(Broker broker, String protocol, TopicPartition place) {
    try (var consumer = broker.consumer(broker.name("seeker"), "group.protocol", protocol)) {
      Check.equal(6L, consumer.offsetsForTimes(Map.of(place, 5500L)).get(place).offset(), "by time");
      Check.equal(null, consumer.offsetsForTimes(
          Map.of(place, System.currentTimeMillis())).get(place), "nothing so late");
      Check.equal(0L, consumer.beginningOffsets(Set.of(place)).get(place), "the beginning");
      Check.equal(10L, consumer.endOffsets(Set.of(place)).get(place), "the end");
      consumer.assign(Set.of(place));
      consumer.seek(place, 7);
      Check.equal("7", Records.poll(consumer, 3).get(0).value(), "sought");
      Check.equal(0L, consumer.currentLag(place).getAsLong(), "the lag");
      consumer.seekToEnd(Set.of(place));
      long started = System.nanoTime();
      Check.equal(0, consumer.poll(Duration.ofMillis(300)).count(), "nothing after the end");
      Check.that(System.nanoTime() - started < 2_000_000_000L, "poll returns in time");
    }
  }

  private static void resets(Broker broker, String protocol, TopicPartition place) {
    String group = broker.name("reset-" + protocol);
    try (var consumer = broker.consumer(
        group, "group.protocol", protocol, "auto.offset.reset", "none")) {
      consumer.assign(Set.of(place));
      Check.fails(NoOffsetForPartitionException.class, () -> consumer.poll(Duration.ofSeconds(5)));
      consumer.seek(place, 1000);
      Check.fails(OffsetOutOfRangeException.class, () -> {
        for (int n = 0; n < 20; n++) {
          consumer.poll(Duration.ofMillis(200));
        }
        return "no error";
      });
    }
    try (var consumer = broker.consumer(
        group, "group.protocol", protocol, "auto.offset.reset", "by_duration:P1D")) {
      consumer.assign(Set.of(place));
      Check.equal(8L, Records.poll(consumer, 2).get(0).offset(), "the first of the last day");
    }
    String resumed = broker.name("resumed-" + protocol);
    try (var outside = broker.consumer(resumed, "group.protocol", protocol);
        var member = broker.consumer(resumed, "group.protocol", protocol)) {
      member.subscribe(List.of(place.topic()));
      for (int n = 0; n < 100 && member.assignment().isEmpty(); n++) {
        member.poll(Duration.ofMillis(100));
      }
      outside.assign(Set.of(place));
      Check.fails(CommitFailedException.class, () -> {
        outside.commitSync(Map.of(place, new OffsetAndMetadata(1)));
        return "taken from a stranger while the group has members";
      });
    }
  }
}
