// ShareFetch: a member of a share group acquires records, and acknowledges others on the way.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_FETCH_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_FETCH_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "protocol/kafka/messages/acknowledgement.h"
#include "protocol/kafka/messages/leader.h"

namespace braid::kafka {

inline constexpr Api kShareFetchApi{ApiKey::kShareFetch, "ShareFetch", 1, 2, 0};

struct ShareFetchRequest {
  static constexpr Api kApi = kShareFetchApi;

  struct ForgottenTopic {
    Uuid topic_id{};
    std::vector<int32_t> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicId", m.topic_id);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const ForgottenTopic&, const ForgottenTopic&) = default;
  };

  std::optional<std::string_view> group_id;
  std::optional<std::string_view> member_id;
  int32_t share_session_epoch = 0;  // 0 opens, -1 closes, else one more each time
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = INT32_MAX;
  int32_t max_records = 0;
  int32_t batch_size = 0;         // wanted length of runs of acquired records
  int8_t share_acquire_mode = 0;  // 1: never more than MaxRecords
  bool is_renew_ack = false;
  std::vector<AcknowledgedTopic> topics;
  std::vector<ForgottenTopic> forgotten_topics_data;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("MemberId", m.member_id);
    visit("ShareSessionEpoch", m.share_session_epoch);
    visit("MaxWaitMs", m.max_wait_ms);
    visit("MinBytes", m.min_bytes);
    visit("MaxBytes", m.max_bytes);
    visit("MaxRecords", m.max_records);
    visit("BatchSize", m.batch_size);
    visit("ShareAcquireMode", m.share_acquire_mode, From(2));
    visit("IsRenewAck", m.is_renew_ack, From(2));
    visit("Topics", m.topics);
    visit("ForgottenTopicsData", m.forgotten_topics_data);
  }
  friend bool operator==(const ShareFetchRequest&, const ShareFetchRequest&) = default;
};

struct ShareFetchResponse {
  static constexpr Api kApi = kShareFetchApi;

  struct Topic {
    struct Partition {
      struct AcquiredRecords {
        int64_t first_offset = 0;
        int64_t last_offset = 0;  // inclusive
        int16_t delivery_count = 0;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("FirstOffset", m.first_offset);
          visit("LastOffset", m.last_offset);
          visit("DeliveryCount", m.delivery_count);
        }
        friend bool operator==(const AcquiredRecords&, const AcquiredRecords&) = default;
      };

      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;
      int16_t acknowledge_error_code = 0;
      std::optional<std::string_view> acknowledge_error_message;
      LeaderIdAndEpoch current_leader;
      Records records;  // empty, never null
      std::vector<AcquiredRecords> acquired_records;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
        visit("AcknowledgeErrorCode", m.acknowledge_error_code);
        visit("AcknowledgeErrorMessage", m.acknowledge_error_message);
        visit("CurrentLeader", m.current_leader);
        visit("Records", m.records);
        visit("AcquiredRecords", m.acquired_records);
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
    visit("AcquisitionLockTimeoutMs", m.acquisition_lock_timeout_ms);
    visit("Responses", m.responses);
    visit("NodeEndpoints", m.node_endpoints);
  }
  friend bool operator==(const ShareFetchResponse&, const ShareFetchResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_SHARE_FETCH_H_
