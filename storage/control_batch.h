// The end of a transaction as a log has it: a control batch of one record, Kafka's transaction
// marker (its documentation, "Control Batches": the key says what kind, the value which
// coordinator).
#ifndef BRAID_STORAGE_CONTROL_BATCH_H_
#define BRAID_STORAGE_CONTROL_BATCH_H_

#include <cstdint>
#include <optional>

#include "braid/batch.h"

namespace braid::storage {

struct TransactionMarker {
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  bool committed = false;
  int32_t coordinator_epoch = 0;
  int64_t timestamp_ms = -1;
  friend bool operator==(const TransactionMarker&, const TransactionMarker&) = default;
};

Batch EncodeMarker(const TransactionMarker& marker);
// nullopt: `batch` is no control batch, one of another kind, or malformed.
std::optional<TransactionMarker> DecodeMarker(const Batch& batch);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_CONTROL_BATCH_H_
