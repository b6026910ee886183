#include "engine/pending_ids.h"

#include <gtest/gtest.h>

namespace braid::engine {
namespace {

TEST(PendingIdsTest, FindsByOffsetAndById) {
  PendingIds ids;
  for (int i = 1; i <= 100; ++i) ids.Add(i, {static_cast<uint64_t>(10 * i), 1});
  EXPECT_EQ(ids.IdOf(7), (EntryId{70, 1}));
  EXPECT_EQ(ids.IdOf(101), std::nullopt);
  EXPECT_EQ(ids.Find({70, 1}), 7);
  EXPECT_EQ(ids.Find({70, 2}), std::nullopt);
  EXPECT_EQ(ids.LowerBound({70, 2}), 8);
  EXPECT_EQ(ids.LowerBound({1000, 2}), std::nullopt);
  ids.Remove(8);
  ids.Remove(8);
  EXPECT_EQ(ids.LowerBound({70, 2}), 9);
  EXPECT_EQ(ids.size(), 99);
}

TEST(PendingIdsTest, TakesById) {
  PendingIds ids;
  for (int i = 1; i <= 3; ++i) ids.Add(i, {static_cast<uint64_t>(10 * i), 1});
  EXPECT_EQ(ids.Take({20, 1}), 2);
  EXPECT_EQ(ids.Take({20, 1}), std::nullopt);
  ids.Add(4, {10, 1});  // after XSETID: the newest of two
  EXPECT_EQ(ids.Take({10, 1}), 4);
  EXPECT_EQ(ids.Take({10, 1}), 1);
  EXPECT_EQ(ids.Take({30, 1}), 3);
  EXPECT_EQ(ids.size(), 0);
}

TEST(PendingIdsTest, KeepsLargeSequences) {
  constexpr uint64_t kMax = UINT64_MAX;
  PendingIds ids;
  ids.Add(1, {50, UINT32_MAX});
  ids.Add(2, {50, kMax - 1});
  ids.Add(3, {50, kMax});
  EXPECT_EQ(ids.IdOf(2), (EntryId{50, kMax - 1}));
  EXPECT_EQ(ids.Find({50, kMax}), 3);
  EXPECT_EQ(ids.Find({50, UINT32_MAX}), 1);
  EXPECT_EQ(ids.Find({50, 7}), std::nullopt);
  EXPECT_EQ(ids.LowerBound({50, kMax - 1}), 2);
  ids.Remove(2);
  EXPECT_EQ(ids.Find({50, kMax - 1}), std::nullopt);
}

TEST(PendingIdsTest, FindsIdsThatDoNotAscend) {
  PendingIds ids;
  ids.Add(1, {50, 0});
  ids.Add(2, {60, 0});
  ids.Add(3, {20, 0});  // after XSETID
  ids.Add(4, {50, 0});
  EXPECT_EQ(ids.Find({20, 0}), 3);
  EXPECT_EQ(ids.Find({60, 0}), 2);
  EXPECT_EQ(ids.Find({50, 0}), 4);
  EXPECT_EQ(ids.LowerBound({0, 0}), 1);
  ids.Remove(4);
  EXPECT_EQ(ids.Find({50, 0}), 1);
}

}  // namespace
}  // namespace braid::engine
