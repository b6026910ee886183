// MONITOR: what is shown of the commands that run, to whom, and until when.
#include <string>

#include "fmt/format.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MonitorTest : public RedisTest {
 protected:
  MonitorTest() : monitor_(Connect()) { EXPECT_EQ(monitor_->Do("MONITOR"), "+OK"); }

  // What the next line shows behind the client's address.
  std::string Shown() {
    const std::string line = monitor_->Hear();
    const size_t bracket = line.find("] ");
    return bracket == std::string::npos ? line : line.substr(bracket + 2);
  }

  std::unique_ptr<Talker> monitor_;
};

TEST_F(MonitorTest, ShowsTimeDatabaseAndAddressOfEveryCommand) {
  Do("PING");
  const auto clients = service_.clients().All();
  const int64_t micros = absl::ToUnixMicros(clock.Now());
  EXPECT_EQ(monitor_->Hear(), fmt::format("+{}.{:06} [0 {}] \"PING\"", micros / 1000000,
                                          micros % 1000000, clients.back()->address()));
  Do("SELECT 3");
  EXPECT_THAT(monitor_->Hear(), HasSubstr(" [3 "));
}

TEST_F(MonitorTest, EscapesWhatCannotBePrinted) {
  Do({"SET", std::string("a\0\n\"\\\t\r\a\b\xff", 10), "v w"});
  EXPECT_EQ(Shown(), R"("SET" "a\x00\n\"\\\t\r\a\b\xff" "v w")");
}

TEST_F(MonitorTest, PasswordsAreNotShown) {
  Do("AUTH secret");
  EXPECT_EQ(Shown(), R"x("AUTH" "(redacted)")x");
  Do("AUTH default secret");
  EXPECT_EQ(Shown(), R"x("AUTH" "(redacted)" "(redacted)")x");
  Do("HELLO 2 AUTH default secret SETNAME me");
  EXPECT_EQ(Shown(), R"x("HELLO" "2" "AUTH" "(redacted)" "(redacted)" "SETNAME" "me")x");
}

TEST_F(MonitorTest, CommandsForAdministratorsAreNotShown) {
  Do("CONFIG SET requirepass secret");
  Do("CLIENT LIST");
  Do("SLOWLOG LEN");
  EXPECT_TRUE(monitor_->HearsNothing());
}

TEST_F(MonitorTest, WhatIsRefusedIsNotShownAndWhatFailsIs) {
  Do("NOSUCH x");
  Do("GET");
  Do("SET s v");
  Do("XLEN s");
  EXPECT_EQ(Shown(), R"("SET" "s" "v")");
  EXPECT_EQ(Shown(), R"("XLEN" "s")");
}

TEST_F(MonitorTest, TransactionsAreShownWhenTheyRun) {
  Do("MULTI");
  EXPECT_EQ(Shown(), R"("MULTI")");
  Do("SET a b");
  Do("INCR n");
  EXPECT_TRUE(monitor_->HearsNothing());
  Do("EXEC");
  EXPECT_EQ(Shown(), R"("SET" "a" "b")");
  EXPECT_EQ(Shown(), R"("INCR" "n")");
  EXPECT_EQ(Shown(), R"("EXEC")");
}

TEST_F(MonitorTest, OnesOwnCommandIsShownBehindItsReply) {
  monitor_->SayRaw(EncodeRequest(Words("PING x")) + EncodeRequest(Words("PING y")));
  EXPECT_EQ(monitor_->Hear(), "x");
  EXPECT_EQ(Shown(), R"("PING" "x")");
  EXPECT_EQ(monitor_->Hear(), "y");
  EXPECT_EQ(Shown(), R"("PING" "y")");
}

TEST_F(MonitorTest, EndsWithReset) {
  EXPECT_EQ(monitor_->Do("RESET"), "+RESET");
  Do("PING");
  EXPECT_TRUE(monitor_->HearsNothing());
  EXPECT_TRUE(service_.monitors().empty());
  EXPECT_EQ(monitor_->Do("SET a b"), "+OK");
}

TEST_F(MonitorTest, EndsWithQuitAndWithTheConnection) {
  auto other = Connect();
  EXPECT_EQ(other->Do("MONITOR"), "+OK");
  other->HangUp();
  EXPECT_EQ(monitor_->Do("QUIT"), "+OK");
  EXPECT_TRUE(monitor_->IsClosed());
  EXPECT_EQ(Do("PING"), "+PONG");
  SettleAll();
  EXPECT_TRUE(service_.monitors().empty());
}

TEST_F(MonitorTest, SeveralSeeTheSame) {
  auto other = Connect(3);
  EXPECT_THAT(Shown(), StartsWith("\"HELLO\""));
  EXPECT_EQ(other->Do("MONITOR"), "+OK");
  Do("PING");
  const std::string line = monitor_->Hear();
  EXPECT_THAT(line, EndsWith("\"PING\""));
  EXPECT_EQ(other->Hear(), line);
}

TEST_F(MonitorTest, ClientListMarksThem) {
  EXPECT_THAT(Do("CLIENT LIST"), HasSubstr(" flags=O "));
  monitor_->Do("RESET");
  EXPECT_THAT(Do("CLIENT LIST"), Not(HasSubstr(" flags=O ")));
}

TEST_F(MonitorTest, TheyMayNotTouchKeys) {
  EXPECT_EQ(monitor_->Do("SET a b"), "-ERR Replica can't interact with the keyspace");
  EXPECT_EQ(monitor_->Do("XLEN a"), "-ERR Replica can't interact with the keyspace");
}

TEST_F(MonitorTest, NotInTransactions) {
  Given({"MULTI", "MONITOR"});
  EXPECT_EQ(Do("EXEC"), "[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
}

TEST_F(MonitorTest, OneThatDoesNotReadIsDisconnected) {
  EXPECT_EQ(Do({"CONFIG", "SET", "client-output-buffer-limit", std::string("pubsub 100kb 0 0")}),
            "+OK");
  for (int i = 0; i < 2000 && service_.clients().size() > 1; ++i) {
    Do({"PING", std::string(10000, 'x')});
  }
  EXPECT_EQ(service_.clients().size(), 1u);
  EXPECT_EQ(service_.stats().output_disconnects(), 1);
}

}  // namespace
}  // namespace braid::redis
