#include "protocol/kafka/features.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "protocol/kafka/config_rule.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kPrefix = "kafka/feature/";
constexpr std::string_view kEpoch = "kafka/features-epoch";

}  // namespace

absl::Span<const Feature> SupportedFeatures() {
  static constexpr Feature kFeatures[] = {
      // 1: consumer groups of the newer protocol.
      {.name = "group.version", .min_level = 0, .max_level = 1, .usual_level = 1},
      // 1: share groups. 2: with dead-letter topics.
      {.name = "share.version", .min_level = 0, .max_level = 2, .usual_level = 2},
      // 2: producers get a new epoch with each transaction, and add partitions by producing to
      // them.
      {.name = "transaction.version", .min_level = 0, .max_level = 2, .usual_level = 2},
  };
  return kFeatures;
}

int16_t Features::Level(const Feature& feature) const {
  const auto kept = catalog_.GetSetting(std::string(kPrefix) + std::string(feature.name));
  if (!kept) return feature.usual_level;
  return static_cast<int16_t>(
      std::min<int64_t>(NumberOf(*kept), feature.max_level));  // of a newer broker, perhaps
}

int16_t Features::LevelOf(std::string_view name) const {
  const auto feature =
      std::find_if(supported_.begin(), supported_.end(),
                   [name](const Feature& candidate) { return candidate.name == name; });
  return feature == supported_.end() ? int16_t{0} : Level(*feature);
}

int64_t Features::Epoch() const {
  return NumberOf(catalog_.GetSetting(kEpoch).value_or("0"));
}

Refusal Features::Update(std::string_view name, int16_t level, FeatureUpgrade kind,
                         bool validate_only, engine::Writes& writes) {
  const auto feature =
      std::find_if(supported_.begin(), supported_.end(),
                   [name](const Feature& candidate) { return candidate.name == name; });
  if (feature == supported_.end()) {
    return {ErrorCode::kInvalidUpdateVersion, fmt::format("there is no feature {}", name)};
  }
  if (kind < FeatureUpgrade::kUpgrade || kind > FeatureUpgrade::kUnsafeDowngrade) {
    return {ErrorCode::kInvalidRequest, "there is no such kind of update"};
  }
  if (level != 0 && (level < feature->min_level || level > feature->max_level)) {
    return {ErrorCode::kInvalidUpdateVersion,
            fmt::format("{} has levels {} to {}", name, feature->min_level, feature->max_level)};
  }
  const int16_t before = Level(*feature);
  if (level < before && kind == FeatureUpgrade::kUpgrade) {
    return {ErrorCode::kInvalidUpdateVersion,
            fmt::format("{} is at level {}, and {} is a downgrade", name, before, level)};
  }
  if (level > before && kind != FeatureUpgrade::kUpgrade) {
    return {ErrorCode::kInvalidUpdateVersion,
            fmt::format("{} is at level {}, and {} is no downgrade", name, before, level)};
  }
  if (validate_only || level == before) return {};
  const std::string key = std::string(kPrefix) + std::string(name);
  absl::Status put = catalog_.PutSetting(key, fmt::to_string(level), writes);
  if (put.ok()) put = catalog_.PutSetting(kEpoch, fmt::to_string(Epoch() + 1), writes);
  return RefusalOf(put);
}

}  // namespace braid::kafka
