#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/events.h"
#include "bench/kafka_load.h"
#include "bench/kafka_wire.h"
#include "protocol/kafka/messages/produce.h"
#include "storage/batch_builder.h"
#include "storage/coding.h"

namespace braid::bench {
namespace {

// Of requests that differ; they are then sent again.
constexpr size_t kPoolBytes = 24 << 20;
constexpr size_t kAnswerBytes = 64 << 10;
constexpr size_t kMostAtOnce = 1 << 20;  // given to the kernel in one call

// Requests one behind the other, as they are sent.
struct Requests {
  std::string bytes;
  std::vector<size_t> ends;  // of each

  size_t size() const { return ends.size(); }
  size_t begin(size_t i) const { return i == 0 ? 0 : ends[i - 1]; }
};

Batch NextBatch(Events& events, const KafkaLoadOptions& options) {
  storage::BatchBuilder builder({.codec = options.codec, .origin = Origin::kKafka});
  const int64_t now_ms = absl::ToUnixMillis(absl::Now());
  for (int i = 0; i < options.records; ++i) {
    RecordView record;
    record.value = events.Next().json;
    record.timestamp_ms = now_ms;
    builder.Add(record);
  }
  return builder.Build();
}

Requests MakeRequests(const KafkaLoadOptions& options, uint64_t seed) {
  Events events(seed, options.bytes);
  Requests requests;
  const size_t pool = kPoolBytes / static_cast<size_t>(options.connections);
  for (int i = 0; i < options.partitions || requests.bytes.size() < pool; ++i) {
    kafka::ProduceRequest request;
    request.acks = -1;
    request.timeout_ms = 30'000;
    auto& topic = request.topic_data.emplace_back();
    topic.name = options.topic;
    auto& partition = topic.partition_data.emplace_back();
    partition.index = i % options.partitions;
    partition.records.parts.push_back(NextBatch(events, options).bytes());
    requests.bytes += KafkaFrame(request, kProduceVersion);
    requests.ends.push_back(requests.bytes.size());
  }
  return requests;
}

// One connection of the load. Answers come in the order of the requests.
class Pipeline {
 public:
  Pipeline(const KafkaLoadOptions& options, uint64_t seed, int64_t to_send)
      : options_(options),
        requests_(MakeRequests(options, seed)),
        fd_(ConnectTo(options.port)),
        left_(to_send),
        answers_(kAnswerBytes) {
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    // Behind the size: correlation id, no tags, one topic, its name, one partition, its index.
    error_at_ = sizeof(int32_t) + 4 + 1 + 1 + (1 + options.topic.size()) + 1 + 4;
  }
  ~Pipeline() { ::close(fd_); }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  int fd() const { return fd_; }
  bool done() const { return left_ == 0 && in_flight_ == 0 && unsent_ == 0; }
  bool wants_to_write() const { return unsent_ > 0; }
  int64_t sent_bytes() const { return sent_bytes_; }

  // Sends as many requests as may be without an answer.
  void Send() {
    for (;;) {
      if (unsent_ == 0) TakeMore();
      if (unsent_ == 0) return;
      const ssize_t n = ::send(fd_, requests_.bytes.data() + at_, unsent_, MSG_NOSIGNAL);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) Fail("the server closed the connection");
      at_ += static_cast<size_t>(n);
      unsent_ -= static_cast<size_t>(n);
      sent_bytes_ += n;
      if (unsent_ > 0) return;
    }
  }

  void Receive() {
    const ssize_t n = ::recv(fd_, answers_.data() + held_, answers_.size() - held_, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) Fail("the server closed the connection");
    held_ += static_cast<size_t>(n);
    size_t done = 0;
    while (held_ - done >= sizeof(int32_t)) {
      const char* answer = answers_.data() + done;
      const size_t size =
          sizeof(int32_t) + static_cast<size_t>(storage::LoadBigEndian<int32_t>(answer));
      if (size > answers_.size()) Fail("an answer that is too long");
      if (held_ - done < size) break;
      if (size < error_at_ + 2) Fail("an answer that is too short");
      const auto error = storage::LoadBigEndian<int16_t>(answer + error_at_);
      if (error != 0) Fail("a produce request failed with error " + std::to_string(error));
      done += size;
      --in_flight_;
    }
    std::memmove(answers_.data(), answers_.data() + done, held_ - done);
    held_ -= done;
  }

 private:
  // The next requests that lie together: up to the end of the pool.
  void TakeMore() {
    if (next_ == requests_.size()) next_ = 0;
    at_ = requests_.begin(next_);
    size_t end = at_;
    while (next_ < requests_.size() && left_ > 0 && in_flight_ < options_.in_flight &&
           end - at_ < kMostAtOnce) {
      end = requests_.ends[next_++];
      --left_;
      ++in_flight_;
    }
    unsent_ = end - at_;
  }

  const KafkaLoadOptions& options_;
  const Requests requests_;
  const int fd_;
  int64_t left_;  // requests to begin
  int in_flight_ = 0;
  size_t next_ = 0;    // request
  size_t at_ = 0;      // byte of the pool
  size_t unsent_ = 0;  // bytes from there on
  int64_t sent_bytes_ = 0;
  std::vector<char> answers_;
  size_t held_ = 0;
  size_t error_at_ = 0;
};

}  // namespace

LoadResult RunProduceLoad(const KafkaLoadOptions& options) {
  const int64_t requests =
      std::max<int64_t>(options.messages / options.records / options.connections, 1);
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  for (int i = 0; i < options.connections; ++i) {
    pipelines.push_back(
        std::make_unique<Pipeline>(options, static_cast<uint64_t>(i) + 1, requests));
  }
  std::vector<pollfd> polled(pipelines.size());
  const Effort effort;
  for (const auto& pipeline : pipelines) pipeline->Send();
  for (bool all = false; !all;) {
    all = true;
    for (size_t i = 0; i < pipelines.size(); ++i) {
      const Pipeline& pipeline = *pipelines[i];
      all = all && pipeline.done();
      const auto events = static_cast<short>(POLLIN | (pipeline.wants_to_write() ? POLLOUT : 0));
      polled[i] = {pipeline.done() ? -1 : pipeline.fd(), events, 0};
    }
    if (all) break;
    ::poll(polled.data(), polled.size(), -1);
    for (size_t i = 0; i < pipelines.size(); ++i) {
      if (polled[i].revents == 0) continue;
      if ((polled[i].revents & ~POLLOUT) != 0) pipelines[i]->Receive();
      pipelines[i]->Send();
    }
  }
  LoadResult result;
  int64_t bytes = 0;
  for (const auto& pipeline : pipelines) bytes += pipeline->sent_bytes();
  effort.Tell(requests * options.connections * options.records, bytes, result);
  return result;
}

}  // namespace braid::bench
