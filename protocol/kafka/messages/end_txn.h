// EndTxn: commit or abort. From version 5 on the producer goes on with the epoch that the answer
// gives (KIP-890).
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_END_TXN_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_END_TXN_H_

#include <cstdint>
#include <string_view>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kEndTxnApi{ApiKey::kEndTxn, "EndTxn", 0, 5, 3};

struct EndTxnRequest {
  static constexpr Api kApi = kEndTxnApi;

  std::string_view transactional_id;
  int64_t producer_id = 0;
  int16_t producer_epoch = 0;
  bool committed = false;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalId", m.transactional_id);
    visit("ProducerId", m.producer_id);
    visit("ProducerEpoch", m.producer_epoch);
    visit("Committed", m.committed);
  }
  friend bool operator==(const EndTxnRequest&, const EndTxnRequest&) = default;
};

struct EndTxnResponse {
  static constexpr Api kApi = kEndTxnApi;

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
    visit("ProducerId", m.producer_id, From(5));
    visit("ProducerEpoch", m.producer_epoch, From(5));
  }
  friend bool operator==(const EndTxnResponse&, const EndTxnResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_END_TXN_H_
