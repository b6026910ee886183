// ListPartitionReassignments: those under way.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_PARTITION_REASSIGNMENTS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_PARTITION_REASSIGNMENTS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kListPartitionReassignmentsApi{ApiKey::kListPartitionReassignments,
                                                    "ListPartitionReassignments", 0, 0, 0};

struct ListPartitionReassignmentsRequest {
  static constexpr Api kApi = kListPartitionReassignmentsApi;

  struct Topic {
    std::string_view name;
    std::vector<int32_t> partition_indexes;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("PartitionIndexes", m.partition_indexes);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t timeout_ms = 60'000;
  std::optional<std::vector<Topic>> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TimeoutMs", m.timeout_ms);
    visit("Topics", m.topics);
  }
  friend bool operator==(const ListPartitionReassignmentsRequest&,
                         const ListPartitionReassignmentsRequest&) = default;
};

struct ListPartitionReassignmentsResponse {
  static constexpr Api kApi = kListPartitionReassignmentsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      std::vector<int32_t> replicas;
      std::vector<int32_t> adding_replicas;
      std::vector<int32_t> removing_replicas;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("Replicas", m.replicas);
        visit("AddingReplicas", m.adding_replicas);
        visit("RemovingReplicas", m.removing_replicas);
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

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::optional<std::string_view> error_message;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ErrorMessage", m.error_message);
    visit("Topics", m.topics);
  }
  friend bool operator==(const ListPartitionReassignmentsResponse&,
                         const ListPartitionReassignmentsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_PARTITION_REASSIGNMENTS_H_
