// What a broker checks before it stores a batch that a client built.
#ifndef BRAID_STORAGE_BATCH_VALIDATE_H_
#define BRAID_STORAGE_BATCH_VALIDATE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/batch.h"

namespace braid::storage {

// Kafka's rules for a produced batch that can be decided from its bytes alone: the CRC is right
// (kCorruptBatch); the codec is known (kUnsupportedCodec); base offset 0, offsets dense from 0, the
// count right, every record whole and none left over, no control bit, no log-append-time bit, and a
// sequence and an epoch where there is a producer id (all kInvalidBatch). Decompresses, but keeps
// no record.
absl::Status ValidateProducedBatch(const Batch& batch);

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
