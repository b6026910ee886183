// Bytes that are no requests, requests that make no sense, and clients that do not read: the server
// answers in the protocol's words or closes, and serves everybody else.
#include <random>

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::StartsWith;

class HostileTest : public RedisTest {
 protected:
  // The server still serves.
  void ExpectServes() { EXPECT_EQ(Connect()->Do("PING"), "+PONG"); }
};

TEST_F(HostileTest, BrokenRequestsAreAnsweredAndClosed) {
  for (const auto& [bytes, error] :
       {std::pair("*x\r\n", "-ERR Protocol error: invalid multibulk length"),
        {"*1048577\r\n", "-ERR Protocol error: invalid multibulk length"},
        {"*1\r\n:5\r\n", "-ERR Protocol error: expected '$', got ':'"},
        {"*1\r\n$536870913\r\n", "-ERR Protocol error: invalid bulk length"},
        {"*1\r\n$-5\r\n", "-ERR Protocol error: invalid bulk length"},
        {"PING \"x\r\n", "-ERR Protocol error: unbalanced quotes in request"}}) {
    auto client = Connect();
    client->SayRaw(bytes);
    EXPECT_EQ(client->Hear(), error);
    EXPECT_TRUE(client->IsClosed()) << bytes;
  }
  ExpectServes();
}

TEST_F(HostileTest, WhatCameBeforeTheBreakIsDone) {
  auto client = Connect();
  client->SayRaw(EncodeRequest(Words("XADD s 1-1 f v")) + "*x\r\n" +
                 EncodeRequest(Words("XADD s 2-1 f v")));
  EXPECT_EQ(client->Hear(), "1-1");
  EXPECT_THAT(client->Hear(), StartsWith("-ERR Protocol error"));
  EXPECT_TRUE(client->IsClosed());
  EXPECT_EQ(Do("XLEN s"), ":1");
}

TEST_F(HostileTest, HalfRequestsCostNothing) {
  auto client = Connect();
  client->SayRaw("*1000000\r\n$536870912\r\nabc");
  EXPECT_TRUE(client->HearsNothing());
  ExpectServes();
  client->HangUp();
  SettleAll();
  ExpectServes();
}

TEST_F(HostileTest, EndlessLinesEnd) {
  auto client = Connect();
  client->SayRaw(std::string(70000, 'a'));
  EXPECT_EQ(client->Hear(), "-ERR Protocol error: too big inline request");
  EXPECT_TRUE(client->IsClosed());
}

TEST_F(HostileTest, ErrorsRepeatLittleAndOnOneLine) {
  auto client = Connect();
  const std::string reply = client->Do({std::string(5000, 'x') + "\r\n", "a\r\nb"});
  EXPECT_LT(reply.size(), 600u);
  EXPECT_EQ(client->Do("PING"), "+PONG");
}

TEST_F(HostileTest, EveryCommandSurvivesEveryShortCall) {
  auto client = Connect();
  client->Do("XGROUP CREATE s g 0 MKSTREAM");
  for (const Command& command : Commands()) {
    if (command.name == "quit" || command.name == "reset" || command.name == "client|reply")
      continue;
    // One confirmation per channel, and then little else is allowed (pubsub_test.cc).
    if (command.name.ends_with("subscribe")) continue;
    std::vector<std::string> request;
    const size_t bar = command.name.find('|');
    request.emplace_back(command.name.substr(0, bar));
    if (bar != std::string_view::npos) request.emplace_back(command.name.substr(bar + 1));
    for (const char* word : {"s", "g", "0", "COUNT", "x", "STREAMS", "", "-1"}) {
      const std::string reply = client->Do(request);
      ASSERT_NE(reply, "closed") << command.name << " with " << request.size() << " arguments";
      if (request.size() > 8) break;
      request.emplace_back(word);
    }
    client->Do("DISCARD");
  }
  EXPECT_EQ(client->Do("PING"), "+PONG");
}

TEST_F(HostileTest, GarbageNeverBringsItDown) {
  const uint64_t seed = 424242;
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    auto client = Connect();
    std::string bytes;
    for (size_t n = random() % 300; n > 0; --n) bytes.push_back(static_cast<char>(random()));
    client->SayRaw(bytes);
    SettleAll();
    client->HangUp();
  }
  ExpectServes();
}

class SlowReaderTest : public RedisTest {
 protected:
  SlowReaderTest() : RedisTest({.reply_chunk_bytes = 4096, .outbox_bytes = 64 << 10}) {}
};

TEST_F(SlowReaderTest, AClientThatDoesNotReadIsNotReadFrom) {
  Given({"XADD s 1-1 f " + std::string(10000, 'v')});
  net::Client slow(address_);
  // Small windows make the kernel wait for its probes, hundreds of milliseconds each.
  slow.SetReceiveBuffer(1 << 20);
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += EncodeRequest(Words("XRANGE s - +"));
  for (size_t at = 0; at < requests.size(); at += 16 << 10) {
    slow.Send(std::string_view(requests).substr(at, 16 << 10));
    SettleAll();
  }
  // 20 MB of replies are owed; beyond what the kernel takes, only a few are made.
  for (const ClientHandlePtr& client : service_.clients().All()) {
    EXPECT_LT(client->outbox_bytes(), size_t{256} << 10);
  }
  EXPECT_EQ(Do("PING"), "+PONG");
  size_t received = 0;
  EXPECT_TRUE(RunUntil([&] { return (received += slow.Take().size()) >= 2000u * 10000u; }));
}

TEST_F(SlowReaderTest, NorIsItKeptAboveTheOutputLimit) {
  Given({"XADD s 1-1 f " + std::string(10000, 'v')});
  EXPECT_EQ(client_->Do({"CONFIG", "SET", "client-output-buffer-limit", "normal 32kb 0 0"}), "+OK");
  net::Client slow(address_);
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += EncodeRequest(Words("XRANGE s - +"));
  for (size_t at = 0; at < requests.size(); at += 16 << 10) {
    if (!slow.Offer(std::string_view(requests).substr(at, 16 << 10))) break;
    SettleAll();
  }
  EXPECT_EQ(service_.clients().size(), 1u);
}

}  // namespace
}  // namespace braid::redis
