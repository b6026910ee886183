#include "storage/batch_builder.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/compression.h"
#include "storage/crc32c.h"
#include "storage/varint.h"

namespace braid::storage {
namespace {

[[maybe_unused]] constexpr size_t kMaxBatchBytes = std::numeric_limits<int32_t>::max();

using OptionalBytes = std::optional<std::string_view>;

size_t SizeOf(const OptionalBytes& bytes) {
  if (!bytes) return VarintSize(-1);
  return VarintSize(static_cast<int64_t>(bytes->size())) + bytes->size();
}

char* Put(char* out, const OptionalBytes& bytes) {
  if (!bytes) return PutVarint(out, -1);
  out = PutVarint(out, static_cast<int64_t>(bytes->size()));
  if (!bytes->empty()) std::memcpy(out, bytes->data(), bytes->size());
  return out + bytes->size();
}

// Bytes of `record` after its length field.
size_t BodyBytes(const RecordView& record, int64_t timestamp_delta, int64_t offset_delta) {
  size_t n = 1 + VarintSize(timestamp_delta) + VarintSize(offset_delta) + SizeOf(record.key) +
             SizeOf(record.value) + VarintSize(static_cast<int64_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    n += SizeOf(OptionalBytes(header.key)) + SizeOf(header.value);
  }
  return n;
}

char* PutBody(char* out, const RecordView& record, int64_t timestamp_delta, int64_t offset_delta) {
  *out++ = static_cast<char>(record.attributes);
  out = PutVarint(out, timestamp_delta);
  out = PutVarint(out, offset_delta);
  out = Put(out, record.key);
  out = Put(out, record.value);
  out = PutVarint(out, static_cast<int64_t>(record.headers.size()));
  for (const HeaderView& header : record.headers) {
    out = Put(out, OptionalBytes(header.key));
    out = Put(out, header.value);
  }
  return out;
}

}  // namespace

BatchBuilder::BatchBuilder(Options options) : options_(options) {}

void BatchBuilder::Reserve(size_t n) {
  if (n <= bytes_.size() - used_) return;
  // A first record gets what the last batch needed, or just its own size; then the space doubles.
  const size_t wanted = std::max({used_ + n, 2 * used_, expected_bytes_});
  MutableBuffer larger(wanted);
  if (used_ > 0) std::memcpy(larger.data(), bytes_.data(), used_);
  bytes_ = std::move(larger);
}

int64_t BatchBuilder::TimestampDelta(int64_t timestamp_ms) const {
  const int64_t base_ms = count_ == 0 ? timestamp_ms : base_timestamp_ms_;
  // Wraps when the two are more than half of all times apart; readers add it back the same way.
  return static_cast<int64_t>(static_cast<uint64_t>(timestamp_ms) - static_cast<uint64_t>(base_ms));
}

size_t BatchBuilder::size_bytes_with(const RecordView& record) const {
  const size_t body = BodyBytes(record, TimestampDelta(record.timestamp_ms), next_delta_);
  return (used_ == 0 ? kBatchHeaderBytes : used_) + VarintSize(static_cast<int64_t>(body)) + body;
}

void BatchBuilder::Add(const RecordView& record, int64_t timestamp_ms) {
  if (count_ == 0) {
    base_timestamp_ms_ = timestamp_ms;
    if (!has_max_timestamp_) max_timestamp_ms_ = timestamp_ms;
    has_max_timestamp_ = true;
  }
  max_timestamp_ms_ = std::max(max_timestamp_ms_, timestamp_ms);
  const int64_t timestamp_delta = TimestampDelta(timestamp_ms);
  const size_t body = BodyBytes(record, timestamp_delta, next_delta_);
  const size_t start = used_ == 0 ? kBatchHeaderBytes : used_;
  assert(body < kMaxBatchBytes - start);
  Reserve(start - used_ + VarintSize(static_cast<int64_t>(body)) + body);
  char* out = PutVarint(bytes_.data() + start, static_cast<int64_t>(body));
  out = PutBody(out, record, timestamp_delta, next_delta_);
  used_ = static_cast<size_t>(out - bytes_.data());
  ++count_;
  ++next_delta_;
}

void BatchBuilder::SkipTo(int64_t delta) {
  assert(delta >= next_delta_ && delta <= std::numeric_limits<int32_t>::max());
  if (used_ == 0) {
    Reserve(kBatchHeaderBytes);
    used_ = kBatchHeaderBytes;
  }
  next_delta_ = delta;
}

void BatchBuilder::RaiseMaxTimestamp(int64_t timestamp_ms) {
  max_timestamp_ms_ = has_max_timestamp_ ? std::max(max_timestamp_ms_, timestamp_ms) : timestamp_ms;
  has_max_timestamp_ = true;
}

void BatchBuilder::WriteHeader(char* data, size_t total_bytes) const {
  const auto attributes =
      static_cast<uint16_t>(options_.attributes | static_cast<uint16_t>(options_.codec) |
                            (static_cast<uint16_t>(options_.origin) << kOriginShift));
  StoreBigEndian<int64_t>(data + kBaseOffsetAt, options_.base_offset);
  StoreBigEndian<int32_t>(data + kBatchLengthAt,
                          static_cast<int32_t>(total_bytes - kLogOverheadBytes));
  StoreBigEndian<int32_t>(data + kLeaderEpochAt, 0);
  StoreBigEndian<int8_t>(data + kMagicAt, kMagic);
  StoreBigEndian<uint16_t>(data + kAttributesAt, attributes);
  StoreBigEndian<int32_t>(data + kLastOffsetDeltaAt, static_cast<int32_t>(next_delta_ - 1));
  StoreBigEndian<int64_t>(data + kBaseTimestampAt, base_timestamp_ms_);
  StoreBigEndian<int64_t>(data + kMaxTimestampAt, max_timestamp_ms_);
  StoreBigEndian<int64_t>(data + kProducerIdAt, options_.producer_id);
  StoreBigEndian<int16_t>(data + kProducerEpochAt, options_.producer_epoch);
  StoreBigEndian<int32_t>(data + kBaseSequenceAt, options_.base_sequence);
  StoreBigEndian<int32_t>(data + kRecordCountAt, static_cast<int32_t>(count_));
  StoreBigEndian<uint32_t>(data + kCrcAt,
                           Crc32c({data + kAttributesAt, total_bytes - kAttributesAt}));
}

Buffer BatchBuilder::Compressed() const {
  const MutableBuffer& records = bytes_;
  std::string bytes(kBatchHeaderBytes, '\0');
  const absl::Status status = CompressTo(
      options_.codec, {records.data() + kBatchHeaderBytes, used_ - kBatchHeaderBytes}, bytes);
  assert(status.ok());  // only an unknown codec can fail
  (void)status;
  WriteHeader(bytes.data(), bytes.size());
  return Buffer::Copy(bytes);
}

Buffer BatchBuilder::Finished() && {
  if (options_.codec != Codec::kNone) return Compressed();
  WriteHeader(bytes_.data(), used_);
  // Slack would live as long as the batch does: past a quarter it is worth one copy to lose it.
  if (used_ < bytes_.size() / 4 * 3) return Buffer::Copy({bytes_.data(), used_});
  return std::move(bytes_).Freeze(used_);
}

Batch BatchBuilder::Build() {
  assert(next_delta_ > 0);
  expected_bytes_ = used_;
  absl::StatusOr<Batch> batch = Batch::Parse(std::move(*this).Finished());
  assert(batch.ok());
  used_ = 0;
  count_ = next_delta_ = 0;
  base_timestamp_ms_ = max_timestamp_ms_ = -1;
  has_max_timestamp_ = false;
  return *std::move(batch);
}

}  // namespace braid::storage
