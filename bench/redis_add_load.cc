#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/redis_load.h"
#include "bench/redis_wire.h"

namespace braid::bench {
namespace {

using Clock = std::chrono::steady_clock;

// Of requests that differ; they are then sent again.
constexpr size_t kPoolBytes = 24 << 20;

// Pipelines, one behind the other, as they are sent.
struct Pool {
  std::string bytes;
  std::vector<size_t> ends;  // of each pipeline

  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(bytes).substr(begin, ends[i] - begin);
  }
};

Pool MakePool(const RedisLoadOptions& options) {
  Events events(1, options.bytes);
  Pool pool;
  while (pool.bytes.size() < kPoolBytes) {
    for (int i = 0; i < options.pipeline; ++i) {
      AppendRequest(pool.bytes, {"XADD", options.key, "*", "data", events.Next().json});
    }
    pool.ends.push_back(pool.bytes.size());
  }
  return pool;
}

class Adder {
 public:
  Adder(const RedisLoadOptions& options, const Pool& pool, size_t first, int poller)
      : pool_(pool),
        pipeline_(options.pipeline),
        poller_(poller),
        wire_(options.port),
        next_(first) {
    ::fcntl(wire_.fd(), F_SETFL, O_NONBLOCK);
    Poll(EPOLL_CTL_ADD, EPOLLIN);
  }

  // Sends the next pipeline.
  void Begin() {
    unsent_ = pool_[next_];
    next_ = (next_ + 1) % pool_.ends.size();
    unanswered_ = pipeline_;
    began_ = Clock::now();
    SendMore();
  }

  void SendMore() {
    while (!unsent_.empty()) {
      const ssize_t n = ::send(wire_.fd(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) break;
      if (n <= 0) Fail("the server closed the connection");
      unsent_.remove_prefix(static_cast<size_t>(n));
    }
    const bool polls_out = !unsent_.empty();
    if (polls_out != polls_out_) Poll(EPOLL_CTL_MOD, EPOLLIN | (polls_out ? EPOLLOUT : 0u));
    polls_out_ = polls_out;
  }

  // True when it was the last of the pipeline's replies.
  bool TakeReplies() {
    wire_.Receive();
    while (unanswered_ > 0 && !wire_.NextReply().empty()) --unanswered_;
    return unanswered_ == 0;
  }

  double SinceBeginUs() const {
    return std::chrono::duration<double, std::micro>(Clock::now() - began_).count();
  }

 private:
  void Poll(int operation, uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = this}};
    ::epoll_ctl(poller_, operation, wire_.fd(), &event);
  }

  const Pool& pool_;
  const int pipeline_;
  const int poller_;
  RedisWire wire_;
  size_t next_;
  std::string_view unsent_;
  int unanswered_ = 0;
  bool polls_out_ = false;
  Clock::time_point began_;
};

}  // namespace

LoadResult RunAddLoad(const RedisLoadOptions& options) {
  const Pool pool = MakePool(options);
  const auto connections = static_cast<size_t>(options.connections);
  const int64_t pipelines =
      std::max<int64_t>(options.messages / options.pipeline, options.connections);
  const int poller = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Adder>> adders;
  for (size_t i = 0; i < connections; ++i) {
    const size_t first = i * pool.ends.size() / connections;
    adders.push_back(std::make_unique<Adder>(options, pool, first, poller));
  }
  std::vector<double> took_us;
  took_us.reserve(static_cast<size_t>(pipelines));
  const Effort effort;
  int64_t to_begin = pipelines - options.connections;
  for (const auto& adder : adders) adder->Begin();
  std::array<epoll_event, 64> ready;
  for (int64_t ended = 0; ended < pipelines;) {
    const int n = ::epoll_wait(poller, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < n; ++i) {
      auto& adder = *static_cast<Adder*>(ready[static_cast<size_t>(i)].data.ptr);
      const uint32_t events = ready[static_cast<size_t>(i)].events;
      if ((events & EPOLLOUT) != 0) adder.SendMore();
      if ((events & ~static_cast<uint32_t>(EPOLLOUT)) == 0 || !adder.TakeReplies()) continue;
      took_us.push_back(adder.SinceBeginUs());
      ++ended;
      if (to_begin-- > 0) adder.Begin();
    }
  }
  LoadResult result;
  const int64_t messages = pipelines * options.pipeline;
  effort.Tell(messages, messages * static_cast<int64_t>(options.bytes), result);
  result.Add("p50_us", Percentile(took_us, 50));
  result.Add("p99_us", Percentile(took_us, 99));
  ::close(poller);
  return result;
}

}  // namespace braid::bench
