// Bytes that are no requests, requests that make no sense, and clients that do not read: the server
// answers in the protocol's words or closes, and serves everybody else.
#include <random>
#include <string>

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::EndsWith;
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

// The number behind " name=" in the client's line of CLIENT LIST.
int64_t NumberIn(const std::string& line, const std::string& name) {
  const size_t at = line.find(" " + name + "=");
  return at == std::string::npos ? -1 : std::stoll(line.substr(at + name.size() + 2));
}

TEST_F(HostileTest, MemoryIsNotTakenForWhatIsOnlyAnnounced) {
  Do("PING");  // so that the hostile one is the last of the list
  for (const char* header :
       {"*1048576\r\n", "*1048576\r\n$536870912\r\nabc", "*2\r\n$3\r\nGET\r\n$536870912\r\nabc"}) {
    auto client = Connect();
    client->SayRaw(header);
    EXPECT_TRUE(client->HearsNothing());
    const std::string lines = Do("CLIENT LIST");
    const std::string line = lines.substr(lines.rfind("id="));
    EXPECT_EQ(NumberIn(line, "qbuf"), static_cast<int64_t>(std::string_view(header).size()));
    EXPECT_LE(NumberIn(line, "qbuf-free"), 64 << 10);
    EXPECT_LE(NumberIn(line, "argv-mem"), 4 << 10);
    client->HangUp();
    SettleAll();
  }
}

TEST_F(HostileTest, ALargeArgumentArrivesWhole) {
  auto client = Connect();
  const std::string value(size_t{80} << 20, 'v');  // more than connections take that do not ask
  client->SayRaw("*2\r\n$4\r\nECHO\r\n$" + std::to_string(value.size()) + "\r\n");
  client->SayRaw(value);
  client->SayRaw("\r\n");
  EXPECT_TRUE(client->Hear() == value);
}

TEST_F(HostileTest, AFullQueryBufferClosesTheConnection) {
  Given({"CONFIG SET client-query-buffer-limit 1mb"});
  net::Client client(address_);
  client.Send("*2\r\n$4\r\nECHO\r\n$4000000\r\n");
  size_t sent = 0;
  while (sent < 4000000 && client.Offer(std::string(32 << 10, 'x'))) {
    sent += 32 << 10;
    SettleAll();
    if (client.ended()) break;
  }
  EXPECT_TRUE(client.ended());
  EXPECT_GE(sent, size_t{1} << 20);
  EXPECT_LT(sent, size_t{3} << 20);
  ExpectServes();
}

TEST_F(HostileTest, TheLargestArgumentIsASetting) {
  Given({"CONFIG SET proto-max-bulk-len 1mb"});
  auto client = Connect();
  client->SayRaw("*2\r\n$4\r\nECHO\r\n$1048577\r\n");
  EXPECT_EQ(client->Hear(), "-ERR Protocol error: invalid bulk length");
  EXPECT_TRUE(client->IsClosed());
  Given({"CONFIG SET proto-max-bulk-len 1gb"});
  client = Connect();
  client->SayRaw("*2\r\n$4\r\nECHO\r\n$1000000000\r\n");
  EXPECT_TRUE(client->HearsNothing());
  EXPECT_THAT(Do("CONFIG SET proto-max-bulk-len 1000"),
              EndsWith("argument must be between 1048576 and 9223372036854775807 inclusive"));
  EXPECT_THAT(Do("CONFIG SET client-query-buffer-limit x"),
              EndsWith("argument must be a memory value"));
  EXPECT_EQ(Do("CONFIG GET client-query-buffer-limit"), "[client-query-buffer-limit 1073741824]");
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
    if (command.name == "monitor") continue;  // what it shows is no reply (monitor_test.cc)
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
