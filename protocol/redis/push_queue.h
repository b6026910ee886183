// What a client is told without having asked: messages of its channels, and what MONITOR shows.
//
// Any thread pushes; the bytes go to the connection at once, except while the session has a batch
// of requests under way: then they are held until its replies have left, so that a message never
// comes before the confirmation of the subscription that brings it, nor amid replies.
//
// Bounded: a client for which more gathers than its limit allows is disconnected. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_PUSH_QUEUE_H_
#define BRAID_PROTOCOL_REDIS_PUSH_QUEUE_H_

#include <cstddef>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "braid/buffer.h"
#include "protocol/redis/settings.h"

namespace braid::redis {

class PushQueue {
 public:
  // Of the connection; all safe to call from any thread, and after it is gone.
  struct Outlet {
    std::function<void(const Buffer&)> send;
    std::function<size_t()> outbox_bytes;  // sent and not yet taken by the kernel
    std::function<void()> close;
  };

  explicit PushQueue(Outlet outlet) : outlet_(std::move(outlet)) {}

  // False when the client was disconnected for it.
  bool Push(const Buffer& bytes, const OutputLimit& limit, absl::Time now);

  // The session's: pushes wait from Hold() until Release().
  void Hold();
  void Release();
  // What is held so far, for the session to put among its replies.
  std::vector<Buffer> TakeHeld();
  // Bytes held.
  size_t held_bytes() const;

 private:
  bool IsTooMuch(size_t bytes, const OutputLimit& limit, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Outlet outlet_;
  mutable absl::Mutex mu_;
  bool holding_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<Buffer> held_ ABSL_GUARDED_BY(mu_);
  size_t held_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time soft_since_ ABSL_GUARDED_BY(mu_) = absl::InfiniteFuture();  // above the soft limit
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_PUSH_QUEUE_H_
