// Looking into a log's directory without opening the log: nothing is written, cut, renamed or made
// again, so that what is found is what lies there. For tools; whoever calls it sees to it that no
// broker has the directory.
//
//   absl::StatusOr<LogFiles> files = ListLog(filesystem, dir);
//   for (const SegmentFile& segment : files->segments) {
//     if (!segment.has_batches()) continue;
//     auto walk = WalkSegment(filesystem, segment, WalkDepth::kBatches, [&](const WalkedBatch& b) {
//       ...
//       return absl::OkStatus();
//     });
//   }
#ifndef BRAID_STORAGE_INSPECT_H_
#define BRAID_STORAGE_INSPECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/filesystem.h"
#include "storage/manifest.h"
#include "storage/segment_files.h"
#include "storage/segment_summary.h"

namespace braid::storage {

enum class SegmentState {
  kSealed,    // listed by the manifest, as it was appended
  kRepacked,  // listed, written anew
  kTail,      // behind what the manifest lists: the next opening scans it
  kMissing,   // listed, but there is no file
  kHole,      // listed without a file: offsets that were lost earlier
  kLeftover,  // not listed: the next opening removes it
  kAside,     // *.lost, set aside by an earlier opening, no part of the log any more
};
std::string_view SegmentStateName(SegmentState state);  // "sealed", ...

struct SegmentFile {
  SegmentState state = SegmentState::kTail;
  SegmentName name;
  std::string path;
  uint64_t file_bytes = 0;
  SegmentSummary summary;  // of a listed one what the manifest says; else only the base offset

  bool is_listed() const {
    return state == SegmentState::kSealed || state == SegmentState::kRepacked ||
           state == SegmentState::kMissing || state == SegmentState::kHole;
  }
  // It is part of the log, and there is something to read.
  bool has_batches() const {
    return state == SegmentState::kSealed || state == SegmentState::kRepacked ||
           state == SegmentState::kTail;
  }
  // How many bytes of the file count.
  uint64_t bytes() const;
};

struct LogFiles {
  std::string dir;
  // Ok; absl::IsNotFound when there is none and the log never sealed anything: all of it is tail;
  // or what is wrong with it. Then all but the newest segment count as sealed.
  absl::Status manifest_status;
  Manifest manifest;
  std::vector<SegmentFile> segments;   // those of the log by offset, then leftovers and set-asides
  std::vector<std::string> leftovers;  // paths of other files that the next opening removes
};

// True when `dir` looks like a log: it has a segment or a manifest.
bool IsLogDirectory(FileSystem& filesystem, const std::string& dir);

absl::StatusOr<LogFiles> ListLog(FileSystem& filesystem, const std::string& dir);

enum class WalkDepth {
  kHeaders,  // believes what a header says, and reads little more than headers
  kBatches,  // reads everything and checks each CRC
};

struct WalkedBatch {
  uint64_t position = 0;
  BatchHeader header;
  Batch batch;  // empty with kHeaders
};

struct SegmentWalk {
  Offset next_offset = 0;  // behind the last batch, and behind damage that reaches the end
  uint64_t bytes = 0;      // up to the end of the last batch
  int64_t max_timestamp_ms = -1;
  // Bytes that are no batch, with the offsets they held. In a listed segment this includes what is
  // missing at its end; in the tail, bytes at the end are `torn_bytes`.
  std::vector<Damage> damage;
  uint64_t torn_bytes = 0;
};

// Calls `batch` for every whole batch, in order, until it fails. Damage is passed over as readers
// of the log do. Requires segment.has_batches(). kIo, and what `batch` returns.
absl::StatusOr<SegmentWalk> WalkSegment(
    FileSystem& filesystem, const SegmentFile& segment, WalkDepth depth,
    absl::FunctionRef<absl::Status(const WalkedBatch& batch)> batch);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_INSPECT_H_
