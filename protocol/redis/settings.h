// What CONFIG SET may change of how the server talks with its clients: key events, how much may
// gather of what a client sends and is sent, and what is noted of its commands. Thread-safe.
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

// Who may say DEBUG: enable-debug-command.
enum class DebugAccess { kNobody, kLocal, kAnybody };
std::optional<DebugAccess> ParseDebugAccess(std::string_view text);
std::string_view NameOf(DebugAccess access);

class Settings {
 public:
  // notify-keyspace-events: KeyEvent bits (notify.h); 0: nobody is told anything.
  std::atomic<uint32_t> key_events{0};

  // A command of so many microseconds goes to the slow log; negative: none does.
  std::atomic<int64_t> slowlog_slower_than{10000};
  std::atomic<int64_t> slowlog_max_len{128};
  // A command of so many milliseconds is a latency event; 0: none is.
  std::atomic<int64_t> latency_threshold_ms{0};
  // Whether LATENCY HISTOGRAM counts.
  std::atomic<bool> latency_tracking{true};
  bool times_commands() const {
    return latency_tracking.load(std::memory_order_relaxed) ||
           slowlog_slower_than.load(std::memory_order_relaxed) >= 0 ||
           latency_threshold_ms.load(std::memory_order_relaxed) > 0;
  }

  // Bytes of requests that may wait to be executed; a client that sends more is disconnected.
  std::atomic<int64_t> query_buffer_limit{int64_t{1} << 30};
  std::atomic<int64_t> max_bulk_bytes{int64_t{512} << 20};  // of one argument: proto-max-bulk-len

  std::atomic<DebugAccess> debug_access{DebugAccess::kLocal};

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
