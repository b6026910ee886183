// What a log knows about one of its segments without reading it.
#ifndef BRAID_STORAGE_SEGMENT_SUMMARY_H_
#define BRAID_STORAGE_SEGMENT_SUMMARY_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "braid/record.h"

namespace braid::storage {

// Bytes inside a segment that are no batch; they held the offsets [offset, next_offset).
struct Damage {
  uint64_t position = 0;
  uint64_t bytes = 0;
  Offset offset = 0;
  Offset next_offset = 0;
  friend bool operator==(const Damage&, const Damage&) = default;
};

struct SegmentSummary {
  Offset base_offset = 0;
  Offset next_offset = 0;
  int64_t bytes = 0;                   // of the segment file
  int64_t max_timestamp_ms = -1;       // within the segment, -1 when empty
  int64_t running_max_before_ms = -1;  // of everything before the segment, since the log began
  uint32_t generation = 0;             // 0: as it was appended; else of the repack that wrote it
  bool repacked = false;               // nothing to gain from repacking it, but for later deletions
  int64_t dropped = 0;                 // offsets of the segment that a repack left no record of
  std::vector<Damage> damage = {};     // quarantined: kept, never served; by position

  int64_t running_max_after_ms() const { return std::max(running_max_before_ms, max_timestamp_ms); }
  friend bool operator==(const SegmentSummary&, const SegmentSummary&) = default;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_SUMMARY_H_
