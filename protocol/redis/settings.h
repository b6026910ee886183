// What CONFIG SET may change of how the server talks with its clients: key events, and how
// much may gather for a client. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_SETTINGS_H_
#define BRAID_PROTOCOL_REDIS_SETTINGS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace braid::redis {

// The kinds of clients that client-output-buffer-limit tells apart.
enum class ClientClass { kNormal, kReplica, kPubSub };
inline constexpr size_t kClientClasses = 3;

// What may wait to be read by a client: more than `hard` bytes, or more than `soft` for so many
// seconds, and it is disconnected. 0: no limit.
struct OutputLimit {
  int64_t hard = 0;
  int64_t soft = 0;
  int64_t soft_seconds = 0;
};

// "100", "64kb", "1gb": bytes. nullopt for what is no size.
std::optional<int64_t> ParseBytes(std::string_view text);

class Settings {
 public:
  // notify-keyspace-events: KeyEvent bits (notify.h); 0: nobody is told anything.
  std::atomic<uint32_t> key_events{0};

  OutputLimit output_limit(ClientClass kind) const;
  // In Redis's form: "normal 0 0 0 slave ... pubsub ...".
  std::string output_limits() const;
  // Changes the classes that `value` names. False, with Redis's words in `error`, when it cannot be
  // read; then nothing changes. `apply` false: only reads it.
  bool SetOutputLimits(std::string_view value, bool apply, std::string& error);

 private:
  mutable absl::Mutex mu_;
  std::array<OutputLimit, kClientClasses> output_limits_ ABSL_GUARDED_BY(mu_) = {
      OutputLimit{},
      {.hard = 256 << 20, .soft = 64 << 20, .soft_seconds = 60},
      {.hard = 32 << 20, .soft = 8 << 20, .soft_seconds = 60}};
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SETTINGS_H_
