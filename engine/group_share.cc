// What a Kafka share group does with one partition: acquiring, settling, giving back.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/stream_parts.h"

namespace braid::engine {
namespace {

// What one member gets, as it is put together.
class Gathering {
 public:
  explicit Gathering(const AcquireRequest& request) : request_(request) {}

  bool Full() const { return out_.records >= request_.max_records; }
  int64_t RoomForRecords() const { return request_.max_records - out_.records; }
  int64_t RoomForBytes() const { return std::max<int64_t>(0, request_.max_bytes - out_.bytes); }
  bool empty() const { return out_.batches.empty(); }
  bool HasRoomFor(const Batch& batch) const {
    return empty() || IsLast(batch) || batch.header().total_bytes() <= RoomForBytes();
  }
  void Add(const Batch& batch) {
    if (IsLast(batch)) return;
    out_.bytes += batch.header().total_bytes();
    out_.batches.push_back(batch);
  }
  void Add(Offset offset, int64_t delivery_count) {
    ++out_.records;
    if (!out_.runs.empty()) {
      AcquiredRun& run = out_.runs.back();
      const bool longer = offset - run.first < std::max<int64_t>(1, request_.run_length);
      if (run.last + 1 == offset && run.delivery_count == delivery_count && longer) {
        run.last = offset;
        return;
      }
    }
    out_.runs.push_back({offset, offset, delivery_count});
  }
  Acquired Take() { return std::move(out_); }

 private:
  bool IsLast(const Batch& batch) const {
    return !empty() && out_.batches.back().base_offset() == batch.base_offset();
  }

  const AcquireRequest& request_;
  Acquired out_;
};

// Offsets of the live records of `batch` from `from` on.
absl::StatusOr<std::vector<Offset>> LiveOffsets(const StreamSnapshot& snapshot, const Batch& batch,
                                                Offset from) {
  std::vector<Offset> offsets;
  const BatchHeader& header = batch.header();
  if (header.control()) return offsets;
  if (header.record_count == header.last_offset_delta + 1) {
    for (Offset offset = std::max(from, batch.base_offset()); offset < batch.next_offset();
         ++offset) {
      if (snapshot.IsLive(offset)) offsets.push_back(offset);
    }
    return offsets;
  }
  const auto records = batch.Records();
  if (!records.ok()) return records.status();
  for (const Record& record : *records) {
    if (record.offset >= from && snapshot.IsLive(record.offset)) offsets.push_back(record.offset);
  }
  return offsets;
}

// The batch that holds `offset`, or the next one after it.
absl::StatusOr<std::optional<Batch>> BatchAt(const StreamSnapshot& snapshot, Offset offset) {
  storage::ReadLimits one_batch;
  one_batch.max_bytes = 1;
  auto read = snapshot.view.Read(offset, one_batch);
  if (!read.ok()) return read.status();
  if (read->batches.empty()) return std::optional<Batch>();
  return std::optional<Batch>(read->batches.front());
}

// Calls act(offset, batch) for what `gathering` takes of the due records, which it is given
// ascending; lost(offset) for those that are no more.
template <class Act, class Lost>
absl::Status GatherDue(const StreamSnapshot& snapshot, const std::vector<Offset>& due,
                       bool whole_batches, Gathering& gathering, const Act& act, const Lost& lost) {
  for (size_t i = 0; i < due.size() && !gathering.Full();) {
    const auto batch = BatchAt(snapshot, due[i]);
    if (!batch.ok()) return batch.status();
    if (!*batch || !snapshot.IsLive(due[i]) || (*batch)->base_offset() > due[i]) {
      lost(due[i++]);
      continue;
    }
    if (!gathering.HasRoomFor(**batch)) break;
    gathering.Add(**batch);
    while (i < due.size() && due[i] < (*batch)->next_offset()) {
      if (!whole_batches && gathering.Full()) return absl::OkStatus();
      act(due[i++]);
    }
  }
  return absl::OkStatus();
}

}  // namespace

// --- Acquiring ---

void Group::GatherFresh(StreamParts& stream, const AcquireRequest& request, Offset end,
                        absl::FunctionRef<bool()> has_room,
                        absl::FunctionRef<bool(const Batch&, Offset)> take, Offset& cursor) {
  const StreamSnapshot snapshot = stream.Snapshot();
  while (cursor < end && has_room()) {
    storage::ReadLimits limits;
    limits.max_bytes = request.max_bytes;
    limits.end = end;
    const auto read = snapshot.view.Read(cursor, limits);
    if (!read.ok()) return;
    for (const Batch& batch : read->batches) {
      const BatchHeader& header = batch.header();
      const bool aborted = request.committed && header.transactional() &&
                           stream.transactions.IsAborted(header.producer_id, batch.base_offset());
      if (header.control() || aborted) {
        cursor = batch.next_offset();
        continue;
      }
      const auto offsets = LiveOffsets(snapshot, batch, cursor);
      if (!offsets.ok()) return;
      for (const Offset offset : *offsets) {
        if (!take(batch, offset)) return;
        cursor = offset + 1;
      }
      cursor = batch.next_offset();
      if (!has_room()) return;
    }
    if (read->next_offset <= cursor && read->batches.empty()) return;
    cursor = std::max(cursor, read->next_offset);
  }
}

absl::StatusOr<Acquired> Group::Acquire(const AcquireRequest& request, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  StreamParts& stream = *stream_->parts_;
  if (absl::Status s = stream.Flush(after); !s.ok()) return s;
  const absl::Time now = stream_->catalog_->Now();
  Journal& journal = stream_->catalog_->journal();
  ExpireLocked(stream, now, after);
  Gathering gathering(request);
  std::optional<ConsumerId> consumer;  // once it holds something
  const auto book = [&](Offset offset) {
    if (!consumer) {
      bool created = false;
      consumer = parts_->InternHolder(request.consumer, now, &created);
      if (created) parts_->EmitConsumer(journal, id_, *consumer);
      parts_->consumers[*consumer].seen = now;
      writes.TouchJournal();
    }
    Book(offset, EntryId(), Count(offset, now), *consumer, now);
  };
  const auto acquire = [&](Offset offset) {
    const std::optional<Delivery> known = parts_->ledger.Find(offset);
    if (!request.look_only) book(offset);
    gathering.Add(offset, known ? known->count + 1 : 1);
  };

  std::vector<Offset> due = parts_->ledger.NextDue();
  std::sort(due.begin(), due.end());
  const auto lost = [&](Offset offset) {
    if (request.look_only || !parts_->ledger.Ack(offset).has_value()) return;
    Forget(offset);
    writes.TouchJournal();
  };
  absl::Status status =
      GatherDue(stream.Snapshot(), due, request.whole_batches, gathering, acquire, lost);
  if (!status.ok() && gathering.empty()) return status;

  const Offset next = stream.log->next_offset();
  const Offset end = request.committed ? stream.transactions.LastStable(next) : next;
  Offset cursor = std::max(parts_->cursor, stream.start);
  int64_t taken = 0;
  const int64_t room = parts_->ledger.Room();
  GatherFresh(
      stream, request, end, [&] { return !gathering.Full() && taken < room; },
      [&](const Batch& batch, Offset offset) {
        if (!request.whole_batches && (gathering.Full() || taken >= room)) return false;
        if (!gathering.HasRoomFor(batch)) return false;
        gathering.Add(batch);
        acquire(offset);
        ++taken;
        return true;
      },
      cursor);
  WriteDelivered();
  if (!request.look_only && cursor != parts_->cursor) {
    parts_->cursor = cursor;
    parts_->EmitCursor(journal, id_);
    writes.TouchJournal();
  }
  stream.Arm(parts_->ledger.NextDeadline(), after);
  Acquired acquired = gathering.Take();
  acquired.sight = {
      .end = stream.next(), .due = parts_->ledger.due_count(), .full = parts_->ledger.Room() <= 0};
  return acquired;
}

void Group::WaitAcquirable(const AcquireSight& seen, WaiterPtr waiter) {
  {
    AfterUnlock after(stream_.get());
    absl::MutexLock lock(&stream_->mu_);
    StreamParts& stream = *stream_->parts_;
    const bool ready = parts_->deleted || stream.deleted || stream.next() > seen.end ||
                       parts_->ledger.due_count() > seen.due ||
                       (seen.full && parts_->ledger.Room() > 0);
    if (!ready) {
      parts_->waiters.Add(waiter);
      stream.waiters.Add(std::move(waiter));
      return;
    }
  }
  waiter->Wake();
}

// --- Settling ---

// Ok when `consumer` holds every live record of `settlement`.
absl::Status Group::CheckHeld(StreamParts& stream, const Settlement& settlement,
                              ConsumerId consumer) {
  const auto refusal = [] {
    return MakeError(Errc::kInvalidRecordState, "the record is not acquired by this member");
  };
  const StreamSnapshot snapshot = stream.Snapshot();
  if (settlement.last >= std::max(parts_->cursor, snapshot.start)) return refusal();
  // Live records of [begin, end) have all been settled; of others there is nothing to say. One
  // verdict may be on the whole log: that is not walked.
  const auto all_gone = [&](Offset begin, Offset end) {
    begin = std::max(begin, snapshot.start);
    if (begin >= end) return true;
    if (settlement.verdicts.size() == 1) {
      if (settlement.verdicts.front() == Verdict::kGap) return true;
      return snapshot.deleted != nullptr &&
             CountWithin(*snapshot.deleted, begin, end) == end - begin;
    }
    for (Offset offset = begin; offset < end; ++offset) {
      if (snapshot.IsLive(offset) && settlement.Of(offset) != Verdict::kGap) return false;
    }
    return true;
  };
  Offset next = settlement.first;
  bool held = true;
  parts_->ledger.ForEach(
      settlement.first, settlement.last + 1, std::nullopt, [&](const Delivery& delivery) {
        held = all_gone(next, delivery.offset) && delivery.consumer == consumer && !delivery.due;
        next = delivery.offset + 1;
        return held;
      });
  if (!held || !all_gone(next, settlement.last + 1)) return refusal();
  return absl::OkStatus();
}

absl::Status Group::Settle(std::string_view consumer, absl::Span<const Settlement> settlements,
                           Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = stream_->parts_->Flush(after); !s.ok()) return s;
  const absl::Time now = stream_->catalog_->Now();
  ExpireLocked(*stream_->parts_, now, after);
  const auto known = parts_->consumer_ids.find(consumer);
  if (known == parts_->consumer_ids.end()) {
    return MakeError(Errc::kInvalidRecordState, "the member has acquired nothing");
  }
  for (const Settlement& settlement : settlements) {
    if (absl::Status s = CheckHeld(*stream_->parts_, settlement, known->second); !s.ok()) return s;
  }
  const bool was_full = parts_->ledger.Room() <= 0;
  const int64_t were_due = parts_->ledger.due_count();
  for (const Settlement& settlement : settlements) {
    std::vector<Offset> offsets;
    parts_->ledger.ForEach(settlement.first, settlement.last + 1, std::nullopt,
                           [&](const Delivery& delivery) {
                             offsets.push_back(delivery.offset);
                             return true;
                           });
    for (const Offset offset : offsets) SettleOne(offset, settlement.Of(offset), now, after);
  }
  parts_->last_ack = now;
  writes.TouchJournal();
  stream_->parts_->Arm(parts_->ledger.NextDeadline(), after);
  const bool has_room = was_full && parts_->ledger.Room() > 0;
  if (has_room || parts_->ledger.due_count() > were_due) after.Wake(parts_->waiters.Take());
  return absl::OkStatus();
}

void Group::SettleOne(Offset offset, Verdict verdict, absl::Time now, AfterUnlock& after) {
  Journal& journal = stream_->catalog_->journal();
  switch (verdict) {
    case Verdict::kGap:
    case Verdict::kAccept:
      parts_->ledger.Ack(offset);
      return Forget(offset);
    case Verdict::kReject:
      GiveUp(*parts_->ledger.Reject(offset), /*rejected=*/true, after);
      return;
    case Verdict::kRelease: {
      const Ledger::Released released = parts_->ledger.Release(offset, now, absl::ZeroDuration());
      if (released.exhausted) return GiveUp(*released.entry, /*rejected=*/false, after);
      return parts_->EmitPending(journal, id_, *released.entry);
    }
    case Verdict::kRenew:
      parts_->ledger.Extend(offset, now);
      return parts_->EmitPending(journal, id_, *parts_->ledger.Find(offset));
  }
}

int64_t Group::ReleaseAll(std::string_view consumer, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  const auto known = parts_->consumer_ids.find(consumer);
  if (parts_->deleted || known == parts_->consumer_ids.end()) return 0;
  const absl::Time now = stream_->catalog_->Now();
  ExpireLocked(*stream_->parts_, now, after);  // a lock that is over holds nothing to give back
  std::vector<Offset> held;
  parts_->ledger.ForEach(0, INT64_MAX, known->second, [&](const Delivery& delivery) {
    if (!delivery.due) held.push_back(delivery.offset);
    return true;
  });
  for (const Offset offset : held) {
    parts_->EmitPending(stream_->catalog_->journal(), id_, *parts_->ledger.Retract(offset, now));
  }
  if (held.empty()) return 0;
  writes.TouchJournal();
  after.Wake(parts_->waiters.Take());
  return static_cast<int64_t>(held.size());
}

// --- The whole partition ---

Offset Group::FirstUnsettled() {
  absl::MutexLock lock(&stream_->mu_);
  const Offset lowest = parts_->ledger.lowest().value_or(parts_->cursor);
  return std::max(lowest, stream_->parts_->start);
}

absl::Status Group::StartOver(Offset next, Writes& writes) {
  AfterUnlock after(stream_.get());
  absl::MutexLock lock(&stream_->mu_);
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  parts_->cursor = std::clamp(next, stream_->parts_->start, stream_->parts_->next());
  parts_->delivered_offset = parts_->cursor - 1;
  // The process may end with only the first of these in the journal. Recovery goes on behind the
  // highest delivery that is left, and so skips no record that was taken back.
  parts_->EmitCursor(stream_->catalog_->journal(), id_);
  const std::vector<Delivery> gone = parts_->ledger.Remove(0, INT64_MAX);
  for (auto it = gone.rbegin(); it != gone.rend(); ++it) Forget(it->offset);
  writes.TouchJournal();
  after.Wake(parts_->waiters.Take());
  return absl::OkStatus();
}

}  // namespace braid::engine
