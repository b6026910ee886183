// DescribeProducers: the idempotent producers that a partition remembers.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_PRODUCERS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_PRODUCERS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeProducersApi{ApiKey::kDescribeProducers, "DescribeProducers", 0, 0,
                                           0};

struct DescribeProducersRequest {
  static constexpr Api kApi = kDescribeProducersApi;

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

  std::vector<Topic> topics;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
  }
  friend bool operator==(const DescribeProducersRequest&,
                         const DescribeProducersRequest&) = default;
};

struct DescribeProducersResponse {
  static constexpr Api kApi = kDescribeProducersApi;

  struct Topic {
    struct Partition {
      struct Producer {
        int64_t producer_id = 0;
        int32_t producer_epoch = 0;
        int32_t last_sequence = -1;
        int64_t last_timestamp = -1;
        int32_t coordinator_epoch = 0;
        int64_t current_txn_start_offset = -1;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("ProducerId", m.producer_id);
          visit("ProducerEpoch", m.producer_epoch);
          visit("LastSequence", m.last_sequence);
          visit("LastTimestamp", m.last_timestamp);
          visit("CoordinatorEpoch", m.coordinator_epoch);
          visit("CurrentTxnStartOffset", m.current_txn_start_offset);
        }
        friend bool operator==(const Producer&, const Producer&) = default;
      };

      int32_t partition_index = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;
      std::vector<Producer> active_producers;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionIndex", m.partition_index);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
        visit("ActiveProducers", m.active_producers);
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
  friend bool operator==(const DescribeProducersResponse&,
                         const DescribeProducersResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_PRODUCERS_H_
