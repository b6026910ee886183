// Metadata: which brokers there are, and which topics with which partitions.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_METADATA_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_METADATA_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kMetadataApi{ApiKey::kMetadata, "Metadata", 0, 13, 9};

struct MetadataRequest {
  static constexpr Api kApi = kMetadataApi;

  struct Topic {
    Uuid topic_id{};
    std::optional<std::string_view> name;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TopicId", m.topic_id, From(10));
      visit("Name", m.name, NullableFrom(10));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  // Null: all topics; empty: none, but in version 0 all
  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics, NullableFrom(1));
    visit("AllowAutoTopicCreation", m.allow_auto_topic_creation, From(4));
    visit("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations,
          Between(8, 10));
    visit("IncludeTopicAuthorizedOperations", m.include_topic_authorized_operations, From(8));
  }
  friend bool operator==(const MetadataRequest&, const MetadataRequest&) = default;
};

struct MetadataResponse {
  static constexpr Api kApi = kMetadataApi;

  struct Broker {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("NodeId", m.node_id);
      visit("Host", m.host);
      visit("Port", m.port);
      visit("Rack", m.rack, From(1));
    }
    friend bool operator==(const Broker&, const Broker&) = default;
  };

  struct Topic {
    struct Partition {
      int16_t error_code = 0;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      FewOf<int32_t> replica_nodes;
      FewOf<int32_t> isr_nodes;
      std::vector<int32_t> offline_replicas;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("ErrorCode", m.error_code);
        visit("PartitionIndex", m.partition_index);
        visit("LeaderId", m.leader_id);
        visit("LeaderEpoch", m.leader_epoch, From(7));
        visit("ReplicaNodes", m.replica_nodes);
        visit("IsrNodes", m.isr_nodes);
        visit("OfflineReplicas", m.offline_replicas, From(5));
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
      visit("Name", m.name, NullableFrom(12));
      visit("TopicId", m.topic_id, From(10));
      visit("IsInternal", m.is_internal, From(1));
      visit("Partitions", m.partitions);
      visit("TopicAuthorizedOperations", m.topic_authorized_operations, From(8));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Broker> brokers;
  std::optional<std::string_view> cluster_id;
  int32_t controller_id = -1;
  std::vector<Topic> topics;
  int32_t cluster_authorized_operations = kOperationsNotAsked;
  int16_t error_code = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(3));
    visit("Brokers", m.brokers);
    visit("ClusterId", m.cluster_id, From(2));
    visit("ControllerId", m.controller_id, From(1));
    visit("Topics", m.topics);
    visit("ClusterAuthorizedOperations", m.cluster_authorized_operations, Between(8, 10));
    visit("ErrorCode", m.error_code, From(13));
  }
  friend bool operator==(const MetadataResponse&, const MetadataResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_METADATA_H_
