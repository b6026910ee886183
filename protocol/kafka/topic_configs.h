// The settings of topics, and what each means to the engine. All of Kafka's are known. Those that
// tune what this storage does not have (index sizes, tiers, replicas) are held to their bounds,
// kept and told, and change nothing; each one's documentation says so.
#ifndef BRAID_PROTOCOL_KAFKA_TOPIC_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_TOPIC_CONFIGS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "braid/options.h"
#include "protocol/kafka/config_rule.h"

namespace braid::kafka {

struct TopicConfig {
  ConfigRule rule;
  // The broker's setting that it goes by when the topic has none; empty: there is none.
  std::string_view broker_name;
  // Sets the engine's option; nullopt: nobody has set any. nullptr: it changes nothing here.
  void (*apply)(std::optional<std::string_view> value, StreamOptions& options) = nullptr;
  // The value that the option stands for, of a stream that was not set up through Kafka; nullopt:
  // the engine's default.
  std::optional<std::string> (*read)(const StreamOptions& options) = nullptr;
};

// By name.
absl::Span<const TopicConfig> TopicConfigs();
const TopicConfig* FindTopicConfig(std::string_view name);  // nullptr: no topic has it
// The one that goes by this setting of the broker; nullptr: none does.
const TopicConfig* FindTopicConfigOf(std::string_view broker_name);

// What is wrong with these settings of a topic, one by one and together; nullopt: nothing.
std::optional<std::string> FaultOfTopicConfigs(const ConfigMap& own);

// Sets `options` as the topic's own settings say, and the broker's `defaults` (by the topic's
// names) where it has none.
void ApplyTopicConfigs(const ConfigMap& own, const ConfigMap& defaults, StreamOptions& options);

// What of a topic's settings is kept in its options, which carry them in StreamOptions::extra; or,
// of a stream made elsewhere, what its options come to.
ConfigMap OwnTopicConfigs(const StreamOptions& options);
// Whether they are carried there.
bool CarriesTopicConfigs(const StreamOptions& options);
void KeepTopicConfigs(const ConfigMap& own, StreamOptions& options);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_TOPIC_CONFIGS_H_
