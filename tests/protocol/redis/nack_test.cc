// XNACK: entries that a consumer gives back.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class NackTest : public RedisTest {
 protected:
  NackTest() : RedisTest(ServiceOptions{.version = "8.10.0"}) {
    Given({"XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 n 1", "XADD s 2-1 n 2", "XADD s 3-1 n 3",
           "XREADGROUP GROUP g ann STREAMS s >"});
  }
};

TEST_F(NackTest, NobodyHoldsWhatWasGivenBack) {
  EXPECT_EQ(Do("XNACK s g FAIL IDS 3 1-1 3-1 9-1"), ":2");
  EXPECT_EQ(Do("XPENDING s g"), "[:3 1-1 3-1 [[ann 1]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1  :-1 :1] [2-1 ann :0 :1] [3-1  :-1 :1]]");
  EXPECT_THAT(Do("XINFO STREAM s FULL"), HasSubstr("pel-count :3 nacked-count :2"));
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS s 0"), "[[s [[2-1 [n 2]]]]]");
}

TEST_F(NackTest, ModesSetTheDeliveryCount) {
  Given({"XCLAIM s g ann 0 2-1 JUSTID RETRYCOUNT 5"});
  EXPECT_EQ(Do("XNACK s g SILENT IDS 2 1-1 2-1"), ":2");
  EXPECT_EQ(Do("XNACK s g FATAL IDS 1 3-1"), ":1");
  EXPECT_EQ(Do("XPENDING s g - + 10"),
            "[[1-1  :-1 :0] [2-1  :-1 :4] [3-1  :-1 :9223372036854775807]]");
  // Not below none, and not above the largest number.
  Given({"XNACK s g SILENT IDS 1 1-1", "XCLAIM s g ann 0 3-1"});
  EXPECT_EQ(Do("XPENDING s g - + 10"),
            "[[1-1  :-1 :0] [2-1  :-1 :4] [3-1 ann :0 :9223372036854775807]]");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 1 2-1 RETRYCOUNT 9"), ":1");
  EXPECT_EQ(Do("XPENDING s g 2 2 1"), "[[2-1  :-1 :9]]");
}

TEST_F(NackTest, ClaimsTakeWhatWasGivenBackHoweverShortlyAgo) {
  Given({"XNACK s g FAIL IDS 2 1-1 2-1"});
  EXPECT_EQ(Do("XCLAIM s g bob 60000 1-1 3-1"), "[[1-1 [n 1]]]");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 60000 0"), "[0-0 [[2-1 [n 2]]] []]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 bob :0 :2] [2-1 bob :0 :2] [3-1 ann :0 :1]]");
  EXPECT_THAT(Do("XINFO STREAM s FULL"), HasSubstr("nacked-count :0"));
}

TEST_F(NackTest, ItCanBeSettledAndDeleted) {
  Given({"XNACK s g FAIL IDS 3 1-1 2-1 3-1"});
  EXPECT_EQ(Do("XACK s g 1-1"), ":1");
  EXPECT_EQ(Do("XACKDEL s g IDS 1 2-1"), "[:1]");
  EXPECT_EQ(Do("XPENDING s g"), "[:1 3-1 3-1 []]");
  EXPECT_EQ(Do("XGROUP DELCONSUMER s g ann"), ":0");
}

TEST_F(NackTest, ForceMakesEntriesPendingThatAreNot) {
  Given({"XACK s g 1-1", "XADD s 4-1 n 4"});
  EXPECT_EQ(Do("XNACK s g FAIL IDS 2 1-1 4-1"), ":0");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 3 1-1 4-1 9-1 FORCE"), ":2");
  EXPECT_EQ(Do("XPENDING s g - + 10"),
            "[[1-1  :-1 :1] [2-1 ann :0 :1] [3-1 ann :0 :1] [4-1  :-1 :1]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g bob CLAIM 1000 COUNT 2 STREAMS s >"),
            "[[s [[1-1 [n 1] :-1 :1] [4-1 [n 4] :-1 :1]]]]")
      << "somebody can have them";
}

TEST_F(NackTest, MistakesAreNamed) {
  EXPECT_EQ(Do("XNACK s g MAYBE IDS 1 1-1"), "-ERR mode must be SILENT, FAIL, or FATAL");
  EXPECT_EQ(Do("XNACK s g FAIL IDZ 1 1-1"), "-ERR syntax error, expected IDS keyword");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 0 1-1"), "-ERR numids must be a positive integer");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 2 1-1"), "-ERR number of IDs doesn't match numids");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 1 1-1 2-1"), "-ERR number of IDs doesn't match numids");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 1 1-1 RETRYCOUNT -1"),
            "-ERR Invalid RETRYCOUNT value, must be >= 0");
  EXPECT_EQ(Do("XNACK s g FAIL IDS 1 1-1 NOW"), "-ERR Unrecognized XNACK option 'NOW'");
  EXPECT_EQ(Do("XNACK s h FAIL IDS 1 1-1"), "-NOGROUP No such key 's' or consumer group 'h'");
}

}  // namespace
}  // namespace braid::redis
