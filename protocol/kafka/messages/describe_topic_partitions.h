// DescribeTopicPartitions: topics with their partitions, a page at a time.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TOPIC_PARTITIONS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TOPIC_PARTITIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeTopicPartitionsApi{ApiKey::kDescribeTopicPartitions,
                                                 "DescribeTopicPartitions", 0, 0, 0};

// Where the next page begins.
struct TopicCursor {
  std::string_view topic_name;
  int32_t partition_index = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TopicName", m.topic_name);
    visit("PartitionIndex", m.partition_index);
  }
  friend bool operator==(const TopicCursor&, const TopicCursor&) = default;
};

struct DescribeTopicPartitionsRequest {
  static constexpr Api kApi = kDescribeTopicPartitionsApi;

  struct Topic {
    std::string_view name;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  // Empty: all
  std::vector<Topic> topics;
  int32_t response_partition_limit = 2'000;
  std::optional<TopicCursor> cursor;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
    visit("ResponsePartitionLimit", m.response_partition_limit);
    visit("Cursor", m.cursor);
  }
  friend bool operator==(const DescribeTopicPartitionsRequest&,
                         const DescribeTopicPartitionsRequest&) = default;
};

struct DescribeTopicPartitionsResponse {
  static constexpr Api kApi = kDescribeTopicPartitionsApi;

  struct Topic {
    struct Partition {
      int16_t error_code = 0;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      FewOf<int32_t> replica_nodes;
      FewOf<int32_t> isr_nodes;
      std::optional<std::vector<int32_t>> eligible_leader_replicas;
      std::optional<std::vector<int32_t>> last_known_elr;
      std::vector<int32_t> offline_replicas;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("ErrorCode", m.error_code);
        visit("PartitionIndex", m.partition_index);
        visit("LeaderId", m.leader_id);
        visit("LeaderEpoch", m.leader_epoch);
        visit("ReplicaNodes", m.replica_nodes);
        visit("IsrNodes", m.isr_nodes);
        visit("EligibleLeaderReplicas", m.eligible_leader_replicas);
        visit("LastKnownElr", m.last_known_elr);
        visit("OfflineReplicas", m.offline_replicas);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    int16_t error_code = 0;
    std::optional<std::string_view> name;
    Uuid topic_id{};
    bool is_internal = false;
    std::vector<Partition> partitions;
    int32_t topic_authorized_operations = kOperationsNotAsked;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("Name", m.name);
      visit("TopicId", m.topic_id);
      visit("IsInternal", m.is_internal);
      visit("Partitions", m.partitions);
      visit("TopicAuthorizedOperations", m.topic_authorized_operations);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;
  std::optional<TopicCursor> next_cursor;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Topics", m.topics);
    visit("NextCursor", m.next_cursor);
  }
  friend bool operator==(const DescribeTopicPartitionsResponse&,
                         const DescribeTopicPartitionsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TOPIC_PARTITIONS_H_
