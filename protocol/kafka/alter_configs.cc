// Altering settings, and what has some.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "protocol/kafka/configs.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/alter_configs.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/list_config_resources.h"
#include "protocol/kafka/refusal.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

Refusal Alter(Request& request, const AlterConfigsRequest::Resource& asked, bool validate_only) {
  ConfigMap own;
  for (const auto& config : asked.configs) {
    if (!config.value) return {ErrorCode::kInvalidRequest, "a setting needs a value"};
    if (!own.emplace(config.name, *config.value).second) {
      return {ErrorCode::kInvalidRequest, "a setting is named twice"};
    }
  }
  return request.service().configs().Replace(static_cast<ConfigResourceType>(asked.resource_type),
                                             asked.resource_name, std::move(own), validate_only,
                                             request.writes());
}

Refusal Alter(Request& request, const IncrementalAlterConfigsRequest::Resource& asked,
              bool validate_only) {
  std::vector<ConfigChange> changes;
  for (const auto& config : asked.configs) {
    changes.push_back(
        {config.name, static_cast<ConfigOperation>(config.config_operation), config.value});
  }
  return request.service().configs().Alter(static_cast<ConfigResourceType>(asked.resource_type),
                                           asked.resource_name, changes, validate_only,
                                           request.writes());
}

template <class Answer, class Asked>
void Serve(Request& request) {
  const auto asked = request.Read<Asked>();
  if (!asked) return;
  using Name = std::pair<int8_t, std::string_view>;
  std::map<Name, int> times;
  for (const auto& resource : asked->resources) {
    ++times[Name(resource.resource_type, resource.resource_name)];
  }
  Answer reply;
  for (const auto& resource : asked->resources) {
    int& named = times[Name(resource.resource_type, resource.resource_name)];
    if (named == 0) continue;  // refused already
    Refusal refusal = named == 1 ? Alter(request, resource, asked->validate_only)
                                 : Refusal{ErrorCode::kInvalidRequest, "named twice"};
    named = 0;
    auto& answer = reply.responses.emplace_back();
    answer.resource_type = resource.resource_type;
    answer.resource_name = resource.resource_name;
    answer.error_code = Wire(refusal.code);
    if (!refusal.ok()) answer.error_message = request.Keep(std::move(refusal.message));
  }
  request.Reply(reply);
}

constexpr ConfigResourceType kListed[] = {ConfigResourceType::kTopic, ConfigResourceType::kBroker,
                                          ConfigResourceType::kClientMetrics,
                                          ConfigResourceType::kGroup};

std::vector<std::string> NamesOf(Request& request, ConfigResourceType type) {
  std::vector<std::string> names;
  switch (type) {
    case ConfigResourceType::kTopic:
      for (const engine::TopicPtr& topic : request.catalog().Topics()) {
        names.push_back(NameOf(*topic));
      }
      return names;
    case ConfigResourceType::kBroker:
      return {std::to_string(request.service().options().node_id)};
    default:
      return request.service().configs().Named(type);
  }
}

}  // namespace

void ServeAlterConfigs(Request& request) {
  Serve<AlterConfigsResponse, AlterConfigsRequest>(request);
}

void ServeIncrementalAlterConfigs(Request& request) {
  Serve<IncrementalAlterConfigsResponse, IncrementalAlterConfigsRequest>(request);
}

void ServeListConfigResources(Request& request) {
  const auto asked = request.Read<ListConfigResourcesRequest>();
  if (!asked) return;
  static constexpr int8_t kBeforeTypes[] = {
      static_cast<int8_t>(ConfigResourceType::kClientMetrics)};
  const absl::Span<const int8_t> types = request.version() == 0
                                             ? absl::MakeConstSpan(kBeforeTypes)
                                             : absl::MakeConstSpan(asked->resource_types);
  ListConfigResourcesResponse reply;
  for (const int8_t type : types) {
    const bool known = std::any_of(
        std::begin(kListed), std::end(kListed),
        [type](ConfigResourceType listed) { return static_cast<int8_t>(listed) == type; });
    if (!known && type != static_cast<int8_t>(ConfigResourceType::kBrokerLogger)) {
      reply.error_code = Wire(ErrorCode::kUnsupportedVersion);
      return request.Reply(reply);
    }
  }
  for (const ConfigResourceType type : kListed) {
    const auto number = static_cast<int8_t>(type);
    if (!types.empty() && std::find(types.begin(), types.end(), number) == types.end()) continue;
    for (std::string& name : NamesOf(request, type)) {
      reply.config_resources.push_back({request.Keep(std::move(name)), number});
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
