// Opening a log: which files are there, what they hold, and what a crash left half done.
//
// Segments are taken up oldest first. Two kinds of bad bytes are told apart. What was never synced
// may be torn by a power cut: there the log ends, and what came after it goes. What was synced, or
// has valid batches behind it in its segment, is damage: it stays, is reported, and is refused on
// read.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/batch_cursor.h"
#include "storage/log_impl.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kScanWindowBytes = size_t{1} << 20;

bool EndsWith(std::string_view name, std::string_view suffix) {
  return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

absl::StatusOr<uint64_t> FileSize(FileSystem& filesystem, const std::string& path) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem.OpenRead(path);
  if (!file.ok()) return file.status();
  return (*file)->Size();
}

// Whether the sidecar speaks of this segment as its file is now.
bool Fits(const absl::StatusOr<SegmentSummary>& sidecar, Offset base_offset, uint64_t size) {
  return sidecar.ok() && sidecar->sealed && sidecar->base_offset == base_offset &&
         static_cast<uint64_t>(sidecar->bytes) == size;
}

}  // namespace

// The segments in the directory, by offset. Removes what a crash left: files being written, and
// indexes of segments that are gone.
absl::StatusOr<std::vector<Log::Impl::Found>> Log::Impl::FindSegments() {
  const absl::StatusOr<std::vector<std::string>> names = filesystem().List(home->dir);
  if (!names.ok()) return names.status();
  std::vector<Found> found;
  for (const std::string& name : *names) {
    const std::optional<Offset> base = ParseSegmentName(name, kLogSuffix);
    if (!base) continue;
    const absl::StatusOr<uint64_t> size = FileSize(filesystem(), home->dir + "/" + name);
    if (!size.ok()) return size.status();
    found.push_back({*base, *size});
  }
  for (const std::string& name : *names) {
    const std::optional<Offset> base = ParseSegmentName(name, kIndexSuffix);
    const bool orphan = base && std::none_of(found.begin(), found.end(), [&](const Found& segment) {
                          return segment.base_offset == *base;
                        });
    if (orphan || EndsWith(name, kTemporarySuffix)) RemoveFile(home->dir + "/" + name);
  }
  return found;
}

absl::StatusOr<SegmentScan> Log::Impl::Scan(const Found& found, int64_t running_max_before_ms) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem().OpenRead(SegmentPath(home->dir, found.base_offset, kLogSuffix));
  if (!file.ok()) return file.status();
  return ScanSegment(**file, found.size,
                     {.base_offset = found.base_offset,
                      .running_max_before_ms = running_max_before_ms,
                      .index_interval_bytes = options.index_interval_bytes,
                      .window_bytes = filesystem().in_memory() ? 0 : kScanWindowBytes});
}

// Of everything before the next segment to take up: what the segments say, or its own sidecar once
// they are trimmed.
int64_t Log::Impl::RunningMaxBefore(const absl::StatusOr<SegmentSummary>& sidecar) const {
  const int64_t known = sealed->empty() ? -1 : sealed->back().summary.running_max_after_ms();
  return sidecar.ok() ? std::max(known, sidecar->running_max_before_ms) : known;
}

// Whether the last index step of a sealed segment is there to the last batch. File systems write a
// file's data back in order, so that a power cut which tore it took the end.
absl::StatusOr<bool> Log::Impl::TailIsWhole(const Found& found) {
  const absl::StatusOr<IndexFile> sidecar =
      ReadIndexFile(filesystem(), home->dir, found.base_offset);
  if (!sidecar.ok()) return false;
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem().OpenRead(SegmentPath(home->dir, found.base_offset, kLogSuffix));
  if (!file.ok()) return file.status();
  const IndexEntry* entry = sidecar->index.FloorOffset(sidecar->summary.next_offset);
  if (entry == nullptr || entry->position > found.size) return false;
  BatchCursor cursor(**file, entry->position, found.size, {.window_bytes = kScanWindowBytes});
  Offset offset = entry->offset;
  while (!cursor.done()) {
    const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(offset);
    if (!header.ok()) return false;
    const absl::StatusOr<Batch> batch = cursor.Take(*header);
    if (!batch.ok() || !batch->VerifyCrc().ok()) return false;
    offset = batch->next_offset();
  }
  return offset == sidecar->summary.next_offset;
}

// A segment that is not the newest: believed by its index, or scanned when that is missing or does
// not fit. False when it is the torn end of the log.
absl::StatusOr<bool> Log::Impl::LoadSealed(const Found& found, Offset next_base,
                                           RecoveryReport& report) {
  const absl::StatusOr<SegmentSummary> sidecar =
      ReadIndexSummary(filesystem(), home->dir, found.base_offset);
  const int64_t running_max_before_ms = RunningMaxBefore(sidecar);
  const bool durable = sidecar.ok() && sidecar->durable;
  bool believed = Fits(sidecar, found.base_offset, found.size) &&
                  sidecar->running_max_before_ms == running_max_before_ms;
  if (believed && !durable && !filesystem().in_memory()) {
    const absl::StatusOr<bool> whole = TailIsWhole(found);
    if (!whole.ok()) return whole.status();
    believed = *whole;
  }
  SegmentSummary summary;
  if (believed) {
    summary = *sidecar;
  } else {
    absl::StatusOr<SegmentScan> scan = Scan(found, running_max_before_ms);
    if (!scan.ok()) return scan.status();
    const uint64_t torn = found.size - static_cast<uint64_t>(scan->summary.bytes);
    const bool ends_early = torn > 0 || scan->summary.next_offset < next_base;
    if (ends_early && !durable) return false;
    const std::string path = SegmentPath(home->dir, found.base_offset, kLogSuffix);
    for (const Damage& damage : scan->damage) report.damage.push_back(Describe(damage, path));
    if (torn > 0) {
      report.damage.push_back(fmt::format("{}: {} damaged bytes at {}, after offset {}", path, torn,
                                          scan->summary.bytes, scan->summary.next_offset));
    }
    scan->summary.bytes = static_cast<int64_t>(found.size);
    scan->summary.sealed = true;
    scan->summary.durable = durable;
    scan->summary.first = sidecar.ok() && sidecar->first;
    // Only saves the next scan: a log on a full disk must still open.
    (void)WriteIndexFile(filesystem(), home->dir, scan->summary, scan->index);
    summary = scan->summary;
  }
  auto more = std::make_shared<LogSegments>(*sealed);
  more->push_back({summary, Segment::Sealed(home, summary)});
  sealed = std::move(more);
  sealed_bytes += summary.bytes;
  return true;
}

// The newest segment: scanned, its torn tail cut, and opened for appending.
absl::Status Log::Impl::LoadActive(const Found& found, RecoveryReport& report) {
  const absl::StatusOr<SegmentSummary> sidecar =
      ReadIndexSummary(filesystem(), home->dir, found.base_offset);
  absl::StatusOr<SegmentScan> scan = Scan(found, RunningMaxBefore(sidecar));
  if (!scan.ok()) return scan.status();
  scan->summary.first = sidecar.ok() && sidecar->first;
  const std::string path = SegmentPath(home->dir, found.base_offset, kLogSuffix);
  for (const Damage& damage : scan->damage) report.damage.push_back(Describe(damage, path));
  absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem().OpenAppend(path);
  if (!file.ok()) return file.status();
  const auto whole = static_cast<uint64_t>(scan->summary.bytes);
  if (whole < found.size) {
    if (absl::Status status = (*file)->Truncate(whole); !status.ok()) return status;
    report.torn_bytes += static_cast<int64_t>(found.size - whole);
  }
  active_file = *std::move(file);
  const std::vector<IndexEntry>& entries = scan->index.entries();
  next_entry_position = entries.empty() ? 0
                                        : entries.back().position +
                                              static_cast<uint64_t>(options.index_interval_bytes);
  active = {scan->summary, Segment::Active(home, found.base_offset, std::move(scan->index))};
  return absl::OkStatus();
}

// Segments must follow each other; a hole is damage, an overlap cannot be served at all.
absl::Status Log::Impl::CheckOrder(const Found& found, RecoveryReport& report) const {
  if (sealed->empty()) return absl::OkStatus();
  const Offset next = sealed->back().summary.next_offset;
  if (found.base_offset < next) {
    return MakeError(Errc::kCorrupt,
                     fmt::format("{}: the segments before it go on to offset {}",
                                 SegmentPath(home->dir, found.base_offset, kLogSuffix), next));
  }
  if (found.base_offset > next) {
    report.damage.push_back(
        fmt::format("{}: offsets [{}, {}) are in no segment", home->dir, next, found.base_offset));
  }
  return absl::OkStatus();
}

// A segment behind the torn end of the log: out of the way, but not destroyed.
absl::Status Log::Impl::SetAside(const Found& found, RecoveryReport& report) {
  const std::string path = SegmentPath(home->dir, found.base_offset, kLogSuffix);
  if (found.size == 0) {
    RemoveSegmentFiles(found.base_offset);
    return absl::OkStatus();
  }
  report.torn_bytes += static_cast<int64_t>(found.size);
  return filesystem().Rename(path, path + std::string(kLostSuffix));
}

// Whether an empty segment before `next` is what a crash left of a roll that failed, or of an empty
// log that was continued elsewhere. If neither, its bytes are lost, and the log ends there.
bool Log::Impl::IsLeftover(const Found& found, const Found* next) const {
  if (found.size > 0) return false;
  if (!sealed->empty() && found.base_offset < sealed->back().summary.next_offset) return true;
  if (next == nullptr) return false;
  const absl::StatusOr<SegmentSummary> sidecar =
      ReadIndexSummary(filesystem(), home->dir, next->base_offset);
  return sidecar.ok() && sidecar->first;
}

absl::Status Log::Impl::LoadAll(const std::vector<Found>& found, RecoveryReport& report) {
  const Found* last_sealed = nullptr;
  for (size_t i = 0; i < found.size(); ++i) {
    const Found* next = i + 1 < found.size() ? &found[i + 1] : nullptr;
    const Found* newest = &found[i];
    if (IsLeftover(found[i], next)) {
      RemoveSegmentFiles(found[i].base_offset);
      if (next != nullptr) continue;
      // The roll failed, and appending went on in the segment before it.
      auto fewer = std::make_shared<LogSegments>(*sealed);
      sealed_bytes -= fewer->back().summary.bytes;
      fewer->pop_back();
      sealed = std::move(fewer);
      newest = last_sealed;
    } else {
      absl::Status status = CheckOrder(found[i], report);
      if (!status.ok()) return status;
      if (next != nullptr && found[i].size > 0) {
        const absl::StatusOr<bool> whole = LoadSealed(found[i], next->base_offset, report);
        if (!whole.ok()) return whole.status();
        last_sealed = &found[i];
        if (*whole) continue;
      }
    }
    if (absl::Status status = LoadActive(*newest, report); !status.ok()) return status;
    for (++i; i < found.size(); ++i) {
      if (absl::Status status = SetAside(found[i], report); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::Status Log::Impl::Load(RecoveryReport& report) {
  if (absl::Status status = filesystem().CreateDirs(home->dir); !status.ok()) return status;
  const absl::StatusOr<std::vector<Found>> found = FindSegments();
  if (!found.ok()) return found.status();
  if (found->empty()) return Start(0);
  if (absl::Status status = LoadAll(*found, report); !status.ok()) return status;
  start_offset = sealed->empty() ? active.summary.base_offset : sealed->front().summary.base_offset;
  for (const LogSegment& segment : *sealed) {
    if (!segment.summary.durable) break;
    progress->offset = segment.summary.next_offset;
  }
  return absl::OkStatus();
}

}  // namespace braid::storage
