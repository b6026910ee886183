// SyncGroup: the leader hands in everybody's assignment, everybody gets their own.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_SYNC_GROUP_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_SYNC_GROUP_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kSyncGroupApi{ApiKey::kSyncGroup, "SyncGroup", 0, 5, 4};

struct SyncGroupRequest {
  static constexpr Api kApi = kSyncGroupApi;

  struct Assignment {
    std::string_view member_id;
    Bytes assignment;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("MemberId", m.member_id);
      visit("Assignment", m.assignment);
    }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  std::vector<Assignment> assignments;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("GenerationId", m.generation_id);
    visit("MemberId", m.member_id);
    visit("GroupInstanceId", m.group_instance_id, From(3));
    visit("ProtocolType", m.protocol_type, From(5));
    visit("ProtocolName", m.protocol_name, From(5));
    visit("Assignments", m.assignments);
  }
  friend bool operator==(const SyncGroupRequest&, const SyncGroupRequest&) = default;
};

struct SyncGroupResponse {
  static constexpr Api kApi = kSyncGroupApi;

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name;
  Bytes assignment;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("ErrorCode", m.error_code);
    visit("ProtocolType", m.protocol_type, From(5));
    visit("ProtocolName", m.protocol_name, From(5));
    visit("Assignment", m.assignment);
  }
  friend bool operator==(const SyncGroupResponse&, const SyncGroupResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_SYNC_GROUP_H_
