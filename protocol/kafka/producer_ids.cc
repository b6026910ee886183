#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {

void ServeInitProducerId(Request& request) {
  const auto asked = request.Read<InitProducerIdRequest>();
  if (!asked) return;
  InitProducerIdResponse reply;
  if (asked->transactional_id.has_value()) {
    // An empty id is nonsense; any other asks for transactions, which are not offered.
    reply.error_code =
        Wire(asked->transactional_id->empty() ? ErrorCode::kInvalidRequest
                                              : ErrorCode::kTransactionalIdAuthorizationFailed);
    return request.Reply(reply);
  }
  const absl::StatusOr<int64_t> id = request.catalog().NextId(request.writes());
  if (id.ok()) {
    reply.producer_id = *id;
    reply.producer_epoch = 0;
  } else {
    reply.error_code = Wire(ErrorOf(id.status()));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
