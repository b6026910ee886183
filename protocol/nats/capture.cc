#include "protocol/nats/capture.h"

#include <optional>
#include <utility>

#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

constexpr size_t kMaxHeaderBytes = size_t{64} << 10;

// Headers that ask for something a stream here never offers.
struct RefusedHeader {
  std::string_view key;
  ApiErrc errc;
};
constexpr RefusedHeader kRefused[] = {
    {"Nats-TTL", ApiErrc::kTtlDisabled},
    {"Nats-Incr", ApiErrc::kCounterDisabled},
    {"Nats-Batch-Id", ApiErrc::kAtomicPublishDisabled},
    {"Nats-Schedule", ApiErrc::kSchedulesDisabled},
    {"Nats-Expected-Last-Subject-Sequence-Subject", ApiErrc::kSubjectWithoutSequence},
};

// The body of a refused publish.
struct PubError {
  ApiError error;
  std::string stream;
  int64_t seq = 0;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("error", m.error);
    v("stream", m.stream);
    v("seq", m.seq);
  }
};

void AppendPubAck(std::string_view stream, const engine::AppendResult& result, std::string* json) {
  json->append("{\"stream\":");
  AppendJsonString(stream, json);
  json->append(", \"seq\":");
  AppendNumber(result.base_offset + 1, json);
  json->append(result.duplicate ? ",\"duplicate\": true}" : "}");
}

// The offset a header's sequence stands for; -1 is sequence 0, "none yet".
absl::StatusOr<std::optional<Offset>> ExpectedOffset(absl::Span<const HeaderView> headers,
                                                     std::string_view key) {
  const auto text = FindHeader(headers, key);
  if (!text) return std::optional<Offset>();
  const auto number = ParseNumber(*text);
  if (!number || *number < 0) {
    return MakeApiError(ApiErrc::kBadRequest, fmt::format("{} needs a sequence", key));
  }
  return std::optional<Offset>(*number - 1);
}

enum class Rollup : uint8_t { kNone, kSubject, kAll };

absl::StatusOr<Rollup> RollupOf(absl::Span<const HeaderView> headers, bool allowed) {
  const auto value = FindHeader(headers, "Nats-Rollup");
  if (!value || value->empty()) return Rollup::kNone;
  if (!allowed) return MakeApiError(ApiErrc::kRollup);
  if (EqualsIgnoringCase(*value, "sub")) return Rollup::kSubject;
  if (EqualsIgnoringCase(*value, "all")) return Rollup::kAll;
  return MakeApiError(ApiErrc::kRollup, fmt::format("rollup value invalid: \"{}\"", *value));
}

}  // namespace

// What the headers of a publish ask for.
struct Capture::Conditions {
  engine::AppendOptions append;
  Rollup rollup = Rollup::kNone;

  static absl::StatusOr<Conditions> Of(absl::Span<const HeaderView> headers, const Target& target) {
    Conditions conditions;
    conditions.append.origin = Origin::kNats;
    if (headers.empty()) return conditions;
    for (const RefusedHeader& refused : kRefused) {
      if (FindHeader(headers, refused.key)) return MakeApiError(refused.errc);
    }
    if (const auto stream = FindHeader(headers, "Nats-Expected-Stream");
        stream && *stream != target.name) {
      return MakeApiError(ApiErrc::kStreamNotMatch);
    }
    auto last_key = ExpectedOffset(headers, "Nats-Expected-Last-Subject-Sequence");
    if (!last_key.ok()) return last_key.status();
    auto last = ExpectedOffset(headers, "Nats-Expected-Last-Sequence");
    if (!last.ok()) return last.status();
    auto rollup = RollupOf(headers, target.allow_rollup);
    if (!rollup.ok()) return rollup.status();
    conditions.append.expected_last_key = *last_key;
    conditions.append.expected_last = *last;
    conditions.append.expected_last_msg_id = FindHeader(headers, "Nats-Expected-Last-Msg-Id");
    conditions.append.msg_id = FindHeader(headers, "Nats-Msg-Id").value_or("");
    conditions.rollup = *rollup;
    return conditions;
  }
};

bool Capture::Publish(const Message& message, Turn& turn) {
  const Target& target = Find(message.subject);
  if (target.stream == nullptr) return false;
  const auto result = Store(target, message, turn);
  if (message.reply.empty() || target.no_ack) return true;
  json_.clear();
  if (result.ok()) {
    AppendPubAck(target.name, *result, &json_);
  } else {
    PubError error;
    error.error = ToApiError(result.status());
    error.stream = target.name;
    json_ = WriteJson(error);
  }
  turn.Reply(message.reply, {}, json_);
  return true;
}

absl::StatusOr<engine::AppendResult> Capture::Store(const Target& target, const Message& message,
                                                    Turn& turn) const {
  if (target.sealed) return MakeApiError(ApiErrc::kSealed);
  if (message.headers.size() > kMaxHeaderBytes) return MakeApiError(ApiErrc::kHeadersTooLarge);
  RecordView record;
  record.key = message.subject;
  record.value = message.payload;
  record.headers = ParseHeaders(message.headers);
  const auto conditions = Conditions::Of(record.headers, target);
  if (!conditions.ok()) return conditions.status();
  const size_t size = message.headers.size() + message.payload.size();
  if (target.max_msg_size > 0 && size > static_cast<size_t>(target.max_msg_size)) {
    return MakeApiError(ApiErrc::kMessageTooLarge);
  }
  auto result = target.stream->Append(record, conditions->append, turn.writes);
  if (!result.ok() || result->duplicate || conditions->rollup == Rollup::kNone) return result;
  const std::string_view filter = conditions->rollup == Rollup::kSubject ? message.subject : "";
  const auto purged = target.stream->Purge(filter, result->base_offset, 0, turn.writes);
  if (!purged.ok()) return purged.status();
  return result;
}

const Capture::Target& Capture::Find(std::string_view subject) {
  const uint64_t version = catalog_.topics_version();
  if (version != version_ || targets_.size() >= kMaxSubjects) {
    targets_.clear();
    version_ = version;
  }
  const auto it = targets_.find(subject);
  if (it != targets_.end()) return it->second;
  return targets_.emplace(std::string(subject), LookUp(subject)).first->second;
}

Capture::Target Capture::LookUp(std::string_view subject) const {
  Target target;
  target.stream = catalog_.FindBySubject(subject);
  if (target.stream == nullptr) return target;
  const StreamConfig config = ConfigOf(target.stream->identity(), target.stream->options());
  target.name = config.name;
  target.max_msg_size = config.max_msg_size;
  target.no_ack = config.no_ack;
  target.sealed = config.sealed;
  target.allow_rollup = config.allow_rollup_hdrs && !config.deny_purge;
  return target;
}

}  // namespace braid::nats
