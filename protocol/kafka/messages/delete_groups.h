// DeleteGroups: empty groups go, with their positions.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_GROUPS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_GROUPS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDeleteGroupsApi{ApiKey::kDeleteGroups, "DeleteGroups", 0, 2, 2};

struct DeleteGroupsRequest {
  static constexpr Api kApi = kDeleteGroupsApi;

  std::vector<std::string_view> groups_names;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupsNames", m.groups_names);
  }
  friend bool operator==(const DeleteGroupsRequest&, const DeleteGroupsRequest&) = default;
};

struct DeleteGroupsResponse {
  static constexpr Api kApi = kDeleteGroupsApi;

  struct Result {
    std::string_view group_id;
    int16_t error_code = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("GroupId", m.group_id);
      visit("ErrorCode", m.error_code);
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
  friend bool operator==(const DeleteGroupsResponse&, const DeleteGroupsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_GROUPS_H_
