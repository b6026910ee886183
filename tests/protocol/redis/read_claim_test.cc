// XREADGROUP CLAIM: what others have had pending for too long, together with what is new.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class ReadClaimTest : public RedisTest {
 protected:
  ReadClaimTest() : RedisTest(ServiceOptions{.version = "8.10.0"}) {}
  // Entries 1-1 to n-1; ann has read `read` of them, one a second.
  void GivenRead(int n, int read) {
    Given({"XGROUP CREATE s g 0 MKSTREAM"});
    for (int i = 1; i <= n; ++i) Given({"XADD s " + std::to_string(i) + "-1 n v"});
    for (int i = 0; i < read; ++i) {
      Given({"XREADGROUP GROUP g ann COUNT 1 STREAMS s >"});
      Pass(absl::Seconds(1));
    }
  }
  std::string Claim(std::string_view consumer, std::string_view options) {
    return Do("XREADGROUP GROUP g " + std::string(consumer) + " " + std::string(options) +
              " STREAMS s >");
  }
};

TEST_F(ReadClaimTest, IdleEntriesComeBeforeNewOnesAndSayHowIdleTheyWere) {
  GivenRead(3, 2);
  EXPECT_EQ(Claim("bob", "CLAIM 1000"),
            "[[s [[1-1 [n v] :2000 :1] [2-1 [n v] :1000 :1] [3-1 [n v] :0 :0]]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 bob :0 :2] [2-1 bob :0 :2] [3-1 bob :0 :1]]");
  EXPECT_EQ(Claim("bob", "CLAIM 1000"), "nil[]");
}

TEST_F(ReadClaimTest, OnlyWhatIsIdleForLongEnoughIsClaimed) {
  GivenRead(2, 2);
  EXPECT_EQ(Claim("bob", "CLAIM 1500"), "[[s [[1-1 [n v] :2000 :1]]]]");
  EXPECT_EQ(Claim("bob", "CLAIM 1500"), "nil[]");
}

TEST_F(ReadClaimTest, TheOldestComeFirst) {
  GivenRead(3, 3);
  Given({"XCLAIM s g ann 0 1-1"});
  Pass(absl::Seconds(1));
  EXPECT_EQ(Claim("bob", "CLAIM 0"),
            "[[s [[2-1 [n v] :3000 :1] [3-1 [n v] :2000 :1] [1-1 [n v] :1000 :2]]]]");
}

TEST_F(ReadClaimTest, WhatWasGivenBackComesFirstOfAll) {
  GivenRead(4, 3);
  Given({"XNACK s g FAIL IDS 1 3-1", "XNACK s g FAIL IDS 1 2-1"});
  EXPECT_EQ(Claim("bob", "COUNT 3 CLAIM 3000"),
            "[[s [[3-1 [n v] :-1 :1] [2-1 [n v] :-1 :1] [1-1 [n v] :3000 :1]]]]");
}

TEST_F(ReadClaimTest, CountIsSharedWithNewEntries) {
  GivenRead(4, 2);
  EXPECT_EQ(Claim("bob", "COUNT 1 CLAIM 0"), "[[s [[1-1 [n v] :2000 :1]]]]");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Claim("bob", "COUNT 3 CLAIM 1000"),
            "[[s [[2-1 [n v] :2000 :1] [1-1 [n v] :1000 :2] [3-1 [n v] :0 :0]]]]");
}

TEST_F(ReadClaimTest, DeletedEntriesAreSkippedAndStayPending) {
  GivenRead(2, 2);
  Given({"XDEL s 1-1"});
  EXPECT_EQ(Claim("bob", "CLAIM 0"), "[[s [[2-1 [n v] :1000 :1]]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 ann :2000 :1] [2-1 bob :0 :2]]");
}

TEST_F(ReadClaimTest, HistoryReadsIgnoreIt) {
  GivenRead(1, 1);
  EXPECT_EQ(Do("XREADGROUP GROUP g bob CLAIM 0 STREAMS s 0"), "[[s []]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann CLAIM 0 STREAMS s 0"), "[[s [[1-1 [n v]]]]]");
}

TEST_F(ReadClaimTest, ABlockedReaderWakesWhenAnEntryHasBeenIdleForLongEnough) {
  GivenRead(1, 1);
  auto bob = Connect();
  bob->Say("XREADGROUP GROUP g bob BLOCK 60000 CLAIM 5000 STREAMS s >");
  Pass(absl::Milliseconds(3999));
  EXPECT_TRUE(bob->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(bob->Hear(), "[[s [[1-1 [n v] :5000 :1]]]]");
}

TEST_F(ReadClaimTest, ABlockedReaderWaitsForEntriesReadWhileItWaits) {
  GivenRead(0, 0);
  auto bob = Connect();
  bob->Say("XREADGROUP GROUP g bob BLOCK 0 CLAIM 5000 STREAMS s >");
  EXPECT_TRUE(bob->HearsNothing());
  Given({"MULTI", "XADD s 1-1 n v", "XREADGROUP GROUP g ann STREAMS s >", "EXEC"});
  EXPECT_TRUE(bob->HearsNothing());
  Pass(absl::Milliseconds(4999));
  EXPECT_TRUE(bob->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(bob->Hear(), "[[s [[1-1 [n v] :5000 :1]]]]");
}

TEST_F(ReadClaimTest, ABlockedReaderIsGivenWhatIsGivenBack) {
  GivenRead(1, 1);
  auto bob = Connect(3);
  bob->Say("XREADGROUP GROUP g bob BLOCK 0 CLAIM 5000 STREAMS s >");
  EXPECT_TRUE(bob->HearsNothing());
  Given({"XNACK s g SILENT IDS 1 1-1"});
  EXPECT_EQ(bob->Hear(), "{s=[[1-1 [n v] :-1 :0]]}");
}

TEST_F(ReadClaimTest, ABlockedReaderOfADeletedEntryKeepsItsDeadline) {
  GivenRead(1, 1);
  Given({"XDEL s 1-1"});
  auto bob = Connect();
  bob->Say("XREADGROUP GROUP g bob BLOCK 9000 CLAIM 5000 STREAMS s >");
  Pass(absl::Milliseconds(8999));
  EXPECT_TRUE(bob->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(bob->Hear(), "nil[]");
}

TEST_F(ReadClaimTest, MistakesAreNamed) {
  GivenRead(1, 1);
  EXPECT_EQ(Do("XREAD CLAIM 0 STREAMS s 0"),
            "-ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.");
  EXPECT_EQ(Claim("bob", "CLAIM x"), "-ERR min-idle-time is not an integer or out of range");
  EXPECT_EQ(Claim("bob", "CLAIM -1"), "-ERR min-idle-time must be a positive integer");
}

class ReadClaimBefore84Test : public RedisTest {
 protected:
  ReadClaimBefore84Test() : RedisTest(ServiceOptions{.version = "8.2.0"}) {}
};

TEST_F(ReadClaimBefore84Test, TheOptionIsUnknown) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  EXPECT_EQ(Do("XREADGROUP GROUP g c CLAIM 0 STREAMS s >"), "-ERR syntax error");
}

}  // namespace
}  // namespace braid::redis
