// How far a stream at its limits must be trimmed. Pure: the caller says what is stored and reads
// what is asked for; nothing is removed here.
//
// Oldest records go first, and only a prefix goes: a record young enough shields what lies behind
// it. A record goes while any of these holds: it is max_age old or older; more than max_records
// live records are left; more than max_bytes are left.
#ifndef BRAID_ENGINE_RETENTION_H_
#define BRAID_ENGINE_RETENTION_H_

#include <cstdint>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/record.h"

namespace braid::engine {

struct RetentionLimits {
  absl::Duration max_age = absl::ZeroDuration();  // zero or less: no limit
  int64_t max_bytes = -1;                         // below 0: no limit
  int64_t max_records = -1;                       // below 0: no limit
};

// What is live in a stream, in the caller's own measure of bytes.
struct RetentionState {
  Offset first_offset = 0;
  Offset next_offset = 0;
  int64_t records = 0;
  int64_t bytes = 0;
};

// A run of records, [base_offset, next_offset), oldest first: a segment, a batch or a single
// record. `records` and `bytes` count what is live in it.
struct RetentionRun {
  Offset base_offset = 0;
  Offset next_offset = 0;
  int64_t records = 0;
  int64_t bytes = 0;
  int64_t max_timestamp_ms = -1;  // -1: unknown, never too old
};

// The first live record at or after an offset, as a run of one; nothing at the end of the stream.
using RecordLookup = absl::FunctionRef<std::optional<RetentionRun>(Offset from)>;

// The offset to trim to: state.first_offset when nothing has to go. `runs` lets whole segments go
// unread and may be empty, or cover only a prefix; a run that begins below first_offset is not
// skipped whole. `lookup` is called once for each record that goes one by one, and once more.
Offset TrimPoint(const RetentionLimits& limits, const RetentionState& state,
                 absl::Span<const RetentionRun> runs, absl::Time now, RecordLookup lookup);

// When a record of that time will be too old: InfiniteFuture without an age limit.
absl::Time AgesOutAt(const RetentionLimits& limits, int64_t timestamp_ms);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_RETENTION_H_
