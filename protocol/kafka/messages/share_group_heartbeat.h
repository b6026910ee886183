// ShareGroupHeartbeat: a member of a share group joins, stays, leaves; and is told what it may
// read.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_HEARTBEAT_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_HEARTBEAT_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kShareGroupHeartbeatApi{ApiKey::kShareGroupHeartbeat, "ShareGroupHeartbeat", 1,
                                             1, 0};

struct ShareGroupHeartbeatRequest {
  static constexpr Api kApi = kShareGroupHeartbeatApi;

  std::string_view group_id;
  std::string_view member_id;                                           // chosen by the client
  int32_t member_epoch = 0;                                             // 0 joins, -1 leaves
  std::optional<std::string_view> rack_id;                              // null: as before
  std::optional<std::vector<std::string_view>> subscribed_topic_names;  // null: as before

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("MemberId", m.member_id);
    visit("MemberEpoch", m.member_epoch);
    visit("RackId", m.rack_id);
    visit("SubscribedTopicNames", m.subscribed_topic_names);
  }
  friend bool operator==(const ShareGroupHeartbeatRequest&,
                         const ShareGroupHeartbeatRequest&) = default;
};

struct ShareGroupHeartbeatResponse {
  static constexpr Api kApi = kShareGroupHeartbeatApi;

  struct Assignment {
    struct TopicPartitions {
      Uuid topic_id{};
      std::vector<int32_t> partitions;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("TopicId", m.topic_id);
        visit("Partitions", m.partitions);
      }
      friend bool operator==(const TopicPartitions&, const TopicPartitions&) = default;
    };

    std::vector<TopicPartitions> topic_partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicPartitions", m.topic_partitions);
    }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::optional<std::string_view> member_id;
  int32_t member_epoch = 0;
  int32_t heartbeat_interval_ms = 0;
  std::optional<Assignment> assignment;  // null: as before

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("MemberId", m.member_id);
    visit("MemberEpoch", m.member_epoch);
    visit("HeartbeatIntervalMs", m.heartbeat_interval_ms);
    visit("Assignment", m.assignment);
  }
  friend bool operator==(const ShareGroupHeartbeatResponse&,
                         const ShareGroupHeartbeatResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_GROUP_HEARTBEAT_H_
