// One client connection: bytes in, bytes out, and a place to wait.
//
// Threads: a connection belongs to the io_context thread it was accepted on; reading, waiting and Input()
// are for its session coroutine alone. Send(), Flush() and Close() may be called from any thread.
#ifndef BRAID_PROTOCOL_CONNECTION_H_
#define BRAID_PROTOCOL_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "braid/buffer.h"
#include "engine/catalog.h"
#include "engine/waiter.h"

namespace braid::net {

namespace asio = boost::asio;

enum class WakeReason { kWoken, kDeadline, kClosed };

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, engine::Catalog* catalog, uint64_t id);
  ~Connection();

  uint64_t id() const { return id_; }  // unique in this process
  std::string local_address() const { return local_address_; }    // "127.0.0.1:9092", as dialled
  std::string remote_address() const { return remote_address_; }
  asio::any_io_executor executor() { return socket_.get_executor(); }

  // --- Reading ---------------------------------------------------------------------------------------
  // Bytes received and not yet consumed; valid until the next Read.
  std::string_view Input() const { return {input_.data() + input_begin_, input_end_ - input_begin_}; }
  void Consume(size_t n) { input_begin_ += n; }
  // Receives more. False when the peer is gone or Close() was called.
  asio::awaitable<bool> Read();
  // Receives until Input() has `n` bytes. False as above.
  asio::awaitable<bool> ReadAtLeast(size_t n);
  // Consumes exactly `n` bytes into memory of their own; large frames are received straight into it. An
  // empty Buffer (with n > 0) means the peer is gone. The caller has checked `n` against its limit.
  asio::awaitable<Buffer> ReadFrame(size_t n);

  // --- Writing ---------------------------------------------------------------------------------------
  // Queues bytes; they leave at the next Flush(). Small ones are copied together, Buffers are shared.
  void Send(std::string_view bytes);
  void Send(Buffer bytes);
  // Starts writing what is queued, at once when called on the connection's own thread.
  void Flush();
  // Queued and not yet taken by the kernel.
  size_t outbox_bytes() const;
  // Suspends until outbox_bytes() is below `limit`; false when the peer is gone.
  asio::awaitable<bool> Drain(size_t limit);

  // --- Waiting ---------------------------------------------------------------------------------------
  // Hands a one-shot waiter to `arm`, which registers it where it will be woken, and suspends until it
  // is, `deadline` passes on the engine's clock, or the peer goes away. While suspended, bytes that
  // arrive gather in Input() (up to a bound). `arm` is a named lambda of the caller's, called before
  // this function first suspends.
  asio::awaitable<WakeReason> Wait(absl::Time deadline,
                                   const std::function<void(engine::WaiterPtr)>& arm);

  // Closes at once; what is queued is lost. Safe to call twice, from any thread.
  void Close();
  // Closes once everything queued so far has been written.
  void CloseAfterFlush();
  bool closed() const;

 private:
  struct Outbox;
  asio::awaitable<void> WatchPeer(uint64_t generation);
  void WriteQueued();

  asio::ip::tcp::socket socket_;
  engine::Catalog* const catalog_;
  const uint64_t id_;
  std::string local_address_;
  std::string remote_address_;

  std::vector<char> input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  asio::steady_timer signal_;
  uint64_t wait_generation_ = 0;

  std::unique_ptr<Outbox> outbox_;
};

using ConnectionPtr = std::shared_ptr<Connection>;

// Commits `writes` and, when fsync was promised, suspends until they are durable. On an error nothing may
// be acknowledged: the session closes its connection without sending what it has queued.
asio::awaitable<absl::Status> Commit(Connection& connection, engine::Catalog& catalog,
                                     engine::Writes& writes);

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_CONNECTION_H_
