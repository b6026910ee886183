// The configuration of a JetStream consumer: its JSON, its defaults and rules, and the engine group
// it becomes.
#ifndef BRAID_PROTOCOL_NATS_CONSUMER_CONFIG_H_
#define BRAID_PROTOCOL_NATS_CONSUMER_CONFIG_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/options.h"
#include "protocol/nats/json.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {

enum class DeliverPolicy : uint8_t {
  kAll,
  kLast,
  kNew,
  kByStartSequence,
  kByStartTime,
  kLastPerSubject,
};
enum class AckPolicy : uint8_t { kNone, kAll, kExplicit };
enum class ReplayPolicy : uint8_t { kInstant, kOriginal };

absl::Span<const EnumName<DeliverPolicy>> EnumNames(DeliverPolicy);
absl::Span<const EnumName<AckPolicy>> EnumNames(AckPolicy);
absl::Span<const EnumName<ReplayPolicy>> EnumNames(ReplayPolicy);

struct ConsumerConfig {
  std::string durable_name;
  std::string name;
  std::string description;  // at most 4 KiB
  DeliverPolicy deliver_policy = DeliverPolicy::kAll;
  int64_t opt_start_seq = 0;
  std::optional<absl::Time> opt_start_time;
  AckPolicy ack_policy = AckPolicy::kNone;
  absl::Duration ack_wait = absl::ZeroDuration();  // zero: 30 s, or backoff[0]
  int64_t max_deliver = 0;                         // zero: -1, no limit
  std::vector<absl::Duration> backoff;
  std::string filter_subject;
  std::vector<std::string> filter_subjects;
  ReplayPolicy replay_policy = ReplayPolicy::kInstant;
  int64_t max_waiting = 0;      // open pull requests; zero: 512
  int64_t max_ack_pending = 0;  // zero: 1000 when there are acks; -1: no limit
  bool flow_control = false;
  absl::Duration idle_heartbeat = absl::ZeroDuration();
  bool headers_only = false;
  int64_t max_batch = 0;  // of a pull request; zero: no limit
  absl::Duration max_expires = absl::ZeroDuration();
  int64_t max_bytes = 0;
  absl::Duration inactive_threshold = absl::ZeroDuration();  // zero: 5 s for ephemerals, else never
  std::string deliver_subject;                               // set: a push consumer
  std::string deliver_group;
  int64_t num_replicas = 0;
  bool mem_storage = false;
  std::map<std::string, std::string> metadata;

  friend bool operator==(const ConsumerConfig&, const ConsumerConfig&) = default;

  bool push() const { return !deliver_subject.empty(); }
  bool durable() const { return !durable_name.empty(); }
  // Every filter, whichever field it came in.
  std::vector<std::string> filters() const {
    if (!filter_subject.empty()) return {filter_subject};
    return filter_subjects;
  }

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("durable_name", m.durable_name, Show::kIfSet);
    v("name", m.name, Show::kIfSet);
    v("description", m.description, Show::kIfSet);
    v("deliver_policy", m.deliver_policy);
    v("opt_start_seq", m.opt_start_seq, Show::kIfSet);
    v("opt_start_time", m.opt_start_time);
    v("ack_policy", m.ack_policy);
    v("ack_wait", m.ack_wait, Show::kIfSet);
    v("max_deliver", m.max_deliver, Show::kIfSet);
    v("backoff", m.backoff, Show::kIfSet);
    v("filter_subject", m.filter_subject, Show::kIfSet);
    v("filter_subjects", m.filter_subjects, Show::kIfSet);
    v("replay_policy", m.replay_policy);
    v("max_waiting", m.max_waiting, Show::kIfSet);
    v("max_ack_pending", m.max_ack_pending, Show::kIfSet);
    v("flow_control", m.flow_control, Show::kIfSet);
    v("idle_heartbeat", m.idle_heartbeat, Show::kIfSet);
    v("headers_only", m.headers_only, Show::kIfSet);
    v("max_batch", m.max_batch, Show::kIfSet);
    v("max_expires", m.max_expires, Show::kIfSet);
    v("max_bytes", m.max_bytes, Show::kIfSet);
    v("inactive_threshold", m.inactive_threshold, Show::kIfSet);
    v("deliver_subject", m.deliver_subject, Show::kIfSet);
    v("deliver_group", m.deliver_group, Show::kIfSet);
    v("num_replicas", m.num_replicas);
    v("mem_storage", m.mem_storage, Show::kIfSet);
    v("metadata", m.metadata, Show::kIfSet);
    v.OnlyDefault("rate_limit_bps", {"0"});
    v.OnlyDefault("sample_freq", {"\"\"", "\"0\"", "\"0%\""});
    v.OnlyDefault("direct", {"false"});
    v.OnlyDefault("pause_until", {"\"0001-01-01T00:00:00Z\""});
    v.OnlyDefault("priority_groups", {"[]"});
    v.OnlyDefault("priority_policy", {"\"\"", "\"none\""});
    v.OnlyDefault("priority_timeout", {"0"});
  }
};

// Fills defaults in and checks every rule that needs no stream. `subjects` are the stream's own.
// Errors: ApiErrc.
absl::StatusOr<ConsumerConfig> Complete(ConsumerConfig config,
                                        const std::vector<std::string>& subjects);

// What `update` may change of `current`, both complete. Errors: ApiErrc.
absl::Status CheckUpdate(const ConsumerConfig& current, const ConsumerConfig& update);

// Requires a complete config; where to start is the caller's to fill in. The config's own JSON goes
// with it, in `extra`.
GroupOptions ToGroupOptions(const ConsumerConfig& config);

// Back from `extra`.
ConsumerConfig ConfigOf(std::string_view group_name, const GroupOptions& options);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_CONSUMER_CONFIG_H_
