// Which records compaction keeps.
#include "engine/compaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "braid/error.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1767225600);

RecordView Keyed(std::string_view key, std::optional<std::string_view> value) {
  RecordView record;
  record.key = key;
  record.value = value;
  return record;
}

class CompactorTest : public ::testing::Test {
 protected:
  // Records of these keys at offsets 0, 1, ...; one in capitals is a tombstone of the small one.
  std::vector<Offset> Superseded(std::string_view keys, absl::Time now = kNow,
                                 int64_t max_keys = 1000) {
    Compactor compactor(options_, progress_, now, max_keys);
    Offset offset = 0;
    for (const char key : keys) {
      const char small = static_cast<char>(std::tolower(key));
      const bool tombstone = small != key;
      const bool room = compactor.Add(
          offset,
          Keyed({&small, 1}, tombstone ? std::nullopt : std::optional<std::string_view>("v")));
      if (!room) break;
      ++offset;
    }
    added_ = offset;
    return std::move(compactor).TakeSuperseded();
  }

  StreamOptions options_{.compact = true, .tombstone_retention = absl::Hours(1)};
  CompactionProgress progress_;
  Offset added_ = 0;
};

TEST_F(CompactorTest, OnlyTheNewestOfAKeyStays) {
  EXPECT_THAT(Superseded("abacab"), ElementsAre(0, 1, 2));
  EXPECT_THAT(Superseded("abc"), IsEmpty());
}

TEST_F(CompactorTest, OrTheNewestFew) {
  options_.max_records_per_key = 2;
  EXPECT_THAT(Superseded("aaabaa"), ElementsAre(0, 1, 2));
}

TEST_F(CompactorTest, TombstoneSupersedesAllBeforeItAndStaysItself) {
  options_.max_records_per_key = 3;
  EXPECT_THAT(Superseded("aabA"), ElementsAre(0, 1));
}

TEST_F(CompactorTest, ValueAfterATombstoneSupersedesIt) {
  options_.max_records_per_key = 3;
  EXPECT_THAT(Superseded("aAa"), ElementsAre(0, 1));
}

TEST_F(CompactorTest, TombstoneGoesAfterItsRetention) {
  EXPECT_THAT(Superseded("aAb"), ElementsAre(0));
  progress_.Note(3, kNow, options_.tombstone_retention);
  EXPECT_EQ(progress_.NextTombstone(options_.tombstone_retention), kNow + absl::Hours(1));
  EXPECT_THAT(Superseded("aAb", kNow + absl::Minutes(59)), ElementsAre(0));
  EXPECT_THAT(Superseded("aAb", kNow + absl::Hours(1)), ElementsAre(0, 1));
  progress_.Note(3, kNow + absl::Hours(1), options_.tombstone_retention);
  EXPECT_EQ(progress_.NextTombstone(options_.tombstone_retention), absl::InfiniteFuture());
}

TEST_F(CompactorTest, LaterTombstoneWaitsForItsOwnPass) {
  progress_.Note(2, kNow, options_.tombstone_retention);
  progress_.Note(3, kNow + absl::Minutes(30), options_.tombstone_retention);
  EXPECT_THAT(Superseded("AbC", kNow + absl::Hours(1)), ElementsAre(0));
  EXPECT_THAT(Superseded("AbC", kNow + absl::Minutes(90)), ElementsAre(0, 2));
}

TEST_F(CompactorTest, RecordsWithoutAKeyStay) {
  Compactor compactor(options_, progress_, kNow, 10);
  RecordView record;
  record.value = "v";
  EXPECT_TRUE(compactor.Add(0, record));
  EXPECT_TRUE(compactor.Add(1, record));
  EXPECT_THAT(std::move(compactor).TakeSuperseded(), IsEmpty());
}

TEST_F(CompactorTest, PassEndsWhereItsMemoryDoes) {
  EXPECT_THAT(Superseded("ababcab", kNow, 2), ElementsAre(0, 1));
  EXPECT_EQ(added_, 4) << "c found no room";
}

TEST(CompactionProgress, ComesBack) {
  CompactionProgress progress;
  progress.Note(10, kNow, absl::Hours(1));
  progress.Note(20, kNow + absl::Minutes(10), absl::Hours(1));
  CompactionProgress restored;
  ASSERT_TRUE(restored.Restore(progress.Serialize()).ok());
  EXPECT_EQ(restored.Serialize(), progress.Serialize());
  EXPECT_EQ(restored.clean_end(), 20);
  EXPECT_EQ(CodeOf(restored.Restore("\x05")), Errc::kCorrupt);
  EXPECT_EQ(restored.clean_end(), 20);
}

TEST(ShouldCompact, GoesByTheDirtyShareOrTheOldestDirtyRecord) {
  StreamOptions options{.compact = true, .min_dirty_ratio = 0.5};
  EXPECT_FALSE(ShouldCompact(options, {.clean_bytes = 60, .dirty_bytes = 40}, kNow));
  EXPECT_TRUE(ShouldCompact(options, {.clean_bytes = 50, .dirty_bytes = 50}, kNow));
  EXPECT_FALSE(ShouldCompact(options, {.clean_bytes = 0, .dirty_bytes = 0}, kNow));
  const int64_t hour_ago = absl::ToUnixMillis(kNow - absl::Hours(1));
  const CompactionState old{.clean_bytes = 99, .dirty_bytes = 1, .oldest_dirty_ms = hour_ago};
  EXPECT_FALSE(ShouldCompact(options, old, kNow));
  options.max_compaction_lag = absl::Hours(1);
  EXPECT_TRUE(ShouldCompact(options, old, kNow));
  options.max_compaction_lag = absl::Hours(2);
  EXPECT_FALSE(ShouldCompact(options, old, kNow));
  options.compact = false;
  EXPECT_FALSE(ShouldCompact(options, {.clean_bytes = 0, .dirty_bytes = 50}, kNow));
}

// After any number of passes: the newest value of each key, and no other.
TEST(Compactor, RandomPassesLeaveTheNewestOfEachKey) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    StreamOptions options{.max_records_per_key = 1 + static_cast<int64_t>(random() % 3),
                          .compact = true,
                          .tombstone_retention = absl::Minutes(random() % 30)};
    std::map<Offset, std::pair<std::string, bool>> live;  // key, tombstone
    std::map<std::string, std::vector<Offset>> newest;    // since the last tombstone
    CompactionProgress progress;
    absl::Time now = kNow;
    Offset next = 0;
    for (int pass = 0; pass < 6; ++pass) {
      for (int i = 0; i < 30; ++i, ++next) {
        const std::string key(1, static_cast<char>('a' + random() % 6));
        const bool tombstone = random() % 4 == 0;
        live[next] = {key, tombstone};
        if (tombstone) newest[key].clear();
        if (!tombstone) newest[key].push_back(next);
      }
      now += absl::Minutes(10);
      Compactor compactor(options, progress, now, 1000);
      for (const auto& [offset, record] : live) {
        ASSERT_TRUE(compactor.Add(
            offset, Keyed(record.first,
                          record.second ? std::nullopt : std::optional<std::string_view>("v"))));
      }
      for (const Offset offset : std::move(compactor).TakeSuperseded()) live.erase(offset);
      progress.Note(next, now, options.tombstone_retention);
      std::map<std::string, std::vector<Offset>> left;
      for (const auto& [offset, record] : live) {
        if (!record.second) left[record.first].push_back(offset);
      }
      for (auto& [key, offsets] : newest) {
        const auto keep = static_cast<size_t>(options.max_records_per_key);
        if (offsets.size() > keep)
          offsets.erase(offsets.begin(), offsets.end() - static_cast<ptrdiff_t>(keep));
        ASSERT_EQ(left[key], offsets) << key;
      }
    }
  }
}

}  // namespace
}  // namespace braid::engine
