// Sealing: closed segments become durable, get their index and their place in the manifest; files
// that the manifest no longer lists go.
//
// The order is what makes a crash harmless at any point: data, index, manifest, and only then
// removals. Before the manifest is replaced a closed segment is part of the tail and is scanned;
// after it, files below the tail that it does not list are leftovers.
#include <utility>

#include "braid/error.h"
#include "storage/log_impl.h"

namespace braid::storage {
namespace {

class SealTask : public LogWork::Task {
 public:
  SealTask(std::shared_ptr<SegmentHome> home, std::shared_ptr<SyncProgress> progress)
      : home_(std::move(home)), progress_(std::move(progress)) {}

  absl::Status Run(const std::atomic<bool>*) override {
    if (in_memory()) RemoveGarbage(/*early=*/false);  // no crash to think of, and room to win
    for (const LogSegment& segment : unsealed) {
      if (absl::Status status = segment.unsealed_file->Sync(); !status.ok()) {
        progress_->Fail(status);
        return status;
      }
      if (in_memory()) continue;  // the index lies in memory as it is
      // Only saves a scan later: on a full disk sealing must go on without.
      (void)WriteIndexFile(*home_->filesystem, home_->dir, segment.summary,
                           segment.segment->CopyIndex());
    }
    if (absl::Status status = ReplaceManifest(); !status.ok()) return status;
    if (absl::Status status = SyncNames(*home_, *progress_); !status.ok()) return status;
    RemoveGarbage(/*early=*/false);
    return absl::OkStatus();
  }

  void Finish(Log::Impl& log, const absl::Status& outcome) override {
    // What is left is tried again with the next manifest, or found by the next opening.
    log.garbage.insert(log.garbage.end(), garbage.begin(), garbage.end());
    if (!outcome.ok()) {
      log.manifest_is_stale = true;
      return;
    }
    log.dropped_files.erase(log.dropped_files.begin(),
                            log.dropped_files.begin() + static_cast<ptrdiff_t>(dropped_files));
    LogSegments segments = *log.closed;
    for (LogSegment& segment : segments) {
      for (const LogSegment& sealed : unsealed) {
        if (segment.segment != sealed.segment) continue;
        segment.unsealed_file = nullptr;
        if (!in_memory()) segment.segment->Seal(segment.summary);
      }
    }
    log.ReplaceClosed(std::move(segments));
    Raise(progress_->offset, manifest.tail_base);
    Raise(progress_->names_version, names_version);
  }

  Manifest manifest;
  LogSegments unsealed;
  std::vector<Garbage> garbage;
  size_t dropped_files = 0;  // so many of the log's are dropped for good with this manifest
  int64_t names_version = 0;

 private:
  bool in_memory() const { return home_->filesystem->in_memory(); }

  absl::Status ReplaceManifest() {
    FileSystem& files = *home_->filesystem;
    absl::Status status = WriteManifest(files, home_->dir, manifest);
    if (CodeOf(status) != Errc::kOutOfSpace) return status;
    // What was trimmed must give its room back even so.
    RemoveGarbage(/*early=*/true);
    return WriteManifest(files, home_->dir, manifest);
  }

  void RemoveGarbage(bool early) {
    std::erase_if(garbage, [&](const Garbage& file) {
      if (early && !file.may_go_early) return false;
      const absl::Status status = home_->filesystem->Remove(file.path);
      return status.ok() || absl::IsNotFound(status);
    });
  }

  const std::shared_ptr<SegmentHome> home_;
  const std::shared_ptr<SyncProgress> progress_;
};

}  // namespace

std::unique_ptr<LogWork::Task> Log::Impl::PrepareSeal() {
  if (!manifest_is_stale) return nullptr;
  auto task = std::make_unique<SealTask>(home, progress);
  for (const LogSegment& segment : *closed) {
    task->manifest.sealed.push_back(segment.summary);
    if (segment.unsealed_file != nullptr) task->unsealed.push_back(segment);
  }
  task->manifest.tail_base = active.summary.base_offset;
  task->manifest.tail_running_max_ms = active.summary.running_max_before_ms;
  task->garbage = std::exchange(garbage, {});
  task->dropped_files = dropped_files.size();
  task->names_version = names_version;
  manifest_is_stale = false;
  return task;
}

}  // namespace braid::storage
