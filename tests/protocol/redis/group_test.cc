// Consumer groups: reading, settling, pending entries, claims.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class GroupTest : public RedisTest {
 protected:
  // Stream s with entries 1-1 to n-1 and group g from the beginning.
  void GivenGroup(int n) {
    Given({"XGROUP CREATE s g 0 MKSTREAM"});
    for (int i = 1; i <= n; ++i)
      Given({"XADD s " + std::to_string(i) + "-1 n " + std::to_string(i)});
  }
  std::string Read(std::string_view consumer, std::string_view options = "") {
    return Do("XREADGROUP GROUP g " + std::string(consumer) + " " + std::string(options) +
              " STREAMS s >");
  }
};

TEST_F(GroupTest, CreateOnceAndBusyAfterwards) {
  EXPECT_EQ(
      Do("XGROUP CREATE s g $"),
      "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want "
      "to use the MKSTREAM option to create an empty stream automatically.");
  EXPECT_EQ(Do("XGROUP CREATE s g 0 MKSTREAM"), "+OK");
  EXPECT_EQ(Do("XGROUP CREATE s g 0 MKSTREAM"), "-BUSYGROUP Consumer Group name already exists");
  EXPECT_EQ(Do("XLEN s"), ":0");
  EXPECT_EQ(Do("TYPE s"), "+stream");
}

TEST_F(GroupTest, EachEntryGoesToOneConsumer) {
  GivenGroup(3);
  EXPECT_EQ(Read("ann", "COUNT 2"), "[[s [[1-1 [n 1]] [2-1 [n 2]]]]]");
  EXPECT_EQ(Read("bob", "COUNT 2"), "[[s [[3-1 [n 3]]]]]");
  EXPECT_EQ(Read("ann"), "nil[]");
  EXPECT_EQ(Do("XPENDING s g"), "[:3 1-1 3-1 [[ann 2] [bob 1]]]");
  EXPECT_EQ(Do("XACK s g 1-1 3-1 9-9"), ":2");
  EXPECT_EQ(Do("XACK s g 1-1"), ":0");
  EXPECT_EQ(Do("XPENDING s g"), "[:1 2-1 2-1 [[ann 1]]]");
  EXPECT_EQ(Do("XACK s nosuch 2-1"), ":0");
  EXPECT_EQ(Do("XACK s g 2-1 x"), "-ERR Invalid stream ID specified as stream command argument");
  EXPECT_EQ(Do("XPENDING s g - + 10 ann"), "[[2-1 ann :0 :1]]");
}

TEST_F(GroupTest, GroupsStartWhereTheyAreTold) {
  GivenGroup(3);
  Given({"XGROUP CREATE s late $", "XGROUP CREATE s middle 1-1", "XADD s 4-1 n 4"});
  EXPECT_EQ(Do("XREADGROUP GROUP late c STREAMS s >"), "[[s [[4-1 [n 4]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP middle c COUNT 1 STREAMS s >"), "[[s [[2-1 [n 2]]]]]");
}

TEST_F(GroupTest, AStartBeyondTheEndHoldsBackWhatLiesBelowIt) {
  Given({"XGROUP CREATE s g 5-0 MKSTREAM", "XADD s 3-1 n 3", "XADD s 6-1 n 6"});
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("last-delivered-id 5-0"));
  EXPECT_EQ(Read("c"), "[[s [[6-1 [n 6]]]]]");
}

TEST_F(GroupTest, HistoryIsTheConsumersOwn) {
  GivenGroup(3);
  Read("ann", "COUNT 2");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS s 0"), "[[s [[1-1 [n 1]] [2-1 [n 2]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS s 1-1"), "[[s [[2-1 [n 2]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann COUNT 1 STREAMS s 0"), "[[s [[1-1 [n 1]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g bob STREAMS s 0"), "[[s []]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS s 99"), "[[s []]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 ann :0 :3] [2-1 ann :0 :3]]");
}

TEST_F(GroupTest, HistoryKeepsWhatWasDeleted) {
  GivenGroup(3);
  Read("ann");
  Given({"XDEL s 2-1"});
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS s 0"),
            "[[s [[1-1 [n 1]] [2-1 nil[]] [3-1 [n 3]]]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 ann :0 :2] [2-1 ann :0 :1] [3-1 ann :0 :2]]");
  EXPECT_EQ(Do("XACK s g 2-1"), ":1");
  auto client = Connect(3);
  Given({"XTRIM s MAXLEN 0"});
  EXPECT_EQ(client->Do("XREADGROUP GROUP g ann STREAMS s 0"), "{s=[[1-1 null] [3-1 null]]}");
}

TEST_F(GroupTest, NoackLeavesNothingPending) {
  GivenGroup(2);
  EXPECT_EQ(Read("c", "NOACK"), "[[s [[1-1 [n 1]] [2-1 [n 2]]]]]");
  EXPECT_EQ(Do("XPENDING s g"), "[:0 nil nil nil[]]");
  EXPECT_EQ(Read("c"), "nil[]");
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("last-delivered-id 2-1 entries-read :2 lag :0"));
}

TEST_F(GroupTest, NewAndOldMixedAcrossKeys) {
  GivenGroup(1);
  Given({"XADD t 7-1 f v", "XGROUP CREATE t g 0"});
  EXPECT_EQ(Do("XREADGROUP GROUP g c STREAMS s t 0 >"), "[[s []] [t [[7-1 [f v]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g c STREAMS s t > 0"), "[[s [[1-1 [n 1]]]] [t [[7-1 [f v]]]]]");
  EXPECT_EQ(Do("XREADGROUP GROUP g c STREAMS s t > >"), "nil[]");
}

TEST_F(GroupTest, ReadingNeedsTheGroup) {
  GivenGroup(1);
  EXPECT_EQ(Do("XREADGROUP GROUP nosuch c STREAMS s >"),
            "-NOGROUP No such key 's' or consumer group 'nosuch' in XREADGROUP with GROUP option");
  EXPECT_EQ(Do("XREADGROUP GROUP g c STREAMS s nosuch > >"),
            "-NOGROUP No such key 'nosuch' or consumer group 'g' in XREADGROUP with GROUP option");
  EXPECT_EQ(Read("c"), "[[s [[1-1 [n 1]]]]]") << "the failed read took nothing";
}

TEST_F(GroupTest, SetIdGoesBackAndForth) {
  GivenGroup(3);
  Read("ann");
  EXPECT_EQ(Do("XGROUP SETID s g 1-1"), "+OK");
  EXPECT_EQ(Read("bob"), "[[s [[2-1 [n 2]] [3-1 [n 3]]]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 ann :0 :1] [2-1 bob :0 :1] [3-1 bob :0 :1]]");
  EXPECT_EQ(Do("XGROUP SETID s g $ ENTRIESREAD 3"), "+OK");
  Given({"XADD s 4-1 n 4"});
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("last-delivered-id 3-1 entries-read :3 lag :1"));
}

TEST_F(GroupTest, ConsumersComeAndGo) {
  GivenGroup(2);
  EXPECT_EQ(Do("XGROUP CREATECONSUMER s g ann"), ":1");
  EXPECT_EQ(Do("XGROUP CREATECONSUMER s g ann"), ":0");
  EXPECT_EQ(Do("XINFO CONSUMERS s g"), "[[name ann pending :0 idle :0 inactive :-1]]");
  Read("ann");
  Pass(absl::Seconds(3));
  Read("ann");  // an attempt, without success
  Pass(absl::Seconds(2));
  EXPECT_EQ(Do("XINFO CONSUMERS s g"), "[[name ann pending :2 idle :2000 inactive :5000]]");
  EXPECT_EQ(Do("XGROUP DELCONSUMER s g ann"), ":2");
  EXPECT_EQ(Do("XGROUP DELCONSUMER s g ann"), ":0");
  EXPECT_EQ(Do("XINFO CONSUMERS s g"), "[]");
  EXPECT_EQ(Do("XPENDING s g"), "[:0 nil nil nil[]]");
}

TEST_F(GroupTest, ReadingMakesTheConsumerEvenInVain) {
  GivenGroup(0);
  EXPECT_EQ(Read("ann"), "nil[]");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 0 0"), "[0-0 [] []]");
  EXPECT_EQ(Do("XCLAIM s g cy 0 1-1"), "[]");
  EXPECT_EQ(
      Do("XINFO CONSUMERS s g"),
      "[[name ann pending :0 idle :0 inactive :-1] [name bob pending :0 idle :0 inactive :-1] "
      "[name cy pending :0 idle :0 inactive :-1]]");
}

TEST_F(GroupTest, DestroyedGroupsAreGone) {
  GivenGroup(1);
  EXPECT_EQ(Do("XGROUP DESTROY s g"), ":1");
  EXPECT_EQ(Do("XGROUP DESTROY s g"), ":0");
  EXPECT_THAT(Do("XPENDING s g"), StartsWith("-NOGROUP No such key 's' or consumer group 'g'"));
  EXPECT_EQ(Do("XINFO GROUPS s"), "[]");
}

TEST_F(GroupTest, LagCountsWhatIsThereAndIsUnknownWhileADeletionIsAhead) {
  GivenGroup(5);
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("entries-read nil lag :5"));
  Read("c", "COUNT 2");
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("entries-read :2 lag :3"));
  Given({"XDEL s 4-1"});
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("entries-read :2 lag nil"));
}

// --- Pending entries
// -------------------------------------------------------------------------------

TEST_F(GroupTest, PendingRanges) {
  GivenGroup(5);
  Read("ann", "COUNT 3");
  Pass(absl::Seconds(10));
  Read("bob");
  EXPECT_EQ(Do("XPENDING s g - + 2"), "[[1-1 ann :10000 :1] [2-1 ann :10000 :1]]");
  EXPECT_EQ(Do("XPENDING s g (2-1 4-1 10"), "[[3-1 ann :10000 :1] [4-1 bob :0 :1]]");
  EXPECT_EQ(Do("XPENDING s g - + 10 bob"), "[[4-1 bob :0 :1] [5-1 bob :0 :1]]");
  EXPECT_EQ(Do("XPENDING s g IDLE 5000 3-1 + 10"), "[[3-1 ann :10000 :1]]");
  EXPECT_EQ(Do("XPENDING s g IDLE 5000 - + 10 bob"), "[]");
  EXPECT_EQ(Do("XPENDING s g - + 10 nobody"), "[]");
  EXPECT_EQ(Do("XPENDING s g - + 0"), "[]");
  EXPECT_EQ(Do("XPENDING s g 9 + 10"), "[]");
}

TEST_F(GroupTest, PendingInResp3) {
  GivenGroup(1);
  auto client = Connect(3);
  EXPECT_EQ(client->Do("XPENDING s g"), "[:0 null null null]");
  EXPECT_EQ(client->Do("XREADGROUP GROUP g c STREAMS s >"), "{s=[[1-1 [n 1]]]}");
  EXPECT_EQ(client->Do("XREADGROUP GROUP g c STREAMS s >"), "null");
  EXPECT_EQ(client->Do("XPENDING s g"), "[:1 1-1 1-1 [[c 1]]]");
  EXPECT_EQ(client->Do("XINFO GROUPS s"),
            "[{name=g consumers=:1 pending=:1 last-delivered-id=1-1 entries-read=:1 lag=:0}]");
  EXPECT_EQ(client->Do("XINFO CONSUMERS s g"), "[{name=c pending=:1 idle=:0 inactive=:0}]");
}

TEST_F(GroupTest, InfoInFull) {
  clock.Set(absl::FromUnixMillis(1000));
  GivenGroup(3);
  Read("ann", "COUNT 2");
  const std::string common =
      "[length :3 radix-tree-keys :1 radix-tree-nodes :2 last-generated-id 3-1 "
      "max-deleted-entry-id 0-0 entries-added :3 recorded-first-entry-id 1-1 "
      "idmp-duration :100 idmp-maxsize :100 pids-tracked :0 iids-tracked :0 iids-added :0 "
      "iids-duplicates :0 entries ";
  EXPECT_EQ(Do("XINFO STREAM s FULL COUNT 1"),
            common +
                "[[1-1 [n 1]]] groups [[name g last-delivered-id 2-1 entries-read :2 lag :1 "
                "pel-count :2 nacked-count :0 pending [[1-1 ann :1000 :1]] consumers [[name ann "
                "seen-time :1000 "
                "active-time :1000 pel-count :2 pending [[1-1 :1000 :1]]]]]]]");
  EXPECT_THAT(Do("XINFO STREAM s FULL COUNT 0"),
              StartsWith(common + "[[1-1 [n 1]] [2-1 [n 2]] [3-1 [n 3]]]"));
  auto client = Connect(3);
  EXPECT_THAT(
      client->Do("XINFO STREAM s FULL"),
      HasSubstr(
          "groups=[{name=g last-delivered-id=2-1 entries-read=:2 lag=:1 pel-count=:2 "
          "nacked-count=:0 pending=[[1-1 ann :1000 :1] [2-1 ann :1000 :1]] consumers=[{name=ann "));
}

// --- Claims
// ----------------------------------------------------------------------------------------

TEST_F(GroupTest, AbandonedEntriesCanBeClaimedAfterAMinute) {
  GivenGroup(2);
  Read("ann");
  Pass(absl::Seconds(59));
  EXPECT_EQ(Do("XCLAIM s g bob 60000 1-1 2-1"), "[]");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XPENDING s g IDLE 60000 - + 10"), "[[1-1 ann :60000 :1] [2-1 ann :60000 :1]]");
  EXPECT_EQ(Do("XCLAIM s g bob 60000 1-1"), "[[1-1 [n 1]]]");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 bob :0 :2] [2-1 ann :60000 :1]]");
  EXPECT_EQ(Do("XCLAIM s g cy 60000 1-1"), "[]") << "bob has just taken it";
}

TEST_F(GroupTest, ClaimOptions) {
  clock.Set(absl::FromUnixMillis(100000));
  GivenGroup(4);
  Read("ann", "COUNT 3");
  EXPECT_EQ(Do("XCLAIM s g bob 0 1-1 JUSTID"), "[1-1]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 2-1 IDLE 5000 RETRYCOUNT 7"), "[[2-1 [n 2]]]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 3-1 TIME 99000"), "[[3-1 [n 3]]]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 4-1"), "[]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 4-1 FORCE JUSTID"), "[4-1]");
  EXPECT_EQ(Do("XPENDING s g - + 10"),
            "[[1-1 bob :0 :1] [2-1 bob :5000 :7] [3-1 bob :1000 :2] [4-1 bob :0 :1]]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 9-9 FORCE"), "[]");
  EXPECT_EQ(Do("XCLAIM s g bob 0 1-1 TIME 999999999 JUSTID"), "[1-1]");
  EXPECT_EQ(Do("XPENDING s g - 1-1 10"), "[[1-1 bob :0 :1]]") << "a time to come means now";
  EXPECT_EQ(Do("XCLAIM s g bob 0 1-1 LASTID 4-1 JUSTID"), "[1-1]");
  EXPECT_THAT(Do("XINFO GROUPS s"), HasSubstr("last-delivered-id 4-1"));
}

TEST_F(GroupTest, ClaimsDropWhatWasDeleted) {
  GivenGroup(3);
  Read("ann");
  Given({"XDEL s 2-1"});
  EXPECT_EQ(Do("XCLAIM s g bob 0 1-1 2-1 3-1"), "[[1-1 [n 1]] [3-1 [n 3]]]");
  EXPECT_EQ(Do("XPENDING s g"), "[:2 1-1 3-1 [[bob 2]]]");
}

TEST_F(GroupTest, AutoclaimTakesWhatIsIdle) {
  GivenGroup(5);
  Read("ann", "COUNT 3");
  Pass(absl::Seconds(60));
  Read("bob");
  EXPECT_EQ(Do("XAUTOCLAIM s g cy 60000 0 COUNT 2"), "[3-1 [[1-1 [n 1]] [2-1 [n 2]]] []]");
  EXPECT_EQ(Do("XAUTOCLAIM s g cy 60000 3-1 COUNT 2 JUSTID"), "[0-0 [3-1] []]");
  EXPECT_EQ(Do("XPENDING s g - + 10"),
            "[[1-1 cy :0 :2] [2-1 cy :0 :2] [3-1 cy :0 :1] [4-1 bob :0 :1] [5-1 bob :0 :1]]");
  EXPECT_EQ(Do("XAUTOCLAIM s g cy 60000 0"), "[0-0 [] []]");
}

TEST_F(GroupTest, AutoclaimReportsWhatWasDeleted) {
  GivenGroup(4);
  Read("ann");
  Given({"XDEL s 1-1 3-1"});
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 0 0 COUNT 2"), "[3-1 [[2-1 [n 2]]] [1-1]]");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 0 3-1"), "[0-0 [[4-1 [n 4]]] [3-1]]");
  EXPECT_EQ(Do("XPENDING s g"), "[:2 2-1 4-1 [[bob 2]]]");
}

TEST_F(GroupTest, AutoclaimLooksAtTenTimesItsCount) {
  GivenGroup(30);
  Read("ann");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 60000 0 COUNT 1"), "[11-1 [] []]");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 60000 (10-1 COUNT 1"), "[21-1 [] []]");
  EXPECT_EQ(Do("XAUTOCLAIM s g bob 60000 21-1 COUNT 1"), "[0-0 [] []]");
}

TEST_F(GroupTest, ClaimsOfManyInOneBatch) {
  auto client = Connect();
  client->Do("XGROUP CREATE s g 0 MKSTREAM");
  for (int i = 1; i <= 2000; ++i) client->Say("XADD s " + std::to_string(i) + "-1 f v");
  for (int i = 1; i <= 2000; ++i) client->Hear();
  client->Do("XREADGROUP GROUP g ann STREAMS s >");
  const std::string reply = client->Do("XAUTOCLAIM s g bob 0 0 COUNT 2000");
  EXPECT_THAT(reply, StartsWith("[0-0 [[1-1 [f v]] [2-1 [f v]]"));
  EXPECT_THAT(reply, HasSubstr("[2000-1 [f v]]] []]"));
}

}  // namespace
}  // namespace braid::redis
