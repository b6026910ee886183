// Strings, lists, sets and hashes: as little of them as users of streams need.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kWrongType =
    "-WRONGTYPE Operation against a key holding the wrong kind of value";

class ValueTest : public RedisTest {};

// --- Strings

TEST_F(ValueTest, SetAndGetStrings) {
  EXPECT_EQ(Do("GET s"), "nil");
  EXPECT_EQ(Do("SET s v"), "+OK");
  EXPECT_EQ(Do("GET s"), "v");
  EXPECT_EQ(Do("STRLEN s"), ":1");
  EXPECT_EQ(Do("APPEND s 23"), ":3");
  EXPECT_EQ(Do("APPEND t ab"), ":2");
  EXPECT_EQ(Do("MSET a 1 b 2"), "+OK");
  EXPECT_EQ(Do("MGET a s none b"), "[1 v23 nil 2]");
  EXPECT_EQ(Do("MSET a 1 b"), "-ERR wrong number of arguments for 'mset' command");
  EXPECT_EQ(Do("GETSET a x"), "1");
  EXPECT_EQ(Do("GETDEL a"), "x");
  EXPECT_EQ(Do("EXISTS a"), ":0");
  EXPECT_EQ(Do("TYPE s"), "+string");
}

TEST_F(ValueTest, SetObeysConditions) {
  EXPECT_EQ(Do("SET s 1 XX"), "nil");
  EXPECT_EQ(Do("SET s 1 NX"), "+OK");
  EXPECT_EQ(Do("SET s 2 NX"), "nil");
  EXPECT_EQ(Do("SET s 2 NX GET"), "1");
  EXPECT_EQ(Do("SET s 2 XX GET"), "1");
  EXPECT_EQ(Do("SET t 2 GET"), "nil");
  EXPECT_EQ(Do("GET t"), "2");
  EXPECT_EQ(Do("SETNX s 3"), ":0");
  EXPECT_EQ(Do("SETNX u 3"), ":1");
  EXPECT_EQ(Do("SET s 1 NX XX"), "-ERR syntax error");
}

TEST_F(ValueTest, SetObeysTimes) {
  Given({"SET s v EX 10"});
  EXPECT_EQ(Do("TTL s"), ":10");
  Given({"SET s w KEEPTTL"});
  EXPECT_EQ(Do("TTL s"), ":10");
  Given({"SET s w"});
  EXPECT_EQ(Do("TTL s"), ":-1");
  Given({"SETEX s 5 v", "PSETEX t 1500 v", "SET u v PXAT 99999999999999"});
  EXPECT_EQ(Do("PTTL s"), ":5000");
  EXPECT_EQ(Do("PTTL t"), ":1500");
  EXPECT_EQ(Do("PEXPIRETIME u"), ":99999999999999");
  EXPECT_EQ(Do("GETEX s PERSIST"), "v");
  EXPECT_EQ(Do("TTL s"), ":-1");
  EXPECT_EQ(Do("GETEX s EX 3"), "v");
  EXPECT_EQ(Do("GETEX s"), "v");
  EXPECT_EQ(Do("TTL s"), ":3");
  Given({"SET gone v EXAT 1"});
  EXPECT_EQ(Do("EXISTS gone"), ":0");
  EXPECT_EQ(Do("SET s v EX 0"), "-ERR invalid expire time in 'set' command");
  EXPECT_EQ(Do("SETEX s 0 v"), "-ERR invalid expire time in 'setex' command");
  EXPECT_EQ(Do("PSETEX s -1 v"), "-ERR invalid expire time in 'psetex' command");
  EXPECT_EQ(Do("GETEX s EX -1"), "-ERR invalid expire time in 'getex' command");
  EXPECT_EQ(Do("SET s v EX x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Do("SET s v EX 1 PX 1"), "-ERR syntax error");
  EXPECT_EQ(Do("SET s v KEEPTTL EX 1"), "-ERR syntax error");
  EXPECT_EQ(Do("GETEX s EX 1 PERSIST"), "-ERR syntax error");
}

TEST_F(ValueTest, NumbersCountAndKeepTheirTime) {
  EXPECT_EQ(Do("INCR n"), ":1");
  Given({"EXPIRE n 100"});
  EXPECT_EQ(Do("INCRBY n 41"), ":42");
  EXPECT_EQ(Do("DECR n"), ":41");
  EXPECT_EQ(Do("DECRBY n 1"), ":40");
  EXPECT_EQ(Do("TTL n"), ":100");
  EXPECT_EQ(Do("INCRBYFLOAT n 0.5"), "40.5");
  EXPECT_EQ(Do("INCRBYFLOAT n -0.5"), "40");
  EXPECT_EQ(Do("INCRBYFLOAT n 5.0e3"), "5040");
  EXPECT_EQ(Do("INCRBYFLOAT n x"), "-ERR value is not a valid float");
  EXPECT_EQ(Do("INCRBYFLOAT n inf"), "-ERR increment would produce NaN or Infinity");
  EXPECT_EQ(Do("DECRBY n -9223372036854775808"), "-ERR decrement would overflow");
  Given({"SET n 9223372036854775807"});
  EXPECT_EQ(Do("INCR n"), "-ERR increment or decrement would overflow");
  Given({"SET n x"});
  EXPECT_EQ(Do("INCR n"), "-ERR value is not an integer or out of range");
}

// --- Lists

TEST_F(ValueTest, ListsArePushedAndPoppedAtBothEnds) {
  EXPECT_EQ(Do("LPUSH l b a"), ":2");
  EXPECT_EQ(Do("RPUSH l c d"), ":4");
  EXPECT_EQ(Do("LRANGE l 0 -1"), "[a b c d]");
  EXPECT_EQ(Do("LRANGE l -3 1"), "[b]");
  EXPECT_EQ(Do("LRANGE l 2 1"), "[]");
  EXPECT_EQ(Do("LINDEX l -1"), "d");
  EXPECT_EQ(Do("LINDEX l 9"), "nil");
  EXPECT_EQ(Do("LLEN l"), ":4");
  EXPECT_EQ(Do("LPOP l"), "a");
  EXPECT_EQ(Do("RPOP l 2"), "[d c]");
  EXPECT_EQ(Do("LPOP l 0"), "[]");
  EXPECT_EQ(Do("LPOP l"), "b");
  EXPECT_EQ(Do("EXISTS l"), ":0");
  EXPECT_EQ(Do("LPOP l"), "nil");
  EXPECT_EQ(Do("LPOP l 2"), "nil[]");
  EXPECT_EQ(Do("LPOP l -1"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(Do("LPUSHX l a"), ":0");
  EXPECT_EQ(Do("RPUSHX l a"), ":0");
}

TEST_F(ValueTest, ElementsAreReplacedAndRemoved) {
  Given({"RPUSH l a b a c a"});
  EXPECT_EQ(Do("LREM l -1 a"), ":1");
  EXPECT_EQ(Do("LRANGE l 0 -1"), "[a b a c]");
  EXPECT_EQ(Do("LREM l 1 a"), ":1");
  EXPECT_EQ(Do("LSET l 0 B"), "+OK");
  EXPECT_EQ(Do("LRANGE l 0 -1"), "[B a c]");
  EXPECT_EQ(Do("LSET l 3 x"), "-ERR index out of range");
  EXPECT_EQ(Do("LSET none 0 x"), "-ERR no such key");
  EXPECT_EQ(Do("LREM l 0 none"), ":0");
  Given({"DEL l", "RPUSH l a a"});
  EXPECT_EQ(Do("LREM l 0 a"), ":2");
  EXPECT_EQ(Do("EXISTS l"), ":0");
}

TEST_F(ValueTest, BlockedPopsAreServedInTheOrderTheyCame) {
  auto first = Connect();
  auto second = Connect();
  auto third = Connect();
  first->Say("BLPOP none l 0");
  EXPECT_TRUE(first->HearsNothing());
  second->Say("BRPOP l 0");
  EXPECT_TRUE(second->HearsNothing());
  third->Say("BLPOP l 0");
  EXPECT_TRUE(third->HearsNothing());
  EXPECT_EQ(Do("RPUSH l a b"), ":2");
  EXPECT_EQ(first->Hear(), "[l a]");
  EXPECT_EQ(second->Hear(), "[l b]");
  EXPECT_TRUE(third->HearsNothing());
  EXPECT_EQ(Do("EXISTS l"), ":0");
  Given({"MULTI", "LPUSH l x", "LPUSH l y", "EXEC"});
  EXPECT_EQ(third->Hear(), "[l y]");
  EXPECT_EQ(Do("LRANGE l 0 -1"), "[x]");
}

TEST_F(ValueTest, ABlockedPopEndsByItsTimeOrByRequest) {
  auto waiter = Connect();
  waiter->Say("BLPOP l 0.5");
  EXPECT_TRUE(waiter->HearsNothing());
  Pass(absl::Milliseconds(500));
  EXPECT_EQ(waiter->Hear(), "nil[]");
  EXPECT_EQ(Do("RPUSH l a"), ":1");
  EXPECT_EQ(Do("LLEN l"), ":1") << "nobody waits any more";
  EXPECT_EQ(Do("BLPOP none l 0"), "[l a]");
  Given({"MULTI", "BLPOP l 0"});
  EXPECT_EQ(Do("EXEC"), "[nil[]]");
  EXPECT_EQ(Do("BLPOP l x"), "-ERR timeout is not a float or out of range");
  EXPECT_EQ(Do("BLPOP l -1"), "-ERR timeout is negative");
  const std::string id = waiter->Do("CLIENT ID").substr(1);
  waiter->Say("BLPOP l 0");
  EXPECT_TRUE(waiter->HearsNothing());
  EXPECT_EQ(Do("CLIENT UNBLOCK " + id), ":1");
  EXPECT_EQ(waiter->Hear(), "nil[]");
}

TEST_F(ValueTest, ABlockedPopStaysWhenTheKeyBecomesSomethingElse) {
  auto waiter = Connect();
  waiter->Say("BLPOP l 0");
  EXPECT_TRUE(waiter->HearsNothing());
  Given({"XADD l 1-1 f v"});
  EXPECT_TRUE(waiter->HearsNothing());
  Given({"DEL l", "SET l v"});
  EXPECT_TRUE(waiter->HearsNothing());
  Given({"DEL l", "RPUSH other a", "RENAME other l"});
  EXPECT_EQ(waiter->Hear(), "[l a]");
}

// --- Sets and hashes

TEST_F(ValueTest, SetsHoldMembersOnce) {
  EXPECT_EQ(Do("SADD s b a b"), ":2");
  EXPECT_EQ(Do("SADD s a"), ":0");
  EXPECT_EQ(Do("SISMEMBER s a"), ":1");
  EXPECT_EQ(Do("SISMEMBER s c"), ":0");
  EXPECT_EQ(Do("SCARD s"), ":2");
  EXPECT_EQ(Do("SMEMBERS s"), "[a b]");
  EXPECT_EQ(Do("SREM s a c"), ":1");
  EXPECT_EQ(Do("SPOP s"), "b");
  EXPECT_EQ(Do("SPOP s"), "nil");
  EXPECT_EQ(Do("SPOP s 2"), "[]");
  EXPECT_EQ(Do("SPOP s -1"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(Do("EXISTS s"), ":0");
}

TEST_F(ValueTest, HashesHoldFields) {
  EXPECT_EQ(Do("HSET h a 1 b 2"), ":2");
  EXPECT_EQ(Do("HSET h a 3 c 4"), ":1");
  EXPECT_EQ(Do("HGET h a"), "3");
  EXPECT_EQ(Do("HGET h none"), "nil");
  EXPECT_EQ(Do("HGETALL h"), "[a 3 b 2 c 4]");
  EXPECT_EQ(Do("HLEN h"), ":3");
  EXPECT_EQ(Do("HDEL h a b none"), ":2");
  EXPECT_EQ(Do("HDEL h c"), ":1");
  EXPECT_EQ(Do("EXISTS h"), ":0");
  EXPECT_EQ(Do("HSET h a"), "-ERR wrong number of arguments for 'hset' command");
}

// --- Kinds

TEST_F(ValueTest, StreamCommandsRefuseValues) {
  Given({"SET str v", "RPUSH list a"});
  for (const char* key : {"str", "list"}) {
    for (const char* command :
         {"XADD {} * f v", "XADD {} NOMKSTREAM * f v", "XLEN {}", "XRANGE {} - +", "XDEL {} 1-1",
          "XTRIM {} MAXLEN 0", "XREAD STREAMS {} 0", "XREAD BLOCK 0 STREAMS {} $",
          "XREADGROUP GROUP g c STREAMS {} >", "XGROUP CREATE {} g $ MKSTREAM",
          "XGROUP DESTROY {} g", "XACK {} g 1-1", "XPENDING {} g", "XCLAIM {} g c 0 1-1",
          "XAUTOCLAIM {} g c 0 0", "XINFO STREAM {}", "XINFO GROUPS {}", "XSETID {} 1-1"}) {
      std::string line = command;
      line.replace(line.find("{}"), 2, key);
      EXPECT_EQ(Do(line), kWrongType) << line;
    }
  }
  EXPECT_EQ(Do("XADD str wrong f v"),
            "-ERR Invalid stream ID specified as stream command argument");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XREAD STREAMS s str 0 0"), kWrongType);
  EXPECT_EQ(Do("GET str"), "v");
}

TEST_F(ValueTest, ValueCommandsRefuseStreamsAndOtherKinds) {
  Given({"XADD s 1-1 f v", "SET str v", "RPUSH list a", "SADD set a", "HSET hash f v"});
  for (const char* command :
       {"GET s",       "GETSET s v",   "GETDEL s",   "GETEX s",       "APPEND s v", "STRLEN s",
        "INCR s",      "SET s v GET",  "LPUSH s a",  "LPUSHX s a",    "LPOP s",     "LRANGE s 0 1",
        "LLEN s",      "LINDEX s 0",   "LSET s 0 a", "LREM s 0 a",    "BLPOP s 0",  "SADD s a",
        "SREM s a",    "SMEMBERS s",   "SCARD s",    "SISMEMBER s a", "SPOP s",     "HSET s f v",
        "HGET s f",    "HGETALL s",    "HDEL s f",   "HLEN s",        "GET list",   "LPUSH str a",
        "SADD list a", "HSET set f v", "GET hash"}) {
    EXPECT_EQ(Do(command), kWrongType) << command;
  }
  EXPECT_EQ(Do("MGET s str"), "[nil v]");
  EXPECT_EQ(Do("SET s v"), "+OK") << "but SET replaces whatever is there";
  EXPECT_EQ(Do("TYPE s"), "+string");
  EXPECT_TRUE(catalog->AllTopics().empty());
}

TEST_F(ValueTest, EveryKindIsAKey) {
  Given({"XADD x 1-1 f v", "SET str 12", "RPUSH list a", "SADD set a", "HSET hash f v"});
  EXPECT_EQ(Do("DBSIZE"), ":5");
  EXPECT_EQ(Do("EXISTS x str list set hash hash none"), ":6");
  EXPECT_EQ(Do("TOUCH x str none"), ":2");
  EXPECT_EQ(Do("TYPE list"), "+list");
  EXPECT_EQ(Do("TYPE set"), "+set");
  EXPECT_EQ(Do("TYPE hash"), "+hash");
  EXPECT_EQ(Do("SCAN 0 TYPE list"), "[0 [list]]");
  EXPECT_EQ(Do("SCAN 0 TYPE stream COUNT 100"), "[0 [x]]");
  EXPECT_EQ(Do("SCAN 0 TYPE none"), "[0 []]");
  EXPECT_EQ(Do("OBJECT ENCODING x"), "stream");
  EXPECT_EQ(Do("OBJECT ENCODING str"), "int");
  EXPECT_EQ(Do("OBJECT ENCODING list"), "quicklist");
  EXPECT_EQ(Do("OBJECT ENCODING none"), "nil");
  EXPECT_EQ(Do("OBJECT REFCOUNT x"), ":1");
  EXPECT_THAT(Do("OBJECT FREQ x"), StartsWith("-ERR An LFU maxmemory policy is not selected"));
  Pass(absl::Seconds(7));
  EXPECT_EQ(Do("OBJECT IDLETIME x"), ":7");
  EXPECT_EQ(Do("OBJECT IDLETIME list"), ":7");
  Given({"TOUCH list"});
  EXPECT_EQ(Do("OBJECT IDLETIME list"), ":0");
  EXPECT_THAT(Do("MEMORY USAGE x"), StartsWith(":"));
  EXPECT_THAT(Do("MEMORY USAGE list SAMPLES 0"), StartsWith(":"));
  EXPECT_EQ(Do("MEMORY USAGE none"), "nil");
  EXPECT_EQ(Do("UNLINK x str list none"), ":3");
  EXPECT_EQ(Do("RENAME set s"), "+OK");
  EXPECT_EQ(Do("MOVE hash 1"), ":1");
  EXPECT_EQ(Do("KEYS *"), "[s]");
}

TEST_F(ValueTest, AGroupThatWaitsIsToldOfAnotherKindAndAReaderIsNot) {
  Given({"XGROUP CREATE s g $ MKSTREAM"});
  auto member = Connect();
  auto reader = Connect();
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  reader->Say("XREAD BLOCK 0 STREAMS s $");
  EXPECT_TRUE(member->HearsNothing());
  Given({"SET s v"});
  EXPECT_EQ(member->Hear(), kWrongType);
  EXPECT_TRUE(reader->HearsNothing());
  Given({"DEL s", "XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
}

TEST_F(ValueTest, AWatchNoticesValues) {
  auto other = Connect();
  for (const char* change :
       {"SET v x", "APPEND v x", "DEL v", "EXPIRE v 100", "RENAME w v", "XADD v 1-1 f v"}) {
    Given({"FLUSHALL", "SET v 1", "SET w 1", "WATCH v"});
    other->Do("DEL none");
    if (std::string_view(change).starts_with("XADD")) other->Do("DEL v");
    other->Do(change);
    Given({"MULTI", "PING"});
    EXPECT_EQ(Do("EXEC"), "nil[]") << change;
  }
  Given({"SET v 1", "WATCH v", "GET v", "MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "[+PONG]");
}

TEST_F(ValueTest, AWatchNoticesAKeyThatCameAndWent) {
  auto other = Connect();
  Given({"WATCH v", "WATCH w"});
  other->Do("SET v 1");
  other->Do("DEL v");
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "nil[]");
  Given({"XADD s 1-1 f v", "WATCH s"});
  other->Do("RENAME s t");
  other->Do("RENAME t s");
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "nil[]");
}

TEST_F(ValueTest, SetsAndHashesHaveShapesOfTheirOwnInResp3) {
  Given({"SADD s a", "HSET h f v"});
  auto client = Connect(3);
  EXPECT_EQ(client->Do("SMEMBERS s"), "~[a]");
  EXPECT_EQ(client->Do("HGETALL h"), "{f=v}");
  EXPECT_EQ(client->Do("GET none"), "null");
}

class OldWaitTest : public RedisTest {
 protected:
  OldWaitTest() : RedisTest({.version = "7.0.15"}) {}
};

TEST_F(OldWaitTest, Before72AGroupThatWaitsIsToldInOtherWords) {
  auto member = Connect();
  const std::string wait = "XREADGROUP GROUP g c BLOCK 0 STREAMS s >";
  for (const char* change : {"DEL s", "FLUSHALL", "SET s v", "RENAME s t"}) {
    Given({"FLUSHALL", "XGROUP CREATE s g $ MKSTREAM"});
    member->Say(wait);
    EXPECT_TRUE(member->HearsNothing());
    Given({change});
    EXPECT_EQ(member->Hear(), "-UNBLOCKED the stream key no longer exists") << change;
  }
  Given({"FLUSHALL", "XGROUP CREATE s g $ MKSTREAM"});
  member->Say(wait);
  EXPECT_TRUE(member->HearsNothing());
  EXPECT_EQ(Do("XGROUP DESTROY s g"), ":1");
  EXPECT_EQ(member->Hear(),
            "-NOGROUP the consumer group this client was blocked on no longer exists");
}

}  // namespace
}  // namespace braid::redis
