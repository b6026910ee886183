#include "protocol/kafka/config_changes.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "absl/strings/str_join.h"

namespace braid::kafka {
namespace {

// The list after items were added or taken away; one that is there already is not added again.
std::string ChangedList(std::string_view before, const ConfigChange& change) {
  std::vector<std::string> items = ListOf(before);
  for (std::string& item : ListOf(*change.value)) {
    const auto found = std::find(items.begin(), items.end(), item);
    if (change.operation == ConfigOperation::kSubtract) {
      if (found != items.end()) items.erase(found);
    } else if (found == items.end()) {
      items.push_back(std::move(item));
    }
  }
  return absl::StrJoin(items, ",");
}

Refusal Apply(const ConfigChange& change, const ConfigRule* rule, ConfigMap& own) {
  std::string name(change.name);
  if (change.operation == ConfigOperation::kDelete) {
    own.erase(name);
    return {};
  }
  if (!change.value) {
    return {ErrorCode::kInvalidRequest, fmt::format("{} needs a value", change.name)};
  }
  switch (change.operation) {
    case ConfigOperation::kSet:
      own[std::move(name)] = NormalConfigValue(rule, *change.value);
      return {};
    case ConfigOperation::kAppend:
    case ConfigOperation::kSubtract: {
      if (rule == nullptr || rule->type != ConfigType::kList) {
        return {ErrorCode::kInvalidConfig, fmt::format("{} is not a list", change.name)};
      }
      const auto found = own.find(name);
      const std::string before(found == own.end() ? rule->default_value : found->second);
      own[std::move(name)] = ChangedList(before, change);
      return {};
    }
    default:
      return {ErrorCode::kInvalidRequest, "there is no such operation"};
  }
}

}  // namespace

std::string NormalConfigValue(const ConfigRule* rule, std::string_view value) {
  if (rule != nullptr && rule->type == ConfigType::kList) return absl::StrJoin(ListOf(value), ",");
  return std::string(Trimmed(value));
}

Refusal ApplyConfigChanges(absl::Span<const ConfigChange> changes, FindConfigRule rule_of,
                           ConfigMap& own) {
  std::set<std::string_view> seen;
  for (const ConfigChange& change : changes) {
    if (!seen.insert(change.name).second) {
      return {ErrorCode::kInvalidRequest, fmt::format("{} is named twice", change.name)};
    }
    Refusal refusal = Apply(change, rule_of(change.name), own);
    if (!refusal.ok()) return refusal;
  }
  return {};
}

}  // namespace braid::kafka
