// Bounds how many sealed segments are open (a file descriptor and an index in memory each), of one
// log or of all that share the pool: the one opened longest ago is closed when there are too many.
// Thread-safe.
#ifndef BRAID_STORAGE_SEGMENT_POOL_H_
#define BRAID_STORAGE_SEGMENT_POOL_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace braid::storage {

class Segment;

class SegmentPool {
 public:
  explicit SegmentPool(size_t max_open) : max_open_(max_open) {}

  // `segment` was opened. Returns the one to close in exchange, null when there is room; the caller
  // closes it once it holds no lock itself.
  std::shared_ptr<Segment> Admit(std::weak_ptr<Segment> segment);
  // All that are open, for a caller that ran out of file descriptors to close.
  std::vector<std::shared_ptr<Segment>> TakeAll();

 private:
  const size_t max_open_;
  absl::Mutex mu_;
  std::deque<std::weak_ptr<Segment>> open_ ABSL_GUARDED_BY(mu_);  // oldest first
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_POOL_H_
