#include "braid/batch.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/compression.h"
#include "storage/crc32c.h"
#include "storage/record_cursor.h"

namespace braid {
namespace {

using storage::LoadBigEndian;

BatchHeader DecodeHeader(const char* data) {
  return BatchHeader{
      .base_offset = LoadBigEndian<int64_t>(data + storage::kBaseOffsetAt),
      .batch_length = LoadBigEndian<int32_t>(data + storage::kBatchLengthAt),
      .leader_epoch = LoadBigEndian<int32_t>(data + storage::kLeaderEpochAt),
      .magic = LoadBigEndian<int8_t>(data + storage::kMagicAt),
      .crc = LoadBigEndian<uint32_t>(data + storage::kCrcAt),
      .attributes = LoadBigEndian<uint16_t>(data + storage::kAttributesAt),
      .last_offset_delta = LoadBigEndian<int32_t>(data + storage::kLastOffsetDeltaAt),
      .base_timestamp_ms = LoadBigEndian<int64_t>(data + storage::kBaseTimestampAt),
      .max_timestamp_ms = LoadBigEndian<int64_t>(data + storage::kMaxTimestampAt),
      .producer_id = LoadBigEndian<int64_t>(data + storage::kProducerIdAt),
      .producer_epoch = LoadBigEndian<int16_t>(data + storage::kProducerEpochAt),
      .base_sequence = LoadBigEndian<int32_t>(data + storage::kBaseSequenceAt),
      .record_count = LoadBigEndian<int32_t>(data + storage::kRecordCountAt),
  };
}

// Why `header` cannot stand at the front of `available` bytes; nullptr when it can.
const char* FindHeaderFault(const BatchHeader& header, size_t available) {
  constexpr int64_t kMinLength = storage::kBatchHeaderBytes - storage::kLogOverheadBytes;
  constexpr Offset kMaxBase =
      std::numeric_limits<Offset>::max() - std::numeric_limits<int32_t>::max() - 1;
  if (header.magic != storage::kMagic) return "record batch magic is not 2";
  if (header.batch_length < kMinLength) return "record batch is shorter than its header";
  if (static_cast<uint64_t>(header.total_bytes()) > available) return "record batch is cut short";
  if (header.base_offset < 0 || header.base_offset > kMaxBase) return "base offset is out of range";
  if (header.last_offset_delta < 0) return "last offset delta is negative";
  if (header.record_count < 0) return "record count is negative";
  return nullptr;
}

}  // namespace

absl::StatusOr<Batch> Batch::Parse(const Buffer& bytes) {
  if (bytes.size() < storage::kBatchHeaderBytes) {
    return MakeError(Errc::kCorruptBatch, "record batch header is cut short");
  }
  Batch batch;
  batch.header_ = DecodeHeader(bytes.data());
  if (const char* fault = FindHeaderFault(batch.header_, bytes.size())) {
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
