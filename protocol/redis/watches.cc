#include "protocol/redis/watches.h"

#include "engine/names.h"

namespace braid::redis {

ChangeCount Watches::Watch(int database, std::string_view key) {
  absl::MutexLock lock(&mu_);
  if (counts_.size() >= prune_at_) {
    absl::erase_if(counts_, [](const auto& entry) { return entry.second.expired(); });
    prune_at_ = 2 * counts_.size() + 64;
  }
  std::weak_ptr<std::atomic<uint64_t>>& known = counts_[engine::CanonicalName(database, key)];
  ChangeCount count = known.lock();
  if (count == nullptr) known = count = std::make_shared<std::atomic<uint64_t>>(0);
  any_ = true;
  return count;
}

void Watches::Touch(int database, std::string_view key) {
  if (!any_.load(std::memory_order_acquire)) return;
  absl::MutexLock lock(&mu_);
  const auto it = counts_.find(engine::CanonicalName(database, key));
  if (it == counts_.end()) return;
  if (const ChangeCount count = it->second.lock()) {
    count->fetch_add(1);
    return;
  }
  counts_.erase(it);
  any_ = !counts_.empty();
}

}  // namespace braid::redis
