// Heartbeat: a member is alive, and asks whether its group still stands.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_HEARTBEAT_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_HEARTBEAT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kHeartbeatApi{ApiKey::kHeartbeat, "Heartbeat", 0, 4, 4};

struct HeartbeatRequest {
  static constexpr Api kApi = kHeartbeatApi;

  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("GenerationId", m.generation_id);
    visit("MemberId", m.member_id);
    visit("GroupInstanceId", m.group_instance_id, From(3));
  }
  friend bool operator==(const HeartbeatRequest&, const HeartbeatRequest&) = default;
};

struct HeartbeatResponse {
  static constexpr Api kApi = kHeartbeatApi;

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(1));
    visit("ErrorCode", m.error_code);
  }
  friend bool operator==(const HeartbeatResponse&, const HeartbeatResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_HEARTBEAT_H_
