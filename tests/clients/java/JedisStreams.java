import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import redis.clients.jedis.CommandArguments;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.params.XReadParams;
import redis.clients.jedis.resps.StreamEntry;

/** Streams through Jedis. */
final class JedisStreams implements RedisStreams {
  private final RedisClient client;

  JedisStreams(String address, boolean resp2) {
    var server = HostAndPort.from(address);
    client = resp2
        ? RedisClient.builder().hostAndPort(server)
            .clientConfig(DefaultJedisClientConfig.builder().resp2().build()).build()
        : RedisClient.create(server);
  }

  private static List<String> told(Map<String, List<StreamEntry>> streams) {
    return streams == null ? List.of() : streams.values().stream().flatMap(found -> told(found).stream()).toList();
  }

  private static List<String> told(List<StreamEntry> found) {
    return found.stream().map(entry -> entry.getID() + " " + entry.getFields().get("n")).toList();
  }

  private static StreamEntryID id(String text) {
    return switch (text) {
      case ">" -> StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY;
      case "$" -> StreamEntryID.XGROUP_LAST_ENTRY;
      default -> new StreamEntryID(text.contains("-") ? text : text + "-0");
    };
  }

  private static XAddParams at(String id) {
    return id.equals("*") ? new XAddParams() : new XAddParams().id(id);
  }

  private static Map<String, String> fields(int n) {
    return Map.of("n", String.valueOf(n));
  }

  @Override
  public void createGroup(String stream) {
    client.xgroupCreate(stream, GROUP, StreamEntryID.XGROUP_LAST_ENTRY, true);
  }

  @Override
  public void setGroup(String stream, String id) {
    client.xgroupSetID(stream, GROUP, id(id));
  }

  @Override
  public boolean destroyGroup(String stream) {
    return client.xgroupDestroy(stream, GROUP) == 1;
  }

  @Override
  public boolean createConsumer(String stream, String consumer) {
    return client.xgroupCreateConsumer(stream, GROUP, consumer);
  }

  @Override
  public long deleteConsumer(String stream, String consumer) {
    return client.xgroupDelConsumer(stream, GROUP, consumer);
  }

  @Override
  public String add(String stream, String id, int n) {
    return client.xadd(stream, at(id), fields(n)).toString();
  }

  @Override
  public List<String> addAll(String stream, int count) {
    try (var pipeline = client.pipelined()) {
      var added = IntStream.range(0, count).mapToObj(n -> pipeline.xadd(stream, at("*"), fields(n))).toList();
      pipeline.sync();
      return added.stream().map(Response::get).map(StreamEntryID::toString).toList();
    }
  }

  @Override
  public long delete(String stream, String id) {
    return client.xdel(stream, id(id));
  }

  @Override
  public long length(String stream) {
    return client.xlen(stream);
  }

  @Override
  public List<String> all(String stream) {
    return told(client.xrange(stream, "-", "+"));
  }

  @Override
  public List<String> readNew(String stream, int block) {
    return told(client.xreadAsMap(new XReadParams().block(block), Map.of(stream, StreamEntryID.XREAD_NEW_ENTRY)));
  }

  @Override
  public List<String> readGroup(String stream, String consumer, String id, int count, int block) {
    var how = new XReadGroupParams().count(count);
    return told(client.xreadGroupAsMap(
        GROUP, consumer, block > 0 ? how.block(block) : how, Map.of(stream, id(id))));
  }

  @Override
  public long acknowledge(String stream, String id) {
    return client.xack(stream, GROUP, id(id));
  }

  @Override
  public String pending(String stream) {
    var found = client.xpending(stream, GROUP);
    return found.getTotal() + " " + found.getMinId() + " " + found.getMaxId() + " " + found.getConsumerMessageCount();
  }

  @Override
  public List<String> pendingOf(String stream, String consumer) {
    return client.xpending(stream, GROUP, new XPendingParams("-", "+", 10).consumer(consumer)).stream()
        .map(one -> one.getID() + " " + one.getConsumerName() + " " + one.getDeliveredTimes()).toList();
  }

  @Override
  public List<String> claim(String stream, String consumer, int idle, String id) {
    return told(client.xclaim(stream, GROUP, consumer, idle, new XClaimParams(), id(id)));
  }

  @Override
  public List<String> claimIds(String stream, String consumer, String id) {
    return client.xclaimJustId(stream, GROUP, consumer, 0, new XClaimParams(), id(id)).stream()
        .map(StreamEntryID::toString).toList();
  }

  @Override
  public String autoClaim(String stream, String consumer, String start, int count) {
    var found = client.xautoclaim(stream, GROUP, consumer, 0, id(start), new XAutoClaimParams().count(count));
    return found.getKey() + " " + told(found.getValue());
  }

  @Override
  public List<String> transaction(String stream) {
    try (var transaction = client.multi()) {
      var added = transaction.xadd(stream, at("1-1"), fields(1));
      var read = transaction.xreadGroupAsMap(
          GROUP, "w1", new XReadGroupParams(), Map.of(stream, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY));
      var waited = transaction.xreadAsMap(
          new XReadParams().block(60000), Map.of(stream, StreamEntryID.XREAD_NEW_ENTRY));
      var acknowledged = transaction.xack(stream, GROUP, id("1-1"));
      transaction.exec();
      Check.equal(null, waited.get(), "a read waits for nothing in a transaction");
      return List.of(added.get().toString(), told(read.get()).toString(), acknowledged.get().toString());
    }
  }

  @Override
  public boolean addUnlessChanged(String stream, Runnable between, String id) {
    try (var transaction = client.transaction(false)) {
      transaction.watch(stream);
      between.run();
      transaction.multi();
      transaction.xadd(stream, at(id), fields(Integer.parseInt(id.substring(0, 1))));
      return transaction.exec() != null;
    }
  }

  @Override
  public String clientInfo() {
    try (var connection = client.getPool().getResource()) {
      var answer = (byte[]) connection.executeCommand(new CommandArguments(Command.CLIENT).add("INFO"));
      return new String(answer, StandardCharsets.UTF_8);
    }
  }

  @Override
  public String serverInfo(String section) {
    return client.info(section);
  }

  @Override
  public void close() {
    client.close();
  }
}
