// Who waits in BLPOP and BRPOP. First come, first served: an element goes to the first of those who
// wait for its list, before their sessions are woken.
#ifndef BRAID_PROTOCOL_REDIS_POP_QUEUE_H_
#define BRAID_PROTOCOL_REDIS_POP_QUEUE_H_

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/waiter.h"

namespace braid::redis {

struct Call;

struct Popped {
  std::string key;
  std::string element;
};

// Thread-safe.
class PopQueue {
 public:
  // One waiting request; known by its address.
  struct Waiting {
    int database = 0;
    std::vector<std::string> keys;  // the first that has an element gives it
    bool front = true;              // from which end
    engine::WaiterPtr waiter = {};
    std::optional<Popped> popped = {};
  };

  bool empty() const { return size_.load(std::memory_order_acquire) == 0; }
  void Add(std::shared_ptr<Waiting> waiting);
  // From now on it is given nothing.
  void Remove(const Waiting& waiting);
  // `waiter` is woken when `waiting` is given an element; at once if it has one.
  void Arm(Waiting& waiting, engine::WaiterPtr waiter);
  // What it was given, once.
  std::optional<Popped> Take(Waiting& waiting);

  // Gives what there is to those who wait. What that writes is the call's.
  void Serve(Call& call);

 private:
  absl::Mutex mu_;
  std::list<std::shared_ptr<Waiting>> waiting_ ABSL_GUARDED_BY(mu_);
  std::atomic<size_t> size_{0};
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_POP_QUEUE_H_
