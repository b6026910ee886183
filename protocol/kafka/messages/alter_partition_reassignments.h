// AlterPartitionReassignments: which brokers keep a partition.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_PARTITION_REASSIGNMENTS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_PARTITION_REASSIGNMENTS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAlterPartitionReassignmentsApi{ApiKey::kAlterPartitionReassignments,
                                                     "AlterPartitionReassignments", 0, 1, 0};

struct AlterPartitionReassignmentsRequest {
  static constexpr Api kApi = kAlterPartitionReassignmentsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      std::optional<std::vector<int32_t>> replicas;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("Replicas", m.replicas);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t timeout_ms = 60'000;
  bool allow_replication_factor_change = true;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TimeoutMs", m.timeout_ms);
    visit("AllowReplicationFactorChange", m.allow_replication_factor_change, From(1));
    visit("Topics", m.topics);
  }
  friend bool operator==(const AlterPartitionReassignmentsRequest&,
                         const AlterPartitionReassignmentsRequest&) = default;
};

struct AlterPartitionReassignmentsResponse {
  static constexpr Api kApi = kAlterPartitionReassignmentsApi;

  struct Response {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    std::vector<Partition> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Response&, const Response&) = default;
  };

  int32_t throttle_time_ms = 0;
  bool allow_replication_factor_change = true;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Response> responses;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("AllowReplicationFactorChange", m.allow_replication_factor_change, From(1));
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Responses", m.responses);
  }
  friend bool operator==(const AlterPartitionReassignmentsResponse&,
                         const AlterPartitionReassignmentsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ALTER_PARTITION_REASSIGNMENTS_H_
