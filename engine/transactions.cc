#include "engine/transactions.h"

#include <algorithm>

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/group_offsets.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/share_partitions.h"

namespace braid::engine {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);  // an end that could not be carried out

absl::Status Unknown() {
  return MakeError(Errc::kInvalidProducerMapping, "nobody has that transactional id");
}

absl::Status NotPart() {
  return MakeError(Errc::kTransactionAbortable, "that is not part of the transaction");
}

}  // namespace

Transactions::Transactions(Catalog& catalog) : catalog_(catalog) {}
Transactions::~Transactions() = default;

Transactions::EntryPtr Transactions::Find(std::string_view id) const {
  absl::MutexLock lock(&mu_);
  const auto it = entries_.find(id);
  return it == entries_.end() ? nullptr : it->second;
}

Transactions::EntryPtr Transactions::FindOrAdd(std::string_view id) {
  absl::MutexLock lock(&mu_);
  auto it = entries_.find(id);
  if (it == entries_.end()) it = entries_.emplace(id, std::make_shared<Entry>(id)).first;
  return it->second;
}

std::vector<Transactions::EntryPtr> Transactions::Entries() const {
  std::vector<EntryPtr> entries;
  absl::MutexLock lock(&mu_);
  entries.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) entries.push_back(entry);
  return entries;
}

absl::Status Transactions::Check(const Entry& entry, ProducerIdentity producer) {
  return entry.forgotten ? Unknown() : entry.txn.Check(producer);
}

void Transactions::Put(const Entry& entry, Writes& writes) {
  catalog_.journal().Put(keys::Of(keys::kTransaction, entry.id), entry.txn.Serialize());
  writes.TouchJournal();
}

// --- Beginning ---

absl::StatusOr<ProducerIdentity> Transactions::Init(std::string_view id, absl::Duration timeout,
                                                    std::optional<ProducerIdentity> asker,
                                                    Writes& writes) {
  if (timeout <= absl::ZeroDuration() || timeout > kMaxTimeout) {
    return MakeError(Errc::kInvalidTransactionTimeout, "a transaction takes up to 15 minutes");
  }
  while (true) {
    const EntryPtr entry = FindOrAdd(id);
    absl::MutexLock lock(&entry->mu);
    if (entry->forgotten) continue;
    Transaction& txn = entry->txn;
    // Whoever comes back after so long that nobody knows of it any more gets another producer id.
    if (txn.producer.id < 0) asker.reset();
    const bool known = !asker.has_value() || asker->id == txn.producer.id ||
                       (txn.previous.epoch >= 0 && asker->id == txn.previous.id);
    if (!known) return MakeError(Errc::kProducerFenced, "another producer has the id");
    if (txn.preparing() && !FinishLocked(*entry, writes).ok()) {
      Arm(entry);
      return MakeError(Errc::kConcurrentTransactions, "the transaction before is being ended");
    }
    if (txn.ongoing()) {
      if (asker.has_value() && *asker != txn.producer) {
        return MakeError(Errc::kProducerFenced, "a newer producer has the transactional id");
      }
      if (absl::Status s = Fence(*entry, writes); !s.ok()) {
        Arm(entry);
        return MakeError(Errc::kConcurrentTransactions, std::string(s.message()));
      }
      asker.reset();
    }
    const std::function<absl::StatusOr<int64_t>()> next_id = [&] {
      return catalog_.NextId(writes);
    };
    auto taken = txn.Take(asker, timeout, catalog_.Now(), next_id);
    if (taken.ok()) Put(*entry, writes);
    Arm(entry);  // an id that nobody got is forgotten at once
    return taken;
  }
}

bool Transactions::Begin(const EntryPtr& entry) {
  const bool begins = !entry->txn.ongoing();
  entry->txn.Begin(catalog_.Now());
  if (!begins) return false;
  entry->streams.clear();
  entry->has_offsets = false;
  Arm(entry);
  return true;
}

absl::Status Transactions::AddStreams(std::string_view id, ProducerIdentity producer,
                                      absl::Span<const StreamPtr> streams, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = Check(*entry, producer); !s.ok()) return s;
  bool changed = Begin(entry);
  for (const StreamPtr& stream : streams) {
    changed |= entry->txn.streams.insert(stream->identity().id).second;
    entry->streams[stream->identity().id] = stream;
  }
  if (changed) Put(*entry, writes);
  return absl::OkStatus();
}

absl::Status Transactions::AddGroup(std::string_view id, ProducerIdentity producer,
                                    std::string_view group, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = Check(*entry, producer); !s.ok()) return s;
  bool changed = Begin(entry);
  changed |= entry->txn.groups.emplace(group).second;
  if (changed) Put(*entry, writes);
  return absl::OkStatus();
}

absl::Status Transactions::Verify(std::string_view id, ProducerIdentity producer,
                                  const Stream& stream) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = Check(*entry, producer); !s.ok()) return s;
  const bool part = entry->txn.ongoing() && entry->txn.streams.contains(stream.identity().id);
  return part ? absl::OkStatus() : NotPart();
}

absl::StatusOr<AppendResult> Transactions::Append(std::string_view id, ProducerIdentity producer,
                                                  const StreamPtr& stream, Batch batch, bool adds,
                                                  Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);  // nobody ends it meanwhile
  if (absl::Status s = Check(*entry, producer); !s.ok()) return s;
  const uint64_t stream_id = stream->identity().id;
  if (adds) {
    bool changed = Begin(entry);
    changed |= entry->txn.streams.insert(stream_id).second;
    entry->streams[stream_id] = stream;
    if (changed) Put(*entry, writes);
  } else if (!entry->txn.ongoing() || !entry->txn.streams.contains(stream_id)) {
    return NotPart();
  }
  // It is part of the transaction in the journal before it is in the log.
  if (absl::Status s = catalog_.journal().Flush(); !s.ok()) return s;
  return stream->AppendBatch(std::move(batch), writes);
}

absl::Status Transactions::SendOffsets(std::string_view id, ProducerIdentity producer,
                                       std::string_view group, SentOffsets offsets, bool adds,
                                       Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = Check(*entry, producer); !s.ok()) return s;
  for (const auto& [stream, offset] : offsets) {
    if (SharePartitionOf(*stream, group) == nullptr) continue;
    return MakeError(Errc::kGroupNotFound, "a group that shares commits no offsets");
  }
  const std::string name(group);
  if (adds) {
    Begin(entry);
    entry->txn.groups.insert(name);
  } else if (!entry->txn.ongoing() || !entry->txn.groups.contains(name)) {
    return NotPart();
  }
  for (auto& [stream, offset] : offsets) {
    const uint64_t stream_id = stream->identity().id;
    entry->txn.offsets[{name, stream_id}] = std::move(offset);
    entry->streams[stream_id] = std::move(stream);
    entry->has_offsets = true;
  }
  Put(*entry, writes);  // once, for it is written whole
  return absl::OkStatus();
}

std::set<uint64_t> Transactions::PendingStreams(std::string_view group) const {
  std::set<uint64_t> pending;
  for (const EntryPtr& entry : Entries()) {
    if (!entry->has_offsets) continue;
    absl::MutexLock lock(&entry->mu);
    const auto& offsets = entry->txn.offsets;
    auto it = offsets.lower_bound({std::string(group), 0});
    for (; it != offsets.end() && it->first.first == group; ++it) pending.insert(it->first.second);
  }
  return pending;
}

// --- Ending ---

absl::StatusOr<Transactions::Ended> Transactions::Prepare(std::string_view id,
                                                          ProducerIdentity producer, bool commit,
                                                          bool bumps, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  Transaction& txn = entry->txn;
  const auto ending = txn.MayEnd(producer, commit, bumps);
  if (!ending.ok()) return ending.status();
  if (*ending == Transaction::Ending::kRepeat) return Ended{.producer = txn.producer};
  const ProducerIdentity before = txn.producer;
  ProducerIdentity as = before;
  if (bumps) {
    const std::function<absl::StatusOr<int64_t>()> next_id = [&] {
      return catalog_.NextId(writes);
    };
    if (absl::Status s = txn.Bump(next_id); !s.ok()) return s;
    ++as.epoch;
  }
  txn.previous = bumps ? before : ProducerIdentity();
  bool settled = true;
  if (*ending == Transaction::Ending::kBegin) {
    Decide(*entry, as, commit);
    // As if it were written to them: the commit is then durable.
    const std::vector<StreamPtr> synced = SyncedStreams(*entry);
    for (const StreamPtr& stream : synced) writes.Touch(stream);
    settled = !synced.empty() || !NeedsSync(*entry);
  } else {
    txn.state = TransactionState::kCompleteAbort;
    txn.changed = catalog_.Now();
  }
  Put(*entry, writes);
  Arm(entry);
  return Ended{.producer = txn.producer,
               .finish = txn.preparing(),
               .decision = entry->decisions,
               .settled = settled};
}

void Transactions::Decide(Entry& entry, ProducerIdentity as, bool commit) {
  std::map<uint64_t, Offset> ends;
  for (const uint64_t id : entry.txn.streams) {
    const auto it = entry.streams.find(id);
    if (it == entry.streams.end() || !it->second->InTransaction(as.id)) continue;
    it->second->Flush().IgnoreError();  // what cannot be written is not counted
    ends.emplace(id, it->second->next_offset());
  }
  entry.txn.Prepare(as, commit, catalog_.Now(), std::move(ends));
  ++entry.decisions;
  entry.settled = false;
}

absl::Status Transactions::Settle(Entry& entry) {
  if (entry.settled) return absl::OkStatus();
  Journal& journal = catalog_.journal();
  absl::Status written = NeedsSync(entry) ? journal.FlushAndSync() : journal.Flush();
  entry.settled = written.ok();
  return written;
}

absl::Status Transactions::Finish(std::string_view id, const Ended& ended, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return absl::OkStatus();
  absl::MutexLock lock(&entry->mu);
  if (!entry->txn.preparing()) return absl::OkStatus();
  if (entry->decisions == ended.decision && ended.settled) entry->settled = true;
  absl::Status status = FinishLocked(*entry, writes);
  Arm(entry);
  return status;
}

absl::Status Transactions::FinishLocked(Entry& entry, Writes& writes) {
  Transaction& txn = entry.txn;
  const bool commit = txn.state == TransactionState::kPrepareCommit;
  if (absl::Status s = Settle(entry); !s.ok()) return s;
  const int64_t now_ms = catalog_.NowMs();
  for (const uint64_t id : txn.streams) {
    const auto it = entry.streams.find(id);
    // Deleted since, told already by a try before this one, or never written to.
    if (it == entry.streams.end() || !it->second->InTransaction(txn.marker.id)) continue;
    absl::Status told = it->second->EndTransaction({.producer_id = txn.marker.id,
                                                    .producer_epoch = txn.marker.epoch,
                                                    .committed = commit,
                                                    .coordinator_epoch = 0,
                                                    .timestamp_ms = now_ms},
                                                   writes);
    if (!told.ok() && CodeOf(told) != Errc::kStreamNotFound) return told;
  }
  for (const auto& [where, pending] : txn.offsets) {
    const auto it = entry.streams.find(where.second);
    if (!commit || it == entry.streams.end()) continue;
    absl::Status told = CommitOffset(*it->second, where.first, pending.offset, pending.metadata,
                                     pending.leader_epoch, writes);
    // A group that is gone, or shares since, has no offsets that anybody would read.
    const bool gone = CodeOf(told) == Errc::kStreamNotFound || CodeOf(told) == Errc::kGroupNotFound;
    if (!told.ok() && !gone) return told;
  }
  txn.Complete(catalog_.Now());
  entry.streams.clear();
  entry.has_offsets = false;
  Put(entry, writes);
  return absl::OkStatus();
}

absl::Status Transactions::Fence(Entry& entry, Writes& writes) {
  Transaction& txn = entry.txn;
  ++txn.producer.epoch;  // at most once past kMaxEpoch: the next to take the id gets another one
  txn.previous = {};
  Decide(entry, txn.producer, /*commit=*/false);
  Put(entry, writes);
  return FinishLocked(entry, writes);
}

bool Transactions::NeedsSync(const Entry& entry) const {
  if (catalog_.options().durability == Durability::kSync) return true;
  return !SyncedStreams(entry).empty();
}

std::vector<StreamPtr> Transactions::SyncedStreams(const Entry& entry) {
  std::vector<StreamPtr> synced;
  for (const auto& [id, stream] : entry.streams) {
    const auto durability = stream->CheckDurability();
    if (durability.ok() && *durability == Durability::kSync) synced.push_back(stream);
  }
  return synced;
}

// --- Deadlines ---

// Of a transaction that goes on for too long, of an end to be tried again, of an id nobody uses.
void Transactions::Arm(const EntryPtr& entry) {
  catalog_.timers().Cancel(entry->timer);
  absl::Time when = entry->txn.changed + kForgottenAfter;
  if (entry->txn.ongoing()) when = entry->txn.began + entry->txn.timeout;
  if (entry->txn.preparing()) when = catalog_.Now() + kRetryAfter;
  entry->timer = catalog_.timers().Add(when, [this, weak = std::weak_ptr<Entry>(entry)] {
    if (const EntryPtr alive = weak.lock()) TimeOut(alive);
  });
}

void Transactions::TimeOut(const EntryPtr& entry) {
  Writes writes;
  bool idle = false;
  {
    absl::MutexLock lock(&entry->mu);
    if (entry->forgotten) return;
    const absl::Time now = catalog_.Now();
    if (entry->txn.ongoing() && entry->txn.began + entry->txn.timeout <= now) {
      Fence(*entry, writes).IgnoreError();  // what fails is tried again
    } else if (entry->txn.preparing()) {
      FinishLocked(*entry, writes).IgnoreError();
    } else {
      idle = !entry->txn.ongoing() && entry->txn.changed + kForgottenAfter <= now;
    }
    if (!idle) Arm(entry);
  }
  if (idle) Forget(entry, writes);
  catalog_.Commit(writes).IgnoreError();  // nobody was promised anything
}

void Transactions::Forget(const EntryPtr& entry, Writes& writes) {
  absl::MutexLock registry(&mu_);
  absl::MutexLock lock(&entry->mu);
  // Whoever used it meanwhile has set another timer.
  if (entry->forgotten || entry->txn.ongoing() || entry->txn.preparing()) return;
  if (entry->txn.changed + kForgottenAfter > catalog_.Now()) return;
  entry->forgotten = true;
  catalog_.journal().Erase(keys::Of(keys::kTransaction, entry->id));
  writes.TouchJournal();
  entries_.erase(entry->id);
}

// --- Looking ---

std::optional<Transactions::Description> Transactions::Describe(std::string_view id) const {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return std::nullopt;
  absl::MutexLock lock(&entry->mu);
  Description description{entry->id, entry->txn, {}};
  for (const auto& [stream_id, stream] : entry->streams) {
    if (entry->txn.streams.contains(stream_id)) description.streams.push_back(stream);
  }
  return description;
}

std::vector<Transactions::Description> Transactions::List() const {
  std::vector<Description> list;
  for (const EntryPtr& entry : Entries()) {
    absl::MutexLock lock(&entry->mu);
    list.push_back({entry->id, entry->txn, {}});
  }
  return list;
}

// --- Recovery and checkpoints ---

absl::Status Transactions::Restore(std::string_view id, std::optional<std::string_view> bytes) {
  if (!bytes.has_value()) {
    absl::MutexLock lock(&mu_);
    entries_.erase(std::string(id));
    return absl::OkStatus();
  }
  auto parsed = Transaction::Parse(*bytes);
  if (!parsed.ok()) return parsed.status();
  const EntryPtr entry = FindOrAdd(id);
  absl::MutexLock lock(&entry->mu);
  entry->txn = *std::move(parsed);
  return absl::OkStatus();
}

absl::Status Transactions::Recover() {
  std::map<uint64_t, StreamPtr> streams;
  for (const TopicPtr& topic : catalog_.AllTopics()) {
    for (const StreamPtr& stream : topic->partitions) streams[stream->identity().id] = stream;
  }
  Writes writes;
  if (absl::Status s = ClampDecided(streams, writes); !s.ok()) return s;
  std::map<int64_t, EntryPtr> by_producer;
  for (const EntryPtr& entry : Entries()) {
    absl::MutexLock lock(&entry->mu);
    std::set<uint64_t> touched = entry->txn.streams;
    for (const auto& [where, pending] : entry->txn.offsets) touched.insert(where.second);
    for (const uint64_t id : touched) {
      if (const auto it = streams.find(id); it != streams.end()) entry->streams.insert(*it);
    }
    entry->has_offsets = !entry->txn.offsets.empty();
    by_producer[entry->txn.producer.id] = entry;
    if (entry->txn.marker.id >= 0) by_producer[entry->txn.marker.id] = entry;
    if (entry->txn.preparing()) FinishLocked(*entry, writes).IgnoreError();  // or a timer's try
    Arm(entry);
  }
  for (const auto& [id, stream] : streams) {
    for (const ProducerState& producer : stream->ProducerStates()) {
      if (!producer.transaction_start.has_value()) continue;
      const auto it = by_producer.find(producer.producer_id);
      std::optional<Transaction> transaction;
      if (it != by_producer.end()) {
        absl::MutexLock lock(&it->second->mu);
        transaction = it->second->txn;
      }
      if (absl::Status s = EndLeftOpen(stream, producer, transaction, writes); !s.ok()) return s;
    }
  }
  return catalog_.Commit(writes).status();
}

// A power cut may take a marker, or the journal's word that a stream is part of a transaction.
absl::Status Transactions::EndLeftOpen(const StreamPtr& stream, const ProducerState& producer,
                                       const std::optional<Transaction>& transaction,
                                       Writes& writes) {
  bool decided = false;
  if (transaction.has_value()) {
    const Transaction& txn = *transaction;
    const uint64_t id = stream->identity().id;
    decided = txn.Decided({producer.producer_id, producer.epoch}, id, *producer.transaction_start);
    const bool goes_on = txn.preparing() || (txn.ongoing() && !decided);
    if (goes_on && txn.streams.contains(id)) return absl::OkStatus();
  }
  return stream->EndTransaction(
      {.producer_id = producer.producer_id,
       .producer_epoch = decided ? transaction->marker.epoch : producer.epoch,
       .committed = decided && transaction->decided_commit,
       .coordinator_epoch = 0,
       .timestamp_ms = catalog_.NowMs()},
      writes);
}

// New records take the offsets of those that are lost.
absl::Status Transactions::ClampDecided(const std::map<uint64_t, StreamPtr>& streams,
                                        Writes& writes) {
  bool any = false;
  for (const EntryPtr& entry : Entries()) {
    absl::MutexLock lock(&entry->mu);
    bool clamped = false;
    for (auto& [id, end] : entry->txn.decided) {
      const auto it = streams.find(id);
      const Offset next = it == streams.end() ? 0 : it->second->next_offset();
      clamped |= next < end;
      end = std::min(end, next);
    }
    if (clamped) Put(*entry, writes);
    any |= clamped;
  }
  return any ? catalog_.journal().FlushAndSync() : absl::OkStatus();
}

// Each while it cannot change: an older state put behind a newer one would be what the next start
// finds.
void Transactions::Emit(Journal& journal) const {
  for (const EntryPtr& entry : Entries()) {
    absl::MutexLock lock(&entry->mu);
    if (entry->forgotten || entry->txn.producer.id < 0) continue;
    journal.Put(keys::Of(keys::kTransaction, entry->id), entry->txn.Serialize());
  }
}

}  // namespace braid::engine
