// How fast counters that only grow are growing, for whoever looks now and then. Nothing runs
// between looks: a rate is that of about the last second when somebody looks more often, and else
// of the time since the last look. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_RATES_H_
#define BRAID_PROTOCOL_REDIS_RATES_H_

#include <array>
#include <cstdint>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace braid::redis {

class Rates {
 public:
  static constexpr size_t kCounters = 3;
  using Counters = std::array<int64_t, kCounters>;

  // All counters were zero at `start`.
  explicit Rates(absl::Time start) : samples_{{start, {}}} {}

  // Per second, of each counter; `counters` are their values now.
  std::array<double, kCounters> Look(absl::Time now, const Counters& counters);
  // The counters begin again at zero.
  void Reset(absl::Time now);

 private:
  struct Sample {
    absl::Time at;
    Counters counters{};
  };
  absl::Mutex mu_;
  std::deque<Sample> samples_ ABSL_GUARDED_BY(mu_);  // oldest first; never empty
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_RATES_H_
