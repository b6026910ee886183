// A Batch is a Buffer that holds one Kafka RecordBatch v2: the unit of append, of storage and of
// fetch. Byte layout: docs/format.md.
#ifndef BRAID_BATCH_H_
#define BRAID_BATCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/buffer.h"
#include "braid/codec.h"
#include "braid/record.h"

namespace braid {

// The fixed 61 bytes, decoded.
struct BatchHeader {
  Offset base_offset = 0;
  int32_t batch_length = 0;  // bytes after this field
  int32_t leader_epoch = 0;
  int8_t magic = 2;
  uint32_t crc = 0;
  uint16_t attributes = 0;
  int32_t last_offset_delta = 0;
  int64_t base_timestamp_ms = -1;
  int64_t max_timestamp_ms = -1;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  int32_t base_sequence = -1;
  int32_t record_count = 0;

  Codec codec() const { return static_cast<Codec>(attributes & 0x7); }
  bool log_append_time() const { return (attributes & 0x8) != 0; }
  bool transactional() const { return (attributes & 0x10) != 0; }
  bool control() const { return (attributes & 0x20) != 0; }
  Origin origin() const { return static_cast<Origin>((attributes >> 8) & 0x3); }
  Offset next_offset() const { return base_offset + last_offset_delta + 1; }
  int64_t total_bytes() const { return int64_t{batch_length} + 12; }
};

// A value: copies share the bytes. Immutable; any thread may read it.
class Batch {
 public:
  Batch() = default;

  // The batch at the start of `bytes`, which may go on after it. Checks that the header is whole,
  // that magic is 2 and that the lengths agree: Errc::kCorruptBatch otherwise. Does not check the
  // CRC.
  static absl::StatusOr<Batch> Parse(const Buffer& bytes);

  const BatchHeader& header() const { return header_; }
  const Buffer& bytes() const { return bytes_; }
  Offset base_offset() const { return header_.base_offset; }
  Offset next_offset() const { return header_.next_offset(); }

  // Errc::kCorruptBatch when the stored CRC-32C is not that of the bytes.
  absl::Status VerifyCrc() const;

  // All records, decompressed when need be; each keeps the bytes it points into alive. Errors:
  // kCorruptBatch, kUnsupportedCodec.
  absl::StatusOr<std::vector<Record>> Records() const;

 private:
  BatchHeader header_;
  Buffer bytes_;
};

}  // namespace braid

#endif  // BRAID_BATCH_H_
