// The coordinator of transactions: transactional ids, each with its Transaction, a lock and a
// deadline; and the one way in which records of a transaction get into streams.
//
// The journal has every change before anybody hears of it. A transaction ends in two steps: Prepare
// writes the decision down, Finish tells the streams (a marker each) and the groups (their offsets)
// and says that it is done. A start carries out what was decided and not done; what a power cut
// left open in a stream, and no transaction knows of, is aborted.
//
//   auto producer = transactions.Init("payments", absl::Minutes(1), std::nullopt, writes);
//   transactions.Append("payments", *producer, stream, batch, /*adds=*/true, writes);
//   auto ended = transactions.Prepare("payments", *producer, /*commit=*/true, true, writes);
//   ...commit `writes`, and wait until that is durable where it is promised...
//   transactions.Finish("payments", *ended, writes);
//
// Thread-safe. Lock order: registry -> transaction -> stream -> journal. The registry is not locked
// while anything is written to a disk.
#ifndef BRAID_ENGINE_TRANSACTIONS_H_
#define BRAID_ENGINE_TRANSACTIONS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "engine/producers.h"
#include "engine/stream.h"
#include "engine/timers.h"
#include "engine/transaction.h"
#include "engine/writes.h"

namespace braid::engine {

class Catalog;
class Journal;

class Transactions {
 public:
  static constexpr absl::Duration kMaxTimeout = absl::Minutes(15);  // transaction.max.timeout.ms
  static constexpr absl::Duration kForgottenAfter = absl::Hours(7 * 24);  // of idle ids

  explicit Transactions(Catalog& catalog);
  ~Transactions();
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  // The producer that uses the id from now on; it fences those before it, and aborts what they left
  // ongoing. `asker`: who it was so far, if it was anybody. kInvalidTransactionTimeout;
  // kProducerFenced; kInvalidProducerMapping; kConcurrentTransactions while an end is carried out.
  absl::StatusOr<ProducerIdentity> Init(std::string_view id, absl::Duration timeout,
                                        std::optional<ProducerIdentity> asker, Writes& writes);

  // Streams and groups become part of the transaction, which begins with the first of them. As
  // Transaction::Check; kInvalidProducerMapping for an id that nobody has.
  absl::Status AddStreams(std::string_view id, ProducerIdentity producer,
                          absl::Span<const StreamPtr> streams, Writes& writes);
  absl::Status AddGroup(std::string_view id, ProducerIdentity producer, std::string_view group,
                        Writes& writes);
  // Whether `stream` is part of it; kTransactionAbortable when it is not.
  absl::Status Verify(std::string_view id, ProducerIdentity producer, const Stream& stream);

  // Appends a batch of the transaction, with its producer. `adds`: the stream becomes part of the
  // transaction by this (KIP-890); otherwise it must be, as for Verify. Else as
  // Stream::AppendBatch.
  absl::StatusOr<AppendResult> Append(std::string_view id, ProducerIdentity producer,
                                      const StreamPtr& stream, Batch batch, bool adds,
                                      Writes& writes);
  // The group's offsets, once the transaction is committed: all of them or, after an error, none.
  // `adds` as above. kGroupNotFound where the group shares and so has none.
  using SentOffsets = std::vector<std::pair<StreamPtr, PendingOffset>>;
  absl::Status SendOffsets(std::string_view id, ProducerIdentity producer, std::string_view group,
                           SentOffsets offsets, bool adds, Writes& writes);
  // Ids of the streams in which a transaction may yet change the group's offset.
  std::set<uint64_t> PendingStreams(std::string_view group) const;

  struct Ended {
    ProducerIdentity producer;  // who goes on
    bool finish = false;        // Finish() is to be called
    uint64_t decision = 0;      // which one
    bool settled = false;       // by the commit: it is then as durable as it must be
  };
  // See Transaction::MayEnd. The commit of `writes` is as durable as any stream of the transaction.
  absl::StatusOr<Ended> Prepare(std::string_view id, ProducerIdentity producer, bool commit,
                                bool bumps, Writes& writes);
  // Carries out what was prepared; what cannot be written now is done by a later try. No-op when
  // there is nothing.
  absl::Status Finish(std::string_view id, const Ended& ended, Writes& writes);

  struct Description {
    std::string id;
    Transaction transaction;
    std::vector<StreamPtr> streams;  // of its transaction
  };
  std::optional<Description> Describe(std::string_view id) const;
  std::vector<Description> List() const;  // by id, without their streams

  // --- For the catalogue ---
  absl::Status Restore(std::string_view id, std::optional<std::string_view> bytes);
  // After all streams are there.
  absl::Status Recover();
  void Emit(Journal& journal) const;

 private:
  struct Entry {
    explicit Entry(std::string_view name) : id(name) {}

    const std::string id;
    std::atomic<bool> has_offsets = false;  // pending ones; a hint
    absl::Mutex mu;
    Transaction txn ABSL_GUARDED_BY(mu);
    std::map<uint64_t, StreamPtr> streams ABSL_GUARDED_BY(mu);  // those of txn that exist
    TimerId timer ABSL_GUARDED_BY(mu) = 0;
    bool forgotten ABSL_GUARDED_BY(mu) = false;  // not registered any more
    uint64_t decisions ABSL_GUARDED_BY(mu) = 0;  // so far
    // The last of them is as durable as what it is about, and may be carried out.
    bool settled ABSL_GUARDED_BY(mu) = false;
  };
  using EntryPtr = std::shared_ptr<Entry>;

  EntryPtr Find(std::string_view id) const;
  EntryPtr FindOrAdd(std::string_view id);
  std::vector<EntryPtr> Entries() const;  // by id
  // As Transaction::Check; of an id that was forgotten meanwhile, that nobody has it.
  static absl::Status Check(const Entry& entry, ProducerIdentity producer)
      ABSL_SHARED_LOCKS_REQUIRED(entry.mu);
  void Put(const Entry& entry, Writes& writes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  // True when the transaction begins by this.
  bool Begin(const EntryPtr& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry->mu);
  // Markers will carry the producer `as` that.
  void Decide(Entry& entry, ProducerIdentity as, bool commit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  // Nobody hears of a decision before this is ok.
  absl::Status Settle(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  absl::Status FinishLocked(Entry& entry, Writes& writes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  // Fences whoever is at it, and aborts.
  absl::Status Fence(Entry& entry, Writes& writes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  void Arm(const EntryPtr& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry->mu);
  void TimeOut(const EntryPtr& entry);
  // An id that nobody uses, unless somebody does again.
  void Forget(const EntryPtr& entry, Writes& writes);
  // What decisions cover does not reach past what a power cut left of the streams.
  absl::Status ClampDecided(const std::map<uint64_t, StreamPtr>& streams, Writes& writes);
  bool NeedsSync(const Entry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  // Those whose records are promised to be durable.
  static std::vector<StreamPtr> SyncedStreams(const Entry& entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(entry.mu);
  // `transaction`: of the producer, the newest that is known.
  absl::Status EndLeftOpen(const StreamPtr& stream, const ProducerState& producer,
                           const std::optional<Transaction>& transaction, Writes& writes);

  Catalog& catalog_;
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, EntryPtr, std::less<>> entries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TRANSACTIONS_H_
