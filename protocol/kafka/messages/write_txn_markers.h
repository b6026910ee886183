// WriteTxnMarkers: ends transactions in partitions, past any coordinator: what tools that clear up
// hanging transactions send.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_WRITE_TXN_MARKERS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_WRITE_TXN_MARKERS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kWriteTxnMarkersApi{ApiKey::kWriteTxnMarkers, "WriteTxnMarkers", 1, 1, 1};

struct WriteTxnMarkersRequest {
  static constexpr Api kApi = kWriteTxnMarkersApi;

  struct Marker {
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

    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    bool transaction_result = false;  // true: commit
    std::vector<Topic> topics;
    int32_t coordinator_epoch = 0;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ProducerId", m.producer_id);
      visit("ProducerEpoch", m.producer_epoch);
      visit("TransactionResult", m.transaction_result);
      visit("Topics", m.topics);
      visit("CoordinatorEpoch", m.coordinator_epoch);
    }
    friend bool operator==(const Marker&, const Marker&) = default;
  };

  std::vector<Marker> markers;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Markers", m.markers);
  }
  friend bool operator==(const WriteTxnMarkersRequest&, const WriteTxnMarkersRequest&) = default;
};

struct WriteTxnMarkersResponse {
  static constexpr Api kApi = kWriteTxnMarkersApi;

  struct Marker {
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

    int64_t producer_id = 0;
    std::vector<Topic> topics;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ProducerId", m.producer_id);
      visit("Topics", m.topics);
    }
    friend bool operator==(const Marker&, const Marker&) = default;
  };

  std::vector<Marker> markers;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Markers", m.markers);
  }
  friend bool operator==(const WriteTxnMarkersResponse&, const WriteTxnMarkersResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_WRITE_TXN_MARKERS_H_
