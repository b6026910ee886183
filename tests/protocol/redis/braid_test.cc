// What Redis does not have: BRAID STREAM and BRAID GROUP, and the settings that begin with braid-.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class BraidTest : public RedisTest {};

TEST_F(BraidTest, EntriesGoWhenTheyAreTooOld) {
  Given({"XADD s * f old", "BRAID STREAM s MAXAGE 60000"});
  Pass(absl::Seconds(30));
  Given({"XADD s * f new"});
  Pass(absl::Seconds(29));
  EXPECT_EQ(Do("XLEN s"), ":2");
  Pass(absl::Seconds(2));
  EXPECT_EQ(Do("XLEN s"), ":1");
  Pass(absl::Seconds(30));
  EXPECT_EQ(Do("XLEN s"), ":0");
  EXPECT_EQ(Do("TYPE s"), "+stream");
}

TEST_F(BraidTest, StreamLimitsAreToldAndChanged) {
  Given({"XADD s 1-1 f v", "BRAID STREAM s MAXLEN 2 MAXBYTES 1000000"});
  EXPECT_THAT(Do("BRAID STREAM s"), HasSubstr("max-age :0 max-len :2 max-bytes :1000000"));
  Given({"XADD s 2-1 f v", "XADD s 3-1 f v"});
  EXPECT_EQ(Do("XLEN s"), ":2");
  Given({"BRAID STREAM s MAXLEN 0", "XADD s 4-1 f v"});
  EXPECT_EQ(Do("XLEN s"), ":3");
  EXPECT_EQ(Do("BRAID STREAM nosuch"), "-ERR no such key");
  EXPECT_EQ(Do("BRAID STREAM s MAXLEN -1"), "-ERR a limit must be >= 0");
  EXPECT_EQ(Do("BRAID STREAM s FOO 1"), "-ERR syntax error");
}

TEST_F(BraidTest, ClaimsPastTheLimitBecomeDeadLetters) {
  Given({"XADD s 1-1 f v", "XADD s 2-1 f w", "XGROUP CREATE s g 0",
         "BRAID GROUP s g MAXDELIVER 2 DEADLETTER s.dead",
         "XREADGROUP GROUP g a COUNT 1 STREAMS s >", "XCLAIM s g b 0 1-1"});
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 b :0 :2]]");
  EXPECT_EQ(Do("XCLAIM s g c 0 1-1"), "[]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[]");
  const std::string letters = Do("XRANGE s.dead - +");
  EXPECT_THAT(letters, HasSubstr("[f v __dlq.errors.topic s "));
  EXPECT_THAT(letters, HasSubstr("__dlq.errors.group g __dlq.errors.delivery.count 2"));
  EXPECT_EQ(Do("XLEN s.dead"), ":1");
}

TEST_F(BraidTest, AutoclaimGivesUpToo) {
  Given({"XADD s 1-1 f v", "XGROUP CREATE s g 0", "BRAID GROUP s g MAXDELIVER 1 DEADLETTER dead",
         "XREADGROUP GROUP g a STREAMS s >"});
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XAUTOCLAIM s g b 1000 0 JUSTID"), "[0-0 [1-1] []]");  // which is no delivery
  EXPECT_EQ(Do("XAUTOCLAIM s g b 1000 0"), "[0-0 [] []]");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XAUTOCLAIM s g b 1000 0"), "[0-0 [] []]");
  EXPECT_EQ(Do("XLEN dead"), ":1");
}

TEST_F(BraidTest, ClaimingReadsGiveUpToo) {
  Given({"XADD s 1-1 f v", "XGROUP CREATE s g 0", "BRAID GROUP s g MAXDELIVER 1 DEADLETTER dead",
         "XREADGROUP GROUP g a STREAMS s >"});
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XREADGROUP GROUP g b CLAIM 1000 STREAMS s >"), "nil[]");
  EXPECT_EQ(Do("XLEN dead"), ":1");
}

TEST_F(BraidTest, AFullGroupIsGivenNothingNew) {
  Given(
      {"XADD s 1-1 f v", "XADD s 2-1 f v", "XGROUP CREATE s g 0", "BRAID GROUP s g MAXPENDING 1"});
  EXPECT_EQ(Do("XREADGROUP GROUP g a STREAMS s >"), "[[s [[1-1 [f v]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g a STREAMS s >"), "nil[]");
  auto reader = Connect();
  reader->Say("XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
  EXPECT_TRUE(reader->HearsNothing());
  EXPECT_EQ(Do("XACK s g 1-1"), ":1");
  EXPECT_EQ(reader->Hear(), "[[s [[2-1 [f v]]]]]");
}

TEST_F(BraidTest, GroupsAreBounded) {
  Given({"CONFIG SET braid-max-groups 2", "XGROUP CREATE s a 0 MKSTREAM", "XGROUP CREATE s b 0"});
  EXPECT_EQ(Do("XGROUP CREATE s c 0"),
            "-ERR the stream has as many groups as braid-max-groups allows");
  EXPECT_EQ(Do("XGROUP CREATE s a 0"), "-BUSYGROUP Consumer Group name already exists");
  Given({"XGROUP DESTROY s a", "XGROUP CREATE s c 0"});
}

TEST_F(BraidTest, DefaultsHoldForWhatIsMadeFromThenOn) {
  Given(
      {"CONFIG SET braid-max-age 1000 braid-max-deliver 3 braid-max-pending 10 "
       "braid-dead-letter-suffix .dead",
       "XGROUP CREATE s g 0 MKSTREAM"});
  EXPECT_THAT(Do("BRAID STREAM s"), HasSubstr("max-age :1000"));
  EXPECT_THAT(Do("BRAID GROUP s g"),
              HasSubstr("max-deliver :3 max-pending :10 dead-letter s.dead"));
  EXPECT_EQ(Do("CONFIG GET braid-max-age"), "[braid-max-age 1000]");
}

TEST_F(BraidTest, LagIsExactWhereRedisGivesUp) {
  Given({"XADD s 1-1 f v", "XADD s 2-1 f v", "XADD s 3-1 f v", "XGROUP CREATE s g 0",
         "XREADGROUP GROUP g a COUNT 1 STREAMS s >", "XDEL s 2-1"});
  EXPECT_THAT(Do("BRAID GROUP s g"), HasSubstr("pending :1 lag :1"));
}

TEST_F(BraidTest, DeadLettersStayInTheirDatabase) {
  Given({"SELECT 5", "XADD s 1-1 f v", "XGROUP CREATE s g 0",
         "BRAID GROUP s g MAXDELIVER 1 DEADLETTER dead", "XREADGROUP GROUP g a STREAMS s >",
         "XCLAIM s g a 0 1-1"});
  EXPECT_EQ(Do("XLEN dead"), ":1");
  EXPECT_THAT(Do("BRAID GROUP s g"), HasSubstr("dead-letter dead"));
  Given({"SELECT 0"});
  EXPECT_EQ(Do("EXISTS dead"), ":0");
}

}  // namespace
}  // namespace braid::redis
