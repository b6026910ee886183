#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "protocol/redis/command_rows.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/words.h"

namespace braid::redis {
namespace {

// What every command about the connection itself is.
constexpr uint32_t kConnection = kNoScript | kLoading | kStale;
constexpr KeyRange kKey1 = {1, 1, 1};
constexpr KeyRange kKey2 = {2, 2, 1};
constexpr KeyRange kFromTo = {1, 2, 1};
constexpr KeyRange kAllKeys = {1, -1, 1};

// Name, arity, flags, handler, keys, group, since, syntax, summary.
constexpr auto kCommands = std::to_array<Command>({
    // --- Connection
    {"auth", -2, kConnection | kFast | kNoAuth, Auth, kNone, "connection", "1.0.0",
     "[username] password", "Logs the connection in"},
    {"client", -2, 0, nullptr, kNone, "connection", "2.4.0", "", "What is known of connections"},
    {"client|caching", 3, kConnection, ClientCaching, kNone, "connection", "6.0.0", "YES|NO",
     "Refused: nothing is tracked"},
    {"client|getname", 2, kConnection, ClientGetName, kNone, "connection", "2.6.9", "",
     "Name of this connection"},
    {"client|getredir", 2, kConnection, ClientGetRedir, kNone, "connection", "6.0.0", "",
     "Where news of what it has read would go: -1, nowhere"},
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
    {"client|pause", -3, kServer, ClientPause, kNone, "connection", "3.0.0", "timeout [WRITE|ALL]",
     "Holds requests back, or those that write, for so many milliseconds"},
    {"client|reply", 3, kConnection, ClientReply, kNone, "connection", "3.2.0", "ON|OFF|SKIP",
     "Whether this connection gets replies"},
    {"client|setinfo", 4, kConnection, ClientSetInfo, kNone, "connection", "7.2.0",
     "LIB-NAME name | LIB-VER version", "Names the client library"},
    {"client|setname", 3, kConnection, ClientSetName, kNone, "connection", "2.6.9", "name",
     "Names this connection"},
    {"client|tracking", -3, kConnection, ClientTracking, kNone, "connection", "6.0.0",
     "ON|OFF [REDIRECT client-id] [PREFIX prefix] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
     "Refused but for OFF: what clients read is not remembered"},
    {"client|trackinginfo", 2, kConnection, ClientTrackingInfo, kNone, "connection", "6.2.0", "",
     "That nothing is tracked"},
    {"client|unblock", -3, kServer, ClientUnblock, kNone, "connection", "5.0.0",
     "id [TIMEOUT|ERROR]", "Ends the wait of a blocked connection"},
    {"client|unpause", 2, kServer, ClientUnpause, kNone, "connection", "6.2.0", "",
     "Ends CLIENT PAUSE"},
    {"echo", 2, kLoading | kStale | kFast, Echo, kNone, "connection", "1.0.0", "message",
     "Says it back"},
    {"hello", -1, kConnection | kFast | kNoAuth, Hello, kNone, "connection", "6.0.0",
     "[version [AUTH username password] [SETNAME name]]", "Chooses the protocol version"},
    {"ping", -1, kFast | kWhileSubscribed, Ping, kNone, "connection", "1.0.0", "[message]",
     "Answers PONG, or the message"},
    {"quit", -1, kConnection | kFast | kNoAuth | kControl | kWhileSubscribed, Quit, kNone,
     "connection", "1.0.0", "", "Closes this connection"},
    {"reset", 1, kConnection | kFast | kNoAuth | kControl | kWhileSubscribed, Reset, kNone,
     "connection", "6.2.0", "", "Puts this connection back to how it began"},
    {"select", 2, kLoading | kStale | kFast, Select, kNone, "connection", "1.0.0", "index",
     "Chooses the database, 0 to 15"},

    // --- Braid's own
    {"braid", -2, 0, nullptr, kNone, "stream", "1.0.0", "",
     "What streams have here and not in Redis"},
    {"braid|group", -4, kWrite, BraidGroup, kKey2, "stream", "1.0.0",
     "key group [MAXDELIVER count] [MAXPENDING count] [DEADLETTER key]",
     "Bounds of a group, 0 for none, and where what it gives up is copied to; or how it is"},
    {"braid|help", 2, kHelp, Help, kNone, "stream", "1.0.0", "", "This text"},
    {"braid|stream", -3, kWrite, BraidStream, kKey2, "stream", "1.0.0",
     "key [MAXAGE milliseconds] [MAXLEN count] [MAXBYTES bytes]",
     "Limits that hold from now on, 0 for none; or how it is"},

    // --- Server
    {"command", -1, kLoading | kStale, CommandAll, kNone, "server", "2.8.13", "",
     "All commands in full"},
    {"command|count", 2, kLoading | kStale, CommandCount, kNone, "server", "2.8.13", "",
     "How many commands there are"},
    {"command|docs", -2, kLoading | kStale, CommandDocs, kNone, "server", "7.0.0",
     "[command [command ...]]", "What commands are for"},
    {"command|getkeys", -3, kLoading | kStale, CommandGetKeys, kNone, "server", "2.8.13",
     "command [arg ...]", "Which arguments of a command are keys"},
    {"command|getkeysandflags", -3, kLoading | kStale, CommandGetKeysAndFlags, kNone, "server",
     "7.0.0", "command [arg ...]",
     "Which arguments of a command are keys, and what becomes of them"},
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
    {"config|rewrite", 2, kServer, ConfigRewrite, kNone, "server", "2.8.0", "",
     "Writes the configuration file; refused, for there is none"},
    {"config|set", -4, kServer, ConfigSet, kNone, "server", "2.0.0",
     "parameter value [parameter value ...]", "Changes settings: all of these, or none"},
    {"dbsize", 1, kReadOnly | kFast, DbSize, kNone, "server", "1.0.0", "",
     "How many keys there are"},
    {"flushall", -1, kWrite, FlushAll, kNone, "server", "1.0.0", "[ASYNC|SYNC]",
     "Deletes every key of every database, whichever model made it"},
    {"flushdb", -1, kWrite, FlushDb, kNone, "server", "1.0.0", "[ASYNC|SYNC]",
     "Deletes every key of this database"},
    {"info", -1, kLoading | kStale, Info, kNone, "server", "1.0.0", "[section [section ...]]",
     "How the server is doing"},
    {"lolwut", -1, kReadOnly | kFast, Lolwut, kNone, "server", "5.0.0", "[VERSION version]",
     "Which release this is, for people"},
    {"swapdb", 3, kWrite | kFast, SwapDb, kNone, "server", "4.0.0", "index1 index2",
     "Exchanges two databases"},
    {"time", 1, kLoading | kStale | kFast, Time, kNone, "server", "2.6.0", "",
     "The server's clock: seconds, microseconds"},

    // --- Keys
    {"copy", -3, kWrite | kDenyOom, Copy, kFromTo, "generic", "6.2.0",
     "source destination [DB destination-db] [REPLACE]", "Makes another key of the same content"},
    {"del", -2, kWrite, Del, kAllKeys, "generic", "1.0.0", "key [key ...]", "Deletes keys"},
    {"dump", 2, kReadOnly, Dump, kKey1, "generic", "2.6.0", "key",
     "What a key holds, as bytes for RESTORE"},
    {"exists", -2, kReadOnly | kFast, Exists, kAllKeys, "generic", "1.0.0", "key [key ...]",
     "How many of these keys exist"},
    {"expire", -3, kWrite | kFast, Expire, kKey1, "generic", "1.0.0", "key seconds [NX|XX|GT|LT]",
     "Lets a key go after so many seconds"},
    {"expireat", -3, kWrite | kFast, ExpireAt, kKey1, "generic", "1.2.0",
     "key unix-time-seconds [NX|XX|GT|LT]", "Lets a key go at that second"},
    {"expiretime", 2, kReadOnly | kFast, ExpireTime, kKey1, "generic", "7.0.0", "key",
     "The second at which a key goes: -1, never"},
    {"keys", 2, kReadOnly, Keys, kNone, "generic", "1.0.0", "pattern", "Keys whose names match"},
    {"move", 3, kWrite | kFast, Move, kKey1, "generic", "1.0.0", "key db",
     "Puts a key into another database"},
    {"object", -2, 0, nullptr, kNone, "generic", "2.2.3", "", "How keys are stored"},
    {"object|encoding", 3, kReadOnly, ObjectEncoding, kKey2, "generic", "2.2.3", "key",
     "How a key is stored"},
    {"object|freq", 3, kReadOnly, ObjectFreq, kKey2, "generic", "4.0.0", "key",
     "How often a key is used: not counted here"},
    {"object|help", 2, kHelp, Help, kNone, "generic", "6.2.0", "", "This text"},
    {"object|idletime", 3, kReadOnly, ObjectIdleTime, kKey2, "generic", "2.2.3", "key",
     "Seconds since a key was used"},
    {"object|refcount", 3, kReadOnly, ObjectRefCount, kKey2, "generic", "2.2.3", "key",
     "How many hold what a key holds"},
    {"persist", 2, kWrite | kFast, Persist, kKey1, "generic", "2.2.0", "key", "Lets a key stay"},
    {"pexpire", -3, kWrite | kFast, Pexpire, kKey1, "generic", "2.6.0",
     "key milliseconds [NX|XX|GT|LT]", "Lets a key go after so many milliseconds"},
    {"pexpireat", -3, kWrite | kFast, PexpireAt, kKey1, "generic", "2.6.0",
     "key unix-time-milliseconds [NX|XX|GT|LT]", "Lets a key go at that millisecond"},
    {"pexpiretime", 2, kReadOnly | kFast, PexpireTime, kKey1, "generic", "7.0.0", "key",
     "The millisecond at which a key goes: -1, never"},
    {"pttl", 2, kReadOnly | kFast, Pttl, kKey1, "generic", "2.6.0", "key",
     "Milliseconds until a key expires: -1, never"},
    {"randomkey", 1, kReadOnly, RandomKey, kNone, "generic", "1.0.0", "", "Any key"},
    {"rename", 3, kWrite, Rename, kFromTo, "generic", "1.0.0", "key newkey",
     "Gives a key another name"},
    {"renamenx", 3, kWrite | kFast, RenameNx, kFromTo, "generic", "1.0.0", "key newkey",
     "As RENAME, unless the name is taken"},
    {"restore", -4, kWrite | kDenyOom, Restore, kKey1, "generic", "2.6.0",
     "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
     "Makes a key of what DUMP gave"},
    {"scan", -2, kReadOnly, Scan, kNone, "generic", "2.8.0",
     "cursor [MATCH pattern] [COUNT count] [TYPE type]", "Keys, some at a time"},
    {"touch", -2, kReadOnly | kFast, Touch, kAllKeys, "generic", "3.2.1", "key [key ...]",
     "Marks keys as used now"},
    {"ttl", 2, kReadOnly | kFast, Ttl, kKey1, "generic", "1.0.0", "key",
     "Seconds until a key expires: -1, never"},
    {"type", 2, kReadOnly | kFast, Type, kKey1, "generic", "1.0.0", "key", "What a key holds"},
    {"unlink", -2, kWrite | kFast, Del, kAllKeys, "generic", "4.0.0", "key [key ...]",
     "Deletes keys"},
    {"wait", 3, kNoScript, Wait, kNone, "generic", "3.0.0", "numreplicas timeout",
     "How many replicas have the writes so far: there are none"},

    // --- Strings
    {"append", 3, kWrite | kDenyOom | kFast, Append, kKey1, "string", "2.0.0", "key value",
     "Adds bytes to the end of a string"},
    {"decr", 2, kWrite | kDenyOom | kFast, Decr, kKey1, "string", "1.0.0", "key",
     "Makes a number one smaller"},
    {"decrby", 3, kWrite | kDenyOom | kFast, DecrBy, kKey1, "string", "1.0.0", "key decrement",
     "Makes a number so much smaller"},
    {"get", 2, kReadOnly | kFast, Get, kKey1, "string", "1.0.0", "key", "The bytes of a string"},
    {"getdel", 2, kWrite | kFast, GetDel, kKey1, "string", "6.2.0", "key",
     "The bytes of a string, which is deleted"},
    {"getex", -2, kWrite | kFast, GetEx, kKey1, "string", "6.2.0",
     "key [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|PERSIST]",
     "The bytes of a string, which gets another time to go"},
    {"getset", 3, kWrite | kDenyOom | kFast, GetSet, kKey1, "string", "1.0.0", "key value",
     "Sets a string; answers what it was"},
    {"incr", 2, kWrite | kDenyOom | kFast, Incr, kKey1, "string", "1.0.0", "key",
     "Makes a number one larger"},
    {"incrby", 3, kWrite | kDenyOom | kFast, IncrBy, kKey1, "string", "1.0.0", "key increment",
     "Makes a number so much larger"},
    {"incrbyfloat", 3, kWrite | kDenyOom | kFast, IncrByFloat, kKey1, "string", "2.6.0",
     "key increment", "Makes a number larger by one with a fraction"},
    {"mget", -2, kReadOnly | kFast, Mget, kAllKeys, "string", "1.0.0", "key [key ...]",
     "The bytes of some strings"},
    {"mset",
     -3,
     kWrite | kDenyOom,
     Mset,
     {1, -1, 2},
     "string",
     "1.0.1",
     "key value [key value ...]",
     "Sets some strings"},
    {"psetex", 4, kWrite | kDenyOom, PsetEx, kKey1, "string", "2.6.0", "key milliseconds value",
     "Sets a string that goes after so many milliseconds"},
    {"set", -3, kWrite | kDenyOom, Set, kKey1, "string", "1.0.0",
     "key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT "
     "unix-time-milliseconds|KEEPTTL]",
     "Sets a string, whatever the key held"},
    {"setex", 4, kWrite | kDenyOom, SetEx, kKey1, "string", "2.0.0", "key seconds value",
     "Sets a string that goes after so many seconds"},
    {"setnx", 3, kWrite | kDenyOom | kFast, SetNx, kKey1, "string", "1.0.0", "key value",
     "Sets a string unless the key is there"},
    {"strlen", 2, kReadOnly | kFast, StrLen, kKey1, "string", "2.2.0", "key",
     "How long a string is"},

    // --- Lists
    {"blpop",
     -3,
     kWrite | kNoScript | kBlocking,
     Blpop,
     {1, -2, 1},
     "list",
     "2.0.0",
     "key [key ...] timeout",
     "Takes the first element of a list, waiting for one"},
    {"brpop",
     -3,
     kWrite | kNoScript | kBlocking,
     Brpop,
     {1, -2, 1},
     "list",
     "2.0.0",
     "key [key ...] timeout",
     "Takes the last element of a list, waiting for one"},
    {"lindex", 3, kReadOnly, Lindex, kKey1, "list", "1.0.0", "key index", "One element"},
    {"llen", 2, kReadOnly | kFast, Llen, kKey1, "list", "1.0.0", "key", "How many elements it has"},
    {"lpop", -2, kWrite | kFast, Lpop, kKey1, "list", "1.0.0", "key [count]",
     "Takes elements from the front"},
    {"lpush", -3, kWrite | kDenyOom | kFast, Lpush, kKey1, "list", "1.0.0",
     "key element [element ...]", "Puts elements to the front"},
    {"lpushx", -3, kWrite | kDenyOom | kFast, LpushX, kKey1, "list", "2.2.0",
     "key element [element ...]", "As LPUSH, to a list that is there"},
    {"lrange", 4, kReadOnly, Lrange, kKey1, "list", "1.0.0", "key start stop", "Some elements"},
    {"lrem", 4, kWrite, Lrem, kKey1, "list", "1.0.0", "key count element",
     "Deletes elements that are equal to one"},
    {"lset", 4, kWrite | kDenyOom, Lset, kKey1, "list", "1.0.0", "key index element",
     "Replaces one element"},
    {"rpop", -2, kWrite | kFast, Rpop, kKey1, "list", "1.0.0", "key [count]",
     "Takes elements from the end"},
    {"rpush", -3, kWrite | kDenyOom | kFast, Rpush, kKey1, "list", "1.0.0",
     "key element [element ...]", "Puts elements to the end"},
    {"rpushx", -3, kWrite | kDenyOom | kFast, RpushX, kKey1, "list", "2.2.0",
     "key element [element ...]", "As RPUSH, to a list that is there"},

    // --- Sets
    {"sadd", -3, kWrite | kDenyOom | kFast, Sadd, kKey1, "set", "1.0.0", "key member [member ...]",
     "Adds members"},
    {"scard", 2, kReadOnly | kFast, Scard, kKey1, "set", "1.0.0", "key", "How many members it has"},
    {"sismember", 3, kReadOnly | kFast, SisMember, kKey1, "set", "1.0.0", "key member",
     "Whether it is a member"},
    {"smembers", 2, kReadOnly, Smembers, kKey1, "set", "1.0.0", "key", "All members"},
    {"spop", -2, kWrite | kFast, Spop, kKey1, "set", "1.0.0", "key [count]", "Takes any members"},
    {"srem", -3, kWrite | kFast, Srem, kKey1, "set", "1.0.0", "key member [member ...]",
     "Deletes members"},

    // --- Hashes
    {"hdel", -3, kWrite | kFast, Hdel, kKey1, "hash", "2.0.0", "key field [field ...]",
     "Deletes fields"},
    {"hget", 3, kReadOnly | kFast, Hget, kKey1, "hash", "2.0.0", "key field", "One field"},
    {"hgetall", 2, kReadOnly, HgetAll, kKey1, "hash", "2.0.0", "key", "All fields"},
    {"hlen", 2, kReadOnly | kFast, Hlen, kKey1, "hash", "2.0.0", "key", "How many fields it has"},
    {"hset", -4, kWrite | kDenyOom | kFast, Hset, kKey1, "hash", "2.0.0",
     "key field value [field value ...]", "Sets fields"},

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
    for (const Command& command : Commands()) {
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
  static const std::vector<Command>* const kAll = [] {
    auto* all = new std::vector<Command>(kCommands.begin(), kCommands.end());
    for (const absl::Span<const Command> rows :
         {AdminRows(), ClusterRows(), DiagnosisRows(), PubsubRows()}) {
      all->insert(all->end(), rows.begin(), rows.end());
    }
    return all;
  }();
  return *kAll;
}

size_t IndexOf(const Command& command) {
  return static_cast<size_t>(&command - Commands().data());
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
  const Command* const end = Commands().data() + Commands().size();
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
