#include "protocol/kafka/broker_configs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "absl/time/time.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/topic_configs.h"

namespace braid::kafka {
namespace {

std::string Ms(absl::Duration duration) {
  return fmt::to_string(absl::ToInt64Milliseconds(duration));
}

// What the process was started with, of those that topics go by; nullopt: Kafka's own default.
std::optional<std::string> StartedWith(std::string_view name, const Options& options,
                                       const EngineOptions& engine) {
  if (name == "message.max.bytes") return fmt::to_string(options.max_batch_bytes);
  if (name == "log.retention.ms") return "-1";
  if (name == "log.segment.bytes") return fmt::to_string(engine.segment_bytes);
  if (name == "log.roll.ms") return Ms(engine.segment_age);
  return std::nullopt;
}

using enum ConfigType;

void AddReadOnly(const Options& options, const EngineOptions& engine,
                 std::vector<BrokerConfig>& configs) {
  const auto add = [&configs](std::string_view name, ConfigType type, std::string_view usual,
                              std::string value, std::string_view documentation) {
    configs.push_back({.rule = {.name = name,
                                .type = type,
                                .default_value = usual,
                                .documentation = documentation},
                       .value = std::move(value)});
  };
  const std::string node = fmt::to_string(options.node_id);
  add("auto.create.topics.enable", kBoolean, "true", options.auto_create_topics ? "true" : "false",
      "A topic is created when a client asks for it.");
  add("broker.id", kInt, "-1", node, "The one broker's node id.");
  add("controller.quorum.voters", kList, "", "", "The broker keeps its metadata itself.");
  add("default.replication.factor", kInt, "1", "1", "There is one broker.");
  add("delete.topic.enable", kBoolean, "true", "true", "Topics can be deleted.");
  add("errors.deadletterqueue.auto.create.topics.enable", kBoolean, "false", "false",
      "The dead-letter topic of a share group must be there already.");
  add("errors.deadletterqueue.topic.name.prefix", kString, "dlq.", std::string(kDeadLetterPrefix),
      "What names of dead-letter topics begin with.");
  add("fetch.max.bytes", kInt, "57671680", fmt::to_string(options.max_fetch_bytes),
      "Most bytes of records in one fetch answer, softly.");
  add("group.consumer.assignors", kList, "uniform,range", "uniform,range",
      "How partitions of consumer groups can be shared, the usual way first.");
  add("group.consumer.heartbeat.interval.ms", kInt, "5000", Ms(options.consumer_heartbeat_interval),
      "How often members of consumer groups are told to send heartbeats.");
  add("group.consumer.migration.policy", kString, "bidirectional", "bidirectional",
      "Groups go from the classic protocol to the newer one and back while they have members.");
  add("group.consumer.session.timeout.ms", kInt, "45000", Ms(options.consumer_session_timeout),
      "How long a member of a consumer group may be silent.");
  add("group.initial.rebalance.delay.ms", kInt, "3000", Ms(options.initial_rebalance_delay),
      "How long an empty group's first rebalance waits.");
  add("group.max.session.timeout.ms", kInt, "1800000", Ms(options.max_session_timeout),
      "The longest session a member may have.");
  add("group.min.session.timeout.ms", kInt, "6000", Ms(options.min_session_timeout),
      "The shortest session a member may have.");
  add("group.share.delivery.count.limit", kInt, "5", "5",
      "How often share groups deliver a record before they give it up.");
  add("group.share.heartbeat.interval.ms", kInt, "5000", "5000",
      "How often members of share groups are told to send heartbeats.");
  add("group.share.max.share.sessions", kInt, "2000", "2000", "Share sessions, of all groups.");
  add("group.share.max.size", kInt, "200", "200", "Members that a share group may have.");
  add("group.share.partition.max.record.locks", kInt, "2000", "2000",
      "How many records of one partition may be out to members of a share group.");
  add("group.share.record.lock.duration.ms", kInt, "30000", "30000",
      "How long a record acquired by a member of a share group stays its own.");
  add("group.share.session.timeout.ms", kInt, "45000", "45000",
      "How long a member of a share group may be silent.");
  add("log.dirs", kString, "", engine.data_dir, "Where partitions are kept.");
  add("node.id", kInt, "-1", node, "The one broker's node id.");
  add("num.partitions", kInt, "1", fmt::to_string(options.default_partitions),
      "Partitions of a topic created without saying how many.");
  add("offset.metadata.max.bytes", kInt, "4096", fmt::to_string(kMaxOffsetMetadataBytes),
      "What may be committed beside an offset.");
  add("process.roles", kList, "", "broker,controller", "One process is both.");
  add("quota.window.num", kInt, "11", fmt::to_string(kQuotaWindows),
      "Windows that the rate of a client with a quota is taken over.");
  add("quota.window.size.seconds", kInt, "1", fmt::to_string(absl::ToInt64Seconds(kQuotaWindow)),
      "How long one of them is.");
  add("socket.request.max.bytes", kInt, "104857600", fmt::to_string(options.max_request_bytes),
      "The longest request.");
}

}  // namespace

std::vector<BrokerConfig> BrokerConfigs(const Options& options, const EngineOptions& engine) {
  std::vector<BrokerConfig> configs;
  AddReadOnly(options, engine, configs);
  configs.push_back({.rule = {.name = kAdvertisedListeners,
                              .type = kList,
                              .default_value = {},
                              .documentation = "Where clients are told to connect to, of each "
                                               "listener; where they dialled unless told.",
                              .words = "PLAINTEXT://HOST:PORT (PLAINTEXT2, 3 ... of others)",
                              .accepts = IsAdvertisedSetting},
                     .dynamic = true,
                     .value = AdvertisedSetting(options.advertised)});
  for (const TopicConfig& topic : TopicConfigs()) {
    if (topic.broker_name.empty()) continue;
    ConfigRule rule = topic.rule;
    rule.name = topic.broker_name;
    std::string value =
        StartedWith(rule.name, options, engine).value_or(std::string(topic.rule.default_value));
    configs.push_back({.rule = rule, .dynamic = true, .value = std::move(value)});
  }
  std::sort(configs.begin(), configs.end(),
            [](const BrokerConfig& a, const BrokerConfig& b) { return a.rule.name < b.rule.name; });
  return configs;
}

std::optional<std::string> FaultOfBrokerConfigs(const std::vector<BrokerConfig>& known,
                                                const ConfigMap& own) {
  for (const auto& setting : own) {
    const auto& [name, value] = setting;
    const auto config = std::find_if(
        known.begin(), known.end(),
        [&](const BrokerConfig& candidate) { return candidate.rule.name == setting.first; });
    if (config == known.end()) return fmt::format("brokers have no setting {}", name);
    if (!config->dynamic) return fmt::format("{} cannot be altered while the broker runs", name);
    if (std::optional<std::string> fault = FaultOf(config->rule, value)) return fault;
  }
  return std::nullopt;
}

}  // namespace braid::kafka
