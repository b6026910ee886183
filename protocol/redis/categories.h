// ACL categories: sets of commands by name, made of what the command table says of each. Pure.
#ifndef BRAID_PROTOCOL_REDIS_CATEGORIES_H_
#define BRAID_PROTOCOL_REDIS_CATEGORIES_H_

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "protocol/redis/command.h"

namespace braid::redis {

// All there are, in Redis's order; names without "@".
absl::Span<const std::string_view> Categories();
// Any case.
bool IsCategory(std::string_view name);
// Those of a command, in the same order.
std::vector<std::string_view> CategoriesOf(const Command& command);
bool InCategory(const Command& command, std::string_view category);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_CATEGORIES_H_
