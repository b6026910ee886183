// The part of the command table that a server knows, being the release of Redis that it is.
#ifndef BRAID_PROTOCOL_REDIS_KNOWN_COMMANDS_H_
#define BRAID_PROTOCOL_REDIS_KNOWN_COMMANDS_H_

#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "protocol/redis/command.h"

namespace braid::redis {

class Service;

std::vector<const Command*> KnownCommands(const Service& service);  // without subcommands
std::vector<const Command*> KnownSubcommands(const Service& service, const Command& container);
// "xgroup" or "xgroup|create"; nullptr when there is none.
const Command* FindKnown(const Service& service, std::string_view name);
// What `argv`, the name and arguments of a call, calls; nullptr as above.
const Command* FindCalled(const Service& service, absl::Span<const std::string_view> argv);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_KNOWN_COMMANDS_H_
