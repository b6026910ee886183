// The monitoring page about streams and consumers.
#include <utility>

#include "engine/catalog.h"
#include "engine/stream.h"
#include "protocol/nats/consumer_info.h"
#include "protocol/nats/monitor.h"
#include "protocol/nats/stream_info.h"

namespace braid::nats {
namespace {

// Of a consumer or a stream: what the API says of it, without its configuration if need be.
template <class Description>
MonitorJson Described(const Description& description, bool with_config) {
  MonitorJson json = MonitorJson::parse(WriteJson(description), nullptr, false);
  if (!with_config) json.erase("config");
  json.erase("ts");
  return json;
}

}  // namespace

absl::StatusOr<MonitorJson> Monitor::Jsz(const MonitorQuery& query) {
  const auto accounts = query.Flag("accounts"), streams = query.Flag("streams"),
             consumers = query.Flag("consumers"), config = query.Flag("config");
  for (const absl::Status& status :
       {accounts.status(), streams.status(), consumers.status(), config.status()}) {
    if (!status.ok()) return status;
  }
  const ServiceOptions& options = service_.options();
  MonitorJson json = Head();
  if (!options.jetstream) {
    json["disabled"] = true;
    return json;
  }
  const std::string wanted = query.Text("acc");
  int64_t stream_count = 0, consumer_count = 0, messages = 0, bytes = 0;
  MonitorJson details = MonitorJson::array();
  for (const engine::TopicPtr& topic : service_.catalog().Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      const StreamDescription description = DescribeStream(*stream);
      ++stream_count;
      consumer_count += description.state.consumer_count;
      messages += description.state.messages;
      bytes += description.state.bytes;
      if (!*streams && !*consumers) continue;
      MonitorJson detail = Described(description, *config);
      detail["name"] = description.config.name;
      if (*consumers) {
        MonitorJson list = MonitorJson::array();
        for (const engine::GroupPtr& group : stream->Groups(Origin::kNats)) {
          list.push_back(Described(DescribeConsumer(service_.jetstream(), *group), *config));
        }
        detail["consumer_detail"] = std::move(list);
      }
      details.push_back(std::move(detail));
    }
  }
  const MonitorJson api = {{"level", kApiLevel},
                           {"total", service_.jetstream().api_requests.load()},
                           {"errors", service_.jetstream().api_errors.load()}};
  json["config"] = {{"max_memory", options.max_memory},
                    {"max_storage", options.max_store},
                    {"store_dir", options.store_dir},
                    {"strict", options.strict}};
  const MonitorJson usage = {{"memory", 0},
                             {"storage", bytes},
                             {"reserved_memory", 0},
                             {"reserved_storage", 0},
                             {"accounts", 1},
                             {"ha_assets", 0},
                             {"api", api}};
  json.update(usage);
  json["streams"] = stream_count;
  json["consumers"] = consumer_count;
  json["messages"] = messages;
  json["bytes"] = bytes;
  if (!*accounts && !*streams && !*consumers && wanted.empty()) return json;
  MonitorJson list = MonitorJson::array();
  for (const auto& account : service_.accounts()) {
    if (!account->jetstream || (!wanted.empty() && account->name != wanted)) continue;
    MonitorJson one = {{"name", account->name}, {"id", account->name}};
    one.update(usage);
    one["accounts"] = 0;
    if (*streams || *consumers) one["stream_detail"] = std::move(details);
    list.push_back(std::move(one));
  }
  json["account_details"] = std::move(list);
  return json;
}

}  // namespace braid::nats
