// The engine's deadlines: one queue, run by Tick(). Nothing here watches a clock; whoever owns one
// calls RunDue(now), and is told through the hook when it should come earlier than it thought.
//
// Thread-safe. Callbacks and the hook run in the calling thread, outside the lock, and may add and
// cancel.
#ifndef BRAID_ENGINE_TIMERS_H_
#define BRAID_ENGINE_TIMERS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace braid::engine {

// Names a timer for as long as it is waiting; never reused. 0 is no timer.
using TimerId = uint64_t;

class Timers {
 public:
  using Callback = absl::AnyInvocable<void()>;

  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // Calls `callback` once, from the first RunDue(now) with now >= when. InfiniteFuture: never,
  // until cancelled. Timers of the same time run in the order they were added.
  TimerId Add(absl::Time when, Callback callback);

  // True: the callback will not run. False: it has run, is running, or there is no such timer; this
  // does not wait for one that is running.
  bool Cancel(TimerId id);

  // Runs what is due, earliest first, and returns how many ran. Timers added meanwhile wait for the
  // next call even when already due.
  int64_t RunDue(absl::Time now);

  // The earliest `when`; InfiniteFuture when there is none.
  absl::Time NextDeadline() const;

  // `hook` is called after each Add that makes NextDeadline() earlier. Empty: none. A call already
  // under way in another thread may finish after this returns.
  void SetEarlierHook(std::function<void()> hook);

  int64_t size() const;

 private:
  using Key = std::pair<absl::Time, TimerId>;
  // Takes `id` out of firing_: false when it was cancelled meanwhile.
  bool StartFiring(TimerId id);

  mutable absl::Mutex mu_;
  TimerId next_id_ ABSL_GUARDED_BY(mu_) = 1;
  absl::btree_map<Key, Callback> queue_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<TimerId, absl::Time> times_ ABSL_GUARDED_BY(mu_);  // of what is in queue_
  absl::flat_hash_set<TimerId> firing_ ABSL_GUARDED_BY(mu_);  // taken by a RunDue, not yet run
  std::shared_ptr<const std::function<void()>> earlier_hook_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_TIMERS_H_
