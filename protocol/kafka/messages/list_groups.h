// ListGroups: every group there is.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_GROUPS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_GROUPS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kListGroupsApi{ApiKey::kListGroups, "ListGroups", 0, 5, 3};

struct ListGroupsRequest {
  static constexpr Api kApi = kListGroupsApi;

  // Empty: any
  std::vector<std::string_view> states_filter;
  std::vector<std::string_view> types_filter;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("StatesFilter", m.states_filter, From(4));
    visit("TypesFilter", m.types_filter, From(5));
  }
  friend bool operator==(const ListGroupsRequest&, const ListGroupsRequest&) = default;
};

struct ListGroupsResponse {
  static constexpr Api kApi = kListGroupsApi;

  struct Group {
    std::string_view group_id;
    std::string_view protocol_type;
    std::string_view group_state;
    std::string_view group_type;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("ProtocolType", m.protocol_type);
      visit("GroupState", m.group_state, From(4));
      visit("GroupType", m.group_type, From(5));
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Group> groups;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("ErrorCode", m.error_code);
    visit("Groups", m.groups);
  }
  friend bool operator==(const ListGroupsResponse&, const ListGroupsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_GROUPS_H_
