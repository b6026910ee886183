// What rows of the command table have in common, whichever file they stand in.
#ifndef BRAID_PROTOCOL_REDIS_COMMAND_ROWS_H_
#define BRAID_PROTOCOL_REDIS_COMMAND_ROWS_H_

#include <cstdint>

#include "protocol/redis/command.h"

namespace braid::redis {

inline constexpr KeyRange kNone = {};
inline constexpr uint32_t kHelp = kLoading | kStale;
inline constexpr uint32_t kServer = kAdmin | kNoScript | kLoading | kStale;

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_COMMAND_ROWS_H_
