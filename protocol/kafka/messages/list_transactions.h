// ListTransactions: which transactional ids there are.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_TRANSACTIONS_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_TRANSACTIONS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kListTransactionsApi{ApiKey::kListTransactions, "ListTransactions", 0, 2, 0};

struct ListTransactionsRequest {
  static constexpr Api kApi = kListTransactionsApi;

  std::vector<std::string_view> state_filters;  // all when empty, as the next one
  std::vector<int64_t> producer_id_filters;
  int64_t duration_filter = -1;  // ms; only those that have gone on for longer
  std::optional<std::string_view> transactional_id_pattern;  // a regular expression

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("StateFilters", m.state_filters);
    visit("ProducerIdFilters", m.producer_id_filters);
    visit("DurationFilter", m.duration_filter, From(1));
    visit("TransactionalIdPattern", m.transactional_id_pattern, From(2));
  }
  friend bool operator==(const ListTransactionsRequest&, const ListTransactionsRequest&) = default;
};

struct ListTransactionsResponse {
  static constexpr Api kApi = kListTransactionsApi;

  struct State {
    std::string_view transactional_id;
    int64_t producer_id = -1;
    std::string_view transaction_state;

    template <class V, class M>
    static void Visit(V& visit, M& m) {
      visit("TransactionalId", m.transactional_id);
      visit("ProducerId", m.producer_id);
      visit("TransactionState", m.transaction_state);
    }
    friend bool operator==(const State&, const State&) = default;
  };

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  std::vector<std::string_view> unknown_state_filters;
  std::vector<State> transaction_states;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("UnknownStateFilters", m.unknown_state_filters);
    visit("TransactionStates", m.transaction_states);
  }
  friend bool operator==(const ListTransactionsResponse&,
                         const ListTransactionsResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_LIST_TRANSACTIONS_H_
