// Decompressed record blocks, kept for the next reader of the same batch: a consumer that takes one
// record at a time would otherwise decompress a whole batch for each. Bounded by bytes, the least
// recently used first; shared by all logs. Thread-safe.
#ifndef BRAID_STORAGE_BLOCK_CACHE_H_
#define BRAID_STORAGE_BLOCK_CACHE_H_

#include <cstdint>
#include <list>
#include <tuple>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "braid/batch.h"
#include "braid/buffer.h"

namespace braid::storage {

class BlockCache {
 public:
  explicit BlockCache(int64_t max_bytes) : max_bytes_(max_bytes) {}
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  // The records of `batch` in clear, as RecordsBlock() gives them and with its errors. `log` names
  // the log that the batch is of; within it, base offset and CRC name the batch.
  absl::StatusOr<Buffer> RecordsOf(uint64_t log, const Batch& batch);

  int64_t bytes() const;

 private:
  using Key = std::tuple<uint64_t, Offset, uint32_t>;
  struct Entry {
    Key key;
    Buffer block;
  };

  const int64_t max_bytes_;
  mutable absl::Mutex mu_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mu_);  // most recently used first
  absl::flat_hash_map<Key, std::list<Entry>::iterator> places_ ABSL_GUARDED_BY(mu_);
  int64_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BLOCK_CACHE_H_
