// What a stream operation leaves to do once its mutex is free: nobody is woken, and no timer armed,
// under a stream's lock. Declare one before the lock; its destructor does the work.
#ifndef BRAID_ENGINE_AFTER_UNLOCK_H_
#define BRAID_ENGINE_AFTER_UNLOCK_H_

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "engine/waiter.h"

namespace braid::engine {

class Stream;

class AfterUnlock {
 public:
  explicit AfterUnlock(Stream* stream) : stream_(stream) {}
  ~AfterUnlock();
  AfterUnlock(const AfterUnlock&) = delete;
  AfterUnlock& operator=(const AfterUnlock&) = delete;

  void Wake(std::vector<WaiterPtr> waiters) {
    std::move(waiters.begin(), waiters.end(), std::back_inserter(waiters_));
  }
  // The stream's deadlines are looked at no later than `when`.
  void ArmAt(absl::Time when) { arm_at_ = std::min(arm_at_, when); }
  void Call(std::function<void()> call) { calls_.push_back(std::move(call)); }
  // There is upkeep to do: Catalog::Maintain.
  void AskForUpkeep() { upkeep_ = true; }

 private:
  Stream* const stream_;
  absl::Time arm_at_ = absl::InfiniteFuture();
  std::vector<WaiterPtr> waiters_;
  std::vector<std::function<void()>> calls_;
  bool upkeep_ = false;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_AFTER_UNLOCK_H_
