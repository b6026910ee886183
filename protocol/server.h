// The Asio side of a broker: io_contexts with pinned connections, acceptors, the one timer that
// ticks the engine, and the threads of group commit and of upkeep.
#ifndef BRAID_PROTOCOL_SERVER_H_
#define BRAID_PROTOCOL_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/catalog.h"
#include "protocol/connection.h"

namespace braid::net {

// Serves one connection until it ends; runs on the connection's thread.
using SessionFn = std::function<asio::awaitable<void>(ConnectionPtr)>;

class Server {
 public:
  Server(engine::Catalog& catalog, int threads);
  ~Server();  // Stop()
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds "HOST:PORT" (port 0: any) and returns the address bound. Connections queue up until
  // Start(), before which every Listen() comes. kInvalidArgument and kIo name the address.
  absl::StatusOr<std::string> Listen(const std::string& address, SessionFn session);

  // Runs the threads. With `threads` == 0 (tests): runs nothing; call Poll().
  void Start();
  // Runs what is ready on the calling thread, ticks the engine, and returns whether anything ran.
  // For tests under a ManualClock.
  bool Poll();
  // Stops accepting, gives sessions a moment to answer what they have begun, closes, joins.
  void Stop();

  // An executor for work that belongs to no connection.
  asio::any_io_executor executor();
  engine::Catalog& catalog();
  size_t connections() const;
  // Of the listener bound to `address`, as Listen() returned it.
  size_t connections(std::string_view address) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_SERVER_H_
