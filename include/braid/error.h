// Domain errors. Every failure in Braid is an absl::Status that carries one Errc; protocols map the
// Errc to their own words in one table each (protocol/*/errors.cc).
#ifndef BRAID_ERROR_H_
#define BRAID_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace braid {

enum class Errc : int {
  kOk = 0,
  kUnknown,          // a status that carries no domain code
  kInvalidArgument,  // the request makes no sense whatever the state
  kIo,               // the file system refused
  kCorrupt,          // stored bytes fail their checks
  kLocked,           // the data directory belongs to another process
  kOutOfSpace,       // the disk is full
  kOutOfMemory,      // the byte budget of an engine in memory is used up
  kUnsupported,      // known, legal, and not offered
  kShuttingDown,
  // streams
  kStreamNotFound,
  kStreamExists,
  kInvalidName,
  kOffsetOutOfRange,  // below the first or above the next offset
  kRecordNotFound,    // no live record at that offset, ID or subject
  kRecordTooLarge,
  kInvalidBatch,  // a record batch breaks a rule of its format
  kCorruptBatch,  // a record batch fails its CRC or length check
  kUnsupportedCodec,
  kIdTooSmall,       // an explicit entry ID does not exceed the last one
  kIdZero,           // entry ID 0-0
  kIdExhausted,      // no larger entry ID exists
  kLimitReached,     // a stream at its limits refuses new records (discard = new)
  kSubjectOverlap,   // another stream owns an overlapping subject
  kSubjectMismatch,  // the subject is none of the stream's
  // optimistic append and producers
  kWrongLastOffset,
  kWrongLastKeyOffset,
  kWrongLastMessageId,
  kOutOfOrderSequence,
  kStaleProducerEpoch,
  kDuplicateSequence,  // older than the producer window remembers
  // groups
  kGroupNotFound,
  kGroupExists,
  kGroupNotEmpty,
  kUnknownMember,
  kIllegalGeneration,
  kRebalanceInProgress,
  kInconsistentProtocol,
  kMemberIdRequired,
  kFencedInstance,
  kInvalidSessionTimeout,
  kInvalidGroup,
  kGroupFull,
  kFencedMemberEpoch,    // the member is not where it thinks: it must join again with nothing
  kStaleMemberEpoch,     // the member has a newer epoch by now
  kUnreleasedInstance,   // a living member has the instance id
  kUnsupportedAssignor,  // the broker has no way of that name to share partitions
  kInvalidPattern,       // not a regular expression
  kInvalidRecordState,   // the record is not out with who settles it
  // transactions
  kInvalidTransactionState,    // what is asked for is not done in the state it is in
  kConcurrentTransactions,     // another change of it is under way: try again
  kInvalidProducerMapping,     // the transactional id belongs to another producer id, or to none
  kProducerFenced,             // a newer producer has the transactional id
  kInvalidTransactionTimeout,  // none, or longer than allowed
  kTransactionAbortable,       // the transaction can only be aborted now
};
inline constexpr Errc kLastErrc = Errc::kTransactionAbortable;

// A status with `code` attached. The canonical absl code follows from the domain code.
absl::Status MakeError(Errc code, std::string_view message);

// The domain code of `status`: kOk when ok, kUnknown when it carries none.
Errc CodeOf(const absl::Status& status);

// "kStreamNotFound" and so on, for logs and tests.
std::string_view ErrcName(Errc code);

}  // namespace braid

#endif  // BRAID_ERROR_H_
