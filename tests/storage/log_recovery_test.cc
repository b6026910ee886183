// What opening a log makes of files that a crash or a bad disk has changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "braid/testing.h"
#include "storage/recovery.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Recovery : public ::testing::Test {
 protected:
  // Where each batch of the active segment starts, and where the last one ends.
  std::vector<size_t> Boundaries(Offset base = 0) {
    const std::string bytes = log_.Contents(log_.Path(base));
    std::vector<size_t> at = {0};
    while (at.back() < bytes.size()) {
      const auto batch = Batch::Parse(Buffer::Copy(bytes.substr(at.back())));
      if (!batch.ok()) break;
      at.push_back(at.back() + batch->bytes().size());
    }
    return at;
  }
  void Cut(size_t size, Offset base = 0) {
    log_.SetContents(log_.Path(base), log_.Contents(log_.Path(base)).substr(0, size));
  }

  std::unique_ptr<FileSystem> fs_ = FaultFileSystem::Create(1);
  LogFixture log_{*fs_,
                  {.segment_bytes = 2000, .index_interval_bytes = 200, .tail_cache_bytes = 0}};
};

TEST_F(Recovery, TornLastBatchIsCutAtEveryByte) {
  log_.AppendNumbers(3);
  log_.Append({"torn", "off"});
  const std::string whole = log_.Contents(log_.Path(0));
  const size_t start = Boundaries()[3];
  for (size_t size = start; size < whole.size(); ++size) {
    log_.Close();
    log_.SetContents(log_.Path(0), whole.substr(0, size));
    log_.Reopen();
    EXPECT_EQ(log_.report().torn_bytes, static_cast<int64_t>(size - start)) << size;
    EXPECT_THAT(log_.report().damage, IsEmpty()) << size;
    EXPECT_EQ(log_->next_offset(), 3) << size;
    EXPECT_EQ(log_->bytes(), static_cast<int64_t>(start)) << size;
    EXPECT_EQ(log_.Append({"3"}), 3);
    EXPECT_EQ(log_.Values(), Numbers(0, 4)) << size;
  }
}

TEST_F(Recovery, LastBatchWithABadCrcIsATornTail) {
  log_.AppendNumbers(4);
  const size_t start = Boundaries()[3];
  const std::string whole = log_.Contents(log_.Path(0));
  for (size_t at = start; at < whole.size(); ++at) {
    // Leader epoch is not covered by the CRC: nobody can tell.
    if (at >= start + kLeaderEpochAt && at < start + kMagicAt) continue;
    log_.Close();
    log_.SetContents(log_.Path(0), whole);
    log_.Damage(log_.Path(0), at);
    log_.Reopen();
    EXPECT_EQ(log_->next_offset(), 3) << at - start;
    EXPECT_THAT(log_.report().damage, IsEmpty());
    EXPECT_EQ(log_.Values(), Numbers(0, 3));
  }
}

TEST_F(Recovery, ZerosAtTheEndAreATornTail) {
  log_.AppendNumbers(3);
  log_.Close();
  log_.SetContents(log_.Path(0), log_.Contents(log_.Path(0)) + std::string(5000, '\0'));
  log_.Reopen();
  EXPECT_EQ(log_.report().torn_bytes, 5000);
  EXPECT_EQ(log_.Values(), Numbers(0, 3));
}

TEST_F(Recovery, BatchesThatLieInsideATornRecordAreNotBelieved) {
  log_.AppendNumbers(3);
  // A message that carries a stored batch of another log, as a mirror's might.
  std::string inner = StringOf(BatchOf({"inner"}));
  StoreBigEndian<int64_t>(inner.data() + kBaseOffsetAt, 77);
  log_.Append({inner, "and more behind it"});
  Cut(log_.Contents(log_.Path(0)).size() - 3);
  log_.Reopen();
  EXPECT_THAT(log_.report().damage, IsEmpty());
  EXPECT_EQ(log_.Values(), Numbers(0, 3));
}

// Every byte of every batch but the last, one at a time. Whatever it was: nothing but that batch is
// lost, and reading it is an error.
TEST_F(Recovery, DamageInTheMiddleIsReportedRefusedAndPassed) {
  log_.AppendNumbers(6);
  const std::string whole = log_.Contents(log_.Path(0));
  const std::vector<size_t> starts = Boundaries();
  for (size_t at = 0; at < starts[5]; ++at) {
    const size_t hit = static_cast<size_t>(std::upper_bound(starts.begin(), starts.end(), at) -
                                           starts.begin() - 1);
    const size_t field = at - starts[hit];
    if (field >= kLeaderEpochAt && field < kMagicAt) continue;
    log_.Close();
    log_.SetContents(log_.Path(0), whole);
    log_.Damage(log_.Path(0), at);
    log_.Reopen();
    const auto bad = static_cast<Offset>(hit);
    SCOPED_TRACE("byte " + std::to_string(field) + " of batch " + std::to_string(hit));
    ASSERT_EQ(log_.report().damage.size(), 1u);
    EXPECT_THAT(log_.report().damage[0],
                HasSubstr("[" + std::to_string(hit) + ", " + std::to_string(hit + 1) + ")"));
    EXPECT_EQ(log_.report().torn_bytes, 0);
    EXPECT_EQ(log_->next_offset(), 6);
    EXPECT_EQ(log_.Contents(log_.Path(0)).size(), whole.size()) << "damage is kept";
    for (Offset offset = 0; offset < 6; ++offset) {
      EXPECT_EQ(log_.ReadError(offset), offset == bad ? Errc::kCorrupt : Errc::kOk) << offset;
    }
    std::vector<std::string> before = Numbers(0, bad);
    before.push_back("<kCorrupt>");
    EXPECT_EQ(log_.Values(0), before) << "what lies before it is served first";
    EXPECT_EQ(log_.Values(bad + 1), Numbers(bad + 1, 6));
  }
}

TEST_F(Recovery, TwoDamagedBatchesInARowArePassed) {
  log_.AppendNumbers(8);
  const std::vector<size_t> starts = Boundaries();
  log_.Close();
  log_.Damage(log_.Path(0), starts[3] - 1);
  log_.Damage(log_.Path(0), starts[4] - 1);
  log_.Damage(log_.Path(0), starts[5] + kMagicAt);
  log_.Reopen();
  EXPECT_EQ(log_->next_offset(), 8);
  ASSERT_EQ(log_.report().damage.size(), 1u + 1u);
  EXPECT_EQ(log_.ReadError(2), Errc::kCorrupt);
  EXPECT_EQ(log_.ReadError(3), Errc::kCorrupt);
  EXPECT_EQ(log_.ReadError(5), Errc::kCorrupt);
  EXPECT_EQ(log_.Values(6), Numbers(6, 8));
  EXPECT_EQ(log_.ReadError(4), Errc::kOk);
}

TEST_F(Recovery, LogGoesOnBehindDamageAndStaysReadable) {
  log_.AppendNumbers(6);
  log_.Close();
  log_.Damage(log_.Path(0), Boundaries()[2] + 65);
  log_.Reopen();
  log_.AppendNumbers(60);  // rolls more than once
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log_.ReadError(2), Errc::kCorrupt);
    EXPECT_EQ(log_.Values(3), Numbers(3, 66));
    log_.Reopen();
  }
}

TEST_F(Recovery, DamageInASealedSegmentIsRefusedOnRead) {
  log_.AppendNumbers(60);
  ASSERT_GT(log_->segments().size(), 2u);
  const std::vector<size_t> starts = Boundaries();
  for (const size_t field : {size_t{0}, kBatchLengthAt, kMagicAt, kCrcAt, kBatchHeaderBytes + 3}) {
    const std::string whole = log_.Contents(log_.Path(0));
    log_.Damage(log_.Path(0), starts[7] + field);
    log_.Reopen();
    EXPECT_EQ(log_.ReadError(7), Errc::kCorrupt) << field;
    std::vector<std::string> before = Numbers(0, 7);
    before.push_back("<kCorrupt>");
    EXPECT_EQ(log_.Values(0), before) << field;
    EXPECT_EQ(log_.Values(8), Numbers(8, 60)) << field;
    log_.Close();
    log_.SetContents(log_.Path(0), whole);
    log_.Reopen();
  }
}

TEST_F(Recovery, SyncedSegmentCutShortIsAnErrorNotAHole) {
  log_.AppendNumbers(60);
  ASSERT_TRUE(log_->PrepareSync().Run().ok());
  const std::vector<size_t> starts = Boundaries();
  const auto first_of_next = log_->segments()[1].base_offset;
  log_.Close();
  Cut(starts[10] + 20);
  log_.Reopen();
  EXPECT_FALSE(log_.report().damage.empty());
  EXPECT_EQ(log_.ReadError(9), Errc::kOk);
  for (Offset offset = 10; offset < first_of_next; ++offset) {
    EXPECT_EQ(log_.ReadError(offset), Errc::kCorrupt) << offset;
  }
  EXPECT_EQ(log_.Values(first_of_next), Numbers(first_of_next, 60));
  std::vector<std::string> before = Numbers(0, 10);
  before.push_back("<kCorrupt>");
  EXPECT_EQ(log_.Values(0), before);
}

TEST_F(Recovery, MissingSegmentIsReportedAndRefused) {
  log_.AppendNumbers(80);
  const SegmentInfo lost = log_->segments()[1];
  log_.Close();
  ASSERT_TRUE(fs_->Remove(log_.Path(lost.base_offset)).ok());
  log_.Reopen();
  ASSERT_EQ(log_.report().damage.size(), 1u);
  EXPECT_EQ(log_.ReadError(lost.base_offset), Errc::kCorrupt);
  EXPECT_EQ(log_.Values(lost.next_offset), Numbers(lost.next_offset, 80));
  std::vector<std::string> before = Numbers(0, lost.base_offset);
  before.push_back("<kCorrupt>");
  EXPECT_EQ(log_.Values(0), before);
}

TEST_F(Recovery, OverlappingSegmentsAreRefused) {
  log_.AppendNumbers(30);
  const std::string bytes = log_.Contents(log_.Path(0));
  log_.Close();
  log_.SetContents(log_.Path(3), bytes);
  EXPECT_EQ(CodeOf(log_.TryReopen()), Errc::kCorrupt);
}

TEST_F(Recovery, LostOrDamagedIndexIsMadeAgain) {
  log_.AppendNumbers(80);
  const std::string path = log_.Path(0, kIndexSuffix);
  const std::string good = log_.Contents(path);
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, 56), good + "x",
                                 std::string(good.size(), '\0')}) {
    log_.Close();
    log_.SetContents(path, bad);
    log_.Reopen();
    EXPECT_EQ(log_.Values(), Numbers(0, 80));
    EXPECT_THAT(log_.report().damage, IsEmpty());
  }
  log_.Close();
  ASSERT_TRUE(fs_->Remove(path).ok());
  log_.Reopen();
  EXPECT_EQ(log_.Contents(path), good);
}

TEST_F(Recovery, DamagedIndexEntriesAreNoticedOnFirstUse) {
  log_.AppendNumbers(80);
  log_.Close();
  log_.Damage(log_.Path(0, kIndexSuffix), 70);
  log_.Reopen();
  EXPECT_EQ(log_.Values(), Numbers(0, 80));
}

TEST_F(Recovery, LeftoversOfACrashAreRemoved) {
  log_.AppendNumbers(30);
  log_.Close();
  log_.SetContents(log_.Path(0, ".bindex.tmp"), "half");
  log_.SetContents(log_.Path(999, kIndexSuffix), "of a segment that is gone");
  log_.SetContents(std::string(kLogDir) + "/notes.txt", "somebody's own");
  log_.Reopen();
  EXPECT_FALSE(fs_->Exists(log_.Path(0, ".bindex.tmp")));
  EXPECT_FALSE(fs_->Exists(log_.Path(999, kIndexSuffix)));
  EXPECT_TRUE(fs_->Exists(std::string(kLogDir) + "/notes.txt"));
  EXPECT_EQ(log_.Values(), Numbers(0, 30));
}

TEST_F(Recovery, EmptyNewestSegmentOfAnUnfinishedRollIsRemoved) {
  log_.AppendNumbers(5);
  log_.Close();
  log_.SetContents(log_.Path(3), "");  // the roll failed, and appending went on
  log_.Reopen();
  EXPECT_EQ(log_->next_offset(), 5);
  EXPECT_FALSE(fs_->Exists(log_.Path(3)));
  EXPECT_EQ(log_.Append({"5"}), 5);
  EXPECT_EQ(log_.Values(), Numbers(0, 6));
}

TEST_F(Recovery, SealedSegmentWhoseSuccessorVanishedIsActiveAgain) {
  log_.AppendNumbers(20);
  ASSERT_TRUE(log_->Roll().ok());
  log_.Close();
  ASSERT_TRUE(fs_->Remove(log_.Path(20)).ok());
  log_.Reopen();
  EXPECT_EQ(log_.Append({"20"}), 20);
  log_.Reopen();
  EXPECT_EQ(log_.Values(), Numbers(0, 21));
}

TEST_F(Recovery, SegmentsBehindATornOneAreSetAside) {
  log_.AppendNumbers(60);  // never synced
  const std::vector<size_t> starts = Boundaries();
  const std::vector<SegmentInfo> segments = log_->segments();
  log_.Close();
  Cut(starts[10] + 20);
  log_.Reopen();
  EXPECT_THAT(log_.report().damage, IsEmpty());
  EXPECT_GT(log_.report().torn_bytes, segments[1].bytes);
  EXPECT_EQ(log_->next_offset(), 10);
  EXPECT_FALSE(fs_->Exists(log_.Path(segments[1].base_offset)));
  EXPECT_TRUE(fs_->Exists(log_.Path(segments[1].base_offset) + std::string(kLostSuffix)));
  log_.AppendNumbers(40);
  log_.Reopen();
  EXPECT_EQ(log_.Values(), Numbers(0, 50));
}

TEST_F(Recovery, EmptiedSegmentBeforeOthersIsATear) {
  log_.AppendNumbers(80);
  const std::vector<SegmentInfo> segments = log_->segments();
  log_.Close();
  log_.SetContents(log_.Path(segments[1].base_offset), "");
  log_.Reopen();
  EXPECT_EQ(log_->next_offset(), segments[1].base_offset);
  EXPECT_EQ(log_.Values(), Numbers(0, segments[1].base_offset));
}

TEST(FindNextBatch, WalksTheLengthsOfDamagedBatches) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  std::string bytes;
  for (int i = 0; i < 4; ++i) {
    std::string batch = StringOf(BatchOf({"value"}));
    StoreBigEndian<int64_t>(batch.data() + kBaseOffsetAt, i);
    if (i < 2) batch.back() = '!';
    bytes += batch;
  }
  ASSERT_TRUE(file->Append(Buffer::Copy(bytes)).ok());
  auto reader = *fs->OpenRead("f");
  const auto place = FindNextBatch(*reader, 0, bytes.size(), 0);
  ASSERT_TRUE(place.ok() && place->has_value());
  EXPECT_EQ((*place)->base_offset, 2);
  EXPECT_EQ((*place)->position, bytes.size() / 2);
}

TEST(FindNextBatch, FindsNothingInGarbage) {
  auto fs = FileSystem::Memory();
  std::string garbage;
  for (int i = 0; i < 3000000; ++i) garbage += static_cast<char>(i * 7 % 5);
  ASSERT_TRUE((*fs->OpenAppend("f"))->Append(Buffer::Copy(garbage)).ok());
  auto reader = *fs->OpenRead("f");
  EXPECT_EQ(*FindNextBatch(*reader, 0, garbage.size(), 0), std::nullopt);
}

}  // namespace
}  // namespace braid::storage
