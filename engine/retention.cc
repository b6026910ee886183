#include "engine/retention.h"

namespace braid::engine {
namespace {

// What is left of the stream as its front is taken away.
class Front {
 public:
  Front(const RetentionLimits& limits, const RetentionState& state, absl::Time now)
      : limits_(limits), records_(state.records), bytes_(state.bytes), now_(now) {}

  // True when the first record, `record`, breaks a limit.
  bool MustGo(const RetentionRun& record) const {
    return TooOld(record) || (limits_.max_records >= 0 && records_ > limits_.max_records) ||
           (limits_.max_bytes >= 0 && bytes_ > limits_.max_bytes);
  }

  // True when every record of `run`, which is at the front, must go: the last of them still would.
  bool WholeMustGo(const RetentionRun& run) const {
    return TooOld(run) ||
           (limits_.max_records >= 0 && records_ - run.records >= limits_.max_records) ||
           (limits_.max_bytes >= 0 && bytes_ - run.bytes >= limits_.max_bytes);
  }

  void Take(const RetentionRun& run) {
    records_ -= run.records;
    bytes_ -= run.bytes;
  }

 private:
  bool TooOld(const RetentionRun& run) const {
    return run.max_timestamp_ms >= 0 && AgesOutAt(limits_, run.max_timestamp_ms) <= now_;
  }

  const RetentionLimits& limits_;
  int64_t records_;
  int64_t bytes_;
  absl::Time now_;
};

}  // namespace

Offset TrimPoint(const RetentionLimits& limits, const RetentionState& state,
                 absl::Span<const RetentionRun> runs, absl::Time now, RecordLookup lookup) {
  Front front(limits, state, now);
  Offset trim = state.first_offset;
  Offset at = trim;  // ahead of `trim` only by holes
  while (at < state.next_offset) {
    while (!runs.empty() && runs.front().next_offset <= at) runs.remove_prefix(1);
    const bool in_run = !runs.empty() && runs.front().base_offset <= at;
    if (in_run && runs.front().base_offset == at && front.WholeMustGo(runs.front())) {
      front.Take(runs.front());
      trim = at = runs.front().next_offset;
      continue;
    }
    const std::optional<RetentionRun> record = lookup(at);
    if (!record.has_value()) break;
    if (in_run && record->base_offset >= runs.front().next_offset) {
      at = runs.front().next_offset;  // nothing live is left in this run; the next may go whole
      continue;
    }
    if (!front.MustGo(*record)) break;
    front.Take(*record);
    trim = at = record->next_offset;
  }
  return trim;
}

absl::Time AgesOutAt(const RetentionLimits& limits, int64_t timestamp_ms) {
  if (limits.max_age <= absl::ZeroDuration()) return absl::InfiniteFuture();
  return absl::FromUnixMillis(timestamp_ms) + limits.max_age;
}

}  // namespace braid::engine
