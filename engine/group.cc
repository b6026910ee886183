#include "engine/group.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/dead_letters.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/stream_parts.h"
#include "engine/views.h"

namespace braid::engine {

Group::Group(StreamPtr stream, uint64_t id, std::string name, GroupOptions options)
    : stream_(std::move(stream)),
      id_(id),
      name_(std::move(name)),
      owner_(options.owner),
      shared_(owner_ == Origin::kKafka && options.ack_wait > absl::ZeroDuration()),
      parts_(std::make_unique<GroupParts>(std::move(options))) {}

Group::~Group() = default;

absl::Status Group::CheckAlive() const {
  if (!parts_->deleted) return absl::OkStatus();
  return MakeError(Errc::kGroupNotFound, "the group has been deleted");
}

GroupOptions Group::options() const {
  absl::MutexLock lock(&stream_->mu_);
  return parts_->options;
}

absl::Status Group::SetOptions(GroupOptions options, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (options.filters != parts_->options.filters) parts_->matching.reset();
  options.owner = owner_;
  parts_->options = std::move(options);
  parts_->ledger.set_policy({.ack_wait = parts_->options.ack_wait,
                             .backoff = parts_->options.backoff,
                             .max_deliver = parts_->options.max_deliver,
                             .max_outstanding = parts_->options.max_ack_pending});
  parts_->EmitDefinition(stream_->catalog_->journal(), *this);
  writes.TouchJournal();
  after.Wake(parts_->waiters.Take());
  return absl::OkStatus();
}

bool Group::deleted() const {
  absl::MutexLock lock(&stream_->mu_);
  return parts_->deleted;
}

// --- Cursor ---

absl::Status Group::Commit(Offset next, std::string_view metadata, int32_t leader_epoch,
                           Writes& writes) {
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  parts_->cursor = next;
  parts_->matching.reset();
  parts_->metadata = metadata;
  parts_->leader_epoch = leader_epoch;
  parts_->committed_at = stream_->catalog_->Now();
  parts_->EmitCursor(stream_->catalog_->journal(), id_);
  writes.TouchJournal();
  return absl::OkStatus();
}

Group::Committed Group::committed() const {
  absl::MutexLock lock(&stream_->mu_);
  return {.offset = parts_->cursor,
          .metadata = parts_->metadata,
          .leader_epoch = parts_->leader_epoch,
          .at = parts_->committed_at};
}

absl::Status Group::SetCursor(Offset next, EntryId last_delivered,
                              std::optional<int64_t> entries_read, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  parts_->cursor = next;
  parts_->matching.reset();
  parts_->last_delivered_id = last_delivered;
  parts_->cursor_may_be_ahead = true;
  parts_->entries_read = entries_read;
  parts_->EmitCursor(stream_->catalog_->journal(), id_);
  writes.TouchJournal();
  return absl::OkStatus();
}

// --- Settling ---

void Group::Forget(Offset offset) {
  WriteDelivered();  // so that entries keep their order
  parts_->ForgetId(offset);
  GroupParts::ErasePending(stream_->catalog_->journal(), id_, offset);
}

namespace {

// As that model's clients call it.
std::string NameFor(Origin model, const StreamIdentity& stream) {
  if (model == Origin::kRedis) return RedisKeyOf(stream);
  return model == Origin::kNats ? JetStreamNameOf(stream) : KafkaNameOf(stream);
}

}  // namespace

// `delivery` has left the ledger, and nobody shall have its record again.
void Group::GiveUp(const Delivery& delivery, bool rejected, AfterUnlock& after) {
  PendingEntry gone = parts_->ToPending(delivery);
  gone.rejected = rejected;
  Forget(delivery.offset);
  if (!parts_->options.dead_letter.empty()) {
    after.Call(
        [stream = stream_, name = name_, owner = owner_, to = parts_->options.dead_letter, gone] {
          const std::string source = NameFor(owner, stream->identity());
          const DeadLetter letter{.source = source, .group = name, .entry = gone};
          SendDeadLetter(*stream, letter, to, owner).IgnoreError();  // there is nobody to tell
        });
  }
  if (parts_->exhausted_listener == nullptr) return;
  after.Call([listener = parts_->exhausted_listener, gone = std::move(gone)] { listener(gone); });
}

// Where nothing expires, whoever takes an entry over meets the limit.
bool Group::GiveUpIfExhausted(Offset offset, absl::Time now, absl::Duration min_idle,
                              AfterUnlock& after) {
  const int64_t limit = parts_->options.max_deliver;
  if (limit < 1 || parts_->options.ack_wait > absl::ZeroDuration()) return false;
  const std::optional<Delivery> entry = parts_->ledger.Find(offset);
  if (!entry.has_value() || entry->count < limit) return false;
  if (entry->consumer != kNobody && now - entry->delivered_at < min_idle) return false;
  const bool was_full = parts_->ledger.Room() <= 0;
  parts_->ledger.Reject(offset);
  GiveUp(*entry, /*rejected=*/false, after);
  if (was_full) after.Wake(parts_->waiters.Take());
  return true;
}

absl::StatusOr<bool> Group::Ack(Offset offset, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const bool was_full = parts_->ledger.Room() <= 0;
  bool settled = false;
  if (parts_->options.ack_all) {
    SettledRun run;
    for (const Delivery& gone : parts_->ledger.AckThrough(offset)) {
      parts_->ForgetId(gone.offset);
      run.Add(gone.offset);
      settled = true;
    }
    run.Put(stream_->catalog_->journal(), id_);
  } else if (parts_->ledger.Ack(offset).has_value()) {
    Forget(offset);
    settled = true;
  }
  if (!settled) return false;
  parts_->last_ack = stream_->catalog_->Now();
  writes.TouchJournal();
  if (was_full) after.Wake(parts_->waiters.Take());
  return true;
}

absl::StatusOr<int64_t> Group::AckIds(absl::Span<const EntryId> ids, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const bool was_full = parts_->ledger.Room() <= 0;
  SettledRun run;
  int64_t settled = 0;
  for (const EntryId id : ids) {
    const std::optional<Offset> offset = parts_->pending_ids.Take(id);
    if (!offset.has_value()) continue;
    parts_->ledger.Ack(*offset);
    run.Add(*offset);
    ++settled;
  }
  if (settled == 0) return 0;
  run.Put(stream_->catalog_->journal(), id_);
  parts_->last_ack = stream_->catalog_->Now();
  writes.TouchJournal();
  if (was_full) after.Wake(parts_->waiters.Take());
  return settled;
}

absl::StatusOr<bool> Group::Term(Offset offset, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const bool was_full = parts_->ledger.Room() <= 0;
  if (!parts_->ledger.Reject(offset).has_value()) return false;
  Forget(offset);
  writes.TouchJournal();
  if (was_full) after.Wake(parts_->waiters.Take());
  return true;
}

absl::StatusOr<bool> Group::Nak(Offset offset, absl::Duration delay, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const Ledger::Released released = parts_->ledger.Release(offset, stream_->catalog_->Now(), delay);
  if (!released.entry.has_value()) return false;
  writes.TouchJournal();
  Journal& journal = stream_->catalog_->journal();
  if (released.exhausted) {
    GiveUp(*released.entry, /*rejected=*/false, after);
  } else {
    parts_->EmitPending(journal, id_, *released.entry);
    stream_->parts_->Arm(parts_->ledger.NextDeadline(), after);
  }
  after.Wake(parts_->waiters.Take());
  return true;
}

absl::StatusOr<bool> Group::Extend(Offset offset, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (!parts_->ledger.Extend(offset, stream_->catalog_->Now())) return false;
  parts_->EmitPending(stream_->catalog_->journal(), id_, *parts_->ledger.Find(offset));
  stream_->parts_->Arm(parts_->ledger.NextDeadline(), after);
  writes.TouchJournal();
  return true;
}

absl::StatusOr<std::optional<PendingEntry>> Group::Claim(Offset offset, const ClaimRequest& request,
                                                         Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const absl::Time now = stream_->catalog_->Now();
  Journal& journal = stream_->catalog_->journal();
  bool created = false;
  const ConsumerId to = parts_->Intern(request.consumer, now, &created);
  parts_->consumers[to].seen = now;
  if (created) parts_->EmitConsumer(journal, id_, to);
  writes.TouchJournal();
  const bool delivers = !request.keep_count && !request.delivery_count.has_value();
  if (delivers && GiveUpIfExhausted(offset, now, request.min_idle, after)) return std::nullopt;
  const std::optional<Delivery> claimed =
      parts_->ledger.Claim(offset, to, now, request.min_idle,
                           {.count = request.delivery_count,
                            .keep_count = request.keep_count,
                            .delivered_at = request.delivered_at,
                            .force = request.force,
                            .first_seq = parts_->by_id ? 0 : parts_->delivered_seq});
  if (!claimed.has_value()) return std::nullopt;
  if (parts_->by_id && !parts_->pending_ids.IdOf(offset)) {
    if (absl::Status s = stream_->parts_->Flush(after); !s.ok()) return s;
    auto record = stream_->parts_->Snapshot().ReadOne(offset);
    if (!record.ok()) {
      parts_->ledger.Ack(offset);
      return std::nullopt;
    }
    parts_->RememberId(offset, record->id);
  }
  parts_->consumers[to].active = now;
  parts_->EmitPending(journal, id_, *claimed);
  stream_->parts_->Arm(parts_->ledger.NextDeadline(), after);
  WakeIdle(*stream_->parts_, now, after);
  return parts_->ToPending(*claimed);
}

absl::StatusOr<std::optional<PendingEntry>> Group::Disown(Offset offset,
                                                          const DisownRequest& request,
                                                          Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  const absl::Time now = stream_->catalog_->Now();
  std::optional<Delivery> entry = parts_->ledger.Find(offset);
  if (!entry.has_value()) {
    if (!request.force) return std::nullopt;
    if (absl::Status s = stream_->parts_->Flush(after); !s.ok()) return s;
    const auto record = stream_->parts_->Snapshot().ReadOne(offset);
    if (!record.ok()) return std::nullopt;
    entry = parts_->ledger.Deliver(offset, kNobody, now, 0);
    parts_->RememberId(offset, record->id);
  }
  std::optional<int64_t> count = request.delivery_count;
  if (!count.has_value() && request.uncount) count = std::max<int64_t>(0, entry->count - 1);
  const std::optional<Delivery> disowned = parts_->ledger.Disown(offset, now, count);
  parts_->EmitPending(stream_->catalog_->journal(), id_, *disowned);
  writes.TouchJournal();
  WakeIdle(*stream_->parts_, now, after);
  return parts_->ToPending(*disowned);
}

std::vector<Offset> Group::DropDeleted(absl::Span<const Offset> offsets, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  std::vector<Offset> dropped;
  if (parts_->deleted || !stream_->parts_->Flush(after).ok()) return dropped;
  const StreamSnapshot snapshot = stream_->parts_->Snapshot();
  for (const Offset offset : offsets) {
    if (snapshot.IsLive(offset) || !parts_->ledger.Ack(offset).has_value()) continue;
    Forget(offset);
    dropped.push_back(offset);
  }
  if (!dropped.empty()) writes.TouchJournal();
  return dropped;
}

// --- Looking ---

GroupInfo Group::Info() {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  GroupInfo info;
  if (parts_->deleted) return info;
  const Ledger& ledger = parts_->ledger;
  info.cursor = parts_->cursor;
  info.last_delivered_id = parts_->last_delivered_id;
  info.entries_read = parts_->entries_read;
  if (stream_->parts_->Flush(after).ok()) info.lag = Matching(*stream_->parts_).value_or(0);
  info.pending = ledger.size();
  info.disowned = ledger.PendingOf(kNobody);
  info.redelivered = ledger.redelivered();
  info.delivered_seq = parts_->delivered_seq;
  info.delivered_offset = parts_->delivered_offset;
  info.ack_floor_seq = parts_->delivered_seq;
  info.ack_floor_offset = parts_->delivered_offset;
  if (const std::optional<Offset> lowest = ledger.lowest()) {
    info.ack_floor_offset = *lowest - 1;
    info.ack_floor_seq = std::max<int64_t>(0, ledger.Find(*lowest)->first_seq - 1);
  }
  info.last_delivery = parts_->last_delivery;
  info.last_ack = parts_->last_ack;
  info.consumers = static_cast<int64_t>(parts_->consumer_ids.size());
  return info;
}

std::optional<PendingEntry> Group::FindPending(Offset offset) {
  absl::MutexLock lock(&stream_->mu_);
  const std::optional<Delivery> found = parts_->ledger.Find(offset);
  if (!found.has_value()) return std::nullopt;
  return parts_->ToPending(*found);
}

std::vector<Offset> Group::OffsetsOfPending(absl::Span<const EntryId> ids) {
  absl::MutexLock lock(&stream_->mu_);
  std::vector<Offset> out;
  out.reserve(ids.size());
  for (const EntryId id : ids) out.push_back(parts_->pending_ids.Find(id).value_or(-1));
  return out;
}

std::optional<Offset> Group::PendingLowerBound(EntryId id) {
  absl::MutexLock lock(&stream_->mu_);
  return parts_->pending_ids.LowerBound(id);
}

std::vector<PendingEntry> Group::Pending(const PendingQuery& query) {
  absl::MutexLock lock(&stream_->mu_);
  std::vector<PendingEntry> out;
  if (parts_->deleted) return out;
  std::optional<ConsumerId> consumer;
  if (query.consumer.has_value()) {
    auto it = parts_->consumer_ids.find(*query.consumer);
    if (it == parts_->consumer_ids.end()) return out;
    consumer = it->second;
  }
  const absl::Time now = stream_->catalog_->Now();
  parts_->ledger.ForEach(
      query.begin, query.end.value_or(INT64_MAX), consumer, [&](const Delivery& delivery) {
        if (static_cast<int64_t>(out.size()) >= query.max) return false;
        const bool idle =
            delivery.consumer == kNobody || now - delivery.delivered_at >= query.min_idle;
        if (!idle) return true;
        out.push_back(parts_->ToPending(delivery));
        return true;
      });
  return out;
}

std::optional<PendingEntry> Group::NewestPending() {
  absl::MutexLock lock(&stream_->mu_);
  const std::optional<Offset> highest = parts_->ledger.highest();
  if (parts_->deleted || !highest.has_value()) return std::nullopt;
  return parts_->ToPending(*parts_->ledger.Find(*highest));
}

// --- Consumers ---

bool Group::CreateConsumer(std::string_view name, Writes& writes) {
  absl::MutexLock lock(&stream_->mu_);
  bool created = false;
  const ConsumerId consumer = parts_->Intern(name, stream_->catalog_->Now(), &created);
  parts_->consumers[consumer].seen = stream_->catalog_->Now();
  if (created) {
    parts_->EmitConsumer(stream_->catalog_->journal(), id_, consumer);
    writes.TouchJournal();
  }
  return created;
}

int64_t Group::DeleteConsumer(std::string_view name, Writes& writes) {
  absl::MutexLock lock(&stream_->mu_);
  auto it = parts_->consumer_ids.find(name);
  if (it == parts_->consumer_ids.end()) return -1;
  const ConsumerId consumer = it->second;
  const std::vector<Delivery> gone = parts_->ledger.RemoveConsumer(consumer);
  SettledRun run;
  for (const Delivery& delivery : gone) {
    parts_->ForgetId(delivery.offset);
    run.Add(delivery.offset);
  }
  run.Put(stream_->catalog_->journal(), id_);
  parts_->consumer_ids.erase(it);
  parts_->consumers[consumer].gone = true;
  parts_->EmitConsumer(stream_->catalog_->journal(), id_, consumer);
  writes.TouchJournal();
  return static_cast<int64_t>(gone.size());
}

std::vector<ConsumerInfo> Group::Consumers() {
  absl::MutexLock lock(&stream_->mu_);
  std::vector<ConsumerInfo> out;
  for (ConsumerId i = 0; i < parts_->consumers.size(); ++i) {
    const GroupParts::Consumer& consumer = parts_->consumers[i];
    if (consumer.gone) continue;
    out.push_back({.name = consumer.name,
                   .pending = parts_->ledger.PendingOf(i),
                   .seen = consumer.seen,
                   .active = consumer.active});
  }
  std::sort(out.begin(), out.end(),
            [](const ConsumerInfo& a, const ConsumerInfo& b) { return a.name < b.name; });
  return out;
}

void Group::SetExhaustedListener(std::function<void(const PendingEntry&)> listener) {
  absl::MutexLock lock(&stream_->mu_);
  parts_->exhausted_listener = std::move(listener);
}

}  // namespace braid::engine
