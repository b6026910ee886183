#include <algorithm>
#include <string_view>
#include <utility>

#include "protocol/kafka/configs.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

using Resource = DescribeConfigsRequest::Resource;
using Result = DescribeConfigsResponse::Result;

void Add(Request& request, const DescribeConfigsRequest& asked, Config config, Result& result) {
  auto& reply = result.configs.emplace_back();
  reply.name = config.name;
  reply.read_only = config.read_only;
  reply.is_default = config.source() == ConfigSource::kDefault;
  reply.config_source = static_cast<int8_t>(config.source());
  reply.config_type = static_cast<int8_t>(config.type);
  if (asked.include_documentation) reply.documentation = config.documentation;
  for (Config::Origin& origin : config.origins) {
    const std::string_view value = request.Keep(std::move(origin.value));
    if (!reply.value) reply.value = value;
    if (!asked.include_synonyms) break;
    reply.synonyms.push_back({origin.name, value, static_cast<int8_t>(origin.source)});
  }
}

Result Describe(Request& request, const DescribeConfigsRequest& asked, const Resource& resource) {
  Result result;
  result.resource_type = resource.resource_type;
  result.resource_name = resource.resource_name;
  Configs::Description description = request.service().configs().Describe(
      static_cast<ConfigResourceType>(resource.resource_type), resource.resource_name);
  if (!description.refusal.ok()) {
    result.error_code = Wire(description.refusal.code);
    result.error_message = request.Keep(std::move(description.refusal.message));
    return result;
  }
  for (Config& config : description.configs) {
    const auto& keys = resource.configuration_keys;
    if (keys && std::find(keys->begin(), keys->end(), config.name) == keys->end()) continue;
    Add(request, asked, std::move(config), result);
  }
  return result;
}

}  // namespace

void ServeDescribeConfigs(Request& request) {
  const auto asked = request.Read<DescribeConfigsRequest>();
  if (!asked) return;
  DescribeConfigsResponse reply;
  Mentions<std::pair<int8_t, std::string_view>> mentions;
  for (const Resource& resource : asked->resources) {
    if (!mentions.IsNew({resource.resource_type, resource.resource_name})) continue;
    reply.results.push_back(Describe(request, *asked, resource));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
