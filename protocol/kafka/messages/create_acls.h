// CreateAcls.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_ACLS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_ACLS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kCreateAclsApi{ApiKey::kCreateAcls, "CreateAcls", 1, 3, 2};

struct CreateAclsRequest {
  static constexpr Api kApi = kCreateAclsApi;

  struct Creation {
    int8_t resource_type = 0;
    std::string_view resource_name;
    int8_t resource_pattern_type = 3;
    std::string_view principal;
    std::string_view host;
    int8_t operation = 0;
    int8_t permission_type = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
      visit("ResourcePatternType", m.resource_pattern_type);
      visit("Principal", m.principal);
      visit("Host", m.host);
      visit("Operation", m.operation);
      visit("PermissionType", m.permission_type);
    }
    friend bool operator==(const Creation&, const Creation&) = default;
  };

  std::vector<Creation> creations;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Creations", m.creations);
  }
  friend bool operator==(const CreateAclsRequest&, const CreateAclsRequest&) = default;
};

struct CreateAclsResponse {
  static constexpr Api kApi = kCreateAclsApi;

  struct Result {
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Results", m.results);
  }
  friend bool operator==(const CreateAclsResponse&, const CreateAclsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_ACLS_H_
