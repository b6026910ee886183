#include "storage/segment_index.h"

#include <limits>
#include <memory>
#include <utility>

#include "braid/error.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

// Layout, big-endian; drawn in docs/format.md.
constexpr std::string_view kIndexMagic = "BIDX";
constexpr uint16_t kVersion = 1;
constexpr uint16_t kSealedFlag = 1;
constexpr uint16_t kDurableFlag = 2;
constexpr uint16_t kFirstFlag = 4;
constexpr size_t kVersionAt = 4;          // u16
constexpr size_t kFlagsAt = 6;            // u16
constexpr size_t kSegmentBaseAt = 8;      // i64
constexpr size_t kSegmentNextAt = 16;     // i64
constexpr size_t kSegmentBytesAt = 24;    // i64
constexpr size_t kSegmentMaxTimeAt = 32;  // i64
constexpr size_t kRunningMaxAt = 40;      // i64
constexpr size_t kEntryCountAt = 48;      // u32
constexpr size_t kHeaderCrcAt = 52;       // u32, of the bytes before it
constexpr size_t kHeaderBytes = 56;
constexpr size_t kEntryBytes = 24;   // offset, running maximum, position: i64 each
constexpr size_t kTrailerBytes = 4;  // u32 CRC of the entries
static_assert(kHeaderCrcAt + sizeof(uint32_t) == kHeaderBytes);

absl::Status Damaged(std::string_view what) {
  return MakeError(Errc::kCorrupt, what);
}

void EncodeHeader(const SegmentSummary& summary, size_t entry_count, char* out) {
  std::copy(kIndexMagic.begin(), kIndexMagic.end(), out);
  StoreBigEndian<uint16_t>(out + kVersionAt, kVersion);
  const int flags = (summary.sealed ? kSealedFlag : 0) | (summary.durable ? kDurableFlag : 0) |
                    (summary.first ? kFirstFlag : 0);
  StoreBigEndian<uint16_t>(out + kFlagsAt, static_cast<uint16_t>(flags));
  StoreBigEndian<int64_t>(out + kSegmentBaseAt, summary.base_offset);
  StoreBigEndian<int64_t>(out + kSegmentNextAt, summary.next_offset);
  StoreBigEndian<int64_t>(out + kSegmentBytesAt, summary.bytes);
  StoreBigEndian<int64_t>(out + kSegmentMaxTimeAt, summary.max_timestamp_ms);
  StoreBigEndian<int64_t>(out + kRunningMaxAt, summary.running_max_before_ms);
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
  const auto flags = LoadBigEndian<uint16_t>(data + kFlagsAt);
  return SegmentSummary{
      .base_offset = LoadBigEndian<int64_t>(data + kSegmentBaseAt),
      .next_offset = LoadBigEndian<int64_t>(data + kSegmentNextAt),
      .bytes = LoadBigEndian<int64_t>(data + kSegmentBytesAt),
      .max_timestamp_ms = LoadBigEndian<int64_t>(data + kSegmentMaxTimeAt),
      .running_max_before_ms = LoadBigEndian<int64_t>(data + kRunningMaxAt),
      .sealed = (flags & kSealedFlag) != 0,
      .durable = (flags & kDurableFlag) != 0,
      .first = (flags & kFirstFlag) != 0,
  };
}

}  // namespace

const IndexEntry* SegmentIndex::FloorOffset(Offset offset) const {
  const auto above = std::upper_bound(
      entries_.begin(), entries_.end(), offset,
      [](Offset wanted, const IndexEntry& entry) { return wanted < entry.offset; });
  return above == entries_.begin() ? nullptr : &*std::prev(above);
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
    file.index.Add({.offset = LoadBigEndian<int64_t>(entries.data() + at),
                    .running_max_before_ms = LoadBigEndian<int64_t>(entries.data() + at + 8),
                    .position = LoadBigEndian<uint64_t>(entries.data() + at + 16)});
  }
  return file;
}

absl::Status WriteIndexFile(FileSystem& filesystem, const std::string& dir,
                            const SegmentSummary& summary, const SegmentIndex& index) {
  const std::string path = SegmentPath(dir, summary.base_offset, kIndexSuffix);
  const std::string temporary = path + std::string(kTemporarySuffix);
  {
    absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem.OpenAppend(temporary);
    if (!file.ok()) return file.status();
    if ((*file)->size() > 0) {  // left by an attempt that failed
      if (absl::Status status = (*file)->Truncate(0); !status.ok()) return status;
    }
    absl::Status status = (*file)->Append(Buffer::Take(EncodeIndexFile(summary, index)));
    if (!status.ok()) return status;
  }
  return filesystem.Rename(temporary, path);
}

absl::StatusOr<SegmentSummary> ReadIndexSummary(FileSystem& filesystem, const std::string& dir,
                                                Offset base_offset) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem.OpenRead(SegmentPath(dir, base_offset, kIndexSuffix));
  if (!file.ok()) return file.status();
  const absl::StatusOr<Buffer> bytes = (*file)->Read(0, kHeaderBytes);
  if (!bytes.ok()) return bytes.status();
  return DecodeHeader(bytes->view());
}

absl::StatusOr<IndexFile> ReadIndexFile(FileSystem& filesystem, const std::string& dir,
                                        Offset base_offset) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file =
      filesystem.OpenRead(SegmentPath(dir, base_offset, kIndexSuffix));
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  const absl::StatusOr<Buffer> bytes = (*file)->Read(0, static_cast<size_t>(*size));
  if (!bytes.ok()) return bytes.status();
  return DecodeIndexFile(bytes->view());
}

}  // namespace braid::storage
