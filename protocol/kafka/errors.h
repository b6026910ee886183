// The protocol's error codes, and which of them an engine error becomes.
#ifndef BRAID_PROTOCOL_KAFKA_ERRORS_H_
#define BRAID_PROTOCOL_KAFKA_ERRORS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "braid/error.h"

namespace braid::kafka {

// The codes this broker uses, numbered as the protocol numbers them.
enum class ErrorCode : int16_t {
  kUnknownServerError = -1,
  kNone = 0,
  kOffsetOutOfRange = 1,
  kCorruptMessage = 2,
  kUnknownTopicOrPartition = 3,
  kInvalidFetchSize = 4,
  kNotLeaderOrFollower = 6,
  kMessageTooLarge = 10,
  kOffsetMetadataTooLarge = 12,
  kCoordinatorNotAvailable = 15,
  kNotCoordinator = 16,
  kInvalidTopic = 17,
  kRecordListTooLarge = 18,
  kInvalidRequiredAcks = 21,
  kIllegalGeneration = 22,
  kInconsistentGroupProtocol = 23,
  kInvalidGroupId = 24,
  kUnknownMemberId = 25,
  kInvalidSessionTimeout = 26,
  kRebalanceInProgress = 27,
  kTopicAuthorizationFailed = 29,
  kInvalidTimestamp = 32,
  kUnsupportedVersion = 35,
  kTopicAlreadyExists = 36,
  kInvalidPartitions = 37,
  kInvalidReplicationFactor = 38,
  kInvalidReplicaAssignment = 39,
  kInvalidConfig = 40,
  kInvalidRequest = 42,
  kPolicyViolation = 44,
  kOutOfOrderSequenceNumber = 45,
  kDuplicateSequenceNumber = 46,
  kInvalidProducerEpoch = 47,
  kInvalidTxnState = 48,
  kInvalidProducerIdMapping = 49,
  kInvalidTransactionTimeout = 50,
  kConcurrentTransactions = 51,
  kTransactionalIdAuthorizationFailed = 53,
  kSecurityDisabled = 54,
  kOperationNotAttempted = 55,
  kStorageError = 56,
  kNonEmptyGroup = 68,
  kGroupIdNotFound = 69,
  kFetchSessionIdNotFound = 70,
  kFencedLeaderEpoch = 74,
  kUnknownLeaderEpoch = 75,
  kUnsupportedCompressionType = 76,
  kMemberIdRequired = 79,
  kGroupMaxSizeReached = 81,
  kFencedInstanceId = 82,
  kElectionNotNeeded = 84,
  kNoReassignmentInProgress = 85,
  kGroupSubscribedToTopic = 86,
  kInvalidRecord = 87,
  kUnstableOffsetCommit = 88,
  kThrottlingQuotaExceeded = 89,
  kProducerFenced = 90,
  kInvalidUpdateVersion = 95,
  kFeatureUpdateFailed = 96,
  kUnknownTopicId = 100,
  kTransactionalIdNotFound = 105,
  kFencedMemberEpoch = 110,
  kUnreleasedInstanceId = 111,
  kUnsupportedAssignor = 112,
  kStaleMemberEpoch = 113,
  kMismatchedEndpointType = 114,
  kUnsupportedEndpointType = 115,
  kTransactionAbortable = 120,
  kInvalidRecordState = 121,
  kShareSessionNotFound = 122,
  kInvalidShareSessionEpoch = 123,
  kInvalidRegularExpression = 128,
  kShareSessionLimitReached = 133,
};

constexpr int16_t Wire(ErrorCode code) {
  return static_cast<int16_t>(code);
}

// "UNKNOWN_TOPIC_OR_PARTITION" and so on; empty for a code not in the list.
std::string_view ErrorName(ErrorCode code);

// What a client is told of `error`. Total: an Errc without a row is a failed test.
ErrorCode ErrorOf(Errc error);
ErrorCode ErrorOf(const absl::Status& status);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_ERRORS_H_
