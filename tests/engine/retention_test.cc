#include "engine/retention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"

namespace braid::engine {
namespace {

class RetentionTest : public ::testing::Test {
 protected:
  // Records of so many bytes, one a second from time 0 on, at offsets 0, 1, ...
  void Store(int records, int64_t bytes = 10) {
    for (int i = 0; i < records; ++i) Add(bytes, 1000 * static_cast<int64_t>(records_.size()));
  }
  void Add(int64_t bytes, int64_t timestamp_ms) {
    const auto offset = static_cast<Offset>(records_.size());
    records_.push_back(RetentionRun{offset, offset + 1, 1, bytes, timestamp_ms});
  }
  void Delete(Offset offset) { records_[offset].reset(); }
  // Segments of so many offsets each; the rest stays uncovered.
  void Segments(Offset size) {
    for (Offset base = 0; base + size <= next_offset(); base += size) {
      RetentionRun run{base, base + size, 0, 0, -1};
      for (Offset offset = std::max(base, first_); offset < run.next_offset; ++offset) {
        if (!records_[offset].has_value()) continue;
        run.records += 1;
        run.bytes += records_[offset]->bytes;
        run.max_timestamp_ms = std::max(run.max_timestamp_ms, records_[offset]->max_timestamp_ms);
      }
      runs_.push_back(run);
    }
  }
  Offset next_offset() const { return static_cast<Offset>(records_.size()); }

  Offset Trim(const RetentionLimits& limits, int64_t now_seconds = 0) {
    RetentionState state{first_, next_offset(), 0, 0};
    for (Offset offset = first_; offset < next_offset(); ++offset) {
      if (!records_[offset].has_value()) continue;
      state.records += 1;
      state.bytes += records_[offset]->bytes;
    }
    lookups_ = 0;
    return TrimPoint(limits, state, runs_, absl::FromUnixSeconds(now_seconds),
                     [this](Offset from) -> std::optional<RetentionRun> {
                       ++lookups_;
                       for (; from < next_offset(); ++from) {
                         if (records_[from].has_value()) return records_[from];
                       }
                       return std::nullopt;
                     });
  }

  std::vector<std::optional<RetentionRun>> records_;
  std::vector<RetentionRun> runs_;
  Offset first_ = 0;
  int lookups_ = 0;
};

TEST_F(RetentionTest, WithoutLimitsNothingGoes) {
  Store(10);
  EXPECT_EQ(Trim({}, 1'000'000), 0);
}

TEST_F(RetentionTest, CountIsExact) {
  Store(10);
  EXPECT_EQ(Trim({.max_records = 10}), 0);
  EXPECT_EQ(Trim({.max_records = 9}), 1);
  EXPECT_EQ(Trim({.max_records = 3}), 7);
  EXPECT_EQ(Trim({.max_records = 0}), 10);
}

TEST_F(RetentionTest, CountPassesOverDeletedRecords) {
  Store(10);
  Delete(0);
  Delete(4);
  EXPECT_EQ(Trim({.max_records = 8}), 0);
  EXPECT_EQ(Trim({.max_records = 5}), 4);
  EXPECT_EQ(Trim({.max_records = 4}), 6);
}

TEST_F(RetentionTest, BytesAreExact) {
  Store(10, 100);
  EXPECT_EQ(Trim({.max_bytes = 1000}), 0);
  EXPECT_EQ(Trim({.max_bytes = 999}), 1);
  EXPECT_EQ(Trim({.max_bytes = 250}), 8);
  EXPECT_EQ(Trim({.max_bytes = 0}), 10);
}

TEST_F(RetentionTest, AgeIsExact) {
  Store(10);  // at seconds 0 .. 9
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 59), 0);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 60), 1);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 64), 5);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 1000), 10);
}

TEST_F(RetentionTest, YoungRecordShieldsOldOnesBehindIt) {
  Add(10, 0);
  Add(10, 90'000);
  Add(10, 0);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 100), 1);
}

TEST_F(RetentionTest, RecordOfUnknownTimeStays) {
  Add(10, -1);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60)}, 100'000), 0);
}

TEST_F(RetentionTest, StrictestLimitDecides) {
  Store(10, 100);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60), .max_bytes = 300, .max_records = 5}, 62), 7);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(60), .max_bytes = 700, .max_records = 5}, 68), 9);
}

TEST_F(RetentionTest, SegmentsThatGoWholeAreNotRead) {
  Store(1000);
  Segments(100);
  EXPECT_EQ(Trim({.max_records = 250}), 750);
  EXPECT_LE(lookups_, 52);
  EXPECT_EQ(Trim({.max_age = absl::Seconds(10)}, 700), 691);
  EXPECT_LE(lookups_, 93);
}

TEST_F(RetentionTest, SegmentsAreSkippedAgainBehindAHalfTrimmedOne) {
  Store(1000);
  first_ = 150;
  Segments(100);
  EXPECT_EQ(Trim({.max_records = 0}), 1000);
  EXPECT_LE(lookups_, 60);
}

TEST_F(RetentionTest, SegmentsAreSkippedBehindHolesAtTheirBorder) {
  Store(1000);
  first_ = 95;
  for (Offset offset = 97; offset < 103; ++offset) Delete(offset);
  Segments(100);
  EXPECT_EQ(Trim({.max_records = 0}), 1000);
  EXPECT_LE(lookups_, 5);
}

TEST_F(RetentionTest, EmptyStreamHasNothingToTrim) {
  EXPECT_EQ(Trim({.max_records = 0}), 0);
}

TEST_F(RetentionTest, AgesOutAtItsTimePlusTheLimit) {
  EXPECT_EQ(AgesOutAt({.max_age = absl::Seconds(60)}, 5000), absl::FromUnixSeconds(65));
  EXPECT_EQ(AgesOutAt({}, 5000), absl::InfiniteFuture());
}

TEST_F(RetentionTest, SegmentsNeverChangeTheAnswer) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto below = [&random](uint32_t n) { return static_cast<int64_t>(random() % n); };
  for (int run = 0; run < 2000; ++run) {
    records_.clear();
    runs_.clear();
    for (int64_t n = below(60); n > 0; --n) Add(1 + below(20), 1000 * below(60));
    for (int64_t n = below(40); n > 0 && !records_.empty(); --n) Delete(below(records_.size()));
    first_ = records_.empty() ? 0 : below(records_.size());
    RetentionLimits limits;
    if (below(2) == 0) limits.max_age = absl::Seconds(1 + below(80));
    if (below(2) == 0) limits.max_bytes = below(400);
    if (below(2) == 0) limits.max_records = below(40);
    const int64_t now = below(120);
    const Offset plain = Trim(limits, now);
    Segments(1 + below(12));
    // A segment goes whole by its youngest record, so the two may differ by trailing holes alone.
    const Offset with_segments = Trim(limits, now);
    for (Offset offset = std::min(plain, with_segments); offset < std::max(plain, with_segments);
         ++offset) {
      ASSERT_FALSE(records_[offset].has_value()) << "run " << run << " offset " << offset;
    }
  }
}

}  // namespace
}  // namespace braid::engine
