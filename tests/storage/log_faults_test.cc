// Logs on disks that fail and lose power: nothing that was acknowledged is lost, and nothing is
// half there.
#include <gtest/gtest.h>

#include <random>

#include "braid/testing.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

const LogOptions kTiny{.segment_bytes = 400, .index_interval_bytes = 100, .tail_cache_bytes = 300};

// What the user of a log was told: offsets [start, end) hold the numbers of their offsets.
struct Promise {
  Offset start = 0;
  Offset end = 0;
};

// Appends, rolls and trims until `steps` are done, whatever fails.
void Work(LogFixture& log, Promise& promise, int steps) {
  for (int i = 0; i < steps; ++i) {
    const Offset next = log->next_offset();
    EXPECT_EQ(next, promise.end);
    const auto append = log.TryAppend({std::to_string(next)}, 1000 + next);
    if (append.ok()) {
      EXPECT_EQ(append->base_offset, next);
      promise.end = next + 1;
    } else {
      EXPECT_EQ(log->next_offset(), next) << "a failed append changes nothing";
    }
    if (i % 7 == 6) (void)log->Roll();
    if (i % 11 == 10) {
      const Offset start = promise.start + 5;
      if (log->TrimTo(start).ok()) promise.start = start;
    }
    if (log->upkeep_is_overdue()) (void)log.Upkeep();
    EXPECT_EQ(log.Values(), Numbers(promise.start, promise.end));
  }
}

TEST(LogFaults, FailingAnyOneOperationLosesNothing) {
  int64_t last_operation = 0;
  {
    auto fs = FaultFileSystem::Create(1);
    LogFixture log(*fs, kTiny);
    Promise promise;
    Work(log, promise, 100);
    last_operation = fs->operations();
  }
  ASSERT_GT(last_operation, 100);
  for (int64_t n = 0; n <= last_operation; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    auto fs = FaultFileSystem::Create(static_cast<uint64_t>(n));
    fs->FailOperation(n);
    RecoveryReport ignored;
    if (!Log::Open(*fs, kLogDir, kTiny, &ignored).ok()) continue;  // the failure was in opening
    LogFixture log(*fs, kTiny);
    Promise promise;
    Work(log, promise, 100);
    fs->FailOperation(-1);
    log.Reopen();
    EXPECT_TRUE(log.report().damage.empty()) << log.report().damage[0];
    EXPECT_LE(log->start_offset(), promise.start);
    EXPECT_EQ(log->next_offset(), promise.end);
    EXPECT_EQ(log->running_max_timestamp_ms(), 1000 + promise.end - 1);
    ASSERT_TRUE(log->TrimTo(promise.start).ok());
    EXPECT_EQ(log.Values(), Numbers(promise.start, promise.end));
    log.AppendNumbers(10);
    EXPECT_EQ(log.Values(), Numbers(promise.start, promise.end + 10));
  }
}

TEST(LogFaults, FailingAnyOneOperationOfOpeningLosesNothing) {
  for (int64_t n = 0; n < 20; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    auto fs = FaultFileSystem::Create(static_cast<uint64_t>(n));
    LogFixture log(*fs, kTiny);
    log.AppendNumbers(30);
    ASSERT_TRUE(log.Upkeep().ok());
    log.AppendNumbers(15);
    log.Close();
    ASSERT_TRUE(fs->Remove(log.Path(0, kIndexSuffix)).ok());  // work for the opening
    log.SetContents(log.Path(log.Files().size() + 1000, ".bindex.tmp"), "leftover");
    fs->FailOperation(n);
    (void)log.TryReopen();
    fs->FailOperation(-1);
    log.Reopen();
    EXPECT_EQ(log.Values(), Numbers(0, 45));
  }
}

TEST(LogFaults, WriteThatFailsTogetherWithItsRepairIsMendedLater) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    auto fs = FaultFileSystem::Create(seed);
    LogFixture log(*fs, {.segment_bytes = 100000});
    log.AppendNumbers(3);
    fs->FailOperation(0);
    EXPECT_FALSE(log.TryAppend({"lost"}).ok());
    log.AppendNumbers(3);
    log.Reopen();
    EXPECT_EQ(log.report().torn_bytes, 0);
    EXPECT_EQ(log.Values(), Numbers(0, 6));
  }
}

TEST(LogFaults, SealOfARollWhoseAppendFailedIsReportedByTheNext) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, kTiny);
  while (log->bytes() + 80 < kTiny.segment_bytes) log.AppendNumbers(1);
  fs->FailOperation(1);  // the roll makes one file; then the append
  ASSERT_FALSE(log.TryAppend({std::string(100, 'x')}).ok());
  ASSERT_EQ(log->segments().size(), 2u) << "it did roll";
  const auto append = log.TryAppend({"next"});
  ASSERT_TRUE(append.ok());
  ASSERT_TRUE(append->sealed.has_value());
  EXPECT_EQ(append->sealed->base_offset, 0);
  EXPECT_FALSE(log.TryAppend({"again"})->sealed.has_value());
}

// The manifest that lists a repacked segment may find no room. The one in force lists the segments
// that it replaces: those must not go to make some.
TEST(LogFaults, FullDiskTakesNoSegmentThatTheManifestNeeds) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, kTiny);
  log.AppendNumbers(40);
  ASSERT_TRUE(log.Upkeep().ok());
  std::optional<LogWork> repack = log->PrepareWork({.repack = RepackOptions()});
  ASSERT_TRUE(repack.has_value());
  ASSERT_TRUE(log->FinishWork(*std::move(repack), repack->Run()).ok());
  fs->SetFaults({.room_bytes = 0});
  EXPECT_EQ(CodeOf(log.Upkeep()), Errc::kOutOfSpace);
  fs->SetFaults({});
  log.Reopen();
  EXPECT_TRUE(log.report().damage.empty());
  EXPECT_EQ(log.Values(), Numbers(0, 40));
}

// What a failed write left is cut off. A power cut that brings it back, into a segment that was
// closed since, must not end the log there.
TEST(LogFaults, CutOfAFailedWriteLastsOnceTheSegmentIsClosed) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    auto fs = FaultFileSystem::Create(seed);
    LogFixture log(*fs, kTiny);
    ASSERT_TRUE(fs->SyncDir("").ok());  // its owner's part
    log.AppendNumbers(3);
    ASSERT_TRUE(log->PrepareSync().Run().ok());
    fs->SetFaults({.short_write = 1});
    EXPECT_FALSE(log.TryAppend({std::string(100, 'x')}).ok());
    fs->SetFaults({});
    ASSERT_TRUE(log->Roll().ok());
    log.AppendNumbers(3);
    ASSERT_TRUE(log->PrepareSync().Run().ok());
    fs->Crash();
    log.Reopen();
    EXPECT_EQ(log.Values(), Numbers(0, 6)) << "seed " << seed;
  }
}

// An opening sets aside what lies behind a tear, and dies before that lasts; the next one finds no
// tear any more.
TEST(LogFaults, WhatADeadOpeningSetAsideDoesNotComeBack) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    auto fs = FaultFileSystem::Create(seed);
    LogFixture log(*fs, kTiny);
    ASSERT_TRUE(fs->SyncDir("").ok());  // its owner's part
    log.AppendNumbers(4);
    ASSERT_TRUE(log->Roll().ok());
    log.AppendNumbers(2);
    ASSERT_TRUE(log->PrepareSync().Run().ok());
    log.Damage(log.Path(0), log.Contents(log.Path(0)).size() - 1);  // the end of the first segment
    fs->FailOperation(static_cast<int64_t>(seed % 5));              // cut, set aside, made durable
    (void)log.TryReopen();
    fs->FailOperation(-1);
    log.Reopen();
    log.AppendNumbers(3);
    fs->Crash();
    log.Reopen();
    EXPECT_EQ(log.Values(), Numbers(0, log->next_offset())) << "seed " << seed;
    EXPECT_GE(log->next_offset(), 3) << "seed " << seed;
  }
}

// A disk that writes sectors in any order leaves holes, with whole batches behind them: there the
// log ends, as at any other tear.
TEST(LogFaults, HolesOfAReorderingDiskAreTears) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    auto fs = FaultFileSystem::Create(seed);
    fs->SetFaults({.reorder = true});
    LogFixture log(*fs, {.segment_bytes = 100000, .tail_cache_bytes = 0});
    ASSERT_TRUE(fs->SyncDir("").ok());  // its owner's part
    log.AppendNumbers(5);
    ASSERT_TRUE(log->PrepareSync().Run().ok());
    for (int i = 0; i < 40; ++i) log.Append({std::to_string(log->next_offset())});
    fs->Crash();
    log.Reopen();
    EXPECT_TRUE(log.report().damage.empty()) << "seed " << seed << ": " << log.report().damage[0];
    EXPECT_GE(log->next_offset(), 5) << "seed " << seed;
    EXPECT_EQ(log.Values(), Numbers(0, log->next_offset())) << "seed " << seed;
  }
}

TEST(LogFaults, UpkeepThatFailsAnywhereIsDoneAgain) {
  int64_t operations = 100;  // counted by the first round, in which nothing fails
  for (int64_t n = -1; n < operations; ++n) {
    SCOPED_TRACE("operation " + std::to_string(n));
    auto fs = FaultFileSystem::Create(static_cast<uint64_t>(n + 1));
    LogFixture log(*fs, {.segment_bytes = 400, .index_interval_bytes = 100});
    log.AppendNumbers(30);
    ASSERT_TRUE(log->TrimTo(12).ok());
    const int64_t before = fs->operations();
    fs->FailOperation(n);
    (void)log.Upkeep({.repack = RepackOptions()});
    if (n < 0) operations = fs->operations() - before;
    fs->FailOperation(-1);
    EXPECT_EQ(log.Values(), Numbers(12, 30));
    const bool sync_failed = !log->PrepareSync().Run().ok();  // then the log has stopped
    if (!sync_failed) {
      ASSERT_TRUE(log.Upkeep({.repack = RepackOptions()}).ok());
      EXPECT_FALSE(fs->Exists(log.Path(0))) << "trimmed";
    }
    log.Reopen();
    ASSERT_TRUE(log.report().damage.empty()) << log.report().damage[0];
    ASSERT_TRUE(log->TrimTo(12).ok());
    EXPECT_EQ(log.Values(), Numbers(12, 30));
  }
  EXPECT_GT(operations, 15);
}

// ---- Sync

TEST(LogSyncing, NothingNewIsNothingToDo) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, kTiny);
  log.AppendNumbers(3);
  ASSERT_TRUE(log->PrepareSync().Run().ok());
  const int64_t operations = fs->operations();
  LogSync sync = log->PrepareSync();
  EXPECT_EQ(sync.end_offset(), 3);
  ASSERT_TRUE(sync.Run().ok());
  EXPECT_EQ(fs->operations(), operations);
}

TEST(LogSyncing, EmptyOneIsOk) {
  LogSync sync;
  EXPECT_TRUE(sync.Run().ok());
  EXPECT_EQ(sync.end_offset(), 0);
}

TEST(LogSyncing, FailedSyncStopsTheLogAndSaysSo) {
  for (int64_t n = 0; n < 12; ++n) {
    auto fs = FaultFileSystem::Create(static_cast<uint64_t>(n));
    LogFixture log(*fs, {.segment_bytes = 400, .index_interval_bytes = 100});
    ASSERT_TRUE(fs->SyncDir("").ok());
    log.AppendNumbers(12);  // several segments
    fs->FailOperation(n);
    const absl::Status first = log->PrepareSync().Run();
    fs->FailOperation(-1);
    if (first.ok()) continue;  // there was less to do
    EXPECT_EQ(log.TryAppend({"more"}).status(), first) << "nobody knows what is on the disk";
    EXPECT_EQ(log->PrepareSync().Run(), first) << "and trying again would not tell";
    EXPECT_EQ(log->PrepareWork({}), std::nullopt);
    EXPECT_EQ(log.Values(), Numbers(0, 12)) << "what was written can be read";
    log.Reopen();
    EXPECT_EQ(log.Append({"12"}), 12) << "a new life starts from what is there";
    ASSERT_TRUE(log->PrepareSync().Run().ok());
    log.Close();
    fs->Crash();
    log.Reopen();
    EXPECT_EQ(log.Values(), Numbers(0, 13));
  }
}

TEST(LogSyncing, RunsWhileTheLogMovesOn) {
  auto fs = FaultFileSystem::Create(3);
  LogFixture log(*fs, kTiny);
  ASSERT_TRUE(fs->SyncDir("").ok());
  log.AppendNumbers(5);
  LogSync sync = log->PrepareSync();
  log.AppendNumbers(30);              // rolls
  ASSERT_TRUE(log->TrimTo(20).ok());  // removes what was to be synced
  ASSERT_TRUE(log.Upkeep().ok());     // and its files
  ASSERT_TRUE(sync.Run().ok());
  EXPECT_EQ(log.Values(), Numbers(20, 35));
  log.Reopen();
  EXPECT_EQ(log->next_offset(), 35);
  EXPECT_GT(log->start_offset(), 10) << "syncing did not bring removed files back";
}

// ---- Power cuts

// Random work with syncs here and there, then a power cut: all that was synced is there, in order,
// and what else is there is a prefix of the rest.
void RunUntilPowerCut(uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  auto fs = FaultFileSystem::Create(seed);
  LogFixture log(*fs, kTiny);
  ASSERT_TRUE(fs->SyncDir("").ok());  // the directory above the log is its owner's
  Promise synced;
  Offset start = 0;
  int64_t synced_max = -1;
  for (int life = 0; life < 4; ++life) {
    const int steps = static_cast<int>(random() % 60);
    for (int i = 0; i < steps; ++i) {
      switch (random() % 10) {
        case 0: {
          LogSync sync = log->PrepareSync();
          ASSERT_TRUE(sync.Run().ok());
          synced.end = sync.end_offset();
          synced_max = log->running_max_timestamp_ms();
          break;
        }
        case 1:
          ASSERT_TRUE(log->Roll().ok());
          break;
        case 2: {
          const Offset end = log->next_offset();
          const Offset to = std::min<Offset>(end, start + static_cast<Offset>(random() % 6));
          ASSERT_TRUE(log->TrimTo(to).ok());
          start = std::max(start, to);
          break;
        }
        case 3: {
          WorkOptions options;
          if (random() % 2 == 0) options.repack = RepackOptions{.codec = Codec::kNone};
          ASSERT_TRUE(log.Upkeep(options).ok());
          break;
        }
        default:
          log.AppendNumbers(1);
      }
    }
    const Offset end = log->next_offset();
    const Offset durable = log->durable_offset();
    log.Close();
    fs->Crash();
    log.Reopen();
    ASSERT_TRUE(log.report().damage.empty()) << log.report().damage[0];
    ASSERT_GE(log->next_offset(), std::max(synced.end, durable));
    ASSERT_LE(log->next_offset(), end);
    ASSERT_GE(log->running_max_timestamp_ms(), synced_max);
    start = std::min(start, log->next_offset());
    ASSERT_TRUE(log->TrimTo(start).ok());
    start = std::max(start, log->start_offset());
    ASSERT_EQ(log.Values(), Numbers(start, log->next_offset()));
    LogSync sync = log->PrepareSync();  // a second cut right away must not lose what was found
    ASSERT_TRUE(sync.Run().ok());
    synced.end = sync.end_offset();
    synced_max = log->running_max_timestamp_ms();
  }
}

class LogPowerCut : public ::testing::TestWithParam<int> {};

TEST_P(LogPowerCut, KeepsWhatWasSynced) {
  for (int i = 0; i < 100; ++i) {
    RunUntilPowerCut(static_cast<uint64_t>(GetParam() * 100 + i));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LogPowerCut, ::testing::Range(0, 10));

}  // namespace
}  // namespace braid::storage
