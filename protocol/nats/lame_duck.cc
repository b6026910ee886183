#include "protocol/nats/lame_duck.h"

#include <algorithm>
#include <utility>

namespace braid::nats {
namespace {

constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr absl::Duration kShortestPause = absl::Milliseconds(10);

}  // namespace

void LameDuck::After(absl::Duration wait) {
  catalog_.timers().Add(catalog_.Now() + wait, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->CloseSome();
  });
}

void LameDuck::CloseSome() {
  const std::vector<ClientPtr> clients = clients_.Connected();
  if (clients.empty()) return done_();
  if (batch_ == 0) {
    const absl::Duration left = std::max(options_.duration - options_.grace_period, kShortestPause);
    pause_ = std::clamp(left / static_cast<int64_t>(clients.size()), kShortestPause, kLongestPause);
    const auto pauses = std::max<size_t>(1, static_cast<size_t>(absl::FDivDuration(left, pause_)));
    batch_ = (clients.size() + pauses - 1) / pauses;
  }
  for (size_t i = 0; i < std::min(batch_, clients.size()); ++i) {
    if (clients[i]->connection().outbox_bytes() == 0) {
      clients[i]->Close(CloseReason::kServerShutdown);
    } else {
      clients[i]->Fail("", CloseReason::kServerShutdown);
    }
  }
  After(pause_);
}

}  // namespace braid::nats
