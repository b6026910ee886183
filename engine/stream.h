// A Stream is a Log with rules: limits, entry IDs, dedup, producers, subjects, deletions, groups. A
// Kafka partition, a Redis key and a JetStream stream are each exactly one Stream.
//
// Threads: every public function locks the stream's one mutex; none calls out while holding it.
// Positions are offsets: a JetStream sequence is offset + 1, a Redis ID is an EntryId
// (engine/entry_id.h), and the two orders agree.
//
// Writing: appends gather in an open batch that is written by Flush(), by any read of the stream,
// or by Catalog::Commit(). An append is visible to every reader at once, and may be acknowledged
// after Commit.
#ifndef BRAID_ENGINE_STREAM_H_
#define BRAID_ENGINE_STREAM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/batch.h"
#include "braid/options.h"
#include "braid/record.h"
#include "engine/entry_id.h"
#include "engine/idempotence.h"
#include "engine/producers.h"
#include "engine/references.h"
#include "engine/topic_name.h"
#include "engine/waiter.h"
#include "engine/writes.h"
#include "storage/control_batch.h"
#include "storage/log.h"

namespace braid::engine {

class AfterUnlock;
class Catalog;
class Group;
struct StreamParts;     // engine/stream_parts.h: what the mutex guards
struct StreamSnapshot;  // engine/stream_reader.h

// Of a topic: grows when partitions are added, and may be read meanwhile.
class PartitionCount {
 public:
  PartitionCount(int count) : count_(count) {}  // NOLINT: it is a number
  PartitionCount(const PartitionCount& other) : count_(other) {}
  PartitionCount& operator=(const PartitionCount& other) {
    count_.store(other, std::memory_order_relaxed);
    return *this;
  }
  operator int() const { return count_.load(std::memory_order_relaxed); }  // NOLINT

 private:
  std::atomic<int> count_;
};

// Who and where a stream is. Constant for its life, but for the count and the name.
struct StreamIdentity {
  uint64_t id = 0;  // unique for ever within a data directory
  TopicName topic;  // canonical name, any bytes (engine/names.h says how each model spells it)
  int partition = 0;
  PartitionCount partition_count = 1;
  absl::Time created;
  std::string birth_name = {};  // what the topic was called when its directory was made
};

// A record as read back: live, with its entry ID and the model that wrote it.
struct StoredRecord : Record {
  EntryId id;
  Origin origin = Origin::kKafka;
  int64_t transaction = -1;  // the producer's id, of a record that belongs to a transaction
};

// What a new record takes the place of.
enum class Rollup : uint8_t { kNone, kKey, kAll };

struct AppendOptions {
  Origin origin = Origin::kKafka;
  // An entry ID is asked for (Redis): kIdTooSmall, kIdZero, kIdExhausted.
  std::optional<EntryIdSpec> id = {};
  std::string_view msg_id = {};  // remembered for options().dedup_window; a repeat is a duplicate
  // What a Redis producer calls the entry. A repeat is a duplicate, whose result has the ID of the
  // first one; see engine/idempotence.h.
  std::optional<IdempotentName> name = {};
  IdempotenceOptions idempotence = {};  // of a stream that has none set
  // Optimistic conditions, all on the state just before this append. An offset of -1 means "none
  // yet".
  std::optional<Offset> expected_last = {};  // kWrongLastOffset
  std::optional<Offset> expected_last_key =
      {};                                     // last record with the same key; kWrongLastKeyOffset
  std::string_view expected_key_filter = {};  // of all keys that match, and not of the same key
  std::optional<std::string_view> expected_last_msg_id = {};  // kWrongLastMessageId
  // What the caller knows already that the record is to be refused for. The first is said once the
  // expectations hold, the second once the record is no repeat of a message id.
  absl::Status refusal_after_expectations = {};
  absl::Status refusal_after_ids = {};
  Rollup rollup = Rollup::kNone;  // older records that go when this one is in
  // Key of a schedule that this record ends. kInvalidRecordState: what has that key is none.
  std::string_view ends_schedule = {};
  bool tell_previous = false;  // AppendResult::previous is asked for
};

// One of several records that are appended all or none (AppendAtomic).
struct AtomicRecord {
  RecordView record;
  AppendOptions options;
};

struct AppendResult {
  Offset base_offset = 0;
  Offset next_offset = 0;
  EntryId id = {};              // of the first record; only when AppendOptions::id was given
  bool duplicate = false;       // nothing appended: base_offset is the original's
  int64_t append_time_ms = -1;  // AppendBatch's: the time its records got; -1: they keep theirs
  int64_t timestamp_ms = -1;    // Append's: of the record
  Offset previous = -1;  // with tell_previous: newest record of the same key before; -1: none
};

// What a stream asks of batches before they are appended: a few of its options.
struct AppendRules {
  Origin owner = Origin::kKafka;
  int64_t max_record_bytes = -1;
  int64_t segment_bytes = 0;  // the engine's, when the stream has none of its own
  bool compact = false;       // records need keys
  bool append_time = false;
  absl::Duration max_time_behind;
  absl::Duration max_time_ahead;
};

struct StreamState {
  Offset start_offset = 0;  // first live offset, or next_offset when there is none
  Offset next_offset = 0;
  int64_t records = 0;  // live
  // Live record bytes as JetStream counts them: 30 + key + value, and with headers 4 + their block.
  int64_t record_bytes = 0;
  int64_t disk_bytes = 0;  // in segment files
  int64_t deleted = 0;     // holes between start_offset and next_offset
  int64_t subjects = 0;    // distinct keys, on streams with subjects
  int64_t first_timestamp_ms = -1;
  int64_t last_timestamp_ms = -1;
  EntryId first_id, last_id;  // first live; last ever generated
  EntryId max_deleted_id;
  int64_t entries_added = 0;  // ever
};

// A transaction whose records in a stream do not count: those of the producer from that offset up
// to its marker.
struct AbortedTransaction {
  int64_t producer_id = -1;
  Offset first_offset = 0;
  friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
};

struct RecordRange {
  Offset begin = 0;
  std::optional<Offset> end = {};  // exclusive; default: all
  int64_t max_records = 1000;
  int64_t max_bytes = int64_t{1} << 30;  // of records; at least one is returned
  bool reverse = false;                  // from the last record of the range back
};

// An expiry that does not come, in milliseconds since 1970.
inline constexpr int64_t kNeverMs = INT64_MAX;

class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // Made by Catalog only.
  Stream(Catalog* catalog, StreamIdentity identity, StreamOptions options,
         std::unique_ptr<storage::Log> log);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const StreamIdentity& identity() const { return identity_; }
  StreamOptions options() const;
  AppendRules append_rules() const;
  // Its own, or the engine's. An error once the log could not be synced: nothing that was answered
  // from it, a duplicate say, may be acknowledged any more.
  absl::StatusOr<Durability> CheckDurability() const;
  // Replaces limits and the like; applies them at once.
  absl::Status SetOptions(StreamOptions options, Writes& writes);
  bool deleted() const;  // removed from the catalogue; every call then gives kStreamNotFound
  // When its topic goes by itself (Catalog::SetExpiry), in milliseconds since 1970; or kNeverMs.
  int64_t expiry_ms() const { return expiry_ms_.load(std::memory_order_relaxed); }

  // --- Appending ---
  // One record. Errors: those of AppendOptions, kRecordTooLarge, kLimitReached, kSubjectMismatch,
  // kIo.
  absl::StatusOr<AppendResult> Append(const RecordView& record, const AppendOptions& options,
                                      Writes& writes);
  // Many, as one batch: all or none. No msg_id, no expectations.
  absl::StatusOr<AppendResult> AppendMany(absl::Span<const RecordView> records,
                                          const AppendOptions& options, Writes& writes);
  // Many, each with options of its own, as one batch in the log: others see all or none, and so
  // does whoever opens the log after a crash. Expectations are on the state before the first of
  // them: that of the last record only the first may have, and that of a key none that follows one
  // with the key; kWrongLastOffset without words otherwise. When a message id is a repeat, of one
  // among them too, nothing is appended and the result is a duplicate. The records' results, in
  // order, go to `each` when that is not null.
  absl::StatusOr<AppendResult> AppendAtomic(absl::Span<const AtomicRecord> records, Writes& writes,
                                            std::vector<AppendResult>* each = nullptr);
  // A batch from a Kafka producer, validated by the caller (storage/batch_validate.h) and owned by
  // it alone: its first 16 bytes are written into. Checks producer id, epoch and sequence:
  // kOutOfOrderSequence, kStaleProducerEpoch, kDuplicateSequence; a known repeat is a duplicate.
  // Written anew where the stream has a codec or a time of its own.
  absl::StatusOr<AppendResult> AppendBatch(Batch batch, Writes& writes);
  // Ends the producer's transaction in this stream: its marker, which every reader passes over.
  // From the marker's epoch on, batches of lower ones are refused. Nothing is checked; see
  // Transactions.
  absl::Status EndTransaction(const storage::TransactionMarker& marker, Writes& writes);
  // Writes the open batch to the log and wakes who waits. Ok when there is none. After an error
  // nothing of it was ever appended, whoever did.
  absl::Status Flush();
  // How often an open batch was lost so.
  uint64_t undone() const { return undone_.load(std::memory_order_acquire); }
  // Flush(), or the error of the open batch that was lost since undone() was `undone`: another
  // caller's flush may have met it.
  absl::Status FlushSince(uint64_t undone);

  // --- Importing a log from elsewhere (engine/stream_import.cc) ---
  // The next record gets `offset`; kInvalidArgument below next_offset(). An empty stream begins
  // there; in any other the offsets that are skipped count as deleted.
  absl::Status ContinueAt(Offset offset, Writes& writes);
  // A batch at the base offset that it has, which may lie past next_offset(), with its producer and
  // its control bit. Whole and owned as for AppendBatch; sequences are not checked, and limits not
  // applied. Offsets in it without a record count as deleted. Before the stream is written to by
  // others, ids that the batches used are to be skipped (Catalog::SkipIds).
  absl::StatusOr<AppendResult> ImportBatch(Batch batch, Writes& writes);

  // --- Reading ---
  // Whole stored batches, without deleted records (DropDeleted): what a Kafka fetch wants. Of a
  // compacted stream as Kafka reads it: older records of a key may be there until it is repacked.
  absl::StatusOr<storage::LogRead> ReadBatches(Offset from, const storage::ReadLimits& limits);
  // The same below the last stable offset, behind which transactions are still open.
  struct CommittedRead {
    storage::LogRead read;
    Offset last_stable_offset = 0;
    std::vector<AbortedTransaction> aborted;  // that have records in what was read
  };
  absl::StatusOr<CommittedRead> ReadCommitted(Offset from, storage::ReadLimits limits);
  Offset last_stable_offset();
  bool InTransaction(int64_t producer_id);  // the producer has one open here
  // Live records one by one, ascending (or descending with reverse). Offsets outside the stream are
  // clipped, not refused.
  absl::StatusOr<std::vector<StoredRecord>> Read(const RecordRange& range);
  // The live record at `offset`: kRecordNotFound.
  absl::StatusOr<StoredRecord> ReadOne(Offset offset);
  // Last live record whose key is `key` (streams with subjects): kRecordNotFound.
  absl::StatusOr<StoredRecord> ReadLast(std::string_view key);

  // First offset whose entry ID is >= `id` (next_offset when there is none).
  absl::StatusOr<Offset> LowerBound(EntryId id);
  // Offset of the live record with exactly this ID: kRecordNotFound.
  absl::StatusOr<Offset> Find(EntryId id);
  // First offset whose record has timestamp >= `timestamp_ms`, with that timestamp; nullopt when
  // none.
  struct OffsetAndTime {
    Offset offset;
    int64_t timestamp_ms;
  };
  absl::StatusOr<std::optional<OffsetAndTime>> FindTime(int64_t timestamp_ms);

  StreamState State();
  Offset start_offset();
  Offset next_offset();
  EntryId last_id();
  int64_t record_count();  // live ones, the open batch included; cheap, unlike State()
  int64_t disk_bytes();    // in segment files; as cheap
  // Kafka producers that are remembered, by id.
  std::vector<ProducerState> ProducerStates();
  // Live records at or past `from`, and matching any of `filters` when there are some.
  absl::StatusOr<int64_t> CountFrom(Offset from, const std::vector<std::string>& filters);
  // Live records per subject matching `filter`, at most `max` of them.
  std::vector<std::pair<std::string, int64_t>> SubjectCounts(std::string_view filter, int64_t max);

  // --- Removing ---
  // Each returns how many live records went.
  absl::StatusOr<int64_t> TrimTo(Offset start, Writes& writes);
  absl::StatusOr<int64_t> TrimToCount(int64_t keep, Writes& writes);
  // Where TrimToCount would trim to.
  absl::StatusOr<Offset> StartForCount(int64_t keep);
  absl::StatusOr<int64_t> Delete(absl::Span<const Offset> offsets, Writes& writes);
  // All live records below `end` (default all) whose key matches `filter` (default all), but the
  // newest `keep`.
  absl::StatusOr<int64_t> Purge(std::string_view filter, std::optional<Offset> end, int64_t keep,
                                Writes& writes);
  // Removes the records with these IDs, and says of each what became of it (engine/references.h).
  absl::StatusOr<std::vector<Removal>> RemoveEntries(absl::Span<const EntryId> ids,
                                                     References references, Writes& writes);
  // Trims from the old end what lies before `end`, together with its outstanding deliveries.
  absl::StatusOr<int64_t> TrimWithReferences(Offset end, Writes& writes);
  // Removes what is not referenced of [begin, end), the oldest first and at most `max` records.
  absl::StatusOr<int64_t> TrimUnreferenced(Offset begin, Offset end, int64_t max, Writes& writes);
  // Applies age, size and count limits now; returns when a record will next be too old.
  absl::Time ApplyRetention(absl::Time now);
  // Redis XSETID: raises last_id, entries_added, max_deleted_id.
  absl::Status SetIds(EntryId last, std::optional<int64_t> entries_added,
                      std::optional<EntryId> max_deleted, Writes& writes);

  // Of entries that their producers name. Settings other than there are forget all names.
  absl::Status SetIdempotence(const IdempotenceOptions& options, Writes& writes);
  struct IdempotenceState {
    std::optional<IdempotenceOptions> options;  // nullopt: never set, and nothing is named
    IdempotenceStats stats;
  };
  IdempotenceState idempotence();
  IdempotenceImage idempotence_image();
  // Of a stream that has named nothing yet.
  void AdoptIdempotence(const IdempotenceImage& image, Writes& writes);
  // Remembers that the entry has that name, without looking whether there is such an entry.
  absl::Status RecordName(const IdempotentName& name, EntryId id, const IdempotenceOptions& options,
                          Writes& writes);

  // --- Waiting ---
  // Wakes `waiter` when next_offset() exceeds `past`, at once if it already does, and when the
  // stream is deleted.
  void Wait(Offset past, WaiterPtr waiter);

  // --- Groups ---
  // Groups of different models never collide: a group is (owner model, name). kGroupExists.
  absl::StatusOr<std::shared_ptr<Group>> CreateGroup(std::string_view name, GroupOptions options,
                                                     Writes& writes);
  // nullptr when there is none.
  std::shared_ptr<Group> FindGroup(Origin owner, std::string_view name);
  std::vector<std::shared_ptr<Group>> Groups();  // by owner, then name
  std::vector<std::shared_ptr<Group>> Groups(Origin owner);
  // False when there is none. Wakes the group's waiters.
  absl::StatusOr<bool> DeleteGroup(Origin owner, std::string_view name, Writes& writes);

  Catalog& catalog() { return *catalog_; }

 private:
  friend class AfterUnlock;
  friend class Catalog;
  friend class Group;
  friend class Recovery;
  friend struct StreamParts;

  // The two ends of SetOptions, between which the catalogue journals the new options.
  absl::Status BeforeOptions();
  absl::Status AdoptOptions(StreamOptions options);
  void NoteDamage(const StreamSnapshot& snapshot);
  // What is written and live now, for reading without the lock.
  absl::StatusOr<StreamSnapshot> Snapshot();
  // Retention and ack waits that are due. From Tick.
  void RunDeadlines();
  // Ends the stream: every later call gives kStreamNotFound; wakes everyone. `erased`: the journal
  // has its deletion, so that nobody needs its files.
  void Close(bool erased);
  bool erased() const;
  // Wakes everyone who waits for the stream or one of its groups: its name has changed.
  void WakeAllWaiters();

  // True for the first call: the log could not be synced, and takes no more.
  bool NoteSyncFailure() { return !sync_failed_.exchange(true); }
  void NoteUndone() { undone_.fetch_add(1, std::memory_order_acq_rel); }

  Catalog* const catalog_;
  StreamIdentity identity_;  // only the partition count and the name are ever written to
  std::atomic<int64_t> expiry_ms_{kNeverMs};
  std::atomic<bool> sync_failed_{false};
  std::atomic<uint64_t> undone_{0};
  mutable absl::Mutex mu_;
  std::unique_ptr<StreamParts> parts_ ABSL_PT_GUARDED_BY(mu_);
};

using StreamPtr = std::shared_ptr<Stream>;
using GroupPtr = std::shared_ptr<Group>;

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STREAM_H_
