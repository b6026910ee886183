// INFO, CONFIG, COMMAND and the commands about keys.
#include "braid/record.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ServerTest : public RedisTest {};

TEST_F(ServerTest, InfoHasItsSections) {
  Given({"XADD s * f v"});
  const std::string info = Do("INFO");
  for (const char* line :
       {"# Server\r\nredis_version:8.10.1\r\n", "tcp_port:", "process_id:", "uptime_in_seconds:0",
        "connected_clients:1\r\n", "blocked_clients:0\r\n", "loading:0\r\n", "role:master\r\n",
        "cluster_enabled:0\r\n", "db0:keys=1,expires=0,avg_ttl=0\r\n"}) {
    EXPECT_THAT(info, HasSubstr(line));
  }
  EXPECT_THAT(info, Not(HasSubstr("cmdstat_")));
}

TEST_F(ServerTest, InfoOfSomeSections) {
  EXPECT_THAT(Do("INFO clients KEYSPACE"), StartsWith("# Clients\r\n"));
  EXPECT_THAT(Do("INFO clients"), Not(HasSubstr("# Server")));
  EXPECT_EQ(Do("INFO nosuch"), "");
  EXPECT_THAT(Do("INFO everything"), HasSubstr("# Commandstats"));
}

TEST_F(ServerTest, InfoCountsWhatHappened) {
  Given({"XADD s * f v", "XADD s * f v"});
  Do("XADD s 1-1 f v");
  Do("XADD s");
  Do("FOO");
  const std::string info = Do("INFO all");
  EXPECT_THAT(info, HasSubstr("cmdstat_xadd:calls=3,rejected_calls=1,failed_calls=1\r\n"));
  EXPECT_THAT(info, HasSubstr("errorstat_ERR:count=3\r\n"));
  EXPECT_THAT(info, HasSubstr("total_error_replies:3\r\n"));
  Given({"CONFIG RESETSTAT"});
  EXPECT_THAT(Do("INFO all"), Not(HasSubstr("cmdstat_xadd")));
}

TEST_F(ServerTest, InfoTellsWhatToolsDraw) {
  const std::string info = Do("INFO everything");
  for (const char* field : {"redis_git_sha1",
                            "os",
                            "arch_bits",
                            "multiplexing_api",
                            "run_id",
                            "tcp_port",
                            "hz",
                            "executable",
                            "config_file",
                            "io_threads_active",
                            "used_memory",
                            "used_memory_human",
                            "used_memory_rss",
                            "used_memory_peak",
                            "used_memory_peak_human",
                            "maxmemory",
                            "mem_fragmentation_ratio",
                            "rdb_changes_since_last_save",
                            "aof_enabled",
                            "aof_rewrite_in_progress",
                            "loading",
                            "total_connections_received",
                            "total_commands_processed",
                            "instantaneous_ops_per_sec",
                            "instantaneous_input_kbps",
                            "instantaneous_output_kbps",
                            "total_net_input_bytes",
                            "total_net_output_bytes",
                            "expired_keys",
                            "evicted_keys",
                            "keyspace_hits",
                            "keyspace_misses",
                            "role",
                            "connected_slaves",
                            "master_replid",
                            "used_cpu_sys",
                            "used_cpu_user",
                            "cluster_enabled"}) {
    EXPECT_THAT(info, HasSubstr("\n" + std::string(field) + ":")) << field;
  }
  EXPECT_THAT(info, ::testing::ContainsRegex("\nused_memory_human:[0-9.]+[BKMG]\r"));
  EXPECT_THAT(info, ::testing::ContainsRegex("\nrun_id:[0-9a-f]{40}\r"));
  EXPECT_THAT(info, ::testing::ContainsRegex("\nmaster_replid:[0-9a-f]{40}\r"));
  EXPECT_THAT(info, HasSubstr("# Latencystats\r\n"));
}

TEST_F(ServerTest, InfoCountsKeysThatWereReadAndThoseThatWereMissed) {
  Given({"XADD s * f v", "SET a 1", "GET a", "GET b", "XLEN s", "XLEN nosuch", "EXISTS a b c",
         "XREAD STREAMS s 0", "SET c 1", "DEL c"});
  const std::string stats = Do("INFO stats");
  EXPECT_THAT(stats, HasSubstr("keyspace_hits:4\r\nkeyspace_misses:4\r\n"));
}

TEST_F(ServerTest, InfoCountsKeysThatExpired) {
  Given({"SET a 1 PX 100", "XADD s * f v", "PEXPIRE s 100"});
  Pass(absl::Milliseconds(200));
  EXPECT_THAT(Do("INFO stats"), HasSubstr("\nexpired_keys:2\r"));
}

TEST_F(ServerTest, InfoCountsBytesAndRates) {
  auto client = Connect();
  client->Do("PING");  // 14 bytes, answered by 7
  EXPECT_THAT(Do("INFO stats"), HasSubstr("\ntotal_net_output_bytes:7\r"));
  Pass(absl::Seconds(10));
  Given({"CONFIG RESETSTAT"});
  for (int i = 0; i < 20; ++i) client->Do("PING");
  Pass(absl::Seconds(2));
  const std::string info = Do("INFO stats");
  EXPECT_THAT(info, HasSubstr("instantaneous_ops_per_sec:10\r"));
  EXPECT_THAT(info, HasSubstr("instantaneous_input_kbps:0.1"));
  EXPECT_THAT(info, HasSubstr("instantaneous_output_kbps:0.07\r"));
}

TEST_F(ServerTest, MemoryIsMeasured) {
  const std::string stats = Do("MEMORY STATS");
  EXPECT_THAT(stats, ::testing::ContainsRegex("peak.allocated :[0-9]+"));
  EXPECT_THAT(stats, ::testing::ContainsRegex("keys.count :0"));
  EXPECT_EQ(Do("MEMORY PURGE"), "+OK");
  EXPECT_THAT(Do("MEMORY MALLOC-STATS"), HasSubstr("<malloc"));
  EXPECT_THAT(Do("MEMORY DOCTOR"), HasSubstr("emory"));
  EXPECT_THAT(Connect(3)->Do("MEMORY STATS"), HasSubstr("peak.percentage=,"));
}

TEST_F(ServerTest, InfoIsVerbatimInResp3) {
  auto client = Connect(3);
  EXPECT_THAT(client->Do("INFO server"), StartsWith("=txt:# Server"));
}

TEST_F(ServerTest, UptimeFollowsTheClock) {
  Do("PING");
  Pass(absl::Hours(25));
  EXPECT_THAT(Do("INFO server"), HasSubstr("uptime_in_seconds:90000\r\nuptime_in_days:1\r\n"));
}

TEST_F(ServerTest, ConfigTakesWhatTunesNothingHere) {
  EXPECT_EQ(Do("CONFIG SET maxmemory 64mb activerehashing NO"), "+OK");
  EXPECT_EQ(Do("CONFIG GET maxmemory activerehashing"), "[activerehashing no maxmemory 67108864]");
  EXPECT_EQ(
      Do("CONFIG SET maxmemory much"),
      "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a "
      "memory value");
  EXPECT_EQ(
      Do("CONFIG SET tcp-backlog 5"),
      "-ERR CONFIG SET failed (possibly related to argument 'tcp-backlog') - can't set immutable "
      "config");
}

TEST_F(ServerTest, ConfigTellsWhatHolds) {
  EXPECT_EQ(Do("CONFIG GET stream-node-max-*"),
            "[stream-node-max-bytes 0 stream-node-max-entries 100]");
  EXPECT_EQ(Do("CONFIG GET DATABASES"), "[databases 16]");
  EXPECT_EQ(Do("CONFIG GET save appendonly"), "[appendonly no save ]");
  EXPECT_EQ(Do("CONFIG GET nosuch"), "[]");
  auto client = Connect(3);
  EXPECT_EQ(client->Do("CONFIG GET maxmemory"), "{maxmemory=0}");
}

TEST_F(ServerTest, ConfigSetChangesAllOrNothing) {
  EXPECT_EQ(Do("CONFIG SET stream-node-max-entries 10"), "+OK");
  EXPECT_EQ(
      Do("CONFIG SET stream-node-max-entries 20 databases 3"),
      "-ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable "
      "config");
  EXPECT_EQ(Do("CONFIG GET stream-node-max-entries"), "[stream-node-max-entries 10]");
  EXPECT_EQ(Do("CONFIG SET nosuch 1"),
            "-ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'");
}

TEST_F(ServerTest, NodeSizeDecidesWhatApproximateTrimsTake) {
  Given({"CONFIG SET stream-node-max-entries 10"});
  for (int i = 0; i < 100; ++i) Given({"XADD s * f v"});
  EXPECT_EQ(Do("XTRIM s MAXLEN ~ 55"), ":40");
  EXPECT_EQ(Do("XLEN s"), ":60");
}

TEST_F(ServerTest, CommandDescribesItself) {
  EXPECT_EQ(
      Do("COMMAND INFO xadd nosuch"),
      "[[xadd :-5 [+write +denyoom +fast] :1 :1 :1 [+@write +@stream +@fast] [] [[flags [+RW "
      "+update] "
      "begin_search [type index spec [index :1]] find_keys [type range spec [lastkey :0 keystep "
      ":1 limit :0]]]] []] nil]");
  EXPECT_EQ(
      Do("COMMAND DOCS xlen"),
      "[xlen [summary How many entries it has since 5.0.0 group stream complexity O(1) arguments "
      "[[name key type key key_spec_index :0]]]]");
  EXPECT_EQ(Do("COMMAND LIST FILTERBY PATTERN xr*"), "[xrange xread xreadgroup xrevrange]");
  EXPECT_EQ(Do("COMMAND LIST FILTERBY ACLCAT transaction"), "[discard exec multi unwatch watch]");
  EXPECT_EQ(Do("COMMAND GETKEYS XREAD STREAMS a b 0 0"), "[a b]");
  EXPECT_EQ(Do("COMMAND GETKEYS PING x"), "-ERR The command has no key arguments");
}

TEST_F(ServerTest, CommandDocsHasTheArgumentsOfACommand) {
  EXPECT_EQ(Do("COMMAND DOCS xtrim"),
            "[xtrim [summary Deletes the oldest entries since 5.0.0 group stream complexity O(N) "
            "where N is how many elements it looks at arguments [[name key type key key_spec_index "
            ":0] [name maxlen_minid type oneof arguments [[name maxlen type pure-token token "
            "MAXLEN] [name minid type pure-token token MINID]]] [name =_~ type oneof flags "
            "[+optional] arguments [[name = type pure-token token =] [name ~ type pure-token token "
            "~]]] [name threshold type string] [name count type integer token LIMIT flags "
            "[+optional]] [name keepref_delref_acked type oneof flags [+optional] arguments [[name "
            "keepref type pure-token token KEEPREF] [name delref type pure-token token DELREF] "
            "[name acked type pure-token token ACKED]]]]]]");
  auto client = Connect(3);
  EXPECT_THAT(client->Do("COMMAND DOCS del"),
              HasSubstr("{name=key type=key key_spec_index=:0 flags=~[+multiple]}"));
}

TEST_F(ServerTest, CommandTellsWhatBecomesOfKeys) {
  EXPECT_EQ(Do("COMMAND GETKEYSANDFLAGS XREAD STREAMS a b 0 0"),
            "[[a [+RO +access]] [b [+RO +access]]]");
  EXPECT_EQ(Do("COMMAND GETKEYSANDFLAGS MSET a 1 b 2"), "[[a [+OW +update]] [b [+OW +update]]]");
  EXPECT_EQ(Do("COMMAND GETKEYSANDFLAGS DEL a"), "[[a [+RM +delete]]]");
  EXPECT_EQ(Do("COMMAND GETKEYSANDFLAGS PING x"), "-ERR The command has no key arguments");
}

TEST_F(ServerTest, CommandInResp3HasSetsAndMaps) {
  auto client = Connect(3);
  EXPECT_THAT(client->Do("COMMAND INFO xlen"),
              StartsWith("[[xlen :2 ~[+readonly +fast] :1 :1 :1 ~[+@read +@stream +@fast] ~[] "
                         "~[{flags=~[+RO +access] begin_search={type=index spec={index=:1}}"));
  EXPECT_THAT(client->Do("COMMAND DOCS"), StartsWith("{auth={summary="));
}

TEST_F(ServerTest, HelpListsSubcommands) {
  EXPECT_THAT(
      Do("XGROUP HELP"),
      StartsWith("[+XGROUP <subcommand> [<arg> [value] [opt] ...]. Subcommands are: +CREATE "));
  EXPECT_THAT(Do("XINFO HELP"), HasSubstr("+STREAM key [FULL [COUNT count]]"));
}

TEST_F(ServerTest, KeysAreStreams) {
  Given({"XADD a * f v", "XADD b * f v", "XADD ab * f v"});
  EXPECT_EQ(Do("KEYS a*"), "[a ab]");
  EXPECT_EQ(Do("DBSIZE"), ":3");
  EXPECT_EQ(Do("EXISTS a b nosuch a"), ":3");
  EXPECT_EQ(Do("TYPE a"), "+stream");
  EXPECT_EQ(Do("TYPE nosuch"), "+none");
  EXPECT_EQ(Do("OBJECT ENCODING a"), "stream");
  EXPECT_EQ(Do("OBJECT ENCODING nosuch"), "nil");
  EXPECT_EQ(Do("TTL a"), ":-1");
  EXPECT_EQ(Do("PTTL nosuch"), ":-2");
  EXPECT_THAT(Do("RANDOMKEY"), AnyOf("a", "b", "ab"));
  EXPECT_EQ(Do("MEMORY USAGE nosuch"), "nil");
  EXPECT_THAT(Do("MEMORY USAGE a SAMPLES 0"), Not(AnyOf(":0", StartsWith("-"))));
  EXPECT_EQ(Do("DEL a nosuch"), ":1");
  EXPECT_EQ(Do("UNLINK b ab"), ":2");
  EXPECT_EQ(Do("DBSIZE"), ":0");
  EXPECT_EQ(Do("RANDOMKEY"), "nil");
}

TEST_F(ServerTest, ScanVisitsEveryKeyOnce) {
  std::set<std::string> expected;
  for (int i = 0; i < 57; ++i) {
    const std::string key = "k" + std::to_string(i);
    Given({"XADD " + key + " * f v"});
    expected.insert(key);
  }
  std::multiset<std::string> seen;
  std::string cursor = "0";
  do {
    client_->Say("SCAN " + cursor + " COUNT 5");
    const std::string reply = client_->Hear();  // [cursor [k1 k2]]
    const std::string body = reply.substr(1, reply.size() - 3);
    const size_t space = body.find(" [");
    cursor = body.substr(0, space);
    for (const std::string& key : Words(body.substr(space + 2))) seen.insert(key);
  } while (cursor != "0");
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), expected);
  EXPECT_EQ(seen.size(), expected.size());
}

TEST_F(ServerTest, ScanFilters) {
  Given({"XADD apple * f v", "XADD banana * f v"});
  EXPECT_EQ(Do("SCAN 0 MATCH b* COUNT 100"), "[0 [banana]]");
  EXPECT_EQ(Do("SCAN 0 TYPE string COUNT 100"), "[0 []]");
  EXPECT_EQ(Do("SCAN 0 TYPE stream MATCH a*"), "[0 [apple]]");
  EXPECT_EQ(Do("SCAN x"), "-ERR invalid cursor");
  EXPECT_EQ(Do("SCAN -1"), "-ERR invalid cursor");
}

TEST_F(ServerTest, FlushallDeletesEverything) {
  Given({"XADD a * f v", "XADD b * f v"});
  EXPECT_EQ(Do("FLUSHALL FOO"), "-ERR syntax error");
  EXPECT_EQ(Do("FLUSHALL ASYNC"), "+OK");
  EXPECT_EQ(Do("KEYS *"), "[]");
  Given({"XADD a * f v"});
  EXPECT_EQ(Do("FLUSHDB"), "+OK");
  EXPECT_EQ(Do("DBSIZE"), ":0");
}

TEST_F(ServerTest, TimeIsTheEnginesClock) {
  Do("PING");
  clock.Set(absl::FromUnixMicros(1700000000123456));
  EXPECT_EQ(Do("TIME"), "[1700000000 123456]");
}

TEST_F(ServerTest, WaitCountsNoReplicas) {
  EXPECT_EQ(Do("WAIT 1 100"), ":0");
}

// Streams of the other models are keys as well.
TEST_F(ServerTest, TopicsAreKeys) {
  engine::Writes writes;
  ASSERT_TRUE(catalog->CreateTopic("orders", 1, {}, writes).ok());
  ASSERT_TRUE(catalog->CreateTopic("clicks", 2, {}, writes).ok());
  EXPECT_EQ(Do("KEYS *"), "[clicks:0 clicks:1 orders]");
  EXPECT_EQ(Do("TYPE clicks:1"), "+stream");
  EXPECT_THAT(Do("XADD clicks:1 1-1 f v"), "1-1");
  EXPECT_EQ(Do("XLEN clicks:1"), ":1");
  EXPECT_EQ(Do("XLEN clicks:0"), ":0");
  EXPECT_THAT(Do("DEL clicks:1"), StartsWith("-ERR not supported: 'clicks:1' is a partition"));
  EXPECT_EQ(Do("DEL orders"), ":1");
  EXPECT_EQ(catalog->FindTopic("orders"), nullptr);
}

TEST_F(ServerTest, RecordsOfOtherModelsAreEntries) {
  engine::Writes writes;
  const auto topic = *catalog->CreateTopic("orders", 1, {}, writes);
  RecordView record;
  record.key = "k1";
  record.value = "v1";
  record.headers.push_back({"h", "x"});
  record.timestamp_ms = 5000;
  engine::AppendOptions options;
  ASSERT_TRUE(topic->partitions[0]->Append(record, options, writes).ok());
  EXPECT_EQ(Do("XRANGE orders - +"), "[[5000-0 [key k1 value v1 h x]]]");
  Given({"XGROUP CREATE orders g 0"});
  EXPECT_EQ(Do("XREADGROUP GROUP g c STREAMS orders >"),
            "[[orders [[5000-0 [key k1 value v1 h x]]]]]");
  EXPECT_EQ(Do("XACK orders g 5000-0"), ":1");
}

}  // namespace
}  // namespace braid::redis
