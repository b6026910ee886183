// Bytes waiting to be written to one socket. Small pieces are copied together, large Buffers are
// shared, and all of it leaves in gathered writes.
//
// Threads: Add() and size() from any; WriteTo() and Clear() from the socket's own thread only.
#ifndef BRAID_PROTOCOL_OUTBOX_H_
#define BRAID_PROTOCOL_OUTBOX_H_

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/buffer.h"

namespace braid::net {

class Outbox {
 public:
  Outbox() = default;
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  void Add(std::string_view bytes);
  void Add(Buffer bytes);

  // Bytes added and not yet taken by the kernel.
  size_t size() const { return size_.load(std::memory_order_relaxed); }

  enum class Progress {
    kDone,     // nothing is left
    kBlocked,  // the kernel took what it could; call again when the socket is writable
    kFailed,   // the peer is gone
  };
  // Writes all there is to the non-blocking socket `fd`, or as much as it takes.
  Progress WriteTo(int fd);

  // Drops everything.
  void Clear();

 private:
  // Pieces in order, then the tail of small bytes copied together.
  struct Run {
    std::vector<Buffer> pieces;
    std::string tail;
    bool empty() const { return pieces.empty() && tail.empty(); }
  };

  void SealTail() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool TakeWaiting();
  void Advance(size_t written);

  absl::Mutex mu_;
  Run waiting_ ABSL_GUARDED_BY(mu_);
  std::atomic<size_t> size_{0};

  // Being written; the own thread's alone. front_ and offset_ say how far it has got: the tail
  // counts as one more piece.
  Run flight_;
  size_t front_ = 0;
  size_t offset_ = 0;
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_OUTBOX_H_
