// Telling whoever listens to plain subjects what a stream has stored: each message again, on
// another subject, with headers that say where it lies.
#ifndef BRAID_PROTOCOL_NATS_REPUBLISH_H_
#define BRAID_PROTOCOL_NATS_REPUBLISH_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/subject_transform.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {

// A constant value: thread-safe.
class Republish {
 public:
  // nullptr: not a valid mapping.
  static std::shared_ptr<const Republish> Of(const RepublishConfig& config);

  // What messages that are stored under `subject` are republished on; nullopt: they are not.
  std::optional<std::string> SubjectFor(std::string_view subject) const {
    return transform_.Apply(subject);
  }

  struct Stored {
    std::string_view stream;
    std::string_view subject;
    Offset offset = 0;
    Offset previous = -1;  // of the message before it on the subject; -1: none
    int64_t timestamp_ms = 0;
    RecordView record;
  };
  // The header block.
  std::string Headers(const Stored& stored) const;
  // The payload; nothing when only headers are wanted.
  std::string_view Payload(const Stored& stored) const;

 private:
  Republish(engine::SubjectTransform transform, bool headers_only)
      : transform_(std::move(transform)), headers_only_(headers_only) {}

  const engine::SubjectTransform transform_;
  const bool headers_only_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_REPUBLISH_H_
