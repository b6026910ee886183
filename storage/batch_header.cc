#include "storage/batch_header.h"

#include <limits>

#include "storage/batch_format.h"
#include "storage/coding.h"

namespace braid::storage {

BatchHeader DecodeBatchHeader(const char* data) {
  return BatchHeader{
      .base_offset = LoadBigEndian<int64_t>(data + kBaseOffsetAt),
      .batch_length = LoadBigEndian<int32_t>(data + kBatchLengthAt),
      .leader_epoch = LoadBigEndian<int32_t>(data + kLeaderEpochAt),
      .magic = LoadBigEndian<int8_t>(data + kMagicAt),
      .crc = LoadBigEndian<uint32_t>(data + kCrcAt),
      .attributes = LoadBigEndian<uint16_t>(data + kAttributesAt),
      .last_offset_delta = LoadBigEndian<int32_t>(data + kLastOffsetDeltaAt),
      .base_timestamp_ms = LoadBigEndian<int64_t>(data + kBaseTimestampAt),
      .max_timestamp_ms = LoadBigEndian<int64_t>(data + kMaxTimestampAt),
      .producer_id = LoadBigEndian<int64_t>(data + kProducerIdAt),
      .producer_epoch = LoadBigEndian<int16_t>(data + kProducerEpochAt),
      .base_sequence = LoadBigEndian<int32_t>(data + kBaseSequenceAt),
      .record_count = LoadBigEndian<int32_t>(data + kRecordCountAt),
  };
}

const char* FindHeaderFault(const BatchHeader& header, uint64_t available) {
  constexpr int64_t kMinLength = kBatchHeaderBytes - kLogOverheadBytes;
  constexpr Offset kMaxBase =
      std::numeric_limits<Offset>::max() - std::numeric_limits<int32_t>::max() - 1;
  if (header.magic != kMagic) return "record batch magic is not 2";
  if (header.batch_length < kMinLength) return "record batch is shorter than its header";
  if (static_cast<uint64_t>(header.total_bytes()) > available) return "record batch is cut short";
  if (header.base_offset < 0 || header.base_offset > kMaxBase) return "base offset is out of range";
  if (header.last_offset_delta < 0) return "last offset delta is negative";
  if (header.record_count < 0) return "record count is negative";
  return nullptr;
}

}  // namespace braid::storage
