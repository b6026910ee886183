#include "engine/transactions.h"

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/group_offsets.h"
#include "engine/journal.h"
#include "engine/keys.h"

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
    if (!taken.ok()) return taken.status();
    Put(*entry, writes);
    Arm(entry);
    return taken;
  }
}

absl::Status Transactions::AddStreams(std::string_view id, ProducerIdentity producer,
                                      absl::Span<const StreamPtr> streams, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = entry->txn.Check(producer); !s.ok()) return s;
  const bool begins = !entry->txn.ongoing();
  bool changed = begins;
  entry->txn.Begin(catalog_.Now());
  if (begins) entry->streams.clear();
  for (const StreamPtr& stream : streams) {
    changed |= entry->txn.streams.insert(stream->identity().id).second;
    entry->streams[stream->identity().id] = stream;
  }
  if (changed) Put(*entry, writes);
  if (begins) Arm(entry);
  return absl::OkStatus();
}

absl::Status Transactions::AddGroup(std::string_view id, ProducerIdentity producer,
                                    std::string_view group, Writes& writes) {
  if (absl::Status s = AddStreams(id, producer, {}, writes); !s.ok()) return s;
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = entry->txn.Check(producer); !s.ok()) return s;
  if (entry->txn.groups.emplace(group).second) Put(*entry, writes);
  return absl::OkStatus();
}

absl::Status Transactions::Verify(std::string_view id, ProducerIdentity producer,
                                  const Stream& stream) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = entry->txn.Check(producer); !s.ok()) return s;
  const bool part = entry->txn.ongoing() && entry->txn.streams.contains(stream.identity().id);
  return part ? absl::OkStatus() : NotPart();
}

absl::StatusOr<AppendResult> Transactions::Append(std::string_view id, ProducerIdentity producer,
                                                  const StreamPtr& stream, Batch batch, bool adds,
                                                  Writes& writes) {
  // It becomes part of the transaction in the journal before it is in the log.
  if (adds) {
    const StreamPtr one[] = {stream};
    if (absl::Status s = AddStreams(id, producer, one, writes); !s.ok()) return s;
  }
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);  // nobody ends it meanwhile
  if (absl::Status s = entry->txn.Check(producer); !s.ok()) return s;
  const bool part = entry->txn.ongoing() && entry->txn.streams.contains(stream->identity().id);
  if (!part) return NotPart();
  if (absl::Status s = catalog_.journal().Flush(); !s.ok()) return s;
  return stream->AppendBatch(std::move(batch), writes);
}

absl::Status Transactions::SendOffset(std::string_view id, ProducerIdentity producer,
                                      std::string_view group, const StreamPtr& stream,
                                      PendingOffset offset, bool adds, Writes& writes) {
  if (adds) {
    if (absl::Status s = AddGroup(id, producer, group, writes); !s.ok()) return s;
  }
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return Unknown();
  absl::MutexLock lock(&entry->mu);
  if (absl::Status s = entry->txn.Check(producer); !s.ok()) return s;
  if (!entry->txn.ongoing() || !entry->txn.groups.contains(std::string(group))) return NotPart();
  const uint64_t stream_id = stream->identity().id;
  entry->txn.offsets[{std::string(group), stream_id}] = std::move(offset);
  entry->streams[stream_id] = stream;
  entry->has_offsets = true;
  Put(*entry, writes);
  return absl::OkStatus();
}

bool Transactions::HasPendingOffset(std::string_view group, const Stream& stream) const {
  const std::pair<std::string, uint64_t> where(group, stream.identity().id);
  std::vector<EntryPtr> candidates;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, entry] : entries_) {
      if (entry->has_offsets) candidates.push_back(entry);
    }
  }
  for (const EntryPtr& entry : candidates) {
    absl::MutexLock lock(&entry->mu);
    if (entry->txn.offsets.contains(where)) return true;
  }
  return false;
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
  txn.previous = {};
  if (*ending == Transaction::Ending::kBegin) txn.Prepare(commit, catalog_.Now());
  if (bumps) {
    const ProducerIdentity before = txn.producer;
    const std::function<absl::StatusOr<int64_t>()> next_id = [&] {
      return catalog_.NextId(writes);
    };
    if (absl::Status s = txn.Bump(next_id); !s.ok()) return s;
    txn.previous = before;
    if (*ending == Transaction::Ending::kNothing) txn.state = TransactionState::kCompleteAbort;
    txn.marker = {before.id, static_cast<int16_t>(before.epoch + 1)};
  }
  Put(*entry, writes);
  Arm(entry);
  return Ended{.producer = txn.producer, .finish = txn.preparing()};
}

absl::Status Transactions::Finish(std::string_view id, Writes& writes) {
  const EntryPtr entry = Find(id);
  if (entry == nullptr) return absl::OkStatus();
  absl::MutexLock lock(&entry->mu);
  if (!entry->txn.preparing()) return absl::OkStatus();
  absl::Status status = FinishLocked(*entry, writes);
  Arm(entry);
  return status;
}

absl::Status Transactions::FinishLocked(Entry& entry, Writes& writes) {
  Transaction& txn = entry.txn;
  const bool commit = txn.state == TransactionState::kPrepareCommit;
  // The decision is written down before anybody hears of it.
  if (absl::Status s = catalog_.journal().Flush(); !s.ok()) return s;
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
    if (!told.ok() && CodeOf(told) != Errc::kStreamNotFound) return told;
  }
  txn.Complete(catalog_.Now());
  entry.streams.clear();
  entry.has_offsets = false;
  Put(entry, writes);
  return absl::OkStatus();
}

absl::Status Transactions::Fence(Entry& entry, Writes& writes) {
  Transaction& txn = entry.txn;
  txn.Prepare(/*commit=*/false, catalog_.Now());
  ++txn.producer.epoch;  // at most once past kMaxEpoch: the next to take the id gets another one
  txn.marker = txn.producer;
  txn.previous = {};
  Put(entry, writes);
  if (NeedsSync(entry)) {
    if (absl::Status s = catalog_.journal().FlushAndSync(); !s.ok()) return s;
  }
  return FinishLocked(entry, writes);
}

bool Transactions::NeedsSync(const Entry& entry) const {
  if (catalog_.options().durability == Durability::kSync) return true;
  for (const auto& [id, stream] : entry.streams) {
    const auto durability = stream->CheckDurability();
    if (durability.ok() && *durability == Durability::kSync) return true;
  }
  return false;
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
  {
    absl::MutexLock registry(&mu_);
    absl::MutexLock lock(&entry->mu);
    if (entry->forgotten) return;
    const absl::Time now = catalog_.Now();
    if (entry->txn.ongoing() || entry->txn.preparing()) {
      const bool late = entry->txn.ongoing() && entry->txn.began + entry->txn.timeout <= now;
      if (late) {
        Fence(*entry, writes).IgnoreError();  // what fails is tried again
      } else if (entry->txn.preparing()) {
        FinishLocked(*entry, writes).IgnoreError();
      }
      Arm(entry);
    } else if (entry->txn.changed + kForgottenAfter <= now) {
      entry->forgotten = true;
      catalog_.journal().Erase(keys::Of(keys::kTransaction, entry->id));
      writes.TouchJournal();
      entries_.erase(entry->id);
    } else {
      Arm(entry);
    }
  }
  catalog_.Commit(writes).IgnoreError();  // nobody was promised anything
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

// Without their streams.
std::vector<Transactions::Description> Transactions::List() const {
  std::vector<EntryPtr> entries;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, entry] : entries_) entries.push_back(entry);
  }
  std::vector<Description> list;
  for (const EntryPtr& entry : entries) {
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
  for (const TopicPtr& topic : catalog_.Topics()) {
    for (const StreamPtr& stream : topic->partitions) streams[stream->identity().id] = stream;
  }
  std::vector<EntryPtr> entries;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, entry] : entries_) entries.push_back(entry);
  }
  Writes writes;
  std::map<int64_t, EntryPtr> by_producer;
  for (const EntryPtr& entry : entries) {
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
  bool commit = false;
  if (transaction.has_value()) {
    const Transaction& txn = *transaction;
    const bool part = txn.streams.contains(stream->identity().id);
    if (part && (txn.ongoing() || txn.preparing())) return absl::OkStatus();
    const bool was_it =
        txn.marker.id == producer.producer_id &&
        (producer.epoch == txn.marker.epoch || producer.epoch + 1 == txn.marker.epoch);
    commit = was_it && txn.state == TransactionState::kCompleteCommit;
  }
  return stream->EndTransaction({.producer_id = producer.producer_id,
                                 .producer_epoch = producer.epoch,
                                 .committed = commit,
                                 .coordinator_epoch = 0,
                                 .timestamp_ms = catalog_.NowMs()},
                                writes);
}

void Transactions::Emit(Journal& journal) const {
  for (const Description& one : List()) {
    journal.Put(keys::Of(keys::kTransaction, one.id), one.transaction.Serialize());
  }
}

}  // namespace braid::engine
