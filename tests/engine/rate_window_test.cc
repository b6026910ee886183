#include "engine/rate_window.h"

#include <gtest/gtest.h>

namespace braid::engine {
namespace {

constexpr absl::Time kStart = absl::FromUnixSeconds(1000);
absl::Time At(double seconds) {
  return kStart + absl::Seconds(seconds);
}

TEST(RateWindowTest, BurstOfAFreshOneGoesThrough) {
  RateWindow rate(11, absl::Seconds(1));
  EXPECT_EQ(rate.PauseFor(100, kStart), absl::ZeroDuration());
  rate.Record(RateWindow::Burst(11, absl::Seconds(1), 100), kStart);
  EXPECT_EQ(rate.PauseFor(100, kStart), absl::ZeroDuration());
  rate.Record(50, kStart);
  EXPECT_EQ(rate.PauseFor(100, kStart), absl::Milliseconds(500));
}

TEST(RateWindowTest, AfterThePauseTheRateIsRight) {
  RateWindow rate(11, absl::Seconds(1));
  rate.Record(1200, kStart);
  const absl::Duration pause = rate.PauseFor(100, kStart);
  EXPECT_EQ(pause, absl::Seconds(2));
  EXPECT_EQ(rate.PauseFor(100, kStart + pause), absl::Seconds(2)) << "idle windows count as ten";
  EXPECT_EQ(rate.PauseFor(100, At(11)), absl::ZeroDuration()) << "the window is forgotten";
}

TEST(RateWindowTest, SteadyUseAtTheRateIsNeverPaused) {
  RateWindow rate(11, absl::Seconds(1));
  for (int i = 0; i < 300; ++i) {
    rate.Record(10, At(i / 10.0));
    EXPECT_LE(rate.PauseFor(110, At(i / 10.0)), absl::ZeroDuration()) << i;
  }
}

TEST(RateWindowTest, WhatWasTakenBackDoesNotCount) {
  RateWindow rate(2, absl::Seconds(1));
  rate.Record(500, kStart);
  rate.Record(-500, kStart);
  EXPECT_EQ(rate.PauseFor(1, kStart), absl::ZeroDuration());
  EXPECT_FALSE(rate.idle(kStart));
  EXPECT_TRUE(rate.idle(At(2)));
}

}  // namespace
}  // namespace braid::engine
