#include "storage/log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "braid/error.h"
#include "storage/batch_cursor.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/log_impl.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kMaxOpenSegments = 64;  // of a log with a pool of its own
// So many segments to seal or remove, and nobody seems to do it.
constexpr size_t kMaxLeftUndone = 8;

// Whether there is a good batch where a reader found damage: then the disk misread, and no harm is
// done.
bool IsWhole(const LogSegment& segment, const Damage& damage) {
  const absl::StatusOr<std::shared_ptr<const ReadFile>> file = segment.segment->File();
  if (!file.ok()) return false;
  BatchCursor cursor(**file, damage.position, static_cast<uint64_t>(segment.summary.bytes), {});
  if (cursor.done()) return false;
  const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(damage.offset);
  if (!header.ok()) return false;
  const absl::StatusOr<Batch> batch = cursor.Take(*header);
  return batch.ok() && batch->VerifyCrc().ok();
}

// Base offset and leader epoch lie outside the CRC, for brokers to write. Nobody else has the bytes
// yet.
absl::StatusOr<Batch> Place(const Batch& batch, Offset base_offset) {
  char* data = const_cast<char*>(batch.bytes().data());
  StoreBigEndian<int64_t>(data + kBaseOffsetAt, base_offset);
  StoreBigEndian<int32_t>(data + kLeaderEpochAt, 0);
  return Batch::Parse(batch.bytes());
}

}  // namespace

SegmentInfo InfoOf(const LogSegment& segment) {
  const SegmentSummary& summary = segment.summary;
  return SegmentInfo{.base_offset = summary.base_offset,
                     .next_offset = summary.next_offset,
                     .bytes = summary.bytes,
                     .max_timestamp_ms = summary.max_timestamp_ms,
                     .running_max_timestamp_ms = summary.running_max_after_ms(),
                     .sealed = segment.unsealed_file == nullptr,
                     .repacked = summary.repacked};
}

absl::Status Log::Impl::MendTail() {
  if (!tail_is_dirty) return absl::OkStatus();
  absl::Status status = active_file->Truncate(static_cast<uint64_t>(active.summary.bytes));
  if (!status.ok()) return status;
  tail_is_dirty = false;
  cut_is_volatile = true;
  return absl::OkStatus();
}

// What was cut off must not come back with a power cut: in a closed segment it would be a tear with
// the rest of the log behind it.
absl::Status Log::Impl::SyncCut() {
  if (!cut_is_volatile) return absl::OkStatus();
  absl::Status status = active_file->Sync();
  if (!status.ok()) progress->Fail(status);
  cut_is_volatile = !status.ok();
  return status;
}

absl::Status Log::Impl::Start(Offset base_offset) {
  const std::string path = SegmentPath(home->dir, base_offset, kLogSuffix);
  absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem().OpenAppend(path);
  if (!file.ok()) return file.status();
  if ((*file)->size() > 0) {  // left by an attempt that failed
    if (absl::Status status = (*file)->Truncate(0); !status.ok()) return status;
  }
  const SegmentSummary summary{.base_offset = base_offset,
                               .next_offset = base_offset,
                               .running_max_before_ms = active.summary.running_max_after_ms()};
  active = {summary, Segment::Growing(home, base_offset, SegmentIndex()), nullptr};
  active_file = *std::move(file);
  next_entry_position = 0;
  ++names_version;
  Changed();
  return absl::OkStatus();
}

absl::Status Log::Impl::Roll() {
  if (absl::Status status = MendTail(); !status.ok()) return status;
  if (absl::Status status = SyncCut(); !status.ok()) return status;
  LogSegment closing = active;
  closing.unsealed_file = active_file;
  // Until this succeeds nothing has changed.
  if (absl::Status status = Start(closing.summary.next_offset); !status.ok()) return status;
  auto more = std::make_shared<LogSegments>(*closed);
  more->push_back(closing);
  closed = std::move(more);
  closed_bytes += closing.summary.bytes;
  manifest_is_stale = true;
  unreported_seal = InfoOf(closing);
  UpkeepInMemory();
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

void Log::Impl::Discard(const LogSegment& segment, bool repacked) {
  const bool has_readers = segment.segment.use_count() > 1;  // views, through lists of their time
  segment.segment->Retire(has_readers);
  if (segment.unsealed_file != nullptr) dropped_files.push_back(segment.unsealed_file);
  const bool early = segment.unsealed_file == nullptr && !repacked;
  garbage.push_back({segment.segment->path(kLogSuffix), early});
  garbage.push_back({segment.segment->path(kIndexSuffix), early});
  manifest_is_stale = true;
}

void Log::Impl::ReplaceClosed(LogSegments segments) {
  closed_bytes = 0;
  for (const LogSegment& segment : segments) closed_bytes += segment.summary.bytes;
  closed = std::make_shared<const LogSegments>(std::move(segments));
  Changed();
}

std::vector<SegmentInfo> Log::Impl::DropClosedBelow(Offset offset) {
  std::vector<SegmentInfo> infos;
  LogSegments gone;
  LogSegments kept;
  for (const LogSegment& segment : *closed) {
    const bool below = segment.summary.next_offset <= offset;
    (below ? gone : kept).push_back(segment);
  }
  if (gone.empty()) return infos;
  ReplaceClosed(std::move(kept));
  for (const LogSegment& segment : gone) {
    infos.push_back(InfoOf(segment));
    Discard(segment);
  }
  UpkeepInMemory();
  return infos;
}

void Log::Impl::UpkeepInMemory() {
  if (work_is_out || !filesystem().in_memory()) return;
  std::unique_ptr<LogWork::Task> seal = PrepareSeal();
  if (seal != nullptr) seal->Finish(*this, seal->Run(nullptr));
}

absl::StatusOr<std::unique_ptr<Log>> Log::Open(FileSystem& filesystem, std::string dir,
                                               const LogOptions& options, RecoveryReport* report) {
  auto impl = std::make_unique<Impl>();
  std::shared_ptr<SegmentPool> pool = options.segment_pool;
  if (pool == nullptr) pool = std::make_shared<SegmentPool>(kMaxOpenSegments);
  impl->home = std::make_shared<SegmentHome>(filesystem, std::move(dir),
                                             options.index_interval_bytes, std::move(pool));
  impl->options = options;
  if (options.tail_cache_bytes > 0 && !filesystem.in_memory()) {
    impl->cache = std::make_shared<TailCache>(options.tail_cache_bytes, options.tail_budget);
    impl->memo = std::make_shared<ReadMemo>();
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
  if (absl::Status status = impl_->progress->failure(); !status.ok()) return status;
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

void Log::SetSegmentBytes(int64_t bytes) {
  impl_->options.segment_bytes = bytes;
}

absl::StatusOr<std::vector<SegmentInfo>> Log::TrimTo(Offset offset) {
  if (offset > next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "cannot trim past the end of the log");
  }
  if (offset <= start_offset()) return std::vector<SegmentInfo>();
  if (offset == next_offset() && impl_->active.summary.bytes > 0) {
    if (absl::Status status = impl_->Roll(); !status.ok()) return status;
    impl_->unreported_seal.reset();  // reported as removed
  }
  impl_->start_offset = offset;
  impl_->Changed();
  if (impl_->cache != nullptr) impl_->cache->DropBelow(offset);
  return impl_->DropClosedBelow(offset);
}

absl::Status Log::StartAt(Offset offset) {
  if (start_offset() != next_offset()) {
    return MakeError(Errc::kInvalidArgument, "only an empty log can be continued elsewhere");
  }
  if (offset < next_offset()) {
    return MakeError(Errc::kInvalidArgument, "a log cannot be continued below its end");
  }
  if (offset == next_offset()) return absl::OkStatus();
  if (impl_->work_is_out) return MakeError(Errc::kInvalidArgument, "upkeep is under way");
  // The manifest says where the log goes on before there is anything to go on with.
  absl::Status status =
      WriteManifest(impl_->filesystem(), impl_->home->dir,
                    {.tail_base = offset,
                     .tail_running_max_ms = impl_->active.summary.running_max_after_ms(),
                     .sealed = {}});
  if (!status.ok()) return status;
  const LogSegment old = impl_->active;
  if (status = impl_->Start(offset); !status.ok()) return status;
  impl_->start_offset = offset;
  impl_->tail_is_dirty = false;
  for (const LogSegment& segment : *impl_->closed) impl_->Discard(segment);
  impl_->ReplaceClosed({});
  impl_->Discard(old);
  impl_->UpkeepInMemory();
  return absl::OkStatus();
}

bool Log::upkeep_is_overdue() const {
  if (impl_->work_is_out) return false;
  const auto unsealed = static_cast<size_t>(
      std::count_if(impl_->closed->begin(), impl_->closed->end(),
                    [](const LogSegment& segment) { return segment.unsealed_file != nullptr; }));
  return unsealed + impl_->garbage.size() / 2 > kMaxLeftUndone;
}

LogView Log::View() const {
  if (impl_->snapshot == nullptr) {
    auto snapshot = std::make_shared<LogView::Snapshot>();
    snapshot->closed = impl_->closed;
    snapshot->active = impl_->active;
    snapshot->cache = impl_->cache;
    snapshot->memo = impl_->memo;
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
absl::Status Log::failure() const {
  return impl_->progress->failure();
}
Offset Log::durable_offset() const {
  return impl_->progress->offset.load();
}
int64_t Log::bytes() const {
  return impl_->closed_bytes + impl_->active.summary.bytes;
}
int64_t Log::running_max_timestamp_ms() const {
  return impl_->active.summary.running_max_after_ms();
}

std::vector<SegmentInfo> Log::segments() const {
  std::vector<SegmentInfo> infos;
  for (const LogSegment& segment : *impl_->closed) infos.push_back(InfoOf(segment));
  infos.push_back(InfoOf(impl_->active));
  infos.back().sealed = false;
  return infos;
}

// --- Upkeep ---

LogWork::LogWork(std::unique_ptr<Task> task) : task_(std::move(task)) {}
LogWork::~LogWork() = default;
LogWork::LogWork(LogWork&&) noexcept = default;
LogWork& LogWork::operator=(LogWork&&) noexcept = default;

absl::Status LogWork::Run(const std::atomic<bool>* cancel) {
  return task_->Run(cancel);
}

int64_t LogWork::bytes_written() const {
  return task_->bytes_written;
}

std::optional<LogWork> Log::PrepareWork(const WorkOptions& options) {
  if (impl_->work_is_out || !impl_->progress->failure().ok()) return std::nullopt;
  std::unique_ptr<LogWork::Task> task = impl_->PrepareSeal();
  if (task == nullptr && options.repack) task = impl_->PrepareRepack(*options.repack);
  if (task == nullptr) return std::nullopt;
  impl_->work_is_out = true;
  return LogWork(std::move(task));
}

absl::Status Log::FinishWork(LogWork work, const absl::Status& outcome) {
  impl_->work_is_out = false;
  work.task_->Finish(*impl_, outcome);
  return outcome;
}

std::vector<DamageReport> Log::TakeDamage() {
  std::vector<DamageReport> reports;
  const std::vector<SegmentHome::Finding> findings = impl_->home->TakeFindings();
  if (findings.empty()) return reports;
  LogSegments segments = *impl_->closed;
  const auto quarantine = [&](LogSegment& segment, const SegmentHome::Finding& finding) {
    std::vector<Damage>& known = segment.summary.damage;
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const Damage& damage) {
      return damage.position == finding.damage.position;
    });
    if (is_known || IsWhole(segment, finding.damage)) return;
    known.push_back(finding.damage);
    std::sort(known.begin(), known.end(),
              [](const Damage& a, const Damage& b) { return a.position < b.position; });
    reports.push_back({Describe(finding.damage, segment.segment->path(kLogSuffix)),
                       {finding.damage.offset, finding.damage.next_offset}});
  };
  for (const SegmentHome::Finding& finding : findings) {
    for (LogSegment& segment : segments) {
      if (segment.segment->name() == finding.segment) quarantine(segment, finding);
    }
    if (impl_->active.segment->name() == finding.segment) quarantine(impl_->active, finding);
  }
  if (reports.empty()) return reports;
  impl_->ReplaceClosed(std::move(segments));
  impl_->manifest_is_stale = true;
  return reports;
}

}  // namespace braid::storage
