// One client's whole conversation with a listener, without a network: an engine in memory under a
// clock that stands still, a server without threads, and a pair of sockets.
//
//   Conversation conversation;
//   kafka::Service service(conversation.catalog(), {});
//   const std::string heard = conversation.Hold(service.session(), bytes);
#ifndef BRAID_TESTS_FUZZ_CONVERSATION_H_
#define BRAID_TESTS_FUZZ_CONVERSATION_H_

#include <memory>
#include <string>
#include <string_view>

#include "braid/testing.h"
#include "engine/catalog.h"
#include "protocol/server.h"

namespace braid::fuzz {

class Conversation {
 public:
  Conversation();
  ~Conversation();

  engine::Catalog& catalog() { return *catalog_; }
  net::Server& server() { return *server_; }

  // Says `input` to a new session, then nothing more. Everything it answered until it ended. Dies
  // when it does not end.
  std::string Hold(const net::SessionFn& session, std::string_view input);

 private:
  ManualClock clock_;
  std::unique_ptr<engine::Catalog> catalog_;
  std::unique_ptr<net::Server> server_;
  uint64_t sessions_ = 0;
};

}  // namespace braid::fuzz

#endif  // BRAID_TESTS_FUZZ_CONVERSATION_H_
