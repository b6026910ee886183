// One thread appends, rolls and trims under a mutex, as a stream does; others read views, sync and
// repack without it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "braid/testing.h"
#include "tests/storage/log_fixture.h"

namespace braid::storage {
namespace {

class LogThreads : public ::testing::TestWithParam<bool> {
 protected:
  static std::unique_ptr<FileSystem> MakeFileSystem(bool in_memory) {
    if (in_memory) return FileSystem::Memory();
    return FaultFileSystem::Create(1);
  }

  LogView View() {
    absl::MutexLock lock(&mu_);
    return log_->View();
  }
  // Reads the newest view from end to end until the writer is done.
  void ReadUntilDone() {
    Offset seen = 0;
    while (!done_.load()) {
      const LogView view = View();
      EXPECT_GE(view.next_offset(), seen);
      seen = view.next_offset();
      const Offset from = view.start_offset();
      EXPECT_EQ(ReadValues(view, from, {.max_bytes = 700}), Numbers(from, seen));
      const Offset late = view.SeekTimestamp(1000 + seen);
      EXPECT_LE(late, seen);
    }
  }
  void SyncUntilDone() {
    while (!done_.load()) {
      LogSync sync;
      {
        absl::MutexLock lock(&mu_);
        sync = log_->PrepareSync();
      }
      EXPECT_TRUE(sync.Run().ok());
    }
  }
  void UpkeepUntilDone() {
    while (!done_.load()) {
      std::optional<LogWork> work;
      {
        absl::MutexLock lock(&mu_);
        work = log_->PrepareWork({.repack = RepackOptions{.batch_bytes = 300}});
      }
      if (!work) continue;
      const absl::Status outcome = work->Run();
      EXPECT_TRUE(outcome.ok()) << outcome;
      absl::MutexLock lock(&mu_);
      EXPECT_TRUE(log_->FinishWork(*std::move(work), outcome).ok());
    }
  }
  void AppendAndTrim(int count) {
    for (int i = 0; i < count; ++i) {
      absl::MutexLock lock(&mu_);
      log_.Append({std::to_string(i)}, 1000 + i);
      if (i % 50 == 49) {
        EXPECT_TRUE(log_->TrimTo(i - 30).ok());
      }
    }
    done_ = true;
  }

  std::unique_ptr<FileSystem> fs_ = MakeFileSystem(GetParam());
  absl::Mutex mu_;
  LogFixture log_{*fs_,
                  {.segment_bytes = 500, .index_interval_bytes = 100, .tail_cache_bytes = 1000}};
  std::atomic<bool> done_ = false;
};

TEST_P(LogThreads, ReadersFlusherAndUpkeepNeverDisturbTheWriter) {
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) others.emplace_back([this] { ReadUntilDone(); });
  others.emplace_back([this] { SyncUntilDone(); });
  others.emplace_back([this] { UpkeepUntilDone(); });
  AppendAndTrim(1500);
  for (std::thread& thread : others) thread.join();
  EXPECT_EQ(log_->next_offset(), 1500);
}

INSTANTIATE_TEST_SUITE_P(Stores, LogThreads, ::testing::Bool(), [](const auto& in_memory) {
  return in_memory.param ? std::string("Memory") : std::string("Files");
});

}  // namespace
}  // namespace braid::storage
