// Redis Streams on the wire: RESP2, XADD, XREADGROUP, XACK, XAUTOCLAIM, XTRIM.
#ifndef BRAID_TOOLS_LOAD_REDIS_CLIENT_H_
#define BRAID_TOOLS_LOAD_REDIS_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "tools/load/client.h"
#include "tools/load/socket.h"

namespace braid::load {

class RedisClient : public Client {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Connect(std::string_view address);

  absl::Status CreateStream(std::string_view name) override;
  void UseStream(std::string_view name) override { stream_ = name; }
  absl::Status Send(absl::Span<const std::string> values) override;
  absl::Status TakeAcks(int64_t records) override;
  absl::Status CreateGroup(std::string_view name, absl::Duration ack_wait) override;
  absl::Status JoinGroup(std::string_view name) override;
  absl::Status Ask(int64_t max, absl::Duration wait) override;
  absl::StatusOr<std::vector<Message>> Take() override;
  absl::Status Ack(absl::Span<const Message> messages) override;
  absl::StatusOr<std::vector<Message>> TakeOver(int64_t max) override;
  absl::Status Trim(int64_t keep) override;

 private:
  // A reply: text, or elements when it is an array. A null is neither.
  struct Reply {
    std::string_view text;
    std::vector<Reply> elements;
  };

  explicit RedisClient(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
  // Views into the socket's buffer, valid until the next reply is read.
  absl::StatusOr<Reply> TakeReply();
  absl::StatusOr<Reply> Call(const std::vector<std::string>& words);
  static bool Parse(std::string_view bytes, size_t& at, Reply& reply, int depth);
  static absl::StatusOr<std::vector<Message>> Entries(const Reply& entries);

  std::unique_ptr<Socket> socket_;
  std::string stream_;
  std::string group_;
  std::string consumer_;
  std::string out_;
};

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_REDIS_CLIENT_H_
