// The sixteen databases, and that only database 0 is seen by other models.
#include "braid/error.h"
#include "engine/names.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DatabaseTest : public RedisTest {};

TEST_F(DatabaseTest, EachHasKeysOfItsOwn) {
  Given({"XADD s 1-1 f zero", "SELECT 1", "XADD s 2-1 f one"});
  EXPECT_EQ(Do("XRANGE s - +"), "[[2-1 [f one]]]");
  EXPECT_EQ(Do("KEYS *"), "[s]");
  EXPECT_EQ(Do("DBSIZE"), ":1");
  EXPECT_EQ(Do("SELECT 0"), "+OK");
  EXPECT_EQ(Do("XRANGE s - +"), "[[1-1 [f zero]]]");
  EXPECT_EQ(Do("SELECT 15"), "+OK");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_EQ(Do("RANDOMKEY"), "nil");
  EXPECT_EQ(Do("SCAN 0"), "[0 []]");
}

TEST_F(DatabaseTest, OthersThanSixteenAreRefused) {
  EXPECT_EQ(Do("SELECT 16"), "-ERR DB index is out of range");
  EXPECT_EQ(Do("SELECT -1"), "-ERR DB index is out of range");
  EXPECT_EQ(Do("SELECT one"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Do("SWAPDB a 1"), "-ERR invalid first DB index");
  EXPECT_EQ(Do("SWAPDB 1 b"), "-ERR invalid second DB index");
  EXPECT_EQ(Do("SWAPDB 1 16"), "-ERR DB index is out of range");
}

TEST_F(DatabaseTest, OtherModelsSeeDatabaseZeroAlone) {
  Given({"XADD seen 1-1 f v", "SELECT 3", "XADD hidden 1-1 f v", "XADD seen 1-1 f v"});
  ASSERT_EQ(catalog->Topics().size(), 1u);
  EXPECT_EQ(catalog->Topics().front()->name, "seen");
  EXPECT_EQ(catalog->AllTopics().size(), 3u);
  const std::string name = engine::CanonicalName(3, "hidden");
  const auto kafka = engine::EscapeForKafka(name);
  const auto nats = engine::EscapeForNats(name);
  ASSERT_TRUE(kafka.ok() && nats.ok());
  for (const std::string& spelling : {std::string("hidden"), name, *kafka, *nats}) {
    EXPECT_EQ(catalog->FindTopic(spelling), nullptr);
    EXPECT_EQ(catalog->FindTopic(engine::Unescape(spelling)), nullptr);
    EXPECT_EQ(catalog->FindKafka(spelling, 0), nullptr);
    EXPECT_EQ(catalog->FindJetStream(spelling), nullptr);
    EXPECT_EQ(catalog->FindBySubject(spelling), nullptr);
    EXPECT_EQ(catalog->FindRedis(spelling), nullptr);
  }
  EXPECT_EQ(catalog->FindTopic(catalog->FindAny(name)->uuid), nullptr);
  engine::Writes writes;
  EXPECT_EQ(CodeOf(catalog->CreateTopic(name, 1, {}, writes).status()), Errc::kInvalidName);
}

TEST_F(DatabaseTest, NoKeyOfDatabaseZeroReachesIntoAnother) {
  Given({"SELECT 3", "XADD s 1-1 f v", "SELECT 0"});
  const std::string name = engine::CanonicalName(3, "s");
  const std::string refused =
      "-ERR keys of database 0 that begin with the bytes FF 00 are reserved for other databases";
  EXPECT_EQ(client_->Do(std::vector<std::string>{"XLEN", name}), refused);
  EXPECT_EQ(client_->Do(std::vector<std::string>{"XADD", name, "*", "f", "v"}), refused);
  EXPECT_EQ(client_->Do(std::vector<std::string>{"DEL", "a", name}), refused);
  EXPECT_EQ(client_->Do(std::vector<std::string>{"ECHO", name}), name);
  Given({"SELECT 3"});
  EXPECT_EQ(Do("XLEN s"), ":1");
  EXPECT_EQ(client_->Do(std::vector<std::string>{"XADD", name, "1-1", "f", "v"}), "1-1");
}

TEST_F(DatabaseTest, FlushDbLeavesTheOthers) {
  Given({"XADD s 1-1 f v", "SET t v", "SELECT 1", "XADD s 1-1 f v", "SET t v", "FLUSHDB"});
  EXPECT_EQ(Do("DBSIZE"), ":0");
  Given({"SELECT 0"});
  EXPECT_EQ(Do("DBSIZE"), ":2");
  Given({"SELECT 1", "XADD s 1-1 f v", "SELECT 2", "FLUSHALL ASYNC"});
  for (const char* database : {"SELECT 0", "SELECT 1"}) {
    Given({database});
    EXPECT_EQ(Do("DBSIZE"), ":0");
  }
  EXPECT_EQ(Do("FLUSHDB NOW"), "-ERR syntax error");
  EXPECT_EQ(Do("FLUSHALL SYNC ASYNC"), "-ERR syntax error");
}

TEST_F(DatabaseTest, FlushingEndsTheWaitOfAGroup) {
  auto member = Connect();
  member->Do("SELECT 1");
  for (const char* flush : {"FLUSHDB", "FLUSHALL", "FLUSHDB ASYNC", "FLUSHALL SYNC"}) {
    Given({"SELECT 1", "XGROUP CREATE s g $ MKSTREAM"});
    member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    EXPECT_TRUE(member->HearsNothing());
    Given({"SELECT 0", "FLUSHDB"});
    EXPECT_TRUE(member->HearsNothing()) << "another database was flushed";
    Given({"SELECT 1", flush});
    EXPECT_THAT(member->Hear(), HasSubstr("NOGROUP No such key 's'")) << flush;
  }
}

TEST_F(DatabaseTest, ClientListAndInfoTellThem) {
  Given({"XADD a 1-1 f v", "SELECT 5", "XADD b 1-1 f v", "XADD c 1-1 f v", "PEXPIRE b 3000"});
  EXPECT_THAT(Do("CLIENT INFO"), HasSubstr(" db=5 "));
  const std::string info = Do("INFO keyspace");
  EXPECT_THAT(info, HasSubstr("db0:keys=1,expires=0,avg_ttl=0"));
  EXPECT_THAT(info, HasSubstr("db5:keys=2,expires=1,avg_ttl=3000"));
  EXPECT_THAT(info, Not(HasSubstr("db1:")));
}

TEST_F(DatabaseTest, ResetGoesBackToZero) {
  Given({"SELECT 5", "XADD s 1-1 f v", "RESET"});
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_THAT(Do("CLIENT INFO"), HasSubstr(" db=0 "));
}

TEST_F(DatabaseTest, CommandsOfATransactionRunWhereItHasCome) {
  Given({"MULTI", "XADD s 1-1 f v", "SELECT 2", "XADD s 2-1 f v", "EXEC"});
  EXPECT_EQ(Do("XRANGE s - +"), "[[2-1 [f v]]]");
  Given({"SELECT 0"});
  EXPECT_EQ(Do("XRANGE s - +"), "[[1-1 [f v]]]");
}

TEST_F(DatabaseTest, AWatchIsOfItsDatabase) {
  auto other = Connect();
  Given({"SELECT 1", "WATCH s", "SELECT 0"});
  other->Do("XADD s 1-1 f v");
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "[+PONG]");
  Given({"SELECT 1", "WATCH s", "SELECT 0"});
  other->Do("SELECT 1");
  other->Do("XADD s 1-1 f v");
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "nil[]");
}

TEST_F(DatabaseTest, BlockedReadersWaitInTheirDatabase) {
  auto reader = Connect();
  reader->Do("SELECT 4");
  reader->Say("XREAD BLOCK 0 STREAMS s $");
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_TRUE(reader->HearsNothing());
  Given({"SELECT 4", "XADD s 2-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[2-1 [f v]]]]]");
}

TEST_F(DatabaseTest, MoveTakesAStreamWithAllItHas) {
  Given({"XGROUP CREATE s g $ MKSTREAM", "XADD s 1-1 f v", "XADD s 2-1 f v", "XDEL s 2-1",
         "XREADGROUP GROUP g c STREAMS s >", "PEXPIRE s 9000"});
  EXPECT_EQ(Do("MOVE s 6"), ":1");
  EXPECT_EQ(Do("EXISTS s"), ":0");
  EXPECT_EQ(Do("MOVE s 6"), ":0");
  EXPECT_THAT(catalog->Topics(), IsEmpty());
  Given({"SELECT 6"});
  EXPECT_EQ(Do("XPENDING s g"), "[:1 1-1 1-1 [[c 1]]]");
  EXPECT_EQ(Do("XADD s 2-1 f v"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(Do("PTTL s"), ":9000");
  EXPECT_EQ(Do("MOVE s 6"), "-ERR source and destination objects are the same");
  EXPECT_EQ(Do("MOVE s 16"), "-ERR DB index is out of range");
  EXPECT_EQ(Do("MOVE s x"), "-ERR value is not an integer or out of range");
  Given({"SELECT 0", "XADD s 1-1 f v"});
  EXPECT_EQ(Do("MOVE s 6"), ":0");
}

TEST_F(DatabaseTest, SwapExchangesStreamsAndValues) {
  Given({"XADD s 1-1 f zero", "SET v zero", "SET only zero", "SELECT 9", "XADD s 2-1 f nine",
         "SET v nine"});
  EXPECT_EQ(Do("SWAPDB 0 9"), "+OK");
  EXPECT_EQ(Do("XRANGE s - +"), "[[1-1 [f zero]]]");
  EXPECT_EQ(Do("MGET v only"), "[zero zero]");
  Given({"SELECT 0"});
  EXPECT_EQ(Do("XRANGE s - +"), "[[2-1 [f nine]]]");
  EXPECT_EQ(Do("MGET v only"), "[nine nil]");
  EXPECT_NE(catalog->FindKafka("s", 0), nullptr);
}

TEST_F(DatabaseTest, SwapServesAndEndsWaits) {
  auto reader = Connect();
  auto member = Connect();
  reader->Do("SELECT 1");
  reader->Say("XREAD BLOCK 0 STREAMS s 0");
  Given({"XGROUP CREATE s g $ MKSTREAM"});
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  EXPECT_TRUE(reader->HearsNothing());
  EXPECT_TRUE(member->HearsNothing());
  Given({"SELECT 2", "XADD s 1-1 f v", "SWAPDB 2 1"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
  Given({"SWAPDB 0 1"});
  EXPECT_THAT(member->Hear(), HasSubstr("NOGROUP"));
}

}  // namespace
}  // namespace braid::redis
