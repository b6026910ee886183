#include "protocol/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "braid/error.h"
#include "protocol/address.h"
#include "protocol/flusher.h"
#include "protocol/ticker.h"
#include "protocol/upkeeper.h"

namespace braid::net {
namespace {

using asio::ip::tcp;

// How long sessions may take to answer what they have begun, and then to notice that they are
// closed.
constexpr absl::Duration kDrainTime = absl::Seconds(2);
constexpr absl::Duration kCloseTime = absl::Seconds(1);
// Pause of a listener that could not accept: out of descriptors, most likely.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

// One thread with its event loop; connections stay on the one they were given.
struct Worker {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

struct Listener {
  std::string address;
  SessionFn session;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::unique_ptr<asio::steady_timer> pause;
  std::atomic<int64_t> connections{0};
};

absl::Status BindError(const std::string& address, const boost::system::error_code& error) {
  return MakeError(Errc::kIo, fmt::format("cannot listen on {}: {}", address, error.message()));
}

}  // namespace

struct Server::Impl {
  Impl(engine::Catalog& catalog_in, int threads_in) : catalog(catalog_in), threads(threads_in) {
    for (int i = 0; i < std::max(threads, 1); ++i) workers.push_back(std::make_unique<Worker>());
    ticker = std::make_shared<Ticker>(&catalog, &home());
    flusher = std::make_shared<Flusher>(&catalog, threads > 0);
    catalog.SetFlushHook([flusher = flusher] { flusher->Request(); });
    upkeeper = std::make_shared<Upkeeper>(&catalog, threads > 0);
    catalog.SetMaintainHook([upkeeper = upkeeper] { upkeeper->Request(); });
  }

  asio::io_context& home() { return workers[0]->context; }

  void Accept(Listener* listener);
  void Accepted(Listener* listener, const boost::system::error_code& error, tcp::socket socket);
  void Take(Listener* listener, tcp::socket socket);
  void TakePending(Listener* listener);
  asio::awaitable<void> Serve(ConnectionPtr connection, Listener* listener);
  void Forget(uint64_t id);
  void CloseListeners();
  std::vector<ConnectionPtr> Live();
  bool NoneLive() const ABSL_SHARED_LOCKS_REQUIRED(mu) { return live.empty(); }
  bool AwaitNoneLive(absl::Duration timeout);
  bool Poll();

  engine::Catalog& catalog;
  const int threads;
  std::shared_ptr<Flusher> flusher;  // the engine may outlive the server and keep calling its hook
  std::shared_ptr<Upkeeper> upkeeper;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::unique_ptr<Worker>> workers;
  std::shared_ptr<Ticker> ticker;
  size_t next_worker = 0;  // home()'s thread's
  std::atomic<uint64_t> next_id{1};
  bool started = false;
  std::atomic<bool> stopping{false};

  mutable absl::Mutex mu;
  absl::flat_hash_map<uint64_t, std::weak_ptr<Connection>> live ABSL_GUARDED_BY(mu);
};

void Server::Impl::Accept(Listener* listener) {
  Worker& worker = *workers[next_worker++ % workers.size()];
  listener->acceptor->async_accept(
      worker.context, [this, listener](const boost::system::error_code& error, tcp::socket socket) {
        Accepted(listener, error, std::move(socket));
      });
}

void Server::Impl::Accepted(Listener* listener, const boost::system::error_code& error,
                            tcp::socket socket) {
  if (!listener->acceptor->is_open()) return;
  if (error && error != asio::error::connection_aborted) {
    listener->pause->expires_after(kAcceptPause);
    listener->pause->async_wait([this, listener](const boost::system::error_code& cancelled) {
      if (!cancelled && listener->acceptor->is_open()) Accept(listener);
    });
    return;
  }
  if (!error) Take(listener, std::move(socket));
  Accept(listener);
}

void Server::Impl::Take(Listener* listener, tcp::socket socket) {
  auto connection = std::make_shared<Connection>(std::move(socket), &catalog, next_id++);
  {
    absl::MutexLock lock(&mu);
    live.emplace(connection->id(), connection);
  }
  ++listener->connections;
  asio::co_spawn(connection->executor(), Serve(connection, listener), asio::detached);
  if (stopping) connection->BeginDrain();
}

// Connections that the kernel has made and nobody took yet have a peer that may have sent: closing
// the listener would reset them.
void Server::Impl::TakePending(Listener* listener) {
  boost::system::error_code error;
  listener->acceptor->non_blocking(true, error);
  while (!error) {
    tcp::socket socket(workers[next_worker++ % workers.size()]->context);
    listener->acceptor->accept(socket, error);
    if (!error) Take(listener, std::move(socket));
  }
}

asio::awaitable<void> Server::Impl::Serve(ConnectionPtr connection, Listener* listener) {
  try {
    asio::awaitable<void> session = listener->session(connection);
    co_await std::move(session);
  } catch (const std::exception&) {
    // Out of memory, say: this connection's loss, nobody else's.
    connection->Close();
  }
  connection->CloseAfterFlush();
  --listener->connections;
  Forget(connection->id());
}

void Server::Impl::Forget(uint64_t id) {
  absl::MutexLock lock(&mu);
  live.erase(id);
}

void Server::Impl::CloseListeners() {
  for (const auto& listener : listeners) {
    if (started) TakePending(listener.get());
    boost::system::error_code error;
    listener->acceptor->close(error);
    listener->pause->cancel();
  }
}

std::vector<ConnectionPtr> Server::Impl::Live() {
  std::vector<ConnectionPtr> connections;
  absl::MutexLock lock(&mu);
  for (const auto& [id, weak] : live) {
    if (ConnectionPtr connection = weak.lock()) connections.push_back(std::move(connection));
  }
  return connections;
}

bool Server::Impl::AwaitNoneLive(absl::Duration timeout) {
  if (threads == 0) {
    while (Poll()) {
    }
    absl::MutexLock lock(&mu);
    return live.empty();
  }
  absl::MutexLock lock(&mu);
  return mu.AwaitWithTimeout(absl::Condition(this, &Impl::NoneLive), timeout);
}

bool Server::Impl::Poll() {
  catalog.Tick();
  bool ran = flusher->RunPending();
  ran |= upkeeper->RunPending();
  home().restart();
  ran |= home().poll() > 0;
  return ran;
}

Server::Server(engine::Catalog& catalog, int threads)
    : impl_(std::make_unique<Impl>(catalog, threads)) {}

Server::~Server() {
  Stop();
}

absl::StatusOr<std::string> Server::Listen(const std::string& address, SessionFn session) {
  const absl::StatusOr<tcp::endpoint> endpoint = ParseAddress(address);
  if (!endpoint.ok()) return endpoint.status();
  auto listener = std::make_unique<Listener>();
  listener->session = std::move(session);
  listener->acceptor = std::make_unique<tcp::acceptor>(impl_->home());
  listener->pause = std::make_unique<asio::steady_timer>(impl_->home());
  tcp::acceptor& acceptor = *listener->acceptor;
  boost::system::error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return BindError(address, error);
  listener->address = FormatAddress(acceptor.local_endpoint(error));
  if (error) return BindError(address, error);
  impl_->listeners.push_back(std::move(listener));
  return impl_->listeners.back()->address;
}

void Server::Start() {
  if (std::exchange(impl_->started, true)) return;
  for (const auto& listener : impl_->listeners) impl_->Accept(listener.get());
  if (impl_->threads == 0) return;
  impl_->ticker->Start();
  for (const auto& worker : impl_->workers) {
    worker->thread = std::thread([context = &worker->context] { context->run(); });
  }
}

bool Server::Poll() {
  return impl_->Poll();
}

void Server::Stop() {
  if (impl_->stopping.exchange(true)) return;
  Impl& impl = *impl_;
  const bool threaded = impl.started && impl.threads > 0;
  if (threaded) {
    absl::Notification closed;
    asio::post(impl.home(), [&impl, &closed] {
      impl.CloseListeners();
      closed.Notify();
    });
    closed.WaitForNotification();
  } else {
    impl.CloseListeners();
  }
  for (const ConnectionPtr& connection : impl.Live()) connection->BeginDrain();
  if (!impl.AwaitNoneLive(kDrainTime)) {
    for (const ConnectionPtr& connection : impl.Live()) connection->Close();
    impl.AwaitNoneLive(kCloseTime);
  }
  for (const auto& worker : impl.workers) {
    worker->context.stop();
    if (worker->thread.joinable()) worker->thread.join();
  }
  // Whoever has not ended by now never will: one in a read or write goes with its context, but one
  // that waits is in its connection's hands, and the connection in its.
  for (const ConnectionPtr& connection : impl.Live()) connection->Abandon();
  impl.flusher->Stop();
  impl.upkeeper->Stop();
  impl.ticker->Stop();
  // The acceptors and timers go before their contexts, the sessions' functions after: a coroutine
  // that is destroyed with its context may still look at its lambda.
  for (const auto& listener : impl.listeners) {
    listener->acceptor.reset();
    listener->pause.reset();
  }
  impl.workers.clear();
}

asio::any_io_executor Server::executor() {
  return impl_->home().get_executor();
}

engine::Catalog& Server::catalog() {
  return impl_->catalog;
}

size_t Server::connections() const {
  absl::MutexLock lock(&impl_->mu);
  return impl_->live.size();
}

size_t Server::connections(std::string_view address) const {
  size_t count = 0;
  for (const auto& listener : impl_->listeners) {
    if (listener->address == address) count += static_cast<size_t>(listener->connections.load());
  }
  return count;
}

}  // namespace braid::net
