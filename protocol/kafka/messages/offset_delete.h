// OffsetDelete: single committed offsets of a group.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_DELETE_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_DELETE_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kOffsetDeleteApi{ApiKey::kOffsetDelete, "OffsetDelete", 0, 0, 1};

struct OffsetDeleteRequest {
  static constexpr Api kApi = kOffsetDeleteApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
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

  std::string_view group_id;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("GroupId", m.group_id);
    visit("Topics", m.topics);
  }
  friend bool operator==(const OffsetDeleteRequest&, const OffsetDeleteRequest&) = default;
};

struct OffsetDeleteResponse {
  static constexpr Api kApi = kOffsetDeleteApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int16_t error_code = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
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

  int16_t error_code = 0;
  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ErrorCode", m.error_code);
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Topics", m.topics);
  }
  friend bool operator==(const OffsetDeleteResponse&, const OffsetDeleteResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_OFFSET_DELETE_H_
