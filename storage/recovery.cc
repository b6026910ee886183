#include "storage/recovery.h"

#include <algorithm>
#include <limits>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/batch_cursor.h"
#include "storage/batch_format.h"
#include "storage/batch_header.h"

namespace braid::storage {
namespace {

constexpr size_t kSearchStep = size_t{1} << 20;
constexpr Offset kFarOffset = Offset{1} << 62;  // no sum of an offset below and a delta overflows

// The batch at the cursor, CRC checked. kCorrupt when there is none.
absl::StatusOr<Batch> TakeValid(BatchCursor& cursor, Offset expected) {
  const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(expected);
  if (!header.ok()) return header.status();
  const uint64_t start = cursor.position();
  absl::StatusOr<Batch> batch = cursor.Take(*header);
  if (!batch.ok()) return batch;
  if (!batch->VerifyCrc().ok()) {
    cursor.Seek(start);
    return MakeError(Errc::kCorrupt, "record batch fails its CRC");
  }
  return batch;
}

using MaybePlace = std::optional<BatchPlace>;

// Which base offsets a search believes, both inclusive.
struct BaseRange {
  Offset least;
  Offset most = std::numeric_limits<Offset>::max();
  bool Contains(Offset offset) const { return offset >= least && offset <= most; }
};

// The valid batch at `position`, if one is there and its base is in `range`.
absl::StatusOr<MaybePlace> ProbeAt(const ReadFile& file, uint64_t position, uint64_t end,
                                   BaseRange range) {
  BatchCursor cursor(file, position, end, {});
  const absl::StatusOr<Batch> batch = TakeValid(cursor, /*expected=*/-1);
  if (batch.ok()) {
    if (!range.Contains(batch->base_offset())) return MaybePlace();
    return MaybePlace({position, batch->base_offset()});
  }
  if (CodeOf(batch.status()) == Errc::kCorrupt) return MaybePlace();
  return batch.status();
}

// Looks for a batch whose first byte is in `window`, which stands at `start`.
absl::StatusOr<MaybePlace> SearchWindow(const ReadFile& file, const Buffer& window, uint64_t start,
                                        uint64_t end, BaseRange range) {
  for (size_t at = 0; at + kBatchHeaderBytes <= window.size(); ++at) {
    if (window.data()[at + kMagicAt] != kMagic) continue;
    const BatchHeader header = DecodeBatchHeader(window.data() + at);
    if (!range.Contains(header.base_offset)) continue;
    if (FindHeaderFault(header, end - (start + at)) != nullptr) continue;
    absl::StatusOr<MaybePlace> place = ProbeAt(file, start + at, end, range);
    if (!place.ok() || *place) return place;
  }
  return MaybePlace();
}

// The first valid batch that starts in [start, end).
absl::StatusOr<MaybePlace> Search(const ReadFile& file, uint64_t start, uint64_t end,
                                  BaseRange range) {
  for (; start < end; start += kSearchStep) {
    const auto size =
        static_cast<size_t>(std::min<uint64_t>(end - start, kSearchStep + kBatchHeaderBytes - 1));
    const absl::StatusOr<Buffer> window = file.Read(start, size);
    if (!window.ok()) return window.status();
    absl::StatusOr<MaybePlace> place = SearchWindow(file, *window, start, end, range);
    if (!place.ok() || *place || window->size() < size) return place;  // the file ends early
  }
  return MaybePlace();
}

// The header at `position`, whatever it says; nullopt when the file is too short for one.
absl::StatusOr<std::optional<BatchHeader>> HeaderAt(const ReadFile& file, uint64_t position,
                                                    uint64_t end) {
  if (end < position || end - position < kBatchHeaderBytes) return std::optional<BatchHeader>();
  const absl::StatusOr<Buffer> bytes = file.Read(position, kBatchHeaderBytes);
  if (!bytes.ok()) return bytes.status();
  if (bytes->size() < kBatchHeaderBytes) return std::optional<BatchHeader>();
  return std::optional<BatchHeader>(DecodeBatchHeader(bytes->data()));
}

}  // namespace

std::string Describe(const Damage& damage, const std::string& path) {
  return fmt::format("{}: {} damaged bytes at {}, offsets [{}, {}) cannot be served", path,
                     damage.bytes, damage.position, damage.offset, damage.next_offset);
}

absl::StatusOr<std::optional<BatchPlace>> FindNextBatch(const ReadFile& file, uint64_t position,
                                                        uint64_t end, Offset expected) {
  // Batches whose header is sound and whose body is not: each says where the next one is.
  const BaseRange behind{.least = expected + 1};
  uint64_t at = position;
  Offset offset = expected;
  Offset first_next = -1;  // what should follow the first damaged batch, by its own word
  while (true) {
    const absl::StatusOr<std::optional<BatchHeader>> header = HeaderAt(file, at, end);
    if (!header.ok()) return header.status();
    if (!*header) break;
    const bool placed = (*header)->magic == kMagic && (*header)->base_offset == offset &&
                        offset < kFarOffset && (*header)->last_offset_delta >= 0;
    if (!placed) break;
    if (first_next < 0) first_next = (*header)->next_offset();
    if (FindHeaderFault(**header, end - at) != nullptr) {
      // All is well but the length: a write cut short, unless what should come next is there.
      return Search(file, position + 1, end,
                    {.least = first_next, .most = (*header)->next_offset()});
    }
    at += static_cast<uint64_t>((*header)->total_bytes());
    offset = (*header)->next_offset();
    absl::StatusOr<MaybePlace> place = ProbeAt(file, at, end, behind);
    if (!place.ok() || *place) return place;
  }
  if (first_next >= 0) {  // a length may have been wrong: first look for what should come next
    absl::StatusOr<MaybePlace> place =
        Search(file, position + 1, end, {.least = first_next, .most = offset});
    if (!place.ok() || *place || at >= end) return place;
  }
  return Search(file, position + 1, end, behind);
}

namespace {

constexpr uint64_t kSectorBytes = 512;  // what a disk writes whole or not at all

// Whether bytes in [begin, end), where a batch should begin, were never written, as far as they
// tell: those from `begin` to the end of its sector, where the write before it ended, or any whole
// sector. A sector's end may reach into the batch at `end`, which begins with zeros itself.
absl::StatusOr<bool> HasHole(const ReadFile& file, uint64_t begin, uint64_t end) {
  while (begin < end) {
    const uint64_t sector_end = (begin / kSectorBytes + 1) * kSectorBytes;
    const absl::StatusOr<Buffer> bytes = file.Read(begin, static_cast<size_t>(sector_end - begin));
    if (!bytes.ok()) return bytes.status();
    if (bytes->view().find_first_not_of('\0') == std::string_view::npos) return true;
    begin = sector_end;
  }
  return false;
}

// The batch at the cursor, read again when it seems bad.
absl::StatusOr<Batch> TakeSurely(BatchCursor& cursor, Offset expected) {
  const uint64_t position = cursor.position();
  for (int tries = 1;; ++tries) {
    absl::StatusOr<Batch> batch = TakeValid(cursor, expected);
    const bool bad = !batch.ok() && CodeOf(batch.status()) == Errc::kCorrupt;
    if (!bad || tries == kReadsOfASuspect) return batch;
    cursor.SeekAnew(position);
  }
}

}  // namespace

absl::StatusOr<SegmentScan> ScanSegment(const ReadFile& file, uint64_t size,
                                        const ScanOptions& options) {
  SegmentScan scan;
  SegmentSummary& summary = scan.summary;
  summary.base_offset = summary.next_offset = options.base_offset;
  summary.running_max_before_ms = options.running_max_before_ms;
  BatchCursor cursor(file, 0, size, {.window_bytes = options.window_bytes});
  bool entry_due = false;  // after damage, so that readers find the way behind it
  while (!cursor.done()) {
    const uint64_t position = cursor.position();
    const absl::StatusOr<Batch> batch = TakeSurely(cursor, summary.next_offset);
    if (batch.ok()) {
      if (entry_due || scan.index.IsDue(position, options.index_interval_bytes)) {
        scan.index.Add({batch->base_offset(), summary.running_max_after_ms(), position});
      }
      entry_due = false;
      summary.max_timestamp_ms =
          std::max(summary.max_timestamp_ms, batch->header().max_timestamp_ms);
      summary.next_offset = batch->next_offset();
      summary.bytes = static_cast<int64_t>(cursor.position());
      continue;
    }
    if (CodeOf(batch.status()) != Errc::kCorrupt) return batch.status();
    const absl::StatusOr<std::optional<BatchPlace>> next =
        FindNextBatch(file, position, size, summary.next_offset);
    if (!next.ok()) return next.status();
    if (!*next) break;  // a torn tail
    if (options.holes_are_tears) {
      const absl::StatusOr<bool> tear = HasHole(file, position, (*next)->position);
      if (!tear.ok()) return tear.status();
      if (*tear) break;
    }
    summary.damage.push_back(
        {position, (*next)->position - position, summary.next_offset, (*next)->base_offset});
    summary.next_offset = (*next)->base_offset;
    cursor.Seek((*next)->position);
    entry_due = true;
  }
  return scan;
}

}  // namespace braid::storage
