#include <gtest/gtest.h>

#include <set>

#include "braid/error.h"
#include "braid/testing.h"

namespace braid {
namespace {

class FaultFiles : public ::testing::Test {
 protected:
  void Append(const std::string& path, const std::string& bytes, bool sync = false) {
    auto file = fs_->OpenAppend(path);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Append(Buffer::Copy(bytes)).ok());
    if (sync) ASSERT_TRUE((*file)->Sync().ok());
  }
  std::string Contents(const std::string& path) {
    auto file = fs_->OpenRead(path);
    if (!file.ok()) return "<missing>";
    return std::string((*file)->Read(0, 1 << 20)->view());
  }
  std::unique_ptr<FaultFileSystem> fs_ = FaultFileSystem::Create(42);
};

TEST_F(FaultFiles, SyncedBytesOfASyncedNameSurvive) {
  Append("f", "durable", /*sync=*/true);
  ASSERT_TRUE(fs_->SyncDir("").ok());
  fs_->Crash();
  EXPECT_EQ(Contents("f"), "durable");
}

TEST_F(FaultFiles, UnsyncedAppendIsKeptTornOrLost) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    Append("f", "base", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("").ok());
    Append("f", "TAIL");
    fs_->Crash();
    seen.insert(Contents("f"));
  }
  EXPECT_TRUE(seen.count("base"));
  EXPECT_TRUE(seen.count("baseTA"));
  EXPECT_TRUE(seen.count("baseTAIL"));
  EXPECT_TRUE(seen.count(std::string("baseT\0\0\0", 8))) << "length written, data not";
  for (const std::string& content : seen) EXPECT_EQ(content.substr(0, 4), "base");
}

TEST_F(FaultFiles, SurvivingAppendsAreAPrefix) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    Append("f", "", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("").ok());
    Append("f", "one");
    Append("f", "two");
    Append("f", "three");
    fs_->Crash();
    std::string content = Contents("f");
    while (!content.empty() && content.back() == '\0') content.pop_back();
    EXPECT_EQ(content, std::string("onetwothree").substr(0, content.size())) << "seed " << seed;
  }
}

TEST_F(FaultFiles, ReorderedAppendsSurviveBySectors) {
  bool hole = false;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    fs_->SetFaults({.reorder = true});
    Append("f", "synced", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("").ok());
    std::string all = "synced";
    for (int i = 0; i < 5; ++i) {
      const std::string more(400, static_cast<char>('a' + i));
      Append("f", more);
      all += more;
    }
    fs_->Crash();
    const std::string content = Contents("f");
    ASSERT_LE(content.size(), all.size());
    EXPECT_EQ(content.substr(0, 6), "synced") << "seed " << seed;
    bool zeros_before = false;
    for (size_t i = 0; i < content.size(); ++i) {
      EXPECT_TRUE(content[i] == all[i] || content[i] == '\0') << "seed " << seed;
      if (content[i] != '\0' && i % 512 != 0) {
        EXPECT_NE(content[i - 1], '\0') << "a sector begins to exist in its middle, seed " << seed;
      }
      hole |= zeros_before && content[i] != '\0';
      zeros_before |= content[i] == '\0';
    }
  }
  EXPECT_TRUE(hole) << "no seed reordered anything";
}

TEST_F(FaultFiles, UnsyncedNameMayVanishOrStay) {
  int stayed = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    Append("f", "x", /*sync=*/true);
    fs_->Crash();
    stayed += fs_->Exists("f") ? 1 : 0;
  }
  EXPECT_GT(stayed, 10);
  EXPECT_LT(stayed, 90);
}

TEST_F(FaultFiles, UnsyncedRemoveMayComeBack) {
  int came_back = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    Append("f", "x", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("").ok());
    ASSERT_TRUE(fs_->Remove("f").ok());
    fs_->Crash();
    came_back += fs_->Exists("f") ? 1 : 0;
  }
  EXPECT_GT(came_back, 10);
  EXPECT_LT(came_back, 90);
}

TEST_F(FaultFiles, RenameIsAllOrNothing) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    Append("old", "content", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("").ok());
    ASSERT_TRUE(fs_->Rename("old", "new").ok());
    fs_->Crash();
    EXPECT_NE(fs_->Exists("old"), fs_->Exists("new")) << "seed " << seed;
  }
}

TEST_F(FaultFiles, FilesOfAnUnsyncedDirectoryGoWithIt) {
  bool vanished = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    ASSERT_TRUE(fs_->CreateDirs("d").ok());
    Append("d/f", "x", /*sync=*/true);
    ASSERT_TRUE(fs_->SyncDir("d").ok());
    fs_->Crash();
    EXPECT_EQ(fs_->Exists("d"), fs_->Exists("d/f"));
    vanished |= !fs_->Exists("d");
  }
  EXPECT_TRUE(vanished);
}

TEST_F(FaultFiles, OpenFilesAndLocksDieInACrash) {
  Append("f", "x", /*sync=*/true);
  ASSERT_TRUE(fs_->SyncDir("").ok());
  auto appender = *fs_->OpenAppend("f");
  auto reader = *fs_->OpenRead("f");
  auto lock = *fs_->Lock("LOCK");
  fs_->Crash();
  EXPECT_EQ(CodeOf(appender->Append(Buffer::Copy("y"))), Errc::kIo);
  EXPECT_EQ(CodeOf(appender->Sync()), Errc::kIo);
  EXPECT_EQ(CodeOf(appender->Truncate(0)), Errc::kIo);
  EXPECT_EQ(CodeOf(reader->Read(0, 1).status()), Errc::kIo);
  auto again = fs_->Lock("LOCK");
  ASSERT_TRUE(again.ok());
  lock.reset();  // the dead one gives nothing up
  EXPECT_EQ(CodeOf(fs_->Lock("LOCK").status()), Errc::kLocked);
}

TEST_F(FaultFiles, TheChosenOperationFailsOnce) {
  auto file = *fs_->OpenAppend("f");
  fs_->FailOperation(1);
  EXPECT_TRUE(file->Append(Buffer::Copy("a")).ok());
  EXPECT_EQ(CodeOf(file->Sync()), Errc::kIo);
  EXPECT_TRUE(file->Sync().ok());
  fs_->FailOperation(0);
  EXPECT_EQ(CodeOf(fs_->Rename("f", "g")), Errc::kIo);
  EXPECT_TRUE(fs_->Exists("f"));
  EXPECT_EQ(fs_->operations(), 5);
}

TEST_F(FaultFiles, FailedAppendLeavesAPrefix) {
  std::set<size_t> sizes;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    fs_ = FaultFileSystem::Create(seed);
    auto file = *fs_->OpenAppend("f");
    fs_->FailOperation(0);
    EXPECT_FALSE(file->Append(Buffer::Copy("abcdef")).ok());
    EXPECT_EQ(Contents("f"), std::string("abcdef").substr(0, file->size()));
    sizes.insert(file->size());
  }
  EXPECT_EQ(sizes.size(), 7u);
}

TEST_F(FaultFiles, FlippedBitIsOnTheDisk) {
  Append("f", "abc", /*sync=*/true);
  ASSERT_TRUE(fs_->SyncDir("").ok());
  ASSERT_TRUE(fs_->FlipBit("f", 1, 0).ok());
  EXPECT_EQ(Contents("f"), "acc");
  fs_->Crash();
  EXPECT_EQ(Contents("f"), "acc");
  EXPECT_FALSE(fs_->FlipBit("f", 3, 0).ok());
  EXPECT_FALSE(fs_->FlipBit("g", 0, 0).ok());
}

TEST_F(FaultFiles, OneSeedIsOneOutcome) {
  std::string outcome[2];
  for (std::string& result : outcome) {
    fs_ = FaultFileSystem::Create(99);
    for (int i = 0; i < 20; ++i) Append("f" + std::to_string(i), std::string(50, 'a'));
    fs_->Crash();
    for (int i = 0; i < 20; ++i) result += Contents("f" + std::to_string(i)) + "|";
  }
  EXPECT_EQ(outcome[0], outcome[1]);
}

TEST(ManualClockTest, MovesOnlyWhenTold) {
  ManualClock clock;
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1767225600));
  clock.Advance(absl::Seconds(30));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1767225630));
  clock.Set(absl::FromUnixSeconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(5));
}

}  // namespace
}  // namespace braid
