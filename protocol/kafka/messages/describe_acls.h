// DescribeAcls: access rules that match a filter.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_ACLS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_ACLS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeAclsApi{ApiKey::kDescribeAcls, "DescribeAcls", 1, 3, 2};

struct DescribeAclsRequest {
  static constexpr Api kApi = kDescribeAclsApi;

  int8_t resource_type_filter = 0;
  std::optional<std::string_view> resource_name_filter;
  int8_t pattern_type_filter = 3;
  std::optional<std::string_view> principal_filter;
  std::optional<std::string_view> host_filter;
  int8_t operation = 0;
  int8_t permission_type = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ResourceTypeFilter", m.resource_type_filter);
    visit("ResourceNameFilter", m.resource_name_filter);
    visit("PatternTypeFilter", m.pattern_type_filter);
    visit("PrincipalFilter", m.principal_filter);
    visit("HostFilter", m.host_filter);
    visit("Operation", m.operation);
    visit("PermissionType", m.permission_type);
  }
  friend bool operator==(const DescribeAclsRequest&, const DescribeAclsRequest&) = default;
};

struct DescribeAclsResponse {
  static constexpr Api kApi = kDescribeAclsApi;

  struct Resource {
    struct Acl {
      std::string_view principal;
      std::string_view host;
      int8_t operation = 0;
      int8_t permission_type = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Principal", m.principal);
        visit("Host", m.host);
        visit("Operation", m.operation);
        visit("PermissionType", m.permission_type);
      }
      friend bool operator==(const Acl&, const Acl&) = default;
    };

    int8_t resource_type = 0;
    std::string_view resource_name;
    int8_t pattern_type = 3;
    std::vector<Acl> acls;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ResourceType", m.resource_type);
      visit("ResourceName", m.resource_name);
      visit("PatternType", m.pattern_type);
      visit("Acls", m.acls);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Resource> resources;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Resources", m.resources);
  }
  friend bool operator==(const DescribeAclsResponse&, const DescribeAclsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_ACLS_H_
