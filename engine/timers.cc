#include "engine/timers.h"

#include <vector>

namespace braid::engine {

TimerId Timers::Add(absl::Time when, Callback callback) {
  std::shared_ptr<const std::function<void()>> hook;
  TimerId id;
  {
    absl::MutexLock lock(&mu_);
    id = next_id_++;
    const bool earlier = queue_.empty() || when < queue_.begin()->first.first;
    queue_.emplace(Key{when, id}, std::move(callback));
    times_.emplace(id, when);
    if (earlier && when != absl::InfiniteFuture()) hook = earlier_hook_;
  }
  if (hook != nullptr) (*hook)();
  return id;
}

bool Timers::Cancel(TimerId id) {
  Callback cancelled;  // destroyed after the lock is released
  absl::MutexLock lock(&mu_);
  if (firing_.erase(id) > 0) return true;
  auto time = times_.find(id);
  if (time == times_.end()) return false;
  auto it = queue_.find(Key{time->second, id});
  cancelled = std::move(it->second);
  queue_.erase(it);
  times_.erase(time);
  return true;
}

int64_t Timers::RunDue(absl::Time now) {
  std::vector<std::pair<TimerId, Callback>> due;
  {
    absl::MutexLock lock(&mu_);
    while (!queue_.empty()) {
      auto it = queue_.begin();
      const auto [when, id] = it->first;
      if (when > now || when == absl::InfiniteFuture()) break;
      firing_.insert(id);
      times_.erase(id);
      due.emplace_back(id, std::move(it->second));
      queue_.erase(it);
    }
  }
  int64_t ran = 0;
  for (auto& [id, callback] : due) {
    if (!StartFiring(id)) continue;
    callback();
    callback = nullptr;  // what it holds goes now, not when the whole sweep is over
    ++ran;
  }
  return ran;
}

bool Timers::StartFiring(TimerId id) {
  absl::MutexLock lock(&mu_);
  return firing_.erase(id) > 0;
}

absl::Time Timers::NextDeadline() const {
  absl::MutexLock lock(&mu_);
  return queue_.empty() ? absl::InfiniteFuture() : queue_.begin()->first.first;
}

void Timers::SetEarlierHook(std::function<void()> hook) {
  std::shared_ptr<const std::function<void()>> shared;
  if (hook) shared = std::make_shared<const std::function<void()>>(std::move(hook));
  absl::MutexLock lock(&mu_);
  earlier_hook_.swap(shared);  // the old one dies after the lock is released
}

int64_t Timers::size() const {
  absl::MutexLock lock(&mu_);
  return static_cast<int64_t>(queue_.size());
}

}  // namespace braid::engine
