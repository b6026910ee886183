// Entry IDs as arguments: a counted list ("IDS 2 1-1 2-2").
#ifndef BRAID_PROTOCOL_REDIS_ID_LIST_H_
#define BRAID_PROTOCOL_REDIS_ID_LIST_H_

#include <string_view>

#include "absl/container/inlined_vector.h"
#include "engine/entry_id.h"
#include "protocol/redis/args.h"

namespace braid::redis {

using IdList = absl::InlinedVector<engine::EntryId, 8>;

// What is said of a list that is wrong.
struct IdListErrors {
  std::string_view not_positive;
  std::string_view mismatch;
};

// Takes what follows IDS; latches what is wrong with it.
void TakeIdList(Args& args, const IdListErrors& errors, IdList& ids);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_ID_LIST_H_
