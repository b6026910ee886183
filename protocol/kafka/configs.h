// Settings of a topic by their Kafka names. A setting is in the table when the engine keeps to it;
// what is not there is refused, never taken and forgotten.
#ifndef BRAID_PROTOCOL_KAFKA_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_CONFIGS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "braid/options.h"
#include "protocol/kafka/service.h"

namespace braid::kafka {

// As the protocol numbers them.
enum class ConfigType : int8_t { kBoolean = 1, kString = 2, kInt = 3, kLong = 5, kList = 7 };
enum class ConfigSource : int8_t { kTopic = 1, kBrokerFile = 4, kDefault = 5 };

struct Config {
  std::string_view name;
  std::string value;
  ConfigType type = ConfigType::kString;
  ConfigSource source = ConfigSource::kDefault;
  bool read_only = false;
  std::string_view documentation;
};

// Changes `options` as the setting says. kInvalidArgument, with a sentence for the user, for a name
// that is not offered or a value that is.
absl::Status ApplyTopicConfig(std::string_view name, std::string_view value,
                              StreamOptions& options);

// What holds for a topic with `options`, by name.
std::vector<Config> TopicConfigs(const StreamOptions& options, Service& service);
// What holds for the broker, by name; all read-only.
std::vector<Config> BrokerConfigs(Service& service);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_CONFIGS_H_
