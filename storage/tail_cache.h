// The newest batches of a log, as they were appended: readers at the end of a log need no file.
// Bounded by the bytes it keeps in memory; the oldest batch goes first. Thread-safe.
#ifndef BRAID_STORAGE_TAIL_CACHE_H_
#define BRAID_STORAGE_TAIL_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/batch.h"

namespace braid::storage {

class TailCache {
 public:
  struct Entry {
    Batch batch;
    int64_t running_max_before_ms = -1;  // of everything before the batch
    int64_t cost = 0;                    // bytes in memory
  };

  explicit TailCache(int64_t max_bytes) : max_bytes_(max_bytes) {}

  // The next batch. One that is a small part of what its Buffer keeps in memory is copied.
  void Add(Batch batch, int64_t running_max_before_ms);

  // Up to `max_entries` batches from the one that contains `from`, none starting at or past `end`.
  // Empty when the cache does not reach back to `from`.
  std::vector<Entry> Read(Offset from, Offset end, size_t max_entries) const;

  // Forgets what lies wholly below `offset`.
  void DropBelow(Offset offset);

 private:
  void DropFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const int64_t max_bytes_;
  mutable absl::Mutex mu_;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mu_);  // oldest first, without gaps between offsets
  int64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_TAIL_CACHE_H_
