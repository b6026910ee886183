#include "storage/inspect.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "braid/error.h"
#include "storage/batch_cursor.h"
#include "storage/recovery.h"

namespace braid::storage {
namespace {

constexpr size_t kBatchWindowBytes = size_t{1} << 20;
constexpr size_t kHeaderWindowBytes = 4 << 10;

struct Found {
  SegmentName name;
  uint64_t bytes;
};

absl::StatusOr<uint64_t> FileSize(FileSystem& filesystem, const std::string& path) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem.OpenRead(path);
  if (!file.ok()) return file.status();
  return (*file)->Size();
}

SegmentState StateOfListed(const SegmentSummary& summary, const Found* file) {
  if (summary.bytes == 0) return SegmentState::kHole;
  if (file == nullptr) return SegmentState::kMissing;
  return summary.generation > 0 ? SegmentState::kRepacked : SegmentState::kSealed;
}

SegmentFile FileOf(const std::string& dir, const Found& found, SegmentState state) {
  return {.state = state,
          .name = found.name,
          .path = SegmentPath(dir, found.name.base_offset, found.name.generation, kLogSuffix),
          .file_bytes = found.bytes,
          .summary = {.base_offset = found.name.base_offset,
                      .next_offset = found.name.base_offset,
                      .generation = found.name.generation}};
}

// Takes the files apart by what the manifest says of them.
void SortByManifest(const std::vector<Found>& found, LogFiles& files) {
  std::vector<bool> taken(found.size(), false);
  for (const SegmentSummary& summary : files.manifest.sealed) {
    const SegmentName name{summary.base_offset, summary.generation};
    const auto file = std::find_if(found.begin(), found.end(),
                                   [&](const Found& candidate) { return candidate.name == name; });
    if (file != found.end()) taken[static_cast<size_t>(file - found.begin())] = true;
    const Found none{name, 0};
    const Found* there = file == found.end() ? nullptr : &*file;
    SegmentFile segment =
        FileOf(files.dir, there == nullptr ? none : *there, StateOfListed(summary, there));
    segment.summary = summary;
    files.segments.push_back(std::move(segment));
  }
  std::vector<SegmentFile> leftovers;
  for (size_t i = 0; i < found.size(); ++i) {
    if (taken[i]) continue;
    const bool is_tail =
        found[i].name.generation == 0 && found[i].name.base_offset >= files.manifest.tail_base;
    if (is_tail) {
      files.segments.push_back(FileOf(files.dir, found[i], SegmentState::kTail));
    } else {
      leftovers.push_back(FileOf(files.dir, found[i], SegmentState::kLeftover));
    }
  }
  std::move(leftovers.begin(), leftovers.end(), std::back_inserter(files.segments));
}

// Without a manifest that can be read: of several generations the newest counts, and the last file
// is the tail.
void SortByName(const std::vector<Found>& found, LogFiles& files) {
  std::vector<SegmentFile> leftovers;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool superseded =
        i + 1 < found.size() && found[i + 1].name.base_offset == found[i].name.base_offset;
    if (superseded) {
      leftovers.push_back(FileOf(files.dir, found[i], SegmentState::kLeftover));
      continue;
    }
    const bool repacked = found[i].name.generation > 0;
    files.segments.push_back(FileOf(files.dir, found[i],
                                    repacked               ? SegmentState::kRepacked
                                    : i + 1 < found.size() ? SegmentState::kSealed
                                                           : SegmentState::kTail));
    if (files.segments.size() == 1) files.manifest.tail_base = found[i].name.base_offset;
  }
  std::move(leftovers.begin(), leftovers.end(), std::back_inserter(files.segments));
}

// The batch or only the header at the cursor, which moves on; kCorrupt when there is none.
absl::StatusOr<WalkedBatch> TakeNext(BatchCursor& cursor, Offset expected, WalkDepth depth) {
  WalkedBatch next{.position = cursor.position(), .header = {}, .batch = {}};
  const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(expected);
  if (!header.ok()) return header.status();
  next.header = *header;
  if (depth == WalkDepth::kHeaders) {
    cursor.Skip(*header);
    return next;
  }
  absl::StatusOr<Batch> batch = cursor.Take(*header);
  if (!batch.ok()) return batch.status();
  if (!batch->VerifyCrc().ok()) {
    cursor.Seek(next.position);
    return MakeError(Errc::kCorrupt, "record batch fails its CRC");
  }
  next.batch = *std::move(batch);
  return next;
}

}  // namespace

std::string_view SegmentStateName(SegmentState state) {
  switch (state) {
    case SegmentState::kSealed:
      return "sealed";
    case SegmentState::kRepacked:
      return "repacked";
    case SegmentState::kTail:
      return "tail";
    case SegmentState::kMissing:
      return "missing";
    case SegmentState::kHole:
      return "hole";
    case SegmentState::kLeftover:
      return "leftover";
    case SegmentState::kAside:
      return "aside";
  }
  return "?";
}

uint64_t SegmentFile::bytes() const {
  const auto listed = static_cast<uint64_t>(summary.bytes);
  return listed > 0 ? std::min(file_bytes, listed) : file_bytes;
}

bool IsLogDirectory(FileSystem& filesystem, const std::string& dir) {
  const absl::StatusOr<std::vector<std::string>> names = filesystem.List(dir);
  if (!names.ok()) return false;
  return std::any_of(names->begin(), names->end(), [](const std::string& name) {
    return name == kManifestName || ParseSegmentName(name, kLogSuffix).has_value();
  });
}

absl::StatusOr<LogFiles> ListLog(FileSystem& filesystem, const std::string& dir) {
  const absl::StatusOr<std::vector<std::string>> names = filesystem.List(dir);
  if (!names.ok()) return names.status();
  LogFiles files;
  files.dir = dir;
  std::vector<Found> found;
  std::vector<SegmentFile> aside;
  std::vector<SegmentName> indexes;
  for (const std::string& name : *names) {
    const std::string path = dir + "/" + name;
    const std::string set_aside = std::string(kLogSuffix) + std::string(kLostSuffix);
    const auto log = ParseSegmentName(name, kLogSuffix);
    const auto lost = ParseSegmentName(name, set_aside);
    if (log || lost) {
      const absl::StatusOr<uint64_t> size = FileSize(filesystem, path);
      if (!size.ok()) return size.status();
      if (log) found.push_back({*log, *size});
      if (lost) aside.push_back(FileOf(dir, {*lost, *size}, SegmentState::kAside));
      if (lost) aside.back().path = path;
    } else if (const auto index = ParseSegmentName(name, kIndexSuffix)) {
      indexes.push_back(*index);
    } else if (name.ends_with(kTemporarySuffix)) {
      files.leftovers.push_back(path);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.name < b.name; });
  absl::StatusOr<Manifest> manifest = ReadManifest(filesystem, dir);
  files.manifest_status = manifest.status();
  const bool was_sealed = std::any_of(found.begin(), found.end(), [](const Found& file) {
    return file.name.generation > 0;  // nothing is repacked that no manifest lists
  });
  if (absl::IsNotFound(manifest.status()) && was_sealed) {
    files.manifest_status = MakeError(Errc::kCorrupt, "the file is not there");
  }
  if (manifest.ok()) {
    files.manifest = *std::move(manifest);
    SortByManifest(found, files);
  } else if (absl::IsNotFound(files.manifest_status)) {
    if (!found.empty()) files.manifest.tail_base = found.front().name.base_offset;
    SortByManifest(found, files);
  } else {
    SortByName(found, files);
  }
  for (const SegmentName& index : indexes) {
    const bool wanted =
        std::any_of(files.segments.begin(), files.segments.end(), [&](const SegmentFile& segment) {
          return segment.name == index && (segment.is_listed() || !files.manifest_status.ok());
        });
    if (wanted) continue;
    files.leftovers.push_back(SegmentPath(dir, index.base_offset, index.generation, kIndexSuffix));
  }
  std::move(aside.begin(), aside.end(), std::back_inserter(files.segments));
  return files;
}

absl::StatusOr<SegmentWalk> WalkSegment(
    FileSystem& filesystem, const SegmentFile& segment, WalkDepth depth,
    absl::FunctionRef<absl::Status(const WalkedBatch& batch)> batch) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem.OpenRead(segment.path);
  if (!file.ok()) return file.status();
  const uint64_t end = segment.bytes();
  SegmentWalk walk;
  walk.next_offset = segment.name.base_offset;
  BatchCursor cursor(
      **file, 0, end,
      {.window_bytes = depth == WalkDepth::kHeaders ? kHeaderWindowBytes : kBatchWindowBytes});
  while (!cursor.done()) {
    const uint64_t position = cursor.position();
    const absl::StatusOr<WalkedBatch> next = TakeNext(cursor, walk.next_offset, depth);
    if (next.ok()) {
      walk.next_offset = next->header.next_offset();
      walk.bytes = cursor.position();
      walk.max_timestamp_ms = std::max(walk.max_timestamp_ms, next->header.max_timestamp_ms);
      if (absl::Status status = batch(*next); !status.ok()) return status;
      continue;
    }
    if (CodeOf(next.status()) != Errc::kCorrupt) return next.status();
    const absl::StatusOr<std::optional<BatchPlace>> place =
        FindNextBatch(**file, position, end, walk.next_offset);
    if (!place.ok()) return place.status();
    if (!*place) break;
    walk.damage.push_back(
        {position, (*place)->position - position, walk.next_offset, (*place)->base_offset});
    walk.next_offset = (*place)->base_offset;
    cursor.Seek((*place)->position);
  }
  const SegmentSummary& listed = segment.summary;
  const auto listed_bytes = static_cast<uint64_t>(listed.bytes);
  if (listed_bytes == 0) {
    walk.torn_bytes = segment.file_bytes - walk.bytes;
  } else if (walk.bytes < listed_bytes) {
    const Offset end_offset = std::max(walk.next_offset, listed.next_offset);
    walk.damage.push_back({walk.bytes, listed_bytes - walk.bytes, walk.next_offset, end_offset});
    walk.next_offset = end_offset;
  }
  return walk;
}

}  // namespace braid::storage
