#include "protocol/redis/errors.h"

#include <array>

#include "fmt/format.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

// What Redis can say about an engine error. `own` texts have no counterpart there: the engine's
// message says more.
struct Row {
  Errc code;
  std::string_view text;
  bool own = false;
};

constexpr auto kTable = std::to_array<Row>({
    {Errc::kOk, ""},
    {Errc::kUnknown, "ERR internal error", true},
    {Errc::kInvalidArgument, "ERR invalid argument", true},
    {Errc::kIo, "MISCONF Errors writing to the log file", true},
    {Errc::kCorrupt, "ERR stored data is damaged", true},
    {Errc::kLocked, "ERR the data directory is in use", true},
    {Errc::kOutOfSpace, "MISCONF Errors writing to the log file", true},
    {Errc::kOutOfMemory, "OOM command not allowed when used memory > 'maxmemory'."},
    {Errc::kUnsupported, "ERR not supported", true},
    {Errc::kShuttingDown, "ERR the server is shutting down"},
    {Errc::kStreamNotFound, text::kNoSuchKey},
    {Errc::kStreamExists, "ERR the key already exists"},
    {Errc::kInvalidName, "ERR invalid key name", true},
    {Errc::kOffsetOutOfRange, text::kInvalidId},
    {Errc::kRecordNotFound, "ERR no such entry"},
    {Errc::kRecordTooLarge, text::kTooLarge},
    {Errc::kInvalidBatch, "ERR invalid entry", true},
    {Errc::kCorruptBatch, "ERR stored data is damaged", true},
    {Errc::kUnsupportedCodec, "ERR stored data uses an unsupported compression", true},
    {Errc::kIdTooSmall, text::kIdTooSmall},
    {Errc::kIdZero, text::kIdZero},
    {Errc::kIdExhausted, text::kIdExhausted},
    {Errc::kLimitReached, "ERR the stream is full and refuses new entries", true},
    {Errc::kSubjectOverlap, "ERR another stream owns that subject", true},
    {Errc::kSubjectMismatch, "ERR the stream accepts only entries of its subjects", true},
    {Errc::kWrongLastOffset, "ERR the stream has moved on", true},
    {Errc::kWrongLastKeyOffset, "ERR the stream has moved on", true},
    {Errc::kWrongLastMessageId, "ERR the stream has moved on", true},
    {Errc::kOutOfOrderSequence, "ERR producer sequence out of order", true},
    {Errc::kStaleProducerEpoch, "ERR stale producer epoch", true},
    {Errc::kDuplicateSequence, "ERR duplicate producer sequence", true},
    {Errc::kGroupNotFound, "NOGROUP No such consumer group"},
    {Errc::kGroupExists, text::kBusyGroup},
    {Errc::kGroupNotEmpty, "ERR the group has members", true},
    {Errc::kUnknownMember, "ERR unknown group member", true},
    {Errc::kIllegalGeneration, "ERR stale group generation", true},
    {Errc::kRebalanceInProgress, "ERR the group is rebalancing", true},
    {Errc::kInconsistentProtocol, "ERR inconsistent group protocol", true},
    {Errc::kMemberIdRequired, "ERR group member id required", true},
    {Errc::kFencedInstance, "ERR group member was replaced", true},
    {Errc::kInvalidSessionTimeout, "ERR invalid session timeout", true},
    {Errc::kInvalidGroup, "ERR invalid group name", true},
    {Errc::kGroupFull, "ERR the group is full", true},
    {Errc::kFencedMemberEpoch, "ERR group member must join again", true},
    {Errc::kStaleMemberEpoch, "ERR group member is behind", true},
    {Errc::kUnreleasedInstance, "ERR group member is still there", true},
    {Errc::kUnsupportedAssignor, "ERR unknown assignor", true},
    {Errc::kInvalidPattern, "ERR invalid regular expression", true},
    {Errc::kInvalidRecordState, "ERR the entry is not pending for that consumer", true},
    {Errc::kInvalidTransactionState, "ERR the transaction is in another state", true},
    {Errc::kConcurrentTransactions, "ERR the transaction is being changed", true},
    {Errc::kInvalidProducerMapping, "ERR no such transactional producer", true},
    {Errc::kProducerFenced, "ERR the producer was replaced", true},
    {Errc::kInvalidTransactionTimeout, "ERR invalid transaction timeout", true},
    {Errc::kTransactionAbortable, "ERR the transaction must be aborted", true},
});

const Row* Find(Errc code) {
  for (const Row& row : kTable) {
    if (row.code == code) return &row;
  }
  return nullptr;
}

}  // namespace

std::string WrongArity(std::string_view command) {
  return fmt::format("ERR wrong number of arguments for '{}' command", command);
}

std::string NotWhileSubscribed(std::string_view command) {
  return fmt::format(
      "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are "
      "allowed in this context",
      command);
}

std::string UnknownSubcommand(std::string_view container, std::string_view subcommand) {
  return fmt::format("ERR unknown subcommand '{:.128}'. Try {} HELP.", subcommand,
                     Uppered(container));
}

std::string UnknownSubcommandOrArity(std::string_view container, std::string_view subcommand) {
  return fmt::format(
      "ERR unknown subcommand or wrong number of arguments for '{:.128}'. Try {} HELP.", subcommand,
      Uppered(container));
}

std::string NoGroupForReading(std::string_view key, std::string_view group) {
  return fmt::format(
      "NOGROUP No such key '{}' or consumer group '{}' in XREADGROUP with GROUP option", key,
      group);
}

std::string NoKeyOrGroup(std::string_view key, std::string_view group) {
  return fmt::format("NOGROUP No such key '{}' or consumer group '{}'", key, group);
}

std::string NoGroupForKey(std::string_view key, std::string_view group) {
  return fmt::format("NOGROUP No such consumer group '{}' for key name '{}'", group, key);
}

std::string_view ErrorText(Errc code) {
  const Row* row = Find(code);
  return row == nullptr ? std::string_view() : row->text;
}

std::string ErrorText(const absl::Status& status) {
  const Row* row = Find(CodeOf(status));
  if (row == nullptr) row = Find(Errc::kUnknown);
  std::string words(row->text);
  if (row->own && !status.message().empty()) {
    words += ": ";
    words += std::string(status.message());
  }
  return words;
}

}  // namespace braid::redis
