// DeleteRecords: everything before an offset goes.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_RECORDS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_RECORDS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDeleteRecordsApi{ApiKey::kDeleteRecords, "DeleteRecords", 0, 2, 2};

struct DeleteRecordsRequest {
  static constexpr Api kApi = kDeleteRecordsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      // -1: the end of the partition
      int64_t offset = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("Offset", m.offset);
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

  std::vector<Topic> topics;
  int32_t timeout_ms = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
    visit("TimeoutMs", m.timeout_ms);
  }
  friend bool operator==(const DeleteRecordsRequest&, const DeleteRecordsRequest&) = default;
};

struct DeleteRecordsResponse {
  static constexpr Api kApi = kDeleteRecordsApi;

  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t low_watermark = -1;
      int16_t error_code = 0;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("LowWatermark", m.low_watermark);
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

  int32_t throttle_time_ms = 0;
  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Topics", m.topics);
  }
  friend bool operator==(const DeleteRecordsResponse&, const DeleteRecordsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DELETE_RECORDS_H_
