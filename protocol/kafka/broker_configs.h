// The settings of the broker. Those that topics go by unless they have their own, and the
// advertised addresses, can be altered while it runs; all others are told, and read-only.
#ifndef BRAID_PROTOCOL_KAFKA_BROKER_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_BROKER_CONFIGS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "braid/options.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/options.h"

namespace braid::kafka {

struct BrokerConfig {
  ConfigRule rule;
  bool dynamic = false;
  std::string value;  // that the process has from its start
};

// By name.
std::vector<BrokerConfig> BrokerConfigs(const Options& options, const EngineOptions& engine);

// What is wrong with altering the broker's settings to these; nullopt: nothing.
std::optional<std::string> FaultOfBrokerConfigs(const std::vector<BrokerConfig>& known,
                                                const ConfigMap& own);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_BROKER_CONFIGS_H_
