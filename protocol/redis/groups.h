// Consumer groups as commands name them: by key and group.
#ifndef BRAID_PROTOCOL_REDIS_GROUPS_H_
#define BRAID_PROTOCOL_REDIS_GROUPS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "protocol/redis/client.h"

namespace braid::redis {

// nullptr when there is no such key, or no such group of a Redis client.
engine::GroupPtr FindGroup(Client& client, std::string_view key, std::string_view group);

// The offset a group continues at when everything up to and including `id` is behind it.
absl::StatusOr<Offset> OffsetAfter(engine::Stream& stream, engine::EntryId id);

// Whether ACKED lets nothing go: before 8.6 it did so in a stream without groups.
bool KeepsAll(Call& call, engine::Stream& stream, engine::References references);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_GROUPS_H_
