#include "protocol/nats/pull_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "braid/error.h"
#include "protocol/nats/json.h"
#include "protocol/nats/text.h"

namespace braid::nats {

absl::StatusOr<PullRequest> ParsePullRequest(std::string_view body) {
  body = Trimmed(body);
  PullRequest request;
  if (!body.empty() && body[0] == '{') {
    JsonFaults faults;
    ReadJson(body, Strict::kYes, &request, &faults);
    if (!faults.invalid.empty()) {
      return MakeError(Errc::kInvalidArgument, fmt::format("Bad Request - {}", faults.invalid));
    }
    if (!faults.unsupported.empty()) {
      return MakeError(Errc::kUnsupported,
                       fmt::format("Bad Request - {} is not supported", faults.unsupported));
    }
  } else {
    request.batch = ParseNumber(body).value_or(1);
  }
  request.batch = std::max<int64_t>(1, request.batch);
  request.expires = std::max(request.expires, absl::ZeroDuration());
  request.max_bytes = std::max<int64_t>(0, request.max_bytes);
  if (request.idle_heartbeat < absl::ZeroDuration() ||
      (request.idle_heartbeat > absl::ZeroDuration() &&
       request.idle_heartbeat > request.expires / 2)) {
    return MakeError(Errc::kInvalidArgument, "Bad Request - heartbeat value too large");
  }
  return request;
}

void PullQueue::Add(PullRequest request, absl::Time now) {
  WaitingPull pull;
  pull.messages_left = request.batch;
  pull.bytes_left = request.max_bytes;
  pull.expires_at =
      request.expires > absl::ZeroDuration() ? now + request.expires : absl::InfiniteFuture();
  pull.heartbeat_at = request.idle_heartbeat > absl::ZeroDuration() ? now + request.idle_heartbeat
                                                                    : absl::InfiniteFuture();
  pull.request = std::move(request);
  waiting_.push_back(std::move(pull));
}

int64_t PullQueue::messages_left() const {
  int64_t sum = 0;
  for (const WaitingPull& pull : waiting_) {
    if (pull.messages_left > std::numeric_limits<int64_t>::max() - sum) {
      return std::numeric_limits<int64_t>::max();
    }
    sum += pull.messages_left;
  }
  return sum;
}

bool PullQueue::has_byte_limits() const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [](const WaitingPull& pull) { return pull.request.max_bytes > 0; });
}

void PullQueue::Served(int64_t bytes, absl::Time now) {
  WaitingPull pull = TakeFront();
  pull.served = true;
  pull.bytes_left -= bytes;
  if (--pull.messages_left <= 0) return;
  if (pull.heartbeat_at != absl::InfiniteFuture()) {
    pull.heartbeat_at = now + pull.request.idle_heartbeat;
  }
  waiting_.push_back(std::move(pull));
}

WaitingPull PullQueue::TakeFront() {
  WaitingPull pull = std::move(waiting_.front());
  waiting_.pop_front();
  return pull;
}

std::vector<WaitingPull> PullQueue::TakeIf(absl::FunctionRef<bool(const WaitingPull&)> gone) {
  std::vector<WaitingPull> taken;
  std::deque<WaitingPull> kept;
  for (WaitingPull& pull : waiting_) {
    if (gone(pull)) {
      taken.push_back(std::move(pull));
    } else {
      kept.push_back(std::move(pull));
    }
  }
  waiting_ = std::move(kept);
  return taken;
}

std::vector<WaitingPull> PullQueue::TakeExpired(absl::Time now) {
  if (NextDeadline() > now) return {};
  return TakeIf([now](const WaitingPull& pull) { return pull.expires_at <= now; });
}

std::vector<std::string> PullQueue::TakeHeartbeats(absl::Time now) {
  std::vector<std::string> replies;
  for (WaitingPull& pull : waiting_) {
    if (pull.heartbeat_at > now) continue;
    replies.push_back(pull.request.reply);
    pull.heartbeat_at = now + pull.request.idle_heartbeat;
  }
  return replies;
}

absl::Time PullQueue::NextDeadline() const {
  absl::Time next = absl::InfiniteFuture();
  for (const WaitingPull& pull : waiting_) {
    next = std::min({next, pull.expires_at, pull.heartbeat_at});
  }
  return next;
}

}  // namespace braid::nats
