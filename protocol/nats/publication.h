// One published message on its way into a stream: what the stream offers its publishers, what the
// message's headers ask for, and the record that it becomes.
//
// The order in which a publisher is refused is the protocol's: sealed, counters, expected stream,
// TTL, expected sequences, schedules, repeat of an id, expected id, roll-up, sizes, limits. What
// depends on the stream's records alone is checked by the stream when the record is appended, and
// so the refusals that are known here are handed to it, to be said in their turn.
#ifndef BRAID_PROTOCOL_NATS_PUBLICATION_H_
#define BRAID_PROTOCOL_NATS_PUBLICATION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "engine/stream.h"
#include "engine/subject_transform.h"
#include "protocol/nats/republish.h"
#include "protocol/nats/router.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {

// Of a stream; made once for all messages to it.
struct PublishRules {
  std::string name;
  std::vector<std::string> subjects;
  int64_t max_msg_size = -1;  // headers and payload; -1: no limit
  bool no_ack = false;
  bool sealed = false;
  bool rollup = false;
  bool counter = false;
  bool schedules = false;
  bool atomic = false;
  bool batched = false;
  bool ttl = false;
  absl::Duration least_ttl = absl::ZeroDuration();  // shorter ones are made as long as this
  std::shared_ptr<const engine::SubjectTransform> transform;  // null: none
  std::shared_ptr<const Republish> republish;                 // null: none

  static PublishRules Of(const StreamConfig& config);
  // The subject that a message is stored under.
  std::string Stored(std::string_view subject) const;
  bool Listens(std::string_view subject) const;  // one of the stream's subjects matches
};

// Neither copied nor moved: the record may view texts that are kept here.
class Publication {
 public:
  Publication() = default;
  Publication(const Publication&) = delete;
  Publication& operator=(const Publication&) = delete;

  // Reads `message`, which must outlive this. An error is said before anything else is looked at.
  absl::Status Read(const Message& message, const PublishRules& rules);

  RecordView record;
  engine::AppendOptions append;

  std::string_view increment() const { return increment_; }  // of a counter; empty: none
  // What the record is in the end of a counter's: body, and headers if not empty.
  void SetCounter(std::string body, std::string_view increment, std::string sources);
  // Adds a header, or gives the one that is there another value. `value` is kept here.
  void SetHeader(std::string_view key, std::string value);

 private:
  absl::Status CheckIncrement(std::string_view payload, const PublishRules& rules);
  absl::Status ReadExpectations();
  absl::Status ReadSchedule(std::string_view subject, const PublishRules& rules);
  absl::Status ReadScheduleEnd(std::string_view subject, const PublishRules& rules);
  absl::Status ReadRollup(const PublishRules& rules);
  absl::Status CheckSizes(const Message& message, const PublishRules& rules) const;
  absl::Status ReadTtl(const PublishRules& rules);
  std::optional<std::string_view> Find(std::string_view key) const;
  bool Has(std::string_view key) const { return !Find(key).value_or("").empty(); }

  std::string_view increment_;
  std::string body_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PUBLICATION_H_
