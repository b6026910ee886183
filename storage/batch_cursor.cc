#include "storage/batch_cursor.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/batch_header.h"

namespace braid::storage {

absl::StatusOr<Buffer> BatchCursor::Fetch(size_t n) {
  const bool inside = position_ >= window_start_ && position_ - window_start_ + n <= window_.size();
  if (!inside) {
    const uint64_t wanted = std::max<uint64_t>(n, options_.window_bytes);
    const auto size = static_cast<size_t>(std::min<uint64_t>(wanted, end_ - position_));
    absl::StatusOr<Buffer> bytes = file_.Read(position_, size);
    if (!bytes.ok()) return bytes.status();
    if (bytes->size() < n) return MakeError(Errc::kCorrupt, "segment file is cut short");
    window_ = *std::move(bytes);
    window_start_ = position_;
  }
  return window_.Slice(static_cast<size_t>(position_ - window_start_), n);
}

absl::StatusOr<BatchHeader> BatchCursor::PeekHeader(Offset expected) {
  if (end_ - position_ < kBatchHeaderBytes) {
    return MakeError(Errc::kCorrupt, "record batch header is cut short");
  }
  const absl::StatusOr<Buffer> bytes = Fetch(kBatchHeaderBytes);
  if (!bytes.ok()) return bytes.status();
  const BatchHeader header = DecodeBatchHeader(bytes->data());
  if (const char* fault = FindHeaderFault(header, end_ - position_)) {
    return MakeError(Errc::kCorrupt, fault);
  }
  if (expected >= 0 && header.base_offset != expected) {
    return MakeError(Errc::kCorrupt, "record batch has an unexpected base offset");
  }
  return header;
}

absl::StatusOr<Batch> BatchCursor::Take(const BatchHeader& peeked) {
  const absl::StatusOr<Buffer> bytes = Fetch(static_cast<size_t>(peeked.total_bytes()));
  if (!bytes.ok()) return bytes.status();
  Skip(peeked);
  return Batch::Parse(*bytes);
}

}  // namespace braid::storage
