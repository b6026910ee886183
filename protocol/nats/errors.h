// The errors of the JetStream API, in one table, and how an engine error becomes one of them.
#ifndef BRAID_PROTOCOL_NATS_ERRORS_H_
#define BRAID_PROTOCOL_NATS_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "braid/error.h"
#include "protocol/nats/json.h"

namespace braid::nats {

// "err_code" on the wire.
enum class ApiErrc : int {
  kNone = 0,
  kBadRequest = 10003,
  kUnavailable = 10008,
  kConsumerCreate = 10012,
  kConsumerNameExists = 10013,
  kConsumerNotFound = 10014,
  kDurableNotInSubject = 10016,
  kDurableMismatch = 10017,
  kDurableNotSet = 10018,
  kEphemeralWithDurable = 10020,
  kInvalidJson = 10025,
  kMaxConsumers = 10026,
  kNoMessage = 10037,
  kBodyNotEmpty = 10038,
  kMalformedConsumerSubject = 10042,
  kSequenceNotFound = 10043,
  kStorage = 10047,
  kStreamCreate = 10049,
  kStreamInvalidConfig = 10052,
  kMessageTooLarge = 10054,
  kStreamMismatch = 10056,
  kMessageDelete = 10057,
  kStreamNameExists = 10058,
  kStreamNotFound = 10059,
  kStreamNotMatch = 10060,
  kSubjectOverlap = 10065,
  kStreamUpdate = 10069,
  kWrongLastMsgId = 10070,
  kWrongLastSequence = 10071,
  kReplicas = 10074,
  kStoreFailed = 10077,
  kDeliverWildcards = 10079,
  kPushMaxWaiting = 10080,
  kDeliverCycle = 10081,
  kMaxAckPendingPolicy = 10082,
  kSmallHeartbeat = 10083,
  kPullRateLimit = 10086,
  kNegativeMaxWaiting = 10087,
  kHeartbeatNeedsPush = 10088,
  kFlowControlNeedsPush = 10089,
  kFilterNotSubset = 10093,
  kInvalidPolicy = 10094,
  kHeadersTooLarge = 10097,
  kBadDurableName = 10103,
  kConsumerReplacement = 10105,
  kDescriptionTooLong = 10107,
  kFlowControlNeedsHeartbeat = 10108,
  kSealed = 10109,
  kPurge = 10110,
  kRollup = 10111,
  kBackoffTooLong = 10116,
  kConsumerNameSeparators = 10127,
  kStreamNameSeparators = 10128,
  kCreateFilterMismatch = 10131,
  kDurableNameMismatch = 10132,
  kBothFilters = 10136,
  kMultipleFiltersInSubject = 10137,
  kOverlappingFilters = 10138,
  kEmptyFilter = 10139,
  kConsumerExists = 10148,
  kConsumerDoesNotExist = 10149,
  kTtlDisabled = 10166,
  kCounterDisabled = 10168,
  kAtomicPublishDisabled = 10174,
  kSchedulesDisabled = 10188,
  kSubjectWithoutSequence = 10193,
};

struct ApiErrorRow {
  ApiErrc errc;
  int code;                      // in the manner of HTTP
  std::string_view description;  // "{}": the occasion's own words
};
absl::Span<const ApiErrorRow> ApiErrors();

// The error object of a response.
struct ApiError {
  int code = 0;
  int64_t err_code = 0;
  std::string description;

  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("code", m.code);
    v("err_code", m.err_code);
    v("description", m.description);
  }
};

// A status that becomes this error on the wire, with this description; by default the table's.
absl::Status MakeApiError(ApiErrc errc, std::string_view description = "");

// What `status`, not ok, looks like on the wire: made by MakeApiError, or an engine error.
ApiError ToApiError(const absl::Status& status);
// The body of a response that says only that.
std::string ErrorJson(const absl::Status& status);

// The table's word for an engine error.
ApiErrc ApiErrcOf(Errc errc);

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_ERRORS_H_
