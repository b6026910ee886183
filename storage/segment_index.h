// A sparse index of one segment, from offset and time to file position. That of a sealed segment
// has a sidecar file (docs/format.md), which can always be made again from the segment itself.
#ifndef BRAID_STORAGE_SEGMENT_INDEX_H_
#define BRAID_STORAGE_SEGMENT_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "storage/segment_summary.h"

namespace braid::storage {

// One batch: where it starts, and the largest timestamp of everything before it, in the whole log.
struct IndexEntry {
  Offset offset = 0;
  int64_t running_max_before_ms = -1;
  uint64_t position = 0;
  friend bool operator==(const IndexEntry&, const IndexEntry&) = default;
};

// From one entry to the next: the batch that holds an offset lies wholly within the step that does.
struct IndexStep {
  IndexEntry begin;
  std::optional<uint64_t> end_position;  // nullopt: the segment's end
};

// Entries in order of offset, hence of position and of running maximum. Not thread-safe.
class SegmentIndex {
 public:
  void Add(const IndexEntry& entry) { entries_.push_back(entry); }

  // True when a batch at `position` is due an entry: the first one, and about every `interval`
  // bytes.
  bool IsDue(uint64_t position, int64_t interval) const {
    return entries_.empty() ||
           position >= entries_.back().position + static_cast<uint64_t>(interval);
  }

  // The last entry at or before `offset`; nullptr when there is none.
  const IndexEntry* FloorOffset(Offset offset) const;
  // The step that begins with FloorOffset(), or with `segment_begin` when there is none.
  IndexStep StepOf(Offset offset, const IndexEntry& segment_begin) const;
  // The last entry below `end_position` before which every timestamp is less than `timestamp_ms`.
  const IndexEntry* FloorTimestamp(int64_t timestamp_ms, uint64_t end_position) const;

  const std::vector<IndexEntry>& entries() const { return entries_; }

 private:
  std::vector<IndexEntry> entries_;
};

struct IndexFile {
  SegmentSummary summary;  // offsets, bytes, times and generation; the rest is the manifest's
  SegmentIndex index;
};

std::string EncodeIndexFile(const SegmentSummary& summary, const SegmentIndex& index);
// kCorrupt when anything about the bytes is wrong.
absl::StatusOr<IndexFile> DecodeIndexFile(std::string_view bytes);

// Writes the sidecar beside the segment, replacing an older one in one step.
absl::Status WriteIndexFile(FileSystem& filesystem, const std::string& dir,
                            const SegmentSummary& summary, const SegmentIndex& index);
// kIo when missing or unreadable, kCorrupt when damaged.
absl::StatusOr<IndexFile> ReadIndexFile(FileSystem& filesystem, const std::string& dir,
                                        Offset base_offset, uint32_t generation);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_INDEX_H_
