// Opening a log: which files are there, what they hold, and what a crash left half done.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/log_impl.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kScanWindowBytes = size_t{1} << 20;

bool EndsWith(std::string_view name, std::string_view suffix) {
  return name.size() >= suffix.size() && name.substr(name.size() - suffix.size()) == suffix;
}

}  // namespace

// The base offsets of the segments in the directory, ascending. Removes what a crash left: files
// being written, and indexes of segments that are gone.
absl::StatusOr<std::vector<Offset>> Log::Impl::ListSegments() {
  const absl::StatusOr<std::vector<std::string>> names = filesystem().List(home->dir);
  if (!names.ok()) return names.status();
  std::vector<Offset> bases;
  for (const std::string& name : *names) {
    if (const auto base = ParseSegmentName(name, kLogSuffix)) bases.push_back(*base);
  }
  for (const std::string& name : *names) {
    const std::optional<Offset> base = ParseSegmentName(name, kIndexSuffix);
    const bool orphan = base && !std::binary_search(bases.begin(), bases.end(), *base);
    if (orphan || EndsWith(name, kTemporarySuffix)) RemoveFile(home->dir + "/" + name);
  }
  return bases;
}

absl::StatusOr<uint64_t> Log::Impl::FileSize(Offset base_offset) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem().OpenRead(SegmentPath(home->dir, base_offset, kLogSuffix));
  if (!file.ok()) return file.status();
  return (*file)->Size();
}

absl::StatusOr<SegmentScan> Log::Impl::Scan(Offset base_offset, uint64_t size,
                                            int64_t running_max_before_ms) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem().OpenRead(SegmentPath(home->dir, base_offset, kLogSuffix));
  if (!file.ok()) return file.status();
  return ScanSegment(**file, size,
                     {.base_offset = base_offset,
                      .running_max_before_ms = running_max_before_ms,
                      .index_interval_bytes = options.index_interval_bytes,
                      .window_bytes = filesystem().in_memory() ? 0 : kScanWindowBytes});
}

// A segment that is not the newest: believed by its index, or scanned when that is missing or does
// not fit.
absl::StatusOr<SegmentSummary> Log::Impl::LoadSealed(const Found& found,
                                                     int64_t running_max_before_ms,
                                                     RecoveryReport& report) {
  const auto [base_offset, size] = found;
  const absl::StatusOr<SegmentSummary> summary =
      ReadIndexSummary(filesystem(), home->dir, base_offset);
  if (summary.ok()) {
    running_max_before_ms = std::max(running_max_before_ms, summary->running_max_before_ms);
    const bool fits = summary->sealed && summary->base_offset == base_offset &&
                      static_cast<uint64_t>(summary->bytes) == size &&
                      summary->running_max_before_ms == running_max_before_ms;
    if (fits) return *summary;
  }
  absl::StatusOr<SegmentScan> scan = Scan(base_offset, size, running_max_before_ms);
  if (!scan.ok()) return scan.status();
  const std::string path = SegmentPath(home->dir, base_offset, kLogSuffix);
  for (const Damage& damage : scan->damage) report.damage.push_back(Describe(damage, path));
  if (static_cast<uint64_t>(scan->summary.bytes) < size) {
    report.damage.push_back(fmt::format("{}: {} damaged bytes at {}, after offset {}", path,
                                        size - static_cast<uint64_t>(scan->summary.bytes),
                                        scan->summary.bytes, scan->summary.next_offset));
  }
  scan->summary.bytes = static_cast<int64_t>(size);
  scan->summary.sealed = true;
  // Only saves the next scan: a log on a full disk must still open.
  (void)WriteIndexFile(filesystem(), home->dir, scan->summary, scan->index);
  return scan->summary;
}

// The newest segment: scanned, its torn tail cut, and opened for appending.
absl::Status Log::Impl::LoadActive(const Found& found, int64_t running_max_before_ms,
                                   RecoveryReport& report) {
  const auto [base_offset, size] = found;
  const absl::StatusOr<SegmentSummary> sidecar =
      ReadIndexSummary(filesystem(), home->dir, base_offset);
  if (sidecar.ok() && sidecar->base_offset == base_offset) {
    running_max_before_ms = std::max(running_max_before_ms, sidecar->running_max_before_ms);
  }
  absl::StatusOr<SegmentScan> scan = Scan(base_offset, size, running_max_before_ms);
  if (!scan.ok()) return scan.status();
  const std::string path = SegmentPath(home->dir, base_offset, kLogSuffix);
  for (const Damage& damage : scan->damage) report.damage.push_back(Describe(damage, path));
  absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem().OpenAppend(path);
  if (!file.ok()) return file.status();
  const auto whole = static_cast<uint64_t>(scan->summary.bytes);
  if (whole < size) {
    if (absl::Status status = (*file)->Truncate(whole); !status.ok()) return status;
    report.torn_bytes += static_cast<int64_t>(size - whole);
  }
  active_file = *std::move(file);
  next_entry_position = scan->index.entries().empty()
                            ? 0
                            : scan->index.entries().back().position +
                                  static_cast<uint64_t>(options.index_interval_bytes);
  active = {scan->summary, Segment::Active(home, base_offset, std::move(scan->index))};
  return absl::OkStatus();
}

// Segments must follow each other; a hole is damage, an overlap cannot be served at all.
absl::Status Log::Impl::CheckOrder(Offset base_offset, RecoveryReport& report) const {
  if (sealed->empty()) return absl::OkStatus();
  const Offset next = sealed->back().summary.next_offset;
  if (base_offset < next) {
    return MakeError(Errc::kCorrupt,
                     fmt::format("{}: the segments before it go on to offset {}",
                                 SegmentPath(home->dir, base_offset, kLogSuffix), next));
  }
  if (base_offset > next) {
    report.damage.push_back(
        fmt::format("{}: offsets [{}, {}) are in no segment", home->dir, next, base_offset));
  }
  return absl::OkStatus();
}

// Sizes of the segments, without those that a crash left empty in the middle: an empty log was
// continued elsewhere, or a roll failed, and the old file was not gone yet.
absl::StatusOr<std::vector<Log::Impl::Found>> Log::Impl::FindSegments() {
  const absl::StatusOr<std::vector<Offset>> bases = ListSegments();
  if (!bases.ok()) return bases.status();
  std::vector<Found> found;
  for (const Offset base : *bases) {
    const absl::StatusOr<uint64_t> size = FileSize(base);
    if (!size.ok()) return size.status();
    if (*size > 0 || base == bases->back()) {
      found.push_back({base, *size});
    } else {
      RemoveSegmentFiles(base);
    }
  }
  if (found.size() > 1 && found.back().size == 0) {
    // An empty newest segment is believed when the one before it was sealed to end there. Otherwise
    // the roll never finished, and the one before is still the active segment.
    const Found& before = found[found.size() - 2];
    const absl::StatusOr<SegmentSummary> summary =
        ReadIndexSummary(filesystem(), home->dir, before.base_offset);
    const bool rolled = summary.ok() && summary->sealed &&
                        static_cast<uint64_t>(summary->bytes) == before.size &&
                        summary->next_offset == found.back().base_offset;
    if (!rolled) {
      RemoveSegmentFiles(found.back().base_offset);
      found.pop_back();
    }
  }
  return found;
}

absl::Status Log::Impl::Load(RecoveryReport& report) {
  if (absl::Status status = filesystem().CreateDirs(home->dir); !status.ok()) return status;
  const absl::StatusOr<std::vector<Found>> found = FindSegments();
  if (!found.ok()) return found.status();
  if (found->empty()) return Start(0);

  auto list = std::make_shared<LogSegments>();
  sealed = list;
  int64_t running_max_ms = -1;
  for (const Found& segment : *found) {
    absl::Status status = CheckOrder(segment.base_offset, report);
    if (!status.ok()) return status;
    if (&segment == &found->back()) {
      status = LoadActive(segment, running_max_ms, report);
      if (!status.ok()) return status;
      break;
    }
    const absl::StatusOr<SegmentSummary> summary = LoadSealed(segment, running_max_ms, report);
    if (!summary.ok()) return summary.status();
    running_max_ms = summary->running_max_after_ms();
    sealed_bytes += summary->bytes;
    list->push_back({*summary, Segment::Sealed(home, *summary)});
  }
  start_offset = found->front().base_offset;
  return absl::OkStatus();
}

}  // namespace braid::storage
