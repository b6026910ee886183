#include "storage/batch_validate.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/batch_header.h"
#include "storage/batch_rewrite.h"
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

// Every record whole, offset deltas 0, 1, 2 ..., nothing left over. Returns the largest timestamp;
// `look` sees each record.
template <class Look>
absl::StatusOr<int64_t> CheckRecords(const BatchHeader& header, std::string_view block,
                                     const Look& look) {
  RecordCursor cursor(header, block);
  RecordView record;
  int64_t max_timestamp_ms = std::numeric_limits<int64_t>::min();
  for (Offset expected = 0; !cursor.done(); ++expected) {
    if (!cursor.Take(record).ok()) {
      return MakeError(Errc::kInvalidBatch, "a record of the batch is malformed");
    }
    if (record.offset != expected) {
      return MakeError(Errc::kInvalidBatch, "record offsets are not dense");
    }
    max_timestamp_ms = std::max(max_timestamp_ms, record.timestamp_ms);
    look(record);
  }
  if (cursor.rest_bytes() != 0) {
    return MakeError(Errc::kInvalidBatch, "bytes are left over after the last record");
  }
  return max_timestamp_ms;
}

// All the rules. Returns the largest timestamp of the records.
template <class Look>
absl::StatusOr<int64_t> Inspect(const Batch& batch, const Look& look) {
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
  return CheckRecords(batch.header(), block->view(), look);
}

absl::StatusOr<int64_t> Inspect(const Batch& batch) {
  return Inspect(batch, [](const RecordView&) {});
}

// As long as it says, and of the CRC that it says.
bool IsUndamaged(const Buffer& bytes) {
  if (bytes.size() < kBatchHeaderBytes) return false;
  const BatchHeader header = DecodeBatchHeader(bytes.data());
  return header.total_bytes() == static_cast<int64_t>(bytes.size()) &&
         header.crc == Crc32c(bytes.view().substr(kAttributesAt));
}

uint16_t PublicAttributes(const Batch& batch) {
  return static_cast<uint16_t>(batch.header().attributes & ~kPrivateBits);
}

}  // namespace

absl::StatusOr<Batch> ParseProducedBatch(const Buffer& bytes) {
  if (bytes.empty()) {
    return MakeError(Errc::kInvalidBatch, "a partition's records are one batch, and not none");
  }
  if (bytes.size() > kMagicAt && static_cast<int8_t>(bytes.data()[kMagicAt]) != kMagic) {
    return MakeError(Errc::kInvalidBatch, "only record batches of format 2 are taken");
  }
  absl::StatusOr<Batch> batch = Batch::Parse(bytes);
  if (!batch.ok()) {
    // What arrived as it was sent will be no better for being sent again.
    if (!IsUndamaged(bytes)) return batch.status();
    const absl::string_view fault = batch.status().message();
    return MakeError(Errc::kInvalidBatch, {fault.data(), fault.size()});
  }
  if (batch->header().total_bytes() != static_cast<int64_t>(bytes.size())) {
    return MakeError(Errc::kInvalidBatch, "a partition's records are one batch, and not several");
  }
  return batch;
}

absl::Status ValidateProducedBatch(const Batch& batch) {
  return Inspect(batch).status();
}

absl::StatusOr<std::vector<FaultyRecord>> ValidateProducedBatch(const Batch& batch,
                                                                const RecordRules& rules) {
  std::vector<FaultyRecord> faulty;
  const auto look = [&](const RecordView& record) {
    if (faulty.size() >= kMaxFaultyRecords) return;
    const auto index = static_cast<int32_t>(record.offset);  // of a produced batch: from 0
    if (rules.keyed && !record.key) faulty.push_back({index, RecordFault::kNoKey});
    if (record.timestamp_ms < rules.min_timestamp_ms ||
        record.timestamp_ms > rules.max_timestamp_ms) {
      faulty.push_back({index, RecordFault::kTimestamp});
    }
  };
  const absl::StatusOr<int64_t> inspected = Inspect(batch, look);
  if (!inspected.ok()) return inspected.status();
  return faulty;
}

Batch StripPrivateAttributes(Batch batch) {
  const uint16_t attributes = PublicAttributes(batch);
  const int64_t max_timestamp_ms = batch.header().max_timestamp_ms;
  return WithFields(std::move(batch), attributes, max_timestamp_ms);
}

absl::StatusOr<Batch> AcceptProducedBatch(Batch batch) {
  const absl::StatusOr<int64_t> max_timestamp_ms = Inspect(batch);
  if (!max_timestamp_ms.ok()) return max_timestamp_ms.status();
  const uint16_t attributes = PublicAttributes(batch);
  return WithFields(std::move(batch), attributes, *max_timestamp_ms);
}

}  // namespace braid::storage
