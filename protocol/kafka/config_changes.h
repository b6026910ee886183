// Single changes to a resource's settings, as IncrementalAlterConfigs asks for them. Pure.
#ifndef BRAID_PROTOCOL_KAFKA_CONFIG_CHANGES_H_
#define BRAID_PROTOCOL_KAFKA_CONFIG_CHANGES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/refusal.h"

namespace braid::kafka {

// As the protocol numbers them.
enum class ConfigOperation : int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct ConfigChange {
  std::string_view name;
  ConfigOperation operation = ConfigOperation::kSet;
  std::optional<std::string_view> value;
};

// nullptr for a name that the resource does not have.
using FindConfigRule = absl::FunctionRef<const ConfigRule*(std::string_view name)>;

// Makes the changes to `own`, or, when one cannot be made, some of them. Values are not held
// against their rules yet: that is for the settings as they are afterwards.
//   kInvalidRequest  a name comes twice, a value is missing, an operation that nobody knows
//   kInvalidConfig   items are added to or taken from what is no list
Refusal ApplyConfigChanges(absl::Span<const ConfigChange> changes, FindConfigRule rule_of,
                           ConfigMap& own);

// `value` as it is kept and told: without space around it or the items of a list.
std::string NormalConfigValue(const ConfigRule* rule, std::string_view value);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_CONFIG_CHANGES_H_
