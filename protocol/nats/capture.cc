#include "protocol/nats/capture.h"

#include <optional>
#include <utility>

#include "protocol/nats/counter.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

// Others may count meanwhile, and each that gets ahead has got on.
constexpr int kMaxTries = 10'000;

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

}  // namespace

ApiError PublishError(const absl::Status& status) {
  // Engine errors that say more about a publish than about a stream.
  const Errc code = CodeOf(status);
  if (code == Errc::kWrongLastOffset && status.message().empty()) {
    return ToApiError(MakeApiError(ApiErrc::kWrongLastSequenceConstant));
  }
  if (code == Errc::kInvalidRecordState) {
    return ToApiError(MakeApiError(ApiErrc::kSchedulerInvalid));
  }
  return ToApiError(status);
}

bool Capture::Publish(const Message& message, Turn& turn) {
  const Target& target = Find(message.subject);
  if (target.stream == nullptr) return false;
  if (message.reply.ends_with(kFastBatchSuffix)) {
    PublishFast(target, message, turn);
  } else if (const std::string_view batch = HeaderIn(message.headers, "Nats-Batch-Id");
             !batch.empty()) {
    PublishAtomic(target, batch, message, turn);
  } else {
    std::string value;
    const auto result = Store(target, message, turn, &value);
    if (!value.empty()) value = fmt::format(",\"val\":\"{}\"", value);
    Answer(target, message, result, value, turn);
  }
  if (!republished_.empty()) CaptureRepublished(turn);
  return true;
}

void Capture::Answer(const Target& target, const Message& message,
                     const absl::StatusOr<engine::AppendResult>& result, std::string_view more,
                     Turn& turn) {
  if (message.reply.empty() || target.rules.no_ack) return;
  if (!result.ok()) return Refuse(target, message, result.status(), turn);
  json_.clear();
  json_.append("{\"stream\":");
  AppendJsonString(target.rules.name, &json_);
  json_.append(", \"seq\":");
  AppendNumber(result->base_offset + 1, &json_);
  if (result->duplicate) json_.append(",\"duplicate\": true");
  json_.append(more).append("}");
  turn.Reply(message.reply, {}, json_);
}

void Capture::Refuse(const Target& target, const Message& message, const absl::Status& why,
                     Turn& turn) {
  if (message.reply.empty() || target.rules.no_ack) return;
  PubError error;
  error.error = PublishError(why);
  error.stream = target.rules.name;
  turn.Reply(message.reply, {}, WriteJson(error));
}

absl::StatusOr<engine::AppendResult> Capture::Store(const Target& target, const Message& message,
                                                    Turn& turn, std::string* value) {
  const PublishRules& rules = target.rules;
  Publication publication;
  if (absl::Status s = publication.Read(message, rules); !s.ok()) return s;
  publication.append.tell_previous = rules.republish != nullptr;
  const bool counts = !publication.increment().empty() &&
                      publication.append.refusal_after_expectations.ok() &&
                      publication.append.refusal_after_ids.ok();
  if (!counts && rules.republish == nullptr) {
    return target.stream->Append(publication.record, publication.append, turn.writes);
  }
  const std::string subject = rules.Stored(message.subject);
  auto result = counts ? AddToCounter(target, subject, message, publication, turn, value)
                       : target.stream->Append(publication.record, publication.append, turn.writes);
  if (result.ok() && !result->duplicate) {
    Republished(target, subject, publication.record, *result, turn);
  }
  return result;
}

absl::StatusOr<engine::AppendResult> Capture::AddToCounter(const Target& target,
                                                           std::string_view subject,
                                                           const Message& message,
                                                           Publication& publication, Turn& turn,
                                                           std::string* value) const {
  const std::string increment(publication.increment());
  absl::StatusOr<engine::AppendResult> result;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    auto newest = target.stream->ReadLast(subject);
    if (!newest.ok() && CodeOf(newest.status()) != Errc::kRecordNotFound) return newest.status();
    auto counter = newest.ok() ? Counter::Of(*newest) : Counter();
    if (!counter.ok()) {
      publication.append.refusal_after_ids = counter.status();
      return target.stream->Append(publication.record, publication.append, turn.writes);
    }
    counter->Add(increment);
    publication.SetCounter(counter->body(), increment, counter->sources());
    const size_t size = message.headers.size() + publication.record.value->size();
    if (target.rules.max_msg_size > 0 && size > static_cast<size_t>(target.rules.max_msg_size)) {
      publication.append.refusal_after_ids = MakeApiError(ApiErrc::kMessageTooLarge);
    }
    publication.append.expected_last_key = newest.ok() ? newest->offset : -1;
    result = target.stream->Append(publication.record, publication.append, turn.writes);
    if (result.ok() || CodeOf(result.status()) != Errc::kWrongLastKeyOffset) {
      if (result.ok() && !result->duplicate) *value = counter->value();
      return result;
    }
  }
  return MakeApiError(ApiErrc::kUnavailable);
}

void Capture::Republished(const Target& target, std::string_view subject, const RecordView& record,
                          const engine::AppendResult& result, Turn& turn) {
  const Republish* republish = target.rules.republish.get();
  if (republish == nullptr) return;
  const auto to = republish->SubjectFor(subject);
  if (!to.has_value()) return;
  const Republish::Stored stored{.stream = target.rules.name,
                                 .subject = subject,
                                 .offset = result.base_offset,
                                 .previous = result.previous,
                                 .timestamp_ms = result.timestamp_ms,
                                 .record = record};
  KeptMessage message{*to, republish->Headers(stored), std::string(republish->Payload(stored))};
  turn.Tell(message.subject, message.headers, message.payload);
  republished_.push_back(std::move(message));
}

void Capture::CaptureRepublished(Turn& turn) {
  const std::vector<KeptMessage> messages = std::exchange(republished_, {});
  if (depth_ == kMaxDepth) return;  // they go round in circles
  ++depth_;
  for (const KeptMessage& message : messages) Publish(message.view(), turn);
  --depth_;
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
  target.rules = PublishRules::Of(ConfigOf(target.stream->identity(), target.stream->options()));
  return target;
}

}  // namespace braid::nats
