// Memory that a decoder fills, growing with what is really there and never past a limit.
#ifndef BRAID_STORAGE_OUTPUT_BUFFER_H_
#define BRAID_STORAGE_OUTPUT_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "braid/buffer.h"

namespace braid::storage {

class OutputBuffer {
 public:
  // Starts with room for `expected` bytes, at most `limit`.
  OutputBuffer(size_t expected, size_t limit)
      : limit_(limit), bytes_(std::min(std::max<size_t>(expected, 64), limit)) {}

  // Makes room for at least one more byte; false at the limit.
  bool Grow() { return Reserve(1); }
  // Makes room for `n` more bytes; false when that would pass the limit.
  bool Reserve(size_t n) {
    if (n <= room()) return true;
    if (n > limit_ - used_) return false;
    const size_t wanted = std::max(used_ + n, bytes_.size() * 2);
    MutableBuffer larger(std::min(wanted, limit_));
    if (used_ > 0) std::memcpy(larger.data(), bytes_.data(), used_);
    bytes_ = std::move(larger);
    return true;
  }

  char* end() { return bytes_.data() + used_; }
  size_t room() const { return bytes_.size() - used_; }
  size_t used() const { return used_; }
  // `n` bytes were written at end().
  void Advance(size_t n) { used_ += n; }

  // The bytes; memory that would be mostly slack is given back by copying.
  Buffer Freeze() && {
    if (used_ < bytes_.size() / 2) return Buffer::Copy({bytes_.data(), used_});
    return std::move(bytes_).Freeze(used_);
  }

 private:
  size_t limit_;
  MutableBuffer bytes_;
  size_t used_ = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_OUTPUT_BUFFER_H_
