// Batches and bytes for the storage tests.
#ifndef BRAID_TESTS_STORAGE_BATCHES_H_
#define BRAID_TESTS_STORAGE_BATCHES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "braid/batch.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/crc32c.h"

namespace braid::storage {

inline RecordView ValueRecord(std::string_view value, int64_t timestamp_ms = 1000) {
  RecordView record;
  record.value = value;
  record.timestamp_ms = timestamp_ms;
  return record;
}

// One record a value, all of the same time.
inline Batch BatchOf(const std::vector<std::string>& values, int64_t timestamp_ms = 1000,
                     Codec codec = Codec::kNone) {
  BatchBuilder builder({.codec = codec, .origin = Origin::kKafka});
  for (const std::string& value : values) builder.Add(ValueRecord(value, timestamp_ms));
  return builder.Build();
}

// The values of a batch's records; a parse failure is one value that says so.
inline std::vector<std::string> ValuesOf(const Batch& batch) {
  const absl::StatusOr<std::vector<Record>> records = batch.Records();
  if (!records.ok()) return {records.status().ToString()};
  std::vector<std::string> values;
  for (const Record& record : *records) values.emplace_back(record.value.value_or("<null>"));
  return values;
}

// Puts the right CRC into the bytes of a batch that a test has changed.
inline std::string WithRightCrc(std::string bytes) {
  StoreBigEndian<uint32_t>(bytes.data() + kCrcAt,
                           Crc32c(std::string_view(bytes).substr(kAttributesAt)));
  return bytes;
}

// A batch around a hand-made records block.
inline std::string RawBatch(std::string_view block, int32_t record_count, int32_t last_offset_delta,
                            uint16_t attributes = 0) {
  BatchBuilder builder;
  builder.Add(ValueRecord(""));
  std::string bytes(builder.Build().bytes().view().substr(0, kBatchHeaderBytes));
  bytes += block;
  StoreBigEndian<int32_t>(bytes.data() + kBatchLengthAt,
                          static_cast<int32_t>(bytes.size() - kLogOverheadBytes));
  StoreBigEndian<uint16_t>(bytes.data() + kAttributesAt, attributes);
  StoreBigEndian<int32_t>(bytes.data() + kLastOffsetDeltaAt, last_offset_delta);
  StoreBigEndian<int32_t>(bytes.data() + kRecordCountAt, record_count);
  return WithRightCrc(std::move(bytes));
}

inline std::string StringOf(const Batch& batch) {
  return std::string(batch.bytes().view());
}

}  // namespace braid::storage

#endif  // BRAID_TESTS_STORAGE_BATCHES_H_
