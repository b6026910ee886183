#include "engine/read_counter.h"

#include <gtest/gtest.h>

namespace braid::engine {
namespace {

// Ten were added, 1-0 to 10-0; 4-0 is the first that is left.
constexpr EntryCounts kTrimmed{.added = 10, .length = 7, .first = {4, 0}, .last = {10, 0}};

EntryCounts Deleted(uint64_t ms) {
  EntryCounts counts = kTrimmed;
  counts.length -= 1;
  counts.max_deleted = {ms, 0};
  return counts;
}

TEST(ReadCounterTest, NothingIsAheadInAnEmptyStream) {
  EXPECT_EQ(LagOf({}, {}, std::nullopt), 0);
  EntryCounts emptied = kTrimmed;
  emptied.length = 0;
  EXPECT_EQ(LagOf(emptied, {2, 0}, 2), 0);
}

TEST(ReadCounterTest, BeforeTheFirstEntryAllAreAhead) {
  EXPECT_EQ(LagOf(kTrimmed, {}, std::nullopt), 7);
  EXPECT_EQ(LagOf(kTrimmed, {2, 0}, 2), 7);
}

TEST(ReadCounterTest, ACounterHoldsWhereNothingWasDeletedAhead) {
  EXPECT_EQ(LagOf(kTrimmed, {6, 0}, 6), 4);
  EXPECT_EQ(LagOf(Deleted(5), {6, 0}, 6), 4);
}

TEST(ReadCounterTest, ADeletionAheadMakesTheLagUnknown) {
  EXPECT_EQ(LagOf(Deleted(8), {6, 0}, 6), std::nullopt);
  EXPECT_EQ(LagOf(Deleted(8), {}, std::nullopt), std::nullopt);
  EXPECT_EQ(LagOf(Deleted(8), {10, 0}, std::nullopt), 0);
}

TEST(ReadCounterTest, AnArbitraryIdInTheMiddleHasNoCount) {
  EXPECT_EQ(EntriesUpTo(kTrimmed, {6, 0}), std::nullopt);
  EXPECT_EQ(EntriesUpTo(kTrimmed, {4, 0}), 4);
  EXPECT_EQ(EntriesUpTo(kTrimmed, {1, 0}), 3);
  EXPECT_EQ(EntriesUpTo(kTrimmed, {10, 0}), 10);
  EXPECT_EQ(EntriesUpTo(kTrimmed, {11, 0}), std::nullopt);
  EXPECT_EQ(EntriesUpTo(Deleted(3), {2, 0}), std::nullopt);
}

}  // namespace
}  // namespace braid::engine
