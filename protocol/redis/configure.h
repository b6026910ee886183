// Settings given at the start, under the names and with the values of redis.conf.
#ifndef BRAID_PROTOCOL_REDIS_CONFIGURE_H_
#define BRAID_PROTOCOL_REDIS_CONFIGURE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "protocol/redis/service.h"

namespace braid::redis {

using SettingList = std::vector<std::pair<std::string, std::string>>;  // (name, value)

// All or none. kInvalidArgument naming the setting that does not exist, cannot be chosen, or has
// no such value.
absl::Status Configure(Service& service, const SettingList& settings);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_CONFIGURE_H_
