#include "storage/segment.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "storage/recovery.h"

namespace braid::storage {

std::shared_ptr<Segment> Segment::Growing(std::shared_ptr<SegmentHome> home, Offset base_offset,
                                          SegmentIndex index) {
  std::shared_ptr<Segment> segment(new Segment(std::move(home), {base_offset, 0}));
  absl::MutexLock lock(&segment->mu_);
  segment->index_ = std::make_unique<SegmentIndex>(std::move(index));
  return segment;
}

std::shared_ptr<Segment> Segment::Sealed(std::shared_ptr<SegmentHome> home,
                                         const SegmentSummary& summary) {
  std::shared_ptr<Segment> segment(
      new Segment(std::move(home), {summary.base_offset, summary.generation}));
  absl::MutexLock lock(&segment->mu_);
  segment->state_ = State::kSealed;
  segment->summary_ = summary;
  return segment;
}

std::string Segment::path(std::string_view suffix) const {
  return SegmentPath(home_->dir, name_.base_offset, name_.generation, suffix);
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
    if (state_ != State::kGrowing) return;  // retired meanwhile
    state_ = State::kSealed;
    summary_ = summary;
    in_pool_ = true;
    victim = home_->pool->Admit(weak_from_this());
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
  absl::StatusOr<IndexFile> sidecar =
      ReadIndexFile(*home_->filesystem, home_->dir, name_.base_offset, name_.generation);
  if (sidecar.ok() && sidecar->summary.bytes == summary_.bytes &&
      sidecar->summary.next_offset == summary_.next_offset) {
    index_ = std::make_unique<SegmentIndex>(std::move(sidecar->index));
    return absl::OkStatus();
  }
  if (absl::Status status = OpenFileLocked(); !status.ok()) return status;
  absl::StatusOr<SegmentScan> scan =
      ScanSegment(*file_, static_cast<uint64_t>(summary_.bytes),
                  {.base_offset = name_.base_offset,
                   .running_max_before_ms = summary_.running_max_before_ms,
                   .index_interval_bytes = home_->index_interval_bytes});
  if (!scan.ok()) return scan.status();
  if (state_ == State::kSealed) {  // saves the next one the scan; not needed for anything else
    (void)WriteIndexFile(*home_->filesystem, home_->dir, summary_, scan->index);
  }
  index_ = std::make_unique<SegmentIndex>(std::move(scan->index));
  return absl::OkStatus();
}

template <typename Open>
absl::Status Segment::Opening(Open open) {
  absl::Status status;
  std::shared_ptr<Segment> victim;
  for (int attempt = 0; attempt < 2; ++attempt) {
    {
      absl::MutexLock lock(&mu_);
      status = open();
      if (state_ == State::kSealed && !in_pool_ && (file_ != nullptr || index_ != nullptr)) {
        in_pool_ = true;
        victim = home_->pool->Admit(weak_from_this());
      }
    }
    if (status.ok() || absl::IsNotFound(status)) break;
    for (const std::shared_ptr<Segment>& other : home_->pool->TakeAll()) other->Evict();
  }
  if (victim != nullptr) victim->Evict();
  return status;
}

absl::StatusOr<std::shared_ptr<const ReadFile>> Segment::File() {
  std::shared_ptr<const ReadFile> file;
  absl::Status status = Opening([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    absl::Status opened = OpenFileLocked();
    file = file_;
    return opened;
  });
  if (!status.ok()) return status;
  return file;
}

absl::StatusOr<IndexStep> Segment::FloorOffset(Offset offset) {
  IndexStep step;
  absl::Status status = Opening([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (absl::Status loaded = LoadIndexLocked(); !loaded.ok()) return loaded;
    step = index_->StepOf(offset, {name_.base_offset, summary_.running_max_before_ms, 0});
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return step;
}

std::optional<IndexEntry> Segment::FloorTimestamp(int64_t timestamp_ms, uint64_t end_position) {
  std::optional<IndexEntry> floor;
  absl::Status status = Opening([&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (absl::Status loaded = LoadIndexLocked(); !loaded.ok()) return loaded;
    const IndexEntry* entry = index_->FloorTimestamp(timestamp_ms, end_position);
    if (entry != nullptr) floor = *entry;
    return absl::OkStatus();
  });
  if (!status.ok()) return std::nullopt;
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

}  // namespace braid::storage
