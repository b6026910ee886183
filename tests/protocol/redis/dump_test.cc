// COPY, DUMP and RESTORE.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class DumpTest : public RedisTest {
 protected:
  // A stream with a history: three groups' worth of states, and outstanding entries whose records
  // are gone.
  void MakeStream() {
    Given({"XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATE s idle $", "XADD s 1-1 f v g w",
           "XADD s 2-1 f v", "XADD s 3-1 f v", "XADD s 4-1 f v", "XADD s 9-1 f v",
           "XGROUP CREATE s late 3-1 ENTRIESREAD 3", "XREADGROUP GROUP g ann COUNT 2 STREAMS s >"});
    Pass(absl::Seconds(3));
    Given({"XREADGROUP GROUP g bob COUNT 1 STREAMS s >", "XREADGROUP GROUP g ann STREAMS s 0",
           "XDEL s 2-1", "XDEL s 9-1", "XGROUP CREATECONSUMER s g cid"});
  }
  std::string Get(std::vector<std::string> request) { return client_->Do(request); }
  std::string Dump(const std::string& key) { return Get({"DUMP", key}); }
};

TEST_F(DumpTest, ACopyOfAStreamIsLikeItInEverythingThatShows) {
  MakeStream();
  const std::string full = Do("XINFO STREAM s FULL");
  const std::string pending = Do("XPENDING s g - + 10");
  EXPECT_EQ(Do("COPY s t"), ":1");
  EXPECT_EQ(Do("XINFO STREAM t FULL"), full);
  EXPECT_EQ(Do("XPENDING t g - + 10"), pending);
  EXPECT_EQ(Do("XINFO GROUPS t"), Do("XINFO GROUPS s"));
  EXPECT_EQ(Do("XINFO CONSUMERS t g"), Do("XINFO CONSUMERS s g"));
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS t 0"), "[[t [[1-1 [f v g w]] [2-1 nil[]]]]]");
  EXPECT_EQ(Do("XADD t 9-1 f v"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(Do("XREADGROUP GROUP g ann STREAMS t >"), "[[t [[4-1 [f v]]]]]");
  EXPECT_EQ(Do("XLEN s"), ":3");
  EXPECT_EQ(Do("XACK t g 1-1"), ":1");
  EXPECT_EQ(Do("XPENDING s g - + 10"), pending) << "the copy has entries of its own";
}

TEST_F(DumpTest, ACopyKnowsWhatWasNamedAndWhatWasGivenBack) {
  MakeStream();
  EXPECT_EQ(Do("XADD s IDMP p one * f v"), Do("XADD s IDMP p one * f v"));
  EXPECT_EQ(Do("XNACK s g SILENT IDS 1 1-1"), ":1");
  const std::string named = Do("XADD s IDMP p one * f v");
  const std::string full = Do("XINFO STREAM s FULL");
  EXPECT_EQ(Do("COPY s t"), ":1");
  EXPECT_EQ(Get({"RESTORE", "u", "0", Dump("s")}), "+OK");
  for (const std::string key : {"t", "u"}) {
    SCOPED_TRACE(key);
    EXPECT_EQ(Do("XINFO STREAM " + key + " FULL"), full);
    EXPECT_EQ(Do("XPENDING " + key + " g - + 10"), Do("XPENDING s g - + 10"));
    EXPECT_EQ(Do("XADD " + key + " IDMP p one * f v"), named);
    EXPECT_EQ(Do("XREADGROUP GROUP g bob COUNT 1 CLAIM 3600000 STREAMS " + key + " >"),
              "[[" + key + " [[1-1 [f v g w] :-1 :1]]]]");
  }
}

TEST_F(DumpTest, CopyChoosesADatabaseAndReplacesOnlyIfTold) {
  Given({"XADD s 1-1 f v", "XADD t 5-1 f v", "EXPIRE s 100"});
  EXPECT_EQ(Do("COPY s t"), ":0");
  EXPECT_EQ(Do("COPY s t REPLACE"), ":1");
  EXPECT_EQ(Do("XRANGE t - +"), "[[1-1 [f v]]]");
  EXPECT_EQ(Do("TTL t"), ":100");
  EXPECT_EQ(Do("COPY s s DB 4"), ":1");
  EXPECT_EQ(Do("COPY none u"), ":0");
  EXPECT_EQ(Do("COPY s s"), "-ERR source and destination objects are the same");
  EXPECT_EQ(Do("COPY s t DB 16"), "-ERR DB index is out of range");
  EXPECT_EQ(Do("COPY s t DB x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Do("COPY s t FAST"), "-ERR syntax error");
  Given({"SELECT 4"});
  EXPECT_EQ(Do("XLEN s"), ":1");
  EXPECT_EQ(Do("DBSIZE"), ":1");
}

TEST_F(DumpTest, EveryKindIsCopied) {
  Given({"SET str v", "RPUSH list a b c", "SADD set a b", "HSET hash f v", "EXPIRE list 50"});
  for (const char* key : {"str", "list", "set", "hash"}) {
    EXPECT_EQ(Do(std::string("COPY ") + key + " copy:" + key), ":1");
  }
  EXPECT_EQ(Do("GET copy:str"), "v");
  EXPECT_EQ(Do("LRANGE copy:list 0 -1"), "[a b c]");
  EXPECT_EQ(Do("TTL copy:list"), ":50");
  EXPECT_EQ(Do("SMEMBERS copy:set"), "[a b]");
  EXPECT_EQ(Do("HGETALL copy:hash"), "[f v]");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("COPY list s REPLACE"), ":1");
  EXPECT_EQ(Do("TYPE s"), "+list");
  Given({"DEL s", "XADD s 1-1 f v"});
  EXPECT_EQ(Do("COPY s str REPLACE"), ":1");
  EXPECT_EQ(Do("TYPE str"), "+stream");
}

TEST_F(DumpTest, WhatWasDumpedIsRestored) {
  MakeStream();
  const std::string full = Do("XINFO STREAM s FULL");
  const std::string dump = Dump("s");
  Given({"DEL s"});
  EXPECT_EQ(Get({"RESTORE", "s", "0", dump}), "+OK");
  EXPECT_EQ(Do("XINFO STREAM s FULL"), full);
  EXPECT_EQ(Do("TTL s"), ":-1");
  EXPECT_EQ(Get({"RESTORE", "s", "0", dump}), "-BUSYKEY Target key name already exists.");
  EXPECT_EQ(Get({"RESTORE", "s", "2000", dump, "REPLACE"}), "+OK");
  EXPECT_EQ(Do("PTTL s"), ":2000");
  EXPECT_EQ(Get({"RESTORE", "s", "99999999999999", dump, "REPLACE", "ABSTTL"}), "+OK");
  EXPECT_EQ(Do("PEXPIRETIME s"), ":99999999999999");
  EXPECT_EQ(Get({"RESTORE", "s", "1", dump, "REPLACE", "ABSTTL"}), "+OK");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  Given({"SET v x"});
  const std::string value = Dump("v");
  EXPECT_EQ(Get({"RESTORE", "w", "0", value, "IDLETIME", "30", "FREQ", "5"}), "+OK");
  EXPECT_EQ(Do("OBJECT IDLETIME w"), ":30");
  EXPECT_EQ(Do("DUMP none"), "nil");
}

TEST_F(DumpTest, DamagedAndForeignPayloadsAreRefused) {
  const std::string wrong = "-ERR DUMP payload version or checksum are wrong";
  Given({"SET v 123456"});
  const std::string dump = Dump("v");
  for (size_t i = 0; i < dump.size(); ++i) {
    std::string damaged = dump;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_EQ(Get({"RESTORE", "w", "0", damaged}), wrong) << i;
    EXPECT_EQ(Get({"RESTORE", "w", "0", dump.substr(0, i)}), wrong) << i;
  }
  EXPECT_EQ(Get({"RESTORE", "w", "-1", dump}), "-ERR Invalid TTL value, must be >= 0");
  EXPECT_EQ(Get({"RESTORE", "w", "x", dump}), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Get({"RESTORE", "w", "0", dump, "IDLETIME", "-1"}),
            "-ERR Invalid IDLETIME value, must be >= 0");
  EXPECT_EQ(Get({"RESTORE", "w", "0", dump, "FREQ", "256"}),
            "-ERR Invalid FREQ value, must be >= 0 and <= 255");
  EXPECT_EQ(Get({"RESTORE", "w", "0", dump, "SOON"}), "-ERR syntax error");
  EXPECT_EQ(Do("EXISTS w"), ":0");
}

TEST_F(DumpTest, AWaitingGroupIsServedByARestoredStream) {
  Given({"XGROUP CREATE s g 0 MKSTREAM", "XADD s 1-1 f v"});
  const std::string dump = Dump("s");
  Given({"XREADGROUP GROUP g c STREAMS s >"});
  auto member = Connect();
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  EXPECT_TRUE(member->HearsNothing());
  EXPECT_EQ(Get({"RESTORE", "s", "0", dump, "REPLACE"}), "+OK");
  EXPECT_EQ(member->Hear(), "[[s [[1-1 [f v]]]]]");
}

}  // namespace
}  // namespace braid::redis
