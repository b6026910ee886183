import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRecordStateException;

/** Share groups: what becomes of a record that a member has acquired. */
final class Shares {
  private Shares() {}

  static final String[] EXPLICIT = {"share.acknowledgement.mode", "explicit"};

  static void everyWay(Broker broker) throws Exception {
    Groups.inParallel(List.of("locks", "the rest"), part -> {
      if (part.equals("locks")) {
        locks(broker);  // takes its time
      } else {
        acknowledgements(broker);
      }
    });
  }

  private static void acknowledgements(Broker broker) throws Exception {
    implicit(broker);
    explicit(broker);
    togetherOnOnePartition(broker);
    startsWhereItIsTold(broker);
    holderIsKilled(broker);
  }

  private static void implicit(Broker broker) throws Exception {
    String topic = filled(broker, "implicit", 30);
    String group = broker.group("implicit", "share.auto.offset.reset", "earliest");
    try (var member = member(broker, group, topic)) {
      Check.equal(numbers(0, 30), Records.values(poll(member, 30)), "all, in order");
      clean(member);
    }
    try (var member = member(broker, group, topic)) {
      Check.equal(0, member.poll(Duration.ofSeconds(1)).count(), "nothing comes twice");
      fill(broker, topic, 30, 40);
      Check.equal(numbers(30, 40), Records.values(poll(member, 10)), "what is new");
      member.poll(Duration.ofMillis(100));  // acknowledges what the one before brought
    }
    try (var member = member(broker, group, topic)) {
      Check.equal(0, member.poll(Duration.ofSeconds(1)).count(), "nothing is left");
    }
  }

  private static void explicit(Broker broker) throws Exception {
    String topic = filled(broker, "explicit", 10);
    String group = broker.group("explicit", "share.auto.offset.reset", "earliest");
    try (var member = member(broker, group, topic, EXPLICIT)) {
      for (var record : poll(member, 10)) {
        Check.equal(Optional.of((short) 1), record.deliveryCount(), "the first delivery");
        long at = record.offset();
        member.acknowledge(record, at < 4 ? AcknowledgeType.ACCEPT : at < 7
            ? AcknowledgeType.RELEASE : at < 9 ? AcknowledgeType.REJECT : AcknowledgeType.RENEW);
      }
      Check.fails(IllegalStateException.class, () -> {
        member.acknowledge("nowhere", 0, 0, AcknowledgeType.ACCEPT);
        return "acknowledged what it has not";
      });
      clean(member);
      Check.equal(30_000, member.acquisitionLockTimeoutMs().get(), "the time a lock lasts");
      var counts = new HashMap<String, Short>();
      Check.soon(20, () -> "what was released and renewed: " + counts, () -> {
        for (var record : member.poll(Duration.ofMillis(200))) {
          counts.put(record.value(), record.deliveryCount().get());
          member.acknowledge(record);
        }
        return counts.size() == 4;
      });
      Check.equal(Map.of("4", (short) 2, "5", (short) 2, "6", (short) 2, "9", (short) 1), counts,
          "deliveries");
      clean(member);
      Check.equal(0, member.poll(Duration.ofMillis(500)).count(), "all is settled");
    }
  }

  /** Two members of a group read one partition, each record goes to one of them. */
  private static void togetherOnOnePartition(Broker broker) throws Exception {
    for (String mode : List.of("batch_optimized", "record_limit")) {
      String topic = broker.topic(mode, 1);
      String group = broker.group(mode, "share.auto.offset.reset", "earliest");
      try (var producer = broker.producer("batch.size", "200", "linger.ms", "0")) {
        for (int n = 0; n < 1000; n++) {
          producer.send(new ProducerRecord<>(topic, "" + n));
        }
      }
      String[] few = {"share.acquire.mode", mode, "max.poll.records", "40"};
      try (var one = member(broker, group, topic, few);
          var two = member(broker, group, topic, few)) {
        var got = List.of(new ArrayList<String>(), new ArrayList<String>());
        Check.soon(30, () -> "1000 of " + got, () -> {
          one.poll(Duration.ofMillis(20)).forEach(record -> got.get(0).add(record.value()));
          two.poll(Duration.ofMillis(20)).forEach(record -> got.get(1).add(record.value()));
          return got.get(0).size() + got.get(1).size() >= 1000;
        });
        clean(one);
        clean(two);
        Check.that(got.stream().noneMatch(List::isEmpty), "one of them had nothing: " + got);
        var all = new HashSet<>(got.get(0));
        all.addAll(got.get(1));
        Check.equal(1000, all.size(), mode + ": each record");
        Check.equal(1000, got.get(0).size() + got.get(1).size(), mode + ": none twice");
      }
    }
  }

  private static void startsWhereItIsTold(Broker broker) throws Exception {
    String topic = filled(broker, "started", 5);
    String late = broker.group("latest", "share.auto.offset.reset", "latest");
    try (var member = member(broker, late, topic); var admin = broker.admin()) {
      Check.soon(20, "a start", () -> {
        Check.equal(0, member.poll(Duration.ofMillis(100)).count(), "older records");
        return AdminShares.offset(admin, late, topic) != null;
      });
      fill(broker, topic, 5, 8);
      Check.equal(numbers(5, 8), Records.values(poll(member, 3)), "the latest");
    }
    String past = broker.group("past", "share.auto.offset.reset", "by_duration:PT1H");
    try (var member = member(broker, past, topic)) {
      Check.equal(numbers(0, 8), Records.values(poll(member, 8)), "those of the last hour");
    }
  }

  /** What another process holds comes back at once when that is killed. */
  private static void holderIsKilled(Broker broker) throws Exception {
    String topic = filled(broker, "hold", 6);
    String group = broker.group("hold", "share.auto.offset.reset", "earliest");
    var holder = new ProcessBuilder(ProcessHandle.current().info().command().get(), "-cp",
        System.getProperty("java.class.path"), "Main", "shares_held", broker.address(),
        broker.prefix()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var member = member(broker, group, topic)) {
      Check.equal("held", holder.inputReader().readLine(), "what the other process says");
      Check.equal(0, member.poll(Duration.ofMillis(500)).count(), "while it holds them");
      holder.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      long since = System.nanoTime();
      var back = poll(member, 4);
      Check.that(System.nanoTime() - since < 20_000_000_000L, "before their locks end");
      Check.equal(numbers(2, 6), Records.values(back), "what it has not acknowledged");
      Check.equal(Optional.of((short) 1), back.get(0).deliveryCount(), "as if nobody had had it");
    }
  }

  /** What that other process does: it keeps what it gets, but for two records. */
  static void hold(Broker broker) throws Exception {
    var member = member(broker, broker.name("hold"), broker.name("hold"), EXPLICIT);
    poll(member, 6).stream().filter(record -> record.offset() < 2).forEach(member::acknowledge);
    clean(member);
    System.out.println("held");
    Thread.sleep(60_000);
  }

  /** A lock lasts as long as is said, and longer where it is renewed. */
  private static void locks(Broker broker) throws Exception {
    String topic = filled(broker, "locked", 5);
    String group = broker.group("locked", "share.auto.offset.reset", "earliest",
        "share.record.lock.duration.ms", "15000");
    try (var first = member(broker, group, topic, EXPLICIT)) {
      var held = poll(first, 5);
      long since = System.nanoTime();
      Check.equal(15_000, first.acquisitionLockTimeoutMs().get(), "the time a lock lasts");
      try (var second = member(broker, group, topic)) {
        Check.equal(0, second.poll(Duration.ofSeconds(5)).count(), "while they are held");
        first.acknowledge(held.get(4), AcknowledgeType.RENEW);
        clean(first);
        var again = poll(second, 4);
        long waited = (System.nanoTime() - since) / 1_000_000;
        Check.that(waited > 14_000 && waited < 25_000, "they came back after " + waited + " ms");
        Check.equal(numbers(0, 4), Records.values(again), "what was not renewed");
        Check.that(again.stream().allMatch(
            record -> record.deliveryCount().equals(Optional.of((short) 2))), "a second delivery");
        held.subList(0, 4).forEach(first::acknowledge);
        Check.that(first.commitSync().values().stream().allMatch(
            answer -> answer.map(InvalidRecordStateException.class::isInstance).orElse(false)),
            "it came too late");
        var renewed = first.poll(Duration.ofSeconds(1));
        Check.equal(1, renewed.count(), "what is still the first one's");
        renewed.forEach(first::acknowledge);
        clean(first);
        clean(second);
        Check.equal(0, second.poll(Duration.ofMillis(500)).count(), "all is settled");
      }
    }
  }

  /** What is delivered too often, or rejected, goes to the group's dead-letter topic. */
  static void deadLetters(Broker broker) throws Exception {
    String topic = filled(broker, "deadly", 4);
    String letters = "dlq." + broker.name("letters");
    try (var admin = broker.admin()) {
      admin.createTopics(Set.of(new org.apache.kafka.clients.admin.NewTopic(letters, 1, (short) 1)
          .configs(Map.of("errors.deadletterqueue.group.enable", "true")))).all().get();
    }
    String group = broker.group("deadly", "share.auto.offset.reset", "earliest",
        "share.delivery.count.limit", "3", "errors.deadletterqueue.topic.name", letters,
        "errors.deadletterqueue.copy.record.enable", "true");
    var deliveries = new ArrayList<String>();
    try (var member = member(broker, group, topic, EXPLICIT)) {
      Check.soon(20, () -> "deliveries: " + deliveries, () -> {
        for (var record : member.poll(Duration.ofMillis(200))) {
          deliveries.add(record.value() + " " + record.deliveryCount().get());
          member.acknowledge(record, record.offset() == 0 ? AcknowledgeType.ACCEPT
              : record.offset() == 1 ? AcknowledgeType.REJECT : AcknowledgeType.RELEASE);
        }
        clean(member);
        return deliveries.size() >= 8;
      });
      Check.equal(0, member.poll(Duration.ofMillis(500)).count(), "no fourth delivery");
    }
    Check.equal(List.of("0 1", "1 1", "2 1", "2 2", "2 3", "3 1", "3 2", "3 3"),
        deliveries.stream().sorted().toList(), "deliveries");
    var found = Records.read(broker, letters, 3);
    Check.equal(numbers(1, 4), Records.values(found).stream().sorted().toList(), "letters");
    for (var letter : found) {
      Check.equal(topic, header(letter, "topic"), "whence");
      Check.equal(letter.value(), header(letter, "offset"), "its place there");
      Check.equal(letter.value().equals("1") ? "1" : "3", header(letter, "delivery.count"), "how often");
      Check.equal(group, header(letter, "group"), "the group");
    }
  }

  private static String header(ConsumerRecord<String, String> record, String name) {
    return new String(record.headers().lastHeader("__dlq.errors." + name).value());
  }

  // --- What the parts have in common, and AdminShares with them ---

  static String filled(Broker broker, String suffix, int count) throws Exception {
    String topic = broker.topic(suffix, 1);
    fill(broker, topic, 0, count);
    return topic;
  }

  static void fill(Broker broker, String topic, int from, int to) {
    try (var producer = broker.producer()) {
      numbers(from, to).forEach(n -> producer.send(new ProducerRecord<>(topic, n)));
    }
  }

  static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.toList());
  }

  static KafkaShareConsumer<String, String> member(
      Broker broker, String group, String topic, String... options) {
    var member = broker.sharer(group, options);
    member.subscribe(List.of(topic));
    return member;
  }

  /** `count` records; each poll but the last one's are acknowledged where that goes by itself. */
  static List<ConsumerRecord<String, String>> poll(
      KafkaShareConsumer<String, String> member, int count) throws Exception {
    var found = new ArrayList<ConsumerRecord<String, String>>();
    Check.soon(30, () -> count + " records, not " + Records.values(found), () -> {
      member.poll(Duration.ofMillis(200)).forEach(found::add);
      return found.size() >= count;
    });
    Check.equal(count, found.size(), "records");
    return found;
  }

  /** Sends acknowledgements off; none of them may be refused. */
  static void clean(KafkaShareConsumer<String, String> member) {
    var answers = member.commitSync();
    Check.that(answers.values().stream().noneMatch(Optional::isPresent), answers);
  }

  static TopicPartition first(String topic) {
    return new TopicPartition(topic, 0);
  }
}
