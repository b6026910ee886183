#include <utility>

#include "storage/log_impl.h"
#include "storage/path.h"

namespace braid::storage {

absl::Status SyncNames(const SegmentHome& home, const SyncProgress& progress) {
  if (absl::Status status = home.filesystem->SyncDir(home.dir); !status.ok()) return status;
  if (progress.names_version.load() != 0) return absl::OkStatus();
  const std::string dir = NormalizePath(home.dir);
  if (IsRootPath(dir)) return absl::OkStatus();
  const std::string parent = ParentPath(dir);
  return home.filesystem->SyncDir(parent.empty() ? "." : parent);
}

struct LogSync::Files {
  std::shared_ptr<SegmentHome> home;
  std::shared_ptr<SyncProgress> progress;
  std::vector<std::shared_ptr<AppendFile>> files;  // those with offsets that are not durable yet
  int64_t names_version = 0;                       // 0: the directory is durable

  absl::Status Run() const;
};

LogSync::LogSync() = default;
LogSync::~LogSync() = default;
LogSync::LogSync(LogSync&&) noexcept = default;
LogSync& LogSync::operator=(LogSync&&) noexcept = default;

absl::Status LogSync::Files::Run() const {
  if (absl::Status status = progress->failure(); !status.ok()) return status;
  for (const std::shared_ptr<AppendFile>& file : files) {
    if (absl::Status status = file->Sync(); !status.ok()) return status;
  }
  return names_version == 0 ? absl::OkStatus() : SyncNames(*home, *progress);
}

absl::Status LogSync::Run() {
  if (files_ == nullptr) return absl::OkStatus();
  if (absl::Status status = files_->Run(); !status.ok()) {
    files_->progress->Fail(status);
    return status;
  }
  Raise(files_->progress->offset, end_offset_);
  Raise(files_->progress->names_version, files_->names_version);
  return absl::OkStatus();
}

LogSync Log::PrepareSync() {
  LogSync sync;
  sync.end_offset_ = next_offset();
  const Offset durable = impl_->progress->offset.load();
  const bool names_are_durable = impl_->progress->names_version.load() >= impl_->names_version;
  const bool failed = !impl_->progress->failure().ok();
  if (durable >= sync.end_offset_ && names_are_durable && !failed) return sync;
  sync.files_ = std::make_unique<LogSync::Files>();
  LogSync::Files& files = *sync.files_;
  files.home = impl_->home;
  files.progress = impl_->progress;
  files.files = impl_->dropped_files;
  for (const LogSegment& segment : *impl_->closed) {
    if (segment.unsealed_file != nullptr && segment.summary.next_offset > durable) {
      files.files.push_back(segment.unsealed_file);
    }
  }
  files.files.push_back(impl_->active_file);
  files.names_version = names_are_durable ? 0 : impl_->names_version;
  return sync;
}

}  // namespace braid::storage
