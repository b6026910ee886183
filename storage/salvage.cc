#include "storage/salvage.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "braid/error.h"
#include "storage/batch_builder.h"
#include "storage/inspect.h"
#include "storage/log_work.h"
#include "storage/segment_index.h"

namespace braid::storage {
namespace {

constexpr Offset kMaxCoveredOffsets = Offset{1} << 30;  // by one batch: its field has 31 bits

class Salvager {
 public:
  Salvager(FileSystem& filesystem, LogFiles files)
      : filesystem_(filesystem), files_(std::move(files)) {}

  absl::StatusOr<Salvage> Run(const std::string& to) {
    if (absl::Status status = Start(to); !status.ok()) return status;
    for (const SegmentFile& segment : files_.segments) {
      if (segment.state == SegmentState::kLeftover || segment.state == SegmentState::kAside) break;
      if (absl::Status status = Copy(segment); !status.ok()) return status;
    }
    if (absl::Status status = Finish(); !status.ok()) return status;
    result_.next_offset = log_->next_offset();
    result_.bytes = log_->bytes();
    return std::move(result_);
  }

 private:
  // An empty log that begins where the old one did, with the running maximum it had there.
  absl::Status Start(const std::string& to) {
    Manifest manifest{.tail_base = files_.manifest.tail_base,
                      .tail_running_max_ms = files_.manifest.tail_running_max_ms,
                      .sealed = {}};
    if (!files_.segments.empty() && files_.segments.front().is_listed()) {
      manifest.tail_base = files_.segments.front().name.base_offset;
      manifest.tail_running_max_ms = files_.segments.front().summary.running_max_before_ms;
    }
    if (absl::Status status = filesystem_.CreateDirs(to); !status.ok()) return status;
    if (absl::Status status = WriteManifest(filesystem_, to, manifest); !status.ok()) return status;
    LogOptions options;
    options.tail_cache_bytes = 0;
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(filesystem_, to, options, nullptr);
    if (!log.ok()) return log.status();
    log_ = *std::move(log);
    result_.start_offset = manifest.tail_base;
    return absl::OkStatus();
  }

  absl::Status Copy(const SegmentFile& segment) {
    // What the segments before it should have held.
    if (segment.name.base_offset > log_->next_offset()) {
      Lose({log_->next_offset(), segment.name.base_offset}, segment.path, 0, 0);
      absl::Status status = Cover(segment.name.base_offset, segment.summary.running_max_before_ms);
      if (!status.ok()) return status;
    }
    if (!segment.has_batches()) {
      const SegmentSummary& listed = segment.summary;
      Lose({log_->next_offset(), listed.next_offset}, segment.path, 0,
           static_cast<uint64_t>(listed.bytes));
      return Cover(listed.next_offset, listed.running_max_after_ms());
    }
    if (absl::Status status = Survey(segment); !status.ok()) return status;
    const absl::StatusOr<SegmentWalk> walk =
        WalkSegment(filesystem_, segment, WalkDepth::kBatches,
                    [&](const WalkedBatch& next) { return Add(next); });
    if (!walk.ok()) return walk.status();
    if (absl::Status s = Cover(walk->next_offset, MaxOfHole(walk->next_offset)); !s.ok()) return s;
    for (const Damage& damage : walk->damage) {
      Lose({damage.offset, damage.next_offset}, segment.path, damage.position, damage.bytes);
    }
    result_.torn_bytes += static_cast<int64_t>(walk->torn_bytes);
    return absl::OkStatus();
  }

  // What is known of running maxima in the segment, for MaxOfHole().
  absl::Status Survey(const SegmentFile& segment) {
    whole_.clear();
    known_.clear();
    if (!segment.is_listed()) return absl::OkStatus();
    const absl::StatusOr<IndexFile> index =
        ReadIndexFile(filesystem_, files_.dir, segment.name.base_offset, segment.name.generation);
    if (index.ok()) {
      for (const IndexEntry& entry : index->index.entries()) {
        known_.push_back({entry.offset, entry.running_max_before_ms});
      }
    }
    if (segment.summary.bytes > 0) {
      known_.push_back({segment.summary.next_offset, segment.summary.running_max_after_ms()});
    }
    return WalkSegment(filesystem_, segment, WalkDepth::kBatches,
                       [&](const WalkedBatch& next) {
                         whole_.push_back({next.header.base_offset, next.header.max_timestamp_ms});
                         return absl::OkStatus();
                       })
        .status();
  }

  // The running maximum that the lost offsets before `hole_end` must have reached: that of the next
  // place where it is known, unless whole batches before that place reach it as well.
  int64_t MaxOfHole(Offset hole_end) const {
    for (const Point& place : known_) {
      if (place.offset < hole_end) continue;
      int64_t reached = log_->running_max_timestamp_ms();
      for (const Point& batch : whole_) {
        if (batch.offset >= hole_end && batch.offset < place.offset) {
          reached = std::max(reached, batch.max_ms);
        }
      }
      return place.max_ms > reached ? place.max_ms : -1;
    }
    return -1;
  }

  absl::Status Add(const WalkedBatch& next) {
    const Offset base = next.header.base_offset;
    if (base < log_->next_offset()) return absl::OkStatus();  // held already
    if (base > log_->next_offset()) {
      if (absl::Status status = Cover(base, MaxOfHole(base)); !status.ok()) return status;
    }
    // The log writes into the batch's first bytes, and these are also the walk's.
    const absl::StatusOr<Batch> own = Batch::Parse(Buffer::Copy(next.batch.bytes().view()));
    if (!own.ok()) return own.status();
    if (absl::Status status = log_->Append(*own).status(); !status.ok()) return status;
    ++result_.batches;
    result_.records += next.header.record_count;
    return absl::OkStatus();
  }

  // Batches without records up to `offset`, the end of a hole; nothing when there is none.
  absl::Status Cover(Offset offset, int64_t max_timestamp_ms) {
    while (log_->next_offset() < offset) {
      BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kKafka});
      builder.SkipTo(std::min(offset - log_->next_offset(), kMaxCoveredOffsets));
      if (max_timestamp_ms > log_->running_max_timestamp_ms()) {
        builder.RaiseMaxTimestamp(max_timestamp_ms);
      }
      if (absl::Status status = log_->Append(builder.Build()).status(); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  void Lose(OffsetRange offsets, const std::string& file, uint64_t position, uint64_t bytes) {
    if (offsets.begin >= offsets.end && bytes == 0) return;
    result_.lost.push_back(
        {.offsets = offsets, .file = file, .position = position, .bytes = bytes});
  }

  // Sealed and durable.
  absl::Status Finish() {
    while (std::optional<LogWork> work = log_->PrepareWork({})) {
      const absl::Status outcome = work->Run();
      if (absl::Status status = log_->FinishWork(*std::move(work), outcome); !status.ok()) {
        return status;
      }
    }
    return log_->PrepareSync().Run();
  }

  FileSystem& filesystem_;
  const LogFiles files_;
  std::unique_ptr<Log> log_;
  Salvage result_;
  struct Point {
    Offset offset;
    int64_t max_ms;
  };
  std::vector<Point> known_;  // running maxima before these offsets
  std::vector<Point> whole_;  // the segment's whole batches: base offset, largest timestamp
};

}  // namespace

absl::StatusOr<Salvage> SalvageLog(FileSystem& filesystem, const std::string& from,
                                   const std::string& to) {
  if (filesystem.Exists(to)) {
    return MakeError(Errc::kInvalidArgument, to + " exists already");
  }
  absl::StatusOr<LogFiles> files = ListLog(filesystem, from);
  if (!files.ok()) return files.status();
  return Salvager(filesystem, *std::move(files)).Run(to);
}

}  // namespace braid::storage
