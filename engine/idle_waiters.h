// Who waits for an outstanding delivery to be some time old. Not thread-safe: guarded by its
// stream.
#ifndef BRAID_ENGINE_IDLE_WAITERS_H_
#define BRAID_ENGINE_IDLE_WAITERS_H_

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/waiter.h"

namespace braid::engine {

class IdleWaiters {
 public:
  void Add(absl::Duration min_idle, WaiterPtr waiter) {
    if (waiters_.size() >= prune_at_) {
      std::erase_if(waiters_, [](const auto& entry) { return entry.second->spent(); });
      prune_at_ = 2 * waiters_.size() + 64;
    }
    waiters_.emplace_back(min_idle, std::move(waiter));
  }
  bool empty() const { return waiters_.empty(); }

  // Those for whom a delivery made at `oldest` is old enough, in arrival order.
  std::vector<WaiterPtr> Take(absl::Time oldest, absl::Time now) {
    std::vector<WaiterPtr> ready;
    std::erase_if(waiters_, [&](const auto& entry) {
      if (oldest + entry.first > now) return false;
      ready.push_back(entry.second);
      return true;
    });
    return ready;
  }
  // When Take has something next; InfiniteFuture: never.
  absl::Time Next(absl::Time oldest) const {
    absl::Time next = absl::InfiniteFuture();
    for (const auto& [min_idle, waiter] : waiters_) {
      if (!waiter->spent()) next = std::min(next, oldest + min_idle);
    }
    return next;
  }

 private:
  std::vector<std::pair<absl::Duration, WaiterPtr>> waiters_;
  size_t prune_at_ = 64;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_IDLE_WAITERS_H_
