// What the log implies, found out anew: when it is opened, and when records went that nobody knew.
#include <algorithm>
#include <utility>

#include "engine/catalog.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/record_headers.h"
#include "engine/stream_parts.h"

namespace braid::engine {

void StreamParts::RebuildTracking() {
  subjects.Clear();
  expiries.Clear();
  schedules.BeginRebuild();
  aged_below = 0;
  accounted_bytes = 0;
  dedup = Dedup({.window = options.dedup_window});
  last_msg_id.clear();
  for (auto& [key, group] : groups) group->parts_->matching.reset();
  const StreamSnapshot snapshot = Snapshot();
  Offset from = start;
  if (!tracks_records()) {
    if (options.dedup_window <= absl::ZeroDuration()) return;
    from = snapshot.view.SeekTimestamp(
        absl::ToUnixMillis(stream->catalog().Now() - options.dedup_window));
  }
  // A damaged batch is reported by recovery and by whoever reads it; the rest still counts.
  snapshot
      .ForEach(from,
               [&](StoredRecord&& record) {
                 Track(record);
                 last_msg_id = HeaderOf(record.headers, "Nats-Msg-Id").value_or("");
                 if (!last_msg_id.empty()) {
                   dedup.Record(last_msg_id, record.offset,
                                absl::FromUnixMillis(record.timestamp_ms));
                 }
                 return true;
               })
      .IgnoreError();
  schedules.EndRebuild();
}

absl::Status StreamParts::ReplayTail(absl::Time now, const Told& told) {
  const std::vector<storage::SegmentInfo> segments = log->segments();
  const auto tail = std::find_if(segments.begin(), segments.end(),
                                 [](const storage::SegmentInfo& s) { return !s.sealed; });
  const Offset tail_base = tail->base_offset;
  const storage::LogView view = log->View();
  Offset at = std::clamp(std::min(told.producers_from, tail_base), log->start_offset(), tail_base);
  std::vector<IdStep> steps;
  bool after_entry = true;  // nobody looked at what lies before the tail
  while (at < view.next_offset()) {
    auto read = view.Read(at, {});
    if (!read.ok()) return read.status();
    for (const Batch& batch : read->batches) {
      if (batch.next_offset() > told.producers_from) {
        ReplayProducer(batch, now);
        ReplayTransaction(batch);
      }
      if (batch.base_offset() < tail_base) continue;
      const bool is_entry = batch.header().origin() == Origin::kRedis;
      if (after_entry && !is_entry) steps.push_back({.offset = batch.base_offset()});
      after_entry = is_entry;
      if (batch.base_offset() <= told.last_id_from && told.last_id_from < batch.next_offset() &&
          !is_entry) {
        steps.push_back({.offset = told.last_id_from, .above = last_id});
      }
    }
    if (read->next_offset <= at) break;
    at = read->next_offset;
  }
  if (absl::Status s = RaiseFallenIds(steps); !s.ok()) return s;
  // The markers that the journal does not know.
  std::vector<storage::OffsetRange> holes;
  // Not by its iterators, whose comparison is ambiguous to clang.
  std::vector<uint64_t> markers(transactions.markers().cardinality());
  transactions.markers().toUint64Array(markers.data());
  for (const uint64_t marker : markers) {
    const auto offset = static_cast<Offset>(marker);
    if (offset >= start && !IsDeleted(offset)) holes.push_back({offset, offset + 1});
  }
  return MarkHoles(holes);
}

void StreamParts::ReplayTransaction(const Batch& batch) {
  const BatchHeader& header = batch.header();
  if (!header.transactional() || header.producer_id < 0) return;
  if (!header.control()) return transactions.Data(header.producer_id, header.base_offset);
  if (const auto marker = storage::DecodeMarker(batch)) {
    transactions.Marker(marker->producer_id, header.base_offset, marker->committed);
  }
}

void StreamParts::ReplayProducer(const Batch& batch, absl::Time now) {
  const BatchHeader& header = batch.header();
  if (header.control() && header.producer_id >= 0) {
    return producers.NoteEpoch(header.producer_id, header.producer_epoch, now);
  }
  if (header.producer_id < 0 || header.base_sequence < 0) return;
  producers.Record({.producer_id = header.producer_id,
                    .epoch = header.producer_epoch,
                    .first_sequence = header.base_sequence,
                    .record_count = header.record_count,
                    .base_offset = batch.base_offset(),
                    .last_timestamp_ms = header.max_timestamp_ms},
                   now);
}

absl::Status StreamParts::RaiseFallenIds(const std::vector<IdStep>& steps) {
  StreamSnapshot everything = Snapshot();
  everything.deleted = nullptr;
  everything.start = log->start_offset();
  for (const IdStep& step : steps) {
    std::optional<EntryId> above = step.above;
    if (!above.has_value()) {
      auto before = everything.Read({.end = step.offset, .max_records = 1, .reverse = true});
      if (!before.ok()) return before.status();
      if (!before->empty()) above = before->front().id;
    }
    auto first = everything.Read({.begin = step.offset, .max_records = 1});
    if (!first.ok()) return first.status();
    if (!above.has_value() || first->empty() || *above < first->front().id) continue;
    const StoredRecord& fallen = first->front();
    AddFloor(fallen.offset,
             ForeignEntryId(*above, static_cast<int64_t>(fallen.id.ms), fallen.offset).ms);
    everything.floors = floors;
  }
  return absl::OkStatus();
}

absl::Status StreamParts::Rebuild() {
  running_max_ms = log->running_max_timestamp_ms();
  RebuildTracking();
  if (log->next_offset() > log->segments().back().base_offset) {
    segment_began = stream->catalog().Now();
  }
  RecordRange newest;
  newest.max_records = 1;
  newest.reverse = true;
  StreamSnapshot everything = Snapshot();
  everything.deleted = nullptr;
  everything.start = log->start_offset();
  auto last = everything.Read(newest);
  if (last.ok() && !last->empty()) last_id = std::max(last_id, last->front().id);
  return absl::OkStatus();
}

}  // namespace braid::engine
