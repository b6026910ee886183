// Opening a log: which files are there, what they hold, and what a crash left half done.
//
// What the manifest lists was durable when it was listed: it is believed as it is, and bytes that
// are missing from it are damage. What lies behind it, the tail, is scanned. There, bytes that are
// no batch with valid batches behind them in the same file are damage, unless there are sectors
// among them that were never written: kept, reported and passed over. Anything else that does not
// go on where it should is what a power cut tore: there the log ends, and what comes after is set
// aside.
#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/log_impl.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kScanWindowBytes = size_t{1} << 20;

absl::StatusOr<uint64_t> FileSize(FileSystem& filesystem, const std::string& path) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem.OpenRead(path);
  if (!file.ok()) return file.status();
  return (*file)->Size();
}

void Report(RecoveryReport& report, std::string line, Offset begin, Offset end) {
  report.damage.push_back(std::move(line));
  report.lost.push_back({begin, end});
}

}  // namespace

// Removes files that were being written.
absl::StatusOr<Log::Impl::Directory> Log::Impl::ListDirectory() {
  const absl::StatusOr<std::vector<std::string>> names = filesystem().List(home->dir);
  if (!names.ok()) return names.status();
  Directory directory;
  for (const std::string& name : *names) {
    if (name.ends_with(kTemporarySuffix)) {
      (void)filesystem().Remove(home->dir + "/" + name);
    } else if (const auto log = ParseSegmentName(name, kLogSuffix)) {
      const absl::StatusOr<uint64_t> size = FileSize(filesystem(), home->dir + "/" + name);
      if (!size.ok()) return size.status();
      directory.logs.push_back({*log, *size});
    } else if (const auto index = ParseSegmentName(name, kIndexSuffix)) {
      directory.indexes.push_back(*index);
    } else if (name.ends_with(kLostSuffix)) {
      directory.has_lost = true;
    }
  }
  std::sort(directory.logs.begin(), directory.logs.end(),
            [](const Found& a, const Found& b) { return a.name < b.name; });
  return directory;
}

absl::StatusOr<SegmentScan> Log::Impl::Scan(const Found& found, int64_t running_max_before_ms,
                                            bool is_tail) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem().OpenRead(
      SegmentPath(home->dir, found.name.base_offset, found.name.generation, kLogSuffix));
  if (!file.ok()) return file.status();
  absl::StatusOr<SegmentScan> scan =
      ScanSegment(**file, found.size,
                  {.base_offset = found.name.base_offset,
                   .running_max_before_ms = running_max_before_ms,
                   .index_interval_bytes = options.index_interval_bytes,
                   .window_bytes = filesystem().in_memory() ? 0 : kScanWindowBytes,
                   .holes_are_tears = is_tail});
  if (scan.ok()) scan->summary.generation = found.name.generation;
  return scan;
}

// --- The sealed part ---

Manifest Log::Impl::LoadManifest(const Directory& directory, RecoveryReport& report) {
  absl::StatusOr<Manifest> manifest = ReadManifest(filesystem(), home->dir);
  if (manifest.ok()) return *std::move(manifest);
  const bool was_sealed = std::any_of(directory.logs.begin(), directory.logs.end(),
                                      [](const Found& found) { return found.name.generation > 0; });
  if (absl::IsNotFound(manifest.status()) && !was_sealed) {
    // A log that never sealed anything begins with its first segment.
    Manifest none;
    if (!directory.logs.empty()) none.tail_base = directory.logs.front().name.base_offset;
    return none;
  }
  report.damage.push_back(fmt::format("{}/{}: {}; the log was read through instead", home->dir,
                                      kManifestName, std::string(manifest.status().message())));
  return RebuildManifest(directory, report);
}

// Without the manifest nobody knows what was sealed: all that is there, but the newest segment. Of
// several generations the newest counts; no file is taken for a leftover.
Manifest Log::Impl::RebuildManifest(const Directory& directory, RecoveryReport& report) {
  Manifest manifest;
  if (directory.logs.empty()) return manifest;
  manifest.tail_base = directory.logs.front().name.base_offset;
  for (size_t i = 0; i < directory.logs.size(); ++i) {
    const Found& found = directory.logs[i];
    const bool newest = i + 1 == directory.logs.size() && found.name.generation == 0;
    const bool superseded = i + 1 < directory.logs.size() &&
                            directory.logs[i + 1].name.base_offset == found.name.base_offset;
    if (newest || superseded || found.name.base_offset < manifest.tail_base) continue;
    absl::StatusOr<SegmentScan> scan = Scan(found, manifest.tail_running_max_ms);
    if (!scan.ok() || scan->summary.next_offset == found.name.base_offset) continue;
    if (found.name.base_offset > manifest.tail_base && !manifest.sealed.empty()) {
      SegmentSummary hole{.base_offset = manifest.tail_base,
                          .next_offset = found.name.base_offset,
                          .running_max_before_ms = manifest.tail_running_max_ms};
      hole.damage.push_back({0, 0, hole.base_offset, hole.next_offset});
      Report(report,
             fmt::format("{}: offsets [{}, {}) are in no segment", home->dir, hole.base_offset,
                         hole.next_offset),
             hole.base_offset, hole.next_offset);
      manifest.sealed.push_back(std::move(hole));
    }
    manifest.sealed.push_back(scan->summary);
    manifest.tail_base = scan->summary.next_offset;
    manifest.tail_running_max_ms = scan->summary.running_max_after_ms();
  }
  manifest_is_stale = true;
  return manifest;
}

// Takes the manifest's word, but for files that are not there or not whole.
void Log::Impl::TakeSealed(const Manifest& manifest, const Directory& directory,
                           RecoveryReport& report) {
  LogSegments segments;
  for (SegmentSummary summary : manifest.sealed) {
    const SegmentName name{summary.base_offset, summary.generation};
    const std::string path = SegmentPath(home->dir, name.base_offset, name.generation, kLogSuffix);
    const auto found = std::find_if(directory.logs.begin(), directory.logs.end(),
                                    [&](const Found& file) { return file.name == name; });
    const uint64_t size = found == directory.logs.end() ? 0 : found->size;
    const bool is_hole = summary.bytes == 0;
    if (!is_hole && size < static_cast<uint64_t>(summary.bytes)) {
      // Where the whole batches end, only a scan can tell.
      Offset lost_from = summary.base_offset;
      uint64_t whole_bytes = 0;
      if (size > 0) {
        const absl::StatusOr<SegmentScan> scan = Scan(*found, summary.running_max_before_ms);
        if (scan.ok()) {
          lost_from = scan->summary.next_offset;
          whole_bytes = static_cast<uint64_t>(scan->summary.bytes);
        }
      }
      const Damage damage{whole_bytes, static_cast<uint64_t>(summary.bytes) - whole_bytes,
                          lost_from, summary.next_offset};
      const bool known =
          std::any_of(summary.damage.begin(), summary.damage.end(), [&](const Damage& d) {
            return d.offset <= lost_from && d.next_offset >= summary.next_offset;
          });
      if (!known && lost_from < summary.next_offset) {
        summary.damage.push_back(damage);
        manifest_is_stale = true;
      }
    }
    for (const Damage& damage : summary.damage) {
      Report(report, Describe(damage, path), damage.offset, damage.next_offset);
    }
    last_generation = std::max(last_generation, summary.generation);
    segments.push_back({summary, Segment::Sealed(home, summary), nullptr});
  }
  ReplaceClosed(std::move(segments));
}

// --- The tail ---

// The segments behind the sealed ones. What the manifest does not list otherwise is a leftover, of
// a removal or of a repack that was cut short.
std::vector<Log::Impl::Found> Log::Impl::TailOf(const Manifest& manifest,
                                                const Directory& directory) {
  const auto is_listed = [&](SegmentName name) {
    return std::any_of(
        manifest.sealed.begin(), manifest.sealed.end(), [&](const SegmentSummary& summary) {
          return summary.base_offset == name.base_offset && summary.generation == name.generation;
        });
  };
  const auto is_tail = [&](SegmentName name) {
    return name.generation == 0 && name.base_offset >= manifest.tail_base;
  };
  std::vector<Found> tail;
  for (const Found& found : directory.logs) {
    if (is_tail(found.name)) {
      tail.push_back(found);
    } else if (!is_listed(found.name)) {
      garbage.push_back(
          {SegmentPath(home->dir, found.name.base_offset, found.name.generation, kLogSuffix),
           false});
    }
  }
  for (const SegmentName& index : directory.indexes) {
    if (is_listed(index)) continue;
    garbage.push_back(
        {SegmentPath(home->dir, index.base_offset, index.generation, kIndexSuffix), false});
  }
  return tail;
}

// Cuts a scanned segment's torn end and makes it the active one; the one before it is closed.
absl::Status Log::Impl::TakeTail(const Found& found, SegmentScan scan, RecoveryReport& report) {
  const std::string path = SegmentPath(home->dir, found.name.base_offset, kLogSuffix);
  for (const Damage& damage : scan.summary.damage) {
    Report(report, Describe(damage, path), damage.offset, damage.next_offset);
  }
  absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem().OpenAppend(path);
  if (!file.ok()) return file.status();
  const auto whole = static_cast<uint64_t>(scan.summary.bytes);
  if (whole < found.size) {
    if (absl::Status status = (*file)->Truncate(whole); !status.ok()) return status;
    report.torn_bytes += static_cast<int64_t>(found.size - whole);
  }
  if (active_file != nullptr) {
    LogSegments segments = *closed;
    segments.push_back(active);
    segments.back().unsealed_file = active_file;
    ReplaceClosed(std::move(segments));
    manifest_is_stale = true;
  }
  active_file = *std::move(file);
  const std::vector<IndexEntry>& entries = scan.index.entries();
  next_entry_position = entries.empty() ? 0
                                        : entries.back().position +
                                              static_cast<uint64_t>(options.index_interval_bytes);
  active = {scan.summary, Segment::Growing(home, found.name.base_offset, std::move(scan.index)),
            nullptr};
  return absl::OkStatus();
}

// A segment behind the torn end of the log: out of the way, but not destroyed.
absl::Status Log::Impl::SetAside(const Found& found, RecoveryReport& report) {
  const std::string path = SegmentPath(home->dir, found.name.base_offset, kLogSuffix);
  if (found.size == 0) return filesystem().Remove(path);
  report.torn_bytes += static_cast<int64_t>(found.size);
  return filesystem().Rename(path, path + std::string(kLostSuffix));
}

// `unsettled`: an opening before this one may have cut something off, and died.
absl::Status Log::Impl::LoadTail(std::vector<Found> tail, bool unsettled, RecoveryReport& report) {
  bool torn = false;
  for (const Found& found : tail) {
    const Offset expected = active.summary.next_offset;
    if (!torn && found.name.base_offset < expected) {
      // Empty: of a roll that failed, after which appending went on in the segment before it.
      if (found.size > 0) {
        return MakeError(
            Errc::kCorrupt,
            fmt::format("{}: the segments before it go on to offset {}",
                        SegmentPath(home->dir, found.name.base_offset, kLogSuffix), expected));
      }
      if (absl::Status status = SetAside(found, report); !status.ok()) return status;
      continue;
    }
    if (torn || found.name.base_offset > expected) {
      torn = true;
      if (absl::Status status = SetAside(found, report); !status.ok()) return status;
      continue;
    }
    absl::StatusOr<SegmentScan> scan =
        Scan(found, active.summary.running_max_after_ms(), /*is_tail=*/true);
    if (!scan.ok()) return scan.status();
    const bool cut = static_cast<uint64_t>(scan->summary.bytes) < found.size;
    absl::Status status = TakeTail(found, *std::move(scan), report);
    if (!status.ok()) return status;
    torn = cut;
  }
  if (active_file == nullptr) return Start(active.summary.next_offset);
  if (report.torn_bytes == 0 && !unsettled) return absl::OkStatus();
  // What was cut off must not come back with the next power cut, behind and between what is
  // appended from now on.
  if (absl::Status status = active_file->Sync(); !status.ok()) return status;
  return filesystem().SyncDir(home->dir);
}

absl::Status Log::Impl::Load(RecoveryReport& report) {
  if (absl::Status status = filesystem().CreateDirs(home->dir); !status.ok()) return status;
  const absl::StatusOr<Directory> directory = ListDirectory();
  if (!directory.ok()) return directory.status();
  const Manifest manifest = LoadManifest(*directory, report);
  TakeSealed(manifest, *directory, report);
  active.summary = {.base_offset = manifest.tail_base,
                    .next_offset = manifest.tail_base,
                    .running_max_before_ms = manifest.tail_running_max_ms};
  std::vector<Found> tail = TailOf(manifest, *directory);
  if (absl::Status status = LoadTail(std::move(tail), directory->has_lost, report); !status.ok())
    return status;
  start_offset = closed->empty() ? active.summary.base_offset : closed->front().summary.base_offset;
  progress->offset = manifest.tail_base;
  if (!garbage.empty()) manifest_is_stale = true;
  Changed();
  return absl::OkStatus();
}

}  // namespace braid::storage
