// What cmake/tsan/absl_mutex.cc tells ThreadSanitizer. A false report makes this program exit with
// 66, which ctest counts as a failure, so the first cases need no more than to run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace braid {
namespace {

constexpr int kRounds = 1000;

struct Guarded {
  absl::Mutex mu;
  int count = 0;  // bare, so that clang's analysis lets the last case do wrong

  bool Full() const { return count == kRounds; }
};

TEST(AbslMutex, WhatItGuardsIsNoRace) {
  Guarded guarded;
  std::thread writer([&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&guarded.mu);
      ++guarded.count;
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    absl::ReaderMutexLock lock(&guarded.mu);
    EXPECT_LE(guarded.count, kRounds);
  }
  {
    absl::MutexLock lock(&guarded.mu);
    guarded.mu.Await(absl::Condition(&guarded, &Guarded::Full));
    EXPECT_EQ(guarded.count, kRounds);
  }
  writer.join();
}

TEST(AbslMutex, WaitWithTimeoutSeesWhatWasWritten) {
  Guarded guarded;
  std::thread writer([&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::MutexLock lock(&guarded.mu);
      ++guarded.count;
    }
  });
  {
    absl::MutexLock lock(&guarded.mu);
    EXPECT_TRUE(
        guarded.mu.AwaitWithTimeout(absl::Condition(&guarded, &Guarded::Full), absl::Minutes(1)));
    EXPECT_EQ(guarded.count, kRounds);
  }
  writer.join();
}

TEST(AbslStatus, LastOwnerMayFreeTheMessage) {
  for (int i = 0; i < kRounds; ++i) {
    absl::Status shared = absl::InternalError("read by both");
    std::thread other([mine = shared] { EXPECT_EQ(mine.message(), "read by both"); });
    EXPECT_EQ(shared.message(), "read by both");
    shared = absl::OkStatus();
    other.join();
  }
}

// Two threads that both hold the mutex, but only for reading.
void RaceUnderReaderLocks() {
  Guarded guarded;
  const auto write = [&] {
    for (int i = 0; i < kRounds; ++i) {
      absl::ReaderMutexLock lock(&guarded.mu);
      ++guarded.count;
    }
  };
  std::thread one(write), other(write);
  one.join();
  other.join();
  std::exit(0);
}

TEST(AbslMutexDeathTest, RaceUnderReaderLocksIsReported) {
  EXPECT_EXIT(RaceUnderReaderLocks(), ::testing::ExitedWithCode(66), "data race");
}

}  // namespace
}  // namespace braid
