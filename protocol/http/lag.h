// How far every group of every stream is behind, in the words of the model that owns the group.
#ifndef BRAID_PROTOCOL_HTTP_LAG_H_
#define BRAID_PROTOCOL_HTTP_LAG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.h"

namespace braid::http {

struct LagRow {
  std::string_view platform;  // "kafka", "redis" or "nats"
  std::string stream;         // topic, key or stream name, as that model spells it
  int partition = 0;          // of a Kafka topic
  std::string group;
  int64_t lag = 0;      // records the group has yet to be given, or to commit
  int64_t pending = 0;  // delivered and not settled
};

// By topic, partition, platform and group name. Reads the engine; no lock is held over the whole.
std::vector<LagRow> CollectLag(engine::Catalog& catalog);

// {"groups":[{"platform":..,"stream":..,"partition":..,"group":..,"lag":..,"pending":..}]}
std::string LagJson(const std::vector<LagRow>& rows);

std::string_view PlatformName(Origin origin);

}  // namespace braid::http

#endif  // BRAID_PROTOCOL_HTTP_LAG_H_
