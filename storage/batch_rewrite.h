// Batches with something else in them than they came with. Each function gives a batch of its own,
// with a right CRC, or the same one when nothing had to change.
#ifndef BRAID_STORAGE_BATCH_REWRITE_H_
#define BRAID_STORAGE_BATCH_REWRITE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/codec.h"

namespace braid::storage {

// With these attributes and this max timestamp.
Batch WithFields(Batch batch, uint16_t attributes, int64_t max_timestamp_ms);

// Every record has this time: the log-append-time bit is set, and the time is the max timestamp.
Batch WithAppendTime(Batch batch, int64_t timestamp_ms);

// The same records, offsets, times and producer in another codec. Errors: those of decoding it
// (kCorruptBatch, kUnsupportedCodec).
absl::StatusOr<Batch> Recompress(const Batch& batch, Codec codec);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_REWRITE_H_
