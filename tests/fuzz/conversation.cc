#include "tests/fuzz/conversation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "tests/fuzz/check.h"

namespace braid::fuzz {
namespace {

constexpr int kMaxRounds = 1 << 20;  // of the server, after the last byte was said

EngineOptions Options(const ManualClock& clock) {
  EngineOptions options;
  options.clock = &clock;
  options.seed = 1;
  return options;
}

net::asio::awaitable<void> Serve(net::SessionFn session, net::ConnectionPtr connection,
                                 std::shared_ptr<bool> ended) {
  net::asio::awaitable<void> serving = session(connection);
  co_await std::move(serving);
  connection->CloseAfterFlush();
  *ended = true;
}

// What has arrived at `fd`.
std::string Receive(int fd) {
  std::string received;
  char block[65536];
  for (;;) {
    const ssize_t n = ::recv(fd, block, sizeof block, MSG_DONTWAIT);
    if (n <= 0) return received;
    received.append(block, static_cast<size_t>(n));
  }
}

}  // namespace

Conversation::Conversation()
    : catalog_(*engine::Catalog::Open(Options(clock_))),
      server_(std::make_unique<net::Server>(*catalog_, 0)) {}

Conversation::~Conversation() {
  server_->Stop();
}

std::string Conversation::Hold(const net::SessionFn& session, std::string_view input) {
  int ends[2];
  Check(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "a pair of sockets can be had");
  const auto ended = std::make_shared<bool>(false);
  {
    net::asio::ip::tcp::socket socket(server_->executor(), net::asio::ip::tcp::v4(), ends[0]);
    auto connection =
        std::make_shared<net::Connection>(std::move(socket), catalog_.get(), ++sessions_);
    net::asio::co_spawn(server_->executor(), Serve(session, std::move(connection), ended),
                        net::asio::detached);
  }
  std::string heard;
  const auto run = [&] {
    while (server_->Poll()) {
    }
    heard += Receive(ends[1]);
  };
  while (!input.empty() && !*ended) {
    const ssize_t sent = ::send(ends[1], input.data(), input.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) input.remove_prefix(static_cast<size_t>(sent));
    run();
  }
  ::shutdown(ends[1], SHUT_WR);
  for (int round = 0; !*ended && round < kMaxRounds; ++round) run();
  run();
  Check(*ended, "the session ends when its client has gone");
  ::close(ends[1]);
  run();
  return heard;
}

}  // namespace braid::fuzz
