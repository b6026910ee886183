#include "protocol/ticker.h"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace braid::net {
namespace {

// The engine's clock may be set forward while the timer, which is monotonic, sleeps.
constexpr absl::Duration kLongestSleep = absl::Minutes(5);

}  // namespace

Ticker::Ticker(engine::Catalog* catalog, boost::asio::io_context* context)
    : catalog_(catalog),
      context_(context),
      timer_(std::make_unique<boost::asio::steady_timer>(*context)) {}

void Ticker::Start() {
  catalog_->timers().SetEarlierHook([weak = weak_from_this()] {
    if (const std::shared_ptr<Ticker> self = weak.lock()) self->Earlier();
  });
  Earlier();
}

void Ticker::Stop() {
  catalog_->timers().SetEarlierHook({});
  absl::MutexLock lock(&mu_);
  context_ = nullptr;
  timer_.reset();
}

void Ticker::Earlier() {
  if (rearm_posted_.exchange(true)) return;
  absl::MutexLock lock(&mu_);
  if (context_ == nullptr) return;
  boost::asio::post(*context_, [self = shared_from_this()] {
    self->rearm_posted_ = false;
    self->Arm(self->catalog_->timers().NextDeadline());
  });
}

void Ticker::Tick() {
  Arm(catalog_->Tick());
}

void Ticker::Arm(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return;
  const absl::Duration sleep =
      std::clamp(deadline - catalog_->Now(), absl::ZeroDuration(), kLongestSleep);
  // Rounded up: early is useless, and a sleep of zero would go round until the time has come.
  timer_->expires_after(absl::ToChronoNanoseconds(sleep + absl::Microseconds(1)));
  timer_->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->Tick();
  });
}

}  // namespace braid::net
