// A request that found nothing and waits.
#ifndef BRAID_PROTOCOL_REDIS_BLOCKED_H_
#define BRAID_PROTOCOL_REDIS_BLOCKED_H_

#include "absl/time/time.h"
#include "engine/waiter.h"

namespace braid::redis {

class Client;

// Belongs to its client, and owns the bytes of its request.
class Blocked {
 public:
  explicit Blocked(absl::Time deadline) : deadline_(deadline) {}
  virtual ~Blocked() = default;
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;

  absl::Time deadline() const { return deadline_; }  // on the engine's clock
  // Replies with what there is; false, and no reply, when there is still nothing.
  virtual bool Try(Client& client) = 0;
  // The wait is over, by its deadline or by CLIENT UNBLOCK. True: something had come after all, and
  // is replied.
  virtual bool EndWait(Client&) { return false; }
  // Registers `waiter` for everything that could let Try find something, or fail.
  virtual void Arm(Client& client, const engine::WaiterPtr& waiter) = 0;

 private:
  const absl::Time deadline_;
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_BLOCKED_H_
