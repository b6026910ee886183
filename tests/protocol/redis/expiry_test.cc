// Keys that go by themselves.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class ExpiryTest : public RedisTest {};

TEST_F(ExpiryTest, AStreamGoesWhenItsTimeHasCome) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("PEXPIRE s 1500"), ":1");
  EXPECT_EQ(Do("PTTL s"), ":1500");
  EXPECT_EQ(Do("TTL s"), ":2");
  Pass(absl::Milliseconds(1499));
  EXPECT_EQ(Do("XLEN s"), ":1");
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(Do("XLEN s"), ":0");
  EXPECT_EQ(Do("TTL s"), ":-2");
  EXPECT_TRUE(catalog->AllTopics().empty());
}

TEST_F(ExpiryTest, NobodySeesAKeyPastItsTimeWhetherTheTimerRanOrNot) {
  Given({"XADD s 1-1 f v", "PEXPIRE s 100", "SET t v PX 100"});
  ASSERT_EQ(Do("XLEN s"), ":1");
  clock.Advance(absl::Milliseconds(100));
  EXPECT_EQ(catalog->FindTopic("s"), nullptr);
  EXPECT_EQ(catalog->FindKafka("s", 0), nullptr);
  EXPECT_TRUE(catalog->Topics().empty());
  EXPECT_EQ(Do("EXISTS s t"), ":0");
  EXPECT_EQ(Do("KEYS *"), "[]");
  EXPECT_EQ(Do("XADD s 1-1 f v"), "1-1");
  EXPECT_EQ(Do("TTL s"), ":-1");
}

TEST_F(ExpiryTest, TimesAreTold) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("TTL s"), ":-1");
  EXPECT_EQ(Do("EXPIRETIME s"), ":-1");
  EXPECT_EQ(Do("PEXPIRETIME none"), ":-2");
  EXPECT_EQ(Do("EXPIREAT s 99999999999"), ":1");
  EXPECT_EQ(Do("EXPIRETIME s"), ":99999999999");
  EXPECT_EQ(Do("PEXPIREAT s 99999999999001"), ":1");
  EXPECT_EQ(Do("PEXPIRETIME s"), ":99999999999001");
  EXPECT_EQ(Do("PERSIST s"), ":1");
  EXPECT_EQ(Do("PERSIST s"), ":0");
  EXPECT_EQ(Do("TTL s"), ":-1");
}

TEST_F(ExpiryTest, APersistedKeyStays) {
  Given(
      {"XADD s 1-1 f v", "EXPIRE s 1", "PERSIST s", "XADD t 1-1 f v", "EXPIRE t 1", "EXPIRE t 10"});
  Pass(absl::Seconds(2));
  EXPECT_EQ(Do("EXISTS s t"), ":2");
  Pass(absl::Seconds(8));
  EXPECT_EQ(Do("EXISTS s t"), ":1");
}

TEST_F(ExpiryTest, ConditionsCompareTimes) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("EXPIRE s 100 XX"), ":0");
  EXPECT_EQ(Do("EXPIRE s 100 GT"), ":0");
  EXPECT_EQ(Do("EXPIRE s 100 NX"), ":1");
  EXPECT_EQ(Do("EXPIRE s 200 NX"), ":0");
  EXPECT_EQ(Do("EXPIRE s 100 GT"), ":0");
  EXPECT_EQ(Do("EXPIRE s 100 LT"), ":0");
  EXPECT_EQ(Do("EXPIRE s 200 GT"), ":1");
  EXPECT_EQ(Do("EXPIRE s 50 XX LT"), ":1");
  EXPECT_EQ(Do("TTL s"), ":50");
  Given({"PERSIST s"});
  EXPECT_EQ(Do("EXPIRE s 50 LT"), ":1");
}

TEST_F(ExpiryTest, WrongTimesAndOptionsAreRefused) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("EXPIRE s x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Do("EXPIRE s 9223372036854775807"), "-ERR invalid expire time in 'expire' command");
  EXPECT_EQ(Do("PEXPIRE s 9223372036854775807"), "-ERR invalid expire time in 'pexpire' command");
  EXPECT_EQ(Do("EXPIREAT s 9223372036854775807"), "-ERR invalid expire time in 'expireat' command");
  EXPECT_EQ(Do("EXPIRE s 1 NX GT"),
            "-ERR NX and XX, GT or LT options at the same time are not compatible");
  EXPECT_EQ(Do("EXPIRE s 1 GT LT"), "-ERR GT and LT options at the same time are not compatible");
  EXPECT_EQ(Do("EXPIRE s 1 SOON"), "-ERR Unsupported option SOON");
  EXPECT_EQ(Do("EXPIRE none 1"), ":0");
}

TEST_F(ExpiryTest, ATimeThatIsPastDeletesAtOnce) {
  Given({"XADD s 1-1 f v", "XADD t 1-1 f v", "SET u v"});
  EXPECT_EQ(Do("EXPIRE s 0"), ":1");
  EXPECT_EQ(Do("EXPIREAT t 1"), ":1");
  EXPECT_EQ(Do("PEXPIRE u -1"), ":1");
  EXPECT_EQ(Do("EXISTS s t u"), ":0");
}

TEST_F(ExpiryTest, EndsTheWaitOfAGroupAndNotOfAReader) {
  Given({"XGROUP CREATE s g $ MKSTREAM", "PEXPIRE s 500"});
  auto member = Connect();
  auto reader = Connect();
  member->Say("XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
  reader->Say("XREAD BLOCK 0 STREAMS s $");
  EXPECT_TRUE(member->HearsNothing());
  Pass(absl::Milliseconds(500));
  EXPECT_EQ(member->Hear(),
            "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option");
  EXPECT_TRUE(reader->HearsNothing());
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(reader->Hear(), "[[s [[1-1 [f v]]]]]");
}

TEST_F(ExpiryTest, AWatchNoticesIt) {
  Given({"XADD s 1-1 f v", "PEXPIRE s 500", "WATCH s"});
  Pass(absl::Milliseconds(500));
  Given({"MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "nil[]");
  Given({"XADD s 1-1 f v", "WATCH s", "PEXPIRE s 500", "MULTI", "PING"});
  EXPECT_EQ(Do("EXEC"), "nil[]");
}

}  // namespace
}  // namespace braid::redis
