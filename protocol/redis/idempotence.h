// Entries that their producers name (XADD IDMP): what commands share.
#ifndef BRAID_PROTOCOL_REDIS_IDEMPOTENCE_H_
#define BRAID_PROTOCOL_REDIS_IDEMPOTENCE_H_

#include "engine/idempotence.h"
#include "protocol/redis/service.h"

namespace braid::redis {

// Of streams that have not been told otherwise.
engine::IdempotenceOptions DefaultIdempotence(const Service& service);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_IDEMPOTENCE_H_
