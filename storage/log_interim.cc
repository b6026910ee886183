#include "storage/log.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/batch_cursor.h"
#include "storage/segment.h"
#include "storage/recovery.h"
#include "storage/segment_files.h"

namespace braid::storage {
// A segment, and how much of it is meant.
struct SegmentPart {
  std::shared_ptr<Segment> segment;
  SegmentSummary summary;
  uint64_t next_index_position = 0;  // active: where the next index entry is due
};

using SegmentParts = std::vector<SegmentPart>;

class NewestBatches {
 public:
  explicit NewestBatches(int64_t budget_bytes) : budget_bytes_(budget_bytes) {}
  void Add(const Batch& batch, int64_t running_max_ms) {
    if (budget_bytes_ <= 0) return;
    absl::MutexLock lock(&mu_);
    entries_.push_back({batch, running_max_ms});
    bytes_ += batch.header().total_bytes();
    while (bytes_ > budget_bytes_) {
      bytes_ -= entries_.front().batch.header().total_bytes();
      entries_.pop_front();
    }
  }
  std::optional<LogRead> Read(Offset from, Offset end, const ReadLimits& limits) const {
    if (budget_bytes_ <= 0) return std::nullopt;
    absl::MutexLock lock(&mu_);
    auto it = std::upper_bound(
        entries_.begin(), entries_.end(), from,
        [](Offset offset, const Entry& entry) { return offset < entry.batch.base_offset(); });
    if (it == entries_.begin()) return std::nullopt;
    --it;
    if (it->batch.next_offset() <= from) return std::nullopt;
    LogRead read;
    read.running_max_timestamp_ms = it->running_max_ms;
    int64_t bytes = 0;
    for (; it != entries_.end() && it->batch.base_offset() < end; ++it) {
      bytes += it->batch.header().total_bytes();
      const bool first = read.batches.empty();
      if (bytes > limits.max_bytes && !(first && limits.at_least_one)) break;
      read.batches.push_back(it->batch);
    }
    return read;
  }

 private:
  struct Entry {
    Batch batch;
    int64_t running_max_ms;
  };
  const int64_t budget_bytes_;
  mutable absl::Mutex mu_;
  std::deque<Entry> entries_;
  int64_t bytes_ = 0;
};

struct LogView::Snapshot {
  Offset start_offset = 0;
  std::shared_ptr<const SegmentParts> sealed;
  SegmentPart active;
  std::shared_ptr<const NewestBatches> cache;
  bool in_memory = false;
  Offset next_offset() const { return active.summary.next_offset; }
  size_t size() const { return sealed->size() + 1; }
  const SegmentPart& part(size_t i) const { return i < sealed->size() ? (*sealed)[i] : active; }
  size_t PartOf(Offset offset) const;
  struct Progress {
    LogRead read;
    int64_t bytes = 0;
    bool full = false;
  };
  absl::Status ReadPart(const SegmentPart& part, Offset from, const ReadLimits& limits,
                        Progress& progress) const;
  static absl::StatusOr<Batch> TakeChecked(BatchCursor& cursor, const BatchHeader& header);
};

constexpr int64_t kMinWindowBytes = 16 << 10;
constexpr int64_t kMaxWindowBytes = 1 << 20;

LogView::LogView() = default;
LogView::~LogView() = default;
LogView::LogView(const LogView&) = default;
LogView::LogView(LogView&&) noexcept = default;
LogView& LogView::operator=(const LogView&) = default;
LogView& LogView::operator=(LogView&&) noexcept = default;

Offset LogView::start_offset() const { return snapshot_ == nullptr ? 0 : snapshot_->start_offset; }

Offset LogView::next_offset() const { return snapshot_ == nullptr ? 0 : snapshot_->next_offset(); }

size_t LogView::Snapshot::PartOf(Offset offset) const {
  if (offset >= active.summary.base_offset) return sealed->size();
  auto it = std::upper_bound(
      sealed->begin(), sealed->end(), offset,
      [](Offset o, const SegmentPart& part) { return o < part.summary.base_offset; });
  return it == sealed->begin() ? 0 : static_cast<size_t>(it - sealed->begin()) - 1;
}

absl::StatusOr<Batch> LogView::Snapshot::TakeChecked(BatchCursor& cursor,
                                                     const BatchHeader& header) {
  const uint64_t position = cursor.position();
  absl::StatusOr<Batch> batch = cursor.Take(header);
  if (!batch.ok()) return batch.status();
  if (absl::Status status = batch->VerifyCrc(); !status.ok()) {
    cursor.Seek(position);
    return MakeError(Errc::kCorrupt, "a stored batch fails its checksum");
  }
  return batch;
}

absl::Status LogView::Snapshot::ReadPart(const SegmentPart& part, Offset from,
                                         const ReadLimits& limits, Progress& progress) const {
  absl::StatusOr<std::shared_ptr<const ReadFile>> file = part.segment->File();
  if (!file.ok()) return file.status();
  absl::StatusOr<IndexEntry> floor = part.segment->FloorOffset(from);
  if (!floor.ok()) return floor.status();
  const auto end = static_cast<uint64_t>(part.summary.bytes);
  BatchCursor::Options options;
  if (!in_memory) {
    options.window_bytes =
        static_cast<size_t>(std::clamp(limits.max_bytes, kMinWindowBytes, kMaxWindowBytes));
  }
  BatchCursor cursor(**file, floor->position, end, options);
  Offset expected = floor->offset;
  int64_t running_max_ms = floor->running_max_before_ms;
  while (!cursor.done()) {
    absl::StatusOr<BatchHeader> header = cursor.PeekHeader(expected);
    if (header.ok() && header->next_offset() <= from) {
      cursor.Skip(*header);
      expected = header->next_offset();
      running_max_ms = std::max(running_max_ms, header->max_timestamp_ms);
      continue;
    }
    absl::Status fault = header.status();
    if (header.ok()) {
      std::vector<Batch>& batches = progress.read.batches;
      progress.bytes += header->total_bytes();
      const bool past_end = limits.end.has_value() && expected >= *limits.end;
      const bool first = batches.empty() && limits.at_least_one;
      if (past_end || (progress.bytes > limits.max_bytes && !first)) {
        progress.full = true;
        return absl::OkStatus();
      }
      absl::StatusOr<Batch> batch = TakeChecked(cursor, *header);
      if (batch.ok()) {
        if (batches.empty()) progress.read.running_max_timestamp_ms = running_max_ms;
        expected = batch->next_offset();
        running_max_ms = std::max(running_max_ms, header->max_timestamp_ms);
        batches.push_back(*std::move(batch));
        continue;
      }
      fault = batch.status();
    }
    if (CodeOf(fault) != Errc::kCorrupt) return fault;
    absl::StatusOr<std::optional<BatchPlace>> next =
        FindNextBatch(**file, cursor.position(), end, expected);
    if (!next.ok()) return next.status();
    if (!next->has_value() || (*next)->base_offset > from) return fault;
    cursor.Seek((*next)->position);
    expected = (*next)->base_offset;
  }
  return absl::OkStatus();
}

absl::StatusOr<LogRead> LogView::Read(Offset from, const ReadLimits& limits) const {
  if (from < start_offset() || from > next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "the log does not have that offset");
  }
  if (from == next_offset()) return LogRead{};
  const Snapshot& snapshot = *snapshot_;
  const Offset end = std::min(limits.end.value_or(next_offset()), next_offset());
  if (std::optional<LogRead> cached = snapshot.cache->Read(from, end, limits)) {
    return *std::move(cached);
  }
  Snapshot::Progress progress;
  for (size_t i = snapshot.PartOf(from); i < snapshot.size() && !progress.full; ++i) {
    const SegmentPart& part = snapshot.part(i);
    const Offset at = std::max(from, part.summary.base_offset);
    absl::Status status = snapshot.ReadPart(part, at, limits, progress);
    if (status.ok()) continue;
    if (progress.read.batches.empty()) return status;
    break;
  }
  return std::move(progress.read);
}

Offset LogView::SeekTimestamp(int64_t timestamp_ms) const {
  if (snapshot_ == nullptr) return 0;
  const Snapshot& snapshot = *snapshot_;
  const SegmentParts& sealed = *snapshot.sealed;
  auto it = std::lower_bound(sealed.begin(), sealed.end(), timestamp_ms,
                             [](const SegmentPart& part, int64_t time) {
                               return part.summary.running_max_after_ms() < time;
                             });
  const SegmentPart& part = it == sealed.end() ? snapshot.active : *it;
  const std::optional<IndexEntry> entry = part.segment->FloorTimestamp(
      timestamp_ms, static_cast<uint64_t>(part.summary.bytes));
  const Offset offset = entry.has_value() ? entry->offset : part.summary.base_offset;
  return std::max(offset, snapshot.start_offset);
}

namespace {

constexpr size_t kMaxOpenSealed = 16;  // segments of one log kept open for reading

SegmentInfo InfoOf(const SegmentSummary& summary) {
  return {.base_offset = summary.base_offset,
          .next_offset = summary.next_offset,
          .bytes = summary.bytes,
          .max_timestamp_ms = summary.max_timestamp_ms,
          .running_max_timestamp_ms = summary.running_max_after_ms()};
}


}  // namespace

// --- LogSync ---

struct LogSync::Files {
  FileSystem* filesystem;
  std::vector<std::shared_ptr<AppendFile>> files;
  std::vector<std::string> dirs;  // with entries that may not be durable yet
};

LogSync::LogSync() = default;
LogSync::~LogSync() = default;
LogSync::LogSync(LogSync&&) noexcept = default;
LogSync& LogSync::operator=(LogSync&&) noexcept = default;

absl::Status LogSync::Run() {
  if (files_ == nullptr) return absl::OkStatus();
  for (const auto& file : files_->files) {
    if (absl::Status status = file->Sync(); !status.ok()) return status;
  }
  for (const std::string& dir : files_->dirs) {
    if (absl::Status status = files_->filesystem->SyncDir(dir); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// --- Log ---

struct Log::Impl {
  std::shared_ptr<SegmentHome> home;
  LogOptions options;
  std::shared_ptr<NewestBatches> cache;

  Offset start = 0;
  std::shared_ptr<const SegmentParts> sealed = std::make_shared<SegmentParts>();
  int64_t sealed_bytes = 0;
  SegmentPart active;
  std::shared_ptr<AppendFile> active_file;
  std::vector<std::shared_ptr<AppendFile>> rolled_files;  // sealed since the last PrepareSync
  bool dirs_dirty = true;
  absl::Status broken;  // why nothing can be appended any more

  FileSystem& filesystem() const { return *home->filesystem; }
  std::string PathOf(Offset base, std::string_view suffix) const {
    return SegmentPath(home->dir, base, suffix);
  }

  absl::Status Load(RecoveryReport* report);
  absl::StatusOr<std::vector<Offset>> FindSegments();
  absl::Status LoadSealed(Offset base, RecoveryReport* report);
  absl::Status LoadActive(Offset base, RecoveryReport* report);
  absl::StatusOr<SegmentScan> Scan(Offset base, int64_t running_max_ms, RecoveryReport* report);
  int64_t RunningMaxBefore(Offset base);
  absl::Status Activate(Offset base, int64_t running_max_ms);
  absl::StatusOr<std::optional<SegmentInfo>> Roll();
  absl::Status RemoveFiles(const SegmentPart& part);
};

// The sealed segments' end, or what the sidecar of a first segment remembers.
int64_t Log::Impl::RunningMaxBefore(Offset base) {
  if (!sealed->empty()) return sealed->back().summary.running_max_after_ms();
  absl::StatusOr<SegmentSummary> known = ReadIndexSummary(filesystem(), home->dir, base);
  return known.ok() ? known->running_max_before_ms : -1;
}

absl::StatusOr<std::vector<Offset>> Log::Impl::FindSegments() {
  absl::StatusOr<std::vector<std::string>> names = filesystem().List(home->dir);
  if (!names.ok()) return names.status();
  std::vector<Offset> bases;
  for (const std::string& name : *names) {
    if (std::optional<Offset> base = ParseSegmentName(name, kLogSuffix)) bases.push_back(*base);
    if (!name.ends_with(kTemporarySuffix)) continue;
    // Half of a write that never finished.
    if (absl::Status s = filesystem().Remove(home->dir + "/" + name); !s.ok()) return s;
  }
  std::sort(bases.begin(), bases.end());
  for (const std::string& name : *names) {
    const std::optional<Offset> base = ParseSegmentName(name, kIndexSuffix);
    if (!base.has_value() || std::binary_search(bases.begin(), bases.end(), *base)) continue;
    // The segment was removed, and then the machine stopped.
    if (absl::Status s = filesystem().Remove(home->dir + "/" + name); !s.ok()) return s;
  }
  return bases;
}

absl::StatusOr<SegmentScan> Log::Impl::Scan(Offset base, int64_t running_max_ms,
                                            RecoveryReport* report) {
  const std::string path = PathOf(base, kLogSuffix);
  absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem().OpenRead(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  absl::StatusOr<SegmentScan> scan =
      ScanSegment(**file, *size,
                  {.base_offset = base,
                   .running_max_before_ms = running_max_ms,
                   .index_interval_bytes = options.index_interval_bytes});
  if (scan.ok() && report != nullptr) {
    for (const Damage& damage : scan->damage) report->damage.push_back(Describe(damage, path));
  }
  return scan;
}

absl::Status Log::Impl::LoadSealed(Offset base, RecoveryReport* report) {
  const int64_t running_max_ms = RunningMaxBefore(base);
  absl::StatusOr<SegmentSummary> summary = ReadIndexSummary(filesystem(), home->dir, base);
  absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem().OpenRead(PathOf(base, kLogSuffix));
  if (!file.ok()) return file.status();
  absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  const bool known =
      summary.ok() && summary->sealed && static_cast<uint64_t>(summary->bytes) == *size;
  if (!known) {
    absl::StatusOr<SegmentScan> scan = Scan(base, running_max_ms, report);
    if (!scan.ok()) return scan.status();
    scan->summary.sealed = true;
    scan->summary.bytes = static_cast<int64_t>(*size);
    summary = scan->summary;
    if (absl::Status s = WriteIndexFile(filesystem(), home->dir, *summary, scan->index); !s.ok()) {
      return s;
    }
  }
  auto larger = std::make_shared<SegmentParts>(*sealed);
  larger->push_back({Segment::Sealed(home, *summary), *summary, 0});
  sealed_bytes += summary->bytes;
  sealed = std::move(larger);
  return absl::OkStatus();
}

absl::Status Log::Impl::LoadActive(Offset base, RecoveryReport* report) {
  absl::StatusOr<SegmentScan> scan = Scan(base, RunningMaxBefore(base), report);
  if (!scan.ok()) return scan.status();
  absl::StatusOr<std::unique_ptr<AppendFile>> file =
      filesystem().OpenAppend(PathOf(base, kLogSuffix));
  if (!file.ok()) return file.status();
  const auto valid = static_cast<uint64_t>(scan->summary.bytes);
  if ((*file)->size() > valid) {
    if (report != nullptr) report->torn_bytes += static_cast<int64_t>((*file)->size() - valid);
    if (absl::Status s = (*file)->Truncate(valid); !s.ok()) return s;
  }
  active_file = *std::move(file);
  uint64_t next_entry = 0;
  if (!scan->index.entries().empty()) {
    next_entry =
        scan->index.entries().back().position + static_cast<uint64_t>(options.index_interval_bytes);
  }
  active = {Segment::Active(home, base, std::move(scan->index)), scan->summary, next_entry};
  return absl::OkStatus();
}

absl::Status Log::Impl::Load(RecoveryReport* report) {
  if (absl::Status s = filesystem().CreateDirs(home->dir); !s.ok()) return s;
  absl::StatusOr<std::vector<Offset>> bases = FindSegments();
  if (!bases.ok()) return bases.status();
  if (bases->empty()) return Activate(0, -1);
  for (size_t i = 0; i + 1 < bases->size(); ++i) {
    if (absl::Status s = LoadSealed((*bases)[i], report); !s.ok()) return s;
  }
  start = bases->front();
  return LoadActive(bases->back(), report);
}

// Starts a new active segment. On an error the old one is still active.
absl::Status Log::Impl::Activate(Offset base, int64_t running_max_ms) {
  SegmentSummary summary;
  summary.base_offset = summary.next_offset = base;
  summary.running_max_before_ms = running_max_ms;
  absl::StatusOr<std::unique_ptr<AppendFile>> file =
      filesystem().OpenAppend(PathOf(base, kLogSuffix));
  if (!file.ok()) return file.status();
  if ((*file)->size() > 0) {
    // Left behind by a roll that failed half-way; nothing in it was ever acknowledged.
    if (absl::Status s = (*file)->Truncate(0); !s.ok()) return s;
  }
  if (running_max_ms >= 0) {
    // Once the segments before it are trimmed, nothing else remembers the running maximum.
    if (absl::Status s = WriteIndexFile(filesystem(), home->dir, summary, {}); !s.ok()) return s;
  }
  active_file = *std::move(file);
  active = {Segment::Active(home, base, {}), summary, 0};
  dirs_dirty = true;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SegmentInfo>> Log::Impl::Roll() {
  if (active.summary.bytes == 0) return std::nullopt;
  SegmentPart closing = active;
  closing.summary.sealed = true;
  absl::Status written =
      WriteIndexFile(filesystem(), home->dir, closing.summary, closing.segment->CopyIndex());
  if (!written.ok()) return written;
  std::shared_ptr<AppendFile> closing_file = active_file;
  absl::Status activated =
      Activate(closing.summary.next_offset, closing.summary.running_max_after_ms());
  if (!activated.ok()) return activated;
  rolled_files.push_back(std::move(closing_file));
  closing.segment->Seal(closing.summary);
  auto larger = std::make_shared<SegmentParts>(*sealed);
  larger->push_back(closing);
  sealed = std::move(larger);
  sealed_bytes += closing.summary.bytes;
  return InfoOf(closing.summary);
}

absl::Status Log::Impl::RemoveFiles(const SegmentPart& part) {
  part.segment->Retire(true);
  absl::Status status = filesystem().Remove(part.segment->path(kLogSuffix));
  if (!status.ok()) return status;
  // A sidecar left behind is removed when the log is opened.
  filesystem().Remove(part.segment->path(kIndexSuffix)).IgnoreError();
  return absl::OkStatus();
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Log::~Log() = default;

absl::StatusOr<std::unique_ptr<Log>> Log::Open(FileSystem& filesystem, std::string dir,
                                               const LogOptions& options, RecoveryReport* report) {
  auto impl = std::make_unique<Impl>();
  impl->home = std::shared_ptr<SegmentHome>(new SegmentHome{
      &filesystem, std::move(dir), options.index_interval_bytes, SegmentPool(kMaxOpenSealed)});
  impl->options = options;
  impl->cache = std::make_shared<NewestBatches>(filesystem.in_memory() ? 0 : options.tail_cache_bytes);
  if (absl::Status s = impl->Load(report); !s.ok()) return s;
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

absl::StatusOr<LogAppend> Log::Append(Batch batch) {
  Impl& log = *impl_;
  if (!log.broken.ok()) return log.broken;
  LogAppend result;
  const int64_t size = batch.header().total_bytes();
  if (log.active.summary.bytes + size > log.options.segment_bytes) {
    auto rolled = log.Roll();
    if (!rolled.ok()) return rolled.status();
    result.sealed = *rolled;
  }
  SegmentSummary& summary = log.active.summary;
  result.base_offset = summary.next_offset;
  char* header = const_cast<char*>(batch.bytes().data());
  StoreBigEndian<int64_t>(header + kBaseOffsetAt, result.base_offset);
  StoreBigEndian<int32_t>(header + kLeaderEpochAt, 0);
  absl::StatusOr<Batch> stored = Batch::Parse(batch.bytes());
  if (!stored.ok()) return stored.status();
  if (absl::Status written = log.active_file->Append(stored->bytes()); !written.ok()) {
    absl::Status cut = log.active_file->Truncate(static_cast<uint64_t>(summary.bytes));
    if (!cut.ok()) log.broken = cut;
    return written;
  }
  const int64_t running_max_ms = summary.running_max_after_ms();
  const auto position = static_cast<uint64_t>(summary.bytes);
  // Only this thread adds entries, so what is due is known without the segment's lock.
  if (log.active.next_index_position <= position) {
    log.active.segment->AddEntry({result.base_offset, running_max_ms, position});
    log.active.next_index_position =
        position + static_cast<uint64_t>(log.options.index_interval_bytes);
  }
  summary.bytes += size;
  summary.next_offset = stored->next_offset();
  summary.max_timestamp_ms = std::max(summary.max_timestamp_ms, stored->header().max_timestamp_ms);
  log.cache->Add(*stored, running_max_ms);
  return result;
}

absl::StatusOr<std::optional<SegmentInfo>> Log::Roll() {
  if (!impl_->broken.ok()) return impl_->broken;
  return impl_->Roll();
}

absl::StatusOr<std::vector<SegmentInfo>> Log::TrimTo(Offset offset) {
  Impl& log = *impl_;
  if (offset > next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, "cannot trim past the end of the log");
  }
  std::vector<SegmentInfo> removed;
  if (offset <= log.start) return removed;
  if (offset == next_offset()) {
    auto rolled = Roll();
    if (!rolled.ok()) return rolled.status();
  }
  log.start = offset;
  auto kept = std::make_shared<SegmentParts>();
  absl::Status status;
  for (const SegmentPart& part : *log.sealed) {
    if (part.summary.next_offset > offset || !status.ok()) {
      kept->push_back(part);
      continue;
    }
    status = log.RemoveFiles(part);
    if (!status.ok()) {
      kept->push_back(part);
      continue;
    }
    log.sealed_bytes -= part.summary.bytes;
    log.dirs_dirty = true;
    removed.push_back(InfoOf(part.summary));
  }
  log.sealed = std::move(kept);
  if (!status.ok()) return status;
  return removed;
}

absl::Status Log::StartAt(Offset offset) {
  Impl& log = *impl_;
  if (offset < next_offset() || !log.sealed->empty() || log.active.summary.bytes > 0) {
    return MakeError(Errc::kInvalidArgument, "only an empty log can begin elsewhere");
  }
  if (offset > log.active.summary.base_offset) {
    const SegmentPart old = log.active;
    absl::Status s = log.Activate(offset, old.summary.running_max_before_ms);
    if (!s.ok()) return s;
    if (s = log.RemoveFiles(old); !s.ok()) return s;
  }
  log.start = offset;
  return absl::OkStatus();
}

LogView Log::View() const {
  auto snapshot = std::make_shared<LogView::Snapshot>();
  snapshot->start_offset = impl_->start;
  snapshot->sealed = impl_->sealed;
  snapshot->active = impl_->active;
  snapshot->cache = impl_->cache;
  snapshot->in_memory = impl_->filesystem().in_memory();
  LogView view;
  view.snapshot_ = std::move(snapshot);
  return view;
}

LogSync Log::PrepareSync() {
  LogSync sync;
  sync.end_offset_ = next_offset();
  sync.files_ = std::make_unique<LogSync::Files>();
  sync.files_->filesystem = &impl_->filesystem();
  sync.files_->files = std::exchange(impl_->rolled_files, {});
  sync.files_->files.push_back(impl_->active_file);
  if (std::exchange(impl_->dirs_dirty, false)) {
    sync.files_->dirs.push_back(impl_->home->dir);
    sync.files_->dirs.push_back(impl_->home->dir.substr(0, impl_->home->dir.rfind('/')));
  }
  return sync;
}

Offset Log::start_offset() const {
  return impl_->start;
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
  std::vector<SegmentInfo> out;
  for (const SegmentPart& part : *impl_->sealed) out.push_back(InfoOf(part.summary));
  out.push_back(InfoOf(impl_->active.summary));
  return out;
}

}  // namespace braid::storage
