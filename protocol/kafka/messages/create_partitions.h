// CreatePartitions: more partitions for a topic.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_PARTITIONS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_PARTITIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kCreatePartitionsApi{ApiKey::kCreatePartitions, "CreatePartitions", 0, 3, 2};

struct CreatePartitionsRequest {
  static constexpr Api kApi = kCreatePartitionsApi;

  struct Topic {
    struct Assignment {
      std::vector<int32_t> broker_ids;

      template <class V, class M>
      static void Visit(V& visit, M& m) {
        visit("BrokerIds", m.broker_ids);
      }
      friend bool operator==(const Assignment&, const Assignment&) = default;
    };

    std::string_view name;
    int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("Count", m.count);
      visit("Assignments", m.assignments);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;
  int32_t timeout_ms = 0;
  bool validate_only = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("Topics", m.topics);
    visit("TimeoutMs", m.timeout_ms);
    visit("ValidateOnly", m.validate_only);
  }
  friend bool operator==(const CreatePartitionsRequest&, const CreatePartitionsRequest&) = default;
};

struct CreatePartitionsResponse {
  static constexpr Api kApi = kCreatePartitionsApi;

  struct Result {
    std::string_view name;
    int16_t error_code = 0;
    std::optional<std::string_view> error_message;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("Name", m.name);
      visit("ErrorCode", m.error_code);
      visit("ErrorMessage", m.error_message);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<Result> results;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("Results", m.results);
  }
  friend bool operator==(const CreatePartitionsResponse&,
                         const CreatePartitionsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_CREATE_PARTITIONS_H_
