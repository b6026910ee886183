// Finding out what a segment file holds by reading all of it: what opening a log does to its newest
// segment, and to a sealed one whose index is lost.
//
// A batch is believed when its header makes sense, it starts at the offset that must come next and
// its CRC is right. Where that fails, either whole batches follow later: then the bytes between are
// damage, which stays in the file and is refused on read; or nothing valid follows: then it is the
// torn tail of a write that never finished, and the caller may cut it.
#ifndef BRAID_STORAGE_RECOVERY_H_
#define BRAID_STORAGE_RECOVERY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "storage/segment_index.h"

namespace braid::storage {

// One line for people: file, position, offsets, bytes.
std::string Describe(const Damage& damage, const std::string& path);

struct ScanOptions {
  Offset base_offset = 0;              // of the segment
  int64_t running_max_before_ms = -1;  // of everything before it
  int64_t index_interval_bytes = 4096;
  size_t window_bytes = size_t{1} << 20;  // see BatchCursor
  // Of the unsealed end of a log: damage with a sector, or the rest of one, that nobody ever wrote
  // to is where a power cut kept a later write and not an earlier one. Nothing behind it was ever
  // synced, so the log ends before it.
  bool holes_are_tears = false;
};

struct SegmentScan {
  // bytes: up to the end of the last valid batch; the rest is a torn tail. damage: what lies
  // before.
  SegmentSummary summary;
  SegmentIndex index;
};

// Scans the first `size` bytes of `file`. Fails with kIo only: bad bytes are a result.
absl::StatusOr<SegmentScan> ScanSegment(const ReadFile& file, uint64_t size,
                                        const ScanOptions& options);

struct BatchPlace {
  uint64_t position = 0;
  Offset base_offset = 0;
};

// The first valid batch after the damaged bytes at `position`, where offset `expected` should
// start; nullopt when there is none before `end`. Believes the damaged headers' own lengths first,
// and looks at every byte only where those lead nowhere: a record may hold bytes that look like a
// batch.
absl::StatusOr<std::optional<BatchPlace>> FindNextBatch(const ReadFile& file, uint64_t position,
                                                        uint64_t end, Offset expected);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_RECOVERY_H_
