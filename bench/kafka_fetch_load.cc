#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/kafka_load.h"
#include "bench/kafka_wire.h"
#include "protocol/kafka/messages/fetch.h"

namespace braid::bench {
namespace {

constexpr int32_t kMaxWaitMs = 500;

// Reads every partition from its start to its end, one fetch at a time, the next one asked for
// before the answer is looked at more closely.
class Consumer {
 public:
  explicit Consumer(const KafkaLoadOptions& options)
      : options_(options),
        wire_(options.port),
        ends_(EndOffsets(wire_, options.topic, options.partitions)),
        offsets_(ends_.size()) {
    if (ends_.empty()) Fail("no such topic");
  }

  int fd() const { return wire_.fd(); }
  bool done() const { return done_; }
  int64_t messages() const { return messages_; }
  int64_t bytes() const { return bytes_; }

  void Ask() {
    std::vector<FetchFrom> from;
    for (size_t i = 0; i < ends_.size(); ++i) {
      if (offsets_[i] < ends_[i]) from.push_back({static_cast<int32_t>(i), offsets_[i]});
    }
    // The order turns, so that no partition has to wait for all before it.
    if (!from.empty()) std::rotate(from.begin(), from.begin() + turn_++ % from.size(), from.end());
    done_ = from.empty();
    if (done_) return;
    const auto request = FetchOf(options_.topic, from, kMaxWaitMs, options_.max_bytes);
    wire_.Send(KafkaFrame(request, kFetchVersion));
  }

  void Receive() {
    const auto answer = wire_.Receive<kafka::FetchResponse>(kFetchVersion);
    if (answer.error_code != 0) Fail("a fetch failed");
    for (const auto& topic : answer.responses) {
      for (const auto& partition : topic.partitions) {
        if (partition.error_code != 0) Fail("a fetch of a partition failed");
        const FetchedRange range = RangeOf(partition.records);
        if (range.begin < 0) continue;
        int64_t& offset = offsets_.at(static_cast<size_t>(partition.partition_index));
        messages_ += range.end - std::max(offset, range.begin);
        bytes_ += range.bytes;
        offset = range.end;
      }
    }
  }

 private:
  const KafkaLoadOptions& options_;
  KafkaWire wire_;
  const std::vector<int64_t> ends_;
  std::vector<int64_t> offsets_;
  size_t turn_ = 0;
  bool done_ = false;
  int64_t messages_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace

LoadResult RunFetchLoad(const KafkaLoadOptions& options) {
  std::vector<std::unique_ptr<Consumer>> consumers;
  for (int i = 0; i < options.connections; ++i) {
    consumers.push_back(std::make_unique<Consumer>(options));
  }
  std::vector<pollfd> polled(consumers.size());
  const Effort effort;
  for (const auto& consumer : consumers) consumer->Ask();
  for (;;) {
    bool all = true;
    for (size_t i = 0; i < consumers.size(); ++i) {
      all = all && consumers[i]->done();
      polled[i] = {consumers[i]->done() ? -1 : consumers[i]->fd(), POLLIN, 0};
    }
    if (all) break;
    ::poll(polled.data(), polled.size(), -1);
    for (size_t i = 0; i < consumers.size(); ++i) {
      if (polled[i].revents == 0) continue;
      consumers[i]->Receive();
      consumers[i]->Ask();
    }
  }
  LoadResult result;
  int64_t messages = 0, bytes = 0;
  for (const auto& consumer : consumers) {
    messages += consumer->messages();
    bytes += consumer->bytes();
  }
  effort.Tell(messages, bytes, result);
  return result;
}

}  // namespace braid::bench
