// LeaveGroup: members go; several at once since version 3.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LEAVE_GROUP_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LEAVE_GROUP_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kLeaveGroupApi{ApiKey::kLeaveGroup, "LeaveGroup", 0, 5, 4};

struct LeaveGroupRequest {
  static constexpr Api kApi = kLeaveGroupApi;

  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    std::optional<std::string_view> reason;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("MemberId", m.member_id);
      visit("GroupInstanceId", m.group_instance_id);
      visit("Reason", m.reason, From(5));
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  std::string_view group_id;
  std::string_view member_id;
  std::vector<Member> members;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("MemberId", m.member_id, Between(0, 2));
    visit("Members", m.members, From(3));
  }
  friend bool operator==(const LeaveGroupRequest&, const LeaveGroupRequest&) = default;
};

struct LeaveGroupResponse {
  static constexpr Api kApi = kLeaveGroupApi;

  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    int16_t error_code = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("MemberId", m.member_id);
      visit("GroupInstanceId", m.group_instance_id);
      visit("ErrorCode", m.error_code);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Member> members;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("ErrorCode", m.error_code);
    visit("Members", m.members, From(3));
  }
  friend bool operator==(const LeaveGroupResponse&, const LeaveGroupResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LEAVE_GROUP_H_
