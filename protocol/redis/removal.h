// What XDELEX and XACKDEL have in common: their arguments, and the reply with a number for each ID.
#ifndef BRAID_PROTOCOL_REDIS_REMOVAL_H_
#define BRAID_PROTOCOL_REDIS_REMOVAL_H_

#include <vector>

#include "absl/types/span.h"
#include "engine/references.h"
#include "protocol/redis/args.h"
#include "protocol/redis/id_list.h"
#include "protocol/redis/reply.h"

namespace braid::redis {

struct RemovalRequest {
  engine::References references = engine::References::kKeep;
  IdList ids;
};

// Everything behind the key, or the group; latches what is wrong.
RemovalRequest ParseRemoval(Args& args);
// -1: there was nothing; 1: it is gone; 2: it is still referenced.
void WriteRemovals(Reply& reply, absl::Span<const engine::Removal> removals);
// That there was nothing of all that was asked for.
std::vector<engine::Removal> Nothing(const RemovalRequest& request);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_REMOVAL_H_
