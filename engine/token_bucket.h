// What may be done at a rate, with some saved up: whoever finds no debt may do as much as it likes
// at once, and nobody else may until that is paid off. Starts full. Pure: no clock, no lock.
#ifndef BRAID_ENGINE_TOKEN_BUCKET_H_
#define BRAID_ENGINE_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace braid::engine {

class TokenBucket {
 public:
  // It holds what comes in within `saved`.
  explicit TokenBucket(absl::Duration saved) : saved_(saved) {}

  // Zero: `amount` has been taken. Else nothing has, and how long it is until something may be. The
  // rate may change from call to call.
  absl::Duration Take(double amount, double per_second, absl::Time now) {
    const double most = per_second * absl::ToDoubleSeconds(saved_);
    const double came = per_second * absl::ToDoubleSeconds(now - filled_);
    tokens_ = filled_ == absl::InfinitePast() ? most : std::min(tokens_ + came, most);
    filled_ = now;
    if (tokens_ < 0) return absl::Seconds(-tokens_ / per_second);
    tokens_ -= amount;
    return absl::ZeroDuration();
  }
  // As good as new, at the rate it was last used at.
  bool idle(double per_second, absl::Time now) const {
    return tokens_ + per_second * absl::ToDoubleSeconds(now - filled_) >=
           per_second * absl::ToDoubleSeconds(saved_);
  }

 private:
  absl::Duration saved_;
  double tokens_ = 0;
  absl::Time filled_ = absl::InfinitePast();
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TOKEN_BUCKET_H_
