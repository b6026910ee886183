// The parts of a Log, shared by log.cc (changing it), log_open.cc, log_view.cc, log_sync.cc,
// log_seal.cc and log_repack.cc.
#ifndef BRAID_STORAGE_LOG_IMPL_H_
#define BRAID_STORAGE_LOG_IMPL_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/log.h"
#include "storage/log_work.h"
#include "storage/manifest.h"
#include "storage/read_memo.h"
#include "storage/recovery.h"
#include "storage/segment.h"
#include "storage/segment_index.h"
#include "storage/tail_cache.h"

namespace braid::storage {

struct LogSegment {
  SegmentSummary summary;
  std::shared_ptr<Segment> segment;
  // Of a closed segment until it is sealed, so that the sync goes through the file that was
  // written: an error of its writeback would not be seen through another.
  std::shared_ptr<AppendFile> unsealed_file;
};

using LogSegments = std::vector<LogSegment>;  // oldest first; a shared one never changes

// A file that the log has no use for.
struct Garbage {
  std::string path;
  // It may go while the manifest in force still lists it: an opening that misses it reports what
  // the owner trimmed, and loses nothing. Not one of the tail, which would be taken for a tear, and
  // not one that was repacked, whose records live on where that manifest does not look.
  bool may_go_early = false;
};

// How far durability has come. Shared by a log and its LogSyncs.
class SyncProgress {
 public:
  std::atomic<Offset> offset = 0;          // everything below is durable
  std::atomic<int64_t> names_version = 0;  // of the directory: see Log::Impl

  // A sync failed: what it was to make durable is in doubt for ever.
  void Fail(const absl::Status& status) {
    absl::MutexLock lock(&mu_);
    if (failure_.ok()) failure_ = status;
    failed_ = true;
  }
  absl::Status failure() const {
    if (!failed_.load(std::memory_order_relaxed)) return absl::OkStatus();
    absl::MutexLock lock(&mu_);
    return failure_;
  }

 private:
  std::atomic<bool> failed_ = false;
  mutable absl::Mutex mu_;
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

// `to` becomes at least `value`.
template <typename T>
void Raise(std::atomic<T>& to, T value) {
  T seen = to.load();
  while (seen < value && !to.compare_exchange_weak(seen, value)) {
  }
}

// The names in a log's directory become durable; the first time also that of the directory itself,
// which may be new.
absl::Status SyncNames(const SegmentHome& home, const SyncProgress& progress);

struct LogView::Snapshot {
  std::shared_ptr<const LogSegments> closed;
  LogSegment active;  // the summary is as of the snapshot; the segment behind it goes on growing
  std::shared_ptr<const TailCache> cache;  // null on in-memory file systems
  std::shared_ptr<ReadMemo> memo;          // likewise
  Offset start_offset = 0;
  bool in_memory = false;

  Offset next_offset() const { return active.summary.next_offset; }
  size_t segment_count() const { return closed->size() + 1; }
  const LogSegment& segment(size_t i) const { return i < closed->size() ? (*closed)[i] : active; }
  // The last segment that starts at or before `offset`; the first one when none does.
  size_t FindSegment(Offset offset) const {
    if (offset >= active.summary.base_offset) return closed->size();
    const auto above = std::upper_bound(closed->begin(), closed->end(), offset,
                                        [](Offset wanted, const LogSegment& candidate) {
                                          return wanted < candidate.summary.base_offset;
                                        });
    return above == closed->begin() ? 0 : static_cast<size_t>(above - closed->begin() - 1);
  }
};

// One piece of upkeep. Prepared and finished with the owner's lock, run without.
struct LogWork::Task {
  virtual ~Task() = default;
  virtual absl::Status Run(const std::atomic<bool>* cancel) = 0;
  virtual void Finish(Log::Impl& log, const absl::Status& outcome) = 0;
  int64_t bytes_written = 0;
};

// Invariants: each segment begins where the one before it ends; closed ones are not empty; the
// sealed ones come first; active.summary is what the active file holds, unless tail_is_dirty.
struct Log::Impl {
  std::shared_ptr<SegmentHome> home;
  LogOptions options;

  std::shared_ptr<const LogSegments> closed = std::make_shared<LogSegments>();
  int64_t closed_bytes = 0;
  LogSegment active;
  std::shared_ptr<AppendFile> active_file;
  uint64_t next_entry_position = 0;  // a batch at or past this gets an entry in the active index
  bool tail_is_dirty = false;    // a failed write may have left bytes behind active.summary.bytes
  bool cut_is_volatile = false;  // such bytes were cut off, and the cut was not synced since

  Offset start_offset = 0;
  std::shared_ptr<TailCache> cache;
  std::shared_ptr<ReadMemo> memo;
  std::optional<SegmentInfo> unreported_seal;  // of a roll whose append then failed

  bool manifest_is_stale = false;  // it does not say what it should
  std::vector<Garbage> garbage;    // files to remove once the manifest does not list them
  // Of dropped segments that were never sealed: until a manifest says otherwise an opening begins
  // with them, so they are synced like the rest.
  std::vector<std::shared_ptr<AppendFile>> dropped_files;
  bool work_is_out = false;      // between PrepareWork and FinishWork
  uint32_t last_generation = 0;  // of the newest repack

  std::shared_ptr<SyncProgress> progress = std::make_shared<SyncProgress>();
  int64_t names_version = 1;  // counts what happened to names in the directory; 1: it was opened

  mutable std::shared_ptr<const LogView::Snapshot> snapshot;  // null once the log has changed

  FileSystem& filesystem() const { return *home->filesystem; }

  // log_open.cc: fills a fresh one, whose home and options are set, from the directory.
  struct Found {
    SegmentName name;
    uint64_t size;
  };
  struct Directory {
    std::vector<Found> logs;  // by base offset, then generation
    std::vector<SegmentName> indexes;
    bool has_lost = false;  // files that an opening set aside: it may have died before that lasted
  };
  absl::Status Load(RecoveryReport& report);
  absl::StatusOr<Directory> ListDirectory();
  Manifest LoadManifest(const Directory& directory, RecoveryReport& report);
  void TakeSealed(const Manifest& manifest, const Directory& directory, RecoveryReport& report);
  Manifest RebuildManifest(const Directory& directory, RecoveryReport& report);
  std::vector<Found> TailOf(const Manifest& manifest, const Directory& directory);
  absl::Status LoadTail(std::vector<Found> tail, bool unsettled, RecoveryReport& report);
  absl::StatusOr<SegmentScan> Scan(const Found& found, int64_t running_max_before_ms,
                                   bool is_tail = false);
  absl::Status TakeTail(const Found& found, SegmentScan scan, RecoveryReport& report);
  absl::Status SetAside(const Found& found, RecoveryReport& report);

  // log.cc: changing it.
  absl::Status MendTail();                 // cuts what a failed write left behind
  absl::Status SyncCut();                  // and makes that last
  absl::Status Start(Offset base_offset);  // an empty active segment there takes over
  absl::Status Roll();                     // closes the active segment, which is not empty
  absl::Status Write(const Batch& batch);
  void NoteAppended(const Batch& batch);
  std::vector<SegmentInfo> DropClosedBelow(Offset offset);
  // Its files are garbage from now on; repacked: its records are in another.
  void Discard(const LogSegment& segment, bool repacked = false);
  void ReplaceClosed(LogSegments segments);
  void UpkeepInMemory();  // where it costs nothing
  void Changed() { snapshot = nullptr; }

  // log_seal.cc, log_repack.cc.
  std::unique_ptr<LogWork::Task> PrepareSeal();
  std::unique_ptr<LogWork::Task> PrepareRepack(const RepackOptions& options);
};

SegmentInfo InfoOf(const LogSegment& segment);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_LOG_IMPL_H_
