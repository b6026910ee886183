#include "protocol/nats/publish_config.h"

#include <algorithm>

#include "engine/subject_transform.h"
#include "engine/subjects.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {
namespace {

constexpr absl::Duration kShortestMarker = absl::Seconds(1);

absl::Status Invalid(std::string_view why) {
  return MakeApiError(ApiErrc::kStreamInvalidConfig, why);
}

std::string_view WordsOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status CheckTransform(const StreamConfig& config) {
  if (!config.subject_transform.has_value()) return absl::OkStatus();
  const auto& [src, dest] = *config.subject_transform;
  if (!src.empty() && !engine::IsValidSubject(src)) {
    return MakeApiError(ApiErrc::kTransformInvalidSource, fmt::format("invalid subject {}", src));
  }
  if (dest.empty()) return absl::OkStatus();  // changes nothing
  const auto transform = engine::SubjectTransform::Make(src, dest);
  if (transform.ok()) return absl::OkStatus();
  return MakeApiError(ApiErrc::kTransformInvalidDestination, WordsOf(transform.status()));
}

absl::Status CompleteRepublish(StreamConfig& config, bool pedantic) {
  if (!config.republish.has_value()) return absl::OkStatus();
  RepublishConfig& republish = *config.republish;
  if (republish.src.empty()) {
    if (pedantic) return MakeApiError(ApiErrc::kPedantic, "republish source can not be empty");
    republish.src = ">";
  }
  // From all to all means the subjects that the transform makes, where it makes others of all.
  const auto& transform = config.subject_transform;
  if (republish.src == ">" && republish.dest == ">" && transform.has_value() &&
      config.subjects.size() == 1 && transform->src == config.subjects[0]) {
    if (pedantic) {
      return MakeApiError(ApiErrc::kPedantic, "implicit republish based on subject transform");
    }
    republish.src = republish.dest = transform->dest;
  }
  const bool cycle =
      std::any_of(config.subjects.begin(), config.subjects.end(),
                  [&](const std::string& mine) { return engine::Overlaps(republish.dest, mine); });
  if (cycle) return Invalid("stream configuration for republish destination forms a cycle");
  if (!engine::SubjectTransform::Make(republish.src, republish.dest).ok()) {
    return Invalid(
        fmt::format("stream configuration for republish with transform from '{}' to '{}' not valid",
                    republish.src, republish.dest));
  }
  return absl::OkStatus();
}

absl::Status CheckCounter(const StreamConfig& config) {
  if (!config.allow_msg_counter) return absl::OkStatus();
  if (config.discard == DiscardPolicy::kNew) {
    return Invalid("counter stream cannot use discard new");
  }
  if (config.allow_msg_ttl) return Invalid("counter stream cannot use message TTLs");
  if (config.allow_msg_schedules) return Invalid("counter stream cannot use message schedules");
  if (config.retention != Retention::kLimits) {
    return Invalid("counter stream can only use limits retention");
  }
  return absl::OkStatus();
}

absl::Status CompleteMarkers(StreamConfig& config, bool pedantic) {
  const absl::Duration ttl = config.subject_delete_marker_ttl;
  if (ttl == absl::ZeroDuration()) return absl::OkStatus();
  if (ttl < absl::ZeroDuration()) return Invalid("subject delete marker TTL must not be negative");
  if (ttl < kShortestMarker) return Invalid("subject delete marker TTL must be at least 1 second");
  if (!config.allow_msg_ttl) {
    if (pedantic) {
      return Invalid("subject delete marker cannot be set if message TTLs are disabled");
    }
    config.allow_msg_ttl = true;
  }
  if (config.allow_rollup_hdrs) return absl::OkStatus();
  if (pedantic) return Invalid("subject delete marker cannot be set if roll-ups are disabled");
  config.allow_rollup_hdrs = true;
  config.deny_purge = false;
  return absl::OkStatus();
}

absl::Status CompleteSchedules(StreamConfig& config, bool pedantic) {
  if (!config.allow_msg_schedules) return absl::OkStatus();
  if (config.discard == DiscardPolicy::kNew) {
    return Invalid("message scheduling cannot use discard new");
  }
  if (config.allow_rollup_hdrs) return absl::OkStatus();
  if (pedantic) return Invalid("message scheduling cannot be set if roll-ups are disabled");
  config.allow_rollup_hdrs = true;
  config.deny_purge = false;
  return absl::OkStatus();
}

}  // namespace

absl::Status CompletePublishing(StreamConfig& config, bool pedantic) {
  if (absl::Status s = CheckCounter(config); !s.ok()) return s;
  if (absl::Status s = CompleteMarkers(config, pedantic); !s.ok()) return s;
  if (absl::Status s = CompleteSchedules(config, pedantic); !s.ok()) return s;
  if (absl::Status s = CheckTransform(config); !s.ok()) return s;
  return CompleteRepublish(config, pedantic);
}

absl::Status CheckPublishingUpdate(const PublishConfig& current, const PublishConfig& update) {
  if (current.allow_msg_ttl && !update.allow_msg_ttl) {
    return Invalid("message TTL status can not be disabled");
  }
  if (current.allow_msg_counter != update.allow_msg_counter) {
    return Invalid("stream configuration update can not change message counter setting");
  }
  if (current.allow_msg_schedules && !update.allow_msg_schedules) {
    return Invalid("message schedules can not be disabled");
  }
  return absl::OkStatus();
}

void AddPublishingOptions(const PublishConfig& config, StreamOptions& options) {
  options.record_ttl = config.allow_msg_ttl;
  options.delete_marker_ttl = config.subject_delete_marker_ttl;
  options.schedules = config.allow_msg_schedules;
  if (config.subject_transform.has_value()) {
    options.transform_source = config.subject_transform->src;
    options.transform_destination = config.subject_transform->dest;
  }
}

}  // namespace braid::nats
