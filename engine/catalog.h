// The Catalog is the engine: topics and their streams, the journal, the timers, the clock.
// Thread-safe.
//
// Lock order: catalogue -> stream -> journal. Never two streams at once; nobody is woken and
// nothing is fsynced under a lock.
#ifndef BRAID_ENGINE_CATALOG_H_
#define BRAID_ENGINE_CATALOG_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/clock.h"
#include "braid/filesystem.h"
#include "braid/options.h"
#include "engine/stream.h"
#include "engine/timers.h"
#include "engine/waiter.h"
#include "engine/writes.h"
#include "storage/block_cache.h"
#include "storage/segment_pool.h"
#include "storage/tail_cache.h"

namespace braid::engine {

class Journal;
struct TopicDefinition;
class Transactions;
class Values;

// A name with its streams. Constant after creation, except that it may be deleted; one with more
// partitions takes its place when some are added.
struct Topic {
  std::string name;                // canonical
  std::array<uint8_t, 16> uuid{};  // Kafka's topic id; a re-created topic has another
  std::vector<StreamPtr> partitions;
};
using TopicPtr = std::shared_ptr<const Topic>;

// How far a commit has got. Pass it to WaitDurable when it needs a sync.
struct CommitTicket {
  uint64_t seq = 0;
  bool needs_sync = false;  // somebody promised fsync: acknowledge only when durable
};

class Catalog {
 public:
  static absl::StatusOr<std::unique_ptr<Catalog>> Open(EngineOptions options);
  ~Catalog();

  // --- Topics and streams ---
  // kStreamExists, kInvalidName (no model could spell it, or IsPrivate), kSubjectOverlap,
  // kInvalidArgument.
  absl::StatusOr<TopicPtr> CreateTopic(std::string_view name, int partitions, StreamOptions options,
                                       Writes& writes);
  // A topic of one partition that only Redis sees: `name` IsPrivate (engine/names.h).
  absl::StatusOr<TopicPtr> CreatePrivateTopic(std::string_view name, StreamOptions options,
                                              Writes& writes);
  // Gives the topic more partitions: `partitions` in all, the new ones with the options of its
  // first. kStreamNotFound; kInvalidArgument when it has as many already, or they are too many.
  absl::StatusOr<TopicPtr> AddPartitions(std::string_view name, int partitions, Writes& writes);
  // Stream::SetOptions, on some or all partitions of one topic. The error of the first that
  // refuses.
  absl::Status SetOptions(absl::Span<const StreamPtr> streams, const StreamOptions& options,
                          Writes& writes);
  // nullptr when there is none. Private ones are found by FindAny and listed by AllTopics alone. A
  // topic past its expiry is there for nobody, even while it waits to be deleted.
  TopicPtr FindTopic(std::string_view name) const;
  TopicPtr FindAny(std::string_view name) const;
  TopicPtr FindTopic(const std::array<uint8_t, 16>& uuid) const;
  // kStreamNotFound. Private ones, too.
  absl::Status DeleteTopic(std::string_view name, Writes& writes);
  std::vector<TopicPtr> Topics() const;  // by name
  std::vector<TopicPtr> AllTopics() const;
  // Gives topics other names, all at once: they keep their streams with all they hold, and their
  // uuids. What had one of the new names, and gets no other here, is deleted. Everyone who waits
  // for one of the streams looks again. kStreamNotFound: one of `from` is no topic; nothing was
  // done.
  struct Renaming {
    std::string from;
    std::string to;
  };
  absl::Status RenameTopics(absl::Span<const Renaming> renamings, Writes& writes);
  // The topic is deleted at that time, in milliseconds since 1970; kNeverMs: it is not.
  // kStreamNotFound.
  absl::Status SetExpiry(std::string_view name, int64_t when_ms, Writes& writes);
  // Called with the canonical name of what has expired, a topic or a value (engine/values.h), when
  // it is gone; no lock held that the hook could want. Empty: nobody.
  void SetExpiredHook(std::function<void(const std::string&)> hook);
  // Called with each record that the engine itself appends to a stream (a delete marker, what a
  // schedule produces) and the offset of the record of its key before, or -1; no lock held. Empty:
  // nobody.
  using ProducedHook =
      std::function<void(const StreamPtr&, const StoredRecord& record, Offset previous)>;
  void SetProducedHook(ProducedHook hook);
  void SayProduced(const StreamPtr& stream, const StoredRecord& record, Offset previous);
  // Wakes `waiter` at the next creation or deletion of any topic.
  void WaitTopics(WaiterPtr waiter);
  uint64_t topics_version() const { return topics_version_.load(); }  // grows with each of those

  // --- The same stream, spelled by each model (engine/views.h has the spelling) ---
  StreamPtr FindKafka(std::string_view topic, int partition) const;
  StreamPtr FindRedis(std::string_view key) const { return FindRedis(0, key); }
  StreamPtr FindRedis(int database, std::string_view key) const;
  StreamPtr FindJetStream(std::string_view name) const;
  // The stream that captures messages published on `subject`: one whose own subjects match, else
  // one whose name is the subject or its first tokens.
  StreamPtr FindBySubject(std::string_view subject) const;

  // --- Committing ---
  // Writes out what `writes` names. Nothing may be acknowledged before this is ok.
  absl::StatusOr<CommitTicket> Commit(Writes& writes);
  // The same for who can tell its requests apart: when the file system refuses some of it, the rest
  // is committed, and `writes` says what was refused (Writes::RefusalOf). Any other error is one
  // after which nobody knows what was written.
  absl::StatusOr<CommitTicket> CommitSome(Writes& writes);
  // Wakes `waiter` once the ticket is durable, or can never be: look at IsDurable then.
  void WaitDurable(const CommitTicket& ticket, WaiterPtr waiter);
  // True when durable; an error when a sync failed, so that it never will be.
  absl::StatusOr<bool> IsDurable(const CommitTicket& ticket) const;
  // One group commit: fsyncs all dirty logs and wakes who waits for it.
  absl::Status Flush();
  // Called (on a committing thread, no lock held) when there is something for Flush() to do and
  // somebody waiting for it. Set once, before use.
  void SetFlushHook(std::function<void()> hook);

  // --- Upkeep ---
  // Sealing, repacking, compaction, removal of what was trimmed, checkpoints: one bounded piece of
  // one stream's. Any thread, one at a time; reads, writes and syncs files, but blocks nobody else.
  // Stops early once `cancel` (may be null) is set.
  struct Maintained {
    bool more = false;          // there is more to do: call again
    int64_t bytes_written = 0;  // what a limit on I/O counts
  };
  Maintained Maintain(const std::atomic<bool>* cancel = nullptr);
  // Called (no lock held) when there is something for Maintain() to do. Set once, before use.
  void SetMaintainHook(std::function<void()> hook);
  // Called with one line for people when damage is found or a log stops; no lock held.
  void SetLogHook(std::function<void(const std::string&)> hook);

  // --- Time ---
  // Runs what is due; returns the next deadline.
  absl::Time Tick();
  // In an atomic section of this thread: when that began.
  absl::Time Now() const { return frozen_here_ == this ? frozen_at_ : clock_->Now(); }
  int64_t NowMs() const { return absl::ToUnixMillis(Now()); }
  Timers& timers() { return timers_; }
  uint64_t Random();

  // A store for what protocols must keep beside the streams (group names, generated ids): small
  // values, read at start and written through. Keys are "<protocol>/<...>". An empty value removes.
  absl::Status PutSetting(std::string_view key, std::string_view value, Writes& writes);
  std::optional<std::string> GetSetting(std::string_view key) const;
  std::vector<std::pair<std::string, std::string>> Settings(std::string_view prefix) const;
  // Several, of which a crash leaves all or none.
  void PutSettings(absl::Span<const std::pair<std::string, std::string>> settings, Writes& writes);
  // A number never given before, not even in an earlier life (Kafka producer ids).
  absl::StatusOr<int64_t> NextId(Writes& writes);
  // NextId gives no number below `end` from now on: they were given elsewhere.
  void SkipIds(int64_t end, Writes& writes);

  Transactions& transactions() { return *transactions_; }
  Values& values() { return *values_; }

  // For AtomicSection: taken before every other lock, and by checkpoints.
  absl::Mutex& section_mu() ABSL_LOCK_RETURNED(section_mu_) { return section_mu_; }
  // The two ends of one, and a record in it. See engine/atomic_section.cc.
  void BeginSection();
  void EndSection();
  void NoteInSection(Stream& stream, Offset offset);

  storage::BlockCache& block_cache() { return block_cache_; }
  const EngineOptions& options() const { return options_; }
  bool in_memory() const { return filesystem_->in_memory(); }  // nothing outlives this object
  Journal& journal() { return *journal_; }
  // One line per repair or damage found while opening.
  const std::vector<std::string>& recovery_notes() const { return recovery_notes_; }
  // 16 bytes that name this data directory, kept in it.
  const std::array<uint8_t, 16>& cluster_id() const { return cluster_id_; }
  // Opened on what an engine had left, some of whose clients may go on with this one.
  bool reopened() const { return reopened_; }

 private:
  friend class Recovery;
  friend class AfterUnlock;
  friend class Stream;
  friend class Group;
  friend struct StreamParts;
  explicit Catalog(EngineOptions options);

  friend class Values;

  struct SubjectCache;

  absl::StatusOr<TopicPtr> AddTopic(std::string_view name, int partitions, StreamOptions options,
                                    Writes& writes);
  // Takes the topic out of the catalogue if `wanted` says so; kStreamNotFound otherwise.
  absl::Status DeleteTopicIf(std::string_view name, absl::FunctionRef<bool(const Topic&)> wanted,
                             Writes& writes);
  // Ends the streams of topics that are no longer in the catalogue. `written`: whether the journal
  // says so.
  void Retire(const std::vector<TopicPtr>& topics, const absl::Status& written);
  bool Expired(const Topic& topic) const;
  void ArmExpiry(const StreamPtr& stream);
  void DisarmExpiry(const Stream& stream);
  void Expire(const StreamPtr& stream);
  void SayExpired(const std::string& name);
  absl::StatusOr<StreamPtr> MakeStream(StreamIdentity identity, const StreamOptions& options);
  // Makes the streams of [from, count).
  absl::Status MakeStreams(Topic& topic, int from, int count, const StreamOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void InstallTopic(TopicPtr topic) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  StreamPtr FindView(std::string_view name, char separator) const;
  StreamPtr LookUpSubject(std::string_view subject) const;
  absl::Status CheckSubjects(std::string_view name, const StreamOptions& options) const;
  void TopicsChanged(std::vector<WaiterPtr> wake);
  // A stream has unsynced bytes since its last sync.
  void MarkDirty(StreamPtr stream);
  // The definition of a topic, with the options that these streams of it are about to have.
  void JournalOptions(absl::Span<const StreamPtr> streams, const StreamOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(definition_mu_);
  static TopicDefinition DefinitionOf(const Topic& topic);
  void EmitTopic(const Topic& topic);
  uint64_t NewObjectId();
  // `used` is the id of a producer with records: a power cut may have taken the journal's word that
  // its block was given away.
  void SkipPublicIds(int64_t used) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Arms the timer that applies `stream`'s retention, or its groups' ack waits, at `when`.
  void ArmStream(const StreamPtr& stream, absl::Time when);
  // There is upkeep to do for `stream`.
  void AskForUpkeep(StreamPtr stream);
  bool Upkeep(const StreamPtr& stream, const std::atomic<bool>* cancel, Maintained& result);
  bool UpkeepOfLog(const StreamPtr& stream, const std::atomic<bool>* cancel, Maintained& result);
  bool QuarantineDamage(Stream& stream);
  bool Compact(const StreamPtr& stream);
  void AskForUpkeepAt(absl::Time when, const StreamPtr& stream);
  void Say(const std::string& line);
  void ArmInterval();
  // Has the next Tick, or Maintain, rewrite the journal's live state when it has grown enough.
  void ArmCheckpointIfDue();
  absl::Status Checkpoint();
  // Syncs the journal; when that fails, nothing is promised any more.
  absl::Status SyncJournal();
  // Removes the files of deleted streams, once their deletion is durable.
  void RemoveDeleted();

  EngineOptions options_;
  std::unique_ptr<FileSystem> owned_filesystem_;
  FileSystem* filesystem_ = nullptr;
  const Clock* clock_ = nullptr;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Journal> journal_;
  Timers timers_;
  std::unique_ptr<Transactions> transactions_;
  std::unique_ptr<Values> values_;
  std::array<uint8_t, 16> cluster_id_{};
  bool reopened_ = false;
  std::vector<std::string> recovery_notes_;
  std::function<void()> flush_hook_;
  std::function<void()> maintain_hook_;
  storage::BlockCache block_cache_;
  std::shared_ptr<storage::SegmentPool> segment_pool_;
  std::shared_ptr<storage::TailBudget> tail_budget_;
  std::vector<storage::OffsetRange> lost_at_open_;  // of the stream that was opened last

  // Of this thread, while it is in an atomic section of that catalogue.
  static inline thread_local constinit const Catalog* frozen_here_ = nullptr;
  static inline thread_local constinit absl::Time frozen_at_ = absl::UnixEpoch();

  absl::Mutex section_mu_;
  std::vector<StreamPtr> section_streams_;  // with records of the section; of the thread in it
  absl::Mutex upkeep_mu_;
  std::function<void(const std::string&)> log_hook_ ABSL_GUARDED_BY(upkeep_mu_);
  std::deque<StreamPtr> upkeep_ ABSL_GUARDED_BY(upkeep_mu_);
  absl::flat_hash_set<Stream*> upkeep_known_ ABSL_GUARDED_BY(upkeep_mu_);  // those in it
  bool checkpoint_due_ ABSL_GUARDED_BY(upkeep_mu_) = false;
  absl::Mutex maintain_mu_;  // one piece of upkeep at a time

  absl::Mutex definition_mu_;  // one change of definitions at a time; taken before mu_
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, TopicPtr, std::less<>> topics_ ABSL_GUARDED_BY(mu_);
  WaitList topic_waiters_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<SubjectCache> subject_cache_;
  uint64_t next_object_id_ ABSL_GUARDED_BY(mu_) = 1;
  int64_t next_public_id_ ABSL_GUARDED_BY(mu_) = 1000;
  absl::btree_map<std::string, std::string, std::less<>> settings_ ABSL_GUARDED_BY(mu_);
  std::atomic<uint64_t> topics_version_{0};
  mutable absl::Mutex expired_mu_;  // also held while the hook runs, so that it can be taken away
  std::function<void(const std::string&)> expired_hook_ ABSL_GUARDED_BY(expired_mu_);
  mutable absl::Mutex produced_mu_;  // as expired_mu_
  ProducedHook produced_hook_ ABSL_GUARDED_BY(produced_mu_);

  mutable absl::Mutex commit_mu_;
  std::vector<StreamPtr> dirty_ ABSL_GUARDED_BY(commit_mu_);
  std::vector<std::pair<uint64_t, WaiterPtr>> durable_waiters_ ABSL_GUARDED_BY(commit_mu_);
  uint64_t commit_seq_ ABSL_GUARDED_BY(commit_mu_) = 0;
  uint64_t durable_seq_ ABSL_GUARDED_BY(commit_mu_) = 0;
  absl::Status sync_status_ ABSL_GUARDED_BY(commit_mu_);  // of the journal: ends all promises
  // Commits of this range are in doubt: a log that they may have written to could not be synced.
  struct Doubt {
    uint64_t after = 0;
    uint64_t upto = 0;
    absl::Status why;
  };
  std::vector<Doubt> doubts_ ABSL_GUARDED_BY(commit_mu_);
  bool interval_armed_ ABSL_GUARDED_BY(commit_mu_) = false;
  std::vector<std::string> deleted_dirs_ ABSL_GUARDED_BY(commit_mu_);  // still to be removed
  absl::Mutex flush_mu_;                                               // one group commit at a time

  std::atomic<bool> checkpoint_armed_{false};

  mutable absl::Mutex random_mu_;
  uint64_t random_state_ ABSL_GUARDED_BY(random_mu_) = 0;

  absl::Mutex expiry_mu_;
  // By the id of the topic's first stream: one timer each, however often its time is changed.
  absl::flat_hash_map<uint64_t, TimerId> expiry_timers_ ABSL_GUARDED_BY(expiry_mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_CATALOG_H_
