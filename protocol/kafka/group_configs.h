// The settings of groups, and of client metrics.
#ifndef BRAID_PROTOCOL_KAFKA_GROUP_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_GROUP_CONFIGS_H_

#include "absl/types/span.h"
#include "protocol/kafka/config_rule.h"

namespace braid::kafka {

// By name.
absl::Span<const ConfigRule> GroupConfigs();
// Subscriptions to metrics of clients are kept and told; no client is asked for any.
absl::Span<const ConfigRule> ClientMetricsConfigs();

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_GROUP_CONFIGS_H_
