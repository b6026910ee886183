#include "protocol/flusher.h"

#include <utility>

namespace braid::net {

void Flusher::Request() {
  absl::MutexLock lock(&mu_);
  if (stopped_) return;
  requested_ = true;
  if (threaded_ && !thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

bool Flusher::RunPending() {
  {
    absl::MutexLock lock(&mu_);
    if (!std::exchange(requested_, false)) return false;
  }
  // A failure is told to whoever waits for it, by Catalog::IsDurable().
  (void)catalog_->Flush();
  return true;
}

void Flusher::Run() {
  for (;;) {
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &Flusher::HasWork));
      if (!requested_) return;
    }
    RunPending();
  }
}

void Flusher::Stop() {
  std::thread thread;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace braid::net
