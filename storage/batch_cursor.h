// Walks the batches of a segment file, from one position to an end, through a window that is read
// ahead.
//
//   BatchCursor cursor(file, position, end, {.window_bytes = 1 << 20});
//   while (!cursor.done()) {
//     absl::StatusOr<BatchHeader> header = cursor.PeekHeader(expected_offset);
//     if (!header.ok()) ...                       // kCorrupt: no batch there; kIo: could not read
//     absl::StatusOr<Batch> batch = cursor.Take();  // or cursor.Skip()
//   }
#ifndef BRAID_STORAGE_BATCH_CURSOR_H_
#define BRAID_STORAGE_BATCH_CURSOR_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "braid/batch.h"
#include "braid/buffer.h"
#include "braid/filesystem.h"

namespace braid::storage {

// A batch that fails its checks is read so many times before that is believed: disks, and what lies
// between, may misread once.
inline constexpr int kReadsOfASuspect = 4;

class BatchCursor {
 public:
  struct Options {
    // Bytes to read at a time when there are that many. 0: just what is needed, which suits file
    // systems that give out slices of what they hold.
    size_t window_bytes = 0;
  };

  // `file` must outlive the cursor; the batches taken need not.
  BatchCursor(const ReadFile& file, uint64_t position, uint64_t end, Options options)
      : file_(file), options_(options), position_(position), end_(end) {}

  bool done() const { return position_ >= end_; }
  uint64_t position() const { return position_; }
  void Seek(uint64_t position) { position_ = position; }
  // Goes to `position` and reads anew what it had read ahead: a disk may have misread it.
  void SeekAnew(uint64_t position) {
    position_ = position;
    window_ = Buffer();
  }

  // The header of the batch at position(), which must start at offset `expected` (any, when
  // negative) and end by the cursor's end. kCorrupt otherwise.
  absl::StatusOr<BatchHeader> PeekHeader(Offset expected);
  // The batch whose header was peeked, its CRC unchecked; moves on behind it.
  absl::StatusOr<Batch> Take(const BatchHeader& peeked);
  // Moves on behind the batch whose header was peeked.
  void Skip(const BatchHeader& peeked) { position_ += static_cast<uint64_t>(peeked.total_bytes()); }

 private:
  // The `n` bytes at position(); kCorrupt when the file ends before. Requires that n fits before
  // end_.
  absl::StatusOr<Buffer> Fetch(size_t n);

  const ReadFile& file_;
  const Options options_;
  uint64_t position_;
  const uint64_t end_;
  Buffer window_;
  uint64_t window_start_ = 0;
};

}  // namespace braid::storage

#endif  // BRAID_STORAGE_BATCH_CURSOR_H_
