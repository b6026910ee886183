import java.util.List;

/**
 * What the Redis flows do with streams, through a client's own calls. The group is always GROUP. An entry
 * is told as "ID N", N being its only field. Refusals are exceptions whose message begins as the server's.
 */
interface RedisStreams extends AutoCloseable {
  String GROUP = "workers";

  /** Creates the stream too; the group begins at its end. */
  void createGroup(String stream);

  void setGroup(String stream, String id);

  boolean destroyGroup(String stream);

  boolean createConsumer(String stream, String consumer);

  /** Returns how many entries were pending with it. */
  long deleteConsumer(String stream, String consumer);

  /** Returns the ID. */
  String add(String stream, String id, int n);

  /** Sends all before it reads the first answer; returns the IDs. */
  List<String> addAll(String stream, int count);

  long delete(String stream, String id);

  long length(String stream);

  List<String> all(String stream);

  /** Waits, at most that many milliseconds, for what is added from now on. */
  List<String> readNew(String stream, int block);

  /** Waits only when block is positive. */
  List<String> readGroup(String stream, String consumer, String id, int count, int block);

  long acknowledge(String stream, String id);

  /** "TOTAL LOWEST HIGHEST {CONSUMER=COUNT}" */
  String pending(String stream);

  /** "ID CONSUMER DELIVERIES" each. */
  List<String> pendingOf(String stream, String consumer);

  List<String> claim(String stream, String consumer, int idle, String id);

  List<String> claimIds(String stream, String consumer, String id);

  /** "NEXT [ENTRY, ...]" */
  String autoClaim(String stream, String consumer, String start, int count);

  /** MULTI, XADD of 1-1, XREADGROUP, XREAD that would wait, XACK, EXEC: each answer but the third. */
  List<String> transaction(String stream);

  /** WATCH, what happens between, MULTI, XADD, EXEC. Returns whether the XADD was carried out. */
  boolean addUnlessChanged(String stream, Runnable between, String id);

  String clientInfo();

  String serverInfo(String section);

  @Override
  void close();
}
