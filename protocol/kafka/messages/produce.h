// Produce: record batches for partitions, one batch each.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_PRODUCE_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_PRODUCE_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"
#include "protocol/kafka/messages/leader.h"

namespace braid::kafka {

inline constexpr Api kProduceApi{ApiKey::kProduce, "Produce", 3, 13, 9};

struct ProduceRequest {
  static constexpr Api kApi = kProduceApi;

  struct Topic {
    struct Partition {
      int32_t index = 0;
      Records records;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Index", m.index);
        visit("Records", m.records);
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    Uuid topic_id{};
    FewOf<Partition> partition_data;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name, Between(0, 12));
      visit("TopicId", m.topic_id, From(13));
      visit("PartitionData", m.partition_data);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::optional<std::string_view> transactional_id;
  // 0: no answer at all; 1 and -1: an answer once it is written
  int16_t acks = 0;
  int32_t timeout_ms = 0;
  FewOf<Topic> topic_data;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalId", m.transactional_id);
    visit("Acks", m.acks);
    visit("TimeoutMs", m.timeout_ms);
    visit("TopicData", m.topic_data);
  }
  friend bool operator==(const ProduceRequest&, const ProduceRequest&) = default;
};

struct ProduceResponse {
  static constexpr Api kApi = kProduceApi;

  struct Topic {
    struct Partition {
      struct RecordError {
        int32_t batch_index = 0;
        std::optional<std::string_view> batch_index_error_message;

        template <class V, class M>
        static void Visit(V& visit, M& m) {
          visit("BatchIndex", m.batch_index);
          visit("BatchIndexErrorMessage", m.batch_index_error_message);
        }
        friend bool operator==(const RecordError&, const RecordError&) = default;
      };

      int32_t index = 0;
      int16_t error_code = 0;
      int64_t base_offset = -1;
      int64_t log_append_time_ms = -1;
      int64_t log_start_offset = -1;
      std::vector<RecordError> record_errors;
      std::optional<std::string_view> error_message;
      std::optional<LeaderIdAndEpoch> current_leader;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("Index", m.index);
        visit("ErrorCode", m.error_code);
        visit("BaseOffset", m.base_offset);
        visit("LogAppendTimeMs", m.log_append_time_ms);
        visit("LogStartOffset", m.log_start_offset, From(5));
        visit("RecordErrors", m.record_errors, From(8));
        visit("ErrorMessage", m.error_message, From(8));
        visit("CurrentLeader", m.current_leader, From(10).Tag(0));
      }
      friend bool operator==(const Partition&, const Partition&) = default;
    };

    std::string_view name;
    Uuid topic_id{};
    FewOf<Partition> partition_responses;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name, Between(0, 12));
      visit("TopicId", m.topic_id, From(13));
      visit("PartitionResponses", m.partition_responses);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  FewOf<Topic> responses;
  int32_t throttle_time_ms = 0;
  std::vector<NodeEndpoint> node_endpoints;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Responses", m.responses);
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("NodeEndpoints", m.node_endpoints, From(10).Tag(0));
  }
  friend bool operator==(const ProduceResponse&, const ProduceResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_PRODUCE_H_
