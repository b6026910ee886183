// Kafka on the wire, through the broker's own message descriptions: produce, fetch, commit,
// delete records.
#ifndef BRAID_TOOLS_LOAD_KAFKA_CLIENT_H_
#define BRAID_TOOLS_LOAD_KAFKA_CLIENT_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "braid/buffer.h"
#include "protocol/kafka/reader.h"
#include "protocol/kafka/writer.h"
#include "storage/batch_builder.h"
#include "tools/load/client.h"
#include "tools/load/socket.h"

namespace braid::load {

// One partition, number 0, of one topic. Its group has no members: positions are committed by
// whoever reads, as consumers with assigned partitions do.
class KafkaClient : public Client {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Connect(std::string_view address);

  absl::Status CreateStream(std::string_view name) override;
  void UseStream(std::string_view name) override { topic_ = name; }
  // One batch in one request.
  absl::Status Send(absl::Span<const std::string> values) override;
  absl::Status TakeAcks(int64_t records) override;
  absl::Status CreateGroup(std::string_view name, absl::Duration ack_wait) override;
  absl::Status JoinGroup(std::string_view name) override;
  absl::Status Ask(int64_t max, absl::Duration wait) override;
  absl::StatusOr<std::vector<Message>> Take() override;
  // Commits the position behind the last of them.
  absl::Status Ack(absl::Span<const Message> messages) override;
  absl::StatusOr<std::vector<Message>> TakeOver(int64_t max) override;
  absl::Status Trim(int64_t keep) override;

 private:
  explicit KafkaClient(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}

  template <class Request>
  absl::Status SendRequest(const Request& request, int16_t version);
  // The next answer's frame; `at` is where its body begins.
  absl::StatusOr<Buffer> TakeFrame();
  template <class Response>
  absl::StatusOr<Response> TakeResponse(int16_t version, Buffer& frame);
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const Request& request, int16_t version, Buffer& frame);
  // First (-2) or next (-1) offset of the topic.
  absl::StatusOr<int64_t> End(int64_t which);
  absl::Status TakeRecords(const Buffer& bytes);

  std::unique_ptr<Socket> socket_;
  std::string topic_;
  std::string group_;
  storage::BatchBuilder builder_{{.codec = Codec::kNone, .origin = Origin::kKafka}};
  std::deque<int64_t> sent_;     // records of each produce request in flight
  std::deque<Message> fetched_;  // and not asked for yet
  int64_t position_ = 0;         // fetched up to here
  int64_t asked_ = 0;
  bool fetching_ = false;
  int32_t correlation_ = 0;
};

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_KAFKA_CLIENT_H_
