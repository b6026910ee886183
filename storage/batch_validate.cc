#include "storage/batch_validate.h"

#include <cassert>
#include <cstring>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/compression.h"
#include "storage/crc32c.h"
#include "storage/record_cursor.h"

namespace braid::storage {
namespace {

// The rule that `header` breaks; nullptr when none.
const char* FindBrokenRule(const BatchHeader& header) {
  if (header.base_offset != 0) return "a produced batch must have base offset 0";
  if (header.record_count < 1) return "a produced batch must have records";
  if (header.last_offset_delta != header.record_count - 1) {
    return "record count and last offset delta disagree";
  }
  if (header.control()) return "clients may not write control batches";
  if (header.log_append_time()) return "only the broker may set the log-append-time bit";
  if (header.producer_id >= 0 && header.base_sequence < 0) {
    return "a batch with a producer id must have a sequence";
  }
  if (header.producer_id >= 0 && header.producer_epoch < 0) {
    return "a batch with a producer id must have an epoch";
  }
  return nullptr;
}

// Every record whole, offset deltas 0, 1, 2 ..., nothing left over.
absl::Status CheckRecords(const BatchHeader& header, std::string_view block) {
  RecordCursor cursor(header, block);
  RecordView record;
  for (Offset expected = 0; !cursor.done(); ++expected) {
    if (!cursor.Take(record).ok()) {
      return MakeError(Errc::kInvalidBatch, "a record of the batch is malformed");
    }
    if (record.offset != expected) {
      return MakeError(Errc::kInvalidBatch, "record offsets are not dense");
    }
  }
  if (cursor.rest_bytes() != 0) {
    return MakeError(Errc::kInvalidBatch, "bytes are left over after the last record");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateProducedBatch(const Batch& batch) {
  if (absl::Status status = batch.VerifyCrc(); !status.ok()) return status;
  if (const char* rule = FindBrokenRule(batch.header())) {
    return MakeError(Errc::kInvalidBatch, rule);
  }
  const absl::StatusOr<Buffer> block = RecordsBlock(batch);
  if (!block.ok()) {
    // The CRC was right, so sending the same bytes again cannot help: not kCorruptBatch.
    if (CodeOf(block.status()) != Errc::kCorruptBatch) return block.status();
    return MakeError(Errc::kInvalidBatch, "the records of the batch do not decompress");
  }
  return CheckRecords(batch.header(), block->view());
}

Batch StripPrivateAttributes(Batch batch) {
  const uint16_t attributes = batch.header().attributes;
  if ((attributes & kPrivateBits) == 0) return batch;
  const Buffer& bytes = batch.bytes();
  MutableBuffer copy(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  StoreBigEndian<uint16_t>(copy.data() + kAttributesAt,
                           static_cast<uint16_t>(attributes & ~kPrivateBits));
  StoreBigEndian<uint32_t>(copy.data() + kCrcAt,
                           Crc32c({copy.data() + kAttributesAt, copy.size() - kAttributesAt}));
  const size_t size = copy.size();
  absl::StatusOr<Batch> stripped = Batch::Parse(std::move(copy).Freeze(size));
  assert(stripped.ok());
  return *std::move(stripped);
}

}  // namespace braid::storage
