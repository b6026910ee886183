#include "protocol/upkeeper.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace braid::net {
namespace {

constexpr int kNiceness = 10;

// How long writing so much should take, all in all.
absl::Duration TimeFor(int64_t bytes, int64_t bytes_per_second) {
  if (bytes_per_second <= 0) return absl::ZeroDuration();
  return absl::Seconds(static_cast<double>(bytes) / static_cast<double>(bytes_per_second));
}

}  // namespace

void Upkeeper::Request() {
  absl::MutexLock lock(&mu_);
  if (stopped_) return;
  requested_ = true;
  if (threaded_ && !thread_.joinable()) thread_ = std::thread([this] { Run(); });
}

bool Upkeeper::RunPending() {
  {
    absl::MutexLock lock(&mu_);
    if (!std::exchange(requested_, false)) return false;
  }
  if (catalog_->Maintain(&cancel_).more) Request();
  return true;
}

void Upkeeper::Run() {
  // Of this thread alone, as Linux has it; where it cannot be had, upkeep is just not as polite.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNiceness);
  for (;;) {
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &Upkeeper::HasWork));
      if (stopped_) return;
      requested_ = false;
    }
    const absl::Time began = absl::Now();
    const engine::Catalog::Maintained done = catalog_->Maintain(&cancel_);
    absl::MutexLock lock(&mu_);
    requested_ = requested_ || done.more;
    const absl::Duration rest =
        TimeFor(done.bytes_written, catalog_->options().maintain_bytes_per_second) -
        (absl::Now() - began);
    if (rest > absl::ZeroDuration()) {
      mu_.AwaitWithTimeout(absl::Condition(this, &Upkeeper::IsStopped), rest);
    }
  }
}

void Upkeeper::Stop() {
  std::thread thread;
  cancel_ = true;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace braid::net
