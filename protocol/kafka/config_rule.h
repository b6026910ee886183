// What a setting is: its name, its type, its bounds, its default. The tables of topic_configs.cc,
// broker_configs.cc and group_configs.cc are made of these.
#ifndef BRAID_PROTOCOL_KAFKA_CONFIG_RULE_H_
#define BRAID_PROTOCOL_KAFKA_CONFIG_RULE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid::kafka {

// As the protocol numbers them.
enum class ConfigType : int8_t {
  kBoolean = 1,
  kString = 2,
  kInt = 3,
  kLong = 5,
  kDouble = 6,
  kList = 7,
};
enum class ConfigSource : int8_t {
  kTopic = 1,
  kBroker = 2,         // altered, for this broker
  kDefaultBroker = 3,  // altered, for all brokers
  kBrokerFile = 4,     // what the process was started with
  kDefault = 5,        // Kafka's own default
  kClientMetrics = 7,
  kGroup = 8,
};
enum class ConfigResourceType : int8_t {
  kTopic = 2,
  kBroker = 4,
  kBrokerLogger = 8,
  kClientMetrics = 16,
  kGroup = 32,
};

// Name -> value, of what was set.
using ConfigMap = std::map<std::string, std::string, std::less<>>;

struct ConfigRule {
  std::string_view name;
  ConfigType type = ConfigType::kString;
  std::string_view default_value;
  std::string_view documentation;
  std::string_view words = {};  // allowed for a string, and in a list; by commas; empty: any
  double least = std::numeric_limits<double>::lowest();  // of a number
  double most = std::numeric_limits<double>::max();
  // Other strings than `words`; of a list, the whole, and `words` says what it is like.
  bool (*accepts)(std::string_view value) = nullptr;
};

// "1, 2" is {"1", "2"}; "" is {}.
std::vector<std::string> ListOf(std::string_view value);
std::string_view Trimmed(std::string_view text);

// What is wrong with `value`; nullopt when nothing is.
std::optional<std::string> FaultOf(const ConfigRule& rule, std::string_view value);

// Of a value that has no fault.
int64_t NumberOf(std::string_view value);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_CONFIG_RULE_H_
