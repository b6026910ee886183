// The command table's rows of running a server: users, memory, saving, and what it has not got,
// which are modules, scripts, replicas and a cluster.
#include <array>

#include "protocol/redis/command_rows.h"
#include "protocol/redis/handlers.h"

namespace braid::redis {
namespace {

constexpr uint32_t kAnyone = kNoScript | kLoading | kStale;
constexpr uint32_t kReplication = kAdmin | kNoScript;
constexpr uint32_t kScript = kNoScript | kStale;

constexpr auto kRows = std::to_array<Command>({
    // --- Users
    {"acl", -2, 0, nullptr, kNone, "server", "6.0.0", "", "Users and what they may do"},
    {"acl|cat", -2, kAnyone, AclCat, kNone, "server", "6.0.0", "[category]",
     "Categories of commands, or the commands of one"},
    {"acl|deluser", -3, kServer, AclDelUser, kNone, "server", "6.0.0", "username [username ...]",
     "Deletes users; the only one stays"},
    {"acl|dryrun", -4, kServer, AclDryRun, kNone, "server", "7.0.0",
     "username command [arg [arg ...]]", "Whether a user might call a command so"},
    {"acl|genpass", -2, kAnyone, AclGenPass, kNone, "server", "6.0.0", "[bits]",
     "A random password, in hex digits"},
    {"acl|getuser", 3, kServer, AclGetUser, kNone, "server", "6.0.0", "username",
     "What a user may do"},
    {"acl|help", 2, kHelp, Help, kNone, "server", "6.0.0", "", "This text"},
    {"acl|list", 2, kServer, AclList, kNone, "server", "6.0.0", "",
     "The rules of all users, as in a file"},
    {"acl|load", 2, kServer, AclFile, kNone, "server", "6.0.0", "",
     "Reads the users from a file; refused, for there is none"},
    {"acl|log", -2, kServer, AclLog, kNone, "server", "6.0.0", "[count|RESET]",
     "What users were refused"},
    {"acl|save", 2, kServer, AclFile, kNone, "server", "6.0.0", "",
     "Writes the users to a file; refused, for there is none"},
    {"acl|setuser", -3, kServer, AclSetUser, kNone, "server", "6.0.0", "username [rule [rule ...]]",
     "Makes or changes a user; refused, for there is one"},
    {"acl|users", 2, kServer, AclUsers, kNone, "server", "6.0.0", "", "Names of all users"},
    {"acl|whoami", 2, kAnyone, AclWhoAmI, kNone, "server", "6.0.0", "",
     "The user of this connection"},

    // --- Memory
    {"memory", -2, 0, nullptr, kNone, "server", "4.0.0", "", "Sizes"},
    {"memory|doctor", 2, 0, MemoryDoctor, kNone, "server", "4.0.0", "",
     "What seems wrong with the memory in use"},
    {"memory|help", 2, kHelp, Help, kNone, "server", "4.0.0", "", "This text"},
    {"memory|malloc-stats", 2, 0, MemoryMallocStats, kNone, "server", "4.0.0", "",
     "The allocator's own report"},
    {"memory|purge", 2, 0, MemoryPurge, kNone, "server", "4.0.0", "",
     "Gives free memory back to the system"},
    {"memory|stats", 2, 0, MemoryStats, kNone, "server", "4.0.0", "",
     "Bytes that the server takes"},
    {"memory|usage",
     -3,
     kReadOnly,
     MemoryUsage,
     {2, 2, 1},
     "server",
     "4.0.0",
     "key [SAMPLES count]",
     "Bytes that a key takes"},

    // --- Saving
    {"bgrewriteaof", 1, kAdmin | kNoScript, Bgrewriteaof, kNone, "server", "1.0.0", "",
     "Begins to make all writes durable; the log is rewritten without being asked"},
    {"bgsave", -1, kAdmin | kNoScript, Bgsave, kNone, "server", "1.0.0", "[SCHEDULE]",
     "Begins to make all writes durable"},
    {"lastsave", 1, kLoading | kStale | kFast, LastSave, kNone, "server", "1.0.0", "",
     "When all writes so far were last made durable: seconds since 1970"},
    {"save", 1, kAdmin | kNoScript | kNoMulti, Save, kNone, "server", "1.0.0", "",
     "Makes all writes so far durable"},
    {"shutdown", -1, kServer | kNoMulti, Shutdown, kNone, "server", "1.0.0",
     "[NOSAVE|SAVE] [NOW] [FORCE] [ABORT]", "Ends the server"},
    {"waitaof", 4, kNoScript | kBlocking, WaitAof, kNone, "generic", "7.2.0",
     "numlocal numreplicas timeout",
     "How many disks, here and of replicas, have the writes so far"},

    // --- What it has not got: modules
    {"module", -2, 0, nullptr, kNone, "server", "4.0.0", "", "Modules: there are none"},
    {"module|help", 2, kHelp, Help, kNone, "server", "5.0.0", "", "This text"},
    {"module|list", 2, kAdmin | kNoScript, ModuleList, kNone, "server", "4.0.0", "",
     "Modules that are loaded"},
    {"module|load", -3, kAdmin | kNoScript, ModuleRefused, kNone, "server", "4.0.0",
     "path [arg [arg ...]]", "Loads a module; refused"},
    {"module|loadex", -3, kAdmin | kNoScript, ModuleRefused, kNone, "server", "7.0.0",
     "path [CONFIG name value] [ARGS arg [arg ...]]", "Loads a module; refused"},
    {"module|unload", 3, kAdmin | kNoScript, ModuleRefused, kNone, "server", "4.0.0", "name",
     "Unloads a module; refused"},

    // --- Scripts
    {"eval", -3, kScript, ScriptingRefused, kNone, "scripting", "2.6.0",
     "script numkeys [key [key ...]] [arg [arg ...]]", "Runs a script; refused"},
    {"eval_ro", -3, kScript | kReadOnly, ScriptingRefused, kNone, "scripting", "7.0.0",
     "script numkeys [key [key ...]] [arg [arg ...]]", "Runs a script that only reads; refused"},
    {"evalsha", -3, kScript, EvalSha, kNone, "scripting", "2.6.0",
     "sha1 numkeys [key [key ...]] [arg [arg ...]]", "Runs a script that is known: none is"},
    {"evalsha_ro", -3, kScript | kReadOnly, EvalSha, kNone, "scripting", "7.0.0",
     "sha1 numkeys [key [key ...]] [arg [arg ...]]",
     "Runs a script that is known and only reads: none is"},
    {"fcall", -3, kScript, ScriptingRefused, kNone, "scripting", "7.0.0",
     "function numkeys [key [key ...]] [arg [arg ...]]", "Calls a function; refused"},
    {"fcall_ro", -3, kScript | kReadOnly, ScriptingRefused, kNone, "scripting", "7.0.0",
     "function numkeys [key [key ...]] [arg [arg ...]]",
     "Calls a function that only reads; refused"},
    {"function", -2, 0, nullptr, kNone, "scripting", "7.0.0", "", "Functions: there are none"},
    {"function|delete", 3, kWrite | kNoScript, FunctionDelete, kNone, "scripting", "7.0.0",
     "library-name", "Deletes a library of functions"},
    {"function|dump", 2, kNoScript, ScriptingRefused, kNone, "scripting", "7.0.0", "",
     "All functions as bytes; refused"},
    {"function|flush", -2, kWrite | kNoScript, FunctionFlush, kNone, "scripting", "7.0.0",
     "[ASYNC|SYNC]", "Deletes all functions"},
    {"function|help", 2, kHelp, Help, kNone, "scripting", "7.0.0", "", "This text"},
    {"function|kill", 2, kNoScript, NothingToKill, kNone, "scripting", "7.0.0", "",
     "Ends the function that runs"},
    {"function|list", -2, kNoScript, FunctionList, kNone, "scripting", "7.0.0",
     "[LIBRARYNAME pattern] [WITHCODE]", "All functions"},
    {"function|load", -3, kWrite | kDenyOom | kNoScript, ScriptingRefused, kNone, "scripting",
     "7.0.0", "[REPLACE] code", "Brings a library of functions; refused"},
    {"function|restore", -3, kWrite | kDenyOom | kNoScript, ScriptingRefused, kNone, "scripting",
     "7.0.0", "serialized-value [FLUSH|APPEND|REPLACE]", "Brings what DUMP gave; refused"},
    {"function|stats", 2, kNoScript, FunctionStats, kNone, "scripting", "7.0.0", "",
     "What runs, and how many functions there are"},
    {"script", -2, 0, nullptr, kNone, "scripting", "2.6.0", "", "Scripts: there are none"},
    {"script|debug", 3, kNoScript, ScriptingRefused, kNone, "scripting", "3.2.0", "YES|SYNC|NO",
     "Steps through scripts; refused"},
    {"script|exists", -3, kNoScript, ScriptExists, kNone, "scripting", "2.6.0", "sha1 [sha1 ...]",
     "Whether scripts are known"},
    {"script|flush", -2, kNoScript, ScriptFlush, kNone, "scripting", "2.6.0", "[ASYNC|SYNC]",
     "Forgets all scripts"},
    {"script|help", 2, kHelp, Help, kNone, "scripting", "5.0.0", "", "This text"},
    {"script|kill", 2, kNoScript, NothingToKill, kNone, "scripting", "2.6.0", "",
     "Ends the script that runs"},
    {"script|load", 3, kScript, ScriptingRefused, kNone, "scripting", "2.6.0", "script",
     "Brings a script; refused"},

    // --- Replicas
    {"failover", -1, kReplication | kStale, Failover, kNone, "server", "6.2.0",
     "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", "Hands over to a replica; refused"},
    {"psync", -3, kReplication | kNoMulti, ReplicationRefused, kNone, "server", "2.8.0",
     "replicationid offset", "Makes the client a replica; refused"},
    {"replconf", -1, kServer, ReplicationRefused, kNone, "server", "3.0.0", "",
     "What replicas say of themselves; refused"},
    {"replicaof", 3, kReplication | kStale, ReplicaOf, kNone, "server", "5.0.0",
     "host port | NO ONE", "Makes this server a replica; refused"},
    {"role", 1, kAnyone | kFast, Role, kNone, "server", "2.8.12", "",
     "Whether this server is a replica"},
    {"slaveof", 3, kReplication | kStale, ReplicaOf, kNone, "server", "1.0.0", "host port | NO ONE",
     "As REPLICAOF"},
    {"sync", 1, kReplication | kNoMulti, ReplicationRefused, kNone, "server", "1.0.0", "",
     "Makes the client a replica; refused"},
});

}  // namespace

absl::Span<const Command> AdminRows() {
  return kRows;
}

}  // namespace braid::redis
