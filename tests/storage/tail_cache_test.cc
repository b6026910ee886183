#include "storage/tail_cache.h"

#include <gtest/gtest.h>

#include "tests/storage/batches.h"

namespace braid::storage {
namespace {

Batch At(Offset base_offset, const std::string& value) {
  std::string bytes = StringOf(BatchOf({value}));
  StoreBigEndian<int64_t>(bytes.data() + kBaseOffsetAt, base_offset);
  return *Batch::Parse(Buffer::Copy(bytes));
}

TEST(TailCache, ServesFromTheBatchThatHoldsTheOffset) {
  TailCache cache(1 << 20);
  for (Offset i = 10; i < 20; ++i) cache.Add(At(i, "x"), i * 100);
  const auto found = cache.Read(13, 100, 3);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].batch.base_offset(), 13);
  EXPECT_EQ(found[0].running_max_before_ms, 1300);
}

TEST(TailCache, DoesNotReachBackBeyondItsOldest) {
  TailCache cache(1 << 20);
  EXPECT_TRUE(cache.Read(0, 100, 10).empty());
  cache.Add(At(10, "x"), -1);
  EXPECT_TRUE(cache.Read(9, 100, 10).empty());
  EXPECT_EQ(cache.Read(10, 100, 10).size(), 1u);
  EXPECT_TRUE(cache.Read(11, 100, 10).empty());
}

TEST(TailCache, StopsAtTheEndOfAView) {
  TailCache cache(1 << 20);
  for (Offset i = 0; i < 10; ++i) cache.Add(At(i, "x"), -1);
  EXPECT_EQ(cache.Read(0, 4, 100).size(), 4u);
}

TEST(TailCache, OldestGoesWhenItIsFull) {
  TailCache cache(20000);
  for (Offset i = 0; i < 100; ++i) cache.Add(At(i, std::string(1000, 'x')), -1);
  EXPECT_TRUE(cache.Read(50, 100, 100).empty());
  EXPECT_EQ(cache.Read(95, 100, 100).size(), 5u);
}

TEST(TailCache, BatchLargerThanTheCacheIsNotKept) {
  TailCache cache(1000);
  cache.Add(At(0, std::string(5000, 'x')), -1);
  EXPECT_TRUE(cache.Read(0, 100, 10).empty());
}

TEST(TailCache, SmallBatchDoesNotKeepItsFrame) {
  TailCache cache(1 << 20);
  std::weak_ptr<const void> frame;
  {
    const Buffer whole = Buffer::Copy(StringOf(At(0, "small")) + std::string(10000, 'x'));
    frame = whole.owner();
    cache.Add(*Batch::Parse(whole), -1);
  }
  EXPECT_TRUE(frame.expired());
  EXPECT_EQ(ValuesOf(cache.Read(0, 10, 1)[0].batch), std::vector<std::string>{"small"});
}

TEST(TailCache, GapEmptiesIt) {
  TailCache cache(1 << 20);
  cache.Add(At(0, "x"), -1);
  cache.Add(At(100, "x"), -1);
  EXPECT_TRUE(cache.Read(0, 200, 10).empty());
  EXPECT_EQ(cache.Read(100, 200, 10).size(), 1u);
}

TEST(TailCache, DropsWhatIsTrimmed) {
  TailCache cache(1 << 20);
  for (Offset i = 0; i < 10; ++i) cache.Add(At(i, "x"), -1);
  cache.DropBelow(5);
  EXPECT_TRUE(cache.Read(4, 100, 10).empty());
  EXPECT_EQ(cache.Read(5, 100, 10).size(), 5u);
}

}  // namespace
}  // namespace braid::storage
