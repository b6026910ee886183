#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::StartsWith;

class TransactionTest : public RedisTest {};

TEST_F(TransactionTest, ExecRunsWhatWasQueued) {
  EXPECT_EQ(Do("MULTI"), "+OK");
  EXPECT_EQ(Do("XADD s 1-1 f v"), "+QUEUED");
  EXPECT_EQ(Do("XLEN s"), "+QUEUED");
  EXPECT_EQ(Connect()->Do("XLEN s"), ":0");
  EXPECT_EQ(Do("EXEC"), "[1-1 :1]");
  EXPECT_EQ(Do("XLEN s"), ":1");
}

TEST_F(TransactionTest, ErrorsOfSingleCommandsDoNotStopTheRest) {
  Given({"XADD s 5-1 f v", "MULTI", "XADD s 1-1 f v", "XADD s 6-1 f v"});
  EXPECT_EQ(Do("EXEC"),
            "[-ERR The ID specified in XADD is equal or smaller than the target stream top item "
            "6-1]");
}

TEST_F(TransactionTest, WhatCannotBeQueuedAbortsAll) {
  Given({"MULTI", "XADD s 1-1 f v"});
  EXPECT_THAT(Do("XADD s"), StartsWith("-ERR wrong number"));
  EXPECT_EQ(Do("XADD s 2-1 f v"), "+QUEUED");
  EXPECT_EQ(Do("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_EQ(Do("EXEC"), "-ERR EXEC without MULTI");
}

TEST_F(TransactionTest, DiscardForgets) {
  Given({"MULTI", "XADD s 1-1 f v", "DISCARD"});
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_EQ(Do("DISCARD"), "-ERR DISCARD without MULTI");
}

TEST_F(TransactionTest, MultiDoesNotNest) {
  Given({"MULTI"});
  EXPECT_EQ(Do("MULTI"), "-ERR MULTI calls can not be nested");
  EXPECT_EQ(Do("WATCH s"), "-ERR WATCH inside MULTI is not allowed");
  EXPECT_EQ(Do("PING"), "+QUEUED");
  EXPECT_EQ(Do("EXEC"), "[+PONG]");
}

TEST_F(TransactionTest, EmptyTransaction) {
  Given({"MULTI"});
  EXPECT_EQ(Do("EXEC"), "[]");
}

TEST_F(TransactionTest, WatchNoticesOthers) {
  auto other = Connect();
  for (const char* change :
       {"XADD s 9-* f v", "XDEL s 1-1", "XTRIM s MAXLEN 1", "XGROUP CREATE s g 0", "DEL s"}) {
    Given({"FLUSHALL", "XADD s 1-1 f v", "XADD s 2-1 f v", "WATCH s"});
    other->Do(change);
    Given({"MULTI", "PING"});
    EXPECT_EQ(Do("EXEC"), "nil[]") << change;
  }
}

TEST_F(TransactionTest, WatchAllowsWhatDoesNotTouchTheKey) {
  Given({"XADD s 1-1 f v", "WATCH s nosuch"});
  Connect()->Do("XADD other 1-1 f v");
  Connect()->Do("XRANGE s - +");
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "[+PONG]");
}

TEST_F(TransactionTest, WatchNoticesAKeyThatComes) {
  auto client = Connect(3);
  client->Do("WATCH s");
  Given({"XADD s 1-1 f v"});
  client->Do("MULTI");
  EXPECT_EQ(client->Do("EXEC"), "null");
}

TEST_F(TransactionTest, UnwatchForgets) {
  Given({"XADD s 1-1 f v", "WATCH s"});
  Connect()->Do("XADD s 2-1 f v");
  Given({"UNWATCH", "MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "[+PONG]");
}

TEST_F(TransactionTest, MultiIsShownToOthers) {
  Given({"WATCH a b", "MULTI", "PING"});
  EXPECT_THAT(Connect()->Do("CLIENT LIST"), ::testing::HasSubstr("flags=x"));
  EXPECT_THAT(Connect()->Do("CLIENT LIST"), ::testing::HasSubstr("multi=1 watch=2"));
}

class SmallQueueTest : public RedisTest {
 protected:
  SmallQueueTest() : RedisTest({.max_queued_commands = 3}) {}
};

TEST_F(SmallQueueTest, TheQueueHasABound) {
  Given({"MULTI", "PING", "PING", "PING"});
  EXPECT_EQ(Do("PING"), "-ERR MULTI holds more than this server allows");
  EXPECT_TRUE(client_->IsClosed());
}

}  // namespace
}  // namespace braid::redis
