// ApiVersions: what the broker speaks. The first thing most clients ask.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_API_VERSIONS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_API_VERSIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kApiVersionsApi{ApiKey::kApiVersions, "ApiVersions", 0, 4, 3};

struct ApiVersionsRequest {
  static constexpr Api kApi = kApiVersionsApi;

  std::string_view client_software_name;
  std::string_view client_software_version;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ClientSoftwareName", m.client_software_name, From(3));
    visit("ClientSoftwareVersion", m.client_software_version, From(3));
  }
  friend bool operator==(const ApiVersionsRequest&, const ApiVersionsRequest&) = default;
};

struct ApiVersionsResponse {
  static constexpr Api kApi = kApiVersionsApi;

  struct Range {
    int16_t api_key = 0;
    int16_t min_version = 0;
    int16_t max_version = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ApiKey", m.api_key);
      visit("MinVersion", m.min_version);
      visit("MaxVersion", m.max_version);
    }
    friend bool operator==(const Range&, const Range&) = default;
  };

  struct SupportedFeature {
    std::string_view name;
    int16_t min_version = 0;
    int16_t max_version = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("MinVersion", m.min_version);
      visit("MaxVersion", m.max_version);
    }
    friend bool operator==(const SupportedFeature&, const SupportedFeature&) = default;
  };

  struct FinalizedFeature {
    std::string_view name;
    int16_t max_version_level = 0;
    int16_t min_version_level = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("MaxVersionLevel", m.max_version_level);
      visit("MinVersionLevel", m.min_version_level);
    }
    friend bool operator==(const FinalizedFeature&, const FinalizedFeature&) = default;
  };

  int16_t error_code = 0;
  std::vector<Range> api_keys;
  int32_t throttle_time_ms = 0;
  std::vector<SupportedFeature> supported_features;
  std::optional<int64_t> finalized_features_epoch;
  std::vector<FinalizedFeature> finalized_features;
  bool zk_migration_ready = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ErrorCode", m.error_code);
    visit("ApiKeys", m.api_keys);
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("SupportedFeatures", m.supported_features, From(3).Tag(0));
    visit("FinalizedFeaturesEpoch", m.finalized_features_epoch, From(3).Tag(1));
    visit("FinalizedFeatures", m.finalized_features, From(3).Tag(2));
    visit("ZkMigrationReady", m.zk_migration_ready, From(3).Tag(3));
  }
  friend bool operator==(const ApiVersionsResponse&, const ApiVersionsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_API_VERSIONS_H_
