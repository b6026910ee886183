// Why something was not done, as a client is told it.
#ifndef BRAID_PROTOCOL_KAFKA_REFUSAL_H_
#define BRAID_PROTOCOL_KAFKA_REFUSAL_H_

#include <string>

#include "absl/status/status.h"
#include "protocol/kafka/errors.h"

namespace braid::kafka {

struct Refusal {
  ErrorCode code = ErrorCode::kNone;  // kNone: it was done
  std::string message = {};           // for people; may be empty

  bool ok() const { return code == ErrorCode::kNone; }
};

inline Refusal RefusalOf(const absl::Status& status) {
  return {ErrorOf(status), std::string(status.message())};
}

// Of a client above its quota of partitions made and deleted.
inline Refusal TooManyPartitions() {
  return {ErrorCode::kThrottlingQuotaExceeded,
          "the client makes and deletes partitions faster than its quota allows"};
}

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_REFUSAL_H_
