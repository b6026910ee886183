// InitProducerId: a number for an idempotent producer.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_INIT_PRODUCER_ID_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_INIT_PRODUCER_ID_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kInitProducerIdApi{ApiKey::kInitProducerId, "InitProducerId", 0, 5, 2};

struct InitProducerIdRequest {
  static constexpr Api kApi = kInitProducerIdApi;

  std::optional<std::string_view> transactional_id;
  int32_t transaction_timeout_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalId", m.transactional_id);
    visit("TransactionTimeoutMs", m.transaction_timeout_ms);
    visit("ProducerId", m.producer_id, From(3));
    visit("ProducerEpoch", m.producer_epoch, From(3));
  }
  friend bool operator==(const InitProducerIdRequest&, const InitProducerIdRequest&) = default;
};

struct InitProducerIdResponse {
  static constexpr Api kApi = kInitProducerIdApi;

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ProducerId", m.producer_id);
    visit("ProducerEpoch", m.producer_epoch);
  }
  friend bool operator==(const InitProducerIdResponse&, const InitProducerIdResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_INIT_PRODUCER_ID_H_
