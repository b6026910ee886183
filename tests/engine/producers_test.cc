#include "engine/producers.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/encoding.h"

namespace braid::engine {
namespace {

constexpr int64_t kId = 4000;
constexpr int32_t kLastSequence = 0x7fffffff;

class ProducersTest : public ::testing::Test {
 protected:
  // Checks a batch and appends it when it is new. kOk for new and for duplicate.
  Errc Send(int32_t first_sequence, int32_t records = 1, int16_t epoch = 0, int64_t id = kId) {
    const auto check = producers_.Check(id, epoch, first_sequence, records);
    if (!check.ok()) return CodeOf(check.status());
    duplicate_of_ = check->duplicate ? check->base_offset : -1;
    if (check->duplicate) return Errc::kOk;
    producers_.Record({id, epoch, first_sequence, records, next_offset_, 1000 + next_offset_},
                      now_);
    next_offset_ += records;
    return Errc::kOk;
  }

  Producers producers_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  Offset next_offset_ = 100;
  Offset duplicate_of_ = -1;  // of the last Send
};

TEST_F(ProducersTest, BatchesFollowEachOther) {
  EXPECT_EQ(Send(0, 10), Errc::kOk);
  EXPECT_EQ(Send(10, 5), Errc::kOk);
  EXPECT_EQ(Send(15), Errc::kOk);
  EXPECT_EQ(duplicate_of_, -1);
}

TEST_F(ProducersTest, RetryIsAnsweredWithTheOriginalOffset) {
  Send(0, 10);
  Send(10, 5);
  EXPECT_EQ(Send(0, 10), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 100);
  EXPECT_EQ(Send(10, 5), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 110);
  EXPECT_EQ(producers_.Check(kId, 0, 10, 5)->last_timestamp_ms, 1110);
}

TEST_F(ProducersTest, FiveBatchesAreRemembered) {
  for (int32_t sequence = 0; sequence < 6; ++sequence) Send(sequence);
  EXPECT_EQ(Send(1), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 101);
  EXPECT_EQ(Send(0), Errc::kOutOfOrderSequence);
}

TEST_F(ProducersTest, GapIsRefused) {
  Send(0, 10);
  EXPECT_EQ(Send(11), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(10), Errc::kOk);
}

TEST_F(ProducersTest, PartOfARememberedBatchIsNoDuplicate) {
  Send(0, 10);
  EXPECT_EQ(Send(0, 5), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(5, 10), Errc::kOutOfOrderSequence);  // half old, half new
}

TEST_F(ProducersTest, UnknownProducerMayBeginAnywhere) {
  EXPECT_EQ(Send(777), Errc::kOk);
  EXPECT_EQ(Send(778), Errc::kOk);
}

// Its first batch was refused while the second was on its way already: to take the retry for a
// duplicate, which clients count as success, would lose it.
TEST_F(ProducersTest, BatchesBeforeAllThatWereAppendedAreNoDuplicates) {
  EXPECT_EQ(Send(10, 3), Errc::kOk);
  EXPECT_EQ(Send(0, 10), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(0, 5), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(10, 3), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 100);
}

TEST_F(ProducersTest, NewEpochBeginsAtZeroAndForgetsTheOld) {
  Send(0, 10);
  EXPECT_EQ(Send(10, 1, 1), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(0, 10, 1), Errc::kOk);
  EXPECT_EQ(duplicate_of_, -1);
  EXPECT_EQ(Send(10, 1, 1), Errc::kOk);
}

TEST_F(ProducersTest, OldEpochIsFenced) {
  Send(0, 1, 3);
  EXPECT_EQ(Send(1, 1, 2), Errc::kStaleProducerEpoch);
}

TEST_F(ProducersTest, ProducersDoNotDisturbEachOther) {
  Send(0, 10, 0, 1);
  EXPECT_EQ(Send(5, 1, 0, 2), Errc::kOk);
  EXPECT_EQ(Send(10, 1, 0, 1), Errc::kOk);
}

TEST_F(ProducersTest, SequencesWrapToZero) {
  Send(kLastSequence - 2, 2);
  EXPECT_EQ(Send(kLastSequence, 3), Errc::kOk);  // 2^31-1, 0, 1
  EXPECT_EQ(Send(2), Errc::kOk);
  EXPECT_EQ(Send(kLastSequence, 3), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 102);
  EXPECT_EQ(Send(kLastSequence - 5, 3), Errc::kOutOfOrderSequence);
}

TEST_F(ProducersTest, SequenceZeroFollowsTheLast) {
  Send(kLastSequence);
  EXPECT_EQ(Send(0), Errc::kOk);
  EXPECT_EQ(duplicate_of_, -1);
}

TEST_F(ProducersTest, NonsenseIsRefused) {
  EXPECT_EQ(Send(-1), Errc::kInvalidArgument);
  EXPECT_EQ(Send(0, 0), Errc::kInvalidArgument);
}

TEST_F(ProducersTest, IdleProducersExpire) {
  Send(0, 1, 0, 1);
  now_ += absl::Hours(12);
  Send(0, 1, 0, 2);
  now_ += absl::Hours(12);
  EXPECT_EQ(producers_.Expire(now_), 1);
  EXPECT_EQ(producers_.size(), 1);
  EXPECT_EQ(Send(500, 1, 0, 1), Errc::kOk);
  EXPECT_EQ(Send(500, 1, 0, 2), Errc::kOutOfOrderSequence);
}

TEST_F(ProducersTest, ReplayIgnoresBatchesOfOlderEpochs) {
  Send(0, 1, 5);
  producers_.Record({kId, 4, 9, 1, 50, 0}, now_);
  EXPECT_EQ(Send(1, 1, 5), Errc::kOk);
}

TEST_F(ProducersTest, TooManyProducersShedTheLeastRecent) {
  for (int64_t id = 0; id < Producers::kMaxProducers; ++id) {
    now_ += absl::Milliseconds(1);
    producers_.Record({id, 0, 0, 1, id, 0}, now_);
  }
  EXPECT_EQ(producers_.size(), Producers::kMaxProducers);
  now_ += absl::Milliseconds(1);
  producers_.Record({Producers::kMaxProducers, 0, 0, 1, 0, 0}, now_);
  EXPECT_LE(producers_.size(), Producers::kMaxProducers * 3 / 4 + 1);
  const int64_t newest = Producers::kMaxProducers - 1;
  EXPECT_TRUE(producers_.Check(newest, 0, 0, 1)->duplicate);
  EXPECT_FALSE(producers_.Check(0, 0, 0, 1)->duplicate);
}

class ProducersSnapshot : public ProducersTest {
 protected:
  void SetUp() override {
    for (int32_t sequence = 0; sequence < 7; ++sequence) Send(sequence * 2, 2);
    Send(kLastSequence, 2, 3, -7);
    Send(0, 1, 0, INT64_MAX);
  }
};

TEST_F(ProducersSnapshot, RestoreRemembersEverything) {
  const std::string bytes = producers_.Serialize();
  producers_ = Producers();
  ASSERT_TRUE(producers_.Restore(bytes).ok());
  EXPECT_EQ(producers_.Serialize(), bytes);
  EXPECT_EQ(Send(4, 2), Errc::kOk);
  EXPECT_EQ(duplicate_of_, 104);
  EXPECT_EQ(Send(0, 2), Errc::kOutOfOrderSequence);
  EXPECT_EQ(Send(1, 1, 3, -7), Errc::kOk);
  EXPECT_EQ(producers_.Expire(now_ + absl::Hours(24)), 3);
}

TEST_F(ProducersSnapshot, NothingRestoresToNothing) {
  const std::string bytes = Producers().Serialize();
  ASSERT_TRUE(producers_.Restore(bytes).ok());
  EXPECT_EQ(producers_.size(), 0);
}

TEST_F(ProducersSnapshot, EveryTruncationIsRefused) {
  const std::string bytes = producers_.Serialize();
  for (size_t size = 0; size < bytes.size(); ++size) {
    Producers restored;
    EXPECT_EQ(CodeOf(restored.Restore(bytes.substr(0, size))), Errc::kCorrupt) << size;
  }
  EXPECT_EQ(CodeOf(producers_.Restore(bytes + "x")), Errc::kCorrupt);
  EXPECT_EQ(producers_.Serialize(), bytes);  // a refused restore changes nothing
}

// Serialize()'s format, with one producer of one batch, written by hand.
std::string Snapshot(std::vector<int64_t> ids, int64_t epoch = 0, uint64_t batches = 1,
                     int64_t sequence = 0, Offset base_offset = 0) {
  Encoder out;
  out.U64(1).U64(ids.size());
  for (const int64_t id : ids) {
    out.I64(id).I64(epoch).Time(absl::UnixEpoch()).U64(batches);
    for (uint64_t i = 0; i < batches; ++i) out.I64(sequence).I64(sequence).I64(base_offset).I64(0);
  }
  return out.Take();
}

TEST_F(ProducersSnapshot, WhatNoProducerCanBeIsRefused) {
  ASSERT_TRUE(producers_.Restore(Snapshot({1, 2})).ok());
  for (const std::string& bytes :
       {Snapshot({1, 1}), Snapshot({2, 1}), Snapshot({1}, 40'000), Snapshot({1}, 0, 6),
        Snapshot({1}, 0, 1, -1), Snapshot({1}, 0, 1, int64_t{1} << 31), Snapshot({1}, 0, 1, 0, -1),
        std::string("\x02\x00", 2), std::string("\x01\xff\xff\x7f")}) {
    EXPECT_EQ(CodeOf(producers_.Restore(bytes)), Errc::kCorrupt);
  }
  EXPECT_EQ(producers_.size(), 2);
}

TEST_F(ProducersSnapshot, FencedProducersHaveNoBatches) {
  producers_.NoteEpoch(7, 3, absl::UnixEpoch());
  Producers restored;
  ASSERT_TRUE(restored.Restore(producers_.Serialize()).ok());
  EXPECT_EQ(CodeOf(restored.Check(7, 2, 0, 1).status()), Errc::kStaleProducerEpoch);
  EXPECT_EQ(CodeOf(restored.Check(7, 3, 5, 1).status()), Errc::kOutOfOrderSequence);
  EXPECT_TRUE(restored.Check(7, 3, 0, 1).ok());
}

TEST_F(ProducersSnapshot, GarbageNeverBreaksIt) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const std::string bytes = producers_.Serialize();
  for (int run = 0; run < 20'000; ++run) {
    std::string damaged = bytes;
    for (uint32_t flips = 1 + random() % 4; flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    Producers restored;
    if (restored.Restore(damaged).ok()) {
      restored.Check(kId, 0, 14, 1).IgnoreError();
      EXPECT_LE(restored.size(), 3);
    }
  }
}

}  // namespace
}  // namespace braid::engine
