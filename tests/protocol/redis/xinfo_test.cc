// XINFO: lag and entries-read, and which fields a release shows.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class XinfoTest : public RedisTest {
 protected:
  explicit XinfoTest(std::string version = "8.10.0")
      : RedisTest(ServiceOptions{.version = std::move(version)}) {}
  void GivenEntries(int n) {
    Given({"XGROUP CREATE s g 0 MKSTREAM"});
    for (int i = 1; i <= n; ++i) Given({"XADD s " + std::to_string(i) + "-1 f v"});
  }
  // "entries-read lag" of group g.
  std::string Counters() {
    const std::string groups = Do("XINFO GROUPS s");
    const size_t begin = groups.find("entries-read");
    return groups.substr(begin, groups.size() - begin - 2);
  }
};

TEST_F(XinfoTest, AFreshGroupHasReadNothingAndHasAllBeforeIt) {
  GivenEntries(5);
  EXPECT_EQ(Counters(), "entries-read nil lag :5");
}

TEST_F(XinfoTest, EntriesReadCountsOnceTheGroupReads) {
  GivenEntries(5);
  Given({"XREADGROUP GROUP g c COUNT 2 STREAMS s >"});
  EXPECT_EQ(Counters(), "entries-read :2 lag :3");
  Given({"XREADGROUP GROUP g c NOACK STREAMS s >"});
  EXPECT_EQ(Counters(), "entries-read :5 lag :0");
}

TEST_F(XinfoTest, TheLagIsNullWhileADeletionIsAhead) {
  GivenEntries(5);
  Given({"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XDEL s 3-1"});
  EXPECT_EQ(Counters(), "entries-read :1 lag nil");
  Given({"XREADGROUP GROUP g c COUNT 1 STREAMS s >"});
  EXPECT_EQ(Counters(), "entries-read nil lag nil");
  Given({"XREADGROUP GROUP g c STREAMS s >"});
  EXPECT_EQ(Counters(), "entries-read :5 lag :0");
}

TEST_F(XinfoTest, TrimmedEntriesDoNotLag) {
  GivenEntries(5);
  Given({"XREADGROUP GROUP g c COUNT 1 STREAMS s >", "XTRIM s MAXLEN 3"});
  EXPECT_EQ(Counters(), "entries-read :1 lag :3");
  Given({"XREADGROUP GROUP g c COUNT 1 STREAMS s >"});
  EXPECT_EQ(Counters(), "entries-read :3 lag :2");
  Given({"XTRIM s MAXLEN 0"});
  EXPECT_EQ(Counters(), "entries-read :3 lag :0");
}

TEST_F(XinfoTest, SetIdForgetsTheCounterUnlessItIsGiven) {
  GivenEntries(5);
  Given({"XREADGROUP GROUP g c COUNT 3 STREAMS s >", "XGROUP SETID s g 2-1"});
  EXPECT_EQ(Counters(), "entries-read nil lag nil");
  Given({"XGROUP SETID s g 2-1 ENTRIESREAD 2"});
  EXPECT_EQ(Counters(), "entries-read :2 lag :3");
  Given({"XGROUP SETID s g $"});
  EXPECT_EQ(Counters(), "entries-read nil lag :0");
}

TEST_F(XinfoTest, EntriesReadIsNoMoreThanWasAdded) {
  GivenEntries(2);
  Given({"XGROUP SETID s g $ ENTRIESREAD 99"});
  EXPECT_EQ(Counters(), "entries-read :2 lag :0");
}

TEST_F(XinfoTest, ReDeliveryAfterSetIdCountsAnewAndMovesTheEntry) {
  GivenEntries(2);
  Given({"XREADGROUP GROUP g ann STREAMS s >", "XCLAIM s g ann 0 1-1", "XGROUP SETID s g 0",
         "XREADGROUP GROUP g bob STREAMS s >"});
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 bob :0 :1] [2-1 bob :0 :1]]");
}

TEST_F(XinfoTest, FullMapsOnEveryLevel) {
  GivenEntries(1);
  auto client = Connect(3);
  client->Do("XREADGROUP GROUP g c STREAMS s >");
  const std::string full = client->Do("XINFO STREAM s FULL");
  EXPECT_THAT(full, HasSubstr("groups=[{name=g last-delivered-id=1-1 entries-read=:1 lag=:0 "
                              "pel-count=:1 nacked-count=:0 pending=[[1-1 c :"));
  EXPECT_THAT(full, HasSubstr("consumers=[{name=c seen-time=:"));
  EXPECT_THAT(full, HasSubstr("iids-duplicates=:0"));
}

TEST_F(XinfoTest, ActiveTimeIsThatOfTheLastDelivery) {
  GivenEntries(1);
  Given({"XREADGROUP GROUP g c NOACK STREAMS s >"});
  Pass(absl::Seconds(1));
  EXPECT_THAT(Do("XINFO CONSUMERS s g"), HasSubstr("idle :1000 inactive :-1"));
  Given({"XADD s 2-1 f v", "XREADGROUP GROUP g c STREAMS s >"});
  Pass(absl::Seconds(1));
  Given({"XREADGROUP GROUP g c STREAMS s >"});
  Pass(absl::Seconds(1));
  EXPECT_THAT(Do("XINFO CONSUMERS s g"), HasSubstr("idle :1000 inactive :2000"));
}

class XinfoOf70Test : public XinfoTest {
 protected:
  XinfoOf70Test() : XinfoTest("7.0.15") {}
};

TEST_F(XinfoOf70Test, LaterFieldsAreNotShown) {
  GivenEntries(1);
  Given({"XREADGROUP GROUP g c STREAMS s >"});
  const std::string full = Do("XINFO STREAM s FULL");
  EXPECT_THAT(full, Not(HasSubstr("idmp")));
  EXPECT_THAT(full, Not(HasSubstr("nacked-count")));
  EXPECT_THAT(full, Not(HasSubstr("active-time")));
  EXPECT_THAT(Do("XINFO CONSUMERS s g"), Not(HasSubstr("inactive")));
  EXPECT_EQ(Do("XREAD STREAMS s +"), "-ERR Invalid stream ID specified as stream command argument");
}

}  // namespace
}  // namespace braid::redis
