#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/kafka/configs.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using Resource = DescribeConfigsRequest::Resource;
using Result = DescribeConfigsResponse::Result;

constexpr int8_t kTopicResource = 2;
constexpr int8_t kBrokerResource = 4;

void Refuse(ErrorCode error, std::string_view why, Result& result) {
  result.error_code = Wire(error);
  result.error_message = why;
}

// This broker's id, or nothing at all, which means every broker's.
bool NamesThisBroker(std::string_view name, int32_t node_id) {
  if (name.empty()) return true;
  int32_t id = -1;
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data(), end, id);
  return error == std::errc() && at == end && id == node_id;
}

void Add(Request& request, const DescribeConfigsRequest& asked, const Resource& resource,
         std::vector<Config> configs, Result& result) {
  for (Config& config : configs) {
    const auto& keys = resource.configuration_keys;
    if (keys && std::find(keys->begin(), keys->end(), config.name) == keys->end()) continue;
    auto& reply = result.configs.emplace_back();
    reply.name = config.name;
    reply.value = request.Keep(std::move(config.value));
    reply.read_only = config.read_only;
    reply.is_default = config.source == ConfigSource::kDefault;
    reply.config_source = static_cast<int8_t>(config.source);
    reply.config_type = static_cast<int8_t>(config.type);
    if (asked.include_synonyms) {
      reply.synonyms.push_back({config.name, reply.value, reply.config_source});
    }
    if (asked.include_documentation) reply.documentation = config.documentation;
  }
}

Result Describe(Request& request, const DescribeConfigsRequest& asked, const Resource& resource) {
  Result result;
  result.resource_type = resource.resource_type;
  result.resource_name = resource.resource_name;
  Service& service = request.service();
  if (resource.resource_type == kTopicResource) {
    const engine::TopicPtr topic = FindTopic(request.catalog(), resource.resource_name);
    if (topic == nullptr) {
      Refuse(ErrorCode::kUnknownTopicOrPartition, "there is no such topic", result);
    } else {
      Add(request, asked, resource, TopicConfigs(topic->partitions.front()->options(), service),
          result);
    }
  } else if (resource.resource_type == kBrokerResource) {
    if (NamesThisBroker(resource.resource_name, service.options().node_id)) {
      Add(request, asked, resource, BrokerConfigs(service), result);
    } else {
      Refuse(ErrorCode::kInvalidRequest, "there is no such broker", result);
    }
  } else {
    Refuse(ErrorCode::kInvalidRequest, "only topics and brokers have settings here", result);
  }
  return result;
}

}  // namespace

void ServeDescribeConfigs(Request& request) {
  const auto asked = request.Read<DescribeConfigsRequest>();
  if (!asked) return;
  DescribeConfigsResponse reply;
  for (const Resource& resource : asked->resources) {
    reply.results.push_back(Describe(request, *asked, resource));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
