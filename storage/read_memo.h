// What the newest short reads of a log brought from its files, for the next of them: whoever takes
// one record after the other would otherwise read, and check, all that lies around each of them.
//
// What a view shows of a segment never changes, so that what was read of a segment holds for as
// long as that is there. Bounded by bytes. Thread-safe.
#ifndef BRAID_STORAGE_READ_MEMO_H_
#define BRAID_STORAGE_READ_MEMO_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/log.h"

namespace braid::storage {

class ReadMemo {
 public:
  static constexpr int64_t kMaxBytes = int64_t{256} << 10;  // of one read

  // `read`, of `segment`, if it is worth keeping.
  void Keep(const std::shared_ptr<const void>& segment, const LogRead& read);
  // What is known of `segment` from the batch on that holds `from`, up to `max_bytes` but always
  // that one. Its `next_offset` is no later than `end`.
  std::optional<LogRead> Find(const std::shared_ptr<const void>& segment, Offset from, Offset end,
                              int64_t max_bytes) const;

 private:
  struct Known {
    std::weak_ptr<const void> segment;
    LogRead read;
  };
  mutable absl::Mutex mu_;
  std::array<Known, 2> known_ ABSL_GUARDED_BY(mu_);
  size_t oldest_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_READ_MEMO_H_
