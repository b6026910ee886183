import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Runs one flow of a client for the JVM, Kafka's or one of Redis: Main FLOW ADDRESS PREFIX, or Main messages
 * FILE. Ends with 1 when it fails.
 */
final class Main {
  interface Flow {
    void run(Broker broker) throws Exception;
  }

  private static final Map<String, Flow> FLOWS = new TreeMap<>();

  static {
    FLOWS.put("codecs", Records::eachCodec);
    FLOWS.put("records", Records::everyShape);
    FLOWS.put("idempotence", Records::idempotence);
    FLOWS.put("groups", Groups::everyProtocol);
    FLOWS.put("static_members", Groups::staticMembers);
    FLOWS.put("patterns", Groups::patterns);
    FLOWS.put("many_partitions", ManyPartitions::areReadByOneConsumer);
    FLOWS.put("positions", Positions::everyWay);
    FLOWS.put("transactions", Transactions::outcomes);
    FLOWS.put("transactional_offsets", Transactions::offsets);
    FLOWS.put("fencing", Transactions::fencing);
    FLOWS.put("streams_word_count", WordCount::exactlyOnce);
    FLOWS.put("shares", Shares::everyWay);
    FLOWS.put("shares_held", Shares::hold);  // not a flow but a part of one
    FLOWS.put("shares_over_kill_9", SharesOverKill::settledStaysSettled);
    FLOWS.put("share_dead_letters", Shares::deadLetters);
    FLOWS.put("admin_shares", AdminShares::everyCall);
    FLOWS.put("admin_topics", AdminTopics::everyCall);
    FLOWS.put("admin_groups", AdminGroups::everyCall);
    FLOWS.put("admin_cluster", AdminCluster::everyCall);
    FLOWS.put("admin_transactions", AdminTransactions::everyCall);
    RedisFlows.addTo(FLOWS);
  }

  public static void main(String[] arguments) {
    int code = 1;
    try {
      if (arguments[0].equals("messages")) {
        Messages.areWrittenAlike(Path.of(arguments[1]));
      } else {
        FLOWS.get(arguments[0]).run(new Broker(arguments[1], arguments[2]));
      }
      code = 0;
    } catch (Throwable error) {
      for (var cause = error; cause != null; cause = cause.getCause()) {
        System.err.println(cause + Arrays.stream(cause.getStackTrace())
            .filter(frame -> frame.getModuleName() == null && !frame.getClassName().contains(".")
                && !frame.getClassName().equals("Check"))
            .map(frame -> " < " + frame.getFileName() + ":" + frame.getLineNumber())
            .collect(Collectors.joining()));
      }
    }
    System.exit(code);
  }
}
