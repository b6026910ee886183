#include <utility>

#include "storage/log_impl.h"
#include "storage/path.h"

namespace braid::storage {

struct LogSync::Files {
  std::shared_ptr<SegmentHome> home;
  std::shared_ptr<SyncProgress> progress;
  std::vector<std::shared_ptr<Segment>> sealed;  // those with offsets that are not durable yet
  std::shared_ptr<Segment> active;
  std::shared_ptr<AppendFile> active_file;
  int64_t names_version = 0;  // 0: the directory is durable

  absl::Status SyncNames();
};

LogSync::LogSync() = default;
LogSync::~LogSync() = default;
LogSync::LogSync(LogSync&&) noexcept = default;
LogSync& LogSync::operator=(LogSync&&) noexcept = default;

absl::Status LogSync::Files::SyncNames() {
  if (names_version == 0) return absl::OkStatus();
  if (absl::Status status = home->filesystem->SyncDir(home->dir); !status.ok()) return status;
  if (progress->names_version.load() != 0) return absl::OkStatus();
  // The first time: the log's directory may itself be new.
  const std::string dir = NormalizePath(home->dir);
  if (IsRootPath(dir)) return absl::OkStatus();
  const std::string parent = ParentPath(dir);
  return home->filesystem->SyncDir(parent.empty() ? "." : parent);
}

absl::Status LogSync::Run() {
  if (files_ == nullptr) return absl::OkStatus();
  for (const std::shared_ptr<Segment>& segment : files_->sealed) {
    if (absl::Status status = segment->Sync(); !status.ok()) return status;
  }
  if (absl::Status status = files_->active_file->Sync(); !status.ok()) return status;
  if (absl::Status status = files_->active->Sync(); !status.ok()) return status;
  if (absl::Status status = files_->SyncNames(); !status.ok()) return status;
  Raise(files_->progress->offset, end_offset_);
  Raise(files_->progress->names_version, files_->names_version);
  return absl::OkStatus();
}

LogSync Log::PrepareSync() {
  LogSync sync;
  sync.end_offset_ = next_offset();
  const Offset durable = impl_->progress->offset.load();
  const bool names_are_durable = impl_->progress->names_version.load() >= impl_->names_version;
  if (durable >= sync.end_offset_ && names_are_durable) return sync;
  sync.files_ = std::make_unique<LogSync::Files>();
  LogSync::Files& files = *sync.files_;
  files.home = impl_->home;
  files.progress = impl_->progress;
  for (const LogSegment& segment : *impl_->sealed) {
    if (segment.summary.next_offset > durable) files.sealed.push_back(segment.segment);
  }
  files.active = impl_->active.segment;
  files.active_file = impl_->active_file;
  files.names_version = names_are_durable ? 0 : impl_->names_version;
  return sync;
}

}  // namespace braid::storage
