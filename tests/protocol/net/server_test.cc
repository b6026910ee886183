#include "protocol/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "braid/error.h"
#include "tests/protocol/net/loopback.h"

namespace braid::net {
namespace {

class ServerTest : public LoopbackTest {};

asio::awaitable<void> Echo(ConnectionPtr c) {
  for (;;) {
    const bool more = co_await c->Read();
    if (!more) co_return;
    c->Send(c->Input());
    c->Consume(c->Input().size());
    c->Flush();
  }
}

TEST_F(ServerTest, TakenPortIsNamed) {
  const std::string taken = *server->Listen("127.0.0.1:0", Echo);
  const auto second = server->Listen(taken, Echo);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(CodeOf(second.status()), Errc::kIo);
  EXPECT_NE(second.status().message().find(taken), absl::string_view::npos);
  EXPECT_NE(second.status().message().find("in use"), absl::string_view::npos);
}

TEST_F(ServerTest, BadAddressIsNamed) {
  const auto bad = server->Listen("127.0.0.1", Echo);
  EXPECT_EQ(CodeOf(bad.status()), Errc::kInvalidArgument);
  EXPECT_NE(bad.status().message().find("127.0.0.1"), absl::string_view::npos);
}

TEST_F(ServerTest, CountsConnectionsPerListener) {
  const std::string one = *server->Listen("127.0.0.1:0", Echo);
  const std::string two = *server->Listen("127.0.0.1:0", Echo);
  server->Start();
  Client a(one), b(two);
  auto c = std::make_unique<Client>(two);
  EXPECT_TRUE(RunUntil([&] { return server->connections() == 3; }));
  EXPECT_EQ(server->connections(one), 1u);
  EXPECT_EQ(server->connections(two), 2u);
  c.reset();
  EXPECT_TRUE(RunUntil([&] { return server->connections() == 2; }));
  EXPECT_EQ(server->connections(two), 1u);
}

TEST_F(ServerTest, SessionThatThrowsLosesItsConnectionOnly) {
  const std::string address = Serve([](ConnectionPtr c) -> asio::awaitable<void> {
    co_await c->Read();
    if (c->Input() == "throw") throw std::bad_alloc();
    c->Send("ok");
    c->Flush();
    co_await c->Read();
  });
  Client bad(address), good(address);
  bad.Send("throw");
  EXPECT_TRUE(RunUntil([&] { return bad.ended(); }));
  good.Send("x");
  EXPECT_TRUE(Receives(good, "ok"));
}

TEST_F(ServerTest, StopAnswersWhatHasArrived) {
  const std::string address = Serve(Echo);
  Client client(address);
  client.Send("one");
  ASSERT_TRUE(Receives(client, "one"));
  client.Send(" two");
  server->Stop();
  EXPECT_EQ(client.Take(), "one two");
  EXPECT_TRUE(client.ended());
}

TEST_F(ServerTest, StopEndsWaits) {
  bool waiting = false;
  const std::string address = Serve([&](ConnectionPtr c) -> asio::awaitable<void> {
    const auto arm = [&](engine::WaiterPtr) { waiting = true; };
    co_await c->Wait(absl::InfiniteFuture(), arm);
  });
  Client client(address);
  ASSERT_TRUE(RunUntil([&] { return waiting; }));
  server->Stop();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(ServerTest, AbandonDestroysASessionThatWaits) {
  auto witness = std::make_shared<int>(0);
  ConnectionPtr connection;
  const std::string address = Serve([&](ConnectionPtr c) -> asio::awaitable<void> {
    const auto held = witness;
    const auto arm = [&](engine::WaiterPtr) { connection = c; };
    co_await c->Wait(absl::InfiniteFuture(), arm);
  });
  Client client(address);
  ASSERT_TRUE(RunUntil([&] { return connection != nullptr; }));
  connection->Abandon();
  Settle();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(ServerTest, StopDestroysASessionThatWillNotEnd) {
  auto witness = std::make_shared<int>(0);
  const std::string address = Serve([&](ConnectionPtr c) -> asio::awaitable<void> {
    const auto held = witness;
    asio::steady_timer never(c->executor(), asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
  });
  Client client(address);
  ASSERT_TRUE(RunUntil([&] { return witness.use_count() == 2; }));
  server->Stop();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(witness.use_count(), 1);
}

// --- With threads ---

class ThreadedServerTest : public ::testing::TestWithParam<int> {
 protected:
  std::unique_ptr<engine::Catalog> catalog_ = *engine::Catalog::Open({});
  Server server_{*catalog_, GetParam()};
};

bool Eventually(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST_P(ThreadedServerTest, ServesManyConnectionsAndStops) {
  const std::string address = *server_.Listen("127.0.0.1:0", Echo);
  server_.Start();
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(std::make_unique<Client>(address));
  for (int round = 0; round < 20; ++round) {
    for (auto& client : clients) client->Send("0123456789");
  }
  for (auto& client : clients) {
    EXPECT_TRUE(Eventually([&] { return client->Peek().size() == 200; }));
  }
  server_.Stop();
  EXPECT_EQ(server_.connections(), 0u);
  for (auto& client : clients) EXPECT_TRUE(client->ended());
}

TEST_P(ThreadedServerTest, DeadlinesFallDueWithoutAnybodyTicking) {
  const std::string address =
      *server_.Listen("127.0.0.1:0", [&](ConnectionPtr c) -> asio::awaitable<void> {
        const auto arm = [](engine::WaiterPtr) {};
        const WakeReason reason = co_await c->Wait(catalog_->Now() + absl::Milliseconds(20), arm);
        c->Send(reason == WakeReason::kDeadline ? "deadline" : "?");
      });
  server_.Start();
  catalog_->timers().Add(absl::Now() + absl::Hours(1), [] {});
  Client client(address);
  EXPECT_TRUE(Eventually([&] { return client.ended(); }));
  EXPECT_EQ(client.Peek(), "deadline");
}

TEST_P(ThreadedServerTest, StopsWhileClientsKeepSending) {
  const std::string address = *server_.Listen("127.0.0.1:0", Echo);
  server_.Start();
  std::atomic<bool> over{false};
  std::thread sender([&] {
    Client client(address);
    while (!over && !client.ended() && client.Offer("x")) client.Take();
  });
  EXPECT_TRUE(Eventually([&] { return server_.connections() == 1; }));
  server_.Stop();
  over = true;
  sender.join();
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadedServerTest, ::testing::Values(1, 3));

}  // namespace
}  // namespace braid::net
