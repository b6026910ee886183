#include "engine/timers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TimersTest : public ::testing::Test {
 protected:
  absl::Time At(int second) const { return start_ + absl::Seconds(second); }
  // A timer that writes `name` down when it runs.
  TimerId Add(int second, int name) {
    return timers_.Add(At(second), [this, name] { ran_.push_back(name); });
  }

  Timers timers_;
  absl::Time start_ = absl::FromUnixSeconds(1'000'000);
  std::vector<int> ran_;
};

TEST_F(TimersTest, RunsWhatIsDueInOrder) {
  Add(3, 30);
  Add(1, 10);
  Add(2, 20);
  Add(1, 11);
  EXPECT_EQ(timers_.RunDue(At(2)), 3);
  EXPECT_THAT(ran_, ElementsAre(10, 11, 20));
  EXPECT_EQ(timers_.NextDeadline(), At(3));
  EXPECT_EQ(timers_.size(), 1);
}

TEST_F(TimersTest, NothingDueRunsNothing) {
  Add(3, 30);
  EXPECT_EQ(timers_.RunDue(At(2)), 0);
  EXPECT_EQ(Timers().NextDeadline(), absl::InfiniteFuture());
}

TEST_F(TimersTest, CancelledTimerDoesNotRun) {
  const TimerId id = Add(1, 10);
  EXPECT_TRUE(timers_.Cancel(id));
  EXPECT_FALSE(timers_.Cancel(id));
  timers_.RunDue(At(9));
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(TimersTest, TimerThatRanCannotBeCancelled) {
  const TimerId id = Add(1, 10);
  timers_.RunDue(At(1));
  EXPECT_FALSE(timers_.Cancel(id));
  EXPECT_FALSE(timers_.Cancel(0));
}

TEST_F(TimersTest, CallbackMayCancelAnotherThatIsDueToo) {
  TimerId victim = 0;
  bool cancelled = false;
  timers_.Add(At(1), [&] { cancelled = timers_.Cancel(victim); });
  victim = Add(2, 20);
  EXPECT_EQ(timers_.RunDue(At(5)), 1);
  EXPECT_TRUE(cancelled);
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(TimersTest, TimerAddedByACallbackWaitsForTheNextRun) {
  timers_.Add(At(1), [this] { Add(1, 11); });
  EXPECT_EQ(timers_.RunDue(At(5)), 1);
  EXPECT_THAT(ran_, IsEmpty());
  EXPECT_EQ(timers_.NextDeadline(), At(1));
  timers_.RunDue(At(5));
  EXPECT_THAT(ran_, ElementsAre(11));
}

TEST_F(TimersTest, InfiniteTimerNeverRuns) {
  const TimerId id = timers_.Add(absl::InfiniteFuture(), [this] { ran_.push_back(0); });
  EXPECT_EQ(timers_.RunDue(absl::InfiniteFuture()), 0);
  EXPECT_EQ(timers_.NextDeadline(), absl::InfiniteFuture());
  EXPECT_TRUE(timers_.Cancel(id));
}

TEST_F(TimersTest, WhatACallbackHoldsGoesWithIt) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  timers_.Add(At(1), [held = std::move(held)] {});
  bool gone = false;
  timers_.Add(At(2), [&] { gone = watch.expired(); });
  timers_.RunDue(At(2));
  EXPECT_TRUE(gone);
}

TEST_F(TimersTest, HookHearsOfEarlierDeadlinesAlone) {
  int heard = 0;
  timers_.SetEarlierHook([&] {
    ++heard;
    EXPECT_LE(timers_.NextDeadline(), At(5));  // not under the lock
  });
  Add(5, 0);
  EXPECT_EQ(heard, 1);
  Add(7, 0);
  Add(5, 0);
  EXPECT_EQ(heard, 1);
  Add(2, 0);
  EXPECT_EQ(heard, 2);
  timers_.SetEarlierHook(nullptr);
  Add(1, 0);
  EXPECT_EQ(heard, 2);
}

TEST_F(TimersTest, ManyThreadsAddCancelAndRun) {
  std::atomic<int> ran{0}, cancelled{0};
  constexpr int kThreads = 4, kEach = 2000;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kEach; ++i) {
        const TimerId id = timers_.Add(At((i * 7 + thread) % 50), [&ran] { ++ran; });
        if (i % 3 == 0 && timers_.Cancel(id)) ++cancelled;
        if (i % 5 == 0) timers_.RunDue(At(i % 50));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  timers_.RunDue(At(100));
  EXPECT_EQ(ran + cancelled, kThreads * kEach);
  EXPECT_EQ(timers_.size(), 0);
}

}  // namespace
}  // namespace braid::engine
