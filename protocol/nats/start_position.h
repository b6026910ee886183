// Where a new consumer begins.
#ifndef BRAID_PROTOCOL_NATS_START_POSITION_H_
#define BRAID_PROTOCOL_NATS_START_POSITION_H_

#include <vector>

#include "absl/status/statusor.h"
#include "engine/stream.h"
#include "protocol/nats/consumer_config.h"

namespace braid::nats {

struct StartPosition {
  Offset offset = 0;
  // Deliver last per subject: the last matching record of each subject, ascending, to be delivered
  // before what comes at `offset`.
  std::vector<Offset> prelude;
};

// As config.deliver_policy says. Errors: those of reading, and ApiErrc.
absl::StatusOr<StartPosition> FindStart(engine::Stream& stream, const ConsumerConfig& config);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_START_POSITION_H_
