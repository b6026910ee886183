// AddOffsetsToTxn: a group that a transaction is about to send offsets for.
#ifndef BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_OFFSETS_TO_TXN_H_
#define BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_OFFSETS_TO_TXN_H_

#include <cstdint>
#include <string_view>

#include "protocol/kafka/api.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

inline constexpr Api kAddOffsetsToTxnApi{ApiKey::kAddOffsetsToTxn, "AddOffsetsToTxn", 0, 4, 3};

struct AddOffsetsToTxnRequest {
  static constexpr Api kApi = kAddOffsetsToTxnApi;

  std::string_view transactional_id;
  int64_t producer_id = 0;
  int16_t producer_epoch = 0;
  std::string_view group_id;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("TransactionalId", m.transactional_id);
    visit("ProducerId", m.producer_id);
    visit("ProducerEpoch", m.producer_epoch);
    visit("GroupId", m.group_id);
  }
  friend bool operator==(const AddOffsetsToTxnRequest&, const AddOffsetsToTxnRequest&) = default;
};

struct AddOffsetsToTxnResponse {
  static constexpr Api kApi = kAddOffsetsToTxnApi;

  int32_t throttle_time_ms = 0;
  int16_t error_code = 0;

  template <class V, class M>
  static void Visit(V& visit, M& m) {
    visit("ThrottleTimeMs", m.throttle_time_ms);
    visit("ErrorCode", m.error_code);
  }
  friend bool operator==(const AddOffsetsToTxnResponse&, const AddOffsetsToTxnResponse&) = default;
};

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_MESSAGES_ADD_OFFSETS_TO_TXN_H_
