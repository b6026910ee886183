import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;

/** Share groups whose broker is killed and started again while their members have records. */
final class SharesOverKill {
  private SharesOverKill() {}

  /** Says "working", and is told by a line when the broker is there again. */
  static void settledStaysSettled(Broker broker) throws Exception {
    String kept = Shares.filled(broker, "kept", 10);
    String group = broker.group("kept", "share.auto.offset.reset", "earliest",
        "share.record.lock.duration.ms", "15000");
    var busy = new Worker(broker);
    try (var member = Shares.member(broker, group, kept, Shares.EXPLICIT)) {
      var held = Shares.poll(member, 10);
      held.subList(0, 3).forEach(member::acknowledge);
      member.acknowledge(held.get(3), AcknowledgeType.REJECT);
      member.acknowledge(held.get(4), AcknowledgeType.RELEASE);
      Shares.clean(member);
      busy.start();
      Check.soon(20, "some work", () -> busy.settled.size() > 200);
      System.out.println("working");
      Check.that(System.in.read() == '\n', "the broker is there again");
      held.subList(5, 10).forEach(member::acknowledge);
      Check.that(member.commitSync(Duration.ofSeconds(5)).values().stream()
          .noneMatch(java.util.Optional::isEmpty), "its session ended with the broker");
      try (var other = Shares.member(broker, group, kept)) {
        var back = new ArrayList<String>();
        Check.soon(30, () -> "what was not settled: " + back, () -> {
          other.poll(Duration.ofMillis(200)).forEach(
              record -> back.add(record.value() + " " + record.deliveryCount().get()));
          return back.size() >= 6;
        });
        Shares.clean(other);
        Check.equal(List.of("4 2", "5 2", "6 2", "7 2", "8 2", "9 2"), back, "what came back");
      }
      Shares.fill(broker, kept, 10, 20);
      Check.equal(Shares.numbers(10, 20), Records.values(Shares.poll(member, 10)),
          "the first member goes on");
    }
    busy.finish();
  }

  /** A member on a thread of its own that settles one small batch after the other. */
  private static final class Worker extends Thread {
    private static final int RECORDS = 2000;
    final Set<String> settled = java.util.Collections.synchronizedSet(new HashSet<>());
    private final Set<String> unsure = new HashSet<>();  // acknowledged, and no answer
    private final Set<String> twice = new TreeSet<>();
    private final Broker broker;
    private final String topic;
    private final String group;
    private volatile Throwable failure;

    Worker(Broker broker) throws Exception {
      this.broker = broker;
      topic = Shares.filled(broker, "busy", RECORDS);
      group = broker.group("busy", "share.auto.offset.reset", "earliest",
          "share.record.lock.duration.ms", "15000");
    }

    @Override
    public void run() {
      try (var member = Shares.member(broker, group, topic, "share.acknowledgement.mode", "explicit",
          "share.acquire.mode", "record_limit", "max.poll.records", "20")) {
        Check.soon(60, () -> RECORDS + " settled, not " + settled.size() + " and " + unsure,
            () -> step(member) == RECORDS);
      } catch (Throwable error) {
        failure = error;
      }
    }

    private int step(KafkaShareConsumer<String, String> member) {
      var got = new HashSet<String>();
      for (var record : member.poll(Duration.ofMillis(200))) {
        if (settled.contains(record.value())) {
          twice.add(record.value());
        }
        got.add(record.value());
        member.acknowledge(record);
      }
      if (!got.isEmpty()) {
        var answers = member.commitSync(Duration.ofSeconds(5));
        boolean sure = !answers.isEmpty()
            && answers.values().stream().allMatch(java.util.Optional::isEmpty);
        (sure ? settled : unsure).addAll(got);
      }
      var all = new HashSet<>(settled);
      all.addAll(unsure);
      return all.size();
    }

    void finish() throws Exception {
      join();
      if (failure != null) {
        throw new AssertionError("the worker failed: " + failure, failure);
      }
      Check.equal(Set.of(), twice, "what was settled and came again");
      try (var admin = broker.admin(); var member = Shares.member(broker, group, topic)) {
        Check.soon(30, "no lag", () -> {
          var late = member.poll(Duration.ofMillis(200));
          late.forEach(record -> Check.that(!settled.contains(record.value()),
              record.value() + " was settled"));
          return AdminShares.offset(admin, group, topic).startOffset() == RECORDS;
        });
      }
    }
  }
}
