// Settings of Redis that tune what Braid does not have: snapshots, replicas, encodings, eviction.
// They are taken, checked and shown as Redis would, so that a configuration file written for Redis
// serves; nothing follows from them.
#ifndef BRAID_PROTOCOL_REDIS_INERT_SETTINGS_H_
#define BRAID_PROTOCOL_REDIS_INERT_SETTINGS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace braid::redis {

struct InertSetting {
  enum class Kind : uint8_t {
    kYesNo,
    kNumber,
    kBytes,  // "64mb", shown as a number
    kText,   // anything
  };
  std::string_view name;
  Kind kind;
  std::string_view initial;
  bool fixed = false;  // set at the start only
};

// By name.
absl::Span<const InertSetting> AllInertSettings();
const InertSetting* FindInertSetting(
    std::string_view name);  // any case; nullptr when there is none

// Why `value` is none for a setting of that kind, in Redis's words; "" when it is one.
std::string_view CheckValue(InertSetting::Kind kind, std::string_view value);
// As CONFIG GET shows it. Requires CheckValue to be content.
std::string ShownValue(InertSetting::Kind kind, std::string_view value);

// The values of one server. Thread-safe.
class InertSettings {
 public:
  std::string Get(const InertSetting& setting) const;
  void Set(const InertSetting& setting, std::string_view value);

 private:
  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string_view, std::string> changed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_INERT_SETTINGS_H_
