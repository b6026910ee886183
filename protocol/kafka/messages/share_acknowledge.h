// ShareAcknowledge: a member of a share group says what became of records, or ends its session.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_ACKNOWLEDGE_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_ACKNOWLEDGE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "protocol/kafka/messages/acknowledgement.h"
#include "protocol/kafka/messages/leader.h"

namespace braid::kafka {

inline constexpr Api kShareAcknowledgeApi{ApiKey::kShareAcknowledge, "ShareAcknowledge", 1, 2, 0};

struct ShareAcknowledgeRequest {
  static constexpr Api kApi = kShareAcknowledgeApi;

  std::optional<std::string_view> group_id;
  std::optional<std::string_view> member_id;
  int32_t share_session_epoch = 0;  // -1 closes, else one more each time
  bool is_renew_ack = false;
  std::vector<AcknowledgedTopic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("MemberId", m.member_id);
    visit("ShareSessionEpoch", m.share_session_epoch);
    visit("IsRenewAck", m.is_renew_ack, From(2));
    visit("Topics", m.topics);
  }
  friend bool operator==(const ShareAcknowledgeRequest&, const ShareAcknowledgeRequest&) = default;
};

struct ShareAcknowledgeResponse {
  static constexpr Api kApi = kShareAcknowledgeApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;
      LeaderIdAndEpoch current_leader;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
        visit("CurrentLeader", m.current_leader);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    Uuid topic_id{};
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicId", m.topic_id);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  int32_t acquisition_lock_timeout_ms = 0;
  std::vector<Topic> responses;
  std::vector<NodeEndpoint> node_endpoints;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("AcquisitionLockTimeoutMs", m.acquisition_lock_timeout_ms, From(2));
    visit("Responses", m.responses);
    visit("NodeEndpoints", m.node_endpoints);
  }
  friend bool operator==(const ShareAcknowledgeResponse&,
                         const ShareAcknowledgeResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_ACKNOWLEDGE_H_
