#include "protocol/kafka/configs.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/encoding.h"
#include "protocol/kafka/group_configs.h"
#include "protocol/kafka/topic_configs.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kAllBrokers;  // the name of their resource is empty

std::string Prefix(ConfigResourceType type) {
  return fmt::format("kafka/config/{}/", static_cast<int>(type));
}

std::string Encode(const ConfigMap& own) {
  if (own.empty()) return {};
  engine::Encoder out;
  out.U64(own.size());
  for (const auto& [name, value] : own) out.Str(name).Str(value);
  return out.Take();
}

ConfigMap Decode(std::string_view bytes) {
  ConfigMap own;
  engine::Decoder in(bytes);
  const uint64_t count = bytes.empty() ? 0 : in.Count();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::string name(in.Str());
    own[name] = in.Str();
  }
  return own;
}

const ConfigRule* FindIn(absl::Span<const ConfigRule> rules, std::string_view name) {
  const auto* found = std::find_if(rules.begin(), rules.end(),
                                   [name](const ConfigRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : found;
}

std::vector<Config> Describe(absl::Span<const ConfigRule> rules, const ConfigMap& own,
                             ConfigSource source) {
  std::vector<Config> configs;
  for (const ConfigRule& rule : rules) {
    Config& config = configs.emplace_back();
    config.name = rule.name;
    config.type = rule.type;
    config.documentation = rule.documentation;
    if (const auto set = own.find(rule.name); set != own.end()) {
      config.origins.push_back({rule.name, set->second, source});
    }
    config.origins.push_back({rule.name, std::string(rule.default_value), ConfigSource::kDefault});
  }
  return configs;
}

}  // namespace

Configs::Configs(engine::Catalog& catalog, const Options& options)
    : catalog_(catalog),
      node_(fmt::to_string(options.node_id)),
      broker_(BrokerConfigs(options, catalog.options())) {}

// --- Looking ---

Refusal Configs::CheckResource(ConfigResourceType type, std::string_view name) const {
  switch (type) {
    case ConfigResourceType::kTopic:
      if (name.empty()) return {ErrorCode::kInvalidRequest, "a topic has a name"};
      if (FindTopic(catalog_, name) != nullptr) return {};
      if (absl::Status s = CheckNewName(name); !s.ok()) return RefusalOf(s);
      return {ErrorCode::kUnknownTopicOrPartition, "there is no such topic"};
    case ConfigResourceType::kBroker:
      if (name == kAllBrokers || name == node_) return {};
      return {ErrorCode::kInvalidRequest, fmt::format("the one broker is {}", node_)};
    case ConfigResourceType::kGroup:
    case ConfigResourceType::kClientMetrics:
      if (!name.empty()) return {};
      return {ErrorCode::kInvalidRequest, "the resource needs a name"};
    default:
      return {ErrorCode::kInvalidRequest, "resources of that kind have no settings here"};
  }
}

const ConfigRule* Configs::FindRule(ConfigResourceType type, std::string_view name) const {
  switch (type) {
    case ConfigResourceType::kTopic: {
      const TopicConfig* topic = FindTopicConfig(name);
      return topic == nullptr ? nullptr : &topic->rule;
    }
    case ConfigResourceType::kBroker:
      for (const BrokerConfig& config : broker_) {
        if (config.rule.name == name) return &config.rule;
      }
      return nullptr;
    default:
      return FindIn(type == ConfigResourceType::kGroup ? GroupConfigs() : ClientMetricsConfigs(),
                    name);
  }
}

ConfigMap Configs::Own(ConfigResourceType type, std::string_view name) const {
  if (type != ConfigResourceType::kTopic) {
    return Decode(catalog_.GetSetting(Prefix(type) + std::string(name)).value_or(""));
  }
  const engine::TopicPtr topic = FindTopic(catalog_, name);
  return topic == nullptr ? ConfigMap() : OwnTopicConfigs(topic->partitions.front()->options());
}

Configs::Description Configs::Describe(ConfigResourceType type, std::string_view name) const {
  Description description;
  description.refusal = CheckResource(type, name);
  if (!description.refusal.ok()) return description;
  switch (type) {
    case ConfigResourceType::kTopic:
      if (const engine::TopicPtr topic = FindTopic(catalog_, name)) {
        description.configs = DescribeTopic(topic->partitions.front()->options());
      }
      break;
    case ConfigResourceType::kBroker:
      description.configs = DescribeBroker(name);
      break;
    case ConfigResourceType::kGroup:
      description.configs = kafka::Describe(GroupConfigs(), Own(type, name), ConfigSource::kGroup);
      break;
    default:
      description.configs =
          kafka::Describe(ClientMetricsConfigs(), Own(type, name), ConfigSource::kClientMetrics);
  }
  return description;
}

// What holds for the broker, from the setting for it alone down to Kafka's default.
void Configs::AddBrokerOrigins(std::string_view name, Config& config) const {
  const auto broker =
      std::find_if(broker_.begin(), broker_.end(),
                   [name](const BrokerConfig& candidate) { return candidate.rule.name == name; });
  if (broker == broker_.end()) return;
  const ConfigRule& rule = broker->rule;
  const auto add = [&](std::string_view resource, ConfigSource source) {
    const ConfigMap own = Own(ConfigResourceType::kBroker, resource);
    const auto set = own.find(name);
    if (set != own.end()) config.origins.push_back({rule.name, set->second, source});
  };
  add(node_, ConfigSource::kBroker);
  add(kAllBrokers, ConfigSource::kDefaultBroker);
  if (broker->value != rule.default_value) {
    config.origins.push_back({rule.name, broker->value, ConfigSource::kBrokerFile});
  }
  config.origins.push_back({rule.name, std::string(rule.default_value), ConfigSource::kDefault});
}

std::vector<Config> Configs::DescribeTopic(const StreamOptions& options) const {
  const ConfigMap own = OwnTopicConfigs(options);
  std::vector<Config> configs;
  for (const TopicConfig& topic : TopicConfigs()) {
    const ConfigRule& rule = topic.rule;
    Config& config = configs.emplace_back();
    config.name = rule.name;
    config.type = rule.type;
    config.documentation = rule.documentation;
    config.read_only = options.owner != braid::Origin::kKafka;
    if (const auto set = own.find(rule.name); set != own.end()) {
      config.origins.push_back({rule.name, set->second, ConfigSource::kTopic});
    }
    AddBrokerOrigins(topic.broker_name, config);
    if (topic.broker_name.empty()) {
      config.origins.push_back(
          {rule.name, std::string(rule.default_value), ConfigSource::kDefault});
    }
  }
  return configs;
}

std::vector<Config> Configs::DescribeBroker(std::string_view name) const {
  const ConfigMap for_all = Own(ConfigResourceType::kBroker, kAllBrokers);
  std::vector<Config> configs;
  for (const BrokerConfig& broker : broker_) {
    Config config{.name = broker.rule.name,
                  .type = broker.rule.type,
                  .read_only = !broker.dynamic,
                  .documentation = broker.rule.documentation,
                  .origins = {}};
    if (name == node_) {
      AddBrokerOrigins(broker.rule.name, config);
    } else if (const auto set = for_all.find(broker.rule.name); set != for_all.end()) {
      // Of all brokers together only what was set for them is told.
      config.origins.push_back({config.name, set->second, ConfigSource::kDefaultBroker});
    }
    if (!config.origins.empty()) configs.push_back(std::move(config));
  }
  return configs;
}

std::vector<std::string> Configs::Named(ConfigResourceType type) const {
  const std::string prefix = Prefix(type);
  std::vector<std::string> names;
  for (const auto& [key, value] : catalog_.Settings(prefix)) {
    names.push_back(key.substr(prefix.size()));
  }
  return names;
}

std::string Configs::BrokerValue(std::string_view name) const {
  Config config;
  AddBrokerOrigins(name, config);
  return config.origins.empty() ? std::string() : config.value();
}

std::string Configs::GroupValue(std::string_view group, std::string_view name) const {
  const ConfigMap own = Own(ConfigResourceType::kGroup, group);
  if (const auto set = own.find(name); set != own.end()) return set->second;
  const std::string usual = fmt::format("group.{}", name);  // what the process was started with
  for (const BrokerConfig& config : broker_) {
    if (config.rule.name == usual) return config.value;
  }
  const ConfigRule* rule = FindIn(GroupConfigs(), name);
  return std::string(rule == nullptr ? std::string_view() : rule->default_value);
}

// --- Altering ---

Refusal Configs::Check(ConfigResourceType type, const ConfigMap& own) const {
  switch (type) {
    case ConfigResourceType::kTopic:
      if (auto fault = FaultOfTopicConfigs(own)) return {ErrorCode::kInvalidConfig, *fault};
      return {};
    case ConfigResourceType::kBroker:
      if (auto fault = FaultOfBrokerConfigs(broker_, own)) {
        return {ErrorCode::kInvalidRequest, *fault};
      }
      return {};
    default:
      for (const auto& [name, value] : own) {
        const ConfigRule* rule = FindRule(type, name);
        if (rule == nullptr) {
          return {ErrorCode::kInvalidConfig, fmt::format("there is no setting {}", name)};
        }
        if (auto fault = FaultOf(*rule, value)) return {ErrorCode::kInvalidConfig, *fault};
      }
      return {};
  }
}

Refusal Configs::Alter(ConfigResourceType type, std::string_view name,
                       absl::Span<const ConfigChange> changes, bool validate_only,
                       engine::Writes& writes) {
  absl::MutexLock lock(&mu_);
  if (Refusal refusal = CheckResource(type, name); !refusal.ok()) return refusal;
  ConfigMap own = Own(type, name);
  const auto rule_of = [&](std::string_view config) { return FindRule(type, config); };
  if (Refusal refusal = ApplyConfigChanges(changes, rule_of, own); !refusal.ok()) return refusal;
  return ReplaceLocked(type, name, own, validate_only, writes);
}

Refusal Configs::Replace(ConfigResourceType type, std::string_view name, ConfigMap own,
                         bool validate_only, engine::Writes& writes) {
  absl::MutexLock lock(&mu_);
  if (Refusal refusal = CheckResource(type, name); !refusal.ok()) return refusal;
  for (auto& [config, value] : own) value = NormalConfigValue(FindRule(type, config), value);
  return ReplaceLocked(type, name, own, validate_only, writes);
}

Refusal Configs::ReplaceLocked(ConfigResourceType type, std::string_view name, const ConfigMap& own,
                               bool validate_only, engine::Writes& writes) {
  if (Refusal refusal = Check(type, own); !refusal.ok()) return refusal;
  if (type == ConfigResourceType::kTopic) {
    const engine::TopicPtr topic = FindTopic(catalog_, name);
    if (topic != nullptr && topic->partitions.front()->options().owner != braid::Origin::kKafka) {
      return {ErrorCode::kInvalidConfig,
              "the stream was created by another protocol and is configured there"};
    }
  }
  return validate_only ? Refusal() : Store(type, name, own, writes);
}

Refusal Configs::Store(ConfigResourceType type, std::string_view name, const ConfigMap& own,
                       engine::Writes& writes) {
  if (type == ConfigResourceType::kTopic) return StoreTopic(name, own, writes);
  const absl::Status put =
      catalog_.PutSetting(Prefix(type) + std::string(name), Encode(own), writes);
  if (!put.ok()) return RefusalOf(put);
  return type == ConfigResourceType::kBroker ? ApplyToTopics(writes) : Refusal();
}

Refusal Configs::StoreTopic(std::string_view name, const ConfigMap& own, engine::Writes& writes) {
  const engine::TopicPtr topic = FindTopic(catalog_, name);
  if (topic == nullptr) return {ErrorCode::kUnknownTopicOrPartition, "the topic was just deleted"};
  StreamOptions options = topic->partitions.front()->options();
  ApplyTopicConfigs(own, TopicDefaults(), options);
  KeepTopicConfigs(own, options);
  return RefusalOf(catalog_.SetOptions(topic->partitions, options, writes));
}

// What was altered for brokers holds for topics without settings of their own.
Refusal Configs::ApplyToTopics(engine::Writes& writes) {
  const ConfigMap defaults = TopicDefaults();
  Refusal refusal;
  for (const engine::TopicPtr& topic : catalog_.Topics()) {
    const StreamOptions before = topic->partitions.front()->options();
    if (!CarriesTopicConfigs(before)) continue;
    StreamOptions options = before;
    ApplyTopicConfigs(OwnTopicConfigs(before), defaults, options);
    if (options == before) continue;
    const absl::Status set = catalog_.SetOptions(topic->partitions, options, writes);
    if (!set.ok() && !topic->partitions.front()->deleted()) refusal = RefusalOf(set);
  }
  return refusal;
}

ConfigMap Configs::TopicDefaults() const {
  ConfigMap defaults;
  for (const std::string_view resource : {kAllBrokers, std::string_view(node_)}) {
    for (const auto& [name, value] : Own(ConfigResourceType::kBroker, resource)) {
      const TopicConfig* topic = FindTopicConfigOf(name);
      if (topic != nullptr) defaults[std::string(topic->rule.name)] = value;
    }
  }
  return defaults;
}

Refusal Configs::SetUp(ConfigMap own, StreamOptions& options) const {
  for (auto& [name, value] : own) {
    value = NormalConfigValue(FindRule(ConfigResourceType::kTopic, name), value);
  }
  if (Refusal refusal = Check(ConfigResourceType::kTopic, own); !refusal.ok()) return refusal;
  options.owner = braid::Origin::kKafka;
  ApplyTopicConfigs(own, TopicDefaults(), options);
  KeepTopicConfigs(own, options);
  return {};
}

}  // namespace braid::kafka
