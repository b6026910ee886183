// KEEPREF, DELREF, ACKED: what becomes of what groups have pending of entries that are deleted.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class ReferencesTest : public RedisTest {
 protected:
  explicit ReferencesTest(std::string version = "8.10.0")
      : RedisTest(ServiceOptions{.version = std::move(version)}) {}
  // Entries 1-1 to n-1; group g has read `read` of them.
  void GivenRead(int n, int read) {
    Given({"XGROUP CREATE s g 0 MKSTREAM"});
    for (int i = 1; i <= n; ++i) Given({"XADD s " + std::to_string(i) + "-1 f v"});
    if (read > 0) {
      Given({"XREADGROUP GROUP g c COUNT " + std::to_string(read) + " STREAMS s >"});
    }
  }
};

TEST_F(ReferencesTest, KeepRefLeavesWhatIsPending) {
  GivenRead(3, 3);
  EXPECT_EQ(Do("XDELEX s IDS 2 1-1 9-1"), "[:1 :-1]");
  EXPECT_EQ(Do("XDELEX s KEEPREF IDS 1 2-1"), "[:1]");
  EXPECT_EQ(Do("XPENDING s g"), "[:3 1-1 3-1 [[c 3]]]");
  EXPECT_EQ(Do("XLEN s"), ":1");
}

TEST_F(ReferencesTest, DelRefDropsWhatIsPendingAlsoOfEntriesThatAreGone) {
  GivenRead(3, 3);
  Given({"XGROUP CREATE s h 0", "XREADGROUP GROUP h c STREAMS s >", "XDEL s 1-1"});
  EXPECT_EQ(Do("XDELEX s DELREF IDS 2 1-1 2-1"), "[:-1 :1]");
  EXPECT_EQ(Do("XPENDING s g"), "[:1 3-1 3-1 [[c 1]]]");
  EXPECT_EQ(Do("XPENDING s h"), "[:1 3-1 3-1 [[c 1]]]");
}

TEST_F(ReferencesTest, AckedDeletesOnlyWhatEveryGroupHasSettled) {
  GivenRead(4, 3);
  Given({"XACK s g 1-1"});
  // Pending; not read yet; not read, and not even there.
  EXPECT_EQ(Do("XDELEX s ACKED IDS 4 1-1 2-1 4-1 9-1"), "[:1 :2 :2 :2]");
  Given({"XGROUP CREATE s slow 0", "XACK s g 2-1"});
  EXPECT_EQ(Do("XDELEX s ACKED IDS 1 2-1"), "[:2]");
  Given({"XGROUP DESTROY s slow"});
  EXPECT_EQ(Do("XDELEX s ACKED IDS 1 2-1"), "[:1]");
}

TEST_F(ReferencesTest, AckedIsFreeWhereThereAreNoGroups) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XDELEX s ACKED IDS 1 1-1"), "[:1]");
}

TEST_F(ReferencesTest, DeletionsMoveTheLargestDeletedIdAndTrimsDoNot) {
  GivenRead(4, 0);
  Given({"XTRIM s MAXLEN 3 DELREF"});
  EXPECT_THAT(Do("XINFO STREAM s"), HasSubstr("max-deleted-entry-id 0-0"));
  Given({"XDELEX s IDS 1 3-1"});
  EXPECT_THAT(Do("XINFO STREAM s"), HasSubstr("max-deleted-entry-id 3-1"));
}

TEST_F(ReferencesTest, AckDelSettlesAndDeletes) {
  GivenRead(4, 3);
  Given({"XGROUP CREATE s h 0", "XREADGROUP GROUP h c COUNT 2 STREAMS s >"});
  EXPECT_EQ(Do("XACKDEL s g IDS 2 1-1 4-1"), "[:1 :-1]");
  EXPECT_EQ(Do("XPENDING s h"), "[:2 1-1 2-1 [[c 2]]]");
  EXPECT_EQ(Do("XACKDEL s g ACKED IDS 1 2-1"), "[:2]");
  EXPECT_EQ(Do("XACKDEL s h ACKED IDS 1 2-1"), "[:1]");
  EXPECT_EQ(Do("XACKDEL s h DELREF IDS 1 1-1"), "[:1]");
  EXPECT_EQ(Do("XPENDING s g"), "[:1 3-1 3-1 [[c 1]]]");
  EXPECT_EQ(Do("XLEN s"), ":2");
}

TEST_F(ReferencesTest, NothingIsThereToDelete) {
  EXPECT_EQ(Do("XDELEX nosuch IDS 2 1-1 2-1"), "[:-1 :-1]");
  EXPECT_EQ(Do("XACKDEL nosuch g IDS 1 1-1"), "[:-1]");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XACKDEL s nosuch IDS 1 1-1"), "[:-1]");
}

TEST_F(ReferencesTest, TheCountOfIdsMustHold) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XDELEX s KEEPREF 1 1-1"), "-ERR syntax error");
  EXPECT_EQ(Do("XDELEX s KEEPREF DELREF ACKED"), "-ERR syntax error");
  EXPECT_EQ(Do("XDELEX s IDS 0 1-1"), "-ERR Number of IDs must be a positive integer");
  EXPECT_EQ(Do("XDELEX s IDS x 1-1"), "-ERR Number of IDs must be a positive integer");
  constexpr const char* kMismatch =
      "-ERR The `numids` parameter must match the number of arguments";
  EXPECT_EQ(Do("XDELEX s IDS 2 1-1"), kMismatch);
  EXPECT_EQ(Do("XDELEX s IDS 1 1-1 2-1"), kMismatch);
  EXPECT_EQ(Do("XDELEX s IDS 1 x"), "-ERR Invalid stream ID specified as stream command argument");
}

TEST_F(ReferencesTest, DelRefTrimsDropWhatIsPendingOfWhatTheyRemove) {
  GivenRead(5, 5);
  Given({"XDEL s 1-1"});
  EXPECT_EQ(Do("XTRIM s MAXLEN 2 DELREF"), ":2");
  EXPECT_EQ(Do("XPENDING s g - + 10"), "[[1-1 c :0 :1] [4-1 c :0 :1] [5-1 c :0 :1]]");
  EXPECT_EQ(Do("XTRIM s MINID 5 DELREF"), ":1");
  EXPECT_EQ(Do("XPENDING s g"), "[:2 1-1 5-1 [[c 2]]]");
}

TEST_F(ReferencesTest, AckedTrimsRemoveYoungerEntriesInPlaceOfPendingOnes) {
  GivenRead(6, 5);
  Given({"XACK s g 2-1 4-1 5-1"});
  EXPECT_EQ(Do("XTRIM s MAXLEN 4 ACKED"), ":2");
  EXPECT_EQ(Do("XRANGE s - + COUNT 2"), "[[1-1 [f v]] [3-1 [f v]]]");
  EXPECT_EQ(Do("XTRIM s MAXLEN 0 ACKED"), ":1");
  EXPECT_EQ(Do("XTRIM s MAXLEN 0 ACKED"), ":0");
  EXPECT_EQ(Do("XTRIM s MINID 9 ACKED"), ":0");
  EXPECT_EQ(Do("XRANGE s - +"), "[[1-1 [f v]] [3-1 [f v]] [6-1 [f v]]]");
}

TEST_F(ReferencesTest, AddTrimsWithReferences) {
  GivenRead(3, 3);
  Given({"XACK s g 2-1"});
  EXPECT_EQ(Do("XADD s ACKED MAXLEN = 3 4-1 f v"), "4-1");
  EXPECT_EQ(Do("XRANGE s - + COUNT 2"), "[[1-1 [f v]] [3-1 [f v]]]");
  EXPECT_EQ(Do("XADD s MAXLEN 1 DELREF 5-1 f v"), "5-1");
  EXPECT_EQ(Do("XPENDING s g"), "[:0 nil nil nil[]]");
}

TEST_F(ReferencesTest, ApproximateTrimsWithAckedRemoveTheAckedOfSurplusNodes) {
  Given({"CONFIG SET stream-node-max-entries 10", "XGROUP CREATE s g 0 MKSTREAM"});
  for (int i = 1; i <= 50; ++i) Given({"XADD s " + std::to_string(i) + "-1 f v"});
  Given({"XREADGROUP GROUP g c COUNT 35 STREAMS s >"});
  for (int i = 1; i <= 35; ++i) {
    if (i != 3 && i != 13) Given({"XACK s g " + std::to_string(i) + "-1"});
  }
  // Three nodes are surplus, and two entries of them are pending.
  EXPECT_EQ(Do("XTRIM s MAXLEN ~ 15 ACKED"), ":28");
  EXPECT_EQ(Do("XRANGE s - + COUNT 3"), "[[3-1 [f v]] [13-1 [f v]] [31-1 [f v]]]");
}

class ReferencesBefore82Test : public ReferencesTest {
 protected:
  ReferencesBefore82Test() : ReferencesTest("7.4.0") {}
};

TEST_F(ReferencesBefore82Test, TheOptionsAreUnknown) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XTRIM s MAXLEN 0 ACKED"), "-ERR syntax error");
  EXPECT_EQ(Do("XADD s ACKED 2-1 f v"),
            "-ERR Invalid stream ID specified as stream command argument");
}

class ReferencesBefore86Test : public ReferencesTest {
 protected:
  ReferencesBefore86Test() : ReferencesTest("8.2.0") {}
};

TEST_F(ReferencesBefore86Test, AckedKeepsAllWhereThereAreNoGroups) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XDELEX s ACKED IDS 1 1-1"), "[:2]");
  EXPECT_EQ(Do("XTRIM s MAXLEN 0 ACKED"), ":0");
}

}  // namespace
}  // namespace braid::redis
