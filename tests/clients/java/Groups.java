import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRegularExpression;

/** Consumer groups of both protocols, with each way to share partitions out. */
final class Groups {
  private Groups() {}

  private static final Map<String, String[]> PROTOCOLS = Map.of(
      "range", classic("RangeAssignor"),
      "round-robin", classic("RoundRobinAssignor"),
      "cooperative", classic("CooperativeStickyAssignor"),
      "server-uniform", new String[] {"group.protocol", "consumer",
          "group.remote.assignor", "uniform"},
      "server-range", new String[] {"group.protocol", "consumer",
          "group.remote.assignor", "range"});

  private static String[] classic(String assignor, String... more) {
    var options = new ArrayList<>(List.of(
        "group.protocol", "classic", "heartbeat.interval.ms", "300", "session.timeout.ms", "10000",
        "partition.assignment.strategy", "org.apache.kafka.clients.consumer." + assignor));
    options.addAll(List.of(more));
    return options.toArray(new String[0]);
  }

  static void everyProtocol(Broker broker) throws Exception {
    inParallel(PROTOCOLS.keySet(), name -> threeMembers(broker, name, PROTOCOLS.get(name)));
  }

  private static void threeMembers(Broker broker, String name, String[] options) throws Exception {
    String topic = broker.topic(name, 6);
    String group = broker.name(name);
    Member.Subscription all = (consumer, listener) -> consumer.subscribe(List.of(topic), listener);
    try (var first = new Member(broker.consumer(group, options), all)) {
      shared(6, first);
      try (var second = new Member(broker.consumer(group, options), all)) {
        shared(6, first, second);
        try (var third = new Member(broker.consumer(group, options), all);
            var producer = broker.producer(); var admin = broker.admin()) {
          shared(6, first, second, third);
          for (int n = 0; n < 60; n++) {
            producer.send(new ProducerRecord<>(topic, n % 6, null, "" + n));
          }
          producer.flush();
          var got = new ArrayList<String>();
          for (var member : List.of(first, second, third)) {
            Check.soon(20, () -> "20 of " + member.got, () -> member.got.size() >= 20);
            got.addAll(member.got);
          }
          Check.equal(60, new HashSet<>(got).size(), "each record once");
          Check.equal(60, got.size(), "no record twice");
          var told = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
          Check.equal(GroupState.STABLE, told.groupState(), "the state");
          Check.equal(options[1].equals("classic") ? GroupType.CLASSIC : GroupType.CONSUMER,
              told.type(), "the type");
          Check.equal(3, told.members().size(), "members");
          Check.that(told.members().stream().allMatch(
              one -> one.assignment().topicPartitions().size() == 2), told);
          Check.that(Set.of(options).stream().anyMatch(
              one -> one.toLowerCase().startsWith("org.") || one.equals(told.partitionAssignor())),
              "assignor " + told.partitionAssignor());
          if (name.equals("cooperative") || name.equals("server-uniform")) {
            Check.that(first.revoked.get() <= 4, first.revoked + " were taken from the first");
          }
        }
        shared(6, first, second);
      }
      shared(6, first);
    }
    try (var reader = broker.consumer(group, options)) {
      for (int partition = 0; partition < 6; partition++) {
        var place = new TopicPartition(topic, partition);
        Check.equal(10L, reader.committed(Set.of(place)).get(place).offset(), "committed");
      }
    }
  }

  static void staticMembers(Broker broker) throws Exception {
    inParallel(List.of("range", "server-uniform"), name -> {
      String topic = broker.topic("static-" + name, 4);
      String group = broker.name("static-" + name);
      Member.Subscription all = (consumer, listener) -> consumer.subscribe(List.of(topic), listener);
      try (var one = new Member(broker.consumer(group, named(name, "one")), all)) {
        Set<TopicPartition> share;
        int before;
        try (var two = new Member(broker.consumer(group, named(name, "two")), all)) {
          shared(4, one, two);
          share = Set.copyOf(two.owned());
          before = one.revoked.get();
        }
        try (var again = new Member(broker.consumer(group, named(name, "two")), all)) {
          Check.soon(20, "the same partitions", () -> share.equals(again.owned()));
          Check.equal(before, one.revoked.get(), "what was taken from the other meanwhile");
        }
      }
      try (var admin = broker.admin()) {
        var told = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
        Check.equal(Set.of("one", "two"), told.members().stream()
            .map(member -> member.groupInstanceId().get()).collect(Collectors.toSet()), "instances");
      }
    });
  }

  private static String[] named(String protocol, String instance) {
    var options = new ArrayList<>(List.of(PROTOCOLS.get(protocol)));
    options.addAll(List.of("group.instance.id", instance));
    return options.toArray(new String[0]);
  }

  static void patterns(Broker broker) throws Exception {
    String expression = broker.name("p") + "\\.[ab]";
    inParallel(List.of("range", "server-uniform"), name -> {
      String topic = broker.topic("p.a" + (name.equals("range") ? "x" : "y"), 2);
      broker.topic("p.c" + name, 1);
      String whole = expression + (name.equals("range") ? "x" : "y");
      Member.Subscription matching = name.equals("range")
          ? (consumer, listener) -> consumer.subscribe(Pattern.compile(whole), listener)
          : (consumer, listener) -> consumer.subscribe(new SubscriptionPattern(whole), listener);
      var options = new ArrayList<>(List.of(PROTOCOLS.get(name)));
      options.addAll(List.of("metadata.max.age.ms", "1000"));
      try (var member = new Member(
          broker.consumer(broker.name("p" + name), options.toArray(new String[0])), matching)) {
        shared(2, member);
        String later = broker.topic("p.b" + (name.equals("range") ? "x" : "y"), 1);
        Check.soon(30, () -> "the later topic in " + member.owned(),
            () -> member.owned().contains(new TopicPartition(later, 0))
                && member.owned().size() == 3);
      }
    });
    try (var consumer = broker.consumer(broker.name("bad"), "group.protocol", "consumer")) {
      consumer.subscribe(new SubscriptionPattern("(unclosed"));
      Check.fails(InvalidRegularExpression.class, () -> {
        for (int n = 0; n < 50; n++) {
          consumer.poll(java.time.Duration.ofMillis(200));
        }
        return "no error";
      });
    }
  }

  /** All the partitions are somebody's, each once, as evenly as can be. */
  private static void shared(int partitions, Member... members) throws Exception {
    Check.soon(45, () -> partitions + " partitions shared: "
        + Arrays.stream(members).map(member -> member.owned().toString()).toList(), () -> {
          var sizes = Arrays.stream(members).mapToInt(member -> member.owned().size())
              .summaryStatistics();
          var union = Arrays.stream(members).flatMap(member -> member.owned().stream())
              .collect(Collectors.toSet());
          return union.size() == partitions && sizes.getSum() == partitions
              && sizes.getMax() - sizes.getMin() <= 1;
        });
  }

  interface Part {
    void run(String name) throws Exception;
  }

  static void inParallel(Iterable<String> names, Part part) throws Exception {
    var running = new ArrayList<CompletableFuture<Void>>();
    for (String name : names) {
      var done = new CompletableFuture<Void>();
      running.add(done);
      new Thread(() -> {
        try {
          part.run(name);
          done.complete(null);
        } catch (Throwable error) {
          done.completeExceptionally(new AssertionError(name + ": " + error, error));
        }
      }).start();
    }
    for (var one : running) {
      one.get();
    }
  }
}
