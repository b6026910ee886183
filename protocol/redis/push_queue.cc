#include "protocol/redis/push_queue.h"

#include <utility>

namespace braid::redis {

bool PushQueue::Push(const Buffer& bytes, const OutputLimit& limit, absl::Time now) {
  absl::MutexLock lock(&mu_);
  const size_t unread = outlet_.outbox_bytes ? outlet_.outbox_bytes() : 0;
  if (IsTooMuch(unread + held_bytes_ + bytes.size(), limit, now)) {
    held_.clear();
    held_bytes_ = 0;
    if (outlet_.close) outlet_.close();
    return false;
  }
  if (holding_) {
    held_.push_back(bytes);
    held_bytes_ += bytes.size();
  } else if (outlet_.send) {
    outlet_.send(bytes);
  }
  return true;
}

bool PushQueue::IsTooMuch(size_t bytes, const OutputLimit& limit, absl::Time now) {
  const auto total = static_cast<int64_t>(bytes);
  if (limit.hard > 0 && total > limit.hard) return true;
  if (limit.soft == 0 || total <= limit.soft) {
    soft_since_ = absl::InfiniteFuture();
    return false;
  }
  if (soft_since_ == absl::InfiniteFuture()) soft_since_ = now;
  return now - soft_since_ > absl::Seconds(limit.soft_seconds);
}

void PushQueue::Hold() {
  absl::MutexLock lock(&mu_);
  holding_ = true;
}

void PushQueue::Release() {
  absl::MutexLock lock(&mu_);
  holding_ = false;
  for (const Buffer& bytes : std::exchange(held_, {})) {
    if (outlet_.send) outlet_.send(bytes);
  }
  held_bytes_ = 0;
}

std::vector<Buffer> PushQueue::TakeHeld() {
  absl::MutexLock lock(&mu_);
  held_bytes_ = 0;
  return std::exchange(held_, {});
}

size_t PushQueue::held_bytes() const {
  absl::MutexLock lock(&mu_);
  return held_bytes_;
}

}  // namespace braid::redis
