#include "engine/entry_id.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "braid/error.h"

namespace braid::engine {
namespace {

constexpr uint64_t kMost = UINT64_MAX;

Errc ErrorOf(const absl::StatusOr<EntryId>& id) {
  return CodeOf(id.status());
}

TEST(EntryIdTest, ReadsBothForms) {
  EXPECT_EQ(*EntryId::Parse("1526919030474-55"), (EntryId{1526919030474, 55}));
  EXPECT_EQ(*EntryId::Parse("7"), (EntryId{7, 0}));
  EXPECT_EQ(*EntryId::Parse("7", kMost), (EntryId{7, kMost}));
  EXPECT_EQ(*EntryId::Parse("007-03"), (EntryId{7, 3}));
  EXPECT_EQ(*EntryId::Parse("18446744073709551615-18446744073709551615"), EntryId::kMax);
}

TEST(EntryIdTest, RefusesEverythingElse) {
  for (const char* text : {"", "-", "1-", "-1", "1-2-3", "1-*", "*", "+1-1", " 1-1", "1-1 ", "1.0",
                           "abc", "1-a", "0x1-1", "18446744073709551616", "1-18446744073709551616",
                           "99999999999999999999999-1", "$", ">"}) {
    EXPECT_EQ(ErrorOf(EntryId::Parse(text)), Errc::kInvalidArgument) << text;
  }
  EXPECT_EQ(ErrorOf(EntryId::Parse(std::string_view("1\0", 2))), Errc::kInvalidArgument);
}

TEST(EntryIdTest, IsWrittenAsItIsRead) {
  for (const EntryId id : {EntryId::kMin, EntryId{1, 2}, EntryId{kMost, 0}, EntryId::kMax}) {
    EXPECT_EQ(*EntryId::Parse(Format(id)), id);
  }
}

TEST(EntryIdTest, OrdersByMillisecondThenSequence) {
  EXPECT_LT((EntryId{1, kMost}), (EntryId{2, 0}));
  EXPECT_LT((EntryId{2, 0}), (EntryId{2, 1}));
}

TEST(EntryIdTest, NextAndPrevCrossMilliseconds) {
  EXPECT_EQ(*Next({1, 5}), (EntryId{1, 6}));
  EXPECT_EQ(*Next({1, kMost}), (EntryId{2, 0}));
  EXPECT_EQ(*Prev({2, 0}), (EntryId{1, kMost}));
  EXPECT_EQ(*Prev({2, 3}), (EntryId{2, 2}));
  EXPECT_EQ(ErrorOf(Next(EntryId::kMax)), Errc::kIdExhausted);
  EXPECT_EQ(ErrorOf(Prev(EntryId::kMin)), Errc::kIdExhausted);
}

TEST(EntryIdSpecTest, ReadsWhatXaddTakes) {
  EXPECT_EQ(*EntryIdSpec::Parse("*"), EntryIdSpec{});
  EXPECT_EQ(*EntryIdSpec::Parse("5-*"), (EntryIdSpec{.ms = 5}));
  EXPECT_EQ(*EntryIdSpec::Parse("5-2"), (EntryIdSpec{.ms = 5, .seq = 2}));
  EXPECT_EQ(*EntryIdSpec::Parse("5"), (EntryIdSpec{.ms = 5, .seq = 0}));
  for (const char* text : {"", "*-5", "-*", "**", "*-*", "a-*", "5-*-", "5-**", "5*"}) {
    EXPECT_EQ(CodeOf(EntryIdSpec::Parse(text).status()), Errc::kInvalidArgument) << text;
  }
}

// NextEntryId with an ID written as a client writes it.
absl::StatusOr<EntryId> Xadd(std::string_view spec, EntryId last, uint64_t now_ms = 1000) {
  return NextEntryId(*EntryIdSpec::Parse(spec), last, now_ms);
}

TEST(NextEntryIdTest, AutomaticIdIsTheClocks) {
  EXPECT_EQ(*Xadd("*", {}, 1000), (EntryId{1000, 0}));
  EXPECT_EQ(*Xadd("*", {999, 7}, 1000), (EntryId{1000, 0}));
}

TEST(NextEntryIdTest, ClockThatStandsStillOrGoesBackReusesTheLastMillisecond) {
  EXPECT_EQ(*Xadd("*", {1000, 7}, 1000), (EntryId{1000, 8}));
  EXPECT_EQ(*Xadd("*", {1000, 7}, 400), (EntryId{1000, 8}));
  EXPECT_EQ(*Xadd("*", {1000, kMost}, 400), (EntryId{1001, 0}));
  EXPECT_EQ(*Xadd("*", {}, 0), (EntryId{0, 1}));
}

TEST(NextEntryIdTest, AutomaticSequenceCountsWithinItsMillisecond) {
  EXPECT_EQ(*Xadd("5-*", {}), (EntryId{5, 0}));
  EXPECT_EQ(*Xadd("5-*", {5, 3}), (EntryId{5, 4}));
  EXPECT_EQ(*Xadd("6-*", {5, 3}), (EntryId{6, 0}));
  EXPECT_EQ(*Xadd("0-*", {}), (EntryId{0, 1}));
  EXPECT_EQ(ErrorOf(Xadd("4-*", {5, 3})), Errc::kIdTooSmall);
  EXPECT_EQ(ErrorOf(Xadd("5-*", {5, kMost})), Errc::kIdTooSmall);
}

TEST(NextEntryIdTest, ExplicitIdMustExceedTheLast) {
  EXPECT_EQ(*Xadd("5-4", {5, 3}), (EntryId{5, 4}));
  EXPECT_EQ(*Xadd("6", {5, 3}), (EntryId{6, 0}));
  EXPECT_EQ(ErrorOf(Xadd("5-3", {5, 3})), Errc::kIdTooSmall);
  EXPECT_EQ(ErrorOf(Xadd("5", {5, 3})), Errc::kIdTooSmall);
  EXPECT_EQ(ErrorOf(Xadd("4-9", {5, 3})), Errc::kIdTooSmall);
}

TEST(NextEntryIdTest, ZeroIsNoId) {
  EXPECT_EQ(ErrorOf(Xadd("0-0", {})), Errc::kIdZero);
  EXPECT_EQ(ErrorOf(Xadd("0", {})), Errc::kIdZero);
  EXPECT_EQ(ErrorOf(Xadd("0-0", EntryId::kMax)), Errc::kIdZero);
}

TEST(NextEntryIdTest, NothingFollowsTheLargestId) {
  for (const char* spec : {"*", "5-*", "5-5", "18446744073709551615-*"}) {
    EXPECT_EQ(ErrorOf(Xadd(spec, EntryId::kMax)), Errc::kIdExhausted) << spec;
  }
}

TEST(NextEntryIdTest, SequenceWithoutMillisecondIsNonsense) {
  EXPECT_EQ(ErrorOf(NextEntryId({.ms = std::nullopt, .seq = 4}, {}, 1)), Errc::kInvalidArgument);
}

TEST(ForeignEntryIdTest, IsTheLargestTimestampAndTheOffset) {
  EXPECT_EQ(ForeignEntryId({900, 4}, 1000, 5), (EntryId{1000, 5}));
  EXPECT_EQ(ForeignEntryId({1000, 5}, 1000, 6), (EntryId{1000, 6}));
  EXPECT_EQ(ForeignEntryId({1000, 5}, 800, 6), (EntryId{1000, 6}));
}

TEST(ForeignEntryIdTest, MovesOnWhenARedisWriterUsedALargerSequence) {
  EXPECT_EQ(ForeignEntryId({1000, 50}, 1000, 6), (EntryId{1001, 6}));
  EXPECT_EQ(ForeignEntryId({2000, 50}, 1000, 6), (EntryId{2001, 6}));
}

TEST(ForeignEntryIdTest, IsNeverZero) {
  EXPECT_EQ(ForeignEntryId({}, 0, 0), (EntryId{1, 0}));
  EXPECT_EQ(ForeignEntryId({}, -1, 0), (EntryId{1, 0}));
  EXPECT_EQ(ForeignEntryId({}, -1, 1), (EntryId{0, 1}));
}

TEST(ForeignEntryIdTest, StaysAtTheEndOfTheIdSpace) {
  EXPECT_EQ(ForeignEntryId({kMost, 9}, 5, 3), EntryId::kMax);
}

// Whoever writes, and whatever the clock and the timestamps do, the IDs of a stream increase.
TEST(EntryIdPropertyTest, AnyMixOfWritersGivesIncreasingIds) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto below = [&random](uint32_t n) { return random() % n; };
  for (int run = 0; run < 200; ++run) {
    EntryId last;
    int64_t running_max = -1;
    for (Offset offset = 0; offset < 200; ++offset) {
      EntryId id;
      if (below(2) == 0) {
        running_max = std::max<int64_t>(running_max, static_cast<int64_t>(below(50)) - 1);
        id = ForeignEntryId(last, running_max, offset);
      } else {
        EntryIdSpec spec;
        if (below(2) == 0) spec.ms = last.ms + below(3);
        if (spec.ms.has_value() && below(2) == 0) spec.seq = below(300);
        const auto next = NextEntryId(spec, last, below(50));
        if (!next.ok()) {
          id = ForeignEntryId(last, running_max, offset);
        } else {
          id = *next;
        }
      }
      ASSERT_GT(id, last) << "offset " << offset;
      last = id;
      running_max = std::max(running_max, static_cast<int64_t>(id.ms));
    }
  }
}

}  // namespace
}  // namespace braid::engine
