// DescribeTransactions: what is known of transactional ids.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TRANSACTIONS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TRANSACTIONS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kDescribeTransactionsApi{ApiKey::kDescribeTransactions, "DescribeTransactions",
                                              0, 0, 0};

struct DescribeTransactionsRequest {
  static constexpr Api kApi = kDescribeTransactionsApi;

  std::vector<std::string_view> transactional_ids;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalIds", m.transactional_ids);
  }
  friend bool operator==(const DescribeTransactionsRequest&,
                         const DescribeTransactionsRequest&) = default;
};

struct DescribeTransactionsResponse {
  static constexpr Api kApi = kDescribeTransactionsApi;

  struct State {
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

    int16_t error_code = 0;
    std::string_view transactional_id;
    std::string_view transaction_state;
    int32_t transaction_timeout_ms = 0;
    int64_t transaction_start_time_ms = -1;
    int64_t producer_id = -1;
    int16_t producer_epoch = -1;
    std::vector<Topic> topics;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("ErrorCode", m.error_code);
      visit("TransactionalId", m.transactional_id);
      visit("TransactionState", m.transaction_state);
      visit("TransactionTimeoutMs", m.transaction_timeout_ms);
      visit("TransactionStartTimeMs", m.transaction_start_time_ms);
      visit("ProducerId", m.producer_id);
      visit("ProducerEpoch", m.producer_epoch);
      visit("Topics", m.topics);
    }
    friend bool operator==(const State&, const State&) = default;
  };

  int32_t throttle_time_ms = 0;
  std::vector<State> transaction_states;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("TransactionStates", m.transaction_states);
  }
  friend bool operator==(const DescribeTransactionsResponse&,
                         const DescribeTransactionsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_DESCRIBE_TRANSACTIONS_H_
