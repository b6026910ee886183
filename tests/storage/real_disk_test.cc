// A log on a real disk that is full, read-only, or out of what the process may have: the write is
// refused and says why, what was appended stays readable, and writing goes on once the cause is
// gone.
#include "tests/storage/real_disk.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <vector>

#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kDiskBytes = 1 << 20;
constexpr size_t kRecordBytes = 1000;

std::string Text(const absl::Status& status) {
  return std::string(ErrcName(CodeOf(status))) + ": " + std::string(status.message());
}

// Record `n`: its number, and bytes that take room.
std::string Numbered(Offset n) {
  std::string value = std::to_string(n) + " ";
  value.resize(kRecordBytes, static_cast<char>('a' + n % 26));
  return value;
}

std::vector<std::string> NumberedUpTo(Offset end) {
  std::vector<std::string> values;
  for (Offset n = 0; n < end; ++n) values.push_back(Numbered(n));
  return values;
}

// Appends until one is refused, and returns why.
absl::Status AppendUntilRefused(LogFixture& log) {
  for (int i = 0; i < 10000; ++i) {
    const Offset next = log->next_offset();
    const absl::Status status = log.TryAppend({Numbered(next)}).status();
    if (log->upkeep_is_overdue()) (void)log.Upkeep();  // as the owner of a log does
    if (status.ok()) continue;
    EXPECT_EQ(log->next_offset(), next) << "a refused append changes nothing";
    return status;
  }
  ADD_FAILURE() << "nothing was refused";
  return absl::OkStatus();
}

// Everything appended is there, now and after opening again.
void ExpectAllThere(LogFixture& log) {
  const Offset end = log->next_offset();
  EXPECT_TRUE(log.Values() == NumberedUpTo(end));
  log.Reopen();
  EXPECT_EQ(log.report().torn_bytes, 0);
  EXPECT_TRUE(log.report().damage.empty());
  EXPECT_EQ(log->next_offset(), end);
  EXPECT_TRUE(log.Values() == NumberedUpTo(end));
}

class OnRealDisk : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!disk_.problem().empty()) {
      GTEST_SKIP() << "NOT RUN: no disk can be mounted here (" << disk_.problem() << ")";
    }
  }

  RealDisk disk_{kDiskBytes};
};

// ---- Full

TEST_F(OnRealDisk, FullOneRefusesAndGoesOnOnceThereIsRoom) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = kDiskBytes});
  log.Append({Numbered(0)});
  disk_.Fill(100 << 10);
  const absl::Status refused = AppendUntilRefused(log);
  EXPECT_THAT(Text(refused), HasSubstr("kOutOfSpace: write "));
  EXPECT_THAT(Text(refused), HasSubstr("No space left on device"));
  const Offset end = log->next_offset();
  EXPECT_GT(end, 50);
  EXPECT_TRUE(log.Values() == NumberedUpTo(end));
  EXPECT_EQ(CodeOf(log.TryAppend({Numbered(end)}).status()), Errc::kOutOfSpace) << "still full";

  disk_.Free();
  EXPECT_EQ(log.Append({Numbered(end)}), end);
  EXPECT_TRUE(log->PrepareSync().Run().ok());
  ExpectAllThere(log);
}

TEST_F(OnRealDisk, BatchThatFitsInPartIsCutBack) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = kDiskBytes});
  log.Append({Numbered(0)});
  disk_.Fill(64 << 10);
  const int64_t bytes = log->bytes();
  std::vector<std::string> much;
  for (Offset n = 1; n <= 200; ++n) much.push_back(Numbered(n));
  EXPECT_EQ(CodeOf(log.TryAppend(much).status()), Errc::kOutOfSpace);
  EXPECT_EQ(log.Contents(log.Path(0)).size(), static_cast<size_t>(bytes)) << "no half of it stays";
  EXPECT_EQ(log.Append({Numbered(1)}), 1) << "the room is there again for less";
  ExpectAllThere(log);
  disk_.Free();
  much.erase(much.begin());
  EXPECT_EQ(log.Append(much), 2);
  ExpectAllThere(log);
}

TEST_F(OnRealDisk, FullOneIsOpenedAndReadAsItIs) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000});
  disk_.Fill(300 << 10);
  ASSERT_EQ(CodeOf(AppendUntilRefused(log)), Errc::kOutOfSpace);
  disk_.Fill();
  ASSERT_GT(log->segments().size(), 3u);
  ExpectAllThere(log);
  disk_.Free();
  log.Append({Numbered(log->next_offset())});
  ExpectAllThere(log);
}

TEST_F(OnRealDisk, FullOneGetsItsRoomBackByTrimming) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000});
  ASSERT_EQ(CodeOf(AppendUntilRefused(log)), Errc::kOutOfSpace);
  (void)log.Upkeep();  // a full disk may refuse the manifest
  const Offset end = log->next_offset();
  ASSERT_TRUE(log->TrimTo(end - 100).ok());
  ASSERT_TRUE(log.Upkeep().ok());
  EXPECT_EQ(log.Append({Numbered(end)}), end);
  log.Reopen();
  EXPECT_EQ(log->next_offset(), end + 1);
  EXPECT_EQ(log.Values(end - 1), (std::vector{Numbered(end - 1), Numbered(end)}));
}

// ---- Read-only

TEST_F(OnRealDisk, ReadOnlyOneRefusesToOpenAndLosesNothing) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000});
  for (Offset n = 0; n < 120; ++n) log.Append({Numbered(n)});
  log.Close();
  ASSERT_TRUE(disk_.SetReadOnly(true));
  EXPECT_THAT(Text(log.TryReopen()), HasSubstr("Read-only file system"));
  ASSERT_TRUE(disk_.SetReadOnly(false));
  log.Reopen();
  EXPECT_EQ(log.Append({Numbered(120)}), 120);
  ExpectAllThere(log);
}

TEST_F(OnRealDisk, DirectoryThatBecomesReadOnlyRefusesTheNextSegment) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000});
  log.Append({Numbered(0)});
  ASSERT_TRUE(disk_.CoverReadOnly(kLogDir));
  const absl::Status refused = AppendUntilRefused(log);
  EXPECT_THAT(Text(refused), HasSubstr("kIo: open "));
  EXPECT_THAT(Text(refused), HasSubstr("Read-only file system"));
  EXPECT_FALSE(log.Upkeep().ok() && log->segments().size() > 1) << "nothing can be sealed there";
  const Offset end = log->next_offset();
  EXPECT_GT(end, 40);
  EXPECT_TRUE(log.Values() == NumberedUpTo(end));

  ASSERT_TRUE(disk_.Uncover(kLogDir));
  EXPECT_EQ(log.Append({Numbered(end)}), end);
  EXPECT_TRUE(log.Upkeep().ok());
  ExpectAllThere(log);
}

// ---- Limits of the process

// Every file descriptor of this process but `left` is in use.
class FewDescriptors {
 public:
  explicit FewDescriptors(int left) : limit_(RLIMIT_NOFILE, 256) {
    while (true) {
      const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      if (fd < 0) break;
      taken_.push_back(fd);
    }
    for (; left > 0; --left) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  ~FewDescriptors() {
    for (const int fd : taken_) ::close(fd);
  }

 private:
  LowerLimit limit_;
  std::vector<int> taken_;
};

TEST_F(OnRealDisk, TooManyOpenFilesRefuseTheNextSegment) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000});
  log.Append({Numbered(0)});
  ASSERT_TRUE(log.Values() == NumberedUpTo(1));
  {
    FewDescriptors few(/*left=*/0);
    const absl::Status refused = AppendUntilRefused(log);
    EXPECT_THAT(Text(refused), HasSubstr("kIo: open "));
    EXPECT_THAT(Text(refused), HasSubstr("Too many open files"));
    const Offset end = log->next_offset();
    EXPECT_GT(end, 40);
    EXPECT_TRUE(log.Values() == NumberedUpTo(end)) << "what is open is read";
  }
  const Offset end = log->next_offset();
  EXPECT_EQ(log.Append({Numbered(end)}), end);
  EXPECT_EQ(log->segments().size(), 2u);
  ExpectAllThere(log);
}

TEST_F(OnRealDisk, ReadersShareTheFewDescriptorsThereAre) {
  LogFixture log(FileSystem::Posix(), {.segment_bytes = 50000, .tail_cache_bytes = 0});
  for (Offset n = 0; n < 500; ++n) log.Append({Numbered(n)});
  ASSERT_TRUE(log.Upkeep().ok());
  log.Reopen();  // no segment is open for reading yet
  ASSERT_GT(log->segments().size(), 8u);
  FewDescriptors few(/*left=*/3);
  EXPECT_TRUE(log.Values() == NumberedUpTo(500));
}

TEST_F(OnRealDisk, LargestFileSizeRefusesAndGoesOnOnceItIsLarger) {
  ::signal(SIGXFSZ, SIG_IGN);
  LogFixture log(FileSystem::Posix(), {.segment_bytes = kDiskBytes});
  {
    LowerLimit file_size(RLIMIT_FSIZE, 100500);  // within a record: part of it is written
    const absl::Status refused = AppendUntilRefused(log);
    EXPECT_THAT(Text(refused), HasSubstr("kIo: write "));
    EXPECT_THAT(Text(refused), HasSubstr("File too large"));
    EXPECT_TRUE(log.Values() == NumberedUpTo(log->next_offset()));
    EXPECT_EQ(log.Contents(log.Path(0)).size(), static_cast<size_t>(log->bytes()));
  }
  const Offset end = log->next_offset();
  EXPECT_GT(end, 80);
  EXPECT_EQ(log.Append({Numbered(end)}), end);
  ExpectAllThere(log);
  ::signal(SIGXFSZ, SIG_DFL);
}

}  // namespace
}  // namespace braid::storage
