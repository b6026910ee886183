#include "protocol/connection.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "braid/error.h"
#include "protocol/address.h"

namespace braid::net {
namespace {

// Input starts small, for idle connections are many; doubles while reads fill it, for deep
// pipelines; and shrinks after so many reads in a row that would have fitted anyway.
constexpr size_t kSmallInput = 16 << 10;
constexpr size_t kLargeInput = 256 << 10;
constexpr int kShrinkAfterReads = 64;
// How long and how much a closing connection listens on, so that its last words arrive: closing a
// socket that has unread input, or gets more, makes the kernel throw away what the peer has yet to
// read.
constexpr auto kLingerTime = std::chrono::seconds(1);
constexpr size_t kLingerBytes = 4 << 20;
// How often and how long a draining connection waits for what the peer's kernel still has, since it
// last got much; a peer that goes on sending little is not waited for.
constexpr int kDrainPauses = 10;
constexpr size_t kDrainProgress = 1024;
constexpr auto kDrainPause = std::chrono::milliseconds(10);

asio::io_context* ContextOf(const asio::any_io_executor& executor) {
  return static_cast<asio::io_context*>(&asio::query(executor, asio::execution::context));
}

template <typename Endpoint>
std::string AddressOf(const Endpoint& endpoint, const boost::system::error_code& error) {
  return error ? std::string() : FormatAddress(endpoint);
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, engine::Catalog* catalog, uint64_t id)
    : socket_(std::move(socket)),
      context_(ContextOf(socket_.get_executor())),
      catalog_(catalog),
      id_(id) {
  boost::system::error_code error;
  const auto local = socket_.local_endpoint(error);
  local_address_ = AddressOf(local, error);
  const auto remote = socket_.remote_endpoint(error);
  remote_address_ = AddressOf(remote, error);
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
}

Connection::~Connection() = default;

bool Connection::OnOwnThread() const {
  return context_->get_executor().running_in_this_thread();
}

void Connection::Post(void (Connection::*member)()) {
  asio::post(context_->get_executor(),
             [self = shared_from_this(), member] { (self.get()->*member)(); });
}

// --- Reading ---

asio::awaitable<bool> Connection::Read() {
  if (std::exchange(gathered_, false)) co_return !closed();
  if (input_end_ - input_begin_ >= max_input_) co_return false;
  MakeRoom();
  const asio::mutable_buffer room = InputRoom();
  const TwoBuffers into{room, asio::mutable_buffer()};
  const size_t n = co_await Receive(into);
  input_end_ += n;
  NoteReadSize(n, room.size());
  co_return n > 0;
}

asio::awaitable<bool> Connection::ReadAtLeast(size_t n) {
  while (input_end_ - input_begin_ < n) {
    Reserve(n);
    const bool more = co_await Read();
    if (!more) co_return false;
  }
  co_return true;
}

asio::awaitable<Buffer> Connection::ReadFrame(size_t n) {
  MutableBuffer frame(n);
  size_t have = std::min(n, input_end_ - input_begin_);
  if (have > 0) std::memcpy(frame.data(), input_.data() + input_begin_, have);
  Consume(have);
  while (have < n) {
    // The rest of the frame, and in the same call whatever follows it.
    MakeRoom();
    const TwoBuffers into{asio::buffer(frame.data() + have, n - have), InputRoom()};
    const size_t got = co_await Receive(into);
    if (got == 0) co_return Buffer();
    const size_t mine = std::min(got, n - have);
    have += mine;
    input_end_ += got - mine;
  }
  co_return std::move(frame).Freeze(n);
}

// Receives some bytes; 0 when there will be no more.
asio::awaitable<size_t> Connection::Receive(TwoBuffers into) {
  while (!closed() && !peer_gone_) {
    boost::system::error_code error;
    size_t n = 0;
    if (draining_) {
      n = socket_.read_some(into, error);
      const bool nothing_yet = error == asio::error::would_block || error == asio::error::try_again;
      if (n >= kDrainProgress) drain_pauses_ = 0;
      if (!error) co_return n;
      if (!nothing_yet || ++drain_pauses_ > kDrainPauses) co_return 0;
      // What the peer's kernel has and ours has not counts as arrived: it comes as room is made.
      asio::steady_timer pause(context_->get_executor(), kDrainPause);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    reading_ = true;
    n = co_await socket_.async_read_some(into, asio::redirect_error(asio::use_awaitable, error));
    reading_ = false;
    if (!error) co_return n;
    // BeginDrain() cancels the read; what arrived before it still counts.
    if (error != asio::error::operation_aborted) peer_gone_ = true;
  }
  co_return 0;
}

asio::mutable_buffer Connection::InputRoom() {
  return asio::buffer(input_.data() + input_end_, input_.size() - input_end_);
}

void Connection::MakeRoom() {
  const size_t held = input_end_ - input_begin_;
  size_t want = std::max(input_.size(), kSmallInput);
  if (std::exchange(full_read_, false) && want < kLargeInput) want *= 2;
  if (small_reads_ >= kShrinkAfterReads && held < kSmallInput / 2) {
    small_reads_ = 0;
    want = kSmallInput;
  }
  while (want - held < want / 4) want *= 2;
  if (want != input_.size()) {
    MutableBuffer moved(want);
    if (held > 0) std::memcpy(moved.data(), input_.data() + input_begin_, held);
    input_ = std::move(moved);
  } else if (held == 0) {
    // Nothing to move.
  } else if (input_.size() - input_end_ < input_.size() / 2) {
    std::memmove(input_.data(), input_.data() + input_begin_, held);
  } else {
    return;
  }
  input_begin_ = 0;
  input_end_ = held;
}

void Connection::Reserve(size_t n) {
  if (input_.size() - input_begin_ >= n) return;
  const size_t held = input_end_ - input_begin_;
  MutableBuffer moved(std::max(n + n / 2, kSmallInput));
  if (held > 0) std::memcpy(moved.data(), input_.data() + input_begin_, held);
  input_ = std::move(moved);
  input_begin_ = 0;
  input_end_ = held;
}

void Connection::NoteReadSize(size_t n, size_t room) {
  full_read_ = n == room;
  small_reads_ = n < kSmallInput / 2 && input_.size() > kSmallInput ? small_reads_ + 1 : 0;
}

// --- Writing ---

void Connection::Send(std::string_view bytes) {
  if (!closed()) outbox_.Add(bytes);
}

void Connection::Send(Buffer bytes) {
  if (!closed()) outbox_.Add(std::move(bytes));
}

void Connection::Flush() {
  if (OnOwnThread()) {
    WriteQueued();
  } else {
    FlushSoon();
  }
}

void Connection::FlushSoon() {
  if (!flush_posted_.exchange(true)) Post(&Connection::FlushPosted);
}

void Connection::FlushPosted() {
  flush_posted_ = false;
  WriteQueued();
}

size_t Connection::outbox_bytes() const {
  return outbox_.size();
}

asio::awaitable<bool> Connection::Drain(size_t limit) {
  WriteQueued();
  while (outbox_.size() >= limit && outbox_.size() > 0 && !closed() && !broken_) {
    drain_below_ = limit;
    ++generation_;
    co_await signal_.Wait();
  }
  drain_below_ = 0;
  co_return !closed() && !broken_;
}

void Connection::WriteQueued() {
  if (write_blocked_ || corked_ || closed_) return;
  if (broken_) return outbox_.Clear();
  switch (outbox_.WriteTo(socket_.native_handle())) {
    case Outbox::Progress::kDone:
      if (closing_) CloseWhenWritten();
      break;
    case Outbox::Progress::kBlocked:
      write_blocked_ = true;
      socket_.async_wait(asio::ip::tcp::socket::wait_write,
                         [self = shared_from_this()](const boost::system::error_code&) {
                           self->write_blocked_ = false;
                           self->WriteQueued();
                         });
      break;
    case Outbox::Progress::kFailed:
      WriteFailed();
      break;
  }
  if (drain_below_ > 0 && outbox_.size() < std::max<size_t>(drain_below_, 1)) {
    WakeSoon(WakeReason::kWoken);
  }
}

// What the peer had sent before it went is still served; nothing more is sent to it.
void Connection::WriteFailed() {
  broken_ = true;
  outbox_.Clear();
  if (closing_) CloseNow();
}

// --- Waiting ---

asio::awaitable<WakeReason> Connection::Wait(absl::Time deadline,
                                             const std::function<void(engine::WaiterPtr)>& arm) {
  return Suspend(Park(deadline, arm), /*watch=*/true);
}

Connection::Parked Connection::Park(absl::Time deadline,
                                    const std::function<void(engine::WaiterPtr)>& arm) {
  const std::weak_ptr<Connection> weak = weak_from_this();
  const uint64_t generation = ++generation_;
  Parked parked;
  parked.waiter = std::make_shared<engine::Waiter>(
      [weak, generation] { PostWake(weak, generation, WakeReason::kWoken); });
  arm(parked.waiter);
  if (deadline < absl::InfiniteFuture()) {
    parked.timer = catalog_->timers().Add(
        deadline, [weak, generation] { PostWake(weak, generation, WakeReason::kDeadline); });
  }
  return parked;
}

asio::awaitable<WakeReason> Connection::Suspend(Parked parked, bool watch) {
  const auto gone = [&] { return closed() || (watch && (peer_gone_ || draining_)); };
  if (!gone()) {
    waiting_ = watch;
    if (watch && input_.size() == 0) MakeRoom();
    if (watch) WatchPeer();
    co_await signal_.Wait();
    waiting_ = false;
  }
  ++generation_;
  parked.waiter->Cancel();
  if (parked.timer != 0) catalog_->timers().Cancel(parked.timer);
  co_return gone() ? WakeReason::kClosed : wake_reason_;
}

bool Connection::NotAlone() const {
  thread_local uint64_t last = 0;
  return std::exchange(last, id_) != id_;
}

asio::awaitable<void> Connection::Yield() {
  if (closed()) co_return;
  PostWake(weak_from_this(), ++generation_, WakeReason::kWoken);
  co_await signal_.Wait();
  ++generation_;
}

void Connection::PostWake(const std::weak_ptr<Connection>& connection, uint64_t generation,
                          WakeReason reason) {
  std::shared_ptr<Connection> self = connection.lock();
  if (self == nullptr) return;
  const auto executor = self->context_->get_executor();
  asio::post(executor,
             [self = std::move(self), generation, reason] { self->Wake(generation, reason); });
}

void Connection::Wake(uint64_t generation, WakeReason reason) {
  if (generation != generation_ || !signal_.waiting()) return;
  wake_reason_ = reason;
  signal_.Fire();
}

void Connection::WakeSoon(WakeReason reason) {
  if (signal_.waiting()) PostWake(weak_from_this(), generation_, reason);
}

void Connection::WatchPeer() {
  if (watching_ || InputRoom().size() == 0) return;
  watching_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->watching_ = false;
                       self->OnPeerReadable(error.failed());
                     });
}

void Connection::OnPeerReadable(bool failed) {
  if (!waiting_ || closed() || draining_) return;
  if (failed || InputRoom().size() == 0) return;
  boost::system::error_code error;
  const size_t n = socket_.read_some(InputRoom(), error);
  input_end_ += n;
  gathered_ |= n > 0;
  if (error && error != asio::error::would_block) {
    peer_gone_ = true;
    WakeSoon(WakeReason::kClosed);
  } else {
    WatchPeer();
  }
}

// --- Committing ---

asio::awaitable<absl::Status> Commit(Connection& connection, engine::Catalog& catalog,
                                     engine::Writes& writes) {
  const absl::Status committed = co_await CommitSome(connection, catalog, writes);
  const absl::Status refused = writes.first_refusal();
  writes.Forget();
  if (committed.ok() && !refused.ok()) {
    connection.Close();
    co_return refused;
  }
  co_return committed;
}

asio::awaitable<absl::Status> CommitSome(Connection& connection, engine::Catalog& catalog,
                                         engine::Writes& writes) {
  if (writes.empty()) co_return absl::OkStatus();
  absl::StatusOr<engine::CommitTicket> ticket = catalog.CommitSome(writes);
  if (!ticket.ok()) {
    connection.Close();
    co_return ticket.status();
  }
  if (!ticket->needs_sync) co_return absl::OkStatus();
  co_return co_await connection.AwaitDurable(*ticket);
}

asio::awaitable<absl::Status> Connection::AwaitDurable(engine::CommitTicket ticket) {
  corked_ = true;
  const std::function<void(engine::WaiterPtr)> arm = [this, ticket](engine::WaiterPtr waiter) {
    catalog_->WaitDurable(ticket, std::move(waiter));
  };
  absl::Status status;
  for (;;) {
    const absl::StatusOr<bool> durable = catalog_->IsDurable(ticket);
    if (!durable.ok()) {
      status = durable.status();
      Close();
      break;
    }
    if (*durable) break;
    if (closed_) {
      status = MakeError(Errc::kShuttingDown, "the connection closed before its write was durable");
      break;
    }
    Parked parked = Park(absl::InfiniteFuture(), arm);
    co_await Suspend(std::move(parked), /*watch=*/false);
  }
  corked_ = false;
  if (status.ok() && outbox_.size() > 0) FlushSoon();
  co_return status;
}

// --- Closing ---

void Connection::Close() {
  if (closed_.exchange(true)) return;
  if (OnOwnThread()) {
    CloseNow();
  } else {
    Post(&Connection::CloseNow);
  }
}

void Connection::CloseNow() {
  closed_ = true;
  outbox_.Clear();
  boost::system::error_code error;
  socket_.close(error);
  WakeSoon(WakeReason::kClosed);
}

void Connection::CloseAfterFlush() {
  if (closing_.exchange(true) || closed_) return;
  if (OnOwnThread()) {
    WriteQueued();
  } else {
    Post(&Connection::WriteQueued);
  }
}

// Everything has been written.
void Connection::CloseWhenWritten() {
  if (peer_gone_) return CloseNow();
  boost::system::error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return CloseNow();
  asio::co_spawn(context_->get_executor(), Linger(shared_from_this()), asio::detached);
}

asio::awaitable<void> Connection::Linger(std::shared_ptr<Connection> self) {
  asio::steady_timer timer(context_->get_executor(), kLingerTime);
  timer.async_wait([self](const boost::system::error_code& error) {
    if (!error) self->CloseNow();
  });
  MutableBuffer discarded(kSmallInput);
  boost::system::error_code error;
  for (size_t total = 0; !error && total < kLingerBytes && !closed_;) {
    total += co_await socket_.async_read_some(asio::buffer(discarded.data(), discarded.size()),
                                              asio::redirect_error(asio::use_awaitable, error));
  }
  timer.cancel();
  CloseNow();
}

void Connection::BeginDrain() {
  Post(&Connection::DrainNow);
}

void Connection::DrainNow() {
  draining_ = true;
  if (reading_ && !closed()) {
    boost::system::error_code error;
    socket_.cancel(error);
  }
  if (waiting_) WakeSoon(WakeReason::kClosed);
}

}  // namespace braid::net
