#include "protocol/nats/api.h"

#include <optional>
#include <utility>

#include "engine/subjects.h"

namespace braid::nats {
namespace {

constexpr size_t kMaxNames = 64;

constexpr ApiEntry kTable[] = {
    {"INFO", "account_info", ApiBody::kAny, &AccountInfo},
    {"STREAM.CREATE.*", "stream_create", ApiBody::kAny, &StreamCreate},
    {"STREAM.UPDATE.*", "stream_update", ApiBody::kAny, &StreamUpdate},
    {"STREAM.INFO.*", "stream_info", ApiBody::kAny, &StreamInfo},
    {"STREAM.NAMES", "stream_names", ApiBody::kAny, &StreamNames},
    {"STREAM.LIST", "stream_list", ApiBody::kAny, &StreamList},
    {"STREAM.DELETE.*", "stream_delete", ApiBody::kEmpty, &StreamDelete},
    {"STREAM.PURGE.*", "stream_purge", ApiBody::kAny, &StreamPurge},
    {"STREAM.MSG.GET.*", "stream_msg_get", ApiBody::kAny, &MessageGet},
    {"STREAM.MSG.DELETE.*", "stream_msg_delete", ApiBody::kAny, &MessageDelete},
    {"DIRECT.GET.*", "", ApiBody::kAny, &DirectGet},
    {"DIRECT.GET.*.>", "", ApiBody::kAny, &DirectGetLast},
    {"CONSUMER.CREATE.*", "consumer_create", ApiBody::kAny, &ConsumerCreate},
    {"CONSUMER.CREATE.*.*", "consumer_create", ApiBody::kAny, &ConsumerCreateNamed},
    {"CONSUMER.CREATE.*.*.>", "consumer_create", ApiBody::kAny, &ConsumerCreateFiltered},
    {"CONSUMER.DURABLE.CREATE.*.*", "consumer_create", ApiBody::kAny, &ConsumerCreateDurable},
    {"CONSUMER.INFO.*.*", "consumer_info", ApiBody::kAny, &ConsumerInfo},
    {"CONSUMER.NAMES.*", "consumer_names", ApiBody::kAny, &ConsumerNames},
    {"CONSUMER.LIST.*", "consumer_list", ApiBody::kAny, &ConsumerList},
    {"CONSUMER.DELETE.*.*", "consumer_delete", ApiBody::kEmpty, &ConsumerDelete},
    {"CONSUMER.MSG.NEXT.*.*", "", ApiBody::kAny, &ConsumerNext},
};

// The tokens of `subject` that wildcards of `pattern` stand for; nullopt when it does not match.
std::optional<std::vector<std::string_view>> NamesIn(std::string_view pattern,
                                                     std::string_view subject) {
  if (!engine::Matches(pattern, subject)) return std::nullopt;
  std::vector<std::string_view> names;
  auto token = engine::SubjectTokens(subject).begin();
  for (const std::string_view part : engine::SubjectTokens(pattern)) {
    const std::string_view at = *token;
    if (part == "*") names.push_back(at);
    if (part == ">") {
      names.push_back(
          {at.data(), static_cast<size_t>(subject.data() + subject.size() - at.data())});
      break;
    }
    if (names.size() > kMaxNames) return std::nullopt;
    ++token;
  }
  return names;
}

void BeginResponse(std::string_view type, JsonWriter& out) {
  out.BeginObject();
  out("type", fmt::format("io.nats.jetstream.api.v1.{}_response", type));
}

std::string ErrorResponse(std::string_view type, const absl::Status& status) {
  std::string json;
  JsonWriter out(&json);
  BeginResponse(type, out);
  out("error", ToApiError(status));
  out.EndObject();
  return json;
}

absl::Status Execute(const ApiEntry& entry, const ApiCall& call, JsonWriter& out) {
  if (entry.body == ApiBody::kEmpty && !call.body.empty()) {
    return MakeApiError(ApiErrc::kBodyNotEmpty);
  }
  return entry.handler(call, out);
}

bool Answer(const ApiEntry& entry, const ApiCall& call) {
  std::string json;
  JsonWriter out(&json);
  if (!entry.type.empty()) BeginResponse(entry.type, out);
  const absl::Status status = Execute(entry, call, out);
  if (!status.ok()) ++call.jetstream.api_errors;
  if (entry.type.empty()) return status.ok();
  if (call.reply.empty()) return true;
  out.EndObject();
  call.turn.Reply(call.reply, {}, status.ok() ? json : ErrorResponse(entry.type, status));
  return true;
}

}  // namespace

absl::StatusOr<engine::StreamPtr> ApiCall::Stream() const {
  engine::StreamPtr stream = catalog().FindJetStream(names[0]);
  if (stream == nullptr) return MakeApiError(ApiErrc::kStreamNotFound);
  return stream;
}

absl::Status ApiCall::ToStatus(const JsonFaults& faults, ApiErrc unsupported) {
  if (!faults.invalid.empty()) {
    return MakeApiError(ApiErrc::kInvalidJson, faults.invalid);
  }
  if (!faults.unsupported.empty()) {
    return MakeApiError(unsupported, fmt::format("{} is not supported", faults.unsupported));
  }
  return absl::OkStatus();
}

absl::Span<const ApiEntry> ApiTable() {
  return kTable;
}

bool CallApi(JetStream& jetstream, Turn& turn, const boost::asio::any_io_executor& executor,
             const Message& request) {
  const std::string_view subject = request.subject.substr(kApiPrefix.size());
  if (!engine::IsValidSubject(subject)) return false;  // filters in it may have wildcards
  for (const ApiEntry& entry : kTable) {
    auto names = NamesIn(entry.pattern, subject);
    if (!names) continue;
    ++jetstream.api_requests;
    return Answer(entry, {.jetstream = jetstream,
                          .turn = turn,
                          .executor = executor,
                          .names = *std::move(names),
                          .body = request.payload,
                          .reply = request.reply});
  }
  return true;  // all of the API is the server's, and what it does not know it passes over
}

bool RefuseApi(Turn& turn, const Message& request) {
  const std::string_view subject = request.subject.substr(kApiPrefix.size());
  if (request.reply.empty() || !engine::IsValidSubject(subject)) return true;
  for (const ApiEntry& entry : kTable) {
    if (entry.type.empty() || !NamesIn(entry.pattern, subject)) continue;
    turn.Reply(request.reply, {},
               ErrorResponse(entry.type, MakeApiError(ApiErrc::kNotEnabledForAccount)));
    break;
  }
  return true;
}

}  // namespace braid::nats
