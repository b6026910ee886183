// A Group is who has read what of one stream: a Cursor (the next offset to hand out) and, where
// single messages are acknowledged, a Ledger of what is out. A Redis group, a JetStream consumer,
// one partition of a Kafka group's committed offsets and one of a Kafka share group are each one
// Group.
//
// Threads: every function locks the stream's mutex. A change is acknowledged after Catalog::Commit.
// Every function of a deleted group answers kGroupNotFound.
#ifndef BRAID_ENGINE_GROUP_H_
#define BRAID_ENGINE_GROUP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/options.h"
#include "engine/acquisition.h"
#include "engine/entry_id.h"
#include "engine/stream.h"
#include "engine/waiter.h"

namespace braid::engine {

class AfterUnlock;
struct Delivery;    // engine/ledger.h
struct GroupParts;  // engine/group_parts.h
struct StreamParts;

struct GroupFetch {
  std::string_view consumer = {};  // created when new
  int64_t max_records = 1;
  int64_t max_bytes = int64_t{1} << 30;  // of records; the first is always given
  bool no_ack = false;                   // settle at once: nothing enters the ledger
  bool only_new = false;                 // leave what is due for redelivery
  // Only what has been outstanding for so long, of whichever consumer: it becomes this one's. First
  // what was disowned, then what was delivered longest ago. Records that are gone are passed over.
  std::optional<absl::Duration> min_idle = {};
  // Asked for each record, in order, before it is handed out: false, and the fetch ends before it.
  const std::function<bool(const StoredRecord&)>* admit = nullptr;
};

struct DeliveredRecord : StoredRecord {
  int64_t delivery_count = 1;
  int64_t group_seq = 0;      // 1, 2, ...: every delivery of the group takes the next one
  int64_t pending_after = 0;  // matching records not yet handed out, after this one
  absl::Time delivered_at;
  // Of what was outstanding: since when, and how often it had been delivered. Disowned: negative.
  absl::Duration idle;
  int64_t prior_deliveries = 0;
};

// One outstanding delivery.
struct PendingEntry {
  Offset offset = 0;
  EntryId id = {};
  std::string consumer = {};
  absl::Time delivered_at = {};
  int64_t delivery_count = 0;
  bool disowned = false;  // its consumer gave it back, and nobody has it
  bool rejected = false;  // of one that was given up: at once, and not for its many deliveries
};

struct PendingQuery {
  Offset begin = 0;
  std::optional<Offset> end = {};            // exclusive
  std::optional<std::string> consumer = {};  // of this one only
  absl::Duration min_idle = absl::ZeroDuration();
  int64_t max = 1000;
};

struct ClaimRequest {
  std::string_view consumer = {};
  absl::Duration min_idle = absl::ZeroDuration();
  std::optional<absl::Time> delivered_at = {};  // default: now
  std::optional<int64_t> delivery_count = {};   // default: one more, unless keep_count
  bool keep_count = false;
  bool force = false;  // also what is not outstanding
};

struct DisownRequest {
  std::optional<int64_t> delivery_count = {};  // default: as it is
  bool uncount = false;                        // or one less, but not below 0
  bool force = false;                          // also what is not outstanding, as if once delivered
};

struct ConsumerInfo {
  std::string name;
  int64_t pending = 0;
  absl::Time seen;                   // last attempt
  std::optional<absl::Time> active;  // last delivery or claim
};

struct GroupInfo {
  Offset cursor = 0;          // next new offset to hand out; of a Kafka group: the committed offset
  EntryId last_delivered_id;  // entry ID of what lies before the cursor
  std::optional<int64_t> entries_read;  // nullopt until the group has read
  int64_t lag = 0;                      // matching live records at or past the cursor
  int64_t pending = 0;                  // outstanding
  int64_t disowned = 0;                 // outstanding ones that nobody holds
  int64_t redelivered = 0;              // outstanding ones delivered more than once
  int64_t delivered_seq = 0;            // group_seq of the newest delivery
  Offset delivered_offset = -1;         // newest offset ever delivered
  int64_t ack_floor_seq = 0;
  Offset ack_floor_offset = -1;  // everything up to and including this is settled
  std::optional<absl::Time> last_delivery, last_ack;
  int64_t consumers = 0;
};

// What the deadlines did.
struct Expired {
  std::vector<Offset> due;              // wait for redelivery now
  std::vector<PendingEntry> exhausted;  // delivered max_deliver times, no longer outstanding
};

class Group {
 public:
  Group(StreamPtr stream, uint64_t id, std::string name, GroupOptions options);
  ~Group();

  const std::string& name() const { return name_; }
  Origin owner() const { return owner_; }
  // A partition of a Kafka share group: those have an ack wait, and committed offsets have none.
  bool shared() const { return shared_; }
  uint64_t id() const { return id_; }  // unique for ever within a data directory
  const StreamPtr& stream() const { return stream_; }
  absl::Time created() const { return created_; }
  GroupOptions options() const;
  absl::Status SetOptions(GroupOptions options, Writes& writes);
  bool deleted() const;

  // --- Cursor ---
  // Moves the cursor without reading. A Kafka commit: `metadata` and `leader_epoch` are kept beside
  // it.
  absl::Status Commit(Offset next, std::string_view metadata, int32_t leader_epoch, Writes& writes);
  struct Committed {
    Offset offset;
    std::string metadata;
    int32_t leader_epoch;
    absl::Time at;
  };
  Committed committed() const;
  // Moves the cursor of a group that reads by entry ID (XGROUP SETID): records up to and including
  // `last_delivered` are behind it, also those not yet written.
  absl::Status SetCursor(Offset next, EntryId last_delivered, std::optional<int64_t> entries_read,
                         Writes& writes);

  // --- Delivering ---
  // What is due again first (unless only_new), then new matching records; empty when there is
  // neither or max_ack_pending is reached.
  absl::StatusOr<std::vector<DeliveredRecord>> Fetch(const GroupFetch& fetch, Writes& writes);
  // Wakes `waiter` when Fetch would give something: a new record, something due, room under
  // max_ack_pending; and when the group or stream goes. `min_idle`: also when a fetch with that
  // would.
  void Wait(WaiterPtr waiter, std::optional<absl::Duration> min_idle = std::nullopt);

  // --- Settling ---
  // With ack_all: everything up to it. False when it was not outstanding.
  absl::StatusOr<bool> Ack(Offset offset, Writes& writes);
  // Redis groups: settles the entries with these IDs. How many of them were outstanding.
  absl::StatusOr<int64_t> AckIds(absl::Span<const EntryId> ids, Writes& writes);
  absl::StatusOr<bool> Nak(Offset offset, absl::Duration delay, Writes& writes);
  absl::StatusOr<bool> Term(Offset offset, Writes& writes);
  absl::StatusOr<bool> Extend(Offset offset, Writes& writes);  // restarts its ack wait
  // The entry as it is after the claim; nullopt when not outstanding (and not forced) or not idle
  // enough.
  absl::StatusOr<std::optional<PendingEntry>> Claim(Offset offset, const ClaimRequest& request,
                                                    Writes& writes);
  // Gives `offset` back: it stays outstanding, but nobody holds it, and a fetch with min_idle gives
  // it first. Nullopt when it is not outstanding (and not forced).
  absl::StatusOr<std::optional<PendingEntry>> Disown(Offset offset, const DisownRequest& request,
                                                     Writes& writes);
  // Redis groups: settles the entries with these IDs and removes their records, as far as
  // `references` lets them go. kNone: it was not outstanding.
  struct Settled {
    std::vector<Removal> removals;  // one for each ID
    int64_t deleted = 0;            // records
  };
  absl::StatusOr<Settled> AckAndRemove(absl::Span<const EntryId> ids, References references,
                                       Writes& writes);
  // Drops outstanding deliveries of records that are no longer live among `offsets`; returns those.
  std::vector<Offset> DropDeleted(absl::Span<const Offset> offsets, Writes& writes);
  // Hands `consumer` its own outstanding records again, each with its count raised (history read).
  // Of a record no longer live only `offset` and `id` are set, value-less, with `deleted` true.
  struct HistoryEntry {
    StoredRecord record;
    bool deleted = false;
    int64_t delivery_count = 0;
  };
  // `admit` as of GroupFetch.
  absl::StatusOr<std::vector<HistoryEntry>> ReadHistory(
      std::string_view consumer, Offset begin, int64_t max, Writes& writes,
      const std::function<bool(const StoredRecord&)>* admit = nullptr);

  // --- Sharing a Kafka partition (engine/group_share.cc, engine/acquisition.h) ---
  // What is available again first, then new records; empty when there is neither, or too much is
  // out.
  absl::StatusOr<Acquired> Acquire(const AcquireRequest& request, Writes& writes);
  // Wakes `waiter` when there may be more to acquire than was `seen`; and when the group or stream
  // goes.
  void WaitAcquirable(const AcquireSight& seen, WaiterPtr waiter);
  // All or nothing: kInvalidRecordState when `consumer` does not hold a record that is named.
  absl::Status Settle(std::string_view consumer, absl::Span<const Settlement> settlements,
                      Writes& writes);
  // Gives back what `consumer` holds, as if it had not been delivered. How much it was.
  int64_t ReleaseAll(std::string_view consumer, Writes& writes);
  Offset FirstUnsettled();  // everything before it is acknowledged or archived
  // Forgets every delivery, and goes on at `next`, or where the stream begins or ends.
  absl::Status StartOver(Offset next, Writes& writes);

  // --- Looking ---
  GroupInfo Info();
  std::optional<PendingEntry> FindPending(Offset offset);
  // Redis groups: offsets of the outstanding entries with these IDs, -1 for those that are none.
  // Finds entries whose records are deleted, too.
  std::vector<Offset> OffsetsOfPending(absl::Span<const EntryId> ids);
  // Redis groups: offset of the first outstanding entry with an ID at or past `id`.
  std::optional<Offset> PendingLowerBound(EntryId id);
  std::vector<PendingEntry> Pending(const PendingQuery& query);
  std::optional<PendingEntry> NewestPending();  // with the largest offset

  // --- Consumers ---
  bool CreateConsumer(std::string_view name, Writes& writes);  // false when there is one
  // Pending entries that went with it; -1 when there is none of that name.
  int64_t DeleteConsumer(std::string_view name, Writes& writes);
  std::vector<ConsumerInfo> Consumers();
  // As Consumers() tells it, of one that was brought from elsewhere.
  void SetConsumerTimes(std::string_view name, absl::Time seen, std::optional<absl::Time> active,
                        Writes& writes);

  // --- Deadlines ---
  // Runs ack waits up to now. Called from Tick; whoever waits is woken there. What is exhausted is
  // also given to the listener (advisories), outside every lock.
  Expired Expire(absl::Time now);
  void SetExhaustedListener(std::function<void(const PendingEntry&)> listener);

 private:
  friend class Catalog;
  friend class Stream;
  friend class Recovery;
  friend struct StreamParts;

  // The rest needs the stream's mutex held.
  absl::Status CheckAlive() const;
  void ExpireLocked(StreamParts& stream, absl::Time now, AfterUnlock& after);
  absl::StatusOr<int64_t> Matching(StreamParts& stream);
  absl::Status TakeDue(StreamParts& stream, const GroupFetch& fetch, uint32_t consumer,
                       absl::Time now, std::vector<DeliveredRecord>& out);
  absl::Status TakeIdle(StreamParts& stream, const GroupFetch& fetch, uint32_t consumer,
                        absl::Time now, std::vector<DeliveredRecord>& out, AfterUnlock& after);
  absl::Status TakeFresh(StreamParts& stream, const GroupFetch& fetch, uint32_t consumer,
                         absl::Time now, std::vector<DeliveredRecord>& out);
  void Deliver(DeliveredRecord& record, bool settle, uint32_t consumer, absl::Time now);
  int64_t Count(Offset offset, absl::Time now);
  void CountRead(StreamParts& stream, const StoredRecord& record, std::optional<EntryId>& first);
  bool HasIdle(StreamParts& stream, absl::Duration min_idle);
  // Wakes those whose wait for idle entries is over, and sees to it that the rest are.
  void WakeIdle(StreamParts& stream, absl::Time now, AfterUnlock& after);
  int64_t Book(Offset offset, EntryId record_id, int64_t seq, uint32_t consumer, absl::Time now);
  void GiveUp(const Delivery& delivery, bool rejected, AfterUnlock& after);
  bool GiveUpIfExhausted(Offset offset, absl::Time now, absl::Duration min_idle,
                         AfterUnlock& after);
  // Calls take(batch, offset) for live records at `cursor` and past it but before `end`, until it
  // returns false or there is no room; `cursor` moves past them.
  static void GatherFresh(StreamParts& stream, const AcquireRequest& request, Offset end,
                          absl::FunctionRef<bool()> has_room,
                          absl::FunctionRef<bool(const Batch&, Offset)> take, Offset& cursor);
  absl::Status CheckHeld(StreamParts& stream, const Settlement& settlement, uint32_t consumer);
  void SettleOne(Offset offset, Verdict verdict, absl::Time now, AfterUnlock& after);
  // Leaves the ledger and the journal.
  void Forget(Offset offset);
  // Puts what was booked into the journal.
  void WriteDelivered();

  const StreamPtr stream_;
  const uint64_t id_;
  const std::string name_;
  const Origin owner_;
  const bool shared_;
  absl::Time created_;                 // constant after construction or recovery
  std::unique_ptr<GroupParts> parts_;  // guarded by stream_->mu_
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_GROUP_H_
