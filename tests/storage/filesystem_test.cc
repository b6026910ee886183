// What every FileSystem promises (include/braid/filesystem.h), held by all three.
#include "braid/filesystem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "braid/error.h"
#include "braid/testing.h"

namespace braid {
namespace {

using ::testing::ElementsAre;

// A file system, and a directory of it that exists and is empty.
struct Home {
  std::shared_ptr<FileSystem> filesystem;
  std::string dir;
};

Home PosixHome() {
  std::string dir = std::filesystem::temp_directory_path() / "braid-test-XXXXXX";
  EXPECT_NE(::mkdtemp(dir.data()), nullptr);
  auto remove = [dir](FileSystem* posix) { (void)posix->RemoveAll(dir); };
  return {std::shared_ptr<FileSystem>(&FileSystem::Posix(), remove), dir};
}
Home MemoryHome() {
  std::shared_ptr<FileSystem> memory = FileSystem::Memory();
  EXPECT_TRUE(memory->CreateDirs("home").ok());
  return {memory, "home"};
}
Home FaultHome() {
  std::shared_ptr<FileSystem> fault = FaultFileSystem::Create(1);
  EXPECT_TRUE(fault->CreateDirs("home").ok());
  return {fault, "home"};
}

struct Kind {
  const char* name;
  Home (*open)();
};

class AnyFileSystem : public ::testing::TestWithParam<Kind> {
 protected:
  FileSystem& fs() { return *home_.filesystem; }
  std::string Path(const std::string& name) const { return home_.dir + "/" + name; }
  std::unique_ptr<AppendFile> Appender(const std::string& name) {
    auto file = fs().OpenAppend(Path(name));
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  void Write(const std::string& name, const std::string& bytes) {
    EXPECT_TRUE(Appender(name)->Append(Buffer::Copy(bytes)).ok());
  }
  std::unique_ptr<ReadFile> Reader(const std::string& name) {
    auto file = fs().OpenRead(Path(name));
    EXPECT_TRUE(file.ok()) << file.status();
    return *std::move(file);
  }
  std::string Contents(const std::string& name) {
    auto file = fs().OpenRead(Path(name));
    if (!file.ok()) return "<" + std::string(ErrcName(CodeOf(file.status()))) + ">";
    return std::string((*file)->Read(0, 1 << 20)->view());
  }
  std::vector<std::string> Names(const std::string& dir = "") {
    auto names = fs().List(dir.empty() ? home_.dir : Path(dir));
    EXPECT_TRUE(names.ok()) << names.status();
    return names.ok() ? *names : std::vector<std::string>();
  }

  Home home_ = GetParam().open();
};

INSTANTIATE_TEST_SUITE_P(All, AnyFileSystem,
                         ::testing::Values(Kind{"Posix", PosixHome}, Kind{"Memory", MemoryHome},
                                           Kind{"Fault", FaultHome}),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(AnyFileSystem, AppendsAddUp) {
  auto file = Appender("f");
  EXPECT_EQ(file->size(), 0u);
  ASSERT_TRUE(file->Append(Buffer::Copy("one ")).ok());
  ASSERT_TRUE(file->Append(Buffer()).ok());
  ASSERT_TRUE(file->Append(Buffer::Copy("two")).ok());
  EXPECT_EQ(file->size(), 7u);
  EXPECT_TRUE(file->Sync().ok());
  EXPECT_EQ(Contents("f"), "one two");
}

TEST_P(AnyFileSystem, OpeningAgainGoesOnAtTheEnd) {
  Write("f", "one ");
  auto file = Appender("f");
  EXPECT_EQ(file->size(), 4u);
  ASSERT_TRUE(file->Append(Buffer::Copy("two")).ok());
  EXPECT_EQ(Contents("f"), "one two");
}

TEST_P(AnyFileSystem, ReadsAnyRangeAndStopsAtTheEnd) {
  Write("f", "0123456789");
  auto file = Reader("f");
  EXPECT_EQ(file->Read(3, 4)->view(), "3456");
  EXPECT_EQ(file->Read(8, 100)->view(), "89");
  EXPECT_EQ(file->Read(10, 1)->size(), 0u);
  EXPECT_EQ(file->Read(1000, 10)->size(), 0u);
  EXPECT_EQ(file->Read(0, 0)->size(), 0u);
  EXPECT_EQ(*file->Size(), 10u);
}

TEST_P(AnyFileSystem, GiantReadsAreCutToTheFile) {
  Write("f", "small");
  EXPECT_EQ(Reader("f")->Read(0, size_t{1} << 40)->view(), "small");
  EXPECT_EQ(Reader("f")->Read(uint64_t{1} << 40, size_t{1} << 40)->size(), 0u);
}

TEST_P(AnyFileSystem, OpenReaderSeesLaterAppends) {
  Write("f", "a");
  auto reader = Reader("f");
  Write("f", "b");
  EXPECT_EQ(reader->Read(0, 10)->view(), "ab");
}

TEST_P(AnyFileSystem, ReadsAcrossManyAppendsOfManySizes) {
  std::string expected;
  auto file = Appender("f");
  for (size_t i = 0; i < 300; ++i) {
    const std::string piece(i * 7 % 1500, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(file->Append(Buffer::Copy(piece)).ok());
    expected += piece;
  }
  auto reader = Reader("f");
  EXPECT_TRUE(reader->Read(0, expected.size())->view() == expected);
  for (size_t at = 0; at < expected.size(); at += 997) {
    for (const size_t n : {1, 61, 5000}) {
      EXPECT_TRUE(reader->Read(at, n)->view() == expected.substr(at, n)) << at << " " << n;
    }
  }
}

TEST_P(AnyFileSystem, TruncateCutsAndAppendingGoesOnThere) {
  auto file = Appender("f");
  ASSERT_TRUE(file->Append(Buffer::Copy("0123456789")).ok());
  ASSERT_TRUE(file->Truncate(4).ok());
  EXPECT_EQ(file->size(), 4u);
  EXPECT_EQ(Contents("f"), "0123");
  ASSERT_TRUE(file->Append(Buffer::Copy("xy")).ok());
  EXPECT_EQ(Contents("f"), "0123xy");
  ASSERT_TRUE(file->Truncate(0).ok());
  EXPECT_EQ(Contents("f"), "");
}

TEST_P(AnyFileSystem, MissingFileIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(fs().OpenRead(Path("none")).status()));
  EXPECT_EQ(CodeOf(fs().OpenRead(Path("none")).status()), Errc::kIo);
  EXPECT_TRUE(absl::IsNotFound(fs().Remove(Path("none"))));
  EXPECT_TRUE(absl::IsNotFound(fs().Rename(Path("none"), Path("other"))));
  EXPECT_TRUE(absl::IsNotFound(fs().List(Path("none")).status()));
  EXPECT_TRUE(absl::IsNotFound(fs().SyncDir(Path("none"))));
  EXPECT_FALSE(fs().Exists(Path("none")));
}

TEST_P(AnyFileSystem, MissingDirectoryIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(fs().OpenAppend(Path("none/f")).status()));
  Write("f", "x");
  EXPECT_TRUE(absl::IsNotFound(fs().Rename(Path("f"), Path("none/f"))));
}

TEST_P(AnyFileSystem, RemovedFileStaysReadableForWhoHasItOpen) {
  Write("f", "still here");
  auto reader = Reader("f");
  ASSERT_TRUE(fs().Remove(Path("f")).ok());
  EXPECT_FALSE(fs().Exists(Path("f")));
  EXPECT_EQ(reader->Read(0, 100)->view(), "still here");
}

TEST_P(AnyFileSystem, RenameReplaces) {
  Write("from", "new");
  Write("to", "old");
  auto old = Reader("to");
  ASSERT_TRUE(fs().Rename(Path("from"), Path("to")).ok());
  EXPECT_EQ(Contents("to"), "new");
  EXPECT_FALSE(fs().Exists(Path("from")));
  EXPECT_EQ(old->Read(0, 10)->view(), "old");
}

TEST_P(AnyFileSystem, RenameMovesDirectories) {
  ASSERT_TRUE(fs().CreateDirs(Path("a/b")).ok());
  Write("a/f", "1");
  Write("a/b/g", "2");
  ASSERT_TRUE(fs().Rename(Path("a"), Path("z")).ok());
  EXPECT_EQ(Contents("z/f"), "1");
  EXPECT_EQ(Contents("z/b/g"), "2");
  EXPECT_FALSE(fs().Exists(Path("a")));
  EXPECT_FALSE(fs().Exists(Path("a/b/g")));
}

TEST_P(AnyFileSystem, ListIsSortedAndNotDeep) {
  Write("b", "");
  Write("a.log", "");
  ASSERT_TRUE(fs().CreateDirs(Path("dir/deep")).ok());
  Write("dir/inside", "");
  EXPECT_THAT(Names(), ElementsAre("a.log", "b", "dir"));
  EXPECT_THAT(Names("dir"), ElementsAre("deep", "inside"));
  EXPECT_THAT(Names("dir/deep"), ElementsAre());
}

TEST_P(AnyFileSystem, NeighboursWithACommonPrefixAreNotInside) {
  ASSERT_TRUE(fs().CreateDirs(Path("ab")).ok());
  ASSERT_TRUE(fs().CreateDirs(Path("ab-c")).ok());
  Write("ab-c/f", "");
  EXPECT_THAT(Names("ab"), ElementsAre());
  ASSERT_TRUE(fs().RemoveAll(Path("ab")).ok());
  EXPECT_TRUE(fs().Exists(Path("ab-c/f")));
}

TEST_P(AnyFileSystem, CreateDirsTwiceIsFine) {
  ASSERT_TRUE(fs().CreateDirs(Path("x/y/z")).ok());
  ASSERT_TRUE(fs().CreateDirs(Path("x/y/z")).ok());
  EXPECT_TRUE(fs().Exists(Path("x/y")));
  EXPECT_TRUE(fs().SyncDir(Path("x/y")).ok());
}

TEST_P(AnyFileSystem, FileIsNoDirectory) {
  Write("f", "x");
  EXPECT_FALSE(fs().CreateDirs(Path("f/below")).ok());
}

TEST_P(AnyFileSystem, RemoveAllTakesEverythingBelow) {
  ASSERT_TRUE(fs().CreateDirs(Path("x/y")).ok());
  Write("x/f", "1");
  Write("x/y/g", "2");
  ASSERT_TRUE(fs().RemoveAll(Path("x")).ok());
  EXPECT_THAT(Names(), ElementsAre());
  EXPECT_TRUE(fs().RemoveAll(Path("x")).ok()) << "removing what is not there is no error";
}

TEST_P(AnyFileSystem, LockIsExclusiveWithinTheProcessToo) {
  auto lock = fs().Lock(Path("LOCK"));
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_EQ(CodeOf(fs().Lock(Path("LOCK")).status()), Errc::kLocked);
  EXPECT_TRUE(fs().Lock(Path("OTHER")).ok());
  lock->reset();
  EXPECT_TRUE(fs().Lock(Path("LOCK")).ok());
}

TEST_P(AnyFileSystem, ManyReadersShareAFileThatGrows) {
  auto file = Appender("f");
  ASSERT_TRUE(file->Append(Buffer::Copy(std::string(100, 'x'))).ok());
  auto reader = Reader("f");
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        const auto bytes = reader->Read(static_cast<uint64_t>(n % 90), 10);
        ASSERT_TRUE(bytes.ok());
        ASSERT_EQ(bytes->view(), "xxxxxxxxxx");
      }
    });
  }
  for (int n = 0; n < 500; ++n) ASSERT_TRUE(file->Append(Buffer::Copy("xx")).ok());
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(*reader->Size(), 1100u);
}

}  // namespace
}  // namespace braid
