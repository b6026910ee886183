#include "braid/error.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/cord.h"

namespace braid {
namespace {

constexpr char kPayloadUrl[] = "braid/errc";

struct ErrcRow {
  Errc code;
  std::string_view name;
  absl::StatusCode canonical;
};

using Canonical = absl::StatusCode;

// In the order of the enum, so that a code is its own index.
constexpr ErrcRow kErrcTable[] = {
    {Errc::kOk, "kOk", Canonical::kOk},
    {Errc::kUnknown, "kUnknown", Canonical::kUnknown},
    {Errc::kInvalidArgument, "kInvalidArgument", Canonical::kInvalidArgument},
    {Errc::kIo, "kIo", Canonical::kUnavailable},
    {Errc::kCorrupt, "kCorrupt", Canonical::kDataLoss},
    {Errc::kLocked, "kLocked", Canonical::kFailedPrecondition},
    {Errc::kOutOfSpace, "kOutOfSpace", Canonical::kResourceExhausted},
    {Errc::kOutOfMemory, "kOutOfMemory", Canonical::kResourceExhausted},
    {Errc::kUnsupported, "kUnsupported", Canonical::kUnimplemented},
    {Errc::kShuttingDown, "kShuttingDown", Canonical::kUnavailable},
    {Errc::kStreamNotFound, "kStreamNotFound", Canonical::kNotFound},
    {Errc::kStreamExists, "kStreamExists", Canonical::kAlreadyExists},
    {Errc::kInvalidName, "kInvalidName", Canonical::kInvalidArgument},
    {Errc::kOffsetOutOfRange, "kOffsetOutOfRange", Canonical::kOutOfRange},
    {Errc::kRecordNotFound, "kRecordNotFound", Canonical::kNotFound},
    {Errc::kRecordTooLarge, "kRecordTooLarge", Canonical::kInvalidArgument},
    {Errc::kInvalidBatch, "kInvalidBatch", Canonical::kInvalidArgument},
    {Errc::kCorruptBatch, "kCorruptBatch", Canonical::kDataLoss},
    {Errc::kUnsupportedCodec, "kUnsupportedCodec", Canonical::kUnimplemented},
    {Errc::kIdTooSmall, "kIdTooSmall", Canonical::kFailedPrecondition},
    {Errc::kIdZero, "kIdZero", Canonical::kInvalidArgument},
    {Errc::kIdExhausted, "kIdExhausted", Canonical::kOutOfRange},
    {Errc::kLimitReached, "kLimitReached", Canonical::kResourceExhausted},
    {Errc::kSubjectOverlap, "kSubjectOverlap", Canonical::kAlreadyExists},
    {Errc::kSubjectMismatch, "kSubjectMismatch", Canonical::kInvalidArgument},
    {Errc::kWrongLastOffset, "kWrongLastOffset", Canonical::kFailedPrecondition},
    {Errc::kWrongLastKeyOffset, "kWrongLastKeyOffset", Canonical::kFailedPrecondition},
    {Errc::kWrongLastMessageId, "kWrongLastMessageId", Canonical::kFailedPrecondition},
    {Errc::kOutOfOrderSequence, "kOutOfOrderSequence", Canonical::kFailedPrecondition},
    {Errc::kStaleProducerEpoch, "kStaleProducerEpoch", Canonical::kFailedPrecondition},
    {Errc::kDuplicateSequence, "kDuplicateSequence", Canonical::kAlreadyExists},
    {Errc::kGroupNotFound, "kGroupNotFound", Canonical::kNotFound},
    {Errc::kGroupExists, "kGroupExists", Canonical::kAlreadyExists},
    {Errc::kGroupNotEmpty, "kGroupNotEmpty", Canonical::kFailedPrecondition},
    {Errc::kUnknownMember, "kUnknownMember", Canonical::kNotFound},
    {Errc::kIllegalGeneration, "kIllegalGeneration", Canonical::kFailedPrecondition},
    {Errc::kRebalanceInProgress, "kRebalanceInProgress", Canonical::kAborted},
    {Errc::kInconsistentProtocol, "kInconsistentProtocol", Canonical::kFailedPrecondition},
    {Errc::kMemberIdRequired, "kMemberIdRequired", Canonical::kFailedPrecondition},
    {Errc::kFencedInstance, "kFencedInstance", Canonical::kFailedPrecondition},
    {Errc::kInvalidSessionTimeout, "kInvalidSessionTimeout", Canonical::kInvalidArgument},
    {Errc::kInvalidGroup, "kInvalidGroup", Canonical::kInvalidArgument},
    {Errc::kGroupFull, "kGroupFull", Canonical::kResourceExhausted},
    {Errc::kFencedMemberEpoch, "kFencedMemberEpoch", Canonical::kFailedPrecondition},
    {Errc::kStaleMemberEpoch, "kStaleMemberEpoch", Canonical::kFailedPrecondition},
    {Errc::kUnreleasedInstance, "kUnreleasedInstance", Canonical::kAlreadyExists},
    {Errc::kUnsupportedAssignor, "kUnsupportedAssignor", Canonical::kInvalidArgument},
    {Errc::kInvalidPattern, "kInvalidPattern", Canonical::kInvalidArgument},
    {Errc::kInvalidRecordState, "kInvalidRecordState", Canonical::kFailedPrecondition},
    {Errc::kInvalidTransactionState, "kInvalidTransactionState", Canonical::kFailedPrecondition},
    {Errc::kConcurrentTransactions, "kConcurrentTransactions", Canonical::kAborted},
    {Errc::kInvalidProducerMapping, "kInvalidProducerMapping", Canonical::kNotFound},
    {Errc::kProducerFenced, "kProducerFenced", Canonical::kFailedPrecondition},
    {Errc::kInvalidTransactionTimeout, "kInvalidTransactionTimeout", Canonical::kInvalidArgument},
    {Errc::kTransactionAbortable, "kTransactionAbortable", Canonical::kAborted},
};

constexpr size_t kErrcCount = sizeof(kErrcTable) / sizeof(kErrcTable[0]);

constexpr bool TableFollowsTheEnum() {
  for (size_t i = 0; i < kErrcCount; ++i) {
    if (static_cast<size_t>(kErrcTable[i].code) != i) return false;
  }
  return kErrcTable[kErrcCount - 1].code == kLastErrc;
}
static_assert(TableFollowsTheEnum(), "kErrcTable lists every Errc once, in order");

const ErrcRow& RowOf(Errc code) {
  const auto index = static_cast<size_t>(code);
  return kErrcTable[index < kErrcCount ? index : static_cast<size_t>(Errc::kUnknown)];
}

}  // namespace

absl::Status MakeError(Errc code, std::string_view message) {
  const ErrcRow& row = RowOf(code);
  absl::Status status(row.canonical, absl::string_view(message.data(), message.size()));
  const char byte = static_cast<char>(row.code);
  status.SetPayload(kPayloadUrl, absl::Cord(absl::string_view(&byte, 1)));
  return status;
}

Errc CodeOf(const absl::Status& status) {
  if (status.ok()) return Errc::kOk;
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value() || payload->size() != 1) return Errc::kUnknown;
  const auto index = static_cast<uint8_t>((*payload)[0]);
  return index < kErrcCount ? static_cast<Errc>(index) : Errc::kUnknown;
}

std::string_view ErrcName(Errc code) {
  return RowOf(code).name;
}

}  // namespace braid
