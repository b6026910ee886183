// Publishing into streams: a message on a captured subject becomes a record, and its publisher gets
// a PubAck once that is committed.
#ifndef BRAID_PROTOCOL_NATS_CAPTURE_H_
#define BRAID_PROTOCOL_NATS_CAPTURE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/catalog.h"
#include "engine/stream.h"
#include "protocol/nats/router.h"
#include "protocol/nats/stream_config.h"
#include "protocol/nats/turn.h"

namespace braid::nats {

// One session's way into the streams: remembers which stream captures which subject. Not
// thread-safe.
class Capture {
 public:
  explicit Capture(engine::Catalog& catalog) : catalog_(catalog) {}

  // Appends `message` to the stream that captures its subject and queues the PubAck, or the error,
  // for its reply subject. False when no stream does.
  bool Publish(const Message& message, Turn& turn);

 private:
  // What publishing needs to know of a stream.
  struct Target {
    engine::StreamPtr stream;  // null: nobody captures the subject
    std::string name;
    int64_t max_msg_size = -1;
    bool no_ack = false;
    bool sealed = false;
    bool allow_rollup = false;
  };
  struct Conditions;

  const Target& Find(std::string_view subject);
  Target LookUp(std::string_view subject) const;
  absl::StatusOr<engine::AppendResult> Store(const Target& target, const Message& message,
                                             Turn& turn) const;

  static constexpr size_t kMaxSubjects = 4096;
  engine::Catalog& catalog_;
  uint64_t version_ = 0;  // of the topics, that targets_ holds for
  TextMap<Target> targets_;
  std::string json_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CAPTURE_H_
