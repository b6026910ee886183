#include "storage/segment.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "storage/recovery.h"
#include "storage/segment_files.h"

namespace braid::storage {

std::shared_ptr<Segment> Segment::Active(std::shared_ptr<SegmentHome> home, Offset base_offset,
                                         SegmentIndex index) {
  std::shared_ptr<Segment> segment(new Segment(std::move(home), base_offset));
  absl::MutexLock lock(&segment->mu_);
  segment->index_ = std::make_unique<SegmentIndex>(std::move(index));
  return segment;
}

std::shared_ptr<Segment> Segment::Sealed(std::shared_ptr<SegmentHome> home,
                                         const SegmentSummary& summary) {
  std::shared_ptr<Segment> segment(new Segment(std::move(home), summary.base_offset));
  absl::MutexLock lock(&segment->mu_);
  segment->state_ = State::kSealed;
  segment->summary_ = summary;
  if (summary.durable) segment->index_synced_ = segment->index_version_;
  return segment;
}

std::string Segment::path(std::string_view suffix) const {
  return SegmentPath(home_->dir, base_offset_, suffix);
}

void Segment::AddEntry(const IndexEntry& entry) {
  absl::MutexLock lock(&mu_);
  index_->Add(entry);
}

SegmentIndex Segment::CopyIndex() const {
  absl::MutexLock lock(&mu_);
  return *index_;
}

void Segment::Seal(const SegmentSummary& summary) {
  std::shared_ptr<Segment> victim;
  {
    absl::MutexLock lock(&mu_);
    state_ = State::kSealed;
    summary_ = summary;
    ++index_version_;
    victim = AdmitLocked();
  }
  if (victim != nullptr) victim->Evict();
}

absl::Status Segment::OpenFileLocked() {
  if (file_ != nullptr) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<ReadFile>> file = home_->filesystem->OpenRead(path(kLogSuffix));
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  return absl::OkStatus();
}

absl::Status Segment::LoadIndexLocked() {
  if (index_ != nullptr) return absl::OkStatus();
  absl::StatusOr<IndexFile> sidecar = ReadIndexFile(*home_->filesystem, home_->dir, base_offset_);
  if (sidecar.ok() && sidecar->summary.sealed && sidecar->summary.bytes == summary_.bytes) {
    index_ = std::make_unique<SegmentIndex>(std::move(sidecar->index));
    return absl::OkStatus();
  }
  if (absl::Status status = OpenFileLocked(); !status.ok()) return status;
  absl::StatusOr<SegmentScan> scan =
      ScanSegment(*file_, static_cast<uint64_t>(summary_.bytes),
                  {.base_offset = base_offset_,
                   .running_max_before_ms = summary_.running_max_before_ms,
                   .index_interval_bytes = home_->index_interval_bytes});
  if (!scan.ok()) return scan.status();
  index_ = std::make_unique<SegmentIndex>(std::move(scan->index));
  return absl::OkStatus();
}

std::shared_ptr<Segment> Segment::AdmitLocked() {
  if (state_ != State::kSealed || in_pool_ || (file_ == nullptr && index_ == nullptr)) {
    return nullptr;
  }
  in_pool_ = true;
  return home_->pool.Admit(weak_from_this());
}

absl::StatusOr<std::shared_ptr<const ReadFile>> Segment::File() {
  std::shared_ptr<const ReadFile> file;
  std::shared_ptr<Segment> victim;
  {
    absl::MutexLock lock(&mu_);
    if (absl::Status status = OpenFileLocked(); !status.ok()) return status;
    file = file_;
    victim = AdmitLocked();
  }
  if (victim != nullptr) victim->Evict();
  return file;
}

absl::StatusOr<IndexEntry> Segment::FloorOffset(Offset offset) {
  IndexEntry floor;
  std::shared_ptr<Segment> victim;
  {
    absl::MutexLock lock(&mu_);
    if (absl::Status status = LoadIndexLocked(); !status.ok()) return status;
    const IndexEntry* entry = index_->FloorOffset(offset);
    floor = entry != nullptr ? *entry : IndexEntry{base_offset_, summary_.running_max_before_ms, 0};
    victim = AdmitLocked();
  }
  if (victim != nullptr) victim->Evict();
  return floor;
}

std::optional<IndexEntry> Segment::FloorTimestamp(int64_t timestamp_ms, uint64_t end_position) {
  std::optional<IndexEntry> floor;
  std::shared_ptr<Segment> victim;
  {
    absl::MutexLock lock(&mu_);
    if (!LoadIndexLocked().ok()) return std::nullopt;
    const IndexEntry* entry = index_->FloorTimestamp(timestamp_ms, end_position);
    if (entry != nullptr) floor = *entry;
    victim = AdmitLocked();
  }
  if (victim != nullptr) victim->Evict();
  return floor;
}

void Segment::Retire(bool readers) {
  absl::MutexLock lock(&mu_);
  if (readers) {  // one that finds neither gets the error of opening a file that is gone
    (void)OpenFileLocked();
    (void)LoadIndexLocked();
  }
  state_ = State::kRetired;
}

void Segment::Evict() {
  absl::MutexLock lock(&mu_);
  in_pool_ = false;
  if (state_ != State::kSealed) return;
  file_ = nullptr;
  index_ = nullptr;
}

// True when the .log of a sealed segment was synced just now.
absl::StatusOr<bool> Segment::SyncLog() {
  absl::StatusOr<std::unique_ptr<AppendFile>> file;
  {
    absl::MutexLock lock(&mu_);
    if (state_ != State::kSealed || summary_.durable) return false;
    file = home_->filesystem->OpenAppend(path(kLogSuffix));
  }
  if (!file.ok()) return file.status();
  if (absl::Status status = (*file)->Sync(); !status.ok()) return status;
  return true;
}

absl::Status Segment::WriteDurableIndexLocked() {
  if (absl::Status status = LoadIndexLocked(); !status.ok()) return status;
  SegmentSummary whole = summary_;
  whole.durable = true;
  absl::Status status = WriteIndexFile(*home_->filesystem, home_->dir, whole, *index_);
  if (status.ok()) summary_ = whole;
  return status;
}

absl::Status Segment::SyncIndex(bool log_was_synced) {
  absl::StatusOr<std::unique_ptr<AppendFile>> file;
  int64_t version = 0;
  {
    absl::MutexLock lock(&mu_);
    if (state_ == State::kRetired || index_synced_ == index_version_) return absl::OkStatus();
    if (state_ == State::kSealed && !summary_.durable) {
      if (!log_was_synced) return absl::OkStatus();  // sealed a moment ago: left to the next Sync()
      if (absl::Status status = WriteDurableIndexLocked(); !status.ok()) return status;
    }
    if (!home_->filesystem->Exists(path(kIndexSuffix))) return absl::OkStatus();
    file = home_->filesystem->OpenAppend(path(kIndexSuffix));
    version = index_version_;
  }
  if (!file.ok()) return file.status();
  if (absl::Status status = (*file)->Sync(); !status.ok()) return status;
  absl::MutexLock lock(&mu_);
  index_synced_ = std::max(index_synced_, version);
  return absl::OkStatus();
}

absl::Status Segment::Sync() {
  const absl::StatusOr<bool> log_was_synced = SyncLog();
  if (!log_was_synced.ok()) return log_was_synced.status();
  absl::Status status = SyncIndex(*log_was_synced);
  std::shared_ptr<Segment> victim;
  {
    absl::MutexLock lock(&mu_);
    victim = AdmitLocked();  // the index may have been loaded
  }
  if (victim != nullptr) victim->Evict();
  return status;
}

}  // namespace braid::storage
