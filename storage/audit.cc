#include "storage/audit.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/compression.h"
#include "storage/record_cursor.h"
#include "storage/segment_index.h"

namespace braid::storage {
namespace {

// Where a batch begins, for comparison with index entries.
struct Start {
  Offset offset;
  int64_t running_max_before_ms;
};

// Why the records of `batch` are not what its header promises.
std::optional<std::string> FindRecordFault(const Batch& batch) {
  const absl::StatusOr<Buffer> block = RecordsBlock(batch);
  if (!block.ok()) return std::string(block.status().message());
  RecordCursor cursor(batch.header(), block->view());
  RecordView record;
  while (!cursor.done()) {
    if (absl::Status status = cursor.Take(record); !status.ok()) {
      return std::string(status.message());
    }
  }
  if (cursor.rest_bytes() > 0) return "bytes are left over behind the last record";
  return std::nullopt;
}

class Auditor {
 public:
  Auditor(FileSystem& filesystem, LogFiles files)
      : filesystem_(filesystem), files_(std::move(files)) {}

  absl::StatusOr<Audit> Run() {
    audit_.leftovers = files_.leftovers;
    CheckManifest();
    for (const SegmentFile& segment : files_.segments) {
      if (segment.state == SegmentState::kLeftover || segment.state == SegmentState::kAside) {
        audit_.leftovers.push_back(segment.path);
        continue;
      }
      ++audit_.segments;
      if (absl::Status status = CheckSegment(segment); !status.ok()) return status;
    }
    return std::move(audit_);
  }

 private:
  void Add(Fault fault, const std::string& file, const Damage& where, std::string what) {
    audit_.findings.push_back({.fault = fault,
                               .file = file,
                               .position = where.position,
                               .bytes = where.bytes,
                               .offsets = {where.offset, where.next_offset},
                               .what = std::move(what)});
  }
  // About a segment as a whole.
  void Add(Fault fault, const std::string& file, const SegmentSummary& summary, std::string what) {
    Add(fault, file, Damage{0, 0, summary.base_offset, summary.next_offset}, std::move(what));
  }

  // What the manifest says by itself.
  void CheckManifest() {
    const std::string path = files_.dir + "/" + std::string(kManifestName);
    if (!files_.manifest_status.ok()) {
      if (absl::IsNotFound(files_.manifest_status)) return;
      Add(Fault::kManifest, path, Damage{}, std::string(files_.manifest_status.message()));
      return;
    }
    const Manifest& manifest = files_.manifest;
    for (size_t i = 0; i < manifest.sealed.size(); ++i) {
      const bool last = i + 1 == manifest.sealed.size();
      const int64_t then =
          last ? manifest.tail_running_max_ms : manifest.sealed[i + 1].running_max_before_ms;
      if (then == manifest.sealed[i].running_max_after_ms()) continue;
      Add(Fault::kManifest, path, manifest.sealed[i],
          fmt::format("the running maximum behind the segment is {}, not {}", then,
                      manifest.sealed[i].running_max_after_ms()));
    }
  }

  absl::Status CheckSegment(const SegmentFile& segment) {
    if (segment.state == SegmentState::kHole) {
      Add(Fault::kLost, segment.path, segment.summary, "these offsets are in no segment");
      Next(segment.summary.next_offset, segment.summary.running_max_after_ms());
      return absl::OkStatus();
    }
    if (segment.state == SegmentState::kMissing) {
      Add(Fault::kMissing, segment.path, segment.summary, "the file is not there");
      Next(segment.summary.next_offset, segment.summary.running_max_after_ms());
      return absl::OkStatus();
    }
    if (segment.state == SegmentState::kTail) CheckPlace(segment);
    audit_.bytes += static_cast<int64_t>(segment.file_bytes);
    const bool listed = segment.is_listed() && segment.summary.bytes > 0;
    running_max_ms_ = listed ? segment.summary.running_max_before_ms : running_max_ms_;
    starts_.clear();
    records_ = 0;
    const absl::StatusOr<SegmentWalk> walk =
        WalkSegment(filesystem_, segment, WalkDepth::kBatches, [&](const WalkedBatch& next) {
          Note(segment, next);
          return absl::OkStatus();
        });
    if (!walk.ok()) return walk.status();
    ReportDamage(segment, *walk);
    if (listed) {
      CompareWithManifest(segment, *walk);
      CheckIndex(segment, *walk);
    }
    Next(walk->next_offset, running_max_ms_);
    return absl::OkStatus();
  }

  void Next(Offset offset, int64_t running_max_ms) {
    next_offset_ = offset;
    running_max_ms_ = running_max_ms;
  }

  void CheckPlace(const SegmentFile& segment) {
    const Offset expected = next_offset_.value_or(files_.manifest.tail_base);
    if (next_offset_ == std::nullopt) running_max_ms_ = files_.manifest.tail_running_max_ms;
    if (segment.name.base_offset == expected) return;
    // Empty and below the end: of a roll that failed. An opening removes it.
    if (segment.file_bytes == 0 && segment.name.base_offset < expected) return;
    const Offset begin = std::min(expected, segment.name.base_offset);
    Add(Fault::kOrder, segment.path,
        Damage{0, 0, begin, std::max(expected, segment.name.base_offset)},
        fmt::format("the log before it ends at offset {}", expected));
  }

  void Note(const SegmentFile& segment, const WalkedBatch& next) {
    ++audit_.batches;
    audit_.records += next.header.record_count;
    records_ += next.header.record_count;
    starts_.emplace(next.position, Start{next.header.base_offset, running_max_ms_});
    running_max_ms_ = std::max(running_max_ms_, next.header.max_timestamp_ms);
    const std::optional<std::string> fault = FindRecordFault(next.batch);
    if (!fault) return;
    Add(Fault::kRecords, segment.path,
        Damage{next.position, static_cast<uint64_t>(next.header.total_bytes()),
               next.header.base_offset, next.header.next_offset()},
        *fault);
  }

  void ReportDamage(const SegmentFile& segment, const SegmentWalk& walk) {
    for (const Damage& damage : walk.damage) {
      const bool known = std::any_of(
          segment.summary.damage.begin(), segment.summary.damage.end(), [&](const Damage& listed) {
            return listed.offset <= damage.offset && listed.next_offset >= damage.next_offset;
          });
      const bool cut = damage.position + damage.bytes > segment.file_bytes;
      Add(known ? Fault::kLost : Fault::kDamage, segment.path, damage,
          cut ? "the file is shorter than the manifest says" : "no whole batch");
    }
    if (walk.torn_bytes == 0) return;
    Add(Fault::kTorn, segment.path,
        Damage{walk.bytes, walk.torn_bytes, walk.next_offset, walk.next_offset},
        "no whole batch up to the end of the file");
  }

  // Only of a segment that is whole: what a damaged one held nobody can compare.
  void CompareWithManifest(const SegmentFile& segment, const SegmentWalk& walk) {
    const SegmentSummary& listed = segment.summary;
    if (segment.file_bytes > static_cast<uint64_t>(listed.bytes)) {
      Add(Fault::kManifest, segment.path,
          Damage{static_cast<uint64_t>(listed.bytes),
                 segment.file_bytes - static_cast<uint64_t>(listed.bytes), listed.next_offset,
                 listed.next_offset},
          "the file is longer than the manifest says");
    }
    if (walk.next_offset != listed.next_offset) {
      Add(Fault::kManifest, segment.path, listed,
          fmt::format("the segment ends at offset {}, by the manifest at {}", walk.next_offset,
                      listed.next_offset));
    }
    if (!walk.damage.empty() || !listed.damage.empty()) return;
    if (walk.max_timestamp_ms != listed.max_timestamp_ms) {
      Add(Fault::kManifest, segment.path, listed,
          fmt::format("the largest timestamp is {}, by the manifest {}", walk.max_timestamp_ms,
                      listed.max_timestamp_ms));
    }
    const int64_t without = listed.next_offset - listed.base_offset - records_;
    if (listed.generation > 0 && without != listed.dropped) {
      Add(Fault::kManifest, segment.path, listed,
          fmt::format("{} offsets have no record, by the manifest {}", without, listed.dropped));
    }
  }

  void CheckIndex(const SegmentFile& segment, const SegmentWalk& walk) {
    const SegmentSummary& listed = segment.summary;
    const std::string path =
        SegmentPath(files_.dir, listed.base_offset, listed.generation, kIndexSuffix);
    const absl::StatusOr<IndexFile> index =
        ReadIndexFile(filesystem_, files_.dir, listed.base_offset, listed.generation);
    if (!index.ok()) {
      Add(Fault::kIndex, path, listed,
          absl::IsNotFound(index.status()) ? std::string("the file is not there")
                                           : std::string(index.status().message()));
      return;
    }
    const SegmentSummary& said = index->summary;
    if (said.base_offset != listed.base_offset || said.next_offset != listed.next_offset ||
        said.bytes != listed.bytes || said.max_timestamp_ms != listed.max_timestamp_ms ||
        said.running_max_before_ms != listed.running_max_before_ms ||
        said.generation != listed.generation) {
      Add(Fault::kIndex, path, listed, "its header does not say what the manifest does");
      return;
    }
    const bool whole = walk.damage.empty() && listed.damage.empty();
    for (const IndexEntry& entry : index->index.entries()) {
      const auto start = starts_.find(entry.position);
      if (start == starts_.end() && !whole) continue;
      // Behind damage the batches that are left may not reach the maximum any more.
      if (start != starts_.end() && start->second.offset == entry.offset &&
          (start->second.running_max_before_ms == entry.running_max_before_ms || !whole)) {
        continue;
      }
      Add(Fault::kIndex, path, Damage{entry.position, 0, entry.offset, entry.offset},
          fmt::format("its entry for offset {} does not point to such a batch", entry.offset));
      return;
    }
  }

  FileSystem& filesystem_;
  const LogFiles files_;
  Audit audit_;
  std::optional<Offset> next_offset_;  // where the next segment should begin
  int64_t running_max_ms_ = -1;
  std::map<uint64_t, Start> starts_;  // of the segment's batches, by position
  int64_t records_ = 0;               // of the segment
};

}  // namespace

std::string_view FaultName(Fault fault) {
  switch (fault) {
    case Fault::kDamage:
      return "damage";
    case Fault::kLost:
      return "lost";
    case Fault::kTorn:
      return "torn";
    case Fault::kRecords:
      return "records";
    case Fault::kMissing:
      return "missing";
    case Fault::kOrder:
      return "order";
    case Fault::kManifest:
      return "manifest";
    case Fault::kIndex:
      return "index";
  }
  return "?";
}

absl::StatusOr<Audit> AuditLog(FileSystem& filesystem, const std::string& dir) {
  absl::StatusOr<LogFiles> files = ListLog(filesystem, dir);
  if (!files.ok()) return files.status();
  return Auditor(filesystem, *std::move(files)).Run();
}

}  // namespace braid::storage
