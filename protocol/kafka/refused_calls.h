// Calls that are refused on demand (CallFault::Kind::kRefuse): nothing is done, and the answer has
// the error in each place where the call's own errors go.
#ifndef BRAID_PROTOCOL_KAFKA_REFUSED_CALLS_H_
#define BRAID_PROTOCOL_KAFKA_REFUSED_CALLS_H_

#include "protocol/kafka/api.h"
#include "protocol/kafka/errors.h"

namespace braid::kafka {

class Request;

// Those that clients act on while they produce, consume and administer topics.
bool CanBeRefused(ApiKey key);
// Answers `request`, whose call can be refused.
void RefuseCall(Request& request, ApiKey key, ErrorCode error);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_REFUSED_CALLS_H_
