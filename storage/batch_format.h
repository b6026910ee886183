// The first 61 bytes of a RecordBatch v2, one constant a field. Integers are big-endian.
// Drawn in docs/format.md; Kafka's own words: "Record Batch" in its protocol documentation.
#ifndef BRAID_STORAGE_BATCH_FORMAT_H_
#define BRAID_STORAGE_BATCH_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace braid::storage {

inline constexpr size_t kBaseOffsetAt = 0;        // i64
inline constexpr size_t kBatchLengthAt = 8;       // i32, counts from the next field on
inline constexpr size_t kLeaderEpochAt = 12;      // i32
inline constexpr size_t kMagicAt = 16;            // i8
inline constexpr size_t kCrcAt = 17;              // u32, of everything after it
inline constexpr size_t kAttributesAt = 21;       // i16
inline constexpr size_t kLastOffsetDeltaAt = 23;  // i32
inline constexpr size_t kBaseTimestampAt = 27;    // i64
inline constexpr size_t kMaxTimestampAt = 35;     // i64
inline constexpr size_t kProducerIdAt = 43;       // i64
inline constexpr size_t kProducerEpochAt = 51;    // i16
inline constexpr size_t kBaseSequenceAt = 53;     // i32
inline constexpr size_t kRecordCountAt = 57;      // i32
inline constexpr size_t kBatchHeaderBytes = 61;

static_assert(kBatchLengthAt == kBaseOffsetAt + sizeof(int64_t));
static_assert(kLeaderEpochAt == kBatchLengthAt + sizeof(int32_t));
static_assert(kMagicAt == kLeaderEpochAt + sizeof(int32_t));
static_assert(kCrcAt == kMagicAt + sizeof(int8_t));
static_assert(kAttributesAt == kCrcAt + sizeof(uint32_t));
static_assert(kLastOffsetDeltaAt == kAttributesAt + sizeof(int16_t));
static_assert(kBaseTimestampAt == kLastOffsetDeltaAt + sizeof(int32_t));
static_assert(kMaxTimestampAt == kBaseTimestampAt + sizeof(int64_t));
static_assert(kProducerIdAt == kMaxTimestampAt + sizeof(int64_t));
static_assert(kProducerEpochAt == kProducerIdAt + sizeof(int64_t));
static_assert(kBaseSequenceAt == kProducerEpochAt + sizeof(int16_t));
static_assert(kRecordCountAt == kBaseSequenceAt + sizeof(int32_t));
static_assert(kBatchHeaderBytes == kRecordCountAt + sizeof(int32_t));

// What the batch length does not count: base offset and itself.
inline constexpr size_t kLogOverheadBytes = kLeaderEpochAt;
static_assert(kLogOverheadBytes == 12);

inline constexpr int8_t kMagic = 2;

// Batch attributes.
inline constexpr uint16_t kCodecMask = 0x0007;
inline constexpr uint16_t kLogAppendTimeBit = 0x0008;
inline constexpr uint16_t kTransactionalBit = 0x0010;
inline constexpr uint16_t kControlBit = 0x0020;
inline constexpr uint16_t kDeleteHorizonBit = 0x0040;
inline constexpr uint16_t kPrivateBits = 0xff80;  // unused by Kafka; 8 and 9 are Braid's Origin
inline constexpr int kOriginShift = 8;

// A record is at least: length, attributes, timestamp delta, offset delta, key length, value length
// and header count, a byte each. A header is at least two lengths.
inline constexpr size_t kMinRecordBytes = 7;
inline constexpr size_t kMinHeaderBytes = 2;

// A records block that claims to decompress to more is refused: the bound on what one batch can
// cost.
inline constexpr size_t kMaxDecompressedBytes = size_t{64} << 20;

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_FORMAT_H_
