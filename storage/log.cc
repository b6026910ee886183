#include "storage/log.h"

#include <limits>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/log_impl.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kMaxOpenSealedSegments = 8;

// Base offset and leader epoch lie outside the CRC, for brokers to write. Nobody else has the bytes
// yet.
absl::StatusOr<Batch> Place(const Batch& batch, Offset base_offset) {
  char* data = const_cast<char*>(batch.bytes().data());
  StoreBigEndian<int64_t>(data + kBaseOffsetAt, base_offset);
  StoreBigEndian<int32_t>(data + kLeaderEpochAt, 0);
  return Batch::Parse(batch.bytes());
}

}  // namespace

SegmentInfo InfoOf(const SegmentSummary& summary) {
  return SegmentInfo{.base_offset = summary.base_offset,
                     .next_offset = summary.next_offset,
                     .bytes = summary.bytes,
                     .max_timestamp_ms = summary.max_timestamp_ms,
                     .running_max_timestamp_ms = summary.running_max_after_ms()};
}

absl::Status Log::Impl::MendTail() {
  if (!tail_is_dirty) return absl::OkStatus();
  absl::Status status = active_file->Truncate(static_cast<uint64_t>(active.summary.bytes));
  if (status.ok()) tail_is_dirty = false;
  return status;
}

absl::Status Log::Impl::Start(Offset base_offset) {
  RetryRemovals();
  const SegmentSummary summary{.base_offset = base_offset,
                               .next_offset = base_offset,
                               .running_max_before_ms = active.summary.running_max_after_ms(),
                               .first = base_offset != active.summary.next_offset};
  // The running maximum outlives the segments that it comes from only if it is written down. Before
  // the segment exists, so that no segment is ever without.
  if (summary.running_max_before_ms >= 0 || summary.first) {
    absl::Status status = WriteIndexFile(filesystem(), home->dir, summary, SegmentIndex());
    if (!status.ok()) return status;
  }
  const std::string path = SegmentPath(home->dir, base_offset, kLogSuffix);
  std::erase(garbage, path);
  std::erase(garbage, SegmentPath(home->dir, base_offset, kIndexSuffix));
  absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem().OpenAppend(path);
  if (!file.ok()) return file.status();
  if ((*file)->size() > 0) {  // left by a removal that failed
    if (absl::Status status = (*file)->Truncate(0); !status.ok()) return status;
  }
  active = {summary, Segment::Active(home, base_offset, SegmentIndex())};
  active_file = *std::move(file);
  next_entry_position = 0;
  ++names_version;
  Changed();
  return absl::OkStatus();
}

absl::Status Log::Impl::Roll() {
  if (absl::Status status = MendTail(); !status.ok()) return status;
  LogSegment sealing = active;
  sealing.summary.sealed = true;
  absl::Status status =
      WriteIndexFile(filesystem(), home->dir, sealing.summary, sealing.segment->CopyIndex());
  if (!status.ok()) return status;
  // Until this succeeds nothing has changed: the index just written is believed of sealed segments
  // only.
  if (status = Start(sealing.summary.next_offset); !status.ok()) return status;
  sealing.segment->Seal(sealing.summary);
  auto more = std::make_shared<LogSegments>(*sealed);
  more->push_back(sealing);
  sealed = std::move(more);
  sealed_bytes += sealing.summary.bytes;
  unreported_seal = InfoOf(sealing.summary);
  return absl::OkStatus();
}

absl::Status Log::Impl::Write(const Batch& batch) {
  absl::Status status = active_file->Append(batch.bytes());
  if (status.ok()) return status;
  tail_is_dirty = true;
  (void)MendTail();  // when that fails too, the next append tries again
  return status;
}

void Log::Impl::NoteAppended(const Batch& batch) {
  SegmentSummary& summary = active.summary;
  const auto position = static_cast<uint64_t>(summary.bytes);
  const int64_t running_max_before_ms = summary.running_max_after_ms();
  if (position >= next_entry_position) {
    active.segment->AddEntry({batch.base_offset(), running_max_before_ms, position});
    next_entry_position = position + static_cast<uint64_t>(options.index_interval_bytes);
  }
  summary.bytes += static_cast<int64_t>(batch.bytes().size());
  summary.next_offset = batch.next_offset();
  summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, batch.header().max_timestamp_ms);
  if (cache != nullptr) cache->Add(batch, running_max_before_ms);
  Changed();
}

void Log::Impl::RemoveFile(std::string path) {
  const absl::Status status = filesystem().Remove(path);
  if (!status.ok() && !absl::IsNotFound(status)) garbage.push_back(std::move(path));
}

void Log::Impl::RemoveSegmentFiles(Offset base_offset) {
  RemoveFile(SegmentPath(home->dir, base_offset, kLogSuffix));
  RemoveFile(SegmentPath(home->dir, base_offset, kIndexSuffix));
}

void Log::Impl::RetryRemovals() {
  for (std::string& path : std::exchange(garbage, {})) RemoveFile(std::move(path));
}

std::vector<SegmentInfo> Log::Impl::DropSealedBelow(Offset offset) {
  std::vector<SegmentInfo> infos;
  LogSegments gone;
  auto kept = std::make_shared<LogSegments>();
  for (const LogSegment& segment : *sealed) {
    const bool below = segment.summary.next_offset <= offset;
    (below ? gone : *kept).push_back(segment);
  }
  if (gone.empty()) return infos;
  Changed();
  sealed = std::move(kept);
  ++names_version;
  for (const LogSegment& segment : gone) {  // oldest first: a crash must not leave a hole
    infos.push_back(InfoOf(segment.summary));
    sealed_bytes -= segment.summary.bytes;
    const bool has_readers = segment.segment.use_count() > 1;  // views, through lists of their time
    segment.segment->Retire(has_readers);
    RemoveSegmentFiles(segment.summary.base_offset);
  }
  return infos;
}

absl::StatusOr<std::unique_ptr<Log>> Log::Open(FileSystem& filesystem, std::string dir,
                                               const LogOptions& options, RecoveryReport* report) {
  auto impl = std::make_unique<Impl>();
  impl->home = std::make_shared<SegmentHome>(filesystem, std::move(dir),
                                             options.index_interval_bytes, kMaxOpenSealedSegments);
  impl->options = options;
  if (options.tail_cache_bytes > 0 && !filesystem.in_memory()) {
    impl->cache = std::make_shared<TailCache>(options.tail_cache_bytes);
  }
  RecoveryReport ignored;
  absl::Status status = impl->Load(report == nullptr ? ignored : *report);
  if (!status.ok()) return status;
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

absl::StatusOr<LogAppend> Log::Append(Batch batch) {
  const BatchHeader& header = batch.header();
  if (batch.bytes().empty()) return MakeError(Errc::kInvalidBatch, "cannot append no batch");
  if (header.last_offset_delta >= std::numeric_limits<Offset>::max() - next_offset()) {
    return MakeError(Errc::kLimitReached, "the log has no offset left");
  }
  if (absl::Status status = impl_->MendTail(); !status.ok()) return status;
  const SegmentSummary& active = impl_->active.summary;
  if (active.bytes > 0 && active.bytes + header.total_bytes() > impl_->options.segment_bytes) {
    if (absl::Status status = impl_->Roll(); !status.ok()) return status;
  }
  const absl::StatusOr<Batch> placed = Place(batch, next_offset());
  if (!placed.ok()) return placed.status();
  if (absl::Status status = impl_->Write(*placed); !status.ok()) return status;
  impl_->NoteAppended(*placed);
  return LogAppend{.base_offset = placed->base_offset(),
                   .sealed = std::exchange(impl_->unreported_seal, std::nullopt)};
}

absl::StatusOr<std::optional<SegmentInfo>> Log::Roll() {
  if (impl_->active.summary.bytes > 0) {
    if (absl::Status status = impl_->Roll(); !status.ok()) return status;
  }
  return std::exchange(impl_->unreported_seal, std::nullopt);
}

absl::StatusOr<std::vector<SegmentInfo>> Log::TrimTo(Offset offset) {
  if (offset > next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "cannot trim past the end of the log");
  }
  if (offset <= start_offset()) return std::vector<SegmentInfo>();
  impl_->RetryRemovals();
  if (offset == next_offset() && impl_->active.summary.bytes > 0) {
    if (absl::Status status = impl_->Roll(); !status.ok()) return status;
    impl_->unreported_seal.reset();  // reported as removed
  }
  impl_->start_offset = offset;
  impl_->Changed();
  if (impl_->cache != nullptr) impl_->cache->DropBelow(offset);
  return impl_->DropSealedBelow(offset);
}

absl::Status Log::StartAt(Offset offset) {
  if (start_offset() != next_offset()) {
    return MakeError(Errc::kInvalidArgument, "only an empty log can be continued elsewhere");
  }
  if (offset < next_offset()) {
    return MakeError(Errc::kInvalidArgument, "a log cannot be continued below its end");
  }
  if (offset == next_offset()) return absl::OkStatus();
  const std::shared_ptr<Segment> old = impl_->active.segment;
  if (absl::Status status = impl_->Start(offset); !status.ok()) return status;
  impl_->start_offset = offset;
  impl_->tail_is_dirty = false;
  old->Retire(/*readers=*/false);  // it is empty
  impl_->RemoveSegmentFiles(old->base_offset());
  return absl::OkStatus();
}

LogView Log::View() const {
  if (impl_->snapshot == nullptr) {
    auto snapshot = std::make_shared<LogView::Snapshot>();
    snapshot->sealed = impl_->sealed;
    snapshot->active = impl_->active;
    snapshot->cache = impl_->cache;
    snapshot->start_offset = impl_->start_offset;
    snapshot->in_memory = impl_->filesystem().in_memory();
    impl_->snapshot = std::move(snapshot);
  }
  LogView view;
  view.snapshot_ = impl_->snapshot;
  return view;
}

Offset Log::start_offset() const {
  return impl_->start_offset;
}
Offset Log::next_offset() const {
  return impl_->active.summary.next_offset;
}
int64_t Log::bytes() const {
  return impl_->sealed_bytes + impl_->active.summary.bytes;
}
int64_t Log::running_max_timestamp_ms() const {
  return impl_->active.summary.running_max_after_ms();
}

std::vector<SegmentInfo> Log::segments() const {
  std::vector<SegmentInfo> infos;
  for (const LogSegment& segment : *impl_->sealed) infos.push_back(InfoOf(segment.summary));
  infos.push_back(InfoOf(impl_->active.summary));
  return infos;
}

}  // namespace braid::storage
