// The keys there are.
#ifndef BRAID_PROTOCOL_REDIS_KEYSPACE_H_
#define BRAID_PROTOCOL_REDIS_KEYSPACE_H_

#include <string>
#include <vector>

#include "engine/catalog.h"

namespace braid::redis {

// In order of their topics' names.
std::vector<std::string> AllKeys(engine::Catalog& catalog);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_KEYSPACE_H_
