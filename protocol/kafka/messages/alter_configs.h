// AlterConfigs: the settings of a resource as a whole; what is not named goes back to its default.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CONFIGS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CONFIGS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAlterConfigsApi{ApiKey::kAlterConfigs, "AlterConfigs", 0, 2, 2};

struct AlterConfigsRequest {
  static constexpr Api kApi = kAlterConfigsApi;

  struct Resource {
    struct Config {
      std::string_view name;
      std::optional<std::string_view> value;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name);
        visit("Value", m.value);
      }
      friend bool operator==(const Config&, const Config&) = default;
    };

    int8_t resource_type = 0;
    std::string_view resource_name;
    std::vector<Config> configs;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
      visit("Configs", m.configs);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Resources", m.resources);
    visit("ValidateOnly", m.validate_only);
  }
  friend bool operator==(const AlterConfigsRequest&, const AlterConfigsRequest&) = default;
};

struct AlterConfigsResponse {
  static constexpr Api kApi = kAlterConfigsApi;

  struct Response {
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    int8_t resource_type = 0;
    std::string_view resource_name;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
    }
    friend bool operator==(const Response&, const Response&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Response> responses;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Responses", m.responses);
  }
  friend bool operator==(const AlterConfigsResponse&, const AlterConfigsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_CONFIGS_H_
