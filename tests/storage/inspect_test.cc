#include "storage/inspect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "braid/testing.h"
#include "storage/audit.h"
#include "storage/manifest.h"
#include "storage/salvage.h"
#include "storage/segment_index.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Names(const std::vector<Finding>& findings) {
  std::string names;
  for (const Finding& finding : findings) {
    names += std::string(FaultName(finding.fault)) + " ";
  }
  return names;
}

// Three sealed segments of 10 batches each and a tail of 5, one record a batch; a file system that
// is not in memory, so that indexes and manifests are what they are on disk.
class InspectTest : public testing::Test {
 protected:
  InspectTest() {
    for (int segment = 0; segment < 3; ++segment) {
      log_.AppendNumbers(10);
      EXPECT_TRUE(log_->Roll().ok());
    }
    log_.AppendNumbers(5);
    EXPECT_TRUE(log_.Upkeep().ok());
    batch_bytes_ = log_.Contents(log_.Path(10)).size() / 10;  // of two digits each
  }

  std::vector<std::string> States() {
    std::vector<std::string> states;
    const absl::StatusOr<LogFiles> files = ListLog(*fs_, kLogDir);
    EXPECT_TRUE(files.ok()) << files.status();
    for (const SegmentFile& segment : files->segments) {
      states.push_back(std::to_string(segment.name.base_offset) + " " +
                       std::string(SegmentStateName(segment.state)));
    }
    return states;
  }
  Audit Audited() {
    absl::StatusOr<Audit> audit = AuditLog(*fs_, kLogDir);
    EXPECT_TRUE(audit.ok()) << audit.status();
    return *std::move(audit);
  }

  std::unique_ptr<FaultFileSystem> fs_ = FaultFileSystem::Create(1);
  LogFixture log_{*fs_, {.index_interval_bytes = 200, .tail_cache_bytes = 0}};
  size_t batch_bytes_ = 0;
};

TEST_F(InspectTest, SegmentsAreWhatTheManifestSays) {
  EXPECT_THAT(States(), ElementsAre("0 sealed", "10 sealed", "20 sealed", "30 tail"));
  ASSERT_TRUE(log_.Upkeep({.repack = RepackOptions{}}).ok());
  EXPECT_THAT(States(), ElementsAre("0 repacked", "30 tail"));
}

TEST_F(InspectTest, LeftoversAndMissingFilesAreTold) {
  ASSERT_TRUE(fs_->Remove(log_.Path(10)).ok());
  log_.SetContents(SegmentPath(kLogDir, 20, 7, kLogSuffix), "half a repack");
  log_.SetContents(SegmentPath(kLogDir, 35, ".log.lost"), "lost");
  log_.SetContents(std::string(kLogDir) + "/MANIFEST.tmp", "half");
  EXPECT_THAT(States(), ElementsAre("0 sealed", "10 missing", "20 sealed", "30 tail", "20 leftover",
                                    "35 aside"));
  const Audit audit = Audited();
  EXPECT_EQ(Names(audit.findings), "missing ");
  EXPECT_EQ(audit.leftovers.size(), 3u);
}

TEST_F(InspectTest, NothingIsWritten) {
  log_.SetContents(std::string(kLogDir) + "/MANIFEST.tmp", "half");
  ASSERT_TRUE(fs_->Remove(log_.Path(10, kIndexSuffix)).ok());
  const std::vector<std::string> before = log_.Files();
  Audited();
  States();
  EXPECT_EQ(log_.Files(), before);
}

TEST_F(InspectTest, HeaderWalkSeesWhatTheWholeWalkSees) {
  const absl::StatusOr<LogFiles> files = ListLog(*fs_, kLogDir);
  ASSERT_TRUE(files.ok());
  for (const WalkDepth depth : {WalkDepth::kHeaders, WalkDepth::kBatches}) {
    std::vector<Offset> bases;
    const auto walk = WalkSegment(*fs_, files->segments[1], depth, [&](const WalkedBatch& next) {
      EXPECT_EQ(next.position, bases.size() * batch_bytes_);
      bases.push_back(next.header.base_offset);
      return absl::OkStatus();
    });
    ASSERT_TRUE(walk.ok());
    EXPECT_THAT(bases, ElementsAre(10, 11, 12, 13, 14, 15, 16, 17, 18, 19));
    EXPECT_EQ(walk->next_offset, 20);
    EXPECT_THAT(walk->damage, IsEmpty());
  }
}

TEST_F(InspectTest, WholeLogIsClean) {
  const Audit audit = Audited();
  EXPECT_TRUE(audit.clean()) << Names(audit.findings);
  EXPECT_EQ(audit.segments, 4);
  EXPECT_EQ(audit.batches, 35);
  EXPECT_EQ(audit.records, 35);
}

TEST_F(InspectTest, RepackedLogWithTheDeadGoneIsClean) {
  RepackOptions repack;
  repack.is_dead = [](Offset offset) { return offset % 3 == 0; };
  repack.count_dead = [](Offset begin, Offset end) { return (end + 2) / 3 - (begin + 2) / 3; };
  ASSERT_TRUE(log_.Upkeep({.repack = repack}).ok());
  const Audit audit = Audited();
  EXPECT_TRUE(audit.clean()) << Names(audit.findings) << audit.findings.front().what;
  EXPECT_EQ(audit.records, 25);
}

TEST_F(InspectTest, DamageIsFoundWhereItIs) {
  log_.Damage(log_.Path(10), 3 * batch_bytes_ + kBatchHeaderBytes + 2);
  const Audit audit = Audited();
  ASSERT_EQ(Names(audit.findings), "damage ");
  EXPECT_EQ(audit.findings[0].file, log_.Path(10));
  EXPECT_EQ(audit.findings[0].position, 3 * batch_bytes_);
  EXPECT_EQ(audit.findings[0].bytes, batch_bytes_);
  EXPECT_EQ(audit.findings[0].offsets, (OffsetRange{13, 14}));
}

TEST_F(InspectTest, DamageAtTheEndOfASealedSegmentIsNotTakenForATear) {
  log_.Damage(log_.Path(10), 9 * batch_bytes_ + kBatchHeaderBytes + 2);
  const Audit audit = Audited();
  ASSERT_EQ(Names(audit.findings), "damage ");
  EXPECT_EQ(audit.findings[0].offsets, (OffsetRange{19, 20}));
}

TEST_F(InspectTest, EveryByteOfASealedSegmentIsGuarded) {
  const std::string good = log_.Contents(log_.Path(10));
  for (size_t at = 0; at < good.size(); ++at) {
    if (at % batch_bytes_ >= kLeaderEpochAt && at % batch_bytes_ < kMagicAt) continue;  // unguarded
    log_.Damage(log_.Path(10), at);
    EXPECT_FALSE(Audited().clean()) << at;
    log_.SetContents(log_.Path(10), good);
  }
}

TEST_F(InspectTest, WhatReadersPassOverIsStillReported) {
  log_.Damage(log_.Path(10), 3 * batch_bytes_ + kBatchHeaderBytes + 2);
  EXPECT_EQ(log_.Values(10)[3], "<lost>");
  ASSERT_EQ(log_->TakeDamage().size(), 1u);
  ASSERT_TRUE(log_.Upkeep().ok());
  EXPECT_EQ(Names(Audited().findings), "lost ");
}

TEST_F(InspectTest, TailThatEndsInNoBatchIsTorn) {
  log_.SetContents(log_.Path(30), log_.Contents(log_.Path(30)) + "half a batch");
  const Audit audit = Audited();
  ASSERT_EQ(Names(audit.findings), "torn ");
  EXPECT_EQ(audit.findings[0].position, 5 * batch_bytes_);
  EXPECT_EQ(audit.findings[0].bytes, 12u);
}

TEST_F(InspectTest, GapInTheTailIsReported) {
  ASSERT_TRUE(fs_->Rename(log_.Path(30), log_.Path(31)).ok());
  EXPECT_THAT(Names(Audited().findings), testing::HasSubstr("order"));
}

TEST_F(InspectTest, ManifestAndIndexesAreCompared) {
  ASSERT_TRUE(fs_->Remove(log_.Path(0, kIndexSuffix)).ok());
  log_.Damage(log_.Path(10, kIndexSuffix), 70);
  log_.SetContents(log_.Path(20, kIndexSuffix),
                   EncodeIndexFile({.base_offset = 20, .next_offset = 30}, {}));
  EXPECT_EQ(Names(Audited().findings), "index index index ");
  log_.Damage(std::string(kLogDir) + "/MANIFEST", 20);
  EXPECT_EQ(Names(Audited().findings), "manifest ");
}

TEST_F(InspectTest, RepackedSegmentsWithoutAManifestAreNotTakenForLeftovers) {
  ASSERT_TRUE(log_.Upkeep({.repack = RepackOptions{}}).ok());
  ASSERT_TRUE(fs_->Remove(std::string(kLogDir) + "/MANIFEST").ok());
  EXPECT_THAT(States(), ElementsAre("0 repacked", "30 tail"));
  EXPECT_EQ(Names(Audited().findings), "manifest ");
  EXPECT_EQ(SalvageLog(*fs_, kLogDir, "out")->records, 35);
}

TEST_F(InspectTest, ManifestThatSaysOtherThanTheSegmentIsFound) {
  auto manifest = ReadManifest(*fs_, kLogDir);
  ASSERT_TRUE(manifest.ok());
  manifest->sealed[1].max_timestamp_ms += 5;
  ASSERT_TRUE(WriteManifest(*fs_, kLogDir, *manifest).ok());
  EXPECT_THAT(Names(Audited().findings), testing::StartsWith("manifest manifest "));
}

// --- Salvage ---

class SalvageTest : public InspectTest {
 protected:
  static constexpr char kOut[] = "out";
  Salvage Salvaged() {
    absl::StatusOr<Salvage> salvage = SalvageLog(*fs_, kLogDir, kOut);
    EXPECT_TRUE(salvage.ok()) << salvage.status();
    return *std::move(salvage);
  }
  std::vector<std::string> SalvagedValues() {
    const auto log = Log::Open(*fs_, kOut, {}, nullptr);
    EXPECT_TRUE(log.ok()) << log.status();
    return ReadValues((*log)->View(), (*log)->start_offset());
  }
};

TEST_F(SalvageTest, WholeLogIsCopied) {
  const Salvage salvage = Salvaged();
  EXPECT_THAT(salvage.lost, IsEmpty());
  EXPECT_EQ(salvage.next_offset, 35);
  EXPECT_EQ(SalvagedValues(), Numbers(0, 35));
  EXPECT_TRUE(AuditLog(*fs_, kOut)->clean());
}

TEST_F(SalvageTest, OriginalIsLeftAlone) {
  log_.Damage(log_.Path(10), 3 * batch_bytes_ + 40);
  const std::vector<std::string> names = log_.Files();
  const std::string bytes = log_.Contents(log_.Path(10));
  Salvaged();
  EXPECT_EQ(log_.Files(), names);
  EXPECT_EQ(log_.Contents(log_.Path(10)), bytes);
}

TEST_F(SalvageTest, BatchesBehindDamageKeepTheirOffsets) {
  log_.Damage(log_.Path(10), 3 * batch_bytes_ + 40);
  ASSERT_TRUE(fs_->Remove(log_.Path(20)).ok());
  const Salvage salvage = Salvaged();
  ASSERT_EQ(salvage.lost.size(), 2u);
  EXPECT_EQ(salvage.lost[0].offsets, (OffsetRange{13, 14}));
  EXPECT_EQ(salvage.lost[0].position, 3 * batch_bytes_);
  EXPECT_EQ(salvage.lost[1].offsets, (OffsetRange{20, 30}));
  std::vector<std::string> expected = Numbers(0, 13);
  for (const std::string& value : Numbers(14, 20)) expected.push_back(value);
  for (const std::string& value : Numbers(30, 35)) expected.push_back(value);
  EXPECT_EQ(SalvagedValues(), expected);
  EXPECT_TRUE(AuditLog(*fs_, kOut)->clean());
}

TEST_F(SalvageTest, TornEndIsLeftBehind) {
  log_.SetContents(log_.Path(30), log_.Contents(log_.Path(30)) + "half a batch");
  EXPECT_EQ(Salvaged().torn_bytes, 12);
  EXPECT_EQ(SalvagedValues(), Numbers(0, 35));
}

TEST_F(SalvageTest, ExistingDirectoryIsRefused) {
  ASSERT_TRUE(fs_->CreateDirs(kOut).ok());
  EXPECT_EQ(CodeOf(SalvageLog(*fs_, kLogDir, kOut).status()), Errc::kInvalidArgument);
}

// Entry IDs of what follows derive from it.
TEST(SalvageRunningMaximum, OfLostBatchesIsKept) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs, {.index_interval_bytes = 150, .tail_cache_bytes = 0});
  log.Append({"0"}, 100);
  const size_t batch = log.Contents(log.Path(0)).size();
  log.Append({"1"}, 900);
  for (int i = 2; i < 10; ++i) log.Append({std::to_string(i)}, 200);
  ASSERT_TRUE(log->Roll().ok());
  ASSERT_TRUE(log.Upkeep().ok());
  log.Damage(log.Path(0), batch + 70);
  ASSERT_TRUE(SalvageLog(*fs, kLogDir, "out").ok());
  const auto out = Log::Open(*fs, "out", {}, nullptr);
  ASSERT_TRUE(out.ok());
  EXPECT_EQ((*out)->running_max_timestamp_ms(), 900);
  EXPECT_EQ((*out)->View().Read(2, {})->running_max_timestamp_ms, 900);
  EXPECT_EQ((*out)->View().Read(1, {})->running_max_timestamp_ms, 100);
}

TEST(SalvageOfATrimmedLog, BeginsWhereItBeganAndKeepsTheRunningMaximum) {
  auto fs = FaultFileSystem::Create(1);
  LogFixture log(*fs);
  log.Append({"0"}, 500);
  ASSERT_TRUE(log->Roll().ok());
  log.Append({"1"}, 100);
  ASSERT_TRUE(log->Roll().ok());
  ASSERT_TRUE(log->TrimTo(1).ok());
  ASSERT_TRUE(log.Upkeep().ok());
  const auto salvage = SalvageLog(*fs, kLogDir, "out");
  ASSERT_TRUE(salvage.ok()) << salvage.status();
  EXPECT_EQ(salvage->start_offset, 1);
  const auto out = Log::Open(*fs, "out", {}, nullptr);
  EXPECT_EQ((*out)->View().Read(1, {})->running_max_timestamp_ms, 500);
}

}  // namespace
}  // namespace braid::storage
