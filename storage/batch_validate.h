// What a broker checks before it stores a batch that a client built.
#ifndef BRAID_STORAGE_BATCH_VALIDATE_H_
#define BRAID_STORAGE_BATCH_VALIDATE_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/buffer.h"

namespace braid::storage {

// The one batch that `bytes` are, as a producer sends them. kInvalidBatch when they are none,
// several, of another magic, or of a header that no batch can have although its CRC is right;
// kCorruptBatch when they are damaged.
absl::StatusOr<Batch> ParseProducedBatch(const Buffer& bytes);

// Kafka's rules for a produced batch that can be decided from its bytes alone: the CRC is right
// (kCorruptBatch); the codec is known (kUnsupportedCodec); base offset 0, offsets dense from 0, the
// count right, every record whole and none left over, no control bit, no log-append-time bit, and a
// sequence and an epoch where there is a producer id (all kInvalidBatch). Decompresses, but keeps
// no record.
absl::Status ValidateProducedBatch(const Batch& batch);

// What a stream asks of each record beyond that.
struct RecordRules {
  bool keyed = false;  // as compaction needs them
  int64_t min_timestamp_ms = std::numeric_limits<int64_t>::min();
  int64_t max_timestamp_ms = std::numeric_limits<int64_t>::max();
};
enum class RecordFault : uint8_t { kNoKey, kTimestamp };
struct FaultyRecord {
  int32_t index = 0;  // within the batch
  RecordFault fault = RecordFault::kNoKey;
};
// The same in one go; and the records that break a rule, the first kMaxFaultyRecords of them.
inline constexpr size_t kMaxFaultyRecords = 1000;
absl::StatusOr<std::vector<FaultyRecord>> ValidateProducedBatch(const Batch& batch,
                                                                const RecordRules& rules);

// `batch` itself when attribute bits 7..15 are clear, as Kafka's clients leave them; otherwise a
// copy with them cleared and the CRC redone, so that no client can forge an Origin. Requires a
// valid CRC.
Batch StripPrivateAttributes(Batch batch);

// Both in one, and one thing more: a max timestamp that is not that of the records is put right, as
// Kafka's broker does. Times and entry IDs are found by that field, and some clients write the last
// record's time there. The batch to be stored, or the error of ValidateProducedBatch.
absl::StatusOr<Batch> AcceptProducedBatch(Batch batch);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_VALIDATE_H_
