#include "bench/kafka_wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "storage/batch_format.h"
#include "storage/coding.h"

namespace braid::bench {
namespace {

constexpr int16_t kCreateTopicsVersion = 5;
constexpr int16_t kDeleteTopicsVersion = 4;
constexpr int16_t kListOffsetsVersion = 4;
constexpr int64_t kLatest = -1;
constexpr int kAttempts = 1500;
constexpr auto kPause = std::chrono::milliseconds(10);

void ReceiveAll(int fd, char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, data, size, MSG_WAITALL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) Fail("the server closed the connection");
    data += n;
    size -= static_cast<size_t>(n);
  }
}

}  // namespace

KafkaWire::~KafkaWire() {
  ::close(fd_);
}

Buffer KafkaWire::ReceiveFrame() {
  char raw[sizeof(int32_t)];
  ReceiveAll(fd_, raw, sizeof(raw));
  const auto size = static_cast<size_t>(storage::LoadBigEndian<int32_t>(raw));
  MutableBuffer frame(size);
  ReceiveAll(fd_, frame.data(), size);
  return std::move(frame).Freeze(size);
}

// --- Topics ---

void CreateTopic(int port, std::string_view topic, int partitions) {
  KafkaWire wire(port);
  kafka::CreateTopicsRequest request;
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  asked.num_partitions = partitions;
  asked.replication_factor = 1;
  const auto answer = wire.Call<kafka::CreateTopicsResponse>(request, kCreateTopicsVersion);
  if (answer.topics.size() != 1 || answer.topics[0].error_code != 0) {
    Fail("cannot create the topic");
  }
  for (int i = 0; i < kAttempts; ++i) {
    if (!EndOffsets(wire, topic, partitions).empty()) return;
    std::this_thread::sleep_for(kPause);
  }
  Fail("the new topic does not appear");
}

void DeleteTopic(int port, std::string_view topic) {
  KafkaWire wire(port);
  kafka::DeleteTopicsRequest request;
  request.topic_names.push_back(topic);
  request.timeout_ms = 30'000;
  const auto answer = wire.Call<kafka::DeleteTopicsResponse>(request, kDeleteTopicsVersion);
  if (answer.responses.size() != 1 || answer.responses[0].error_code != 0) {
    Fail("cannot delete the topic");
  }
  for (int i = 0; i < kAttempts; ++i) {
    if (EndOffsets(wire, topic, 1).empty()) return;
    std::this_thread::sleep_for(kPause);
  }
  Fail("the deleted topic does not go away");
}

std::vector<int64_t> EndOffsets(KafkaWire& wire, std::string_view topic, int partitions) {
  kafka::ListOffsetsRequest request;
  auto& asked = request.topics.emplace_back();
  asked.name = topic;
  for (int i = 0; i < partitions; ++i) {
    auto& partition = asked.partitions.emplace_back();
    partition.partition_index = i;
    partition.timestamp = kLatest;
  }
  const auto answer = wire.Call<kafka::ListOffsetsResponse>(request, kListOffsetsVersion);
  std::vector<int64_t> ends(static_cast<size_t>(partitions));
  if (answer.topics.size() != 1 || answer.topics[0].partitions.size() != ends.size()) return {};
  for (const auto& partition : answer.topics[0].partitions) {
    if (partition.error_code != 0) return {};
    ends.at(static_cast<size_t>(partition.partition_index)) = partition.offset;
  }
  return ends;
}

// --- Fetching ---

kafka::FetchRequest FetchOf(std::string_view topic, const std::vector<FetchFrom>& from,
                            int32_t max_wait_ms, int32_t max_bytes) {
  kafka::FetchRequest request;
  request.max_wait_ms = max_wait_ms;
  request.min_bytes = 1;
  request.max_bytes = max_bytes;
  auto& asked = request.topics.emplace_back();
  asked.topic = topic;
  for (const FetchFrom& one : from) {
    auto& partition = asked.partitions.emplace_back();
    partition.partition = one.partition;
    partition.fetch_offset = one.offset;
    partition.partition_max_bytes = max_bytes;
  }
  return request;
}

FetchedRange RangeOf(const kafka::Records& records) {
  FetchedRange range;
  for (const Buffer& part : records.parts) {
    for (std::string_view rest = part.view(); rest.size() >= storage::kBatchHeaderBytes;) {
      const size_t size =
          storage::kLogOverheadBytes + static_cast<size_t>(storage::LoadBigEndian<int32_t>(
                                           rest.data() + storage::kBatchLengthAt));
      if (size > rest.size()) break;
      const auto base = storage::LoadBigEndian<int64_t>(rest.data());
      if (range.begin < 0) range.begin = base;
      range.end = base + storage::LoadBigEndian<int32_t>(rest.data() + storage::kLastOffsetDeltaAt);
      ++range.end;
      range.bytes += static_cast<int64_t>(size);
      rest.remove_prefix(size);
    }
  }
  return range;
}

}  // namespace braid::bench
