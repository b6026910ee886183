#include "protocol/redis/pause.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace braid::redis {

void Pause::Begin(Scope scope, absl::Time now, absl::Time until) {
  absl::MutexLock lock(&mu_);
  const bool under_way = scope_ != Scope::kNothing && now < until_;
  scope_ = under_way ? std::max(scope_, scope) : scope;
  until_ = under_way ? std::max(until_, until) : until;
  begun_ = true;
}

void Pause::End() {
  std::vector<engine::WaiterPtr> waiting;
  {
    absl::MutexLock lock(&mu_);
    scope_ = Scope::kNothing;
    until_ = absl::InfinitePast();
    begun_ = false;
    waiting = waiting_.Take();
  }
  engine::WakeAll(std::move(waiting));
}

Pause::Scope Pause::At(absl::Time now) {
  if (!begun()) return Scope::kNothing;
  absl::MutexLock lock(&mu_);
  if (now >= until_) {  // whoever waits has a deadline of its own
    scope_ = Scope::kNothing;
    begun_ = false;
  }
  return scope_;
}

absl::Time Pause::until() const {
  absl::MutexLock lock(&mu_);
  return until_;
}

void Pause::Arm(const engine::WaiterPtr& waiter) {
  {
    absl::MutexLock lock(&mu_);
    if (scope_ != Scope::kNothing) return waiting_.Add(waiter);
  }
  waiter->Wake();
}

}  // namespace braid::redis
