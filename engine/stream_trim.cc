// Removal: trims, deletions and limits of a stream.
#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "engine/catalog.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/stream_parts.h"
#include "engine/subjects.h"
#include "engine/views.h"

namespace braid::engine {
namespace {

// More deletions at once than this, and the journal gets the whole set, which is the smaller entry.
constexpr size_t kMaxDeletedEntry = 4096;

}  // namespace

// A prefix has gone: forget what was remembered of it.
void StreamParts::NoteTrim(Offset old_start, bool journaled) {
  if (deleted_offsets != nullptr) {
    // Deleted records at the new start are trimmed too.
    while (start < next() && IsDeleted(start)) ++start;
    // Members below the start do no harm; they are dropped once most members are such.
    const auto total = static_cast<int64_t>(deleted_offsets->cardinality());
    deleted_count =
        start == 0
            ? total
            : total - static_cast<int64_t>(deleted_offsets->rank(static_cast<uint64_t>(start - 1)));
    if (deleted_count == 0) {
      deleted_offsets = nullptr;
    } else if (total > 2 * deleted_count + 1024) {
      deleted_offsets = std::make_shared<OffsetSet>(Within(*deleted_offsets, start, INT64_MAX));
    }
  }
  if (journaled) JournalStart();
  for (auto& [key, group] : groups) {
    GroupParts& parts = *group->parts_;
    parts.matching.reset();
    if (parts.by_id) continue;  // a Redis group keeps what is outstanding until it is settled
    for (const Delivery& gone : parts.ledger.Remove(old_start, start)) {
      JournalStart();  // with fewer records a limit may give back what nobody would deliver again
      GroupParts::ErasePending(journal(), group->id(), gone.offset);
    }
  }
}

void StreamParts::JournalStart() {
  if (start == journaled_start) return;
  journal().Put(keys::Of(keys::kStart, stream_id()), Encoder().I64(start).bytes());
  journaled_start = start;
}

Offset StreamParts::LogStart(Offset first) const {
  return stream->catalog().in_memory() ? first : std::min(first, log->next_offset() - 1);
}

// Removes the files that hold nothing live. The records are gone whether that succeeds or not: what
// cannot be removed now goes with the next trim. Their files go with the next upkeep: true when
// there are any.
bool StreamParts::DropSegments() {
  auto segments = log->TrimTo(LogStart(start));
  if (!segments.ok() || segments->empty()) return false;
  transactions.Trim(log->start_offset());
  // The running maximum of what is gone is still due to the IDs of what stays; what is below the
  // start must not come back without it.
  JournalStart();
  JournalIds();
  KeepRunningMax(segments->back().running_max_timestamp_ms);
  UpkeepIfOverdue();
  return true;
}

// Segments up to that time are gone: it becomes the first floor of what stays.
void StreamParts::KeepRunningMax(int64_t ms) {
  if (ms <= 0) return;
  auto kept = std::make_shared<std::vector<IdFloor>>();
  uint64_t floor_ms = static_cast<uint64_t>(ms);
  for (const IdFloor& floor : floors == nullptr ? std::vector<IdFloor>() : *floors) {
    if (floor.offset > log->start_offset()) {
      kept->push_back(floor);
    } else {
      floor_ms = std::max(floor_ms, floor.ms);
      journal().Erase(keys::Of(keys::kIdFloor, stream_id(), static_cast<uint64_t>(floor.offset)));
    }
  }
  kept->insert(kept->begin(), IdFloor{log->start_offset(), floor_ms});
  journal().Put(keys::Of(keys::kIdFloor, stream_id(), static_cast<uint64_t>(log->start_offset())),
                Encoder().U64(floor_ms).bytes());
  floors = std::move(kept);
}

absl::StatusOr<int64_t> StreamParts::TrimTo(Offset new_start, bool journaled, AfterUnlock& after) {
  if (absl::Status s = Flush(after); !s.ok()) return s;
  new_start = std::min(new_start, next());
  if (new_start <= start) return 0;
  const int64_t before = live();
  const Offset old_start = start;
  if (tracks_records()) {
    absl::Status status = Snapshot().ForEach(start, [&](StoredRecord&& record) {
      if (record.offset >= new_start) return false;
      Untrack(record);
      return true;
    });
    if (!status.ok()) return status;
  }
  start = new_start;
  NoteTrim(old_start, journaled);
  const int64_t removed = before - live();
  if (start == next()) JournalIds();
  if (DropSegments()) after.AskForUpkeep();
  return removed;
}

DoomedRecord StreamParts::Doom(const StoredRecord& record) const {
  DoomedRecord doomed{.offset = record.offset, .id = record.id};
  if (tracks_records()) {
    doomed.accounted_bytes = AccountedBytes(record);
    doomed.subject = SubjectOf(record);
  }
  return doomed;
}

absl::StatusOr<int64_t> StreamParts::Purge(std::string_view filter, std::optional<Offset> end,
                                           int64_t keep, AfterUnlock& after) {
  if (absl::Status s = Flush(after); !s.ok()) return s;
  Offset limit = std::min(end.value_or(next()), next());
  if (filter.empty() || filter == ">") {
    auto surplus = StartForCount(keep);
    if (!surplus.ok()) return surplus.status();
    return TrimTo(std::min(limit, *surplus), /*journaled=*/true, after);
  }
  // Of one subject the index knows where it lies.
  Offset begin = start;
  int64_t left = INT64_MAX;
  if (tracks_records() && !HasWildcard(filter)) {
    const std::optional<SubjectState> state = subjects.Find(filter);
    if (!state.has_value()) return 0;
    begin = state->first;
    limit = std::min(limit, state->last + 1);
    left = state->count;
  }
  std::vector<DoomedRecord> matching;
  absl::Status status = Snapshot().ForEach(begin, [&](StoredRecord&& record) {
    if (record.offset >= limit) return false;
    if (!Matches(filter, SubjectOf(record))) return true;
    matching.push_back(Doom(record));
    return --left > 0;
  });
  if (!status.ok()) return status;
  const int64_t surplus = static_cast<int64_t>(matching.size()) - keep;
  if (surplus <= 0) return 0;
  matching.resize(static_cast<size_t>(surplus));
  return DeleteRecords(std::move(matching), after);
}

absl::StatusOr<int64_t> StreamParts::Delete(absl::Span<const Offset> offsets, AfterUnlock& after) {
  if (absl::Status s = Flush(after); !s.ok()) return s;
  std::vector<DoomedRecord> doomed;
  const StreamSnapshot snapshot = Snapshot();
  for (const Offset offset : offsets) {
    if (auto record = snapshot.ReadOne(offset); record.ok()) doomed.push_back(Doom(*record));
  }
  return DeleteRecords(std::move(doomed), after);
}

absl::StatusOr<int64_t> StreamParts::DeleteRecords(std::vector<DoomedRecord> doomed,
                                                   AfterUnlock& after) {
  std::sort(doomed.begin(), doomed.end(),
            [](const DoomedRecord& a, const DoomedRecord& b) { return a.offset < b.offset; });
  const auto same = [](const DoomedRecord& a, const DoomedRecord& b) {
    return a.offset == b.offset;
  };
  doomed.erase(std::unique(doomed.begin(), doomed.end(), same), doomed.end());
  std::erase_if(doomed, [&](const DoomedRecord& record) {  // gone since it was read
    return record.offset < start || record.offset >= next() || IsDeleted(record.offset);
  });
  if (doomed.empty()) return 0;
  for (const DoomedRecord& record : doomed) {
    if (tracks_records()) {
      subjects.Remove(record.subject, record.offset);
      accounted_bytes -= record.accounted_bytes;
      Forget(record.subject, record.offset);
    }
    max_deleted_id = std::max(max_deleted_id, record.id);
  }
  MarkDeleted(doomed);
  for (auto& [key, group] : groups) {
    GroupParts& parts = *group->parts_;
    parts.matching.reset();
    if (parts.by_id) continue;
    for (const DoomedRecord& record : doomed) {
      if (parts.ledger.Ack(record.offset).has_value()) {
        GroupParts::ErasePending(journal(), group->id(), record.offset);
      }
    }
  }
  if (IsDeleted(start)) {
    const Offset old_start = start;
    NoteTrim(old_start, true);
    if (DropSegments()) after.AskForUpkeep();
  } else {
    JournalStart();
  }
  Died(static_cast<int64_t>(doomed.size()), after);
  return static_cast<int64_t>(doomed.size());
}

// Snapshots keep the set they have: it is changed in place only where none has it any more.
OffsetSet& StreamParts::OwnDeletedOffsets() {
  if (deleted_offsets == nullptr) {
    deleted_offsets = std::make_shared<OffsetSet>();
  } else if (deleted_offsets.use_count() > 1) {
    deleted_offsets = std::make_shared<OffsetSet>(*deleted_offsets);
  } else {
    // The last reader let go of it in another thread, after it had read.
    std::atomic_thread_fence(std::memory_order_acquire);
  }
  return *deleted_offsets;
}

// In the set and in the journal.
void StreamParts::MarkDeleted(const std::vector<DoomedRecord>& doomed) {
  OffsetSet& deleted = OwnDeletedOffsets();
  for (const DoomedRecord& record : doomed) deleted.add(static_cast<uint64_t>(record.offset));
  deleted_count += static_cast<int64_t>(doomed.size());
  if (doomed.size() > kMaxDeletedEntry) {
    JournalDeletedSet(journal());
  } else {
    Encoder entry;
    entry.U64(doomed.size());
    for (const DoomedRecord& record : doomed) entry.I64(record.offset);
    journal().Put(keys::Of(keys::kDeleted, stream_id()), entry.bytes());
  }
  JournalIds();
}

void StreamParts::JournalDeletedSet(Journal& out) const {
  std::string bytes(deleted_offsets->getSizeInBytes(), '\0');
  deleted_offsets->write(bytes.data());
  out.Put(keys::Of(keys::kDeletedSet, stream_id()), bytes);
}

void StreamParts::MarkLost(storage::OffsetRange lost) {
  std::vector<DoomedRecord> doomed;
  for (Offset at = std::max(lost.begin, start); at < std::min(lost.end, log->next_offset()); ++at) {
    if (!IsDeleted(at)) doomed.push_back({.offset = at});
  }
  if (doomed.empty()) return;
  MarkDeleted(doomed);
  RebuildTracking();  // what the lost ones were, nobody can tell
}

absl::StatusOr<Offset> StreamParts::StartForCount(int64_t keep) const {
  if (live() <= keep) return start;
  if (keep <= 0) return next();
  if (deleted_count == 0) return next() - keep;
  // Skip `surplus` live offsets; select() finds the n-th deleted one in O(log).
  const int64_t surplus = live() - keep;
  Offset at = start;
  for (int64_t skipped = 0; skipped < surplus; ++at) {
    if (!IsDeleted(at)) ++skipped;
  }
  return at;
}

absl::Status StreamParts::EnforceLimits(absl::Time now, AfterUnlock& after) {
  (void)now;
  if (options.discard == Discard::kOld && options.max_records >= 0 &&
      live() > options.max_records) {
    auto new_start = StartForCount(options.max_records);
    if (!new_start.ok()) return new_start.status();
    auto trimmed = TrimTo(*new_start, /*journaled=*/false, after);
    if (!trimmed.ok()) return trimmed.status();
  }
  if (options.discard == Discard::kOld && options.max_bytes >= 0) {
    Offset new_start = start;
    if (tracks_records()) {
      int64_t surplus = accounted_bytes - options.max_bytes;
      if (surplus <= 0) return absl::OkStatus();
      absl::Status status = Snapshot().ForEach(start, [&](StoredRecord&& record) {
        surplus -= AccountedBytes(record);
        new_start = record.offset + 1;
        return surplus > 0;
      });
      if (!status.ok()) return status;
    } else {
      int64_t surplus = log->bytes() - options.max_bytes;
      const std::vector<storage::SegmentInfo> segments =
          surplus > 0 ? log->segments() : std::vector<storage::SegmentInfo>();
      for (size_t i = 0; i + 1 < segments.size() && surplus >= segments[i].bytes; ++i) {
        surplus -= segments[i].bytes;
        new_start = segments[i].next_offset;
      }
    }
    auto trimmed = TrimTo(new_start, /*journaled=*/false, after);
    if (!trimmed.ok()) return trimmed.status();
  }
  return absl::OkStatus();
}

absl::Status StreamParts::EnforceSegmentAge(absl::Time now, AfterUnlock& after) {
  if (segment_began == absl::InfiniteFuture()) return absl::OkStatus();
  const absl::Time due = segment_began + segment_age();
  if (now < due) {
    Arm(due, after);
    return absl::OkStatus();
  }
  auto closed = log->Roll();
  if (!closed.ok()) return closed.status();
  if (closed->has_value()) SegmentClosed(after);
  return absl::OkStatus();
}

// Drops the oldest records of `subject` beyond max_records_per_key.
absl::Status StreamParts::EnforcePerKey(std::string_view subject, AfterUnlock& after) {
  while (true) {
    const std::optional<SubjectState> state = subjects.Find(subject);
    if (!state.has_value() || state->count <= options.max_records_per_key) return absl::OkStatus();
    auto first = FirstOf(subject, *state);
    if (!first.ok()) return first.status();
    const Offset offsets[] = {*first};
    auto removed = Delete(offsets, after);
    if (!removed.ok()) return removed.status();
    if (*removed == 0) return absl::OkStatus();
  }
}

absl::StatusOr<Offset> StreamParts::FirstOf(std::string_view subject, const SubjectState& state) {
  if (!state.first_stale) return state.first;
  // Reading needs everything in the log; the index then remembers what the scan found.
  Offset found = state.last;
  absl::Status status = Snapshot().ForEach(state.first, [&](StoredRecord&& record) {
    if (SubjectOf(record) != subject) return true;
    found = record.offset;
    return false;
  });
  if (!status.ok()) return status;
  subjects.RefreshFirst(subject, found);
  return found;
}

}  // namespace braid::engine
