// The fixed part of a record batch: decoding it, and the checks that need nothing but it.
#ifndef BRAID_STORAGE_BATCH_HEADER_H_
#define BRAID_STORAGE_BATCH_HEADER_H_

#include <cstdint>

#include "braid/batch.h"

namespace braid::storage {

// The header in the kBatchHeaderBytes at `data`. Any bytes decode; see FindHeaderFault.
BatchHeader DecodeBatchHeader(const char* data);

// Why no batch with that header can stand at the front of `available` bytes; nullptr when one can.
const char* FindHeaderFault(const BatchHeader& header, uint64_t available);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_HEADER_H_
