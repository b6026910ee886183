// What the settings of topics, of the broker, of groups and of client metrics are, where each comes
// from, and altering them.
//
// A topic's own settings are kept with its definition (topic_configs.h); all others in the
// catalogue's settings. What is altered holds at once: a topic goes by its own setting, or else by
// the one for this broker, the one for all brokers, and what the process was started with.
//
// Thread-safe.
#ifndef BRAID_PROTOCOL_KAFKA_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_CONFIGS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/catalog.h"
#include "engine/writes.h"
#include "protocol/kafka/broker_configs.h"
#include "protocol/kafka/config_changes.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/options.h"
#include "protocol/kafka/refusal.h"

namespace braid::kafka {

// A setting as it is told.
struct Config {
  // Where a value can come from.
  struct Origin {
    std::string_view name;
    std::string value;
    ConfigSource source = ConfigSource::kDefault;
  };

  std::string_view name;
  ConfigType type = ConfigType::kString;
  bool read_only = false;
  std::string_view documentation;
  std::vector<Origin> origins;  // the first one holds; never empty

  const std::string& value() const { return origins.front().value; }
  ConfigSource source() const { return origins.front().source; }
};

class Configs {
 public:
  Configs(engine::Catalog& catalog, const Options& options);
  Configs(const Configs&) = delete;
  Configs& operator=(const Configs&) = delete;

  // --- Looking ---
  struct Description {
    Refusal refusal;
    std::vector<Config> configs;  // by name
  };
  //   kInvalidRequest           no such kind of resource, or no such broker
  //   kUnknownTopicOrPartition  no such topic
  //   kInvalidTopic             no topic can have that name
  Description Describe(ConfigResourceType type, std::string_view name) const;
  // Of a topic with these options, whether it exists or not.
  std::vector<Config> DescribeTopic(const StreamOptions& options) const;
  // Names of groups or client metrics with settings of their own.
  std::vector<std::string> Named(ConfigResourceType type) const;
  // What holds for the broker; empty when it has no such setting.
  std::string BrokerValue(std::string_view name) const;
  // What holds for the group, of one of GroupConfigs().
  std::string GroupValue(std::string_view group, std::string_view name) const;

  // --- Altering ---
  // Errors: those of Describe and ApplyConfigChanges; kInvalidConfig (of brokers kInvalidRequest)
  // for a setting that there is not, or a value it cannot have. `validate_only`: says what would
  // become of it.
  Refusal Alter(ConfigResourceType type, std::string_view name,
                absl::Span<const ConfigChange> changes, bool validate_only, engine::Writes& writes);
  // Makes `own` all that is set.
  Refusal Replace(ConfigResourceType type, std::string_view name, ConfigMap own, bool validate_only,
                  engine::Writes& writes);

  // The options of a topic to be created with these settings: kInvalidConfig.
  Refusal SetUp(ConfigMap own, StreamOptions& options) const;

 private:
  Refusal CheckResource(ConfigResourceType type, std::string_view name) const;
  const ConfigRule* FindRule(ConfigResourceType type, std::string_view name) const;
  ConfigMap Own(ConfigResourceType type, std::string_view name) const;
  Refusal Check(ConfigResourceType type, const ConfigMap& own) const;
  Refusal Store(ConfigResourceType type, std::string_view name, const ConfigMap& own,
                engine::Writes& writes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Refusal ReplaceLocked(ConfigResourceType type, std::string_view name, const ConfigMap& own,
                        bool validate_only, engine::Writes& writes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Refusal StoreTopic(std::string_view name, const ConfigMap& own, engine::Writes& writes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  Refusal ApplyToTopics(engine::Writes& writes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  ConfigMap TopicDefaults() const;
  void AddBrokerOrigins(std::string_view name, Config& config) const;
  std::vector<Config> DescribeBroker(std::string_view name) const;

  engine::Catalog& catalog_;
  const std::string node_;  // the name of this broker's resource
  const std::vector<BrokerConfig> broker_;
  absl::Mutex mu_;  // one alteration at a time
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_CONFIGS_H_
