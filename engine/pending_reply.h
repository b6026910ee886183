// An answer that may not be there yet. One caller takes it; it is completed once. Thread-safe.
#ifndef BRAID_ENGINE_PENDING_REPLY_H_
#define BRAID_ENGINE_PENDING_REPLY_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/membership.h"
#include "engine/waiter.h"

namespace braid::engine {

template <class Reply>
class PendingReply {
 public:
  // The answer, moved out; nullopt while there is none.
  std::optional<Reply> Take() {
    absl::MutexLock lock(&mu_);
    return std::exchange(reply_, std::nullopt);
  }
  // Wakes `waiter` when there is an answer, at once if there is one already.
  void Wait(WaiterPtr waiter) {
    {
      absl::MutexLock lock(&mu_);
      if (!reply_) {
        waiter_ = std::move(waiter);
        return;
      }
    }
    waiter->Wake();
  }
  void Complete(Reply reply) {
    WaiterPtr waiter;
    {
      absl::MutexLock lock(&mu_);
      reply_ = std::move(reply);
      waiter = std::move(waiter_);
    }
    if (waiter) waiter->Wake();
  }

 private:
  absl::Mutex mu_;
  std::optional<Reply> reply_ ABSL_GUARDED_BY(mu_);
  WaiterPtr waiter_ ABSL_GUARDED_BY(mu_);
};

using PendingJoin = std::shared_ptr<PendingReply<JoinReply>>;
using PendingSync = std::shared_ptr<PendingReply<SyncReply>>;

}  // namespace braid::engine

#endif  // BRAID_ENGINE_PENDING_REPLY_H_
