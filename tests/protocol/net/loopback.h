// A server polled by hand and raw clients that talk to it, all on one thread: nothing sleeps, and
// every wait is bounded by kPatience.
#ifndef BRAID_TESTS_PROTOCOL_NET_LOOPBACK_H_
#define BRAID_TESTS_PROTOCOL_NET_LOOPBACK_H_

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "braid/testing.h"
#include "engine/catalog.h"
#include "protocol/server.h"

namespace braid::net {

inline constexpr std::chrono::seconds kPatience{20};

// A raw TCP client. Never blocks.
class Client {
 public:
  explicit Client(const std::string& address) {
    const size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0) << address;
    // What was sent has arrived when Send() returns, also the second of two small pieces.
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Send(std::string_view bytes) {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // The same to a server that may have gone: false when it has.
  bool Offer(std::string_view bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // Everything that has arrived and was not taken yet.
  std::string Take() {
    Pump();
    return std::exchange(received_, {});
  }
  const std::string& Peek() {
    Pump();
    return received_;
  }
  // The server has closed, and how.
  bool ended() {
    Pump();
    return ended_;
  }
  bool reset() const { return reset_; }
  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void SetReceiveBuffer(int bytes) {
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

 private:
  void Pump() {
    char block[65536];
    for (;;) {
      const ssize_t n = ::recv(fd_, block, sizeof block, MSG_DONTWAIT);
      if (n > 0) {
        received_.append(block, static_cast<size_t>(n));
        continue;
      }
      if (n == 0) ended_ = true;
      if (n < 0 && errno == ECONNRESET) ended_ = reset_ = true;
      return;
    }
  }

  int fd_ = -1;
  std::string received_;
  bool ended_ = false;
  bool reset_ = false;
};

// An in-memory engine under a clock that stands still, and a server without threads.
class LoopbackTest : public ::testing::Test {
 protected:
  LoopbackTest() : LoopbackTest(Durability::kOs) {}
  explicit LoopbackTest(Durability durability)
      : LoopbackTest(EngineOptions{.durability = durability}) {}
  explicit LoopbackTest(EngineOptions options) {
    options.clock = &clock;
    catalog = *engine::Catalog::Open(options);
    server = std::make_unique<Server>(*catalog, 0);
  }

  // Serves `session` on a free port.
  std::string Serve(SessionFn session) {
    const std::string address = *server->Listen("127.0.0.1:0", std::move(session));
    server->Start();
    return address;
  }
  void Settle() {
    while (server->Poll()) {
    }
  }
  // Runs the server until `done`.
  bool RunUntil(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > give_up) return false;
      server->Poll();
    }
    return true;
  }
  bool Receives(Client& client, std::string_view text) {
    return RunUntil([&] { return client.Peek() == text; });
  }

  ManualClock clock;
  std::unique_ptr<engine::Catalog> catalog;
  std::unique_ptr<Server> server;
};

}  // namespace braid::net

#endif  // BRAID_TESTS_PROTOCOL_NET_LOOPBACK_H_
