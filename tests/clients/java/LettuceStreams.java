import io.lettuce.core.ClientOptions;
import io.lettuce.core.Consumer;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XAddArgs;
import io.lettuce.core.XAutoClaimArgs;
import io.lettuce.core.XClaimArgs;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** Streams through lettuce. */
final class LettuceStreams implements RedisStreams {
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;
  private final RedisCommands<String, String> redis;

  LettuceStreams(String address, boolean resp2) {
    client = RedisClient.create("redis://" + address);
    if (resp2) {
      client.setOptions(ClientOptions.builder().protocolVersion(ProtocolVersion.RESP2).build());
    }
    connection = client.connect();
    redis = connection.sync();
  }

  private static List<String> told(List<StreamMessage<String, String>> found) {
    return found.stream().map(message -> message.getId() + " " + message.getBody().get("n")).toList();
  }

  private static Consumer<String> worker(String name) {
    return Consumer.from(GROUP, name);
  }

  @Override
  public void createGroup(String stream) {
    redis.xgroupCreate(StreamOffset.latest(stream), GROUP, XGroupCreateArgs.Builder.mkstream());
  }

  @Override
  public void setGroup(String stream, String id) {
    redis.xgroupSetid(StreamOffset.from(stream, id), GROUP);
  }

  @Override
  public boolean destroyGroup(String stream) {
    return redis.xgroupDestroy(stream, GROUP);
  }

  @Override
  public boolean createConsumer(String stream, String consumer) {
    return redis.xgroupCreateconsumer(stream, worker(consumer));
  }

  @Override
  public long deleteConsumer(String stream, String consumer) {
    return redis.xgroupDelconsumer(stream, worker(consumer));
  }

  @Override
  public String add(String stream, String id, int n) {
    return id.equals("*") ? redis.xadd(stream, "n", String.valueOf(n))
        : redis.xadd(stream, new XAddArgs().id(id), "n", String.valueOf(n));
  }

  @Override
  public List<String> addAll(String stream, int count) {
    connection.setAutoFlushCommands(false);
    List<RedisFuture<String>> added = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      added.add(connection.async().xadd(stream, "n", String.valueOf(n)));
    }
    connection.flushCommands();
    connection.setAutoFlushCommands(true);
    return added.stream().map(LettuceStreams::answer).toList();
  }

  private static <T> T answer(RedisFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException error) {
      throw new IllegalStateException(error);
    }
  }

  @Override
  public long delete(String stream, String id) {
    return redis.xdel(stream, id);
  }

  @Override
  public long length(String stream) {
    return redis.xlen(stream);
  }

  @Override
  public List<String> all(String stream) {
    return told(redis.xrange(stream, Range.unbounded()));
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<String> readNew(String stream, int block) {
    return told(redis.xread(XReadArgs.Builder.block(block), StreamOffset.latest(stream)));
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<String> readGroup(String stream, String consumer, String id, int count, int block) {
    var how = XReadArgs.Builder.count(count);
    return told(redis.xreadgroup(
        worker(consumer), block > 0 ? how.block(block) : how, StreamOffset.from(stream, id)));
  }

  @Override
  public long acknowledge(String stream, String id) {
    return redis.xack(stream, GROUP, id);
  }

  @Override
  public String pending(String stream) {
    var found = redis.xpending(stream, GROUP);
    return found.getCount() + " " + found.getMessageIds().getLower().getValue() + " "
        + found.getMessageIds().getUpper().getValue() + " " + found.getConsumerMessageCount();
  }

  @Override
  public List<String> pendingOf(String stream, String consumer) {
    return redis.xpending(stream, worker(consumer), Range.unbounded(), Limit.from(10)).stream()
        .map(one -> one.getId() + " " + one.getConsumer() + " " + one.getRedeliveryCount()).toList();
  }

  @Override
  public List<String> claim(String stream, String consumer, int idle, String id) {
    return told(redis.xclaim(stream, worker(consumer), idle, id));
  }

  @Override
  public List<String> claimIds(String stream, String consumer, String id) {
    return redis.xclaim(stream, worker(consumer), XClaimArgs.Builder.justid(), id).stream()
        .map(StreamMessage::getId).toList();
  }

  @Override
  public String autoClaim(String stream, String consumer, String start, int count) {
    var found = redis.xautoclaim(
        stream, XAutoClaimArgs.Builder.xautoclaim(worker(consumer), 0, start).count(count));
    return found.getId() + " " + told(found.getMessages());
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<String> transaction(String stream) {
    redis.multi();
    redis.xadd(stream, new XAddArgs().id("1-1"), "n", "1");
    redis.xreadgroup(worker("w1"), StreamOffset.lastConsumed(stream));
    redis.xread(XReadArgs.Builder.block(60000), StreamOffset.latest(stream));
    redis.xack(stream, GROUP, "1-1");
    var answers = redis.exec();
    Check.equal(List.of(), answers.get(2), "a read waits for nothing in a transaction");
    return List.of(answers.get(0), told(answers.get(1)).toString(), answers.get(3).toString());
  }

  @Override
  public boolean addUnlessChanged(String stream, Runnable between, String id) {
    redis.watch(stream);
    between.run();
    redis.multi();
    redis.xadd(stream, new XAddArgs().id(id), "n", id.substring(0, 1));
    return !redis.exec().wasDiscarded();
  }

  @Override
  public String clientInfo() {
    return redis.clientInfo();
  }

  @Override
  public String serverInfo(String section) {
    return redis.info(section);
  }

  @Override
  public void close() {
    client.shutdown(java.time.Duration.ZERO, java.time.Duration.ofSeconds(2));
  }
}
