#include "engine/dedup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class DedupTest : public ::testing::Test {
 protected:
  void Pass(absl::Duration time) { now_ += time; }
  void Record(std::string_view id, Offset offset) { dedup_.Record(id, offset, now_); }
  std::optional<Offset> Find(std::string_view id) { return dedup_.Find(id, now_); }
  std::vector<std::pair<std::string, Offset>> All() {
    std::vector<std::pair<std::string, Offset>> all;
    dedup_.ForEach(
        [&](std::string_view id, Offset offset, absl::Time) { all.emplace_back(id, offset); });
    return all;
  }

  Dedup dedup_{{.window = absl::Minutes(2)}};
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
};

TEST_F(DedupTest, RepeatWithinTheWindowFindsTheOriginal) {
  Record("order-1", 41);
  Pass(absl::Minutes(2) - absl::Nanoseconds(1));
  EXPECT_EQ(Find("order-1"), 41);
  EXPECT_FALSE(Find("order-2").has_value());
}

TEST_F(DedupTest, IdIsForgottenWhenTheWindowHasPassed) {
  Record("order-1", 41);
  Pass(absl::Minutes(2));
  EXPECT_FALSE(Find("order-1").has_value());
  EXPECT_EQ(dedup_.Expire(now_), 1);
  EXPECT_EQ(dedup_.size(), 0);
  EXPECT_EQ(dedup_.bytes(), 0);
}

TEST_F(DedupTest, RecordingAgainStartsTheWindowAnew) {
  Record("a", 1);
  Pass(absl::Minutes(1));
  Record("a", 2);
  Pass(absl::Minutes(1));
  EXPECT_EQ(Find("a"), 2);
  EXPECT_EQ(dedup_.Expire(now_), 0);
  EXPECT_EQ(dedup_.size(), 1);
}

TEST_F(DedupTest, NoWindowRemembersNothing) {
  dedup_ = Dedup();
  Record("a", 1);
  EXPECT_FALSE(Find("a").has_value());
  EXPECT_EQ(dedup_.size(), 0);
}

TEST_F(DedupTest, ShorterWindowHoldsAtOnce) {
  Record("a", 1);
  Pass(absl::Seconds(30));
  dedup_.set_window(absl::Seconds(10));
  EXPECT_FALSE(Find("a").has_value());
}

TEST_F(DedupTest, ClockThatGoesBackForgetsNothing) {
  Record("a", 1);
  Pass(-absl::Hours(1));
  Record("b", 2);
  EXPECT_EQ(Find("a"), 1);
  EXPECT_EQ(Find("b"), 2);
  Pass(absl::Minutes(3));
  EXPECT_EQ(Find("b"), 2);  // as if recorded when "a" was
  Pass(absl::Hours(1) - absl::Minutes(1));
  Record("c", 3);
  EXPECT_THAT(All(), ElementsAre(Pair("c", 3)));
}

TEST_F(DedupTest, OldestGoFirstWhenThereAreTooMany) {
  dedup_ = Dedup({.window = absl::Hours(1), .max_ids = 2});
  for (const Offset offset : {1, 2, 3}) Record(absl::StrCat("id-", offset), offset);
  EXPECT_THAT(All(), ElementsAre(Pair("id-2", 2), Pair("id-3", 3)));
}

TEST_F(DedupTest, OldestGoFirstWhenTheyAreTooLong) {
  dedup_ = Dedup({.window = absl::Hours(1), .max_bytes = 10});
  Record("12345", 1);
  Record("67890", 2);
  EXPECT_EQ(dedup_.bytes(), 10);
  Record("x", 3);
  EXPECT_THAT(All(), ElementsAre(Pair("67890", 2), Pair("x", 3)));
  Record(std::string(11, 'y'), 4);  // longer than everything may be
  EXPECT_EQ(dedup_.size(), 0);
}

TEST_F(DedupTest, SnapshotRestoresTheSameWindow) {
  Record("a", 1);
  Pass(absl::Minutes(1));
  Record("b", 2);
  Dedup restored(dedup_.options());
  dedup_.ForEach(
      [&](std::string_view id, Offset offset, absl::Time at) { restored.Record(id, offset, at); });
  Pass(absl::Minutes(1));
  EXPECT_FALSE(restored.Find("a", now_).has_value());
  EXPECT_EQ(restored.Find("b", now_), 2);
}

TEST_F(DedupTest, MovedWindowStillFinds) {
  Record("short", 1);
  Record("an id that is longer than a small string", 2);
  Dedup moved = std::move(dedup_);
  EXPECT_EQ(moved.Find("short", now_), 1);
  EXPECT_EQ(moved.Find("an id that is longer than a small string", now_), 2);
}

TEST_F(DedupTest, AgreesWithAPlainMap) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  std::map<std::string, std::pair<Offset, absl::Time>> plain;
  for (Offset offset = 0; offset < 20'000; ++offset) {
    Pass(absl::Seconds(random() % 3));
    const std::string id = absl::StrCat("id-", random() % 200);
    auto it = plain.find(id);
    const bool known = it != plain.end() && now_ - it->second.second < absl::Minutes(2);
    ASSERT_EQ(Find(id), known ? std::optional<Offset>(it->second.first) : std::nullopt);
    if (random() % 2 == 0) {
      Record(id, offset);
      plain[id] = {offset, now_};
    }
  }
  EXPECT_LE(dedup_.size(), 200);
}

}  // namespace
}  // namespace braid::engine
