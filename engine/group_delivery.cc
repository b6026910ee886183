// What a group hands out, and when it may do so again.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/read_counter.h"
#include "engine/stream_parts.h"

namespace braid::engine {
namespace {

constexpr int64_t kReserved = 1024;  // records of a fetch that memory is set aside for

}  // namespace

// Matching live records at or past the cursor. What is open must have been flushed.
absl::StatusOr<int64_t> Group::Matching(StreamParts& stream) {
  const StreamSnapshot snapshot = stream.Snapshot();
  if (parts_->options.filters.empty()) {
    Offset from = parts_->cursor;
    if (parts_->by_id && parts_->cursor_may_be_ahead) {
      auto after = Next(parts_->last_delivered_id);
      if (!after.ok()) return 0;
      auto first = snapshot.LowerBound(*after);
      if (!first.ok()) return first.status();
      from = std::max(from, *first);
    }
    return snapshot.CountFrom(from);
  }
  if (!parts_->matching.has_value()) {
    int64_t count = 0;
    absl::Status status = snapshot.ForEach(parts_->cursor, [&](StoredRecord&& record) {
      if (parts_->Wants(stream.SubjectOf(record))) ++count;
      return true;
    });
    if (!status.ok()) return status;
    parts_->matching = count;
  }
  return *parts_->matching;
}

// Counts one delivery. Returns its sequence number.
int64_t Group::Count(Offset offset, absl::Time now) {
  parts_->delivered_offset = std::max(parts_->delivered_offset, offset);
  parts_->last_delivery = now;
  return ++parts_->delivered_seq;
}

void Group::WriteDelivered() {
  parts_->delivered.Put(stream_->catalog_->journal(), id_);
}

// Enters a delivery that was counted into the ledger and, with WriteDelivered, into the journal.
// Returns its count.
int64_t Group::Book(Offset offset, EntryId record_id, int64_t seq, ConsumerId consumer,
                    absl::Time now) {
  // Nobody asks a Redis group for sequence numbers.
  const Delivery delivery = parts_->ledger.Deliver(offset, consumer, now, parts_->by_id ? 0 : seq);
  parts_->RememberId(offset, record_id);
  parts_->delivered.Add({.delivery = delivery, .id = record_id});
  if (parts_->delivered.full()) WriteDelivered();
  parts_->consumers[consumer].active = now;
  return delivery.count;
}

// `record` gets its count and sequence.
void Group::Deliver(DeliveredRecord& record, bool settle, ConsumerId consumer, absl::Time now) {
  record.group_seq = Count(record.offset, now);
  record.delivered_at = now;
  if (settle) {
    if (parts_->ledger.Ack(record.offset).has_value()) Forget(record.offset);
    return;
  }
  record.delivery_count = Book(record.offset, record.id, record.group_seq, consumer, now);
}

absl::Status Group::TakeDue(StreamParts& stream, const GroupFetch& fetch, ConsumerId consumer,
                            absl::Time now, std::vector<DeliveredRecord>& out) {
  if (fetch.only_new || parts_->ledger.due_count() == 0) return absl::OkStatus();
  auto pending_after = Matching(stream);
  if (!pending_after.ok()) return pending_after.status();
  const StreamSnapshot snapshot = stream.Snapshot();
  int64_t bytes = 0;
  while (static_cast<int64_t>(out.size()) < fetch.max_records) {
    const std::optional<Offset> offset = parts_->ledger.FirstDue();
    if (!offset.has_value()) break;
    auto record = snapshot.ReadOne(*offset);
    if (!record.ok()) {
      // Deleted while it waited: nothing to deliver again.
      parts_->ledger.Ack(*offset);
      Forget(*offset);
      continue;
    }
    bytes += PayloadBytes(*record);
    if (!out.empty() && bytes > fetch.max_bytes) break;
    DeliveredRecord& delivered = out.emplace_back();
    static_cast<StoredRecord&>(delivered) = *std::move(record);
    delivered.delivery_count = parts_->ledger.Find(*offset)->count + 1;
    delivered.pending_after = *pending_after;
    Deliver(delivered, fetch.no_ack, consumer, now);
  }
  return absl::OkStatus();
}

bool Group::HasIdle(StreamParts& stream, absl::Duration min_idle) {
  const StreamSnapshot snapshot = stream.Snapshot();
  bool found = false;
  parts_->ledger.ForEachIdle(stream_->catalog_->Now() - min_idle, [&](const Delivery& delivery) {
    found = snapshot.IsLive(delivery.offset);
    return !found;
  });
  return found;
}

void Group::WakeIdle(StreamParts& stream, absl::Time now, AfterUnlock& after) {
  if (parts_->idle_waiters.empty()) return;
  const absl::Time oldest = parts_->ledger.OldestDelivery();
  after.Wake(parts_->idle_waiters.Take(oldest, now));
  stream.Arm(parts_->idle_waiters.Next(oldest), after);
}

absl::Status Group::TakeIdle(StreamParts& stream, const GroupFetch& fetch, ConsumerId consumer,
                             absl::Time now, std::vector<DeliveredRecord>& out,
                             AfterUnlock& after) {
  const StreamSnapshot snapshot = stream.Snapshot();
  std::vector<Delivery> idle;
  std::vector<Offset> gone;
  parts_->ledger.ForEachIdle(now - *fetch.min_idle, [&](const Delivery& delivery) {
    if (!snapshot.IsLive(delivery.offset)) {
      gone.push_back(delivery.offset);
      return true;
    }
    if (static_cast<int64_t>(idle.size()) >= fetch.max_records) return false;
    idle.push_back(delivery);
    return true;
  });
  for (const Offset offset : gone) parts_->ledger.PassOver(offset);
  for (const Delivery& before : idle) {
    if (GiveUpIfExhausted(before.offset, now, *fetch.min_idle, after)) continue;
    auto record = snapshot.ReadOne(before.offset);
    if (!record.ok()) return record.status();
    if (fetch.admit != nullptr && !(*fetch.admit)(*record)) break;
    DeliveredRecord& delivered = out.emplace_back();
    static_cast<StoredRecord&>(delivered) = *std::move(record);
    delivered.idle =
        before.consumer == kNobody ? -absl::Milliseconds(1) : now - before.delivered_at;
    delivered.prior_deliveries = before.count;
    Deliver(delivered, /*settle=*/false, consumer, now);
  }
  return absl::OkStatus();
}

// A Redis group has been given `record`, and is about to say so. `first` is that of the first live
// record, once it is known.
void Group::CountRead(StreamParts& stream, const StoredRecord& record,
                      std::optional<EntryId>& first) {
  EntryCounts counts{.added = stream.next() + stream.entries_added_delta,
                     .length = stream.live(),
                     .first = {},
                     .last = stream.last_id,
                     .max_deleted = stream.max_deleted_id};
  const bool began = parts_->cursor > stream.start;
  if (began && parts_->entries_read.has_value() &&
      !MayHaveHoles(counts, parts_->last_delivered_id)) {
    ++*parts_->entries_read;
    return;
  }
  if (counts.added == 0) return;
  if (!first.has_value()) {
    const auto oldest = stream.Snapshot().Read({.max_records = 1});
    first = oldest.ok() && !oldest->empty() ? oldest->front().id : record.id;
  }
  counts.first = *first;
  parts_->entries_read = EntriesUpTo(counts, record.id);
}

absl::Status Group::TakeFresh(StreamParts& stream, const GroupFetch& fetch, ConsumerId consumer,
                              absl::Time now, std::vector<DeliveredRecord>& out) {
  const bool settle = fetch.no_ack || parts_->options.ack_none;
  int64_t room = fetch.max_records - static_cast<int64_t>(out.size());
  if (!settle) room = std::min(room, parts_->ledger.Room());
  if (room <= 0 || parts_->cursor >= stream.next()) return absl::OkStatus();
  auto pending = Matching(stream);
  if (!pending.ok()) return pending.status();
  if (*pending == 0) {
    parts_->cursor = stream.next();
    return absl::OkStatus();
  }
  const bool filtered = !parts_->options.filters.empty();
  const Offset old_cursor = std::max(parts_->cursor, stream.start);
  int64_t bytes = 0;
  for (const DeliveredRecord& record : out) bytes += PayloadBytes(record);
  Offset cursor = old_cursor;
  std::optional<EntryId> first;
  const Offset highest = parts_->ledger.highest().value_or(-1);
  out.reserve(out.size() + static_cast<size_t>(std::min({room, *pending, kReserved})));
  absl::Status status = stream.Snapshot().ForEach(old_cursor, [&](StoredRecord&& record) {
    const Offset offset = record.offset;
    const bool behind = parts_->by_id && record.id <= parts_->last_delivered_id;
    if (behind || (filtered && !parts_->Wants(stream.SubjectOf(record)))) {
      cursor = offset + 1;
      return true;
    }
    bytes += PayloadBytes(record);
    if (!out.empty() && bytes > fetch.max_bytes) return false;
    if (fetch.admit != nullptr && !(*fetch.admit)(record)) return false;
    if (parts_->by_id) CountRead(stream, record, first);
    // Handed out before, and the cursor was set back: a new life.
    if (offset <= highest && parts_->ledger.Ack(offset).has_value()) Forget(offset);
    DeliveredRecord& delivered = out.emplace_back();
    static_cast<StoredRecord&>(delivered) = std::move(record);
    delivered.pending_after = --*pending;
    Deliver(delivered, settle, consumer, now);
    parts_->last_delivered_id = delivered.id;
    parts_->cursor_may_be_ahead = false;
    if (parts_->by_id) parts_->cursor = offset + 1;
    cursor = offset + 1;
    return --room > 0;
  });
  if (!status.ok()) return status;
  if (*pending <= 0) cursor = std::max(cursor, stream.log->next_offset());
  const int64_t passed = cursor - old_cursor;
  if (parts_->by_id) {
    // Counted one by one.
  } else if (parts_->entries_read.has_value()) {
    *parts_->entries_read += passed;
  } else if (passed > 0) {
    parts_->entries_read = cursor + stream.entries_added_delta;
  }
  parts_->cursor = cursor;
  if (filtered) parts_->matching = std::max<int64_t>(0, *pending);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<DeliveredRecord>> Group::Fetch(const GroupFetch& fetch, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  StreamParts& stream = *stream_->parts_;
  if (absl::Status s = stream.Flush(after); !s.ok()) return s;
  Journal& journal = stream_->catalog_->journal();
  const absl::Time now = stream_->catalog_->Now();
  bool created = false;
  const ConsumerId consumer = parts_->Intern(fetch.consumer, now, &created);
  parts_->consumers[consumer].seen = now;
  if (created) {
    parts_->EmitConsumer(journal, id_, consumer);
    writes.TouchJournal();
  }
  ExpireLocked(stream, now, after);
  std::vector<DeliveredRecord> out;
  if (fetch.max_records <= 0) return out;
  if (fetch.min_idle.has_value()) {
    const absl::Status taken = TakeIdle(stream, fetch, consumer, now, out, after);
    WriteDelivered();
    if (!taken.ok() && out.empty()) return taken;
    writes.TouchJournal();  // also of what was given up
    return out;
  }
  const Offset old_cursor = parts_->cursor;
  absl::Status taken = TakeDue(stream, fetch, consumer, now, out);
  if (taken.ok()) taken = TakeFresh(stream, fetch, consumer, now, out);
  WriteDelivered();
  if (!taken.ok() && out.empty()) return taken;
  if (!out.empty() || parts_->cursor != old_cursor) {
    parts_->EmitCursor(journal, id_);
    writes.TouchJournal();
  }
  stream.Arm(parts_->ledger.NextDeadline(), after);
  WakeIdle(stream, now, after);
  return out;
}

void Group::Wait(WaiterPtr waiter, std::optional<absl::Duration> min_idle) {
  {
    AfterUnlock after(stream_.get());
    absl::MutexLock lock(&stream_->mu_);
    StreamParts& stream = *stream_->parts_;
    bool ready = parts_->deleted || stream.deleted || !stream.Flush(after).ok();
    if (!ready) {
      const bool fresh = parts_->cursor < stream.next() && Matching(stream).value_or(1) > 0;
      ready = parts_->ledger.due_count() > 0 || (fresh && parts_->ledger.Room() > 0) ||
              (min_idle.has_value() && HasIdle(stream, *min_idle));
    }
    if (!ready) {
      parts_->waiters.Add(waiter);
      if (min_idle.has_value()) {
        parts_->idle_waiters.Add(*min_idle, waiter);
        stream.Arm(parts_->idle_waiters.Next(parts_->ledger.OldestDelivery()), after);
      }
      stream.waiters.Add(std::move(waiter));
      return;
    }
  }
  waiter->Wake();
}

absl::StatusOr<std::vector<Group::HistoryEntry>> Group::ReadHistory(
    std::string_view consumer, Offset begin, int64_t max, Writes& writes,
    const std::function<bool(const StoredRecord&)>* admit) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = stream_->parts_->Flush(after); !s.ok()) return s;
  Journal& journal = stream_->catalog_->journal();
  const absl::Time now = stream_->catalog_->Now();
  bool created = false;
  const ConsumerId who = parts_->Intern(consumer, now, &created);
  parts_->consumers[who].seen = now;
  if (created) parts_->EmitConsumer(journal, id_, who);
  writes.TouchJournal();
  std::vector<Delivery> mine;
  parts_->ledger.ForEach(begin, INT64_MAX, who, [&](const Delivery& delivery) {
    if (static_cast<int64_t>(mine.size()) >= max) return false;
    mine.push_back(delivery);
    return true;
  });
  const StreamSnapshot snapshot = stream_->parts_->Snapshot();
  std::vector<HistoryEntry> out;
  for (const Delivery& delivery : mine) {
    HistoryEntry entry;
    auto record = snapshot.ReadOne(delivery.offset);
    if (!record.ok()) {
      if (CodeOf(record.status()) != Errc::kRecordNotFound) return record.status();
      entry.record.offset = delivery.offset;
      entry.record.id = parts_->IdOf(delivery.offset);
      entry.deleted = true;
      entry.delivery_count = delivery.count;
      if (admit != nullptr && !(*admit)(entry.record)) break;
      out.push_back(std::move(entry));
      continue;
    }
    if (admit != nullptr && !(*admit)(*record)) break;
    const auto again =
        parts_->ledger.Claim(delivery.offset, who, now, absl::ZeroDuration(), ClaimOptions{});
    entry.record = *std::move(record);
    entry.delivery_count = again->count;
    parts_->EmitPending(journal, id_, *again);
    out.push_back(std::move(entry));
  }
  WakeIdle(*stream_->parts_, now, after);
  return out;
}

void Group::ExpireLocked(StreamParts& stream, absl::Time now, AfterUnlock& after) {
  if (parts_->ledger.NextDeadline() > now) return;
  (void)stream;
  const Ledger::Expired expired = parts_->ledger.Expire(now);
  for (const Delivery& delivery : expired.exhausted) {
    GiveUp(delivery, /*rejected=*/false, after);
  }
  if (!expired.due.empty() || !expired.exhausted.empty()) after.Wake(parts_->waiters.Take());
}

Expired Group::Expire(absl::Time now) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  Expired out;
  if (parts_->deleted) return out;
  ExpireLocked(*stream_->parts_, now, after);
  out.due = parts_->ledger.NextDue();
  stream_->parts_->Arm(parts_->ledger.NextDeadline(), after);
  return out;
}

}  // namespace braid::engine
