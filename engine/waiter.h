// One-shot wake-ups: how a caller that found nothing waits for something.
//
// A Waiter is shared by everyone that may wake it (several streams, a deadline); the first one
// does, the rest find it spent. It carries no data: whoever is woken looks again.
#ifndef BRAID_ENGINE_WAITER_H_
#define BRAID_ENGINE_WAITER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace braid::engine {

class Waiter {
 public:
  // `wake` runs at most once, on the thread that wakes, with no engine lock held. It must not block
  // or call the engine: it posts.
  explicit Waiter(std::function<void()> wake) : wake_(std::move(wake)) {}

  // Returns whether this call was the one that woke it.
  bool Wake() {
    if (spent_.exchange(true)) return false;
    if (wake_) wake_();
    return true;
  }
  // Makes it never fire; false when it already has.
  bool Cancel() { return !spent_.exchange(true); }
  bool spent() const { return spent_.load(); }

 private:
  std::atomic<bool> spent_{false};
  std::function<void()> wake_;
};

using WaiterPtr = std::shared_ptr<Waiter>;

// Waiters in arrival order. Not thread-safe: lies under its owner's lock; Take() under the lock,
// wake outside it.
class WaitList {
 public:
  void Add(WaiterPtr waiter) {
    if (waiters_.size() >= prune_at_) {
      std::erase_if(waiters_, [](const WaiterPtr& w) { return w->spent(); });
      prune_at_ = 2 * waiters_.size() + 64;
    }
    waiters_.push_back(std::move(waiter));
  }
  std::vector<WaiterPtr> Take() { return std::exchange(waiters_, {}); }
  bool empty() const { return waiters_.empty(); }

 private:
  std::vector<WaiterPtr> waiters_;
  size_t prune_at_ = 64;
};

inline void WakeAll(std::vector<WaiterPtr> waiters) {
  for (const WaiterPtr& waiter : waiters) waiter->Wake();
}

}  // namespace braid::engine

#endif  // BRAID_ENGINE_WAITER_H_
