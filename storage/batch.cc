#include "braid/batch.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/batch_header.h"
#include "storage/compression.h"
#include "storage/crc32c.h"
#include "storage/record_cursor.h"

namespace braid {

absl::StatusOr<Batch> Batch::Parse(const Buffer& bytes) {
  if (bytes.size() < storage::kBatchHeaderBytes) {
    return MakeError(Errc::kCorruptBatch, "record batch header is cut short");
  }
  Batch batch;
  batch.header_ = storage::DecodeBatchHeader(bytes.data());
  if (const char* fault = storage::FindHeaderFault(batch.header_, bytes.size())) {
    return MakeError(Errc::kCorruptBatch, fault);
  }
  batch.bytes_ = bytes.Slice(0, static_cast<size_t>(batch.header_.total_bytes()));
  return batch;
}

absl::Status Batch::VerifyCrc() const {
  if (bytes_.size() < storage::kBatchHeaderBytes ||
      storage::Crc32c(bytes_.view().substr(storage::kAttributesAt)) != header_.crc) {
    return MakeError(Errc::kCorruptBatch, "record batch fails its CRC");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Record>> Batch::Records() const {
  absl::StatusOr<Buffer> block = storage::RecordsBlock(*this);
  if (!block.ok()) return block.status();
  std::vector<Record> records;
  records.reserve(std::min(static_cast<size_t>(header_.record_count),
                           block->size() / storage::kMinRecordBytes));
  storage::RecordCursor cursor(header_, block->view());
  while (!cursor.done()) {
    Record record;
    if (absl::Status status = cursor.Take(record); !status.ok()) return status;
    record.owner = *block;
    records.push_back(std::move(record));
  }
  if (cursor.rest_bytes() != 0) {
    return MakeError(Errc::kCorruptBatch, "bytes are left over after the last record");
  }
  return records;
}

}  // namespace braid
