#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/redis_load.h"
#include "bench/redis_wire.h"

namespace braid::bench {
namespace {

using Clock = std::chrono::steady_clock;

class Consumer {
 public:
  Consumer(const RedisLoadOptions& options, int number) : options_(options), wire_(options.port) {
    AppendRequest(read_, {"XREADGROUP", "GROUP", options.group, "c" + std::to_string(number),
                          "COUNT", std::to_string(options.count), "STREAMS", options.key, ">"});
  }

  int fd() const { return wire_.fd(); }
  bool done() const { return done_; }
  int64_t entries() const { return entries_; }
  const std::vector<double>& took_us() const { return took_us_; }

  void Read() {
    began_ = Clock::now();
    wire_.Send(read_);
  }

  void TakeReplies() {
    wire_.Receive();
    while (!done_) {
      const std::string_view reply = wire_.NextReply();
      if (reply.empty()) return;
      if (unacknowledged_ > 0) {
        if (reply != ":" + std::to_string(unacknowledged_) + "\r\n") {
          Fail("XACK answers " + std::string(reply));
        }
        unacknowledged_ = 0;
        continue;
      }
      TakeEntries(reply);
    }
  }

 private:
  void TakeEntries(std::string_view reply) {
    took_us_.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began_).count());
    ids_.clear();
    done_ = !ForEachEntry(reply, [&](std::string_view id) { ids_.push_back(id); });
    entries_ += static_cast<int64_t>(ids_.size());
    if (done_) return;
    request_.clear();
    if (options_.ack) {
      unacknowledged_ = ids_.size();
      AppendWordCount(request_, 3 + ids_.size());
      for (const std::string_view word : {std::string_view("XACK"), std::string_view(options_.key),
                                          std::string_view(options_.group)}) {
        AppendWord(request_, word);
      }
      for (const std::string_view id : ids_) AppendWord(request_, id);
    }
    request_ += read_;
    began_ = Clock::now();
    wire_.Send(request_);
  }

  const RedisLoadOptions& options_;
  RedisWire wire_;
  std::string read_;
  std::string request_;
  std::vector<std::string_view> ids_;
  std::vector<double> took_us_;
  Clock::time_point began_;
  size_t unacknowledged_ = 0;
  int64_t entries_ = 0;
  bool done_ = false;
};

}  // namespace

LoadResult RunReadGroupLoad(const RedisLoadOptions& options) {
  RedisWire(options.port).Call({"XGROUP", "CREATE", options.key, options.group, "0"});
  std::vector<std::unique_ptr<Consumer>> consumers;
  for (int i = 0; i < options.connections; ++i) {
    consumers.push_back(std::make_unique<Consumer>(options, i));
  }
  std::vector<pollfd> polled(consumers.size());
  const Effort effort;
  for (const auto& consumer : consumers) consumer->Read();
  for (;;) {
    bool all = true;
    for (size_t i = 0; i < consumers.size(); ++i) {
      all = all && consumers[i]->done();
      polled[i] = {consumers[i]->done() ? -1 : consumers[i]->fd(), POLLIN, 0};
    }
    if (all) break;
    ::poll(polled.data(), polled.size(), -1);
    for (size_t i = 0; i < consumers.size(); ++i) {
      if (polled[i].revents != 0) consumers[i]->TakeReplies();
    }
  }
  LoadResult result;
  int64_t entries = 0;
  std::vector<double> took_us;
  for (const auto& consumer : consumers) {
    entries += consumer->entries();
    took_us.insert(took_us.end(), consumer->took_us().begin(), consumer->took_us().end());
  }
  effort.Tell(entries, entries * static_cast<int64_t>(options.bytes), result);
  result.Add("p50_us", Percentile(took_us, 50));
  result.Add("p99_us", Percentile(took_us, 99));
  return result;
}

}  // namespace braid::bench
