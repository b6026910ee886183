// Which keys are watched, and how often each was changed since: what tells a key that was made and
// deleted again from one that nobody touched. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_WATCHES_H_
#define BRAID_PROTOCOL_REDIS_WATCHES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace braid::redis {

// How often a watched key was changed. Whoever watches holds it.
using ChangeCount = std::shared_ptr<std::atomic<uint64_t>>;

class Watches {
 public:
  ChangeCount Watch(int database, std::string_view key);
  // The key was changed. Costs one load while nothing is watched.
  void Touch(int database, std::string_view key);

 private:
  absl::Mutex mu_;
  absl::flat_hash_map<std::string, std::weak_ptr<std::atomic<uint64_t>>> counts_
      ABSL_GUARDED_BY(mu_);  // by canonical name
  size_t prune_at_ ABSL_GUARDED_BY(mu_) = 64;
  std::atomic<bool> any_{false};
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_WATCHES_H_
