// Every error text a client may see, in Redis's own words, and the one table from engine errors to
// them.
#ifndef BRAID_PROTOCOL_REDIS_ERRORS_H_
#define BRAID_PROTOCOL_REDIS_ERRORS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "braid/error.h"

namespace braid::redis {

namespace text {

// Requests.
inline constexpr std::string_view kSyntax = "ERR syntax error";
inline constexpr std::string_view kNotAnInteger = "ERR value is not an integer or out of range";
inline constexpr std::string_view kNotPositive = "ERR value is out of range, must be positive";
inline constexpr std::string_view kNoSuchKey = "ERR no such key";
inline constexpr std::string_view kInvalidCursor = "ERR invalid cursor";
inline constexpr std::string_view kBadTimeout = "ERR timeout is not an integer or out of range";
inline constexpr std::string_view kNegativeTimeout = "ERR timeout is negative";
inline constexpr std::string_view kTimeoutOutOfRange = "ERR timeout is out of range";
inline constexpr std::string_view kDbIndex = "ERR DB index is out of range";
inline constexpr std::string_view kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr std::string_view kBusyKey = "BUSYKEY Target key name already exists.";
inline constexpr std::string_view kSameObject = "ERR source and destination objects are the same";
inline constexpr std::string_view kReservedKey =
    "ERR keys of database 0 that begin with the bytes FF 00 are reserved for other databases";
inline constexpr std::string_view kNoAuth = "NOAUTH Authentication required.";
inline constexpr std::string_view kWrongPass =
    "WRONGPASS invalid username-password pair or user is disabled.";
inline constexpr std::string_view kNoPassword =
    "ERR AUTH <password> called without any password configured for the default user. Are you sure "
    "your configuration is correct?";
inline constexpr std::string_view kNoProto = "NOPROTO unsupported protocol version";
inline constexpr std::string_view kProtoNotAnInteger =
    "ERR Protocol version is not an integer or out of range";
inline constexpr std::string_view kHelloNoAuth =
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "
    "<proto> "
    "AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol "
    "version at the same time";

inline constexpr std::string_view kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";
inline constexpr std::string_view kMonitorsKeepOut = "ERR Replica can't interact with the keyspace";
inline constexpr std::string_view kMonitorInExec =
    "ERR MONITOR isn't allowed for DENY BLOCKING client";
inline constexpr std::string_view kNoSuchClient = "ERR No such client";

// Transactions.
inline constexpr std::string_view kExecAbort =
    "EXECABORT Transaction discarded because of previous errors.";
inline constexpr std::string_view kNestedMulti = "ERR MULTI calls can not be nested";
inline constexpr std::string_view kExecWithoutMulti = "ERR EXEC without MULTI";
inline constexpr std::string_view kDiscardWithoutMulti = "ERR DISCARD without MULTI";
inline constexpr std::string_view kWatchInMulti = "ERR WATCH inside MULTI is not allowed";
inline constexpr std::string_view kNotInMulti = "ERR Command not allowed inside a transaction";
inline constexpr std::string_view kSsubscribeInExec =
    "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client";
inline constexpr std::string_view kMultiTooLarge = "ERR MULTI holds more than this server allows";

// Entries.
inline constexpr std::string_view kInvalidId =
    "ERR Invalid stream ID specified as stream command argument";
inline constexpr std::string_view kIdZero = "ERR The ID specified in XADD must be greater than 0-0";
inline constexpr std::string_view kIdTooSmall =
    "ERR The ID specified in XADD is equal or smaller than the target stream top item";
inline constexpr std::string_view kIdExhausted =
    "ERR The stream has exhausted the last possible ID, unable to add more items";
inline constexpr std::string_view kTooLarge = "ERR Elements are too large to be stored";
inline constexpr std::string_view kInvalidStart = "ERR invalid start ID for the interval";
inline constexpr std::string_view kInvalidEnd = "ERR invalid end ID for the interval";

// Trimming.
inline constexpr std::string_view kMaxlenNegative = "ERR The MAXLEN argument must be >= 0.";
inline constexpr std::string_view kLimitNegative = "ERR The LIMIT argument must be >= 0.";
inline constexpr std::string_view kLimitWithoutApprox =
    "ERR syntax error, LIMIT cannot be used without the special ~ option";
inline constexpr std::string_view kLimitWithoutStrategy =
    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
inline constexpr std::string_view kTwoStrategies =
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
inline constexpr std::string_view kNoStrategy =
    "ERR syntax error, XTRIM must be called with a trimming strategy";

// IDs that are counted: IDS numids id [id ...].
inline constexpr std::string_view kIdsMissing = "ERR IDS option is required";
inline constexpr std::string_view kIdsNotPositive = "ERR Number of IDs must be a positive integer";
inline constexpr std::string_view kIdsMismatch =
    "ERR The `numids` parameter must match the number of arguments";

// XNACK.
inline constexpr std::string_view kXnackMode = "ERR mode must be SILENT, FAIL, or FATAL";
inline constexpr std::string_view kXnackIdsMissing = "ERR syntax error, expected IDS keyword";
inline constexpr std::string_view kXnackIdsNotPositive = "ERR numids must be a positive integer";
inline constexpr std::string_view kXnackIdsMismatch = "ERR number of IDs doesn't match numids";
inline constexpr std::string_view kXnackRetryCount = "ERR Invalid RETRYCOUNT value, must be >= 0";

// Entries that their producers name.
inline constexpr std::string_view kIdempotentId =
    "ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs";
inline constexpr std::string_view kIdempotentTwice =
    "ERR syntax error, IDMP/IDMPAUTO specified multiple times";
inline constexpr std::string_view kNoProducerId =
    "ERR syntax error, IDMP requires a non-empty producer ID";
inline constexpr std::string_view kNoIdempotentId =
    "ERR syntax error, IDMP requires a non-empty idempotent ID";
inline constexpr std::string_view kNoAutoProducerId =
    "ERR syntax error, IDMPAUTO requires a non-empty producer ID";
inline constexpr std::string_view kIdempotenceDuration =
    "ERR IDMP-DURATION must be between 1 and 86400 seconds";
inline constexpr std::string_view kIdempotenceMaxSize =
    "ERR IDMP-MAXSIZE must be between 1 and 10000 entries";
inline constexpr std::string_view kNoParameter = "ERR At least one parameter must be specified";

// Reading.
inline constexpr std::string_view kNewIdWithoutGroup =
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
    "option.";
inline constexpr std::string_view kLastIdWithGroup =
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of "
    "this "
    "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
    "return an empty result set.";
inline constexpr std::string_view kNewestIdWithGroup =
    "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of "
    "this "
    "consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just "
    "return an empty result set.";
inline constexpr std::string_view kGroupOptionInXread =
    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
inline constexpr std::string_view kNoAckOptionInXread =
    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
inline constexpr std::string_view kClaimOptionInXread =
    "ERR The CLAIM option is only supported by XREADGROUP. You called XREAD instead.";
inline constexpr std::string_view kMinIdleNotAnInteger =
    "ERR min-idle-time is not an integer or out of range";
inline constexpr std::string_view kMinIdleNegative = "ERR min-idle-time must be a positive integer";
inline constexpr std::string_view kMaxCountNotPositive = "ERR MAXCOUNT must be > 0";
inline constexpr std::string_view kMaxCountBelowCount = "ERR MAXCOUNT must be >= COUNT";
inline constexpr std::string_view kMaxSizeNotPositive = "ERR MAXSIZE must be > 0";
inline constexpr std::string_view kMissingGroup = "ERR Missing GROUP option for XREADGROUP";
inline constexpr std::string_view kUnbalancedXread =
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be "
    "specified.";
inline constexpr std::string_view kUnbalancedXreadgroup =
    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be "
    "specified.";
inline constexpr std::string_view kKeyGone = "UNBLOCKED the stream key no longer exists";
inline constexpr std::string_view kGroupGone =
    "NOGROUP the consumer group this client was blocked on no longer exists";
inline constexpr std::string_view kUnblocked = "UNBLOCKED client unblocked via CLIENT UNBLOCK";

// Groups.
inline constexpr std::string_view kBusyGroup = "BUSYGROUP Consumer Group name already exists";
inline constexpr std::string_view kXgroupNeedsKey =
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use "
    "the MKSTREAM option to create an empty stream automatically.";
inline constexpr std::string_view kBadEntriesRead =
    "ERR value for ENTRIESREAD must be positive or -1";
inline constexpr std::string_view kXclaimMinIdle = "ERR Invalid min-idle-time argument for XCLAIM";
inline constexpr std::string_view kXclaimIdle = "ERR Invalid IDLE option argument for XCLAIM";
inline constexpr std::string_view kXclaimTime = "ERR Invalid TIME option argument for XCLAIM";
inline constexpr std::string_view kXclaimRetryCount =
    "ERR Invalid RETRYCOUNT option argument for XCLAIM";
inline constexpr std::string_view kXautoclaimMinIdle =
    "ERR Invalid min-idle-time argument for XAUTOCLAIM";
inline constexpr std::string_view kCountNotPositive = "ERR COUNT must be > 0";

// XSETID.
inline constexpr std::string_view kEntriesAddedNegative = "ERR entries_added must be positive";
inline constexpr std::string_view kSetIdBelowTop =
    "ERR The ID specified in XSETID is smaller than the target stream top item";
inline constexpr std::string_view kSetIdBelowMaxDeleted =
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
inline constexpr std::string_view kSetIdBelowGivenMaxDeleted =
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
inline constexpr std::string_view kEntriesAddedBelowLength =
    "ERR The entries_added specified in XSETID is smaller than the target stream length";

}  // namespace text

// "ERR wrong number of arguments for 'xadd' command"; `command` as in the table, "xgroup|create".
std::string WrongArity(std::string_view command);
// What RESP2 allows a subscriber, said of a command that is not among it.
std::string NotWhileSubscribed(std::string_view command);
// "ERR unknown subcommand 'FOO'. Try XGROUP HELP."
std::string UnknownSubcommand(std::string_view container, std::string_view subcommand);
// As above, where only the arguments were wrong.
std::string UnknownSubcommandOrArity(std::string_view container, std::string_view subcommand);
// NOGROUP, as three families of commands word it.
std::string NoGroupForReading(std::string_view key, std::string_view group);
std::string NoKeyOrGroup(std::string_view key, std::string_view group);
std::string NoGroupForKey(std::string_view key, std::string_view group);

// What a client is told when the engine refuses. Total over Errc: never empty but for kOk.
std::string_view ErrorText(Errc code);
// The same for a status; what Redis has no words for is followed by the status' own message.
std::string ErrorText(const absl::Status& status);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_ERRORS_H_
