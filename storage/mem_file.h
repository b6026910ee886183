// One file in memory: a run of chunks. Large appends keep a reference to the bytes they were given;
// small ones are copied into a shared chunk, each whole, so that what was appended with one call is
// read back as one slice without a copy.
#ifndef BRAID_STORAGE_MEM_FILE_H_
#define BRAID_STORAGE_MEM_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "braid/buffer.h"

namespace braid::storage {

// Bytes that all files of one file system share. Thread-safe.
class ByteBudget {
 public:
  // 0: no limit.
  explicit ByteBudget(uint64_t limit) : limit_(limit) {}
  // False, and nothing taken, when the limit would be passed.
  bool Take(uint64_t n);
  void GiveBack(uint64_t n);

 private:
  const uint64_t limit_;
  absl::Mutex mu_;
  uint64_t used_ ABSL_GUARDED_BY(mu_) = 0;
};

// Thread-safe.
class MemFile {
 public:
  explicit MemFile(std::shared_ptr<ByteBudget> budget) : budget_(std::move(budget)) {}

  // kOutOfMemory, and nothing appended, when the budget is used up.
  absl::Status Append(const Buffer& bytes);
  // Cuts to `size` bytes; no-op when the file is no longer than that.
  void Truncate(uint64_t size);
  Buffer Read(uint64_t offset, size_t n) const;
  uint64_t size() const;
  // The file lost its name: its bytes go back to the budget and stay readable while somebody holds
  // it.
  void Unlink();

 private:
  struct Chunk {
    uint64_t start;
    Buffer bytes;
  };

  void AppendCopy(const Buffer& bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<ByteBudget> budget_;
  mutable absl::Mutex mu_;
  std::vector<Chunk> chunks_ ABSL_GUARDED_BY(mu_);
  uint64_t size_ ABSL_GUARDED_BY(mu_) = 0;
  bool unlinked_ ABSL_GUARDED_BY(mu_) = false;
  // Memory of the last chunk when more small appends fit behind it. Bytes already published in a
  // Buffer are never written again.
  std::shared_ptr<char[]> open_ ABSL_GUARDED_BY(mu_);
  size_t open_capacity_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_MEM_FILE_H_
