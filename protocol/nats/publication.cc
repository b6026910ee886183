#include "protocol/nats/publication.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/duration_text.h"
#include "engine/expiries.h"
#include "engine/schedules.h"
#include "engine/subjects.h"
#include "protocol/nats/counter.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"

namespace braid::nats {
namespace {

constexpr size_t kMaxHeaderBytes = std::numeric_limits<uint16_t>::max();

constexpr std::string_view kRollup = "Nats-Rollup";
constexpr std::string_view kExpectedStream = "Nats-Expected-Stream";
constexpr std::string_view kExpectedLast = "Nats-Expected-Last-Sequence";
constexpr std::string_view kExpectedLastSubject = "Nats-Expected-Last-Subject-Sequence";
constexpr std::string_view kExpectedSubject = "Nats-Expected-Last-Subject-Sequence-Subject";
constexpr std::string_view kExpectedId = "Nats-Expected-Last-Msg-Id";
constexpr std::string_view kScheduleRollup = "Nats-Schedule-Rollup";

// The offset that a sequence stands for; -1 is sequence 0, "none yet". What is no number is met by
// no stream.
Offset ExpectedOffset(std::string_view text) {
  const auto number = ParseNumber(text);
  return number && *number >= 0 ? *number - 1 : std::numeric_limits<Offset>::max();
}

}  // namespace

PublishRules PublishRules::Of(const StreamConfig& config) {
  PublishRules rules;
  rules.name = config.name;
  rules.subjects = config.subjects;
  rules.max_msg_size = config.max_msg_size;
  rules.no_ack = config.no_ack;
  rules.sealed = config.sealed;
  rules.rollup = config.allow_rollup_hdrs && !config.deny_purge;
  rules.counter = config.allow_msg_counter;
  rules.schedules = config.allow_msg_schedules;
  rules.atomic = config.allow_atomic;
  rules.batched = config.allow_batched;
  rules.ttl = config.allow_msg_ttl;
  // With one message a subject there is never a marker beside it.
  if (config.max_msgs_per_subject != 1) rules.least_ttl = config.subject_delete_marker_ttl;
  if (config.subject_transform.has_value()) {
    auto transform = engine::SubjectTransform::Make(config.subject_transform->src,
                                                    config.subject_transform->dest);
    if (transform.ok()) {
      rules.transform = std::make_shared<engine::SubjectTransform>(*std::move(transform));
    }
  }
  if (config.republish.has_value()) rules.republish = Republish::Of(*config.republish);
  return rules;
}

std::string PublishRules::Stored(std::string_view subject) const {
  if (transform != nullptr) {
    if (auto mapped = transform->Apply(subject)) return *std::move(mapped);
  }
  return std::string(subject);
}

bool PublishRules::Listens(std::string_view subject) const {
  return std::any_of(subjects.begin(), subjects.end(),
                     [subject](const std::string& mine) { return engine::Matches(mine, subject); });
}

std::optional<std::string_view> Publication::Find(std::string_view key) const {
  return FindHeader(record.headers, key);
}

absl::Status Publication::Read(const Message& message, const PublishRules& rules) {
  append.origin = Origin::kNats;
  record.key = message.subject;
  record.value = message.payload;
  if (rules.sealed) return MakeApiError(ApiErrc::kSealed);
  if (!message.headers.empty()) record.headers = ParseHeaders(message.headers);
  absl::Status late;  // the first of those that come after ids
  if (!record.headers.empty()) {
    if (absl::Status s = CheckIncrement(message.payload, rules); !s.ok()) return s;
    if (const auto stream = Find(kExpectedStream); !stream.value_or("").empty()) {
      if (*stream != rules.name) return MakeApiError(ApiErrc::kStreamNotMatch);
    }
    const std::string_view ttl = Find(engine::kTtlHeader).value_or("");
    if (!ttl.empty() && !rules.ttl && engine::ParseTtl(ttl).has_value()) {
      return MakeApiError(ApiErrc::kTtlDisabled);
    }
    if (absl::Status s = ReadExpectations(); !s.ok()) return s;
    const std::string subject = rules.Stored(message.subject);
    absl::Status scheduling = ReadSchedule(subject, rules);
    if (scheduling.ok()) scheduling = ReadScheduleEnd(subject, rules);
    if (scheduling.ok() && Has("Nats-Stream-Source")) {
      scheduling = MakeApiError(ApiErrc::kSourceHeaderNotAllowed);
    }
    append.refusal_after_expectations = std::move(scheduling);
    append.msg_id = Find("Nats-Msg-Id").value_or("");
    if (Has(kExpectedId)) append.expected_last_msg_id = Find(kExpectedId);
    late = ReadRollup(rules);
  }
  if (late.ok() && rules.counter && increment_.empty()) {
    late = MakeApiError(ApiErrc::kIncrementMissing);
  }
  if (late.ok()) late = CheckSizes(message, rules);
  if (late.ok() && !record.headers.empty()) late = ReadTtl(rules);
  append.refusal_after_ids = std::move(late);
  return absl::OkStatus();
}

absl::Status Publication::CheckIncrement(std::string_view payload, const PublishRules& rules) {
  const std::string_view increment = Find(kIncrementHeader).value_or("");
  if (increment.empty()) return absl::OkStatus();
  if (!IsCount(increment)) return MakeApiError(ApiErrc::kIncrementInvalid);
  if (!rules.counter) return MakeApiError(ApiErrc::kCounterDisabled);
  if (!payload.empty()) return MakeApiError(ApiErrc::kIncrementWithPayload);
  for (const std::string_view other : {kRollup, kExpectedStream, kExpectedId, kExpectedSubject,
                                       kExpectedLast, kExpectedLastSubject}) {
    if (Has(other)) return MakeApiError(ApiErrc::kIncrementInvalid);
  }
  increment_ = increment;
  return absl::OkStatus();
}

absl::Status Publication::ReadExpectations() {
  const std::string_view subject = Find(kExpectedSubject).value_or("");
  if (const auto sequence = Find(kExpectedLastSubject); !sequence.value_or("").empty()) {
    append.expected_last_key = ExpectedOffset(*sequence);
    append.expected_key_filter = subject;
  } else if (!subject.empty()) {
    return MakeApiError(ApiErrc::kSubjectWithoutSequence);
  }
  if (const auto sequence = Find(kExpectedLast); !sequence.value_or("").empty()) {
    append.expected_last = ExpectedOffset(*sequence);
  }
  return absl::OkStatus();
}

absl::Status Publication::ReadSchedule(std::string_view subject, const PublishRules& rules) {
  const auto pattern = Find(engine::kScheduleHeader);
  const auto zone_name = Find("Nats-Schedule-Time-Zone");
  if (pattern.value_or("").empty() && !zone_name.has_value()) return absl::OkStatus();
  if (!rules.schedules) return MakeApiError(ApiErrc::kSchedulesDisabled);
  std::optional<absl::TimeZone> zone;
  if (zone_name.has_value()) {
    zone = engine::ScheduleTimes::FindZone(*zone_name);
    if (!zone.has_value()) return MakeApiError(ApiErrc::kScheduleTimeZoneInvalid);
  }
  if (pattern.value_or("").empty()) return absl::OkStatus();
  const auto times = engine::ScheduleTimes::Parse(*pattern, zone);
  if (!times.has_value()) return MakeApiError(ApiErrc::kSchedulePatternInvalid);
  const std::string_view ttl = Find("Nats-Schedule-TTL").value_or("");
  const std::string_view produced_rollup = Find(kScheduleRollup).value_or("");
  const std::string_view target = Find("Nats-Schedule-Target").value_or("");
  const std::string_view source = Find("Nats-Schedule-Source").value_or("");
  if (!ttl.empty() && !engine::ParseTtl(ttl)) return MakeApiError(ApiErrc::kScheduleTtlInvalid);
  if (!produced_rollup.empty() && produced_rollup != "sub") {
    return MakeApiError(ApiErrc::kScheduleRollupInvalid);
  }
  if (!ttl.empty() && !rules.ttl) return MakeApiError(ApiErrc::kTtlDisabled);
  if (!engine::IsValidPublishSubject(target) || target == subject) {
    return MakeApiError(ApiErrc::kScheduleTargetInvalid);
  }
  if (!source.empty() &&
      (source == target || source == subject || !engine::IsValidPublishSubject(source))) {
    return MakeApiError(ApiErrc::kScheduleSourceInvalid);
  }
  if (!rules.Listens(target)) return MakeApiError(ApiErrc::kScheduleTargetInvalid);
  if (!source.empty() && !rules.Listens(source)) {
    return MakeApiError(ApiErrc::kScheduleSourceInvalid);
  }
  // A schedule takes the place of the one that its subject had.
  if (!Has(kRollup)) {
    SetHeader(kRollup, "sub");
  } else if (!EqualsIgnoringCase(*Find(kRollup), "sub")) {
    return MakeApiError(ApiErrc::kScheduleRollupInvalid);
  }
  return absl::OkStatus();
}

absl::Status Publication::ReadScheduleEnd(std::string_view subject, const PublishRules& rules) {
  const std::string_view scheduler = Find(engine::kSchedulerHeader).value_or("");
  const std::string_view next = Find(engine::kScheduleNextHeader).value_or("");
  if (next.empty()) {
    return scheduler.empty() ? absl::OkStatus() : MakeApiError(ApiErrc::kSchedulerInvalid);
  }
  if (next != engine::kSchedulePurge || scheduler == subject ||
      !engine::IsValidPublishSubject(scheduler)) {
    return MakeApiError(ApiErrc::kSchedulerInvalid);
  }
  if (!rules.schedules) return MakeApiError(ApiErrc::kSchedulesDisabled);
  append.ends_schedule = scheduler;
  return absl::OkStatus();
}

absl::Status Publication::ReadRollup(const PublishRules& rules) {
  const std::string_view rollup = Find(kRollup).value_or("");
  if (rollup.empty()) return absl::OkStatus();
  if (!rules.rollup) return MakeApiError(ApiErrc::kRollup);
  if (EqualsIgnoringCase(rollup, "sub")) {
    append.rollup = engine::Rollup::kKey;
  } else if (EqualsIgnoringCase(rollup, "all")) {
    append.rollup = engine::Rollup::kAll;
  } else {
    std::string lower(rollup);
    std::transform(lower.begin(), lower.end(), lower.begin(), LowerOf);
    return MakeApiError(ApiErrc::kRollup, fmt::format("rollup value invalid: \"{}\"", lower));
  }
  return absl::OkStatus();
}

absl::Status Publication::CheckSizes(const Message& message, const PublishRules& rules) const {
  const size_t size = message.headers.size() + message.payload.size();
  if (rules.max_msg_size > 0 && size > static_cast<size_t>(rules.max_msg_size)) {
    return MakeApiError(ApiErrc::kMessageTooLarge);
  }
  if (message.headers.size() > kMaxHeaderBytes) return MakeApiError(ApiErrc::kHeadersTooLarge);
  return absl::OkStatus();
}

absl::Status Publication::ReadTtl(const PublishRules& rules) {
  const std::string_view text = Find(engine::kTtlHeader).value_or("");
  if (text.empty()) return absl::OkStatus();
  const auto ttl = engine::ParseTtl(text);
  if (!ttl.has_value()) return MakeApiError(ApiErrc::kTtlInvalid);
  if (*ttl < rules.least_ttl) {
    SetHeader(engine::kTtlHeader, fmt::format("{}", absl::ToInt64Seconds(rules.least_ttl)));
  }
  return absl::OkStatus();
}

void Publication::SetCounter(std::string body, std::string_view increment, std::string sources) {
  body_ = std::move(body);
  record.value = body_;
  if (increment != increment_) SetHeader(kIncrementHeader, std::string(increment));
  if (!sources.empty()) SetHeader(kCounterSourcesHeader, std::move(sources));
}

void Publication::SetHeader(std::string_view key, std::string value) {
  const std::string_view kept =
      *texts_.emplace_back(std::make_unique<std::string>(std::move(value)));
  for (HeaderView& header : record.headers) {
    if (header.key != key) continue;
    header.value = kept;
    return;
  }
  record.headers.push_back({key, kept});
}

}  // namespace braid::nats
