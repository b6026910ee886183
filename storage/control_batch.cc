#include "storage/control_batch.h"

#include <array>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/batch_builder.h"
#include "storage/batch_format.h"
#include "storage/coding.h"

namespace braid::storage {
namespace {

constexpr uint16_t kTransactional = 0x10;
constexpr uint16_t kControl = 0x20;
constexpr int16_t kVersion = 0;  // of key and value both
constexpr int16_t kAbort = 0;
constexpr int16_t kCommit = 1;
constexpr size_t kKeyBytes = 4;    // i16 version, i16 type
constexpr size_t kValueBytes = 6;  // i16 version, i32 coordinator epoch

}  // namespace

Batch EncodeMarker(const TransactionMarker& marker) {
  std::array<char, kKeyBytes> key;
  StoreBigEndian<int16_t>(key.data(), kVersion);
  StoreBigEndian<int16_t>(key.data() + 2, marker.committed ? kCommit : kAbort);
  std::array<char, kValueBytes> value;
  StoreBigEndian<int16_t>(value.data(), kVersion);
  StoreBigEndian<int32_t>(value.data() + 2, marker.coordinator_epoch);
  BatchBuilder builder({.attributes = kTransactional | kControl,
                        .producer_id = marker.producer_id,
                        .producer_epoch = marker.producer_epoch});
  RecordView record;
  record.timestamp_ms = marker.timestamp_ms;
  record.key = std::string_view(key.data(), key.size());
  record.value = std::string_view(value.data(), value.size());
  builder.Add(record);
  return builder.Build();
}

std::optional<TransactionMarker> DecodeMarker(const Batch& batch) {
  const BatchHeader& header = batch.header();
  if (!header.control() || !header.transactional()) return std::nullopt;
  const absl::StatusOr<std::vector<Record>> records = batch.Records();
  if (!records.ok() || records->size() != 1) return std::nullopt;
  const std::string_view key = records->front().key.value_or("");
  const std::string_view value = records->front().value.value_or("");
  if (key.size() < kKeyBytes || value.size() < kValueBytes) return std::nullopt;
  const auto type = LoadBigEndian<int16_t>(key.data() + 2);
  if (type != kAbort && type != kCommit) return std::nullopt;
  return TransactionMarker{.producer_id = header.producer_id,
                           .producer_epoch = header.producer_epoch,
                           .committed = type == kCommit,
                           .coordinator_epoch = LoadBigEndian<int32_t>(value.data() + 2),
                           .timestamp_ms = records->front().timestamp_ms};
}

}  // namespace braid::storage
