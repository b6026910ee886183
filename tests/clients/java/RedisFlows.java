import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** The flows of every Redis client for the JVM. */
final class RedisFlows {
  /** Connects a client to an address, with its defaults or, when asked, in RESP2. */
  interface Client {
    RedisStreams connect(String address, boolean resp2);
  }

  private interface Step {
    void run(Client client, Broker broker, boolean resp2) throws Exception;
  }

  private RedisFlows() {}

  /** Adds CLIENT_STEP and CLIENT_STEP_resp2 for each client and step. */
  static void addTo(Map<String, Main.Flow> flows) {
    Map<String, Client> clients = Map.of("jedis", JedisStreams::new, "lettuce", LettuceStreams::new);
    Map<String, Step> steps = Map.of("life", RedisFlows::life, "blocked", RedisFlows::blocked, "pipeline",
        RedisFlows::pipeline, "transaction", RedisFlows::transaction);
    clients.forEach((name, client) -> {
      flows.put(name + "_defaults", broker -> defaults(client, broker, name));
      steps.forEach((step, run) -> {
        flows.put(name + "_" + step, broker -> run.run(client, broker, false));
        flows.put(name + "_" + step + "_resp2", broker -> run.run(client, broker, true));
      });
    });
  }

  private static void defaults(Client client, Broker broker, String name) {
    try (var redis = client.connect(broker.address(), false)) {
      var info = redis.clientInfo();
      Check.that(info.contains(" resp=3 ") && info.matches("(?is).* lib-name=" + name + "\\S* lib-ver=\\d.*"), info);
    }
  }

  private static void life(Client client, Broker broker, boolean resp2) {
    var stream = broker.name("life");
    try (var redis = client.connect(broker.address(), resp2)) {
      redis.createGroup(stream);
      refused("BUSYGROUP ", () -> redis.createGroup(stream));
      List<String> ids = new ArrayList<>();
      List<String> entries = new ArrayList<>();
      for (int n = 0; n < 6; n++) {
        ids.add(redis.add(stream, "*", n));
        entries.add(ids.get(n) + " " + n);
      }
      Check.equal(entries.subList(0, 4), redis.readGroup(stream, "w1", ">", 4, 1000), "read");
      Check.equal(1L, redis.acknowledge(stream, ids.get(0)), "acknowledged");
      Check.equal(0L, redis.acknowledge(stream, ids.get(0)), "acknowledged twice");
      Check.equal("3 " + ids.get(1) + " " + ids.get(3) + " {w1=3}", redis.pending(stream), "pending");
      Check.equal(IntStream.of(1, 2, 3).mapToObj(n -> ids.get(n) + " w1 1").toList(),
          redis.pendingOf(stream, "w1"), "pending entries");

      Check.equal(List.of(), redis.claim(stream, "w2", 60000, ids.get(1)), "claimed too early");
      Check.equal(entries.subList(1, 2), redis.claim(stream, "w2", 0, ids.get(1)), "claimed");
      Check.equal(ids.subList(2, 3), redis.claimIds(stream, "w2", ids.get(2)), "claimed by ID");
      Check.equal(1L, redis.delete(stream, ids.get(3)), "deleted");
      Check.equal(ids.get(3) + " " + entries.subList(1, 3), redis.autoClaim(stream, "w3", "0-0", 2),
          "first part claimed");
      Check.equal("0-0 []", redis.autoClaim(stream, "w3", ids.get(3), 100), "rest claimed");
      Check.equal(List.of(ids.get(1) + " w3 3", ids.get(2) + " w3 2"), redis.pendingOf(stream, "w3"),
          "pending with the last claimer");
      Check.equal(entries.subList(1, 3), redis.readGroup(stream, "w3", "0", 10, 0), "history");

      Check.that(redis.createConsumer(stream, "w4"), "a consumer is made");
      Check.that(!redis.createConsumer(stream, "w4"), "and only once");
      Check.equal(0L, redis.deleteConsumer(stream, "w4"), "pending with an idle consumer");
      Check.equal(2L, redis.deleteConsumer(stream, "w3"), "pending with a deleted consumer");
      redis.setGroup(stream, "0");
      Check.equal(5, redis.readGroup(stream, "w1", ">", 100, 0).size(), "read all over again");
      Check.that(redis.destroyGroup(stream), "the group is destroyed");
      Check.that(!redis.destroyGroup(stream), "and only once");
      refused("NOGROUP ", () -> redis.readGroup(stream, "w1", ">", 1, 0));
      Check.equal(5L, redis.length(stream), "entries outlive the group");
    }
  }

  private static void blocked(Client client, Broker broker, boolean resp2) throws Exception {
    var stream = broker.name("blocked");
    try (var reader = client.connect(broker.address(), resp2);
        var writer = client.connect(broker.address(), resp2)) {
      reader.createGroup(stream);
      for (boolean grouped : new boolean[] {false, true}) {
        var way = grouped ? "XREADGROUP" : "XREAD";
        Check.equal(List.of(), read(reader, stream, grouped, 150), way + " in vain");
        var waiting = CompletableFuture.supplyAsync(() -> read(reader, stream, grouped, 30000));
        Check.soon(10, "a blocked client", () -> writer.serverInfo("clients").contains("blocked_clients:1\r"));
        long added = System.nanoTime();
        var id = writer.add(stream, "*", 1);
        Check.equal(List.of(id + " 1"), waiting.get(), way);
        Check.that(System.nanoTime() - added < 5_000_000_000L, way + " is woken");
        writer.setGroup(stream, "$");
      }
    }
  }

  private static List<String> read(RedisStreams reader, String stream, boolean grouped, int block) {
    return grouped ? reader.readGroup(stream, "w1", ">", 10, block) : reader.readNew(stream, block);
  }

  private static void pipeline(Client client, Broker broker, boolean resp2) {
    var stream = broker.name("pipeline");
    try (var redis = client.connect(broker.address(), resp2)) {
      var ids = redis.addAll(stream, 10000);
      Check.equal(IntStream.range(0, 10000).mapToObj(n -> ids.get(n) + " " + n).toList(), redis.all(stream),
          "entries in the order they were sent");
    }
  }

  private static void transaction(Client client, Broker broker, boolean resp2) {
    var stream = broker.name("transaction");
    try (var redis = client.connect(broker.address(), resp2);
        var other = client.connect(broker.address(), resp2)) {
      redis.createGroup(stream);
      Check.equal(List.of("1-1", "[1-1 1]", "1"), redis.transaction(stream), "answers");
      Check.that(!redis.addUnlessChanged(stream, () -> other.add(stream, "5-1", 5), "6-1"), "changed between");
      Check.that(redis.addUnlessChanged(stream, () -> {}, "7-1"), "nobody between");
      Check.equal(List.of("1-1 1", "5-1 5", "7-1 7"), redis.all(stream), "entries");
    }
  }

  private static void refused(String with, Runnable action) {
    try {
      action.run();
    } catch (RuntimeException error) {
      Check.that(error.getMessage().startsWith(with), error.getMessage());
      return;
    }
    throw new AssertionError("not refused with " + with);
  }
}
