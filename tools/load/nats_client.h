// NATS JetStream on the wire: publish with acknowledgement, durable pull consumer, purge.
#ifndef BRAID_TOOLS_LOAD_NATS_CLIENT_H_
#define BRAID_TOOLS_LOAD_NATS_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/load/client.h"
#include "tools/load/socket.h"

namespace braid::load {

class NatsClient : public Client {
 public:
  static absl::StatusOr<std::unique_ptr<Client>> Connect(std::string_view address);

  absl::Status CreateStream(std::string_view name) override;
  void UseStream(std::string_view name) override;
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
  // One MSG or HMSG.
  struct Frame {
    char sid = '?';  // each of ours has one digit
    std::string reply;
    bool is_status = false;  // headers say "nothing", "timed out" and the like
    std::string payload;
  };

  explicit NatsClient(std::unique_ptr<Socket> socket) : socket_(std::move(socket)) {}
  std::string Inbox(char sid) const;
  absl::Status Control(std::string_view line);
  // The next message, or nothing when the line was for the connection itself.
  absl::StatusOr<std::optional<Frame>> TakeLine();
  absl::StatusOr<Frame> TakeFrameOf(char sid);
  absl::Status Flush();  // everything sent so far has been read by the broker
  // One JetStream API call: its answer must not be an error.
  absl::Status Call(std::string_view api, std::string_view body);

  std::unique_ptr<Socket> socket_;
  std::string inbox_;  // what our inboxes begin with
  std::string stream_;
  std::string subject_;
  std::string group_;
  std::string out_;
  int64_t asked_ = 0;
  int64_t pongs_ = 0;
};

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_NATS_CLIENT_H_
