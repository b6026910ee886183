// What a pending entry of a Redis group costs: a million of them are an ordinary backlog.
#include <gtest/gtest.h>
#include <malloc.h>

#include "absl/time/time.h"
#include "engine/ledger.h"
#include "engine/pending_ids.h"

namespace braid::engine {
namespace {

constexpr Offset kEntries = 200'000;

size_t Used() {
  return ::mallinfo2().uordblks;
}

// One group, few consumers, entries delivered in the order of the log.
struct Backlog {
  Backlog() {
    absl::Time now = absl::FromUnixSeconds(1'000'000);
    for (Offset offset = 0; offset < kEntries; ++offset) {
      if (offset % 10 == 0) now += absl::Milliseconds(1);
      const auto ms = static_cast<uint64_t>(absl::ToUnixMillis(now));
      ledger.Deliver(offset, static_cast<ConsumerId>(offset / 100 % 3), now, 0);
      ids.Add(offset, {ms, static_cast<uint64_t>(offset % 10)});
    }
  }
  Ledger ledger;
  PendingIds ids;
};

TEST(LedgerMemoryTest, APendingEntryOfARedisGroupTakesNoMoreThan64Bytes) {
  const size_t before = Used();
  const Backlog backlog;
  const size_t used = Used() - before;
  if (used < kEntries) GTEST_SKIP() << "NOT RUN: this allocator does not say what it uses";
  RecordProperty("bytes_per_entry", static_cast<int>(used / kEntries));
  EXPECT_LE(used / kEntries, 64u);
}

TEST(LedgerMemoryTest, ClaimingIdleEntriesAddsNoMoreThan20Bytes) {
  Backlog backlog;
  const size_t before = Used();
  int seen = 0;
  backlog.ledger.ForEachIdle(absl::InfiniteFuture(), [&](const Delivery&) { return ++seen < 10; });
  const size_t used = Used() - before;
  EXPECT_EQ(seen, 10);
  RecordProperty("bytes_per_entry", static_cast<int>(used / kEntries));
  EXPECT_LE(used / kEntries, 20u);
}

}  // namespace
}  // namespace braid::engine
