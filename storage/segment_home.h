// What the segments of one log share: where they are, how many may be open, and what readers found
// damaged in them.
#ifndef BRAID_STORAGE_SEGMENT_HOME_H_
#define BRAID_STORAGE_SEGMENT_HOME_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/filesystem.h"
#include "storage/segment_files.h"
#include "storage/segment_pool.h"
#include "storage/segment_summary.h"

namespace braid::storage {

// The file system outlives it. Thread-safe.
class SegmentHome {
 public:
  SegmentHome(FileSystem& filesystem, std::string dir, int64_t index_interval_bytes,
              std::shared_ptr<SegmentPool> pool)
      : filesystem(&filesystem),
        dir(std::move(dir)),
        index_interval_bytes(index_interval_bytes),
        pool(std::move(pool)) {}

  FileSystem* const filesystem;
  const std::string dir;
  const int64_t index_interval_bytes;
  const std::shared_ptr<SegmentPool> pool;

  struct Finding {
    SegmentName segment;
    Damage damage;
  };
  // A reader met damage that nobody knew of. Kept until TakeFindings(), at most a few thousand:
  // whoever reads there again finds it again.
  void NoteDamage(SegmentName segment, const Damage& damage) {
    absl::MutexLock lock(&mu_);
    if (findings_.size() < kMaxFindings) findings_.push_back({segment, damage});
  }
  std::vector<Finding> TakeFindings() {
    absl::MutexLock lock(&mu_);
    return std::exchange(findings_, {});
  }

 private:
  static constexpr size_t kMaxFindings = 4096;
  absl::Mutex mu_;
  std::vector<Finding> findings_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_HOME_H_
