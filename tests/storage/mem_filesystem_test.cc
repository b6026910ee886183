#include <gtest/gtest.h>

#include "braid/error.h"
#include "braid/filesystem.h"

namespace braid {
namespace {

// A buffer of `n` bytes that owns no more than them.
Buffer Bytes(size_t n, char fill = 'x') {
  return Buffer::Take(std::string(n, fill));
}

TEST(MemoryFiles, LargeAppendIsKeptNotCopied) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  const Buffer bytes = Bytes(5000);
  ASSERT_TRUE(file->Append(Bytes(10)).ok());
  ASSERT_TRUE(file->Append(bytes).ok());
  const Buffer read = *(*fs->OpenRead("f"))->Read(10 + 100, 700);
  EXPECT_EQ(read.data(), bytes.data() + 100);
  EXPECT_EQ(read.owner(), bytes.owner());
}

TEST(MemoryFiles, SmallSliceDoesNotKeepItsOwner) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  std::weak_ptr<const void> frame;
  {
    const Buffer large = Bytes(100000);
    frame = large.owner();
    ASSERT_TRUE(file->Append(large.Slice(5000, 2000)).ok());
  }
  EXPECT_TRUE(frame.expired());
  EXPECT_EQ((*fs->OpenRead("f"))->Read(0, 5000)->size(), 2000u);
}

TEST(MemoryFiles, SmallAppendsAreReadWithoutACopy) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(file->Append(Bytes(100)).ok());
  auto reader = *fs->OpenRead("f");
  for (uint64_t at = 0; at < 5000; at += 100) {
    EXPECT_EQ(reader->Read(at, 100)->data(), reader->Read(at, 50)->data()) << at;
  }
}

TEST(MemoryFiles, TinyFilesAreSmall) {
  auto fs = FileSystem::Memory();
  ASSERT_TRUE((*fs->OpenAppend("f"))->Append(Bytes(10)).ok());
  EXPECT_LE((*fs->OpenRead("f"))->Read(0, 10)->owner_size(), 512u);
}

TEST(MemoryFiles, BytesReadBeforeATruncateNeverChange) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  ASSERT_TRUE(file->Append(Bytes(100, 'a')).ok());
  const Buffer before = *(*fs->OpenRead("f"))->Read(0, 100);
  ASSERT_TRUE(file->Truncate(50).ok());
  ASSERT_TRUE(file->Append(Bytes(50, 'b')).ok());
  EXPECT_EQ(before.view(), std::string(100, 'a'));
  EXPECT_EQ((*fs->OpenRead("f"))->Read(0, 100)->view(),
            std::string(50, 'a') + std::string(50, 'b'));
}

TEST(MemoryBudget, AppendPastItIsRefusedAndChangesNothing) {
  auto fs = FileSystem::Memory(1000);
  auto file = *fs->OpenAppend("f");
  ASSERT_TRUE(file->Append(Bytes(900)).ok());
  EXPECT_EQ(CodeOf(file->Append(Bytes(101))), Errc::kOutOfMemory);
  EXPECT_EQ(file->size(), 900u);
  EXPECT_TRUE(file->Append(Bytes(100)).ok());
}

TEST(MemoryBudget, TruncateGivesBack) {
  auto fs = FileSystem::Memory(1000);
  auto file = *fs->OpenAppend("f");
  ASSERT_TRUE(file->Append(Bytes(1000)).ok());
  ASSERT_TRUE(file->Truncate(200).ok());
  EXPECT_TRUE(file->Append(Bytes(800)).ok());
}

TEST(MemoryBudget, RemovedFilesGiveBackAlthoughStillRead) {
  auto fs = FileSystem::Memory(1000);
  auto file = *fs->OpenAppend("f");
  ASSERT_TRUE(file->Append(Bytes(1000)).ok());
  auto reader = *fs->OpenRead("f");
  ASSERT_TRUE(fs->Remove("f").ok());
  EXPECT_TRUE((*fs->OpenAppend("g"))->Append(Bytes(1000)).ok());
  EXPECT_EQ(reader->Read(0, 2000)->size(), 1000u);
}

TEST(MemoryBudget, ReplacedAndTreeRemovedFilesGiveBack) {
  auto fs = FileSystem::Memory(1000);
  ASSERT_TRUE(fs->CreateDirs("d").ok());
  ASSERT_TRUE((*fs->OpenAppend("d/a"))->Append(Bytes(400)).ok());
  ASSERT_TRUE((*fs->OpenAppend("b"))->Append(Bytes(600)).ok());
  ASSERT_TRUE(fs->Rename("d/a", "b").ok());
  ASSERT_TRUE((*fs->OpenAppend("d/c"))->Append(Bytes(600)).ok());
  ASSERT_TRUE(fs->RemoveAll("d").ok());
  EXPECT_TRUE((*fs->OpenAppend("e"))->Append(Bytes(600)).ok());
}

TEST(MemoryFiles, OutliveTheFileSystem) {
  auto fs = FileSystem::Memory();
  auto file = *fs->OpenAppend("f");
  auto lock = *fs->Lock("LOCK");
  fs.reset();
  EXPECT_TRUE(file->Append(Bytes(10)).ok());
  lock.reset();
}

}  // namespace
}  // namespace braid
