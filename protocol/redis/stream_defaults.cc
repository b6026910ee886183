#include "protocol/redis/stream_defaults.h"

#include "absl/time/time.h"

namespace braid::redis {

StreamOptions StreamDefaults::ForStream() const {
  StreamOptions options;
  options.owner = Origin::kRedis;
  options.max_age = absl::Milliseconds(max_age_ms);
  return options;
}

GroupOptions StreamDefaults::ForGroup(std::string_view topic) const {
  GroupOptions options;
  options.owner = Origin::kRedis;
  if (max_pending > 0) options.max_ack_pending = max_pending;
  if (max_deliver > 0) options.max_deliver = max_deliver;
  if (!dead_letter_suffix.empty()) {
    options.dead_letter = std::string(topic) + dead_letter_suffix;
  }
  return options;
}

}  // namespace braid::redis
