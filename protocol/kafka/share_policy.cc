#include "protocol/kafka/share_policy.h"

#include <cctype>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/group_offsets.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

absl::Duration UnitOf(char letter, bool of_time) {
  switch (letter) {
    case 'D':
      return of_time ? absl::ZeroDuration() : absl::Hours(24);
    case 'H':
      return of_time ? absl::Hours(1) : absl::ZeroDuration();
    case 'M':
      return of_time ? absl::Minutes(1) : absl::ZeroDuration();
    case 'S':
      return of_time ? absl::Seconds(1) : absl::ZeroDuration();
    default:
      return absl::ZeroDuration();
  }
}

}  // namespace

std::optional<absl::Duration> ResetDuration(std::string_view value) {
  constexpr std::string_view kPrefix = "by_duration:P";
  if (!value.starts_with(kPrefix) || value == kPrefix) return std::nullopt;
  value.remove_prefix(kPrefix.size());
  absl::Duration sum = absl::ZeroDuration();
  bool of_time = false;
  do {
    if (!of_time && value.front() == 'T') {
      of_time = true;
      value.remove_prefix(1);
      if (value.empty()) return std::nullopt;
    }
    size_t digits = 0;
    while (digits < value.size() &&
           (std::isdigit(static_cast<unsigned char>(value[digits])) || value[digits] == '.')) {
      ++digits;
    }
    double number = 0;
    if (digits == value.size() ||
        !absl::SimpleAtod(std::string(value.substr(0, digits)), &number)) {
      return std::nullopt;
    }
    const absl::Duration unit = UnitOf(value[digits], of_time);
    if (unit == absl::ZeroDuration()) return std::nullopt;
    sum += number * unit;
    value.remove_prefix(digits + 1);
  } while (!value.empty());
  return sum;
}

bool ServesShareGroups(Request& request) {
  return request.service().features().LevelOf("share.version") > 0;
}

bool IsNoShareGroup(Request& request, std::string_view id) {
  if (request.service().share_groups().Has(id)) return false;
  return request.coordinator().KindOf(id).has_value() || HasOffsets(request.catalog(), id);
}

ShareSettings ShareSettingsOf(const Configs& configs, std::string_view group) {
  const auto number = [&](std::string_view name) {
    return NumberOf(configs.GroupValue(group, name));
  };
  ShareSettings settings;
  engine::SharePolicy& policy = settings.policy;
  policy.lock = absl::Milliseconds(number("share.record.lock.duration.ms"));
  policy.max_deliveries = number("share.delivery.count.limit");
  policy.max_locks = number("share.partition.max.record.locks");
  const std::string reset = configs.GroupValue(group, "share.auto.offset.reset");
  policy.start = reset == "earliest" ? StartAt::kEarliest : StartAt::kLatest;
  policy.past = ResetDuration(reset).value_or(absl::ZeroDuration());
  settings.committed = configs.GroupValue(group, "share.isolation.level") == "read_committed";
  settings.may_renew = configs.GroupValue(group, "share.renew.acknowledge.enable") == "true";
  return settings;
}

}  // namespace braid::kafka
