// What Braid has not got, and says so: scripts, modules, replicas, a cluster.
#include "protocol/redis/command.h"
#include "protocol/redis/words.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RefusalTest : public RedisTest {};

TEST_F(RefusalTest, ScriptsDoNotRun) {
  for (const char* line :
       {"EVAL return 0", "EVAL_RO x 0", "FCALL f 0", "FCALL_RO f 1 k", "SCRIPT LOAD x",
        "FUNCTION LOAD x", "FUNCTION RESTORE x", "FUNCTION DUMP", "SCRIPT DEBUG YES"}) {
    EXPECT_EQ(Do(line), "-ERR scripting is not supported by Braid") << line;
  }
  for (const char* line : {"EVALSHA abc 0", "EVALSHA_RO abc 1 k"}) {
    EXPECT_EQ(Do(line), "-NOSCRIPT No matching script. Please use EVAL.") << line;
  }
  EXPECT_EQ(Do("EVAL x"), "-ERR wrong number of arguments for 'eval' command");
}

TEST_F(RefusalTest, ThereAreNoScriptsNorFunctions) {
  EXPECT_EQ(Do("SCRIPT EXISTS a b"), "[:0 :0]");
  EXPECT_EQ(Do("SCRIPT FLUSH"), "+OK");
  EXPECT_EQ(Do("SCRIPT FLUSH async"), "+OK");
  EXPECT_EQ(Do("SCRIPT FLUSH x"), "-ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  EXPECT_EQ(Do("SCRIPT KILL"), "-NOTBUSY No scripts in execution right now.");
  EXPECT_EQ(Do("FUNCTION LIST LIBRARYNAME a* WITHCODE"), "[]");
  EXPECT_EQ(Do("FUNCTION LIST x"), "-ERR Unknown argument x");
  EXPECT_EQ(Do("FUNCTION LIST LIBRARYNAME"), "-ERR library name argument was not given");
  EXPECT_EQ(Do("FUNCTION FLUSH SYNC"), "+OK");
  EXPECT_EQ(Do("FUNCTION FLUSH x"), "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
  EXPECT_EQ(Do("FUNCTION STATS"), "[running_script nil engines []]");
  EXPECT_EQ(Do("FUNCTION KILL"), "-NOTBUSY No scripts in execution right now.");
  EXPECT_EQ(Do("FUNCTION DELETE x"), "-ERR Library not found");
}

TEST_F(RefusalTest, ThereAreNoModules) {
  EXPECT_EQ(Do("MODULE LIST"), "[]");
  EXPECT_EQ(Do("MODULE LOAD x.so"), "-ERR modules are not supported by Braid");
  EXPECT_EQ(Do("MODULE UNLOAD x"), "-ERR modules are not supported by Braid");
}

TEST_F(RefusalTest, ThereIsNoCluster) {
  for (const char* line :
       {"CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS", "CLUSTER SHARDS", "CLUSTER KEYSLOT k",
        "CLUSTER HELP", "READONLY", "READWRITE", "ASKING"}) {
    EXPECT_EQ(Do(line), "-ERR This instance has cluster support disabled") << line;
  }
  EXPECT_EQ(Do("CLUSTER FOO"), "-ERR unknown subcommand 'FOO'. Try CLUSTER HELP.");
  EXPECT_EQ(Do("CLUSTER"), "-ERR wrong number of arguments for 'cluster' command");
}

TEST_F(RefusalTest, ThereAreNoReplicas) {
  EXPECT_EQ(Do("ROLE"), "[master :0 []]");
  EXPECT_EQ(Do("REPLICAOF NO ONE"), "+OK");
  EXPECT_EQ(Do("SLAVEOF no one"), "+OK");
  for (const char* line : {"REPLICAOF 127.0.0.1 6379", "SLAVEOF NO 1", "PSYNC ? -1", "SYNC",
                           "REPLCONF listening-port 1"}) {
    EXPECT_EQ(Do(line), "-ERR replication is not supported by Braid") << line;
  }
  EXPECT_EQ(Do("FAILOVER"), "-ERR FAILOVER requires connected replicas.");
  EXPECT_EQ(Do("FAILOVER ABORT"), "-ERR No failover in progress.");
}

TEST_F(RefusalTest, LolwutTellsTheRelease) {
  EXPECT_THAT(Do("LOLWUT"), HasSubstr("Redis ver. 8.10.1\n"));
  EXPECT_THAT(Do("LOLWUT VERSION 5"), HasSubstr("Redis ver. 8.10.1\n"));
  EXPECT_EQ(Do("LOLWUT VERSION x"), "-ERR value is not an integer or out of range");
}

TEST_F(RefusalTest, EveryContainerTellsOfItselfAndOfWhatItHasNot) {
  for (const Command& command : Commands()) {
    if (SubcommandsOf(command).empty()) continue;
    const std::string name = Uppered(command.name);
    EXPECT_EQ(Do(name + " FOO"), "-ERR unknown subcommand 'FOO'. Try " + name + " HELP.");
    if (name == "CLUSTER") continue;  // disabled as a whole
    const std::string help = Do(name + " HELP");
    EXPECT_THAT(help, StartsWith("[+" + name + " <subcommand> [<arg> [value] [opt] ...]. "));
    EXPECT_THAT(help, ::testing::EndsWith(" +HELP +    Prints this help.]"));
  }
  EXPECT_THAT(Do("COMMAND HELP"), HasSubstr("+(no subcommand)"));
}

}  // namespace
}  // namespace braid::redis
