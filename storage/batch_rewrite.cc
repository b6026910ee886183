#include "storage/batch_rewrite.h"

#include <cassert>
#include <cstring>
#include <utility>

#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/compression.h"
#include "storage/crc32c.h"
#include "storage/record_cursor.h"

namespace braid::storage {

Batch WithFields(Batch batch, uint16_t attributes, int64_t max_timestamp_ms) {
  const BatchHeader& header = batch.header();
  if (attributes == header.attributes && max_timestamp_ms == header.max_timestamp_ms) return batch;
  // Copied, since others may be reading its bytes.
  const Buffer& bytes = batch.bytes();
  MutableBuffer copy(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  StoreBigEndian<uint16_t>(copy.data() + kAttributesAt, attributes);
  StoreBigEndian<int64_t>(copy.data() + kMaxTimestampAt, max_timestamp_ms);
  StoreBigEndian<uint32_t>(copy.data() + kCrcAt,
                           Crc32c({copy.data() + kAttributesAt, copy.size() - kAttributesAt}));
  const size_t size = copy.size();
  absl::StatusOr<Batch> changed = Batch::Parse(std::move(copy).Freeze(size));
  assert(changed.ok());
  return *std::move(changed);
}

Batch WithAppendTime(Batch batch, int64_t timestamp_ms) {
  const auto attributes = static_cast<uint16_t>(batch.header().attributes | kLogAppendTimeBit);
  return WithFields(std::move(batch), attributes, timestamp_ms);
}

absl::StatusOr<Batch> Recompress(const Batch& batch, Codec codec) {
  const BatchHeader& header = batch.header();
  const absl::StatusOr<Buffer> block = RecordsBlock(batch);
  if (!block.ok()) return block.status();
  BatchBuilder builder({.codec = codec,
                        .origin = header.origin(),
                        .base_offset = header.base_offset,
                        .attributes = static_cast<uint16_t>(header.attributes &
                                                            (kLogAppendTimeBit | kTransactionalBit |
                                                             kControlBit | kDeleteHorizonBit)),
                        .producer_id = header.producer_id,
                        .producer_epoch = header.producer_epoch,
                        .base_sequence = header.base_sequence});
  RecordCursor cursor(header, block->view());
  RecordView record;
  while (!cursor.done()) {
    if (absl::Status status = cursor.Take(record); !status.ok()) return status;
    builder.SkipTo(record.offset - header.base_offset);
    builder.Add(record);
  }
  builder.SkipTo(int64_t{header.last_offset_delta} + 1);
  builder.RaiseMaxTimestamp(header.max_timestamp_ms);
  return builder.Build();
}

}  // namespace braid::storage
