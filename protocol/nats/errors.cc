#include "protocol/nats/errors.h"

#include "absl/strings/cord.h"

namespace braid::nats {
namespace {

constexpr std::string_view kPayloadUrl = "braid/jetstream-error";

struct ErrcRow {
  Errc errc;
  ApiErrc api;
};

// Every Errc but kOk. What no JetStream client can cause or tell apart is "unavailable".
constexpr ErrcRow kErrcs[] = {
    {Errc::kUnknown, ApiErrc::kUnavailable},
    {Errc::kInvalidArgument, ApiErrc::kBadRequest},
    {Errc::kIo, ApiErrc::kStoreFailed},
    {Errc::kCorrupt, ApiErrc::kStoreFailed},
    {Errc::kLocked, ApiErrc::kUnavailable},
    {Errc::kOutOfSpace, ApiErrc::kStorage},
    {Errc::kOutOfMemory, ApiErrc::kStorage},
    {Errc::kUnsupported, ApiErrc::kBadRequest},
    {Errc::kShuttingDown, ApiErrc::kUnavailable},
    {Errc::kStreamNotFound, ApiErrc::kStreamNotFound},
    {Errc::kStreamExists, ApiErrc::kStreamNameExists},
    {Errc::kInvalidName, ApiErrc::kStreamInvalidConfig},
    {Errc::kOffsetOutOfRange, ApiErrc::kNoMessage},
    {Errc::kRecordNotFound, ApiErrc::kNoMessage},
    {Errc::kRecordTooLarge, ApiErrc::kMessageTooLarge},
    {Errc::kInvalidBatch, ApiErrc::kStoreFailed},
    {Errc::kCorruptBatch, ApiErrc::kStoreFailed},
    {Errc::kUnsupportedCodec, ApiErrc::kStoreFailed},
    {Errc::kIdTooSmall, ApiErrc::kStoreFailed},
    {Errc::kIdZero, ApiErrc::kStoreFailed},
    {Errc::kIdExhausted, ApiErrc::kStoreFailed},
    {Errc::kLimitReached, ApiErrc::kStoreFailed},
    {Errc::kSubjectOverlap, ApiErrc::kSubjectOverlap},
    {Errc::kSubjectMismatch, ApiErrc::kStoreFailed},
    {Errc::kWrongLastOffset, ApiErrc::kWrongLastSequence},
    {Errc::kWrongLastKeyOffset, ApiErrc::kWrongLastSequence},
    {Errc::kWrongLastMessageId, ApiErrc::kWrongLastMsgId},
    {Errc::kOutOfOrderSequence, ApiErrc::kStoreFailed},
    {Errc::kStaleProducerEpoch, ApiErrc::kStoreFailed},
    {Errc::kDuplicateSequence, ApiErrc::kStoreFailed},
    {Errc::kGroupNotFound, ApiErrc::kConsumerNotFound},
    {Errc::kGroupExists, ApiErrc::kConsumerNameExists},
    {Errc::kGroupNotEmpty, ApiErrc::kConsumerCreate},
    {Errc::kUnknownMember, ApiErrc::kUnavailable},
    {Errc::kIllegalGeneration, ApiErrc::kUnavailable},
    {Errc::kRebalanceInProgress, ApiErrc::kUnavailable},
    {Errc::kInconsistentProtocol, ApiErrc::kUnavailable},
    {Errc::kMemberIdRequired, ApiErrc::kUnavailable},
    {Errc::kFencedInstance, ApiErrc::kUnavailable},
    {Errc::kInvalidSessionTimeout, ApiErrc::kUnavailable},
    {Errc::kInvalidGroup, ApiErrc::kConsumerCreate},
    {Errc::kGroupFull, ApiErrc::kMaxConsumers},
    {Errc::kFencedMemberEpoch, ApiErrc::kUnavailable},
    {Errc::kStaleMemberEpoch, ApiErrc::kUnavailable},
    {Errc::kUnreleasedInstance, ApiErrc::kUnavailable},
    {Errc::kUnsupportedAssignor, ApiErrc::kUnavailable},
    {Errc::kInvalidPattern, ApiErrc::kUnavailable},
    {Errc::kInvalidRecordState, ApiErrc::kUnavailable},
    {Errc::kInvalidTransactionState, ApiErrc::kUnavailable},
    {Errc::kConcurrentTransactions, ApiErrc::kUnavailable},
    {Errc::kInvalidProducerMapping, ApiErrc::kUnavailable},
    {Errc::kProducerFenced, ApiErrc::kUnavailable},
    {Errc::kInvalidTransactionTimeout, ApiErrc::kUnavailable},
    {Errc::kTransactionAbortable, ApiErrc::kUnavailable},
};

struct ErrorBody {
  ApiError error;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("error", m.error);
  }
};

const ApiErrorRow* FindRow(ApiErrc errc) {
  for (const ApiErrorRow& row : ApiErrors()) {
    if (row.errc == errc) return &row;
  }
  return nullptr;
}

// `words` in the place that the description leaves for them.
std::string Describe(std::string_view description, std::string_view words) {
  const size_t place = description.find("{}");
  if (place == std::string_view::npos) return std::string(description);
  return fmt::format("{}{}{}", description.substr(0, place), words, description.substr(place + 2));
}

ApiError Make(ApiErrc errc, std::string_view words) {
  const ApiErrorRow* row = FindRow(errc);
  ApiError error;
  error.code = row == nullptr ? 500 : row->code;
  error.err_code = static_cast<int64_t>(errc);
  error.description = row == nullptr ? std::string(words) : Describe(row->description, words);
  return error;
}

std::string_view ViewOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

absl::Status MakeApiError(ApiErrc errc, std::string_view words) {
  absl::Status status(absl::StatusCode::kInvalidArgument,
                      absl::string_view(words.data(), words.size()));
  status.SetPayload(absl::string_view(kPayloadUrl.data(), kPayloadUrl.size()),
                    absl::Cord(fmt::format("{}", static_cast<int>(errc))));
  return status;
}

ApiErrc ApiErrcOf(Errc errc) {
  for (const ErrcRow& row : kErrcs) {
    if (row.errc == errc) return row.api;
  }
  return ApiErrc::kNone;
}

ApiError ToApiError(const absl::Status& status) {
  const std::string_view words = ViewOf(status);
  const auto payload = status.GetPayload(absl::string_view(kPayloadUrl.data(), kPayloadUrl.size()));
  if (!payload) return Make(ApiErrcOf(CodeOf(status)), words);
  const auto errc = static_cast<ApiErrc>(ParseNumber(std::string(*payload)).value_or(0));
  ApiError error = Make(errc, words);
  const ApiErrorRow* row = FindRow(errc);
  const bool has_place = row != nullptr && row->description.find("{}") != std::string_view::npos;
  if (!words.empty() && !has_place) error.description = std::string(words);
  return error;
}

std::string ErrorJson(const absl::Status& status) {
  return WriteJson(ErrorBody{ToApiError(status)});
}

}  // namespace braid::nats
