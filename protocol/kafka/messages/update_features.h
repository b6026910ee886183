// UpdateFeatures: levels that the cluster keeps to.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_UPDATE_FEATURES_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_UPDATE_FEATURES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kUpdateFeaturesApi{ApiKey::kUpdateFeatures, "UpdateFeatures", 0, 2, 0};

struct UpdateFeaturesRequest {
  static constexpr Api kApi = kUpdateFeaturesApi;

  struct Update {
    std::string_view feature;
    int16_t max_version_level = 0;
    bool allow_downgrade = false;
    int8_t upgrade_type = 1;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Feature", m.feature);
      visit("MaxVersionLevel", m.max_version_level);
      visit("AllowDowngrade", m.allow_downgrade, Between(0, 0));
      visit("UpgradeType", m.upgrade_type, From(1));
    }
    friend bool operator==(const Update&, const Update&) = default;
  };

  int32_t timeout_ms = 60'000;
  std::vector<Update> feature_updates;
  bool validate_only = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TimeoutMs", m.timeout_ms);
    visit("FeatureUpdates", m.feature_updates);
    visit("ValidateOnly", m.validate_only, From(1));
  }
  friend bool operator==(const UpdateFeaturesRequest&, const UpdateFeaturesRequest&) = default;
};

struct UpdateFeaturesResponse {
  static constexpr Api kApi = kUpdateFeaturesApi;

  struct Result {
    std::string_view feature;
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Feature", m.feature);
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Result> results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Results", m.results, Between(0, 1));
  }
  friend bool operator==(const UpdateFeaturesResponse&, const UpdateFeaturesResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_UPDATE_FEATURES_H_
