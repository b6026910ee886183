#include "protocol/redis/trim.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace braid::redis {
namespace {

// A stream of offsets [0, next) without `deleted`, trimmed with a node size of 100.
class ApproximateTrimTest : public ::testing::Test {
 protected:
  int64_t CountFrom(Offset offset) const {
    int64_t count = 0;
    for (Offset o = std::max(offset, start_); o < next_; ++o) count += deleted_.contains(o) ? 0 : 1;
    return count;
  }
  Offset Keep(int64_t keep, int64_t limit = 0) {
    return ApproximateTrimPoint(start_, next_, CountFrom(start_), next_, keep, limit, 100,
                                [this](Offset offset) { return CountFrom(offset); });
  }
  Offset From(Offset stop, int64_t limit = 0) {
    return ApproximateTrimPoint(start_, next_, CountFrom(start_), stop, 0, limit, 100,
                                [this](Offset offset) { return CountFrom(offset); });
  }

  Offset start_ = 0;
  Offset next_ = 1000;
  std::set<Offset> deleted_;
};

TEST_F(ApproximateTrimTest, LeavesWholeNodes) {
  EXPECT_EQ(Keep(555), 400);
  EXPECT_EQ(Keep(600), 400);
  EXPECT_EQ(Keep(601), 300);
  EXPECT_EQ(Keep(1000), 0);
  EXPECT_EQ(Keep(5000), 0);
}

TEST_F(ApproximateTrimTest, KeepingNothingTakesTheUnfinishedNodeToo) {
  next_ = 1050;
  EXPECT_EQ(Keep(0), 1050);
  EXPECT_EQ(Keep(1), 1000);
}

TEST_F(ApproximateTrimTest, AStreamThatBeginsInsideANodeLosesTheRestOfIt) {
  start_ = 150;
  EXPECT_EQ(Keep(800), 200);
  EXPECT_EQ(Keep(801), 150);
}

TEST_F(ApproximateTrimTest, DeletedEntriesDoNotCount) {
  for (Offset offset = 0; offset < 90; ++offset) deleted_.insert(offset);
  EXPECT_EQ(Keep(900), 100);
  EXPECT_EQ(Keep(905), 0);
}

TEST_F(ApproximateTrimTest, LimitCountsEntries) {
  EXPECT_EQ(Keep(0, 250), 200);
  EXPECT_EQ(Keep(0, 99), 0);
  EXPECT_EQ(Keep(0, 1000), 1000);
}

TEST_F(ApproximateTrimTest, StopsAtTheNodeOfAnEntry) {
  EXPECT_EQ(From(655), 600);
  EXPECT_EQ(From(600), 600);
  EXPECT_EQ(From(99), 0);
  EXPECT_EQ(From(1000), 1000);
}

TEST(TrimSpecTest, DefaultLimitFollowsTheNodes) {
  const std::vector<std::string_view> words = {"MAXLEN", "~", "5"};
  Args args(words);
  TrimSpec spec;
  ASSERT_TRUE(spec.TakeOption(args));
  spec.Check(args, 100);
  EXPECT_TRUE(args.ok());
  EXPECT_EQ(spec.limit, 10000);
  EXPECT_TRUE(spec.approximate);
  EXPECT_EQ(spec.max_len, 5);
}

}  // namespace
}  // namespace braid::redis
