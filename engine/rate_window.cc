#include "engine/rate_window.h"

#include <algorithm>
#include <cassert>

namespace braid::engine {

RateWindow::RateWindow(int windows, absl::Duration window) : windows_(windows), window_(window) {
  assert(windows >= 2);
}

void RateWindow::Forget(absl::Time now) {
  while (!samples_.empty() && samples_.front().begin + windows_ * window_ <= now) {
    samples_.pop_front();
  }
}

void RateWindow::Record(double amount, absl::Time now) {
  Forget(now);
  if (samples_.empty() || samples_.back().begin + window_ <= now) samples_.push_back({now, 0});
  samples_.back().amount += amount;
}

absl::Duration RateWindow::PauseFor(double per_second, absl::Time now) {
  Forget(now);
  if (samples_.empty() || per_second <= 0) return absl::ZeroDuration();
  double total = 0;
  for (const Sample& sample : samples_) total += sample.amount;
  const absl::Duration span = std::max(now - samples_.front().begin, (windows_ - 1) * window_);
  // The total would be right over this long.
  return std::max(absl::Seconds(total / per_second) - span, absl::ZeroDuration());
}

bool RateWindow::idle(absl::Time now) {
  Forget(now);
  return samples_.empty();
}

}  // namespace braid::engine
