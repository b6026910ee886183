// ElectLeaders.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ELECT_LEADERS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ELECT_LEADERS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kElectLeadersApi{ApiKey::kElectLeaders, "ElectLeaders", 0, 2, 2};

struct ElectLeadersRequest {
  static constexpr Api kApi = kElectLeadersApi;

  struct Topic {
    std::string_view topic;
    std::vector<int32_t> partitions;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic);
      visit("Partitions", m.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int8_t election_type = 0;
  std::optional<std::vector<Topic>> topic_partitions;
  int32_t timeout_ms = 60'000;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ElectionType", m.election_type, From(1));
    visit("TopicPartitions", m.topic_partitions);
    visit("TimeoutMs", m.timeout_ms);
  }
  friend bool operator==(const ElectLeadersRequest&, const ElectLeadersRequest&) = default;
};

struct ElectLeadersResponse {
  static constexpr Api kApi = kElectLeadersApi;

  struct Topic {
    struct PartitionResult {
      int32_t partition_id = 0;
      int16_t error_code = 0;
      std::optional<std::string_view> error_message;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("PartitionId", m.partition_id);
        visit("ErrorCode", m.error_code);
        visit("ErrorMessage", m.error_message);
      }
      friend bool operator==(const PartitionResult&, const PartitionResult&) = default;
    };

    std::string_view topic;
    std::vector<PartitionResult> partition_result;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Topic", m.topic);
      visit("PartitionResult", m.partition_result);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<Topic> replica_election_results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code, From(1));
    visit("ReplicaElectionResults", m.replica_election_results);
  }
  friend bool operator==(const ElectLeadersResponse&, const ElectLeadersResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ELECT_LEADERS_H_
