#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/events.h"
#include "bench/kafka_load.h"
#include "bench/kafka_wire.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/produce.h"
#include "storage/batch_builder.h"

namespace braid::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int32_t kMaxWaitMs = 500;
constexpr size_t kPool = 4096;  // requests that differ
// The first second warms both ends up.
constexpr double kWarmUpSeconds = 1;

std::vector<std::string> MakeRequests(const KafkaLoadOptions& options) {
  Events events(1, options.bytes);
  std::vector<std::string> requests;
  for (size_t i = 0; i < kPool; ++i) {
    storage::BatchBuilder builder({.codec = options.codec, .origin = Origin::kKafka});
    RecordView record;
    record.value = events.Next().json;
    record.timestamp_ms = absl::ToUnixMillis(absl::Now());
    builder.Add(record);
    kafka::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 30'000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = options.topic;
    topic.partition_data.emplace_back().records.parts.push_back(builder.Build().bytes());
    requests.push_back(KafkaFrame(request, kProduceVersion));
  }
  return requests;
}

// Two connections to partition 0, which begins empty: the n-th message sent has offset n.
class Latency {
 public:
  explicit Latency(const KafkaLoadOptions& options)
      : options_(options),
        requests_(MakeRequests(options)),
        producer_(options.port),
        consumer_(options.port),
        count_(static_cast<int64_t>(options.rate * (options.seconds + kWarmUpSeconds))),
        period_(std::chrono::nanoseconds(1'000'000'000 / options.rate)) {
    const std::vector<int64_t> ends = EndOffsets(consumer_, options.topic, 1);
    if (ends.size() != 1 || ends[0] != 0) Fail("the topic of a latency load has to be empty");
  }

  void Run() {
    began_ = Clock::now() + std::chrono::milliseconds(10);
    Fetch();
    while (received_ < count_) {
      pollfd polled[2] = {{producer_.fd(), POLLIN, 0}, {consumer_.fd(), POLLIN, 0}};
      timespec wait{1, 0};
      if (sent_ < count_) {
        const auto left = std::max(Due(sent_) - Clock::now(), Clock::duration::zero());
        wait = {0, std::chrono::duration_cast<std::chrono::nanoseconds>(left).count()};
      }
      ::ppoll(polled, 2, &wait, nullptr);
      if (polled[1].revents != 0) TakeFetched();
      if (polled[0].revents != 0) TakeAcknowledged();
      if (sent_ < count_ && Clock::now() >= Due(sent_)) SendNext();
    }
    while (acknowledged_ < count_) TakeAcknowledged();
  }

  const std::vector<double>& end_to_end_us() const { return end_to_end_us_; }
  const std::vector<double>& acknowledged_us() const { return acknowledged_us_; }
  int64_t count() const { return count_; }

 private:
  Clock::time_point Due(int64_t n) const { return began_ + n * period_; }
  bool Counts(int64_t n) const { return n >= static_cast<int64_t>(kWarmUpSeconds * options_.rate); }
  double SinceDueUs(int64_t n, Clock::time_point now) const {
    return std::chrono::duration<double, std::micro>(now - Due(n)).count();
  }

  void Fetch() {
    const auto request = FetchOf(options_.topic, {{0, received_}}, kMaxWaitMs, options_.max_bytes);
    consumer_.Send(KafkaFrame(request, kFetchVersion));
  }

  void SendNext() { producer_.Send(requests_[static_cast<size_t>(sent_++) % kPool]); }

  void TakeAcknowledged() {
    const auto answer = producer_.Receive<kafka::ProduceResponse>(kProduceVersion);
    const auto now = Clock::now();
    const auto& partition = answer.responses.at(0).partition_responses.at(0);
    if (partition.error_code != 0 || partition.base_offset != acknowledged_) {
      Fail("a produce request failed");
    }
    if (Counts(acknowledged_)) acknowledged_us_.push_back(SinceDueUs(acknowledged_, now));
    ++acknowledged_;
  }

  void TakeFetched() {
    const auto answer = consumer_.Receive<kafka::FetchResponse>(kFetchVersion);
    const auto now = Clock::now();
    const FetchedRange range = RangeOf(answer.responses.at(0).partitions.at(0).records);
    for (; received_ < range.end; ++received_) {
      if (Counts(received_)) end_to_end_us_.push_back(SinceDueUs(received_, now));
    }
    if (received_ < count_) Fetch();
  }

  const KafkaLoadOptions& options_;
  const std::vector<std::string> requests_;
  KafkaWire producer_;
  KafkaWire consumer_;
  const int64_t count_;
  const std::chrono::nanoseconds period_;
  Clock::time_point began_;
  int64_t sent_ = 0;
  int64_t acknowledged_ = 0;
  int64_t received_ = 0;
  std::vector<double> end_to_end_us_;
  std::vector<double> acknowledged_us_;
};

}  // namespace

LoadResult RunLatencyLoad(const KafkaLoadOptions& options) {
  ::prctl(PR_SET_TIMERSLACK, 1);
  Latency latency(options);
  const Effort effort;
  latency.Run();
  LoadResult result;
  effort.Tell(latency.count(), latency.count() * static_cast<int64_t>(options.bytes), result);
  result.Add("p50_us", Percentile(latency.end_to_end_us(), 50));
  result.Add("p99_us", Percentile(latency.end_to_end_us(), 99));
  result.Add("max_us", Percentile(latency.end_to_end_us(), 100));
  result.Add("ack_p50_us", Percentile(latency.acknowledged_us(), 50));
  result.Add("ack_p99_us", Percentile(latency.acknowledged_us(), 99));
  return result;
}

}  // namespace braid::bench
