// DescribeGroups: state and members of classic groups.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_GROUPS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_GROUPS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeGroupsApi{ApiKey::kDescribeGroups, "DescribeGroups", 0, 6, 5};

struct DescribeGroupsRequest {
  static constexpr Api kApi = kDescribeGroupsApi;

  std::vector<std::string_view> groups;
  bool include_authorized_operations = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Groups", m.groups);
    visit("IncludeAuthorizedOperations", m.include_authorized_operations, From(3));
  }
  friend bool operator==(const DescribeGroupsRequest&, const DescribeGroupsRequest&) = default;
};

struct DescribeGroupsResponse {
  static constexpr Api kApi = kDescribeGroupsApi;

  struct Group {
    struct Member {
      std::string_view member_id;
      std::optional<std::string_view> group_instance_id;
      std::string_view client_id;
      std::string_view client_host;
      Bytes member_metadata;
      Bytes member_assignment;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("MemberId", m.member_id);
        visit("GroupInstanceId", m.group_instance_id, From(4));
        visit("ClientId", m.client_id);
        visit("ClientHost", m.client_host);
        visit("MemberMetadata", m.member_metadata);
        visit("MemberAssignment", m.member_assignment);
      }
      friend bool operator==(const Member&, const Member&) = default;
    };

    int16_t error_code = 0;
    std::optional<std::string_view> error_message;
    std::string_view group_id;
    std::string_view group_state;
    std::string_view protocol_type;
    std::string_view protocol_data;
    std::vector<Member> members;
    int32_t authorized_operations = kOperationsNotAsked;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message, From(6));
      visit("GroupId", m.group_id);
      visit("GroupState", m.group_state);
      visit("ProtocolType", m.protocol_type);
      visit("ProtocolData", m.protocol_data);
      visit("Members", m.members);
      visit("AuthorizedOperations", m.authorized_operations, From(3));
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("Groups", m.groups);
  }
  friend bool operator==(const DescribeGroupsResponse&, const DescribeGroupsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_GROUPS_H_
