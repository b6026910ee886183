// Keys under other names.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class RenameTest : public RedisTest {};

TEST_F(RenameTest, AStreamKeepsLogGroupsPendingEntriesAndCounters) {
  Given({"XGROUP CREATE s g $ MKSTREAM", "XADD s 1-1 f v", "XADD s 2-1 f v", "XADD s 3-1 f v",
         "XREADGROUP GROUP g c COUNT 2 STREAMS s >", "XDEL s 3-1", "EXPIRE s 100"});
  const std::string info = Do("XINFO STREAM s FULL");
  EXPECT_EQ(Do("RENAME s t"), "+OK");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_EQ(Do("XINFO STREAM t FULL"), info);
  EXPECT_EQ(Do("TTL t"), ":100");
  EXPECT_EQ(Do("XACK t g 1-1"), ":1");
  EXPECT_EQ(Do("XADD t 4-1 f v"), "4-1");
  EXPECT_NE(catalog->FindKafka("t", 0), nullptr);
  EXPECT_EQ(catalog->FindKafka("s", 0), nullptr);
}

TEST_F(RenameTest, WhatHadTheNameGoes) {
  Given({"XADD s 1-1 f v", "XADD t 9-1 f v", "RENAME s t"});
  EXPECT_EQ(Do("XRANGE t - +"), "[[1-1 [f v]]]");
  EXPECT_EQ(Do("DBSIZE"), ":1");
  EXPECT_EQ(Do("RENAME none t"), "-ERR no such key");
  EXPECT_EQ(Do("RENAME t t"), "+OK");
  EXPECT_EQ(Do("XLEN t"), ":1");
}

TEST_F(RenameTest, RenameNxLeavesWhatIsThere) {
  Given({"XADD s 1-1 f v", "XADD t 9-1 f v"});
  EXPECT_EQ(Do("RENAMENX s t"), ":0");
  EXPECT_EQ(Do("RENAMENX s s"), ":0");
  EXPECT_EQ(Do("RENAMENX none u"), "-ERR no such key");
  EXPECT_EQ(Do("RENAMENX s u"), ":1");
  EXPECT_EQ(Do("KEYS *"), "[t u]");
}

TEST_F(RenameTest, EndsTheWaitOfAGroupUnderTheOldNameAndServesReadersOfTheNew) {
  Given({"XGROUP CREATE s g $ MKSTREAM"});
  auto member = Connect();
  auto reader = Connect();
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  reader->Say("XREAD BLOCK 0 STREAMS t 0");
  EXPECT_TRUE(member->HearsNothing());
  EXPECT_TRUE(reader->HearsNothing());
  Given({"MULTI", "XADD s 1-1 f v", "RENAME s t", "EXEC"});
  EXPECT_THAT(member->Hear(), HasSubstr("NOGROUP No such key 's'"));
  EXPECT_EQ(reader->Hear(), "[[t [[1-1 [f v]]]]]");
}

TEST_F(RenameTest, AGroupWaitingUnderTheNewNameLooksAgain) {
  Given({"XGROUP CREATE t g $ MKSTREAM", "XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 f v"});
  auto member = Connect();
  auto orphan = Connect();
  Given({"XGROUP CREATE t other $"});
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS t >");
  orphan->Say("XREADGROUP GROUP other c BLOCK 0 STREAMS t >");
  EXPECT_TRUE(member->HearsNothing());
  EXPECT_TRUE(orphan->HearsNothing());
  Given({"RENAME s t"});
  EXPECT_EQ(member->Hear(), "[[t [[1-1 [f v]]]]]");
  EXPECT_THAT(orphan->Hear(), HasSubstr("NOGROUP"));
}

TEST_F(RenameTest, AWatchNoticesIt) {
  auto other = Connect();
  for (const char* watched : {"WATCH s", "WATCH t"}) {
    Given({"FLUSHALL", "XADD s 1-1 f v", watched});
    other->Do("RENAME s t");
    Given({"MULTI", "PING"});
    EXPECT_EQ(Do("EXEC"), "nil[]") << watched;
  }
}

TEST_F(RenameTest, APartitionOfSeveralStaysWhatItIs) {
  engine::Writes writes;
  ASSERT_TRUE(catalog->CreateTopic("many", 3, {}, writes).ok());
  Given({"XADD s 1-1 f v"});
  EXPECT_THAT(Do("RENAME many:1 t"), HasSubstr("is a partition of a topic with 3"));
  EXPECT_THAT(Do("RENAME s many:1"), HasSubstr("is a partition of a topic with 3"));
  EXPECT_THAT(Do("EXPIRE many:1 5"), HasSubstr("is a partition of a topic with 3"));
  EXPECT_THAT(Do("SWAPDB 0 1"), HasSubstr("is a partition of a topic with 3"));
  EXPECT_EQ(Do("EXISTS many:1 s"), ":2");
}

}  // namespace
}  // namespace braid::redis
