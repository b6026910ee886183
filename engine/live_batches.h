// Stored batches for readers of whole batches, without the records that have been deleted since.
#ifndef BRAID_ENGINE_LIVE_BATCHES_H_
#define BRAID_ENGINE_LIVE_BATCHES_H_

#include <vector>

#include "absl/status/status.h"
#include "braid/batch.h"
#include "engine/stream_reader.h"

namespace braid::engine {

// Writes those anew that hold deleted records; they cover the same offsets as before, and keep
// their codec and what they say of a transaction. One that has no record left stays, empty, so that
// readers get past it. Costs one look at the set for each batch when there is nothing to do.
// Errors: kCorruptBatch.
absl::Status DropDeleted(const StreamSnapshot& snapshot, std::vector<Batch>& batches);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_LIVE_BATCHES_H_
