#include "protocol/http/lag.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/group.h"
#include "engine/stream.h"
#include "engine/views.h"

namespace braid::http {
namespace {

std::string NameFor(Origin origin, const engine::StreamIdentity& stream) {
  switch (origin) {
    case Origin::kRedis:
      return engine::RedisKeyOf(stream);
    case Origin::kNats:
      return engine::JetStreamNameOf(stream);
    case Origin::kKafka:
      break;
  }
  return engine::KafkaNameOf(stream);
}

}  // namespace

std::string_view PlatformName(Origin origin) {
  switch (origin) {
    case Origin::kRedis:
      return "redis";
    case Origin::kNats:
      return "nats";
    case Origin::kKafka:
      break;
  }
  return "kafka";
}

std::vector<LagRow> CollectLag(engine::Catalog& catalog) {
  std::vector<LagRow> rows;
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      for (const engine::GroupPtr& group : stream->Groups()) {
        const engine::GroupInfo info = group->Info();
        rows.push_back({.platform = PlatformName(group->owner()),
                        .stream = NameFor(group->owner(), stream->identity()),
                        .partition = stream->identity().partition,
                        .group = group->name(),
                        .lag = info.lag,
                        .pending = info.pending});
      }
    }
  }
  return rows;
}

std::string LagJson(const std::vector<LagRow>& rows) {
  nlohmann::ordered_json groups = nlohmann::ordered_json::array();
  for (const LagRow& row : rows) {
    groups.push_back({{"platform", row.platform},
                      {"stream", row.stream},
                      {"partition", row.partition},
                      {"group", row.group},
                      {"lag", row.lag},
                      {"pending", row.pending}});
  }
  const nlohmann::ordered_json body = {{"groups", std::move(groups)}};
  return body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace braid::http
