// JoinGroup: become a member of a classic group, and wait for the others.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_JOIN_GROUP_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_JOIN_GROUP_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kJoinGroupApi{ApiKey::kJoinGroup, "JoinGroup", 0, 9, 6};

struct JoinGroupRequest {
  static constexpr Api kApi = kJoinGroupApi;

  struct Protocol {
    std::string_view name;
    Bytes metadata;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Metadata", m.metadata);
    }
    friend bool operator==(const Protocol&, const Protocol&) = default;
  };

  std::string_view group_id;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = -1;
  // Empty: a new member
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::string_view protocol_type;
  std::vector<Protocol> protocols;
  std::optional<std::string_view> reason;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("SessionTimeoutMs", m.session_timeout_ms);
    visit("RebalanceTimeoutMs", m.rebalance_timeout_ms, From(1));
    visit("MemberId", m.member_id);
    visit("GroupInstanceId", m.group_instance_id, From(5));
    visit("ProtocolType", m.protocol_type);
    visit("Protocols", m.protocols);
    visit("Reason", m.reason, From(8));
  }
  friend bool operator==(const JoinGroupRequest&, const JoinGroupRequest&) = default;
};

struct JoinGroupResponse {
  static constexpr Api kApi = kJoinGroupApi;

  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    Bytes metadata;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("MemberId", m.member_id);
      visit("GroupInstanceId", m.group_instance_id, From(5));
      visit("Metadata", m.metadata);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  int32_t generation_id = -1;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  std::string_view leader;
  bool skip_assignment = false;
  std::string_view member_id;
  // the leader's answer alone has any
  std::vector<Member> members;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(2));
    visit("ErrorCode", m.error_code);
    visit("GenerationId", m.generation_id);
    visit("ProtocolType", m.protocol_type, From(7));
    visit("ProtocolName", m.protocol_name, NullableFrom(7));
    visit("Leader", m.leader);
    visit("SkipAssignment", m.skip_assignment, From(9));
    visit("MemberId", m.member_id);
    visit("Members", m.members);
  }
  friend bool operator==(const JoinGroupResponse&, const JoinGroupResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_JOIN_GROUP_H_
