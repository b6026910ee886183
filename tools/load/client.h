// What the comparison asks of a client, whatever it speaks: one connection, one stream, one group.
//
//   auto client = *RedisClient::Connect(broker.redis_address());
//   client->CreateStream("orders");
//   client->Send({"order 1", "order 2"});     // in one write
//   client->TakeAcks(2);                      // ... and both are stored
//   client->CreateGroup("workers");
//   client->Ask(100, absl::ZeroDuration());
//   auto messages = *client->Take();
//   client->Ack(messages);
//
// Errors are kIo, or carry what the broker answered. One thread per client.
#ifndef BRAID_TOOLS_LOAD_CLIENT_H_
#define BRAID_TOOLS_LOAD_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace braid::load {

struct Message {
  std::string value;
  std::string ack;     // names the delivery: a Redis ID, a NATS acknowledgement subject
  int64_t offset = 0;  // Kafka's name for it
};

class Client {
 public:
  virtual ~Client() = default;

  // Makes the stream; this client then works on it.
  virtual absl::Status CreateStream(std::string_view name) = 0;
  // Works on a stream that is there.
  virtual void UseStream(std::string_view name) = 0;

  // Sends the records in one write and does not wait.
  virtual absl::Status Send(absl::Span<const std::string> values) = 0;
  // Waits until the oldest `records` sent ones are acknowledged: exactly those of whole Sends.
  virtual absl::Status TakeAcks(int64_t records) = 0;

  // Makes a group that starts at the first record there is; this client then reads as its member.
  // A delivery that is not acknowledged may be given to others after `ack_wait`, where the model
  // knows such a time.
  virtual absl::Status CreateGroup(std::string_view name, absl::Duration ack_wait) = 0;
  // Reads as another member of a group that is there, as who takes over from a dead one does.
  virtual absl::Status JoinGroup(std::string_view name) = 0;
  // Asks for up to `max` records and does not wait for them. The broker may hold the answer for
  // `wait` while there is nothing; zero: it does not.
  virtual absl::Status Ask(int64_t max, absl::Duration wait) = 0;
  // What was asked for; empty when there was nothing.
  virtual absl::StatusOr<std::vector<Message>> Take() = 0;
  virtual absl::Status Ack(absl::Span<const Message> messages) = 0;
  // What a dead member of the group had been given and did not acknowledge.
  virtual absl::StatusOr<std::vector<Message>> TakeOver(int64_t max) = 0;

  // Removes all records but the newest `keep`.
  virtual absl::Status Trim(int64_t keep) = 0;

  absl::StatusOr<std::vector<Message>> Fetch(int64_t max, absl::Duration wait) {
    if (absl::Status s = Ask(max, wait); !s.ok()) return s;
    return Take();
  }
};

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_CLIENT_H_
