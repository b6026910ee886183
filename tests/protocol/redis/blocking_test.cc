// BLOCK: who waits, for what, until when, and what wakes them.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class BlockingTest : public RedisTest {
 protected:
  std::unique_ptr<Talker> Blocked(std::string_view line, int version = 2) {
    auto talker = Connect(version);
    talker->Say(line);
    EXPECT_TRUE(talker->HearsNothing()) << line;
    return talker;
  }
  static constexpr std::string_view kNoGroup =
      "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";
};

TEST_F(BlockingTest, ReadWaitsForTheNextEntry) {
  Given({"XADD s 1-1 f v"});
  auto reader = Blocked("XREAD BLOCK 5000 STREAMS s $");
  EXPECT_THAT(Do("INFO clients"), HasSubstr("blocked_clients:1"));
  EXPECT_THAT(Do("CLIENT LIST"), HasSubstr("flags=b"));
  Given({"XADD s 2-1 f w"});
  EXPECT_EQ(reader->Hear(), "[[s [[2-1 [f w]]]]]");
  EXPECT_THAT(Do("INFO clients"), HasSubstr("blocked_clients:0"));
}

TEST_F(BlockingTest, EverythingThereIsAnsweredAtOnce) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XREAD BLOCK 5000 STREAMS s 0"), "[[s [[1-1 [f v]]]]]");
}

TEST_F(BlockingTest, TheTimeoutIsANull) {
  auto reader = Blocked("XREAD BLOCK 5000 STREAMS s $");
  auto reader3 = Blocked("XREAD BLOCK 5000 STREAMS s $", 3);
  Pass(absl::Milliseconds(4999));
  EXPECT_TRUE(reader->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(reader->Hear(), "nil[]");
  EXPECT_EQ(reader3->Hear(), "null");
  EXPECT_EQ(reader->Do("PING"), "+PONG");
}

TEST_F(BlockingTest, ZeroWaitsForEver) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  Pass(absl::Hours(24 * 365));
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
}

TEST_F(BlockingTest, AllReadersGetTheEntry) {
  Given({"XADD s 1-1 f v"});
  auto one = Blocked("XREAD BLOCK 0 STREAMS s $");
  auto two = Blocked("XREAD BLOCK 0 STREAMS nosuch s $ $", 3);
  Given({"XADD s 2-1 f w"});
  EXPECT_EQ(one->Hear(), "[[s [[2-1 [f w]]]]]");
  EXPECT_EQ(two->Hear(), "{s=[[2-1 [f w]]]}");
}

TEST_F(BlockingTest, AMissingKeyIsWaitedFor) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  Given({"XADD other 1-1 f v"});
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
}

TEST_F(BlockingTest, ReadOutlivesItsKey) {
  Given({"XADD s 5-1 f v"});
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  Given({"DEL s"});
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_TRUE(reader->HearsNothing()) << "below the ID it waits behind";
  Given({"XADD s 6-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[6-1 [f v]]]]]");
}

TEST_F(BlockingTest, ADeletedNewestEntryDoesNotSpin) {
  Given({"XADD s 1-1 f v", "XADD s 2-1 f v", "XDEL s 2-1"});
  auto reader = Blocked("XREAD BLOCK 1000 STREAMS s 1-1");
  Pass(absl::Seconds(1));
  EXPECT_EQ(reader->Hear(), "nil[]");
}

TEST_F(BlockingTest, NewestOfAnEmptyStreamIsWaitedFor) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s +");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
}

TEST_F(BlockingTest, GroupReadersAreServedInOrder) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  auto one = Blocked("XREADGROUP GROUP g one COUNT 1 BLOCK 0 STREAMS s >");
  auto two = Blocked("XREADGROUP GROUP g two COUNT 1 BLOCK 0 STREAMS s >");
  auto three = Blocked("XREADGROUP GROUP g three COUNT 1 BLOCK 0 STREAMS s >", 3);
  Given({"XADD s 1-1 n 1"});
  EXPECT_EQ(one->Hear(), "[[s [[1-1 [n 1]]]]]");
  EXPECT_TRUE(two->HearsNothing());
  Given({"XADD s 2-1 n 2"});
  EXPECT_EQ(two->Hear(), "[[s [[2-1 [n 2]]]]]");
  Given({"XADD s 3-1 n 3"});
  EXPECT_EQ(three->Hear(), "{s=[[3-1 [n 3]]]}");
}

TEST_F(BlockingTest, ALoserKeepsItsDeadline) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  auto winner = Blocked("XREADGROUP GROUP g one BLOCK 0 STREAMS s >");
  auto loser = Blocked("XREADGROUP GROUP g two BLOCK 1000 STREAMS s >");
  Pass(absl::Milliseconds(600));
  Given({"XADD s 1-1 n 1"});
  EXPECT_EQ(winner->Hear(), "[[s [[1-1 [n 1]]]]]");
  EXPECT_TRUE(loser->HearsNothing());
  Pass(absl::Milliseconds(399));
  EXPECT_TRUE(loser->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(loser->Hear(), "nil[]");
}

TEST_F(BlockingTest, NoackHoldsAfterAWait) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  auto reader = Blocked("XREADGROUP GROUP g c NOACK BLOCK 0 STREAMS s >");
  Given({"XADD s 1-1 n 1"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [n 1]]]]]");
  EXPECT_EQ(Do("XPENDING s g"), "[:0 nil nil nil[]]");
}

TEST_F(BlockingTest, CountHoldsAfterAWait) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  auto reader = Blocked("XREADGROUP GROUP g c COUNT 2 BLOCK 0 STREAMS s >");
  Given({"MULTI", "XADD s 1-1 n 1", "XADD s 2-1 n 2", "XADD s 3-1 n 3", "EXEC"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [n 1]] [2-1 [n 2]]]]]");
}

TEST_F(BlockingTest, HistoryNeverWaits) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  EXPECT_EQ(Do("XREADGROUP GROUP g c BLOCK 0 STREAMS s 0"), "[[s []]]");
}

TEST_F(BlockingTest, AGroupThatGoesIsNoGroup) {
  for (const char* end : {"XGROUP DESTROY s g", "DEL s", "FLUSHALL"}) {
    Given({"XGROUP CREATE s g 0 MKSTREAM"});
    auto reader = Blocked("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    Given({end});
    EXPECT_EQ(reader->Hear(), kNoGroup) << end;
  }
}

TEST_F(BlockingTest, ClientUnblock) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  const std::string list = Do("CLIENT LIST");
  const size_t flag = list.find("flags=b");
  ASSERT_NE(flag, std::string::npos);
  const size_t line = list.rfind("id=", flag);
  const std::string id = list.substr(line + 3, list.find(' ', line) - line - 3);
  EXPECT_EQ(Do("CLIENT UNBLOCK " + id), ":1");
  EXPECT_EQ(reader->Hear(), "nil[]");
  EXPECT_EQ(Do("CLIENT UNBLOCK " + id), ":0");
  reader->Say("XREAD BLOCK 0 STREAMS s $");
  EXPECT_TRUE(reader->HearsNothing());
  EXPECT_EQ(Do("CLIENT UNBLOCK " + id + " ERROR"), ":1");
  EXPECT_EQ(reader->Hear(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
  EXPECT_EQ(reader->Do("PING"), "+PONG");
  EXPECT_EQ(Do("CLIENT UNBLOCK 99999"), ":0");
  EXPECT_THAT(Do("CLIENT UNBLOCK " + id + " FOO"), StartsWith("-ERR CLIENT UNBLOCK reason"));
}

TEST_F(BlockingTest, RequestsBehindAWaitComeAfterIt) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  reader->SayRaw("PING\r\nECHO later\r\n");
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
  EXPECT_EQ(reader->Hear(), "+PONG");
  EXPECT_EQ(reader->Hear(), "later");
}

TEST_F(BlockingTest, RepliesBeforeAWaitDoNotWaitForIt) {
  auto client = Connect();
  client->SayRaw(EncodeRequest(Words("XADD s 1-1 f v")) +
                 EncodeRequest(Words("XREAD BLOCK 0 STREAMS s $")));
  EXPECT_EQ(client->Hear(), "1-1");
  EXPECT_TRUE(client->HearsNothing());
}

TEST_F(BlockingTest, AWaitingClientMayLeave) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  reader->HangUp();
  SettleAll();
  EXPECT_THAT(Do("INFO clients"), HasSubstr("connected_clients:1\r\n"));
  EXPECT_THAT(Do("INFO clients"), HasSubstr("blocked_clients:0\r\n"));
  Given({"XADD s 1-1 f v"});
}

TEST_F(BlockingTest, AWaitingClientMayBeKilled) {
  auto reader = Blocked("XREAD BLOCK 0 STREAMS s $");
  EXPECT_EQ(Do("CLIENT KILL TYPE normal"), ":1");
  EXPECT_TRUE(reader->IsClosed());
}

TEST_F(BlockingTest, BlockingInsideExecDoesNotWait) {
  Given({"XGROUP CREATE s g 0 MKSTREAM", "MULTI", "XREAD BLOCK 0 STREAMS s $",
         "XREADGROUP GROUP g c BLOCK 0 STREAMS s >"});
  EXPECT_EQ(Do("EXEC"), "[nil[] nil[]]");
}

TEST_F(BlockingTest, ARecordOfAnotherModelWakesToo) {
  Given({"XGROUP CREATE s g 0 MKSTREAM"});
  auto reader = Blocked("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  RecordView record;
  record.value = "v";
  record.timestamp_ms = 7;
  engine::Writes writes;
  ASSERT_TRUE(catalog->FindRedis("s")->Append(record, {}, writes).ok());
  ASSERT_TRUE(catalog->Commit(writes).ok());
  EXPECT_EQ(reader->Hear(), "[[s [[7-0 [value v]]]]]");
}

}  // namespace
}  // namespace braid::redis
