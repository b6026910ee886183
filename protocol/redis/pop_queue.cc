#include "protocol/redis/pop_queue.h"

#include <utility>

#include "protocol/redis/client.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

std::optional<Popped> PopFor(Call& call, Keyspace& keyspace, const PopQueue::Waiting& waiting) {
  for (const std::string& name : waiting.keys) {
    const Key key = keyspace.Find(waiting.database, name);
    if (!key.Is(engine::ValueKind::kList)) continue;
    const bool last = key.value->size() == 1;
    Popped popped{name, keyspace.edit().Pop(*key.value, waiting.front)};
    Notify(call, waiting.database, KeyEvent::kList, waiting.front ? "lpop" : "rpop", name);
    if (last) Notify(call, waiting.database, KeyEvent::kGeneric, "del", name);
    return popped;
  }
  return std::nullopt;
}

}  // namespace

void PopQueue::Add(std::shared_ptr<Waiting> waiting) {
  absl::MutexLock lock(&mu_);
  waiting_.push_back(std::move(waiting));
  size_ = waiting_.size();
}

void PopQueue::Remove(const Waiting& waiting) {
  absl::MutexLock lock(&mu_);
  waiting_.remove_if([&](const auto& one) { return one.get() == &waiting; });
  size_ = waiting_.size();
}

void PopQueue::Arm(Waiting& waiting, engine::WaiterPtr waiter) {
  {
    absl::MutexLock lock(&mu_);
    waiting.waiter = waiter;
    if (!waiting.popped) return;
  }
  waiter->Wake();
}

std::optional<Popped> PopQueue::Take(Waiting& waiting) {
  absl::MutexLock lock(&mu_);
  return std::exchange(waiting.popped, std::nullopt);
}

void PopQueue::Serve(Call& call) {
  std::vector<engine::WaiterPtr> wake;
  {
    Keyspace keyspace(call);
    absl::MutexLock lock(&mu_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      (*it)->popped = PopFor(call, keyspace, **it);
      if (!(*it)->popped) {
        ++it;
        continue;
      }
      if ((*it)->waiter != nullptr) wake.push_back((*it)->waiter);
      it = waiting_.erase(it);
    }
    size_ = waiting_.size();
  }
  engine::WakeAll(std::move(wake));
}

}  // namespace braid::redis
