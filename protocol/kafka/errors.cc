#include "protocol/kafka/errors.h"

#include <algorithm>
#include <iterator>

namespace braid::kafka {
namespace {

struct Name {
  ErrorCode code;
  std::string_view name;
};

constexpr Name kNames[] = {
    {ErrorCode::kUnknownServerError, "UNKNOWN_SERVER_ERROR"},
    {ErrorCode::kNone, "NONE"},
    {ErrorCode::kOffsetOutOfRange, "OFFSET_OUT_OF_RANGE"},
    {ErrorCode::kCorruptMessage, "CORRUPT_MESSAGE"},
    {ErrorCode::kUnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION"},
    {ErrorCode::kInvalidFetchSize, "INVALID_FETCH_SIZE"},
    {ErrorCode::kNotLeaderOrFollower, "NOT_LEADER_OR_FOLLOWER"},
    {ErrorCode::kMessageTooLarge, "MESSAGE_TOO_LARGE"},
    {ErrorCode::kOffsetMetadataTooLarge, "OFFSET_METADATA_TOO_LARGE"},
    {ErrorCode::kCoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE"},
    {ErrorCode::kNotCoordinator, "NOT_COORDINATOR"},
    {ErrorCode::kInvalidTopic, "INVALID_TOPIC_EXCEPTION"},
    {ErrorCode::kRecordListTooLarge, "RECORD_LIST_TOO_LARGE"},
    {ErrorCode::kInvalidRequiredAcks, "INVALID_REQUIRED_ACKS"},
    {ErrorCode::kIllegalGeneration, "ILLEGAL_GENERATION"},
    {ErrorCode::kInconsistentGroupProtocol, "INCONSISTENT_GROUP_PROTOCOL"},
    {ErrorCode::kInvalidGroupId, "INVALID_GROUP_ID"},
    {ErrorCode::kUnknownMemberId, "UNKNOWN_MEMBER_ID"},
    {ErrorCode::kInvalidSessionTimeout, "INVALID_SESSION_TIMEOUT"},
    {ErrorCode::kRebalanceInProgress, "REBALANCE_IN_PROGRESS"},
    {ErrorCode::kTopicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED"},
    {ErrorCode::kInvalidTimestamp, "INVALID_TIMESTAMP"},
    {ErrorCode::kUnsupportedVersion, "UNSUPPORTED_VERSION"},
    {ErrorCode::kTopicAlreadyExists, "TOPIC_ALREADY_EXISTS"},
    {ErrorCode::kInvalidPartitions, "INVALID_PARTITIONS"},
    {ErrorCode::kInvalidReplicationFactor, "INVALID_REPLICATION_FACTOR"},
    {ErrorCode::kInvalidReplicaAssignment, "INVALID_REPLICA_ASSIGNMENT"},
    {ErrorCode::kInvalidConfig, "INVALID_CONFIG"},
    {ErrorCode::kInvalidRequest, "INVALID_REQUEST"},
    {ErrorCode::kPolicyViolation, "POLICY_VIOLATION"},
    {ErrorCode::kOutOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER"},
    {ErrorCode::kDuplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER"},
    {ErrorCode::kInvalidProducerEpoch, "INVALID_PRODUCER_EPOCH"},
    {ErrorCode::kInvalidTxnState, "INVALID_TXN_STATE"},
    {ErrorCode::kInvalidProducerIdMapping, "INVALID_PRODUCER_ID_MAPPING"},
    {ErrorCode::kInvalidTransactionTimeout, "INVALID_TRANSACTION_TIMEOUT"},
    {ErrorCode::kConcurrentTransactions, "CONCURRENT_TRANSACTIONS"},
    {ErrorCode::kTransactionalIdAuthorizationFailed, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"},
    {ErrorCode::kSecurityDisabled, "SECURITY_DISABLED"},
    {ErrorCode::kOperationNotAttempted, "OPERATION_NOT_ATTEMPTED"},
    {ErrorCode::kStorageError, "KAFKA_STORAGE_ERROR"},
    {ErrorCode::kNonEmptyGroup, "NON_EMPTY_GROUP"},
    {ErrorCode::kGroupIdNotFound, "GROUP_ID_NOT_FOUND"},
    {ErrorCode::kFetchSessionIdNotFound, "FETCH_SESSION_ID_NOT_FOUND"},
    {ErrorCode::kFencedLeaderEpoch, "FENCED_LEADER_EPOCH"},
    {ErrorCode::kUnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH"},
    {ErrorCode::kUnsupportedCompressionType, "UNSUPPORTED_COMPRESSION_TYPE"},
    {ErrorCode::kMemberIdRequired, "MEMBER_ID_REQUIRED"},
    {ErrorCode::kGroupMaxSizeReached, "GROUP_MAX_SIZE_REACHED"},
    {ErrorCode::kFencedInstanceId, "FENCED_INSTANCE_ID"},
    {ErrorCode::kElectionNotNeeded, "ELECTION_NOT_NEEDED"},
    {ErrorCode::kNoReassignmentInProgress, "NO_REASSIGNMENT_IN_PROGRESS"},
    {ErrorCode::kGroupSubscribedToTopic, "GROUP_SUBSCRIBED_TO_TOPIC"},
    {ErrorCode::kInvalidRecord, "INVALID_RECORD"},
    {ErrorCode::kUnstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT"},
    {ErrorCode::kThrottlingQuotaExceeded, "THROTTLING_QUOTA_EXCEEDED"},
    {ErrorCode::kProducerFenced, "PRODUCER_FENCED"},
    {ErrorCode::kInvalidUpdateVersion, "INVALID_UPDATE_VERSION"},
    {ErrorCode::kFeatureUpdateFailed, "FEATURE_UPDATE_FAILED"},
    {ErrorCode::kUnknownTopicId, "UNKNOWN_TOPIC_ID"},
    {ErrorCode::kMismatchedEndpointType, "MISMATCHED_ENDPOINT_TYPE"},
    {ErrorCode::kTransactionalIdNotFound, "TRANSACTIONAL_ID_NOT_FOUND"},
    {ErrorCode::kFencedMemberEpoch, "FENCED_MEMBER_EPOCH"},
    {ErrorCode::kUnreleasedInstanceId, "UNRELEASED_INSTANCE_ID"},
    {ErrorCode::kUnsupportedAssignor, "UNSUPPORTED_ASSIGNOR"},
    {ErrorCode::kStaleMemberEpoch, "STALE_MEMBER_EPOCH"},
    {ErrorCode::kUnsupportedEndpointType, "UNSUPPORTED_ENDPOINT_TYPE"},
    {ErrorCode::kTransactionAbortable, "TRANSACTION_ABORTABLE"},
    {ErrorCode::kInvalidRecordState, "INVALID_RECORD_STATE"},
    {ErrorCode::kShareSessionNotFound, "SHARE_SESSION_NOT_FOUND"},
    {ErrorCode::kInvalidShareSessionEpoch, "INVALID_SHARE_SESSION_EPOCH"},
    {ErrorCode::kInvalidRegularExpression, "INVALID_REGULAR_EXPRESSION"},
    {ErrorCode::kShareSessionLimitReached, "SHARE_SESSION_LIMIT_REACHED"},
};

struct Row {
  Errc error;
  ErrorCode code;
};

// In the order of Errc, so that looking up is indexing (checked below).
constexpr Row kRows[] = {
    {Errc::kOk, ErrorCode::kNone},
    {Errc::kUnknown, ErrorCode::kUnknownServerError},
    {Errc::kInvalidArgument, ErrorCode::kInvalidRequest},
    {Errc::kIo, ErrorCode::kStorageError},
    {Errc::kCorrupt, ErrorCode::kCorruptMessage},
    {Errc::kLocked, ErrorCode::kStorageError},
    {Errc::kOutOfSpace, ErrorCode::kStorageError},
    {Errc::kOutOfMemory, ErrorCode::kStorageError},
    {Errc::kUnsupported, ErrorCode::kInvalidRequest},
    {Errc::kShuttingDown, ErrorCode::kNotLeaderOrFollower},
    // streams
    {Errc::kStreamNotFound, ErrorCode::kUnknownTopicOrPartition},
    {Errc::kStreamExists, ErrorCode::kTopicAlreadyExists},
    {Errc::kInvalidName, ErrorCode::kInvalidTopic},
    {Errc::kOffsetOutOfRange, ErrorCode::kOffsetOutOfRange},
    {Errc::kRecordNotFound, ErrorCode::kOffsetOutOfRange},
    {Errc::kRecordTooLarge, ErrorCode::kMessageTooLarge},
    {Errc::kInvalidBatch, ErrorCode::kInvalidRecord},
    {Errc::kCorruptBatch, ErrorCode::kCorruptMessage},
    {Errc::kUnsupportedCodec, ErrorCode::kUnsupportedCompressionType},
    {Errc::kIdTooSmall, ErrorCode::kInvalidRecord},
    {Errc::kIdZero, ErrorCode::kInvalidRecord},
    {Errc::kIdExhausted, ErrorCode::kInvalidRecord},
    {Errc::kLimitReached, ErrorCode::kPolicyViolation},
    {Errc::kSubjectOverlap, ErrorCode::kTopicAlreadyExists},
    {Errc::kSubjectMismatch, ErrorCode::kInvalidRecord},
    // optimistic append and producers
    {Errc::kWrongLastOffset, ErrorCode::kInvalidRecord},
    {Errc::kWrongLastKeyOffset, ErrorCode::kInvalidRecord},
    {Errc::kWrongLastMessageId, ErrorCode::kInvalidRecord},
    {Errc::kOutOfOrderSequence, ErrorCode::kOutOfOrderSequenceNumber},
    {Errc::kStaleProducerEpoch, ErrorCode::kInvalidProducerEpoch},
    // Clients take it for what it is: the batch is stored, its offset forgotten.
    {Errc::kDuplicateSequence, ErrorCode::kDuplicateSequenceNumber},
    // groups
    {Errc::kGroupNotFound, ErrorCode::kGroupIdNotFound},
    {Errc::kGroupExists, ErrorCode::kInvalidGroupId},
    {Errc::kGroupNotEmpty, ErrorCode::kNonEmptyGroup},
    {Errc::kUnknownMember, ErrorCode::kUnknownMemberId},
    {Errc::kIllegalGeneration, ErrorCode::kIllegalGeneration},
    {Errc::kRebalanceInProgress, ErrorCode::kRebalanceInProgress},
    {Errc::kInconsistentProtocol, ErrorCode::kInconsistentGroupProtocol},
    {Errc::kMemberIdRequired, ErrorCode::kMemberIdRequired},
    {Errc::kFencedInstance, ErrorCode::kFencedInstanceId},
    {Errc::kInvalidSessionTimeout, ErrorCode::kInvalidSessionTimeout},
    {Errc::kInvalidGroup, ErrorCode::kInvalidGroupId},
    {Errc::kGroupFull, ErrorCode::kGroupMaxSizeReached},
    {Errc::kFencedMemberEpoch, ErrorCode::kFencedMemberEpoch},
    {Errc::kStaleMemberEpoch, ErrorCode::kStaleMemberEpoch},
    {Errc::kUnreleasedInstance, ErrorCode::kUnreleasedInstanceId},
    {Errc::kUnsupportedAssignor, ErrorCode::kUnsupportedAssignor},
    {Errc::kInvalidPattern, ErrorCode::kInvalidRegularExpression},
    {Errc::kInvalidRecordState, ErrorCode::kInvalidRecordState},
    // transactions
    {Errc::kInvalidTransactionState, ErrorCode::kInvalidTxnState},
    {Errc::kConcurrentTransactions, ErrorCode::kConcurrentTransactions},
    {Errc::kInvalidProducerMapping, ErrorCode::kInvalidProducerIdMapping},
    {Errc::kProducerFenced, ErrorCode::kProducerFenced},
    {Errc::kInvalidTransactionTimeout, ErrorCode::kInvalidTransactionTimeout},
    {Errc::kTransactionAbortable, ErrorCode::kTransactionAbortable},
};

constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (kRows[i].error != static_cast<Errc>(i)) return false;
  }
  return true;
}
static_assert(InOrder(), "kRows lists every Errc once, in its order");

}  // namespace

std::string_view ErrorName(ErrorCode code) {
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                   [code](const Name& name) { return name.code == code; });
  return found == std::end(kNames) ? std::string_view() : found->name;
}

ErrorCode ErrorOf(Errc error) {
  const auto index = static_cast<size_t>(error);
  return index < std::size(kRows) ? kRows[index].code : ErrorCode::kUnknownServerError;
}

ErrorCode ErrorOf(const absl::Status& status) {
  return ErrorOf(CodeOf(status));
}

}  // namespace braid::kafka
