#include "storage/segment_index.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "braid/error.h"
#include "storage/atomic_file.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

// Layout, big-endian; drawn in docs/format.md.
constexpr std::string_view kIndexMagic = "BIDX";
constexpr uint16_t kVersion = 2;
constexpr size_t kVersionAt = 4;          // u16, then two bytes of 0
constexpr size_t kSegmentBaseAt = 8;      // i64
constexpr size_t kSegmentNextAt = 16;     // i64
constexpr size_t kSegmentBytesAt = 24;    // i64
constexpr size_t kSegmentMaxTimeAt = 32;  // i64
constexpr size_t kRunningMaxAt = 40;      // i64
constexpr size_t kGenerationAt = 48;      // u32
constexpr size_t kEntryCountAt = 52;      // u32
constexpr size_t kHeaderCrcAt = 56;       // u32, of the bytes before it
constexpr size_t kHeaderBytes = 60;
constexpr size_t kEntryBytes = 24;   // offset, running maximum, position: i64 each
constexpr size_t kTrailerBytes = 4;  // u32 CRC of the entries
static_assert(kHeaderCrcAt + sizeof(uint32_t) == kHeaderBytes);

absl::Status Damaged(std::string_view what) {
  return MakeError(Errc::kCorrupt, what);
}

void EncodeHeader(const SegmentSummary& summary, size_t entry_count, char* out) {
  std::copy(kIndexMagic.begin(), kIndexMagic.end(), out);
  StoreBigEndian<uint16_t>(out + kVersionAt, kVersion);
  StoreBigEndian<int64_t>(out + kSegmentBaseAt, summary.base_offset);
  StoreBigEndian<int64_t>(out + kSegmentNextAt, summary.next_offset);
  StoreBigEndian<int64_t>(out + kSegmentBytesAt, summary.bytes);
  StoreBigEndian<int64_t>(out + kSegmentMaxTimeAt, summary.max_timestamp_ms);
  StoreBigEndian<int64_t>(out + kRunningMaxAt, summary.running_max_before_ms);
  StoreBigEndian<uint32_t>(out + kGenerationAt, summary.generation);
  StoreBigEndian<uint32_t>(out + kEntryCountAt, static_cast<uint32_t>(entry_count));
  StoreBigEndian<uint32_t>(out + kHeaderCrcAt, Crc32c({out, kHeaderCrcAt}));
}

absl::StatusOr<SegmentSummary> DecodeHeader(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return Damaged("segment index is cut short");
  if (bytes.substr(0, kIndexMagic.size()) != kIndexMagic) {
    return Damaged("segment index has a foreign magic");
  }
  const char* data = bytes.data();
  if (LoadBigEndian<uint16_t>(data + kVersionAt) != kVersion) {
    return Damaged("segment index has an unknown version");
  }
  if (LoadBigEndian<uint32_t>(data + kHeaderCrcAt) != Crc32c(bytes.substr(0, kHeaderCrcAt))) {
    return Damaged("segment index fails its CRC");
  }
  const SegmentSummary summary{
      .base_offset = LoadBigEndian<int64_t>(data + kSegmentBaseAt),
      .next_offset = LoadBigEndian<int64_t>(data + kSegmentNextAt),
      .bytes = LoadBigEndian<int64_t>(data + kSegmentBytesAt),
      .max_timestamp_ms = LoadBigEndian<int64_t>(data + kSegmentMaxTimeAt),
      .running_max_before_ms = LoadBigEndian<int64_t>(data + kRunningMaxAt),
      .generation = LoadBigEndian<uint32_t>(data + kGenerationAt),
  };
  if (summary.base_offset < 0 || summary.next_offset < summary.base_offset || summary.bytes < 0) {
    return Damaged("segment index is of no possible segment");
  }
  return summary;
}

// Whether `entry` may follow `previous` (null: may come first) in the index of such a segment.
bool Fits(const IndexEntry& entry, const IndexEntry* previous, const SegmentSummary& summary) {
  if (entry.offset < summary.base_offset || entry.offset >= summary.next_offset) return false;
  if (entry.position >= static_cast<uint64_t>(summary.bytes)) return false;
  return previous == nullptr ||
         (entry.offset > previous->offset && entry.position > previous->position &&
          entry.running_max_before_ms >= previous->running_max_before_ms);
}

}  // namespace

const IndexEntry* SegmentIndex::FloorOffset(Offset offset) const {
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), offset,
      [](Offset wanted, const IndexEntry& entry) { return wanted < entry.offset; });
  return above == entries_.begin() ? nullptr : &*std::prev(above);
}

IndexStep SegmentIndex::StepOf(Offset offset, const IndexEntry& segment_begin) const {
  const IndexEntry* floor = FloorOffset(offset);
  IndexStep step{floor != nullptr ? *floor : segment_begin, std::nullopt};
  const size_t next = floor == nullptr ? 0 : static_cast<size_t>(floor - entries_.data()) + 1;
  if (next < entries_.size()) step.end_position = entries_[next].position;
  return step;
}

const IndexEntry* SegmentIndex::FloorTimestamp(int64_t timestamp_ms, uint64_t end_position) const {
  const auto beyond =
      std::partition_point(entries_.begin(), entries_.end(), [&](const IndexEntry& entry) {
        return entry.running_max_before_ms < timestamp_ms && entry.position < end_position;
      });
  return beyond == entries_.begin() ? nullptr : &*std::prev(beyond);
}

std::string EncodeIndexFile(const SegmentSummary& summary, const SegmentIndex& index) {
  const size_t count = index.entries().size();
  std::string bytes(kHeaderBytes + count * kEntryBytes + kTrailerBytes, '\0');
  EncodeHeader(summary, count, bytes.data());
  char* out = bytes.data() + kHeaderBytes;
  for (const IndexEntry& entry : index.entries()) {
    StoreBigEndian<int64_t>(out, entry.offset);
    StoreBigEndian<int64_t>(out + 8, entry.running_max_before_ms);
    StoreBigEndian<uint64_t>(out + 16, entry.position);
    out += kEntryBytes;
  }
  StoreBigEndian<uint32_t>(out, Crc32c({bytes.data() + kHeaderBytes, count * kEntryBytes}));
  return bytes;
}

absl::StatusOr<IndexFile> DecodeIndexFile(std::string_view bytes) {
  const absl::StatusOr<SegmentSummary> summary = DecodeHeader(bytes);
  if (!summary.ok()) return summary.status();
  const uint64_t count = LoadBigEndian<uint32_t>(bytes.data() + kEntryCountAt);
  if (bytes.size() != kHeaderBytes + count * kEntryBytes + kTrailerBytes) {
    return Damaged("segment index has the wrong length");
  }
  const std::string_view entries = bytes.substr(kHeaderBytes, count * kEntryBytes);
  if (LoadBigEndian<uint32_t>(entries.data() + entries.size()) != Crc32c(entries)) {
    return Damaged("segment index entries fail their CRC");
  }
  IndexFile file{.summary = *summary, .index = {}};
  for (size_t at = 0; at < entries.size(); at += kEntryBytes) {
    const IndexEntry entry{.offset = LoadBigEndian<int64_t>(entries.data() + at),
                           .running_max_before_ms = LoadBigEndian<int64_t>(entries.data() + at + 8),
                           .position = LoadBigEndian<uint64_t>(entries.data() + at + 16)};
    const std::vector<IndexEntry>& before = file.index.entries();
    if (!Fits(entry, before.empty() ? nullptr : &before.back(), *summary)) {
      return Damaged("segment index entries do not rise within their segment");
    }
    file.index.Add(entry);
  }
  return file;
}

absl::Status WriteIndexFile(FileSystem& filesystem, const std::string& dir,
                            const SegmentSummary& summary, const SegmentIndex& index) {
  return ReplaceFile(filesystem,
                     SegmentPath(dir, summary.base_offset, summary.generation, kIndexSuffix),
                     Buffer::Take(EncodeIndexFile(summary, index)));
}

absl::StatusOr<IndexFile> ReadIndexFile(FileSystem& filesystem, const std::string& dir,
                                        Offset base_offset, uint32_t generation) {
  const absl::StatusOr<Buffer> bytes =
      ReadWholeFile(filesystem, SegmentPath(dir, base_offset, generation, kIndexSuffix));
  if (!bytes.ok()) return bytes.status();
  return DecodeIndexFile(bytes->view());
}

}  // namespace braid::storage
