// ListOffsets: offsets by time, and the ends of a partition.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_OFFSETS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kListOffsetsApi{ApiKey::kListOffsets, "ListOffsets", 1, 11, 6};

struct ListOffsetsRequest {
  static constexpr Api kApi = kListOffsetsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int32_t current_leader_epoch = -1;
      int64_t timestamp = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("CurrentLeaderEpoch", m.current_leader_epoch, From(4));
        visit("Timestamp", m.timestamp);
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

  int32_t replica_id = -1;
  int8_t isolation_level = 0;
  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ReplicaId", m.replica_id);
    visit("IsolationLevel", m.isolation_level, From(2));
    visit("Topics", m.topics);
    visit("TimeoutMs", m.timeout_ms, From(10));
  }
  friend bool operator==(const ListOffsetsRequest&, const ListOffsetsRequest&) = default;
};

struct ListOffsetsResponse {
  static constexpr Api kApi = kListOffsetsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;
      int64_t timestamp = -1;
      int64_t offset = -1;
      int32_t leader_epoch = -1;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("Timestamp", m.timestamp);
        visit("Offset", m.offset);
        visit("LeaderEpoch", m.leader_epoch, From(4));
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
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms, From(2));
    visit("Topics", m.topics);
  }
  friend bool operator==(const ListOffsetsResponse&, const ListOffsetsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_OFFSETS_H_
