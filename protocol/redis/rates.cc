#include "protocol/redis/rates.h"

namespace braid::redis {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(1);
constexpr absl::Duration kApart = absl::Milliseconds(100);  // samples closer than this say little

}  // namespace

std::array<double, Rates::kCounters> Rates::Look(absl::Time now, const Counters& counters) {
  absl::MutexLock lock(&mu_);
  while (samples_.size() > 1 && samples_[1].at <= now - kWindow) samples_.pop_front();
  const Sample& oldest = samples_.front();
  const double seconds = absl::ToDoubleSeconds(now - oldest.at);
  std::array<double, kCounters> rates{};
  for (size_t i = 0; i < kCounters && seconds > 0; ++i) {
    rates[i] = static_cast<double>(counters[i] - oldest.counters[i]) / seconds;
  }
  if (now - samples_.back().at >= kApart) samples_.push_back({now, counters});
  return rates;
}

void Rates::Reset(absl::Time now) {
  absl::MutexLock lock(&mu_);
  samples_.assign(1, {now, {}});
}

}  // namespace braid::redis
