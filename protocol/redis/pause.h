// CLIENT PAUSE: for a while the requests of clients, or those that write, are left where they are.
// Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_PAUSE_H_
#define BRAID_PROTOCOL_REDIS_PAUSE_H_

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/waiter.h"

namespace braid::redis {

class Pause {
 public:
  enum class Scope { kNothing, kWrites, kEverything };

  // Begins a pause, or makes the one under way longer or wider; never shorter or narrower.
  void Begin(Scope scope, absl::Time now, absl::Time until);
  void End();

  // False: nothing is held back. Costs one relaxed load.
  bool begun() const { return begun_.load(std::memory_order_relaxed); }
  // What is held back at `now`.
  Scope At(absl::Time now);
  absl::Time until() const;
  // Wakes `waiter` when the pause is ended early; at once when there is none.
  void Arm(const engine::WaiterPtr& waiter);

 private:
  std::atomic<bool> begun_{false};  // and nobody has seen yet that it is over
  mutable absl::Mutex mu_;
  Scope scope_ ABSL_GUARDED_BY(mu_) = Scope::kNothing;
  absl::Time until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
  engine::WaitList waiting_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_PAUSE_H_
