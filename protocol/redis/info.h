// The text of INFO.
#ifndef BRAID_PROTOCOL_REDIS_INFO_H_
#define BRAID_PROTOCOL_REDIS_INFO_H_

#include <string>
#include <vector>

#include "protocol/redis/client.h"

namespace braid::redis {

// The sections named, in their usual order; "all" and "everything" name all of them, nothing and
// "default" those that are not lists.
std::string InfoText(Call& call, const std::vector<std::string>& sections);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_INFO_H_
