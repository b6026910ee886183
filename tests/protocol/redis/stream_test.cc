// Entries: adding, reading, ranging, trimming, deleting; without groups.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::StartsWith;

class StreamTest : public RedisTest {
 protected:
  // 1-1 to n-1, each with one field.
  void GivenEntries(int n) {
    for (int i = 1; i <= n; ++i)
      Given({"XADD s " + std::to_string(i) + "-1 n " + std::to_string(i)});
  }
};

TEST_F(StreamTest, AddReturnsTheId) {
  clock.Set(absl::FromUnixMillis(1000));
  EXPECT_EQ(Do("XADD s * f v"), "1000-0");
  EXPECT_EQ(Do("XADD s * f v"), "1000-1");
  clock.Set(absl::FromUnixMillis(900));
  EXPECT_EQ(Do("XADD s * f v"), "1000-2");
  EXPECT_EQ(Do("XADD s 1000-* f v"), "1000-3");
  EXPECT_EQ(Do("XADD s 2000 f v"), "2000-0");
  EXPECT_EQ(Do("XADD s 2000-5 f v"), "2000-5");
  EXPECT_EQ(Do("XLEN s"), ":6");
}

TEST_F(StreamTest, IdsMustGrow) {
  Given({"XADD s 5-5 f v"});
  const std::string small =
      "-ERR The ID specified in XADD is equal or smaller than the target stream top item";
  EXPECT_EQ(Do("XADD s 5-5 f v"), small);
  EXPECT_EQ(Do("XADD s 5-4 f v"), small);
  EXPECT_EQ(Do("XADD s 4-* f v"), small);
  EXPECT_EQ(Do("XADD s 0-0 f v"), "-ERR The ID specified in XADD must be greater than 0-0");
  EXPECT_EQ(Do("XADD fresh 0-* f v"), "0-1");
}

TEST_F(StreamTest, FieldsAreBinaryAndKeepTheirOrder) {
  auto client = Connect();
  const std::vector<std::string> fields = {
      "b", "1", "a", "2", "b", std::string("\0\r\n\xff", 4), "", "", "key", "k", "value", "v"};
  std::vector<std::string> request = {"XADD", "s", "1-1"};
  request.insert(request.end(), fields.begin(), fields.end());
  EXPECT_EQ(client->Do(request), "1-1");
  std::string expected = "[[1-1 [";
  for (size_t i = 0; i < fields.size(); ++i) expected += (i > 0 ? " " : "") + fields[i];
  EXPECT_EQ(client->Do("XRANGE s - +"), expected + "]]]");
}

TEST_F(StreamTest, NomkstreamMakesNone) {
  EXPECT_EQ(Do("XADD s NOMKSTREAM * f v"), "nil");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  auto client = Connect(3);
  EXPECT_EQ(client->Do("XADD s NOMKSTREAM * f v"), "null");
}

class OlderStreamTest : public RedisTest {
 protected:
  OlderStreamTest() : RedisTest({.version = "7.4"}) {}
};

TEST_F(OlderStreamTest, OptionsOfLaterReleasesAreRefused) {
  for (const char* option : {"KEEPREF", "DELREF", "ACKED", "IDMPAUTO p", "IDMP p i"}) {
    EXPECT_THAT(Do("XADD s " + std::string(option) + " * f v"), StartsWith("-ERR ")) << option;
  }
  EXPECT_EQ(Do("EXISTS s"), ":0");
}

TEST_F(StreamTest, TooLargeEntriesAreRefused) {
  auto client = Connect();
  const std::string large(17 << 20, 'x');
  client->Say({"XADD", "s", "*", "f", large});
  EXPECT_EQ(client->Hear(), "-ERR Elements are too large to be stored");
  EXPECT_EQ(client->Do("XLEN s"), ":0");
}

TEST_F(StreamTest, Ranges) {
  GivenEntries(5);
  EXPECT_EQ(Do("XRANGE s 2 3"), "[[2-1 [n 2]] [3-1 [n 3]]]");
  EXPECT_EQ(Do("XRANGE s (2-1 (4-1"), "[[3-1 [n 3]]]");
  EXPECT_EQ(Do("XRANGE s - + COUNT 2"), "[[1-1 [n 1]] [2-1 [n 2]]]");
  EXPECT_EQ(Do("XREVRANGE s + - COUNT 2"), "[[5-1 [n 5]] [4-1 [n 4]]]");
  EXPECT_EQ(Do("XREVRANGE s (4-1 2"), "[[3-1 [n 3]] [2-1 [n 2]]]");
  EXPECT_EQ(Do("XRANGE s 9 +"), "[]");
  EXPECT_EQ(Do("XRANGE s 4 2"), "[]");
  EXPECT_EQ(Do("XRANGE nosuch - +"), "[]");
  EXPECT_EQ(Do("XRANGE s - + COUNT 0"), "nil[]");
  EXPECT_EQ(Do("XRANGE nosuch - + COUNT 0"), "[]");
}

TEST_F(StreamTest, LongRangesAreWhole) {
  auto client = Connect();
  for (int i = 1; i <= 3000; ++i) client->Say("XADD s " + std::to_string(i) + "-1 f v");
  for (int i = 1; i <= 3000; ++i) ASSERT_EQ(client->Hear(), std::to_string(i) + "-1");
  std::string expected = "[";
  for (int i = 1; i <= 3000; ++i) {
    expected += (i > 1 ? " [" : "[") + std::to_string(i) + "-1 [f v]]";
  }
  EXPECT_EQ(client->Do("XRANGE s - +"), expected + "]");
}

TEST_F(StreamTest, DeletedEntriesAreGone) {
  GivenEntries(4);
  EXPECT_EQ(Do("XDEL s 2-1 2-1 9-9"), ":1");
  EXPECT_EQ(Do("XRANGE s - +"), "[[1-1 [n 1]] [3-1 [n 3]] [4-1 [n 4]]]");
  EXPECT_EQ(Do("XDEL s 1-1 x"), "-ERR Invalid stream ID specified as stream command argument");
  EXPECT_EQ(Do("XLEN s"), ":3");
  EXPECT_EQ(Do("XDEL s 1-1 3-1 4-1"), ":3");
  EXPECT_EQ(Do("EXISTS s"), ":1");
  EXPECT_THAT(Do("XADD s 4-1 f v"), StartsWith("-ERR The ID specified in XADD is equal"));
}

TEST_F(StreamTest, TrimByLengthAndId) {
  GivenEntries(10);
  EXPECT_EQ(Do("XTRIM s MAXLEN 8"), ":2");
  EXPECT_EQ(Do("XTRIM s MINID 5-1"), ":2");
  EXPECT_EQ(Do("XADD s MAXLEN = 3 11-1 n 11"), "11-1");
  EXPECT_EQ(Do("XRANGE s - +"), "[[9-1 [n 9]] [10-1 [n 10]] [11-1 [n 11]]]");
  EXPECT_EQ(Do("XTRIM s MAXLEN 0"), ":3");
  EXPECT_EQ(Do("EXISTS s"), ":1");
  EXPECT_EQ(Do("XTRIM nosuch MAXLEN 0"), ":0");
}

TEST_F(StreamTest, ApproximateTrimsTakeWholeNodes) {
  GivenEntries(1000);
  EXPECT_EQ(Do("XADD s MAXLEN ~ 555 1001-1 n 1001"), "1001-1");
  EXPECT_EQ(Do("XLEN s"), ":601");
  EXPECT_EQ(Do("XTRIM s MAXLEN ~ 555 LIMIT 30"), ":0");
  EXPECT_EQ(Do("XTRIM s MINID ~ 650-1"), ":200");
  EXPECT_EQ(Do("XTRIM s MAXLEN ~ 0 LIMIT 100"), ":100");
  EXPECT_EQ(Do("XLEN s"), ":301");
}

TEST_F(StreamTest, MaxlenInAPipelineKeepsTheBound) {
  auto client = Connect();
  for (int i = 1; i <= 5000; ++i) client->Say("XADD s MAXLEN ~ 1000 * f v");
  for (int i = 1; i <= 5000; ++i) client->Hear();
  EXPECT_EQ(client->Do("XLEN s"), ":1000");
}

TEST_F(StreamTest, ReadAfterAnId) {
  GivenEntries(3);
  Given({"XADD t 7-1 f v"});
  EXPECT_EQ(Do("XREAD STREAMS s 1-1"), "[[s [[2-1 [n 2]] [3-1 [n 3]]]]]");
  EXPECT_EQ(Do("XREAD COUNT 1 STREAMS s t 0 0"), "[[s [[1-1 [n 1]]]] [t [[7-1 [f v]]]]]");
  EXPECT_EQ(Do("XREAD STREAMS t s nosuch 7-1 2-1 0"), "[[s [[3-1 [n 3]]]]]");
  EXPECT_EQ(Do("XREAD STREAMS s $"), "nil[]");
  EXPECT_EQ(Do("XREAD COUNT 0 STREAMS s 2"), "[[s [[2-1 [n 2]] [3-1 [n 3]]]]]");
  EXPECT_EQ(Do("XREAD STREAMS s s 2-1 2-1"), "[[s [[3-1 [n 3]]]] [s [[3-1 [n 3]]]]]");
}

TEST_F(StreamTest, ReadTheNewest) {
  GivenEntries(3);
  EXPECT_EQ(Do("XREAD COUNT 5 STREAMS s +"), "[[s [[3-1 [n 3]]]]]");
  Given({"XDEL s 3-1"});
  EXPECT_EQ(Do("XREAD STREAMS s +"), "[[s [[2-1 [n 2]]]]]");
  EXPECT_EQ(Do("XREAD STREAMS nosuch +"), "nil[]");
}

TEST_F(StreamTest, SetId) {
  GivenEntries(2);
  EXPECT_EQ(Do("XSETID s 10-0 ENTRIESADDED 50 MAXDELETEDID 9-0"), "+OK");
  EXPECT_THAT(Do("XADD s 9-5 f v"), StartsWith("-ERR The ID specified in XADD is equal"));
  EXPECT_EQ(Do("XADD s 10-1 f v"), "10-1");
  EXPECT_EQ(Do("XINFO STREAM s"),
            "[length :3 radix-tree-keys :1 radix-tree-nodes :2 last-generated-id 10-1 "
            "max-deleted-entry-id 9-0 entries-added :51 recorded-first-entry-id 1-1 idmp-duration "
            ":100 idmp-maxsize :100 "
            "pids-tracked :0 iids-tracked :0 iids-added :0 iids-duplicates :0 groups :0 "
            "first-entry [1-1 [n 1]] last-entry [10-1 [f v]]]");
  EXPECT_EQ(Do("XSETID s 9-9"),
            "-ERR The ID specified in XSETID is smaller than the target stream top item");
  EXPECT_EQ(Do("XSETID s 8-9"),
            "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  EXPECT_EQ(Do("XSETID s 20-0 ENTRIESADDED 1"),
            "-ERR The entries_added specified in XSETID is smaller than the target stream length");
}

TEST_F(StreamTest, InfoOfAnEmptyStream) {
  Given({"XADD s 5-1 f v", "XDEL s 5-1"});
  EXPECT_EQ(Do("XINFO STREAM s"),
            "[length :0 radix-tree-keys :0 radix-tree-nodes :1 last-generated-id 5-1 "
            "max-deleted-entry-id 5-1 entries-added :1 recorded-first-entry-id 0-0 idmp-duration "
            ":100 idmp-maxsize :100 "
            "pids-tracked :0 iids-tracked :0 iids-added :0 iids-duplicates :0 groups :0 "
            "first-entry nil last-entry nil]");
}

TEST_F(StreamTest, Resp3Shapes) {
  GivenEntries(1);
  auto client = Connect(3);
  EXPECT_EQ(client->Do("XREAD STREAMS s nosuch 0 0"), "{s=[[1-1 [n 1]]]}");
  EXPECT_EQ(client->Do("XREAD STREAMS s $"), "null");
  EXPECT_EQ(client->Do("XRANGE s - + COUNT 0"), "null");
  EXPECT_EQ(client->Do("XRANGE s - +"), "[[1-1 [n 1]]]");
  EXPECT_EQ(client->Do("XINFO STREAM s"),
            "{length=:1 radix-tree-keys=:1 radix-tree-nodes=:2 last-generated-id=1-1 "
            "max-deleted-entry-id=0-0 entries-added=:1 recorded-first-entry-id=1-1 "
            "idmp-duration=:100 idmp-maxsize=:100 "
            "pids-tracked=:0 iids-tracked=:0 iids-added=:0 iids-duplicates=:0 groups=:0 "
            "first-entry=[1-1 [n 1]] last-entry=[1-1 [n 1]]}");
  Given({"XTRIM s MAXLEN 0"});
  EXPECT_THAT(client->Do("XINFO STREAM s"),
              ::testing::HasSubstr("first-entry=null last-entry=null"));
}

TEST_F(StreamTest, PipelinesAnswerInOrder) {
  auto client = Connect();
  std::string requests;
  for (int i = 1; i <= 10000; ++i) {
    requests += EncodeRequest({"XADD", "s", std::to_string(i) + "-0", "f", "v"});
  }
  client->SayRaw(requests);
  for (int i = 1; i <= 10000; ++i) ASSERT_EQ(client->Hear(), std::to_string(i) + "-0");
  EXPECT_EQ(client->Do("XLEN s"), ":10000");
}

}  // namespace
}  // namespace braid::redis
