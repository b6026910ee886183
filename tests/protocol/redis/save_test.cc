// SAVE and its kind, WAITAOF and SHUTDOWN.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SaveTest : public RedisTest {
 protected:
  explicit SaveTest(ServiceOptions options = {}, EngineOptions engine = {})
      : RedisTest(std::move(options), std::move(engine)) {
    clock.Set(absl::FromUnixSeconds(1700000000));
  }
  std::string Field(const std::string& name) {
    const std::string info = Do("INFO persistence");
    const size_t at = info.find(name + ":") + name.size() + 1;
    return info.substr(at, info.find('\r', at) - at);
  }
};

TEST_F(SaveTest, SavingIsRemembered) {
  Given({"SET a 1", "XADD s * f v", "GET a"});
  EXPECT_EQ(Field("rdb_changes_since_last_save"), "2");
  Pass(absl::Seconds(10));
  EXPECT_EQ(Do("SAVE"), "+OK");
  EXPECT_EQ(Field("rdb_changes_since_last_save"), "0");
  EXPECT_EQ(Do("LASTSAVE"), ":1700000010");
  EXPECT_EQ(Field("rdb_last_save_time"), "1700000010");
  EXPECT_EQ(Field("rdb_saves"), "1");
  Given({"DEL a", "CONFIG RESETSTAT"});
  EXPECT_EQ(Field("rdb_changes_since_last_save"), "1");
}

TEST_F(SaveTest, SavesInTheBackgroundAnswerAtOnce) {
  Given({"SET a 1"});
  Pass(absl::Seconds(5));
  EXPECT_EQ(Do("BGSAVE"), "+Background saving started");
  SettleAll();
  EXPECT_EQ(Do("LASTSAVE"), ":1700000005");
  EXPECT_EQ(Field("rdb_bgsave_in_progress"), "0");
  EXPECT_EQ(Field("rdb_last_bgsave_status"), "ok");
  EXPECT_EQ(Field("rdb_changes_since_last_save"), "0");
  EXPECT_EQ(Do("BGREWRITEAOF"), "+Background append only file rewriting started");
  SettleAll();
  EXPECT_EQ(Field("aof_rewrites"), "1");
  EXPECT_EQ(Do("BGSAVE SCHEDULE"), "+Background saving started");
  EXPECT_EQ(Do("BGSAVE x"), "-ERR syntax error");
}

TEST_F(SaveTest, SaveIsNotForTransactions) {
  Given({"MULTI"});
  EXPECT_EQ(Do("SAVE"), "-ERR Command not allowed inside a transaction");
  EXPECT_THAT(Do("EXEC"), StartsWith("-EXECABORT"));
  Given({"MULTI", "SET a 1", "BGSAVE"});
  EXPECT_EQ(Do("EXEC"), "[+OK +Background saving started]");
}

TEST_F(SaveTest, WaitAofNeedsADisk) {
  EXPECT_EQ(Do("WAITAOF 0 0 0"), "[:0 :0]");
  EXPECT_THAT(Do("WAITAOF 1 0 0"), StartsWith("-ERR WAITAOF cannot be used when numlocal is set"));
  EXPECT_EQ(Do("WAITAOF 2 0 0"), "-ERR value is out of range, value must between 0 and 1");
  EXPECT_EQ(Do("WAITAOF 0 -1 0"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(Do("WAITAOF 0 0 -1"), "-ERR timeout is negative");
}

TEST_F(SaveTest, ShutdownIsRefusedInsideAnotherProgram) {
  EXPECT_THAT(Do("SHUTDOWN NOSAVE"), StartsWith("-ERR SHUTDOWN is refused"));
  EXPECT_EQ(Do("PING"), "+PONG");
}

class ShutdownTest : public SaveTest {
 protected:
  ShutdownTest() : SaveTest(ServiceOptions{.shutdown = [this] { ++shutdowns_; }}) {}
  int shutdowns_ = 0;
};

TEST_F(ShutdownTest, ShutdownEndsTheServerWithoutAReply) {
  auto client = Connect();
  EXPECT_EQ(client->Do("SHUTDOWN NOSAVE"), "closed");
  EXPECT_EQ(shutdowns_, 1);
  EXPECT_EQ(Connect()->Do("SHUTDOWN"), "closed");
  EXPECT_EQ(Connect()->Do("SHUTDOWN SAVE NOW FORCE"), "closed");
  EXPECT_EQ(shutdowns_, 3);
  EXPECT_EQ(Field("rdb_saves"), "1");
}

TEST_F(ShutdownTest, ShutdownOptionsThatContradictAreRefused) {
  for (const char* line : {"SHUTDOWN x", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN NOSAVE ABORT"}) {
    EXPECT_EQ(Do(line), "-ERR syntax error") << line;
  }
  EXPECT_EQ(Do("SHUTDOWN ABORT"), "-ERR No shutdown in progress.");
  Given({"MULTI"});
  EXPECT_EQ(Do("SHUTDOWN"), "-ERR Command not allowed inside a transaction");
  EXPECT_EQ(shutdowns_, 0);
}

}  // namespace
}  // namespace braid::redis
