#include "protocol/nats/errors.h"

#include "absl/strings/cord.h"

namespace braid::nats {
namespace {

constexpr std::string_view kPayloadUrl = "braid/jetstream-error";

constexpr ApiErrorRow kErrors[] = {
    {ApiErrc::kBadRequest, 400, "bad request"},
    {ApiErrc::kUnavailable, 503, "JetStream system temporarily unavailable"},
    {ApiErrc::kConsumerCreate, 500, "{}"},
    {ApiErrc::kConsumerNameExists, 400, "consumer name already in use"},
    {ApiErrc::kConsumerNotFound, 404, "consumer not found"},
    {ApiErrc::kDurableNotInSubject, 400,
     "consumer expected to be durable but no durable name set in subject"},
    {ApiErrc::kDurableMismatch, 400,
     "consumer name in subject does not match durable name in request"},
    {ApiErrc::kDurableNotSet, 400,
     "consumer expected to be durable but a durable name was not set"},
    {ApiErrc::kEphemeralWithDurable, 400,
     "consumer expected to be ephemeral but a durable name was set in request"},
    {ApiErrc::kInvalidJson, 400, "invalid JSON"},
    {ApiErrc::kMaxConsumers, 400, "maximum consumers limit reached"},
    {ApiErrc::kNoMessage, 404, "no message found"},
    {ApiErrc::kBodyNotEmpty, 400, "expected an empty request payload"},
    {ApiErrc::kMalformedConsumerSubject, 400, "malformed consumer create request"},
    {ApiErrc::kSequenceNotFound, 400, "sequence {} not found"},
    {ApiErrc::kStorage, 500, "insufficient storage resources available"},
    {ApiErrc::kStreamCreate, 500, "{}"},
    {ApiErrc::kStreamInvalidConfig, 500, "{}"},
    {ApiErrc::kMessageTooLarge, 400, "message size exceeds maximum allowed"},
    {ApiErrc::kStreamMismatch, 400, "stream name in subject does not match request"},
    {ApiErrc::kMessageDelete, 500, "{}"},
    {ApiErrc::kStreamNameExists, 400, "stream name already in use with a different configuration"},
    {ApiErrc::kStreamNotFound, 404, "stream not found"},
    {ApiErrc::kStreamNotMatch, 400, "expected stream does not match"},
    {ApiErrc::kSubjectOverlap, 400, "subjects overlap with an existing stream"},
    {ApiErrc::kStreamUpdate, 500, "{}"},
    {ApiErrc::kWrongLastMsgId, 400, "wrong last msg ID: {}"},
    {ApiErrc::kWrongLastSequence, 400, "wrong last sequence: {}"},
    {ApiErrc::kReplicas, 500, "replicas > 1 not supported in non-clustered mode"},
    {ApiErrc::kStoreFailed, 503, "{}"},
    {ApiErrc::kDeliverWildcards, 400, "consumer deliver subject has wildcards"},
    {ApiErrc::kPushMaxWaiting, 400, "consumer in push mode can not set max waiting"},
    {ApiErrc::kDeliverCycle, 400, "consumer deliver subject forms a cycle"},
    {ApiErrc::kMaxAckPendingPolicy, 400, "consumer requires ack policy for max ack pending"},
    {ApiErrc::kSmallHeartbeat, 400, "consumer idle heartbeat needs to be >= 100ms"},
    {ApiErrc::kPullRateLimit, 400, "consumer in pull mode can not have rate limit set"},
    {ApiErrc::kNegativeMaxWaiting, 400, "consumer max waiting needs to be positive"},
    {ApiErrc::kHeartbeatNeedsPush, 400, "consumer idle heartbeat requires a push based consumer"},
    {ApiErrc::kFlowControlNeedsPush, 400, "consumer flow control requires a push based consumer"},
    {ApiErrc::kFilterNotSubset, 400,
     "consumer filter subject is not a valid subset of the interest subjects"},
    {ApiErrc::kInvalidPolicy, 400, "{}"},
    {ApiErrc::kHeadersTooLarge, 400, "header size exceeds maximum allowed of 64k"},
    {ApiErrc::kBadDurableName, 400, "durable name can not contain '.', '*', '>'"},
    {ApiErrc::kConsumerReplacement, 400, "consumer already exists and is still active"},
    {ApiErrc::kDescriptionTooLong, 400,
     "consumer description is too long, maximum allowed is 4096"},
    {ApiErrc::kFlowControlNeedsHeartbeat, 400, "consumer with flow control also needs heartbeats"},
    {ApiErrc::kSealed, 400, "invalid operation on sealed stream"},
    {ApiErrc::kPurge, 500, "{}"},
    {ApiErrc::kRollup, 500, "rollup not permitted"},
    {ApiErrc::kBackoffTooLong, 400, "max deliver is required to be > length of backoff values"},
    {ApiErrc::kConsumerNameSeparators, 400, "Consumer name can not contain path separators"},
    {ApiErrc::kStreamNameSeparators, 400, "Stream name can not contain path separators"},
    {ApiErrc::kCreateFilterMismatch, 400,
     "Consumer create request did not match filtered subject from create subject"},
    {ApiErrc::kDurableNameMismatch, 400,
     "Consumer Durable and Name have to be equal if both are provided"},
    {ApiErrc::kBothFilters, 400,
     "consumer cannot have both FilterSubject and FilterSubjects specified"},
    {ApiErrc::kMultipleFiltersInSubject, 400,
     "consumer with multiple subject filters cannot use subject based API"},
    {ApiErrc::kOverlappingFilters, 400, "consumer subject filters cannot overlap"},
    {ApiErrc::kEmptyFilter, 400, "consumer filter in FilterSubjects cannot be empty"},
    {ApiErrc::kConsumerExists, 400, "consumer already exists"},
    {ApiErrc::kConsumerDoesNotExist, 400, "consumer does not exist"},
    {ApiErrc::kTtlDisabled, 400, "per-message TTL is disabled"},
    {ApiErrc::kCounterDisabled, 400, "message counters is disabled"},
    {ApiErrc::kAtomicPublishDisabled, 400, "atomic publish is disabled"},
    {ApiErrc::kSchedulesDisabled, 400, "message schedules is disabled"},
    {ApiErrc::kSubjectWithoutSequence, 400,
     "missing sequence for expected last sequence per subject"},
};

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
  for (const ApiErrorRow& row : kErrors) {
    if (row.errc == errc) return &row;
  }
  return nullptr;
}

// The row's description with `words` where it leaves a place for them.
std::string Describe(std::string_view description, std::string_view words) {
  const size_t place = description.find("{}");
  if (place == std::string_view::npos) return std::string(description);
  return fmt::format("{}{}{}", description.substr(0, place), words, description.substr(place + 2));
}

ApiError Make(ApiErrc errc, std::string_view words, bool words_win) {
  const ApiErrorRow* row = FindRow(errc);
  ApiError error;
  error.code = row == nullptr ? 500 : row->code;
  error.err_code = static_cast<int64_t>(errc);
  error.description =
      words_win || row == nullptr ? std::string(words) : Describe(row->description, words);
  return error;
}

std::string_view ViewOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

}  // namespace

absl::Span<const ApiErrorRow> ApiErrors() {
  return kErrors;
}

absl::Status MakeApiError(ApiErrc errc, std::string_view description) {
  absl::Status status(absl::StatusCode::kInvalidArgument,
                      absl::string_view(description.data(), description.size()));
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
  if (!payload) return Make(ApiErrcOf(CodeOf(status)), words, /*words_win=*/false);
  const auto errc = static_cast<ApiErrc>(ParseNumber(std::string(*payload)).value_or(0));
  return Make(errc, words, /*words_win=*/!words.empty());
}

std::string ErrorJson(const absl::Status& status) {
  return WriteJson(ErrorBody{ToApiError(status)});
}

}  // namespace braid::nats
