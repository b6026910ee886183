// What a stream's configuration says about publishing into it: its JSON, its rules, and the engine
// options it becomes. A part of StreamConfig.
#ifndef BRAID_PROTOCOL_NATS_PUBLISH_CONFIG_H_
#define BRAID_PROTOCOL_NATS_PUBLISH_CONFIG_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "braid/options.h"
#include "protocol/nats/json.h"

namespace braid::nats {

struct StreamConfig;

// What messages are stored as that come on subjects matching `src` (engine/subject_transform.h).
struct SubjectTransformConfig {
  std::string src;  // empty: ">"
  std::string dest;

  friend bool operator==(const SubjectTransformConfig&, const SubjectTransformConfig&) = default;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("src", m.src);
    v("dest", m.dest);
  }
};

// Where else messages are told of once they are stored.
struct RepublishConfig {
  std::string src;  // empty: ">"
  std::string dest;
  bool headers_only = false;

  friend bool operator==(const RepublishConfig&, const RepublishConfig&) = default;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("src", m.src);
    v("dest", m.dest);
    v("headers_only", m.headers_only, Show::kIfSet);
  }
};

struct PublishConfig {
  std::optional<SubjectTransformConfig> subject_transform;
  std::optional<RepublishConfig> republish;
  bool allow_msg_ttl = false;  // messages may have Nats-TTL; stays on
  // Of the marker that takes the place of the last message of a subject when that is too old; at
  // least a second; zero: none does.
  absl::Duration subject_delete_marker_ttl = absl::ZeroDuration();
  bool allow_msg_counter = false;    // every subject is a counter; stays as it is
  bool allow_msg_schedules = false;  // messages may have Nats-Schedule; stays on
  bool allow_atomic = false;         // batches of which all is stored or nothing
  bool allow_batched = false;        // batches with an acknowledgement for many

  friend bool operator==(const PublishConfig&, const PublishConfig&) = default;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("subject_transform", m.subject_transform);
    v("republish", m.republish);
    v("allow_msg_ttl", m.allow_msg_ttl);
    v("subject_delete_marker_ttl", m.subject_delete_marker_ttl, Show::kIfSet);
    v("allow_msg_counter", m.allow_msg_counter, Show::kIfSet);
    v("allow_msg_schedules", m.allow_msg_schedules, Show::kIfSet);
    v("allow_atomic", m.allow_atomic, Show::kIfSet);
    v("allow_batched", m.allow_batched, Show::kIfSet);
  }
};

// Fills in what follows from other settings and checks the rules. With `pedantic`, what would have
// to be filled in is an error. Errors: ApiErrc.
absl::Status CompletePublishing(StreamConfig& config, bool pedantic);

// What `update` may change of `current`. Errors: ApiErrc.
absl::Status CheckPublishingUpdate(const PublishConfig& current, const PublishConfig& update);

void AddPublishingOptions(const PublishConfig& config, StreamOptions& options);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_PUBLISH_CONFIG_H_
