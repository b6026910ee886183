// How fast something goes, over the last few windows of time, and how long it has to pause to be no
// faster than it may. A fresh one counts as if it had been idle before, so that a burst of what its
// windows allow together goes through. Pure: no clock, no lock.
#ifndef BRAID_ENGINE_RATE_WINDOW_H_
#define BRAID_ENGINE_RATE_WINDOW_H_

#include <deque>

#include "absl/time/time.h"

namespace braid::engine {

class RateWindow {
 public:
  // `windows` of length `window` are looked at; at least two.
  RateWindow(int windows, absl::Duration window);

  // May be negative, to take back what was recorded before.
  void Record(double amount, absl::Time now);
  // How long nothing may be added so that no more than `per_second` went on average; zero when it
  // is no faster now.
  absl::Duration PauseFor(double per_second, absl::Time now);
  // Nothing is left in any window.
  bool idle(absl::Time now);

  // What a fresh one lets through in one go.
  static double Burst(int windows, absl::Duration window, double per_second) {
    return per_second * absl::ToDoubleSeconds((windows - 1) * window);
  }

 private:
  struct Sample {
    absl::Time begin;
    double amount = 0;
  };
  void Forget(absl::Time now);

  const int windows_;
  const absl::Duration window_;
  std::deque<Sample> samples_;  // oldest first
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_RATE_WINDOW_H_
