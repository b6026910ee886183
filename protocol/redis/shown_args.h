// A command's arguments as others may see them: in MONITOR and in the slow log, which must not tell
// passwords. Pure.
#ifndef BRAID_PROTOCOL_REDIS_SHOWN_ARGS_H_
#define BRAID_PROTOCOL_REDIS_SHOWN_ARGS_H_

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "protocol/redis/command.h"

namespace braid::redis {

// `argv` with "(redacted)" in place of what is secret: AUTH's and HELLO's credentials, what a
// password is set to, and everything about users.
std::vector<std::string_view> ShownArgs(const Command& command,
                                        absl::Span<const std::string_view> argv);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SHOWN_ARGS_H_
