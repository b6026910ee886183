#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bench/events.h"
#include "bench/redis_load.h"
#include "bench/redis_wire.h"

namespace braid::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kPool = 4096;  // requests that differ
// The first second warms both ends up.
constexpr double kWarmUpSeconds = 1;

std::vector<std::string> MakeRequests(const RedisLoadOptions& options) {
  Events events(1, options.bytes);
  std::vector<std::string> requests(kPool);
  for (std::string& request : requests) {
    AppendRequest(request, {"XADD", options.key, "*", "data", events.Next().json});
  }
  return requests;
}

// A producer and the only consumer: entries come in the order in which they are sent.
class Wake {
 public:
  explicit Wake(const RedisLoadOptions& options)
      : options_(options),
        requests_(MakeRequests(options)),
        producer_(options.port),
        consumer_(options.port),
        count_(static_cast<int64_t>(options.rate * (options.seconds + kWarmUpSeconds))),
        period_(std::chrono::nanoseconds(1'000'000'000 / options.rate)) {
    producer_.Call({"XGROUP", "CREATE", options.key, options.group, "$", "MKSTREAM"});
    AppendRequest(read_, {"XREADGROUP", "GROUP", options.group, "c", "COUNT", "100", "BLOCK", "0",
                          "STREAMS", options.key, ">"});
  }

  void Run() {
    began_ = Clock::now() + std::chrono::milliseconds(10);
    consumer_.Send(read_);
    while (received_ < count_) {
      pollfd polled[2] = {{producer_.fd(), POLLIN, 0}, {consumer_.fd(), POLLIN, 0}};
      timespec wait{1, 0};
      if (sent_ < count_) {
        const auto left = std::max(Due(sent_) - Clock::now(), Clock::duration::zero());
        wait = {0, std::chrono::duration_cast<std::chrono::nanoseconds>(left).count()};
      }
      ::ppoll(polled, 2, &wait, nullptr);
      if (polled[1].revents != 0) TakeRead();
      if (polled[0].revents != 0) TakeAdded();
      if (sent_ < count_ && Clock::now() >= Due(sent_)) {
        producer_.Send(requests_[static_cast<size_t>(sent_++) % kPool]);
      }
    }
    while (added_ < count_) TakeAdded();
  }

  const std::vector<double>& end_to_end_us() const { return end_to_end_us_; }
  const std::vector<double>& added_us() const { return added_us_; }
  int64_t count() const { return count_; }

 private:
  Clock::time_point Due(int64_t n) const { return began_ + n * period_; }
  bool Counts(int64_t n) const { return n >= static_cast<int64_t>(kWarmUpSeconds * options_.rate); }
  double SinceDueUs(int64_t n, Clock::time_point now) const {
    return std::chrono::duration<double, std::micro>(now - Due(n)).count();
  }

  void TakeAdded() {
    producer_.Receive();
    const auto now = Clock::now();
    for (; !producer_.NextReply().empty(); ++added_) {
      if (Counts(added_)) added_us_.push_back(SinceDueUs(added_, now));
    }
  }

  void TakeRead() {
    consumer_.Receive();
    const auto now = Clock::now();
    for (;;) {
      const std::string_view reply = consumer_.NextReply();
      if (reply.empty()) return;
      if (reply.front() == ':') continue;  // of XACK
      ids_.clear();
      ForEachEntry(reply, [&](std::string_view id) { ids_.push_back(id); });
      for (size_t i = 0; i < ids_.size(); ++i, ++received_) {
        if (Counts(received_)) end_to_end_us_.push_back(SinceDueUs(received_, now));
      }
      request_.clear();
      AppendWordCount(request_, 3 + ids_.size());
      AppendWord(request_, "XACK");
      AppendWord(request_, options_.key);
      AppendWord(request_, options_.group);
      for (const std::string_view id : ids_) AppendWord(request_, id);
      if (received_ < count_) request_ += read_;
      consumer_.Send(request_);
    }
  }

  const RedisLoadOptions& options_;
  const std::vector<std::string> requests_;
  RedisWire producer_;
  RedisWire consumer_;
  const int64_t count_;
  const std::chrono::nanoseconds period_;
  std::string read_;
  std::string request_;
  std::vector<std::string_view> ids_;
  Clock::time_point began_;
  int64_t sent_ = 0;
  int64_t added_ = 0;
  int64_t received_ = 0;
  std::vector<double> end_to_end_us_;
  std::vector<double> added_us_;
};

}  // namespace

LoadResult RunWakeLoad(const RedisLoadOptions& options) {
  ::prctl(PR_SET_TIMERSLACK, 1);
  Wake wake(options);
  const Effort effort;
  wake.Run();
  LoadResult result;
  effort.Tell(wake.count(), wake.count() * static_cast<int64_t>(options.bytes), result);
  result.Add("p50_us", Percentile(wake.end_to_end_us(), 50));
  result.Add("p99_us", Percentile(wake.end_to_end_us(), 99));
  result.Add("max_us", Percentile(wake.end_to_end_us(), 100));
  result.Add("ack_p50_us", Percentile(wake.added_us(), 50));
  result.Add("ack_p99_us", Percentile(wake.added_us(), 99));
  return result;
}

}  // namespace braid::bench
