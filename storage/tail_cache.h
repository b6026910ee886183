// The newest batches of a log, as they were appended: readers at the end of a log need no file.
// Bounded by the bytes it keeps in memory; the oldest batch goes first. Thread-safe.
#ifndef BRAID_STORAGE_TAIL_CACHE_H_
#define BRAID_STORAGE_TAIL_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/batch.h"

namespace braid::storage {

// What several caches may hold together. A cache that adds while the sum is past the limit gives up
// its own oldest batches, so that the busy logs of many pay for their own tails.
class TailBudget {
 public:
  explicit TailBudget(int64_t max_bytes) : max_bytes_(max_bytes) {}
  void Add(int64_t bytes) { bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  bool exceeded() const { return bytes_.load(std::memory_order_relaxed) > max_bytes_; }
  int64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  const int64_t max_bytes_;
  std::atomic<int64_t> bytes_ = 0;
};

class TailCache {
 public:
  struct Entry {
    Batch batch;
    int64_t running_max_before_ms = -1;  // of everything before the batch
    int64_t cost = 0;                    // bytes in memory
  };

  // `budget` may be null.
  explicit TailCache(int64_t max_bytes, std::shared_ptr<TailBudget> budget = nullptr)
      : max_bytes_(max_bytes), budget_(std::move(budget)) {}
  ~TailCache();
  TailCache(const TailCache&) = delete;
  TailCache& operator=(const TailCache&) = delete;

  // The next batch. One that is a small part of what its Buffer keeps in memory is copied.
  void Add(Batch batch, int64_t running_max_before_ms);

  // Up to `max_entries` batches from the one that contains `from`, none starting at or past `end`.
  // Empty when the cache does not reach back to `from`.
  std::vector<Entry> Read(Offset from, Offset end, size_t max_entries) const;

  // Forgets what lies wholly below `offset`.
  void DropBelow(Offset offset);

 private:
  void DropFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  void Count(int64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool IsFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const int64_t max_bytes_;
  const std::shared_ptr<TailBudget> budget_;
  mutable absl::Mutex mu_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mu_);  // oldest first, without gaps between offsets
  int64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_TAIL_CACHE_H_
