// MAXCOUNT and MAXSIZE: limits over all keys of a read.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class ReadLimitsTest : public RedisTest {
 protected:
  ReadLimitsTest() : RedisTest(ServiceOptions{.version = "8.10.0"}) {
    for (const std::string key : {"a", "b"}) {
      Given({"XGROUP CREATE " + key + " g 0 MKSTREAM", "XADD " + key + " 1-1 f v",
             "XADD " + key + " 2-1 f v", "XADD " + key + " 3-1 f v"});
    }
  }
};

TEST_F(ReadLimitsTest, MaxCountHoldsForAllKeysInTheirOrder) {
  EXPECT_EQ(Do("XREAD MAXCOUNT 4 STREAMS a b 0 0"),
            "[[a [[1-1 [f v]] [2-1 [f v]] [3-1 [f v]]]] [b [[1-1 [f v]]]]]");
  EXPECT_EQ(Do("XREAD COUNT 2 MAXCOUNT 3 STREAMS b a 0 0"),
            "[[b [[1-1 [f v]] [2-1 [f v]]]] [a [[1-1 [f v]]]]]");
  EXPECT_EQ(Do("XREAD MAXCOUNT 3 STREAMS a b 0 0"), "[[a [[1-1 [f v]] [2-1 [f v]] [3-1 [f v]]]]]");
}

TEST_F(ReadLimitsTest, MaxSizeStopsBehindTheEntryThatReachesIt) {
  EXPECT_EQ(Do("XREAD MAXSIZE 1 STREAMS a b 0 0"), "[[a [[1-1 [f v]]]]]");
  // A key of an answer takes 11 bytes, an entry 31.
  EXPECT_EQ(Do("XREAD MAXSIZE 42 STREAMS a b 0 0"), "[[a [[1-1 [f v]]]]]");
  EXPECT_EQ(Do("XREAD MAXSIZE 43 STREAMS a b 0 0"), "[[a [[1-1 [f v]] [2-1 [f v]]]]]");
}

TEST_F(ReadLimitsTest, WhatDoesNotFitIsNotPending) {
  EXPECT_EQ(Do("XREADGROUP GROUP g c MAXSIZE 43 STREAMS a b > >"),
            "[[a [[1-1 [f v]] [2-1 [f v]]]]]");
  EXPECT_EQ(Do("XPENDING a g"), "[:2 1-1 2-1 [[c 2]]]");
  EXPECT_EQ(Do("XPENDING b g"), "[:0 nil nil nil[]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g c MAXCOUNT 2 STREAMS a b > >"),
            "[[a [[3-1 [f v]]]] [b [[1-1 [f v]]]]]");
  EXPECT_EQ(Do("XPENDING b g"), "[:1 1-1 1-1 [[c 1]]]");
}

TEST_F(ReadLimitsTest, ClaimedEntriesCount) {
  Given({"XREADGROUP GROUP g c COUNT 2 STREAMS a >"});
  EXPECT_EQ(Do("XREADGROUP GROUP g d MAXCOUNT 3 CLAIM 0 STREAMS a b > >"),
            "[[a [[1-1 [f v] :0 :1] [2-1 [f v] :0 :1] [3-1 [f v] :0 :0]]]]");
}

TEST_F(ReadLimitsTest, HistoryStopsThereToo) {
  Given({"XREADGROUP GROUP g c STREAMS a b > >"});
  EXPECT_EQ(Do("XREADGROUP GROUP g c MAXCOUNT 2 STREAMS a b 0 0"),
            "[[a [[1-1 [f v]] [2-1 [f v]]]] [b []]]");
  EXPECT_EQ(Do("XPENDING a g - + 10"), "[[1-1 c :0 :2] [2-1 c :0 :2] [3-1 c :0 :1]]");
}

TEST_F(ReadLimitsTest, MaxCountIsNoSmallerThanCount) {
  EXPECT_THAT(Do("XREAD COUNT 3 MAXCOUNT 2 STREAMS a 0"), HasSubstr("MAXCOUNT"));
  EXPECT_THAT(Do("XREAD MAXCOUNT 0 STREAMS a 0"), HasSubstr("MAXCOUNT"));
  EXPECT_THAT(Do("XREAD MAXSIZE 0 STREAMS a 0"), HasSubstr("MAXSIZE"));
}

class ReadLimitsBefore810Test : public RedisTest {
 protected:
  ReadLimitsBefore810Test() : RedisTest(ServiceOptions{.version = "8.8.0"}) {}
};

TEST_F(ReadLimitsBefore810Test, TheOptionsAreUnknown) {
  EXPECT_EQ(Do("XREAD MAXCOUNT 4 STREAMS a 0"), "-ERR syntax error");
  EXPECT_EQ(Do("XREAD MAXSIZE 4 STREAMS a 0"), "-ERR syntax error");
}

}  // namespace
}  // namespace braid::redis
