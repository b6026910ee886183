#include "protocol/nats/consumer_config.h"

#include <algorithm>
#include <utility>

#include "engine/subjects.h"
#include "protocol/nats/errors.h"

namespace braid::nats {
namespace {

constexpr EnumName<DeliverPolicy> kDeliverPolicies[] = {
    {DeliverPolicy::kAll, "all"},
    {DeliverPolicy::kLast, "last"},
    {DeliverPolicy::kNew, "new"},
    {DeliverPolicy::kByStartSequence, "by_start_sequence"},
    {DeliverPolicy::kByStartTime, "by_start_time"},
    {DeliverPolicy::kLastPerSubject, "last_per_subject"},
};
constexpr EnumName<AckPolicy> kAckPolicies[] = {
    {AckPolicy::kNone, "none"}, {AckPolicy::kAll, "all"}, {AckPolicy::kExplicit, "explicit"}};
constexpr EnumName<ReplayPolicy> kReplayPolicies[] = {{ReplayPolicy::kInstant, "instant"},
                                                      {ReplayPolicy::kOriginal, "original"}};

constexpr absl::Duration kDefaultAckWait = absl::Seconds(30);
constexpr absl::Duration kDefaultInactive = absl::Seconds(5);
constexpr absl::Duration kShortestHeartbeat = absl::Milliseconds(100);
constexpr absl::Duration kShortestExpires = absl::Milliseconds(1);
constexpr int64_t kDefaultMaxAckPending = 1000;
constexpr int64_t kDefaultMaxWaiting = 512;
constexpr size_t kMaxDescription = 4096;
constexpr size_t kMaxName = 255;
constexpr size_t kMaxMetadata = size_t{128} << 10;
constexpr size_t kMaxBackoff = 1024;

absl::Status CheckNames(const ConsumerConfig& config) {
  const std::string& name = config.durable() ? config.durable_name : config.name;
  if (name.find_first_of("/\\") != std::string::npos) {
    return MakeApiError(ApiErrc::kConsumerNameSeparators);
  }
  if (!IsValidAssetName(name)) return MakeApiError(ApiErrc::kBadDurableName);
  if (name.size() > kMaxName) {
    return MakeApiError(ApiErrc::kConsumerCreate,
                        "consumer name is too long, maximum allowed is 255");
  }
  if (config.description.size() > kMaxDescription) {
    return MakeApiError(ApiErrc::kDescriptionTooLong);
  }
  size_t metadata = 0;
  for (const auto& [key, value] : config.metadata) metadata += key.size() + value.size();
  if (metadata > kMaxMetadata) {
    return MakeApiError(ApiErrc::kConsumerCreate,
                        "consumer metadata exceeds maximum size of 131072 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckFilters(const ConsumerConfig& config) {
  if (!config.filter_subject.empty() && !config.filter_subjects.empty()) {
    return MakeApiError(ApiErrc::kBothFilters);
  }
  const std::vector<std::string> filters = config.filters();
  for (auto it = filters.begin(); it != filters.end(); ++it) {
    if (it->empty()) return MakeApiError(ApiErrc::kEmptyFilter);
    if (!engine::IsValidFilter(*it)) {
      return MakeApiError(ApiErrc::kConsumerCreate, "consumer filter subject is not valid");
    }
    for (auto other = filters.begin(); other != it; ++other) {
      if (engine::Overlaps(*other, *it)) return MakeApiError(ApiErrc::kOverlappingFilters);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStart(const ConsumerConfig& config) {
  const auto misfit = [](std::string_view why) {
    return MakeApiError(ApiErrc::kInvalidPolicy, fmt::format("consumer {}", why));
  };
  const bool by_seq = config.deliver_policy == DeliverPolicy::kByStartSequence;
  const bool by_time = config.deliver_policy == DeliverPolicy::kByStartTime;
  if (by_seq && config.opt_start_seq <= 0) {
    return misfit(
        "delivery policy is deliver by start sequence, but optional start sequence is "
        "not set");
  }
  if (by_time && !config.opt_start_time) {
    return misfit("delivery policy is deliver by start time, but optional start time is not set");
  }
  if (!by_seq && config.opt_start_seq != 0) {
    return misfit("delivery policy is not by start sequence, but optional start sequence is set");
  }
  if (!by_time && config.opt_start_time) {
    return misfit("delivery policy is not by start time, but optional start time is set");
  }
  if (config.deliver_policy == DeliverPolicy::kLastPerSubject && config.filters().empty()) {
    return misfit("delivery policy is deliver last per subject, but FilterSubject is not set");
  }
  if (config.replay_policy != ReplayPolicy::kInstant) {
    return misfit("replay policy must be instant: original is not supported");
  }
  return absl::OkStatus();
}

absl::Status CheckAcks(const ConsumerConfig& config) {
  if (config.backoff.size() > kMaxBackoff ||
      (config.max_deliver > 0 &&
       static_cast<int64_t>(config.backoff.size()) > config.max_deliver)) {
    return MakeApiError(ApiErrc::kBackoffTooLong);
  }
  const auto negative = [](absl::Duration wait) { return wait < absl::ZeroDuration(); };
  if (negative(config.ack_wait) ||
      std::any_of(config.backoff.begin(), config.backoff.end(), negative)) {
    return MakeApiError(ApiErrc::kConsumerCreate, "consumer ack wait needs to be positive");
  }
  return absl::OkStatus();
}

absl::Status CheckPush(const ConsumerConfig& config, const std::vector<std::string>& subjects) {
  if (config.max_waiting != 0) return MakeApiError(ApiErrc::kPushMaxWaiting);
  if (!engine::IsValidSubject(config.deliver_subject)) {
    return MakeApiError(ApiErrc::kConsumerCreate, "invalid push consumer deliver subject");
  }
  if (engine::HasWildcard(config.deliver_subject)) {
    return MakeApiError(ApiErrc::kDeliverWildcards);
  }
  for (const std::string& subject : subjects) {
    if (engine::Matches(subject, config.deliver_subject)) {
      return MakeApiError(ApiErrc::kDeliverCycle);
    }
  }
  if (config.ack_policy == AckPolicy::kNone && config.max_ack_pending > 0) {
    return MakeApiError(ApiErrc::kMaxAckPendingPolicy);
  }
  if (config.idle_heartbeat > absl::ZeroDuration() && config.idle_heartbeat < kShortestHeartbeat) {
    return MakeApiError(ApiErrc::kSmallHeartbeat);
  }
  if (config.flow_control && config.idle_heartbeat <= absl::ZeroDuration()) {
    return MakeApiError(ApiErrc::kFlowControlNeedsHeartbeat);
  }
  return absl::OkStatus();
}

absl::Status CheckPull(const ConsumerConfig& config) {
  if (config.max_waiting < 0) return MakeApiError(ApiErrc::kNegativeMaxWaiting);
  if (config.idle_heartbeat != absl::ZeroDuration()) {
    return MakeApiError(ApiErrc::kHeartbeatNeedsPush);
  }
  if (config.flow_control) return MakeApiError(ApiErrc::kFlowControlNeedsPush);
  if (config.max_expires != absl::ZeroDuration() && config.max_expires < kShortestExpires) {
    return MakeApiError(ApiErrc::kConsumerCreate,
                        "consumer max request expires needs to be >= 1ms");
  }
  return absl::OkStatus();
}

void FillDefaults(ConsumerConfig* config) {
  if (config->ack_policy != AckPolicy::kNone) {
    if (!config->backoff.empty()) {
      config->ack_wait = config->backoff.front();
    } else if (config->ack_wait == absl::ZeroDuration()) {
      config->ack_wait = kDefaultAckWait;
    }
    if (config->max_ack_pending == 0) config->max_ack_pending = kDefaultMaxAckPending;
  }
  if (config->max_deliver <= 0) config->max_deliver = -1;
  if (config->max_ack_pending < 0) config->max_ack_pending = -1;
  if (!config->push() && config->max_waiting == 0) config->max_waiting = kDefaultMaxWaiting;
  if (!config->durable() && config->inactive_threshold == absl::ZeroDuration()) {
    config->inactive_threshold = kDefaultInactive;
  }
  if (config->durable()) config->name = config->durable_name;
}

}  // namespace

absl::Span<const EnumName<DeliverPolicy>> EnumNames(DeliverPolicy) {
  return kDeliverPolicies;
}
absl::Span<const EnumName<AckPolicy>> EnumNames(AckPolicy) {
  return kAckPolicies;
}
absl::Span<const EnumName<ReplayPolicy>> EnumNames(ReplayPolicy) {
  return kReplayPolicies;
}

absl::StatusOr<ConsumerConfig> Complete(ConsumerConfig config,
                                        const std::vector<std::string>& subjects) {
  if (config.num_replicas > 1) return MakeApiError(ApiErrc::kReplicas);
  if (config.durable() && !config.name.empty() && config.name != config.durable_name) {
    return MakeApiError(ApiErrc::kDurableNameMismatch);
  }
  using Check = absl::Status (*)(const ConsumerConfig&);
  for (const Check check : {&CheckNames, &CheckFilters, &CheckStart, &CheckAcks}) {
    if (absl::Status status = check(config); !status.ok()) return status;
  }
  absl::Status status = config.push() ? CheckPush(config, subjects) : CheckPull(config);
  if (!status.ok()) return status;
  FillDefaults(&config);
  return config;
}

absl::Status CheckUpdate(const ConsumerConfig& current, const ConsumerConfig& update) {
  struct Fixed {
    bool same;
    std::string_view what;
  };
  const Fixed fields[] = {
      {current.deliver_policy == update.deliver_policy, "deliver policy"},
      {current.opt_start_seq == update.opt_start_seq, "start sequence"},
      {current.opt_start_time == update.opt_start_time, "start time"},
      {current.ack_policy == update.ack_policy, "ack policy"},
      {current.replay_policy == update.replay_policy, "replay policy"},
      {current.idle_heartbeat == update.idle_heartbeat, "heart beats"},
      {current.flow_control == update.flow_control, "flow control"},
      {current.max_waiting == update.max_waiting, "max waiting"},
      {current.mem_storage == update.mem_storage, "memory storage"},
      {current.push() == update.push(), "push or pull"},
  };
  for (const Fixed& field : fields) {
    if (field.same) continue;
    return MakeApiError(ApiErrc::kConsumerCreate, fmt::format("{} can not be updated", field.what));
  }
  return absl::OkStatus();
}

GroupOptions ToGroupOptions(const ConsumerConfig& config) {
  GroupOptions options;
  options.owner = Origin::kNats;
  options.ack_none = config.ack_policy == AckPolicy::kNone;
  options.ack_all = config.ack_policy == AckPolicy::kAll;
  if (!options.ack_none) {
    options.ack_wait = config.ack_wait;
    options.backoff = config.backoff;
    options.max_ack_pending = config.max_ack_pending;
  }
  options.max_deliver = config.max_deliver;
  options.filters = config.filters();
  options.extra = WriteJson(config);
  return options;
}

ConsumerConfig ConfigOf(std::string_view group_name, const GroupOptions& options) {
  ConsumerConfig config;
  JsonFaults faults;
  ReadJson(options.extra, Strict::kNo, &config, &faults);
  if (config.name.empty()) config.name = std::string(group_name);
  return config;
}

}  // namespace braid::nats
