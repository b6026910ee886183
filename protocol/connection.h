// One client connection: bytes in, bytes out, and a place to wait.
//
// Threads: a connection belongs to the io_context thread it was accepted on; reading, waiting and
// Input() are for its session coroutine alone. Send(), Flush() and Close() may be called from any
// thread.
//
// Never await inside the condition of an `if` or a loop: g++ 12 lays out the frame of a coroutine
// without named locals wrongly then, and its first resume jumps into the void. Name the result:
//
//   for (;;) {
//     const bool more = co_await connection->Read();
//     if (!more) co_return;
//     ...
//   }
#ifndef BRAID_PROTOCOL_CONNECTION_H_
#define BRAID_PROTOCOL_CONNECTION_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "braid/buffer.h"
#include "engine/catalog.h"
#include "engine/waiter.h"
#include "protocol/outbox.h"
#include "protocol/signal.h"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace braid::net {

namespace asio = boost::asio;

// What a session may leave unconsumed unless it says otherwise (Connection::set_max_input).
inline constexpr size_t kMaxInput = size_t{64} << 20;

enum class WakeReason { kWoken, kDeadline, kClosed };

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::ip::tcp::socket socket, engine::Catalog* catalog, uint64_t id);
  ~Connection();

  uint64_t id() const { return id_; }                           // unique in this process
  std::string local_address() const { return local_address_; }  // "127.0.0.1:9092", as dialled
  std::string remote_address() const { return remote_address_; }
  asio::any_io_executor executor() { return socket_.get_executor(); }

  // --- Reading ---
  // Bytes received and not yet consumed; valid until the next Read.
  std::string_view Input() const {
    return {input_.data() + input_begin_, input_end_ - input_begin_};
  }
  void Consume(size_t n) { input_begin_ += n; }
  // Bytes for which there is room behind Input() already.
  size_t input_free() const { return input_.size() - input_end_; }
  // How many bytes a session may leave unconsumed: Read() reports the peer gone to one that has so
  // many and asks for more. The session's own to set, at any time.
  void set_max_input(size_t bytes) { max_input_ = bytes; }
  // Receives more. False when the peer is gone or Close() was called.
  asio::awaitable<bool> Read();
  // Receives until Input() has `n` bytes. False as above.
  asio::awaitable<bool> ReadAtLeast(size_t n);
  // Consumes exactly `n` bytes into memory of their own; large frames are received straight into
  // it. An empty Buffer (with n > 0) means the peer is gone. The caller has checked `n` against its
  // limit.
  asio::awaitable<Buffer> ReadFrame(size_t n);

  // --- Writing ---
  // Queues bytes; they leave at the next Flush(). Small ones are copied together, Buffers are
  // shared. Once the connection is closing they are dropped.
  //
  // Flush() sends everything queued, by whomever: a session that owes a Commit does not suspend,
  // other than in Commit() itself, with replies queued that the commit has yet to make true.
  void Send(std::string_view bytes);
  void Send(const char* bytes) { Send(std::string_view(bytes)); }
  void Send(Buffer bytes);
  // Starts writing what is queued, at once when called on the connection's own thread.
  void Flush();
  // As Flush(), but when the thread has finished what it is doing: many calls, one write. For
  // fan-out to connections that are not the caller's.
  void FlushSoon();
  // Queued and not yet taken by the kernel.
  size_t outbox_bytes() const;
  // Suspends until outbox_bytes() is below `limit`; false when the peer is gone.
  asio::awaitable<bool> Drain(size_t limit);

  // --- Waiting ---
  // Hands a one-shot waiter to `arm`, which registers it where it will be woken, and suspends until
  // it is, `deadline` passes on the engine's clock, or the peer goes away. While suspended, bytes
  // that arrive gather in Input() as far as its memory goes, and nothing already there moves; the
  // next Read() then returns at once. `arm` is called before this function returns.
  asio::awaitable<WakeReason> Wait(absl::Time deadline,
                                   const std::function<void(engine::WaiterPtr)>& arm);

  // Lets the other sessions of this thread run first that have something to do, so that what they
  // write shares the caller's next Commit(). It costs a turn of the thread, and so is for a session
  // that NotAlone() told that there are any.
  asio::awaitable<void> Yield();
  // Whether the last to ask this on the thread was another connection.
  bool NotAlone() const;

  // Closes at once; what is queued is lost. Safe to call twice, from any thread.
  void Close();
  // Closes once everything queued so far has been written.
  void CloseAfterFlush();
  // True from either of the two on.
  bool closed() const { return closed_.load(std::memory_order_relaxed) || closing_.load(); }

  // --- For the server ---
  // From now on reads give what has arrived and then report the peer gone, and waits end with
  // kClosed: the session answers what it was asked and ends. Any thread.
  void BeginDrain();
  // Destroys the session where it waits. Once nothing runs on the connection's thread any more.
  void Abandon() { signal_.Drop(); }

 private:
  friend asio::awaitable<absl::Status> CommitSome(Connection& connection, engine::Catalog& catalog,
                                                  engine::Writes& writes);
  // One suspension: what may end it, and which one it is.
  struct Parked {
    engine::WaiterPtr waiter;
    engine::TimerId timer = 0;
  };
  using TwoBuffers = std::array<asio::mutable_buffer, 2>;

  bool OnOwnThread() const;
  // Runs `member` on the connection's thread, after what it is doing now.
  void Post(void (Connection::*member)());

  asio::awaitable<size_t> Receive(TwoBuffers into);
  void MakeRoom();
  void Reserve(size_t n);
  void NoteReadSize(size_t n, size_t room);
  asio::mutable_buffer InputRoom();

  Parked Park(absl::Time deadline, const std::function<void(engine::WaiterPtr)>& arm);
  asio::awaitable<WakeReason> Suspend(Parked parked, bool watch);
  asio::awaitable<absl::Status> AwaitDurable(engine::CommitTicket ticket);
  static void PostWake(const std::weak_ptr<Connection>& connection, uint64_t generation,
                       WakeReason reason);
  void Wake(uint64_t generation, WakeReason reason);
  void WakeSoon(WakeReason reason);
  void WatchPeer();
  void OnPeerReadable(bool failed);

  void WriteQueued();
  void WriteFailed();
  void FlushPosted();
  void CloseNow();
  void CloseWhenWritten();
  void DrainNow();
  asio::awaitable<void> Linger(std::shared_ptr<Connection> self);

  asio::ip::tcp::socket socket_;
  asio::io_context* const context_;
  engine::Catalog* const catalog_;
  const uint64_t id_;
  std::string local_address_;
  std::string remote_address_;
  std::atomic<bool> closed_{false};   // Close(): the socket is gone or about to be
  std::atomic<bool> closing_{false};  // CloseAfterFlush()
  std::atomic<bool> flush_posted_{false};
  Outbox outbox_;

  // The rest belongs to the connection's own thread.
  MutableBuffer input_;
  size_t input_begin_ = 0;
  size_t input_end_ = 0;
  size_t max_input_ = kMaxInput;
  int small_reads_ = 0;     // in a row
  bool full_read_ = false;  // the last read filled its room
  bool gathered_ = false;   // Wait() received something nobody has been told of
  bool peer_gone_ = false;  // end of input, or an error
  bool draining_ = false;
  int drain_pauses_ = 0;
  bool reading_ = false;  // the session is suspended in Receive()

  Signal signal_;
  uint64_t generation_ = 0;  // of suspensions: a wake-up for an earlier one is stale
  WakeReason wake_reason_ = WakeReason::kWoken;
  bool waiting_ = false;   // suspended in Wait()
  bool watching_ = false;  // a watch for readability is under way; it may outlive the wait
  size_t drain_below_ = 0;

  bool write_blocked_ = false;  // waiting for the socket to become writable
  bool corked_ = false;         // Commit() is under way: nothing may leave
  bool broken_ = false;         // a write failed: nothing more is sent
};

using ConnectionPtr = std::shared_ptr<Connection>;

// Commits `writes` and, when fsync was promised, suspends until they are durable. On an error
// nothing may be acknowledged: the session closes its connection without sending what it has
// queued.
asio::awaitable<absl::Status> Commit(Connection& connection, engine::Catalog& catalog,
                                     engine::Writes& writes);

// The same for a session that can tell its requests apart: ok as well when some of them were
// refused, which `writes` then says (Catalog::CommitSome). The session forgets them there.
asio::awaitable<absl::Status> CommitSome(Connection& connection, engine::Catalog& catalog,
                                         engine::Writes& writes);

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_CONNECTION_H_
