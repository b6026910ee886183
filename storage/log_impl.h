// The parts of a Log, shared by log.cc (changing it), log_open.cc, log_view.cc and log_sync.cc.
#ifndef BRAID_STORAGE_LOG_IMPL_H_
#define BRAID_STORAGE_LOG_IMPL_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/log.h"
#include "storage/recovery.h"
#include "storage/segment.h"
#include "storage/segment_index.h"
#include "storage/tail_cache.h"

namespace braid::storage {

struct LogSegment {
  SegmentSummary summary;
  std::shared_ptr<Segment> segment;
};

using LogSegments = std::vector<LogSegment>;  // oldest first; a shared one never changes

// How far durability has come. Shared by a log and its LogSyncs.
struct SyncProgress {
  std::atomic<Offset> offset = 0;          // everything below is durable
  std::atomic<int64_t> names_version = 0;  // of the directory: see Log::Impl
};

// `to` becomes at least `value`.
template <typename T>
void Raise(std::atomic<T>& to, T value) {
  T seen = to.load();
  while (seen < value && !to.compare_exchange_weak(seen, value)) {
  }
}

struct LogView::Snapshot {
  std::shared_ptr<const LogSegments> sealed;
  LogSegment active;  // the summary is as of the snapshot; the segment behind it goes on growing
  std::shared_ptr<const TailCache> cache;  // null on in-memory file systems
  Offset start_offset = 0;
  bool in_memory = false;

  Offset next_offset() const { return active.summary.next_offset; }
  size_t segment_count() const { return sealed->size() + 1; }
  const LogSegment& segment(size_t i) const { return i < sealed->size() ? (*sealed)[i] : active; }
  // The last segment that starts at or before `offset`; the first one when none does.
  size_t FindSegment(Offset offset) const {
    if (offset >= active.summary.base_offset) return sealed->size();
    const auto above = std::upper_bound(sealed->begin(), sealed->end(), offset,
                                        [](Offset wanted, const LogSegment& candidate) {
                                          return wanted < candidate.summary.base_offset;
                                        });
    return above == sealed->begin() ? 0 : static_cast<size_t>(above - sealed->begin() - 1);
  }
};

// Invariants: segments follow each other without a gap except where damage was reported; sealed
// ones are not empty; active.summary is what the active file holds, unless tail_is_dirty.
struct Log::Impl {
  std::shared_ptr<SegmentHome> home;
  LogOptions options;

  std::shared_ptr<const LogSegments> sealed = std::make_shared<LogSegments>();
  int64_t sealed_bytes = 0;
  LogSegment active;
  std::shared_ptr<AppendFile> active_file;
  uint64_t next_entry_position = 0;  // a batch at or past this gets an entry in the active index
  bool tail_is_dirty = false;  // a failed write may have left bytes behind active.summary.bytes

  Offset start_offset = 0;
  std::shared_ptr<TailCache> cache;
  std::optional<SegmentInfo> unreported_seal;  // of a roll whose append then failed
  std::vector<std::string> garbage;            // files whose removal failed: tried again later

  std::shared_ptr<SyncProgress> progress = std::make_shared<SyncProgress>();
  int64_t names_version = 1;  // counts what happened to names in the directory; 1: it was opened

  mutable std::shared_ptr<const LogView::Snapshot> snapshot;  // null once the log has changed

  FileSystem& filesystem() const { return *home->filesystem; }

  // log_open.cc: fills a fresh one, whose home and options are set, from the directory.
  struct Found {
    Offset base_offset;
    uint64_t size;
  };
  absl::Status Load(RecoveryReport& report);
  absl::StatusOr<std::vector<Found>> FindSegments();
  absl::Status LoadAll(const std::vector<Found>& found, RecoveryReport& report);
  absl::StatusOr<SegmentScan> Scan(const Found& found, int64_t running_max_before_ms);
  absl::StatusOr<bool> TailIsWhole(const Found& found);
  absl::StatusOr<bool> LoadSealed(const Found& found, Offset next_base, RecoveryReport& report);
  absl::Status LoadActive(const Found& found, RecoveryReport& report);
  bool IsLeftover(const Found& found, const Found* next) const;
  absl::Status CheckOrder(const Found& found, RecoveryReport& report) const;
  absl::Status SetAside(const Found& found, RecoveryReport& report);
  int64_t RunningMaxBefore(const absl::StatusOr<SegmentSummary>& sidecar) const;

  // log.cc: changing it.
  absl::Status MendTail();                 // cuts what a failed write left behind
  absl::Status Start(Offset base_offset);  // an empty active segment there takes over
  absl::Status Roll();                     // seals the active segment, which is not empty
  absl::Status Write(const Batch& batch);
  void NoteAppended(const Batch& batch);
  std::vector<SegmentInfo> DropSealedBelow(Offset offset);
  void RemoveFile(std::string path);
  void RemoveSegmentFiles(Offset base_offset);
  void RetryRemovals();
  void Changed() { snapshot = nullptr; }
};

SegmentInfo InfoOf(const SegmentSummary& summary);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_LOG_IMPL_H_
