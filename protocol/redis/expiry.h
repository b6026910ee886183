// Expiry times as commands spell them.
#ifndef BRAID_PROTOCOL_REDIS_EXPIRY_H_
#define BRAID_PROTOCOL_REDIS_EXPIRY_H_

#include <cstdint>

#include "protocol/redis/client.h"

namespace braid::redis {

// The next argument as a time in milliseconds since 1970: so many units from now, or since 1970 if
// `absolute`. Latches an error when it is no number or lies too far off and, if `only_later`, when
// it is not positive.
int64_t NextExpiry(Call& call, int64_t unit_ms, bool absolute, bool only_later = false);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_EXPIRY_H_
