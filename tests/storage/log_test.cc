#include "storage/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "braid/testing.h"
#include "tests/storage/counting_filesystem.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A batch of one short record is 61 + about 8 bytes: a segment of 700 bytes holds ten of them.
const LogOptions kSmallSegments{
    .segment_bytes = 700, .index_interval_bytes = 200, .tail_cache_bytes = 0};

enum class Store { kMemory, kFiles, kFilesWithCache };

class LogTest : public ::testing::TestWithParam<Store> {
 protected:
  static std::unique_ptr<FileSystem> MakeFileSystem() {
    if (GetParam() == Store::kMemory) return FileSystem::Memory();
    return FaultFileSystem::Create(1);
  }
  static LogOptions Options() {
    LogOptions options = kSmallSegments;
    if (GetParam() == Store::kFilesWithCache) options.tail_cache_bytes = 1 << 20;
    return options;
  }
  std::unique_ptr<FileSystem> fs_ = MakeFileSystem();
  LogFixture log_{*fs_, Options()};
};

INSTANTIATE_TEST_SUITE_P(Stores, LogTest,
                         ::testing::Values(Store::kMemory, Store::kFiles, Store::kFilesWithCache),
                         [](const auto& store) -> std::string {
                           switch (store.param) {
                             case Store::kMemory:
                               return "Memory";
                             case Store::kFiles:
                               return "Files";
                             default:
                               return "FilesWithCache";
                           }
                         });

TEST_P(LogTest, NewLogIsEmpty) {
  EXPECT_EQ(log_->start_offset(), 0);
  EXPECT_EQ(log_->next_offset(), 0);
  EXPECT_EQ(log_->bytes(), 0);
  EXPECT_EQ(log_->running_max_timestamp_ms(), -1);
  EXPECT_TRUE(log_->View().Read(0, {})->batches.empty());
}

TEST_P(LogTest, OffsetsGoOnAcrossBatches) {
  EXPECT_EQ(log_.Append({"a", "b"}), 0);
  EXPECT_EQ(log_.Append({"c"}), 2);
  EXPECT_EQ(log_->next_offset(), 3);
  EXPECT_THAT(log_.Values(), ElementsAre("a", "b", "c"));
}

TEST_P(LogTest, ReadStartsWithTheBatchThatHoldsTheOffset) {
  log_.Append({"a", "b", "c"});
  log_.Append({"d"});
  const auto read = log_->View().Read(1, {});
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->batches.size(), 2u);
  EXPECT_EQ(read->batches[0].base_offset(), 0);
}

TEST_P(LogTest, StoredBatchHasItsOffsetAndEpochZero) {
  log_.Append({"first"});
  std::string bytes = StringOf(BatchOf({"second"}));
  StoreBigEndian<int32_t>(bytes.data() + kLeaderEpochAt, 77);
  ASSERT_TRUE(log_->Append(*Batch::Parse(Buffer::Copy(bytes))).ok());
  const Batch stored = log_->View().Read(1, {})->batches.at(0);
  EXPECT_EQ(stored.base_offset(), 1);
  EXPECT_EQ(stored.header().leader_epoch, 0);
  EXPECT_TRUE(stored.VerifyCrc().ok());
}

TEST_P(LogTest, OutsideItsRangeIsOutOfRange) {
  log_.AppendNumbers(30);
  EXPECT_EQ(log_.ReadError(31), Errc::kOffsetOutOfRange);
  EXPECT_EQ(log_.ReadError(-1), Errc::kOffsetOutOfRange);
  EXPECT_EQ(log_.ReadError(30), Errc::kOk) << "the end is a place to wait at";
  ASSERT_TRUE(log_->TrimTo(15).ok());
  EXPECT_EQ(log_.ReadError(14), Errc::kOffsetOutOfRange);
  EXPECT_EQ(log_.ReadError(15), Errc::kOk);
}

TEST_P(LogTest, EveryOffsetIsFoundInEverySegment) {
  for (int i = 0; i < 60; ++i) log_.Append({std::to_string(2 * i), std::to_string(2 * i + 1)});
  EXPECT_GT(log_->segments().size(), 5u);
  for (Offset offset = 0; offset < 120; ++offset) {
    EXPECT_EQ(log_.Values(offset), Numbers(offset, 120)) << offset;
  }
}

TEST_P(LogTest, MaxBytesStopsBeforeTheBatchThatExceedsIt) {
  log_.AppendNumbers(25);
  const int64_t batch_bytes = log_->View().Read(0, {})->batches[0].header().total_bytes();
  const auto count = [&](int64_t max_bytes, bool at_least_one) {
    return log_->View()
        .Read(0, {.max_bytes = max_bytes, .at_least_one = at_least_one})
        ->batches.size();
  };
  EXPECT_EQ(count(3 * batch_bytes, true), 3u);
  EXPECT_EQ(count(3 * batch_bytes - 1, true), 2u);
  EXPECT_EQ(count(1, true), 1u) << "a batch is never too large to be read";
  EXPECT_EQ(count(1, false), 0u);
  EXPECT_EQ(count(0, true), 1u);
  EXPECT_EQ(count(-5, true), 1u);
  EXPECT_EQ(count(INT64_MAX, true), 25u) << "across segments";
}

TEST_P(LogTest, EndStopsTheRead) {
  log_.AppendNumbers(30);
  const auto read = log_->View().Read(3, {.end = 17});
  EXPECT_EQ(read->batches.size(), 14u);
  EXPECT_EQ(read->batches.back().next_offset(), 17);
  EXPECT_TRUE(log_->View().Read(3, {.end = 3})->batches.empty());
}

TEST_P(LogTest, SmallReadsSeeTheWholeLog) {
  log_.AppendNumbers(100);
  for (const int64_t max_bytes : {1, 100, 150, 1000, 5000}) {
    EXPECT_EQ(ReadValues(log_->View(), 0, {.max_bytes = max_bytes}), Numbers(0, 100));
  }
}

TEST_P(LogTest, RollsBeforeTheSegmentGrowsPastItsSize) {
  std::vector<SegmentInfo> sealed;
  for (int i = 0; i < 50; ++i) {
    const auto append = log_.TryAppend({"0123456789"}, 1000 + i);
    ASSERT_TRUE(append.ok());
    if (append->sealed) sealed.push_back(*append->sealed);
  }
  const std::vector<SegmentInfo> segments = log_->segments();
  ASSERT_EQ(sealed.size() + 1, segments.size());
  int64_t bytes = 0;
  for (size_t i = 0; i < segments.size(); ++i) {
    EXPECT_LE(segments[i].bytes, 700);
    EXPECT_EQ(segments[i].max_timestamp_ms, 1000 + segments[i].next_offset - 1);
    bytes += segments[i].bytes;
    if (i == 0) continue;
    EXPECT_EQ(segments[i].base_offset, segments[i - 1].next_offset);
    EXPECT_EQ(sealed[i - 1].base_offset, segments[i - 1].base_offset);
    EXPECT_EQ(sealed[i - 1].next_offset, segments[i - 1].next_offset);
  }
  EXPECT_EQ(log_->bytes(), bytes);
}

TEST_P(LogTest, BatchLargerThanASegmentGetsItsOwn) {
  log_.Append({"small"});
  log_.Append({std::string(5000, 'x')});
  log_.Append({"small again"});
  EXPECT_EQ(log_->segments().size(), 3u);
  EXPECT_THAT(log_.Values(), ElementsAre("small", std::string(5000, 'x'), "small again"));
}

TEST_P(LogTest, RollSealsOnlyWhatIsThere) {
  EXPECT_EQ(*log_->Roll(), std::nullopt);
  log_.Append({"a"}, 500);
  const auto sealed = log_->Roll();
  ASSERT_TRUE(sealed.ok() && sealed->has_value());
  EXPECT_EQ((*sealed)->next_offset, 1);
  EXPECT_EQ((*sealed)->running_max_timestamp_ms, 500);
  EXPECT_EQ(*log_->Roll(), std::nullopt);
  EXPECT_EQ(log_->segments().size(), 2u);
  log_.Append({"b"});
  EXPECT_THAT(log_.Values(), ElementsAre("a", "b"));
}

TEST_P(LogTest, ReopenedLogIsTheSame) {
  for (int round = 0; round < 5; ++round) {
    log_.AppendNumbers(17);
    const int64_t bytes = log_->bytes();
    const size_t segments = log_->segments().size();
    log_.Reopen();
    EXPECT_EQ(log_->bytes(), bytes);
    EXPECT_EQ(log_->segments().size(), segments);
    EXPECT_EQ(log_.report().torn_bytes, 0);
    EXPECT_THAT(log_.report().damage, IsEmpty());
    EXPECT_EQ(log_.Values(), Numbers(0, 17 * (round + 1)));
  }
}

TEST_P(LogTest, TrimRemovesSegmentsWhollyBelow) {
  log_.AppendNumbers(50);
  const std::vector<SegmentInfo> before = log_->segments();
  const Offset inside = before[2].base_offset + 1;
  const auto removed = log_->TrimTo(inside);
  ASSERT_TRUE(removed.ok());
  ASSERT_EQ(removed->size(), 2u);
  EXPECT_EQ((*removed)[1].next_offset, before[1].next_offset);
  EXPECT_EQ(log_->start_offset(), inside);
  EXPECT_EQ(log_.Values(), Numbers(inside, 50));
  ASSERT_TRUE(log_.Upkeep().ok());
  EXPECT_FALSE(fs_->Exists(log_.Path(0)));
  EXPECT_FALSE(fs_->Exists(log_.Path(0, kIndexSuffix)));

  log_.Reopen();  // the start within a segment is the owner's to remember
  EXPECT_EQ(log_->start_offset(), before[2].base_offset);
  ASSERT_TRUE(log_->TrimTo(inside)->empty());
  EXPECT_EQ(log_.Values(), Numbers(inside, 50));
}

TEST_P(LogTest, TrimToTheEndGivesAllBytesBack) {
  log_.AppendNumbers(25);
  const size_t segments = log_->segments().size();
  const auto removed = log_->TrimTo(25);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->size(), segments);
  EXPECT_EQ(log_->bytes(), 0);
  EXPECT_EQ(log_->start_offset(), 25);
  EXPECT_THAT(log_.Values(), IsEmpty());
  ASSERT_TRUE(log_.Upkeep().ok());
  log_.Reopen();
  EXPECT_EQ(log_->start_offset(), 25);
  EXPECT_EQ(log_.Append({"25"}), 25);
  EXPECT_THAT(log_.Values(), ElementsAre("25"));
}

TEST_P(LogTest, TrimBackwardsIsNothingAndPastTheEndAnError) {
  log_.AppendNumbers(5);
  ASSERT_TRUE(log_->TrimTo(3).ok());
  EXPECT_TRUE(log_->TrimTo(1)->empty());
  EXPECT_EQ(log_->start_offset(), 3);
  EXPECT_EQ(CodeOf(log_->TrimTo(6).status()), Errc::kOffsetOutOfRange);
}

TEST_P(LogTest, EmptyLogCanBeContinuedElsewhere) {
  ASSERT_TRUE(log_->StartAt(1000).ok());
  EXPECT_EQ(log_->start_offset(), 1000);
  EXPECT_EQ(log_->next_offset(), 1000);
  log_.Reopen();
  EXPECT_EQ(log_.Append({"here"}), 1000);
  EXPECT_THAT(log_.Values(), ElementsAre("here"));
  EXPECT_EQ(CodeOf(log_->StartAt(2000)), Errc::kInvalidArgument) << "it is not empty";
  ASSERT_TRUE(log_->TrimTo(1001).ok());
  EXPECT_EQ(CodeOf(log_->StartAt(1000)), Errc::kInvalidArgument) << "that would be backwards";
  EXPECT_TRUE(log_->StartAt(1001).ok());
  EXPECT_TRUE(log_->StartAt(5000).ok());
  EXPECT_EQ(log_.Append({"there"}), 5000);
  log_.Reopen();
  EXPECT_EQ(log_->start_offset(), 5000);
  EXPECT_THAT(log_.Values(), ElementsAre("there"));
}

TEST_P(LogTest, EmptyBatchIsRefused) {
  EXPECT_EQ(CodeOf(log_->Append(Batch()).status()), Errc::kInvalidBatch);
}

// ---- Time

TEST_P(LogTest, RunningMaximumIsThatOfEverythingBefore) {
  const std::vector<int64_t> times = {100, 50, 300, 200, 200, 400, 10, 500};
  for (int round = 0; round < 8; ++round) {
    for (const int64_t time : times) log_.Append({"0123456789"}, time + 1000 * round);
  }
  int64_t expected = -1;
  for (Offset offset = 0; offset < log_->next_offset(); ++offset) {
    const auto read = log_->View().Read(offset, {.max_bytes = 1});
    EXPECT_EQ(read->running_max_timestamp_ms, expected) << offset;
    expected = std::max(expected, read->batches[0].header().max_timestamp_ms);
  }
  EXPECT_EQ(log_->running_max_timestamp_ms(), expected);
  EXPECT_EQ(log_->View().Read(log_->next_offset(), {})->running_max_timestamp_ms, expected);
}

TEST_P(LogTest, RunningMaximumOutlivesTheSegmentsItCameFrom) {
  log_.Append({"early, but with a late time"}, 9000);
  for (int i = 0; i < 40; ++i) log_.Append({"0123456789"}, 100 + i);
  const Offset start = log_->segments()[2].base_offset;
  ASSERT_TRUE(log_->TrimTo(start).ok());
  ASSERT_TRUE(log_.Upkeep().ok());
  log_.Reopen();
  EXPECT_EQ(log_->start_offset(), start);
  EXPECT_EQ(log_->running_max_timestamp_ms(), 9000);
  EXPECT_EQ(log_->View().Read(start, {})->running_max_timestamp_ms, 9000);
  ASSERT_TRUE(log_->TrimTo(log_->next_offset()).ok());
  ASSERT_TRUE(log_.Upkeep().ok());
  log_.Reopen();
  EXPECT_EQ(log_->start_offset(), log_->next_offset());
  EXPECT_EQ(log_->running_max_timestamp_ms(), 9000) << "even of an empty log";
  ASSERT_TRUE(log_->StartAt(5000).ok());
  log_.Reopen();
  EXPECT_EQ(log_->running_max_timestamp_ms(), 9000);
}

TEST_P(LogTest, SeekTimestampIsBeforeTheFirstRecordOfThatTime) {
  for (int i = 0; i < 200; ++i) log_.Append({std::to_string(i)}, 1000 + 10 * (i / 3));
  for (int round = 0; round < 2; ++round) {
    const LogView view = log_->View();
    for (int64_t time = 900; time < 1800; time += 5) {
      const int64_t index = std::clamp<int64_t>((time - 1000 + 9) / 10 * 3, 0, 200);
      const Offset found = view.SeekTimestamp(time);
      EXPECT_LE(found, index) << time;
      EXPECT_GE(found + 8, index) << time << ": an index step, not the whole log";
    }
    log_.Reopen();
  }
}

TEST_P(LogTest, SeekTimestampStaysWithinTheLog) {
  EXPECT_EQ(log_->View().SeekTimestamp(5), 0);
  for (int i = 0; i < 50; ++i) log_.Append({"0123456789"}, 1000 + i);
  ASSERT_TRUE(log_->TrimTo(33).ok());
  EXPECT_EQ(log_->View().SeekTimestamp(0), 33);
  EXPECT_EQ(log_->View().SeekTimestamp(INT64_MIN), 33);
  EXPECT_LE(log_->View().SeekTimestamp(INT64_MAX), 50);
  EXPECT_GE(log_->View().SeekTimestamp(INT64_MAX), 42);
}

// ---- Views

TEST_P(LogTest, ViewDoesNotSeeLaterAppends) {
  log_.AppendNumbers(5);
  const LogView view = log_->View();
  log_.AppendNumbers(50);
  EXPECT_EQ(view.next_offset(), 5);
  EXPECT_EQ(ReadValues(view, 0), Numbers(0, 5));
  EXPECT_EQ(CodeOf(view.Read(6, {}).status()), Errc::kOffsetOutOfRange);
}

TEST_P(LogTest, ViewOutlivesTrimAndLog) {
  log_.AppendNumbers(60);
  const LogView view = log_->View();
  ASSERT_TRUE(log_->TrimTo(60).ok());
  EXPECT_EQ(ReadValues(view, 0), Numbers(0, 60));
  log_.Close();
  EXPECT_EQ(ReadValues(view, 0), Numbers(0, 60));
  EXPECT_EQ(view.start_offset(), 0);
  EXPECT_GE(view.SeekTimestamp(1000), 0);
}

TEST_P(LogTest, ManyViewsOfManyAgesAgree) {
  std::vector<LogView> views;
  for (int i = 0; i < 60; ++i) {
    views.push_back(log_->View());
    log_.AppendNumbers(1);
    if (i % 10 == 9) ASSERT_TRUE(log_->TrimTo(i - 5).ok());
  }
  for (const LogView& view : views) {
    EXPECT_EQ(ReadValues(view, view.start_offset()),
              Numbers(view.start_offset(), view.next_offset()));
  }
}

TEST_P(LogTest, EmptyViewReadsNothing) {
  const LogView view;
  EXPECT_EQ(view.next_offset(), 0);
  EXPECT_TRUE(view.Read(0, {})->batches.empty());
  EXPECT_EQ(CodeOf(view.Read(1, {}).status()), Errc::kOffsetOutOfRange);
  EXPECT_EQ(view.SeekTimestamp(5), 0);
}

// ---- Particular to one store

TEST(LogInMemory, ReadsAreSlicesOfWhatWasAppended) {
  auto fs = FileSystem::Memory();
  LogFixture log(*fs);
  const Batch batch = BatchOf({std::string(2000, 'x')});
  ASSERT_TRUE(log->Append(batch).ok());
  EXPECT_EQ(log->View().Read(0, {})->batches[0].bytes().data(), batch.bytes().data());
}

TEST(LogInMemory, BudgetRefusesAppendsUntilTrimmed) {
  auto fs = FileSystem::Memory(20000);
  LogFixture log(*fs, {.segment_bytes = 2000});
  absl::Status status;
  while (status.ok()) status = log.TryAppend({std::string(500, 'x')}).status();
  EXPECT_EQ(CodeOf(status), Errc::kOutOfMemory);
  const Offset end = log->next_offset();
  EXPECT_GT(end, 25);
  EXPECT_EQ(CodeOf(log.TryAppend({std::string(500, 'x')}).status()), Errc::kOutOfMemory);
  EXPECT_EQ(log->next_offset(), end);
  EXPECT_EQ(log.Values().size(), static_cast<size_t>(end));
  ASSERT_TRUE(log->TrimTo(end / 2).ok());
  EXPECT_EQ(log.Append({std::string(500, 'x')}), end);
}

TEST(LogWithCache, TailIsServedWithoutTheFile) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, {.segment_bytes = 1 << 20, .tail_cache_bytes = 1 << 16});
  log.AppendNumbers(20);
  for (uint64_t byte = 0; byte < 1000; byte += 50) {
    ASSERT_TRUE(fs->FlipBit(log.Path(0), byte, 0).ok());  // the disk is rotten to the core
  }
  EXPECT_EQ(log.Values(), Numbers(0, 20));
}

TEST(LogWithCache, OlderReadsComeFromTheFile) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, {.segment_bytes = 5000, .tail_cache_bytes = 1500});
  log.AppendNumbers(300);
  for (Offset from = 0; from <= 300; from += 7) EXPECT_EQ(log.Values(from), Numbers(from, 300));
}

TEST(LogOnFiles, OneReadOfTheFileBringsAnyBatch) {
  auto fs = FaultFileSystem::Create(1);
  CountingFileSystem files(*fs);
  LogFixture log(files, {.tail_cache_bytes = 0});
  for (int i = 0; i < 60; ++i) {  // of all sizes from 1 KiB to 60, in one segment
    log.Append({std::string(1024 * static_cast<size_t>(1 + i * 7 % 60), 'x')});
  }
  ASSERT_TRUE(log->View().Read(0, {}).ok());
  for (Offset offset = 0; offset < 60; ++offset) {
    const int64_t before = files.counts().reads;
    ASSERT_EQ(log->View().Read(offset, {.max_bytes = 1})->batches[0].base_offset(), offset);
    EXPECT_EQ(files.counts().reads - before, 1) << offset;
  }
}

TEST(LogOnFiles, ShortReadsOneAfterTheOtherReadTheFileOnce) {
  auto fs = FaultFileSystem::Create(1);
  CountingFileSystem files(*fs);
  LogFixture log(files, {.segment_bytes = 3000, .tail_cache_bytes = 100});
  log.AppendNumbers(100);
  const int64_t before = files.counts().reads;
  for (Offset from = 0; from < 100; ++from) {
    const auto read = log->View().Read(from, {.max_bytes = 3000, .one_segment = true});
    ASSERT_TRUE(read.ok());
    ASSERT_EQ(read->batches[0].base_offset(), from);
    EXPECT_GT(read->next_offset, from);
    const auto whole = log->View().Read(from, {.max_bytes = 1});
    EXPECT_EQ(read->running_max_timestamp_ms, whole->running_max_timestamp_ms);
    EXPECT_EQ(read->batches[0].bytes().view(), whole->batches[0].bytes().view());
  }
  // One for each of the reads that were to be compared with, and few besides.
  EXPECT_LT(files.counts().reads - before, 100 + 10);
}

TEST(LogOnFiles, BatchThatIsNotWantedIsNotRead) {
  auto fs = FaultFileSystem::Create(1);
  CountingFileSystem files(*fs);
  LogFixture log(files, {.tail_cache_bytes = 0});
  for (int i = 0; i < 3; ++i) log.Append({std::string(500 << 10, 'x')});
  const int64_t before = files.counts().read_bytes;
  const auto read = log->View().Read(1, {.max_bytes = 400 << 10, .at_least_one = false});
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->batches.empty());
  EXPECT_LT(files.counts().read_bytes - before, 1000);
}

TEST(LogOnFiles, RepackingWritesNothingWhereNothingChanges) {
  auto fs = FaultFileSystem::Create(1);
  CountingFileSystem files(*fs);
  LogFixture log(files, {.segment_bytes = 300 << 10, .tail_cache_bytes = 0});
  for (int i = 0; i < 10; ++i) log.Append({std::string(60 << 10, 'x')});
  ASSERT_EQ(log->segments().size(), 3u);
  const int64_t before = files.counts().written_bytes;
  ASSERT_TRUE(log.Upkeep({.repack = RepackOptions()}).ok());
  EXPECT_LT(files.counts().written_bytes - before, 10 << 10);  // indexes and manifests
  EXPECT_TRUE(log->segments()[0].repacked);
  EXPECT_TRUE(log->segments()[1].repacked);
  log.Reopen();
  EXPECT_EQ(log.Values().size(), 10u);
}

TEST(LogOnFiles, RepackingKeepsWhatComesBeforeTheFirstChange) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, {.segment_bytes = 300 << 10, .tail_cache_bytes = 0});
  std::vector<std::string> values;
  for (int i = 0; i < 3; ++i) values.push_back(std::string(60 << 10, static_cast<char>('a' + i)));
  for (int i = 0; i < 40; ++i) values.push_back(std::to_string(i));
  for (int i = 0; i < 4; ++i) values.push_back(std::string(60 << 10, static_cast<char>('d' + i)));
  for (const std::string& value : values) log.Append({value});
  ASSERT_EQ(log->segments().size(), 2u);
  ASSERT_TRUE(log.Upkeep({.repack = RepackOptions()}).ok());
  ASSERT_TRUE(log->segments()[0].repacked);
  // The large ones, and one of all small ones between them.
  EXPECT_EQ(log->View().Read(0, {.max_bytes = 1 << 20, .one_segment = true})->batches.size(), 5u);
  EXPECT_EQ(log.Values(), values);
  log.Reopen();
  EXPECT_EQ(log.Values(), values);
}

TEST(LogOnFiles, ManySealedSegmentsStayReadable) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, {.segment_bytes = 80, .tail_cache_bytes = 0});
  log.AppendNumbers(100);  // a segment each, far more than are kept open
  EXPECT_EQ(log->segments().size(), 100u);
  for (int round = 0; round < 3; ++round) EXPECT_EQ(log.Values(), Numbers(0, 100));
  log.Reopen();
  EXPECT_EQ(log.Values(), Numbers(0, 100));
}

}  // namespace
}  // namespace braid::storage
