// Taking over a log that another broker wrote: batches keep their offsets, and where these have
// holes, as after compaction, so has the stream.
#include <algorithm>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "engine/after_unlock.h"
#include "engine/catalog.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/stream_parts.h"
#include "storage/compression.h"
#include "storage/record_cursor.h"

namespace braid::engine {
namespace {

constexpr Offset kMaxCoveredOffsets = Offset{1} << 30;  // by one batch: its field has 31 bits
constexpr Offset kListedOffsets = 4096;  // more of them are journaled as the whole set

// The offsets of `batch` that have no record.
absl::StatusOr<std::vector<storage::OffsetRange>> HolesIn(const Batch& batch) {
  std::vector<storage::OffsetRange> holes;
  const BatchHeader& header = batch.header();
  if (header.record_count == header.last_offset_delta + 1) return holes;
  Offset next = header.base_offset;
  if (header.record_count > 0) {
    auto block = storage::RecordsBlock(batch);
    if (!block.ok()) return block.status();
    storage::RecordCursor cursor(header, block->view());
    RecordView record;
    while (!cursor.done()) {
      if (absl::Status s = cursor.Take(record); !s.ok()) return s;
      if (record.offset > next) holes.push_back({next, record.offset});
      next = record.offset + 1;
    }
  }
  if (next < header.next_offset()) holes.push_back({next, header.next_offset()});
  return holes;
}

}  // namespace

absl::Status Stream::ContinueAt(Offset offset, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->ContinueAt(offset, after);
}

absl::StatusOr<AppendResult> Stream::ImportBatch(Batch batch, Writes& writes) {
  AfterUnlock after(this);
  writes.Touch(shared_from_this());
  absl::MutexLock lock(&mu_);
  return parts_->ImportBatch(batch, after);
}

absl::Status StreamParts::ContinueAt(Offset offset, AfterUnlock& after) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = Flush(after); !s.ok()) return s;
  if (offset < next()) return MakeError(Errc::kInvalidArgument, "the stream has gone on past it");
  if (offset == next()) return absl::OkStatus();
  if (log->start_offset() == next()) {
    if (absl::Status s = log->StartAt(offset); !s.ok()) return s;
    start = offset;
    return absl::OkStatus();
  }
  const Offset begin = next();
  while (next() < offset) {
    storage::BatchBuilder hole({.codec = Codec::kNone, .origin = Origin::kKafka});
    hole.SkipTo(std::min(offset - next(), kMaxCoveredOffsets));
    auto appended = log->Append(hole.Build());
    if (!appended.ok()) return appended.status();
    Appended(*appended, after);
  }
  return MarkHoles({{begin, offset}});
}

absl::StatusOr<AppendResult> StreamParts::ImportBatch(const Batch& batch, AfterUnlock& after) {
  const BatchHeader& header = batch.header();
  auto holes = HolesIn(batch);
  if (!holes.ok()) return holes.status();
  if (absl::Status s = ContinueAt(header.base_offset, after); !s.ok()) return s;
  const EntryId first = LiftForeign(-1, header.base_offset);
  auto appended = log->Append(batch);
  if (!appended.ok()) return appended.status();
  running_max_ms = std::max(running_max_ms, header.max_timestamp_ms);
  last_timestamp_ms = header.max_timestamp_ms;
  last_id = {std::max(first.ms, static_cast<uint64_t>(std::max<int64_t>(0, running_max_ms))),
             static_cast<uint64_t>(header.next_offset() - 1)};
  if (tracks_records()) {
    absl::Status status = Snapshot().ForEach(header.base_offset, [&](StoredRecord&& record) {
      Track(record);
      return true;
    });
    if (!status.ok()) return status;
    ArmTracked(after);
  }
  ReplayTransaction(batch);
  if (header.control()) holes->push_back({header.base_offset, header.next_offset()});
  Appended(*appended, after);
  if (absl::Status s = MarkHoles(*holes); !s.ok()) return s;
  return AppendResult{
      .base_offset = header.base_offset, .next_offset = header.next_offset(), .id = {}};
}

// They are deleted records in every respect: counts leave them out, and readers pass over them.
absl::Status StreamParts::MarkHoles(const std::vector<storage::OffsetRange>& holes) {
  if (holes.empty()) return absl::OkStatus();
  OffsetSet& deleted = OwnDeletedOffsets();
  Encoder entry;
  Offset count = 0;
  for (const storage::OffsetRange& hole : holes) count += hole.end - hole.begin;
  entry.U64(static_cast<uint64_t>(count));
  for (const storage::OffsetRange& hole : holes) {
    for (Offset offset = hole.begin; offset < hole.end; ++offset) {
      deleted.add(static_cast<uint64_t>(offset));
      if (count <= kListedOffsets) entry.I64(offset);
    }
  }
  deleted_count += count;
  if (count <= kListedOffsets) {
    journal().Put(keys::Of(keys::kDeleted, stream_id()), entry.bytes());
  } else {
    deleted.runOptimize();
    JournalDeletedSet(journal());
  }
  if (!IsDeleted(start)) return absl::OkStatus();
  NoteTrim(start, /*journaled=*/true);
  return log->TrimTo(start).status();
}

}  // namespace braid::engine
