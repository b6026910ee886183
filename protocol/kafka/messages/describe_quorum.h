// DescribeQuorum: who keeps the cluster's metadata, and how far they are.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_QUORUM_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_QUORUM_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeQuorumApi{ApiKey::kDescribeQuorum, "DescribeQuorum", 0, 2, 0};

struct ReplicaState {
  int32_t replica_id = 0;
  Uuid replica_directory_id{};
  int64_t log_end_offset = 0;
  int64_t last_fetch_timestamp = -1;
  int64_t last_caught_up_timestamp = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ReplicaId", m.replica_id);
    visit("ReplicaDirectoryId", m.replica_directory_id, From(2));
    visit("LogEndOffset", m.log_end_offset);
    visit("LastFetchTimestamp", m.last_fetch_timestamp, From(1));
    visit("LastCaughtUpTimestamp", m.last_caught_up_timestamp, From(1));
  }
  friend bool operator==(const ReplicaState&, const ReplicaState&) = default;
};

struct DescribeQuorumRequest {
  static constexpr Api kApi = kDescribeQuorumApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic_name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicName", m.topic_name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
  }
  friend bool operator==(const DescribeQuorumRequest&, const DescribeQuorumRequest&) = default;
};

struct DescribeQuorumResponse {
  static constexpr Api kApi = kDescribeQuorumApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;
      int32_t leader_id = 0;
      int32_t leader_epoch = 0;
      int64_t high_watermark = 0;
      std::vector<ReplicaState> current_voters;
      std::vector<ReplicaState> observers;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message, From(2));
        visit("LeaderId", m.leader_id);
        visit("LeaderEpoch", m.leader_epoch);
        visit("HighWatermark", m.high_watermark);
        visit("CurrentVoters", m.current_voters);
        visit("Observers", m.observers);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view topic_name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicName", m.topic_name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Node {
    struct Listener {
      std::string_view name;
      std::string_view host;
      uint16_t port = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Name", m.name, From(2));
        visit("Host", m.host, From(2));
        visit("Port", m.port, From(2));
      }
      friend bool operator==(const Listener&, const Listener&) = default;
    };

    int32_t node_id = 0;
    std::vector<Listener> listeners;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("NodeId", m.node_id, From(2));
      visit("Listeners", m.listeners, From(2));
    }
    friend bool operator==(const Node&, const Node&) = default;
  };

  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Topic> topics;
  std::vector<Node> nodes;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message, From(2));
    visit("Topics", m.topics);
    visit("Nodes", m.nodes, From(2));
  }
  friend bool operator==(const DescribeQuorumResponse&, const DescribeQuorumResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_QUORUM_H_
