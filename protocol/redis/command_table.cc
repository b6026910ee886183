#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "protocol/redis/command.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

// What every command about the connection itself is.
constexpr uint32_t kConnection = kNoScript | kLoading | kStale;
constexpr uint32_t kServer = kAdmin | kNoScript | kLoading | kStale;
constexpr uint32_t kHelp = kLoading | kStale;
constexpr KeyRange kKey1 = {1, 1, 1};
constexpr KeyRange kKey2 = {2, 2, 1};
constexpr KeyRange kAllKeys = {1, -1, 1};
constexpr KeyRange kNone = {};

// Name, arity, flags, handler, keys, group, since, syntax, summary.
constexpr auto kCommands = std::to_array<Command>({
    // --- Connection
    {"auth", -2, kConnection | kFast | kNoAuth, Auth, kNone, "connection", "1.0.0",
     "[username] password", "Logs the connection in"},
    {"client", -2, 0, nullptr, kNone, "connection", "2.4.0", "", "What is known of connections"},
    {"client|getname", 2, kConnection, ClientGetName, kNone, "connection", "2.6.9", "",
     "Name of this connection"},
    {"client|help", 2, kHelp, Help, kNone, "connection", "5.0.0", "", "This text"},
    {"client|id", 2, kConnection, ClientId, kNone, "connection", "5.0.0", "",
     "Number of this connection"},
    {"client|info", 2, kConnection, ClientInfo, kNone, "connection", "6.2.0", "",
     "The line of CLIENT LIST for this connection"},
    {"client|kill", -3, kServer, ClientKill, kNone, "connection", "2.4.0",
     "ip:port | [ID id] [TYPE type] [USER name] [ADDR ip:port] [LADDR ip:port] [SKIPME yes|no] "
     "[MAXAGE seconds]",
     "Closes connections"},
    {"client|list", -2, kServer, ClientList, kNone, "connection", "2.4.0",
     "[TYPE type] [ID id [id ...]]", "One line for each connection"},
    {"client|no-evict", 3, kServer, ClientNoEvict, kNone, "connection", "7.0.0", "ON|OFF",
     "Accepted and shown; nobody is evicted here"},
    {"client|no-touch", 3, kConnection, ClientNoTouch, kNone, "connection", "7.2.0", "ON|OFF",
     "Accepted and shown; reads leave no trace here"},
    {"client|reply", 3, kConnection, ClientReply, kNone, "connection", "3.2.0", "ON|OFF|SKIP",
     "Whether this connection gets replies"},
    {"client|setinfo", 4, kConnection, ClientSetInfo, kNone, "connection", "7.2.0",
     "LIB-NAME name | LIB-VER version", "Names the client library"},
    {"client|setname", 3, kConnection, ClientSetName, kNone, "connection", "2.6.9", "name",
     "Names this connection"},
    {"client|unblock", -3, kServer, ClientUnblock, kNone, "connection", "5.0.0",
     "id [TIMEOUT|ERROR]", "Ends the wait of a blocked connection"},
    {"echo", 2, kLoading | kStale | kFast, Echo, kNone, "connection", "1.0.0", "message",
     "Says it back"},
    {"hello", -1, kConnection | kFast | kNoAuth, Hello, kNone, "connection", "6.0.0",
     "[version [AUTH username password] [SETNAME name]]", "Chooses the protocol version"},
    {"ping", -1, kFast, Ping, kNone, "connection", "1.0.0", "[message]",
     "Answers PONG, or the message"},
    {"quit", -1, kConnection | kFast | kNoAuth | kControl, Quit, kNone, "connection", "1.0.0", "",
     "Closes this connection"},
    {"reset", 1, kConnection | kFast | kNoAuth | kControl, Reset, kNone, "connection", "6.2.0", "",
     "Puts this connection back to how it began"},
    {"select", 2, kLoading | kStale | kFast, Select, kNone, "connection", "1.0.0", "index",
     "Chooses the database; there is one, 0"},

    // --- Server
    {"command", -1, kLoading | kStale, CommandAll, kNone, "server", "2.8.13", "",
     "All commands in full"},
    {"command|count", 2, kLoading | kStale, CommandCount, kNone, "server", "2.8.13", "",
     "How many commands there are"},
    {"command|docs", -2, kLoading | kStale, CommandDocs, kNone, "server", "7.0.0",
     "[command [command ...]]", "What commands are for"},
    {"command|getkeys", -3, kLoading | kStale, CommandGetKeys, kNone, "server", "2.8.13",
     "command [arg ...]", "Which arguments of a command are keys"},
    {"command|help", 2, kHelp, Help, kNone, "server", "5.0.0", "", "This text"},
    {"command|info", -2, kLoading | kStale, CommandInfo, kNone, "server", "2.8.13",
     "[command [command ...]]", "Some commands in full"},
    {"command|list", -2, kLoading | kStale, CommandList, kNone, "server", "7.0.0",
     "[FILTERBY MODULE name | ACLCAT category | PATTERN pattern]", "Names of commands"},
    {"config", -2, 0, nullptr, kNone, "server", "2.0.0", "", "Settings"},
    {"config|get", -3, kServer, ConfigGet, kNone, "server", "2.0.0", "pattern [pattern ...]",
     "Settings whose names match"},
    {"config|help", 2, kHelp, Help, kNone, "server", "5.0.0", "", "This text"},
    {"config|resetstat", 2, kServer, ConfigResetStat, kNone, "server", "2.0.0", "",
     "Zeroes the counters that INFO shows"},
    {"config|set", -4, kServer, ConfigSet, kNone, "server", "2.0.0",
     "parameter value [parameter value ...]", "Changes settings: all of these, or none"},
    {"dbsize", 1, kReadOnly | kFast, DbSize, kNone, "server", "1.0.0", "",
     "How many keys there are"},
    {"flushall", -1, kWrite, FlushAll, kNone, "server", "1.0.0", "[ASYNC|SYNC]",
     "Deletes every stream, whichever model made it"},
    {"flushdb", -1, kWrite, FlushAll, kNone, "server", "1.0.0", "[ASYNC|SYNC]",
     "As FLUSHALL: there is one database"},
    {"info", -1, kLoading | kStale, Info, kNone, "server", "1.0.0", "[section [section ...]]",
     "How the server is doing"},
    {"memory", -2, 0, nullptr, kNone, "server", "4.0.0", "", "Sizes"},
    {"memory|help", 2, kHelp, Help, kNone, "server", "4.0.0", "", "This text"},
    {"memory|usage", -3, kReadOnly, MemoryUsage, kKey2, "server", "4.0.0", "key [SAMPLES count]",
     "Bytes that a stream's segments take"},
    {"time", 1, kLoading | kStale | kFast, Time, kNone, "server", "2.6.0", "",
     "The server's clock: seconds, microseconds"},

    // --- Keys
    {"del", -2, kWrite, Del, kAllKeys, "generic", "1.0.0", "key [key ...]", "Deletes keys"},
    {"exists", -2, kReadOnly | kFast, Exists, kAllKeys, "generic", "1.0.0", "key [key ...]",
     "How many of these keys exist"},
    {"keys", 2, kReadOnly, Keys, kNone, "generic", "1.0.0", "pattern", "Keys whose names match"},
    {"object", -2, 0, nullptr, kNone, "generic", "2.2.3", "", "How keys are stored"},
    {"object|encoding", 3, kReadOnly, ObjectEncoding, kKey2, "generic", "2.2.3", "key",
     "How a key is stored"},
    {"object|help", 2, kHelp, Help, kNone, "generic", "6.2.0", "", "This text"},
    {"pttl", 2, kReadOnly | kFast, Ttl, kKey1, "generic", "2.6.0", "key",
     "Milliseconds until a key expires: -1, never"},
    {"randomkey", 1, kReadOnly, RandomKey, kNone, "generic", "1.0.0", "", "Any key"},
    {"scan", -2, kReadOnly, Scan, kNone, "generic", "2.8.0",
     "cursor [MATCH pattern] [COUNT count] [TYPE type]", "Keys, some at a time"},
    {"ttl", 2, kReadOnly | kFast, Ttl, kKey1, "generic", "1.0.0", "key",
     "Seconds until a key expires: -1, never"},
    {"type", 2, kReadOnly | kFast, Type, kKey1, "generic", "1.0.0", "key", "What a key holds"},
    {"unlink", -2, kWrite | kFast, Del, kAllKeys, "generic", "4.0.0", "key [key ...]",
     "Deletes keys"},
    {"wait", 3, kNoScript, Wait, kNone, "generic", "3.0.0", "numreplicas timeout",
     "How many replicas have the writes so far: there are none"},

    // --- Transactions
    {"discard", 1, kConnection | kFast | kControl, Discard, kNone, "transactions", "2.0.0", "",
     "Forgets the commands since MULTI"},
    {"exec", 1, kConnection | kControl, Exec, kNone, "transactions", "1.2.0", "",
     "Runs the commands since MULTI"},
    {"multi", 1, kConnection | kFast | kControl, Multi, kNone, "transactions", "1.2.0", "",
     "Begins a transaction"},
    {"unwatch", 1, kConnection | kFast, Unwatch, kNone, "transactions", "2.2.0", "",
     "Forgets the watched keys"},
    {"watch", -2, kConnection | kFast | kControl, Watch, kAllKeys, "transactions", "2.2.0",
     "key [key ...]", "Makes the next EXEC depend on these keys staying as they are"},

    // --- Streams
    {"xack", -4, kWrite | kFast, Xack, kKey1, "stream", "5.0.0", "key group id [id ...]",
     "Settles entries that were read by a group"},
    {"xackdel", -6, kWrite | kFast, Xackdel, kKey1, "stream", "8.2.0",
     "key group [KEEPREF|DELREF|ACKED] IDS numids id [id ...]",
     "Settles entries that were read by a group, and deletes them"},
    {"xadd", -5, kWrite | kDenyOom | kFast, Xadd, kKey1, "stream", "5.0.0",
     "key [NOMKSTREAM] [KEEPREF|DELREF|ACKED] [IDMPAUTO producer-id|IDMP producer-id "
     "idempotent-id] "
     "[MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]",
     "Adds an entry"},
    {"xautoclaim", -6, kWrite | kFast, Xautoclaim, kKey1, "stream", "6.2.0",
     "key group consumer min-idle-time start [COUNT count] [JUSTID]",
     "Takes over outstanding entries that nobody has worked on for a while"},
    {"xcfgset", -2, kWrite | kDenyOom | kFast, Xcfgset, kKey1, "stream", "8.6.0",
     "key [IDMP-DURATION seconds] [IDMP-MAXSIZE count]",
     "Sets how long a stream remembers idempotent IDs"},
    {"xclaim", -6, kWrite | kFast, Xclaim, kKey1, "stream", "5.0.0",
     "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] "
     "[RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
     "Takes over certain outstanding entries"},
    {"xdel", -3, kWrite | kFast, Xdel, kKey1, "stream", "5.0.0", "key id [id ...]",
     "Deletes entries"},
    {"xdelex", -5, kWrite | kFast, Xdelex, kKey1, "stream", "8.2.0",
     "key [KEEPREF|DELREF|ACKED] IDS numids id [id ...]",
     "Deletes entries, minding what groups have pending of them"},
    {"xgroup", -2, 0, nullptr, kNone, "stream", "5.0.0", "", "Consumer groups"},
    {"xgroup|create", -5, kWrite | kDenyOom, XgroupCreate, kKey2, "stream", "5.0.0",
     "key group id|$ [MKSTREAM] [ENTRIESREAD entries-read]", "Makes a group that reads from id on"},
    {"xgroup|createconsumer", 5, kWrite | kDenyOom, XgroupCreateConsumer, kKey2, "stream", "6.2.0",
     "key group consumer", "Makes a consumer"},
    {"xgroup|delconsumer", 5, kWrite, XgroupDelConsumer, kKey2, "stream", "5.0.0",
     "key group consumer", "Deletes a consumer and what it has outstanding"},
    {"xgroup|destroy", 4, kWrite, XgroupDestroy, kKey2, "stream", "5.0.0", "key group",
     "Deletes a group"},
    {"xgroup|help", 2, kHelp, Help, kNone, "stream", "5.0.0", "", "This text"},
    {"xgroup|setid", -5, kWrite, XgroupSetId, kKey2, "stream", "5.0.0",
     "key group id|$ [ENTRIESREAD entries-read]", "Makes a group read on from id"},
    {"xidmprecord", 5, kWrite | kDenyOom | kFast, Xidmprecord, kKey1, "stream", "8.8.0",
     "key producer-id idempotent-id id", "Remembers that an entry has that idempotent ID"},
    {"xinfo", -2, 0, nullptr, kNone, "stream", "5.0.0", "", "What is known of streams"},
    {"xinfo|consumers", 4, kReadOnly, XinfoConsumers, kKey2, "stream", "5.0.0", "key group",
     "The consumers of a group"},
    {"xinfo|groups", 3, kReadOnly, XinfoGroups, kKey2, "stream", "5.0.0", "key",
     "The groups of a stream, with their lag"},
    {"xinfo|help", 2, kHelp, Help, kNone, "stream", "5.0.0", "", "This text"},
    {"xinfo|stream", -3, kReadOnly, XinfoStream, kKey2, "stream", "5.0.0",
     "key [FULL [COUNT count]]", "A stream, or everything about it"},
    {"xlen", 2, kReadOnly | kFast, Xlen, kKey1, "stream", "5.0.0", "key",
     "How many entries it has"},
    {"xnack", -7, kWrite | kFast, Xnack, kKey1, "stream", "8.8.0",
     "key group SILENT|FAIL|FATAL IDS numids id [id ...] [RETRYCOUNT count] [FORCE]",
     "Gives outstanding entries back, for any consumer to claim"},
    {"xpending", -3, kReadOnly, Xpending, kKey1, "stream", "5.0.0",
     "key group [[IDLE min-idle-time] start end count [consumer]]",
     "What a group was given and has not settled"},
    {"xrange", -4, kReadOnly, Xrange, kKey1, "stream", "5.0.0", "key start end [COUNT count]",
     "Entries of an interval of IDs"},
    {"xread", -4, kReadOnly | kBlocking | kMovableKeys, Xread, kNone, "stream", "5.0.0",
     "[COUNT count] [MAXCOUNT count] [MAXSIZE bytes] [BLOCK milliseconds] STREAMS key [key ...] id "
     "[id ...]",
     "Entries above certain IDs, waiting for them if asked to"},
    {"xreadgroup", -7, kWrite | kBlocking | kMovableKeys, Xreadgroup, kNone, "stream", "5.0.0",
     "GROUP group consumer [COUNT count] [MAXCOUNT count] [MAXSIZE bytes] [BLOCK milliseconds] "
     "[CLAIM min-idle-time] [NOACK] STREAMS key [key ...] id [id ...]",
     "Entries for one consumer of a group"},
    {"xrevrange", -4, kReadOnly, Xrevrange, kKey1, "stream", "5.0.0", "key end start [COUNT count]",
     "As XRANGE, from the newest back"},
    {"xsetid", -3, kWrite | kDenyOom | kFast, Xsetid, kKey1, "stream", "5.0.0",
     "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
     "Sets a stream's last ID"},
    {"xtrim", -4, kWrite, Xtrim, kKey1, "stream", "5.0.0",
     "key MAXLEN|MINID [=|~] threshold [LIMIT count] [KEEPREF|DELREF|ACKED]",
     "Deletes the oldest entries"},
});

using Index = absl::flat_hash_map<std::string_view, const Command*>;

const Index& CommandIndex() {
  static const Index* const kIndex = [] {
    auto* index = new Index();
    for (const Command& command : kCommands) {
      if (command.subcommand().empty()) index->emplace(command.name, &command);
    }
    return index;
  }();
  return *kIndex;
}

// The keys of XREAD and XREADGROUP: the first half of what follows STREAMS.
std::vector<size_t> StreamsPositions(absl::Span<const std::string_view> argv) {
  std::vector<size_t> positions;
  const auto word = std::find_if(argv.begin() + 1, argv.end(),
                                 [](std::string_view arg) { return SameWord(arg, "streams"); });
  const size_t first = static_cast<size_t>(word - argv.begin()) + 1;
  if (first >= argv.size()) return positions;
  for (size_t i = first; i < first + (argv.size() - first) / 2; ++i) positions.push_back(i);
  return positions;
}

}  // namespace

absl::Span<const Command> Commands() {
  return kCommands;
}

size_t IndexOf(const Command& command) {
  return static_cast<size_t>(&command - kCommands.data());
}

const Command* FindCommand(std::string_view name) {
  constexpr size_t kLongest = 16;
  if (name.size() > kLongest) return nullptr;
  char lowered[kLongest];
  std::transform(name.begin(), name.end(), lowered, Lower);
  const auto it = CommandIndex().find(std::string_view(lowered, name.size()));
  return it == CommandIndex().end() ? nullptr : it->second;
}

absl::Span<const Command> SubcommandsOf(const Command& container) {
  const Command* const end = kCommands.data() + kCommands.size();
  const Command* last = &container + 1;
  while (last != end && last->name.size() > container.name.size() &&
         last->name[container.name.size()] == '|' && last->name.starts_with(container.name)) {
    ++last;
  }
  return {&container + 1, static_cast<size_t>(last - &container) - 1};
}

const Command* FindSubcommand(const Command& container, std::string_view name) {
  for (const Command& subcommand : SubcommandsOf(container)) {
    if (SameWord(subcommand.subcommand(), name)) return &subcommand;
  }
  return nullptr;
}

std::vector<size_t> KeyPositions(const Command& command, absl::Span<const std::string_view> argv) {
  if ((command.flags & kMovableKeys) != 0) return StreamsPositions(argv);
  std::vector<size_t> positions;
  const KeyRange& keys = command.keys;
  if (keys.first == 0) return positions;
  const int last = keys.last < 0 ? static_cast<int>(argv.size()) + keys.last : keys.last;
  for (int i = keys.first; i <= last; i += keys.step) positions.push_back(static_cast<size_t>(i));
  return positions;
}

}  // namespace braid::redis
