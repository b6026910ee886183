// A Kafka client as small as can be: one blocking connection, one request at a time, with the
// project's own messages; for what a load needs before and after it. The loads themselves write
// and read frames on the socket.
//
// Only versions that Apache Kafka 4 and Braid both serve are spoken.
#ifndef BRAID_BENCH_KAFKA_WIRE_H_
#define BRAID_BENCH_KAFKA_WIRE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/load.h"
#include "braid/buffer.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/reader.h"
#include "protocol/kafka/writer.h"

namespace braid::bench {

inline constexpr int16_t kProduceVersion = 9;
inline constexpr int16_t kFetchVersion = 12;

// A request as it goes over the wire, its size first.
template <class M>
std::string KafkaFrame(const M& message, int16_t version, int32_t correlation_id = 1) {
  kafka::Writer writer;
  writer.PutInt<int32_t>(0);
  writer.PutInt<int16_t>(static_cast<int16_t>(M::kApi.key));
  writer.PutInt<int16_t>(version);
  writer.PutInt<int32_t>(correlation_id);
  writer.PutHeaderString("bench");
  if (version >= M::kApi.flexible_from) writer.PutVarint(0);
  writer.Write(message, version);
  writer.PatchInt32(0, static_cast<int32_t>(writer.total_size() - sizeof(int32_t)));
  return writer.Joined();
}

class KafkaWire {
 public:
  explicit KafkaWire(int port) : fd_(ConnectTo(port)) {}
  ~KafkaWire();
  KafkaWire(const KafkaWire&) = delete;
  KafkaWire& operator=(const KafkaWire&) = delete;

  int fd() const { return fd_; }

  // What is read stays valid until the next call.
  template <class Answer, class M>
  Answer Call(const M& message, int16_t version) {
    Send(KafkaFrame(message, version));
    return Receive<Answer>(version);
  }
  void Send(std::string_view frame) { SendAll(fd_, frame); }
  template <class Answer>
  Answer Receive(int16_t version) {
    frame_ = ReceiveFrame();
    kafka::Reader reader(frame_, sizeof(int32_t));
    if (version >= Answer::kApi.flexible_from) reader.SkipTags();
    std::optional<Answer> answer = reader.template Read<Answer>(version);
    if (!answer) Fail(std::string("a malformed answer to ") + std::string(Answer::kApi.name));
    return *std::move(answer);
  }
  // One answer without its size.
  Buffer ReceiveFrame();

 private:
  const int fd_;
  Buffer frame_;
};

// --- Topics ---

// Returns when every partition can be written and read.
void CreateTopic(int port, std::string_view topic, int partitions);
// Returns when nobody knows it any more.
void DeleteTopic(int port, std::string_view topic);
// By partition; empty when there is no such topic, or not all of it.
std::vector<int64_t> EndOffsets(KafkaWire& wire, std::string_view topic, int partitions);

// --- Fetching ---

// What of one partition to ask for.
struct FetchFrom {
  int32_t partition;
  int64_t offset;
};
kafka::FetchRequest FetchOf(std::string_view topic, const std::vector<FetchFrom>& from,
                            int32_t max_wait_ms, int32_t max_bytes);

// The records of one partition's answer: where they begin and end, and how many.
struct FetchedRange {
  int64_t begin = -1;
  int64_t end = -1;
  int64_t bytes = 0;
};
// Looks at batch headers only. A batch that was cut off at the end does not count.
FetchedRange RangeOf(const kafka::Records& records);

}  // namespace braid::bench

#endif  // BRAID_BENCH_KAFKA_WIRE_H_
