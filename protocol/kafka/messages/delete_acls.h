// DeleteAcls: access rules that match filters.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_ACLS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_ACLS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDeleteAclsApi{ApiKey::kDeleteAcls, "DeleteAcls", 1, 3, 2};

struct DeleteAclsRequest {
  static constexpr Api kApi = kDeleteAclsApi;

  struct Filter {
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
    friend bool operator==(const Filter&, const Filter&) = default;
  };

  std::vector<Filter> filters;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Filters", m.filters);
  }
  friend bool operator==(const DeleteAclsRequest&, const DeleteAclsRequest&) = default;
};

struct DeleteAclsResponse {
  static constexpr Api kApi = kDeleteAclsApi;

  struct Result {
    struct Match {
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;
      int8_t resource_type = 0;
      std::string_view resource_name;
      int8_t pattern_type = 3;
      std::string_view principal;
      std::string_view host;
      int8_t operation = 0;
      int8_t permission_type = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
        visit("ResourceType", m.resource_type);
        visit("ResourceName", m.resource_name);
        visit("PatternType", m.pattern_type);
        visit("Principal", m.principal);
        visit("Host", m.host);
        visit("Operation", m.operation);
        visit("PermissionType", m.permission_type);
      }
      friend bool operator==(const Match&, const Match&) = default;
    };

    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::vector<Match> matching_acls;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
      visit("MatchingAcls", m.matching_acls);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> filter_results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("FilterResults", m.filter_results);
  }
  friend bool operator==(const DeleteAclsResponse&, const DeleteAclsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_ACLS_H_
