// What opening a log makes of files that a crash or a bad disk has changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "braid/testing.h"
#include "storage/manifest.h"
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
  static std::string ManifestPath() {
    return std::string(kLogDir) + "/" + std::string(kManifestName);
  }
  void Cut(size_t size, Offset base = 0) {
    log_.SetContents(log_.Path(base), log_.Contents(log_.Path(base)).substr(0, size));
  }

  // Numbers [from, to), with [lost, lost_end) passed over.
  static std::vector<std::string> WithLost(Offset from, Offset lost, Offset lost_end, Offset to) {
    std::vector<std::string> values = Numbers(from, lost);
    values.push_back("<lost>");
    for (std::string& value : Numbers(lost_end, to)) values.push_back(std::move(value));
    return values;
  }
  // Changes a field of the batch at `at`, and puts its CRC right when that covers the field.
  template <class T>
  void Patch(size_t at, size_t field, T value, Offset base = 0) {
    std::string bytes = log_.Contents(log_.Path(base));
    const auto batch = Batch::Parse(Buffer::Copy(bytes.substr(at)));
    ASSERT_TRUE(batch.ok()) << batch.status();
    std::string patched = StringOf(*batch);
    StoreBigEndian<T>(patched.data() + field, value);
    bytes.replace(at, patched.size(), WithRightCrc(patched));
    log_.SetContents(log_.Path(base), bytes);
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
// lost, and readers are told.
TEST_F(Recovery, DamageInTheMiddleIsReportedAndPassedOver) {
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
    EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{bad, bad + 1}));
    EXPECT_EQ(log_.Values(0), WithLost(0, bad, bad + 1, 6));
    EXPECT_EQ(log_.Values(bad), WithLost(bad, bad, bad + 1, 6));
    EXPECT_EQ(log_.Values(bad + 1), Numbers(bad + 1, 6));
    EXPECT_THAT(log_->TakeDamage(), IsEmpty()) << "it was reported";
  }
}

TEST_F(Recovery, TwoDamagedBatchesInARowArePassedOver) {
  log_.AppendNumbers(8);
  const std::vector<size_t> starts = Boundaries();
  log_.Close();
  log_.Damage(log_.Path(0), starts[3] - 1);
  log_.Damage(log_.Path(0), starts[4] - 1);
  log_.Damage(log_.Path(0), starts[5] + kMagicAt);
  log_.Reopen();
  EXPECT_EQ(log_->next_offset(), 8);
  EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{2, 4}, OffsetRange{5, 6}));
  EXPECT_THAT(log_.Values(0), ElementsAre("0", "1", "<lost>", "4", "<lost>", "6", "7"));
  EXPECT_EQ(log_.Values(6), Numbers(6, 8));
}

TEST_F(Recovery, LogGoesOnBehindDamageAndStaysReadable) {
  log_.AppendNumbers(6);
  log_.Close();
  log_.Damage(log_.Path(0), Boundaries()[2] + 65);
  log_.Reopen();
  log_.AppendNumbers(60);  // rolls more than once
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(log_.Values(0), WithLost(0, 2, 3, 66));
    EXPECT_EQ(log_.Values(3), Numbers(3, 66));
    ASSERT_TRUE(log_.Upkeep({.repack = RepackOptions()}).ok());
    log_.Reopen();
    EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{2, 3}));
  }
}

TEST_F(Recovery, DamageInASealedSegmentIsFoundByItsReaderAndRemembered) {
  log_.AppendNumbers(60);
  ASSERT_TRUE(log_.Upkeep().ok());
  ASSERT_GT(log_->segments().size(), 2u);
  const std::vector<size_t> starts = Boundaries();
  const std::string manifest = log_.Contents(ManifestPath());
  for (const size_t field : {size_t{0}, kBatchLengthAt, kMagicAt, kCrcAt, kBatchHeaderBytes + 3}) {
    SCOPED_TRACE(field);
    const std::string whole = log_.Contents(log_.Path(0));
    log_.Damage(log_.Path(0), starts[7] + field);
    log_.Reopen();
    EXPECT_THAT(log_.report().damage, IsEmpty()) << "opening does not read what is sealed";
    EXPECT_EQ(log_.Values(0), WithLost(0, 7, 8, 60));
    EXPECT_EQ(log_.Values(8), Numbers(8, 60));
    const std::vector<DamageReport> found = log_->TakeDamage();
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].lost, (OffsetRange{7, 8}));
    EXPECT_THAT(found[0].description, HasSubstr(log_.Path(0)));
    EXPECT_EQ(log_.Values(0), WithLost(0, 7, 8, 60));
    EXPECT_THAT(log_->TakeDamage(), IsEmpty()) << "once is enough";
    ASSERT_TRUE(log_.Upkeep().ok());
    log_.Reopen();
    EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{7, 8})) << "the manifest knows";
    EXPECT_EQ(log_.Values(0), WithLost(0, 7, 8, 60));
    log_.Close();
    log_.SetContents(log_.Path(0), whole);
    log_.SetContents(ManifestPath(), manifest);
    log_.Reopen();
  }
}

TEST_F(Recovery, SealedSegmentCutShortIsDamageNotATear) {
  log_.AppendNumbers(60);
  ASSERT_TRUE(log_.Upkeep().ok());
  const std::vector<size_t> starts = Boundaries();
  const auto first_of_next = log_->segments()[1].base_offset;
  log_.Close();
  Cut(starts[10] + 20);
  for (int round = 0; round < 2; ++round) {
    log_.Reopen();
    EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{10, first_of_next}));
    EXPECT_EQ(log_.Values(0), WithLost(0, 10, first_of_next, 60));
    EXPECT_EQ(log_.Values(first_of_next), Numbers(first_of_next, 60));
    ASSERT_TRUE(log_.Upkeep().ok());
  }
}

// Its CRC is right, but the index, which is believed, knows better.
TEST_F(Recovery, BatchThatLeavesItsSegmentIsPassedOver) {
  log_.AppendNumbers(60);
  ASSERT_TRUE(log_.Upkeep().ok());
  ASSERT_TRUE(log_->segments()[0].sealed);
  const std::vector<size_t> starts = Boundaries();
  log_.Close();
  Patch<int32_t>(starts[4], kLastOffsetDeltaAt, 1000);
  log_.Reopen();
  EXPECT_EQ(log_.Values(0), WithLost(0, 4, 5, 60));
}

// The file is as long as it should be, and its last batch covers fewer offsets.
TEST_F(Recovery, OffsetsThatASealedSegmentLacksArePassedOver) {
  log_.AppendNumbers(10);
  log_.Append({"10", "11", "12"});
  ASSERT_TRUE(log_->Roll().ok());
  ASSERT_TRUE(log_.Upkeep().ok());
  const std::vector<size_t> starts = Boundaries();
  log_.Close();
  Patch<int32_t>(starts[10], kLastOffsetDeltaAt, 1);
  log_.Reopen();
  const absl::StatusOr<LogRead> read = log_->View().Read(12, {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->next_offset, 13);
  EXPECT_THAT(read->lost, ElementsAre(OffsetRange{12, 13}));
  EXPECT_EQ(log_->TakeDamage().size(), 1u);
}

TEST_F(Recovery, TimesAreSoughtWithinALogOfMisplacedBatches) {
  for (int i = 0; i < 60; ++i) log_.Append({std::to_string(i)}, 1000 + i);
  ASSERT_TRUE(log_.Upkeep().ok());
  ASSERT_TRUE(log_->segments()[0].sealed);
  const std::vector<size_t> starts = Boundaries();
  const SegmentInfo first = log_->segments()[0];
  log_.Close();
  Patch<int64_t>(starts[1], kBaseOffsetAt, Offset{1} << 40);
  Patch<int64_t>(starts[2], kBaseOffsetAt, Offset{1} << 41);
  log_.Damage(log_.Path(0, kIndexSuffix), 70);  // so that the index is made from the segment
  log_.Reopen();
  EXPECT_LE(log_->View().SeekTimestamp(first.max_timestamp_ms), first.next_offset);
}

TEST_F(Recovery, MissingSealedSegmentIsReportedAndPassedOver) {
  log_.AppendNumbers(80);
  ASSERT_TRUE(log_.Upkeep().ok());
  const SegmentInfo lost = log_->segments()[1];
  log_.Close();
  ASSERT_TRUE(fs_->Remove(log_.Path(lost.base_offset)).ok());
  for (int round = 0; round < 2; ++round) {
    log_.Reopen();
    EXPECT_THAT(log_.report().lost, ElementsAre(OffsetRange{lost.base_offset, lost.next_offset}));
    EXPECT_EQ(log_.Values(lost.next_offset), Numbers(lost.next_offset, 80));
    EXPECT_EQ(log_.Values(0), WithLost(0, lost.base_offset, lost.next_offset, 80));
    ASSERT_TRUE(log_.Upkeep().ok());
  }
}

TEST_F(Recovery, LostManifestMeansReadingTheWholeLog) {
  log_.AppendNumbers(80);
  ASSERT_TRUE(log_.Upkeep().ok());
  const std::string good = log_.Contents(ManifestPath());
  log_.Close();
  ASSERT_TRUE(fs_->Remove(ManifestPath()).ok());
  log_.Reopen();
  EXPECT_THAT(log_.report().damage, IsEmpty());
  EXPECT_EQ(log_.Values(), Numbers(0, 80));
  ASSERT_TRUE(log_.Upkeep().ok());
  EXPECT_EQ(log_.Contents(ManifestPath()), good) << "and is made again";
}

TEST_F(Recovery, LostManifestOfARepackedLogIsReportedAndMadeAgain) {
  log_.AppendNumbers(80);
  ASSERT_TRUE(log_.Upkeep({.repack = RepackOptions()}).ok());
  log_.Close();
  ASSERT_TRUE(fs_->Remove(ManifestPath()).ok());
  log_.Reopen();
  EXPECT_EQ(log_.report().damage.size(), 1u);
  EXPECT_EQ(log_.Values(), Numbers(0, 80));
  ASSERT_TRUE(log_.Upkeep().ok());
  log_.Reopen();
  EXPECT_EQ(log_.Values(), Numbers(0, 80));
}

TEST_F(Recovery, DamagedManifestIsReportedAndMadeAgain) {
  for (const bool repacked : {false, true}) {
    SCOPED_TRACE(repacked);
    log_.AppendNumbers(80);
    WorkOptions options;
    if (repacked) options.repack.emplace();
    ASSERT_TRUE(log_.Upkeep(options).ok());
    const Offset end = log_->next_offset();
    const std::string good = log_.Contents(ManifestPath());
    for (const size_t at : {size_t{0}, size_t{10}, good.size() / 2, good.size() - 1}) {
      log_.Close();
      log_.Damage(ManifestPath(), at);
      log_.Reopen();
      ASSERT_EQ(log_.report().damage.size(), 1u) << at;
      EXPECT_THAT(log_.report().damage[0], HasSubstr("MANIFEST"));
      EXPECT_EQ(log_.Values(), Numbers(0, end));
      ASSERT_TRUE(log_.Upkeep().ok());
      log_.Reopen();
      EXPECT_THAT(log_.report().damage, IsEmpty());
      EXPECT_EQ(log_.Values(), Numbers(0, end));
    }
  }
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
  ASSERT_TRUE(log_.Upkeep().ok());
  const std::string path = log_.Path(0, kIndexSuffix);
  const std::string good = log_.Contents(path);
  for (const std::string& bad : {std::string(), std::string("x"), good.substr(0, 56), good + "x",
                                 std::string(good.size(), '\0')}) {
    log_.Close();
    log_.SetContents(path, bad);
    log_.Reopen();
    EXPECT_EQ(log_.Values(), Numbers(0, 80));
    EXPECT_THAT(log_.report().damage, IsEmpty());
    EXPECT_EQ(log_.Contents(path), good);
  }
  log_.Close();
  ASSERT_TRUE(fs_->Remove(path).ok());
  log_.Reopen();
  EXPECT_EQ(log_.Values(), Numbers(0, 80));
  EXPECT_EQ(log_.Contents(path), good);
}

TEST_F(Recovery, LeftoversOfACrashAreRemoved) {
  log_.AppendNumbers(30);
  ASSERT_TRUE(log_.Upkeep().ok());
  log_.Close();
  log_.SetContents(log_.Path(0, ".bindex.tmp"), "half");
  log_.SetContents(log_.Path(999, kIndexSuffix), "of a segment that is gone");
  log_.SetContents(log_.Path(0, ".7.log"), "of a repack that was cut short");
  log_.SetContents(log_.Path(0, ".7.bindex"), "likewise");
  log_.SetContents(std::string(kLogDir) + "/notes.txt", "somebody's own");
  log_.Reopen();
  ASSERT_TRUE(log_.Upkeep().ok());
  EXPECT_FALSE(fs_->Exists(log_.Path(0, ".bindex.tmp")));
  EXPECT_FALSE(fs_->Exists(log_.Path(999, kIndexSuffix)));
  EXPECT_FALSE(fs_->Exists(log_.Path(0, ".7.log")));
  EXPECT_FALSE(fs_->Exists(log_.Path(0, ".7.bindex")));
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

TEST_F(Recovery, ClosedSegmentWhoseSuccessorVanishedIsActiveAgain) {
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

// A manifest may promise any number of bytes.
TEST(FindNextBatch, LooksNoFurtherThanTheFileGoes) {
  auto fs = FileSystem::Memory();
  ASSERT_TRUE((*fs->OpenAppend("f"))->Append(Buffer::Copy("garbage")).ok());
  auto reader = *fs->OpenRead("f");
  EXPECT_EQ(*FindNextBatch(*reader, 0, uint64_t{1} << 62, 0), std::nullopt);
}

}  // namespace
}  // namespace braid::storage
