#include "protocol/outbox.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <utility>

namespace braid::net {
namespace {

// Up to here a copy is cheaper than one more entry in a gathered write.
constexpr size_t kCopyBytes = 1024;
// The tail is closed at this size, so that growing it never moves much.
constexpr size_t kTailBytes = 64 << 10;
// Entries of one gathered write; the kernel refuses more than 1024.
constexpr size_t kGather = 128;

}  // namespace

void Outbox::Add(std::string_view bytes) {
  if (bytes.empty()) return;
  size_.fetch_add(bytes.size(), std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  if (waiting_.tail.size() + bytes.size() > kTailBytes) SealTail();
  if (bytes.size() > kTailBytes) {
    waiting_.pieces.push_back(Buffer::Copy(bytes));
  } else {
    waiting_.tail.append(bytes);
  }
}

void Outbox::Add(Buffer bytes) {
  if (bytes.size() <= kCopyBytes) return Add(bytes.view());
  size_.fetch_add(bytes.size(), std::memory_order_relaxed);
  absl::MutexLock lock(&mu_);
  SealTail();
  waiting_.pieces.push_back(std::move(bytes));
}

void Outbox::SealTail() {
  if (waiting_.tail.empty()) return;
  waiting_.pieces.push_back(Buffer::Take(std::exchange(waiting_.tail, {})));
}

bool Outbox::TakeWaiting() {
  absl::MutexLock lock(&mu_);
  std::swap(flight_, waiting_);
  return !flight_.empty();
}

Outbox::Progress Outbox::WriteTo(int fd) {
  for (;;) {
    if (flight_.empty() && !TakeWaiting()) return Progress::kDone;
    std::array<iovec, kGather> gather;
    size_t count = 0, bytes = 0;
    const auto add = [&](std::string_view window) {
      const size_t skip = count == 0 ? offset_ : 0;
      gather[count++] = {const_cast<char*>(window.data()) + skip, window.size() - skip};
      bytes += window.size() - skip;
    };
    size_t piece = front_;
    for (; piece < flight_.pieces.size() && count < kGather; ++piece) {
      add(flight_.pieces[piece].view());
    }
    if (piece == flight_.pieces.size() && count < kGather && !flight_.tail.empty()) {
      add(flight_.tail);
    }
    msghdr message{};
    message.msg_iov = gather.data();
    message.msg_iovlen = count;
    const ssize_t written = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK ? Progress::kBlocked : Progress::kFailed;
    }
    Advance(static_cast<size_t>(written));
    if (static_cast<size_t>(written) < bytes) return Progress::kBlocked;
  }
}

void Outbox::Advance(size_t written) {
  size_.fetch_sub(written, std::memory_order_relaxed);
  offset_ += written;
  while (front_ < flight_.pieces.size() && offset_ >= flight_.pieces[front_].size()) {
    offset_ -= flight_.pieces[front_].size();
    flight_.pieces[front_++] = {};  // its memory may be the last reference
  }
  if (front_ < flight_.pieces.size() || offset_ < flight_.tail.size()) return;
  flight_.pieces.clear();
  flight_.tail.clear();
  front_ = offset_ = 0;
}

void Outbox::Clear() {
  Run dropped;
  {
    absl::MutexLock lock(&mu_);
    std::swap(dropped, waiting_);
    size_.store(0, std::memory_order_relaxed);
  }
  flight_ = {};
  front_ = offset_ = 0;
}

}  // namespace braid::net
