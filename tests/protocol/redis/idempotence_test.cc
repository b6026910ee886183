// XADD IDMP and IDMPAUTO, XCFGSET, XIDMPRECORD: entries that their producers name.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class IdempotenceTest : public RedisTest {
 protected:
  IdempotenceTest() : RedisTest(ServiceOptions{.version = "8.10.0"}) {}
};

TEST_F(IdempotenceTest, ARepeatIsToldTheFirstId) {
  const std::string first = Do("XADD s IDMP p 1 * f v");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XADD s IDMP p 1 * other fields"), first);
  EXPECT_NE(Do("XADD s IDMP p 2 * f v"), first);
  EXPECT_NE(Do("XADD s IDMP q 1 * f v"), first);
  EXPECT_EQ(Do("XLEN s"), ":3");
  EXPECT_THAT(Do("XINFO STREAM s"),
              HasSubstr("idmp-duration :100 idmp-maxsize :100 pids-tracked :2 iids-tracked :3 "
                        "iids-added :3 iids-duplicates :1 groups"));
}

TEST_F(IdempotenceTest, TheFieldsMayBeTheName) {
  const std::string first = Do("XADD s IDMPAUTO p * f v g w");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XADD s IDMPAUTO p * f v g w"), first);
  EXPECT_NE(Do("XADD s IDMPAUTO p * g w f v"), first);
  EXPECT_NE(Do("XADD s IDMPAUTO p * f vg w x"), first);
  EXPECT_NE(Do("XADD s IDMPAUTO q * f v g w"), first);
}

TEST_F(IdempotenceTest, ARepeatTrimsNothing) {
  Given({"XADD s IDMP p 1 * f v", "XADD s * f v"});
  Given({"XADD s IDMP p 1 MAXLEN 1 * f v"});
  EXPECT_EQ(Do("XLEN s"), ":2");
}

TEST_F(IdempotenceTest, AMissingKeyComesFirst) {
  EXPECT_EQ(Do("XADD s NOMKSTREAM IDMP p 1 * f v"), "nil");
  const std::string first = Do("XADD s IDMP p 1 * f v");
  EXPECT_EQ(Do("XADD s NOMKSTREAM IDMP p 1 * f v"), first);
  Given({"DEL s"});
  Pass(absl::Seconds(1));
  EXPECT_NE(Do("XADD s IDMP p 1 * f v"), first);
}

TEST_F(IdempotenceTest, NamesAreForgottenInTime) {
  const std::string first = Do("XADD s IDMP p 1 * f v");
  Pass(absl::Milliseconds(99'999));
  EXPECT_EQ(Do("XADD s IDMP p 1 * f v"), first);
  Pass(absl::Milliseconds(1));
  EXPECT_NE(Do("XADD s IDMP p 1 * f v"), first);
}

TEST_F(IdempotenceTest, NamesCanBeRecorded) {
  EXPECT_EQ(Do("XIDMPRECORD s p 1 5-1"), "-ERR no such key");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XIDMPRECORD s p 1 1-1"), "+OK");
  EXPECT_EQ(Do("XADD s IDMP p 1 * f v"), "1-1");
}

TEST_F(IdempotenceTest, OtherSettingsForgetAllNames) {
  const std::string first = Do("XADD s IDMP p 1 * f v");
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("XCFGSET s IDMP-DURATION 100"), "+OK");
  EXPECT_EQ(Do("XADD s IDMP p 1 * f v"), first);
  EXPECT_EQ(Do("XCFGSET s IDMP-DURATION 10 IDMP-MAXSIZE 1"), "+OK");
  const std::string second = Do("XADD s IDMP p 1 * f v");
  EXPECT_NE(second, first);
  Given({"XADD s IDMP p 2 * f v"});
  EXPECT_NE(Do("XADD s IDMP p 1 * f v"), second);
  EXPECT_THAT(Do("XINFO STREAM s"), HasSubstr("idmp-duration :10 idmp-maxsize :1 "));
}

TEST_F(IdempotenceTest, MistakesAreNamed) {
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(Do("XADD s IDMP p 1 5-1 f v"),
            "-ERR syntax error, IDMP/IDMPAUTO can be used only with auto-generated IDs");
  EXPECT_EQ(Do("XADD s IDMP p 1 IDMPAUTO p * f v"),
            "-ERR syntax error, IDMP/IDMPAUTO specified multiple times");
  EXPECT_THAT(Connect()->Do(std::vector<std::string>{"XADD", "s", "IDMP", "", "1", "*", "f", "v"}),
              HasSubstr("IDMP requires a non-empty producer ID"));
  EXPECT_THAT(Connect()->Do(std::vector<std::string>{"XADD", "s", "IDMP", "p", "", "*", "f", "v"}),
              HasSubstr("IDMP requires a non-empty idempotent ID"));
  EXPECT_EQ(Do("XCFGSET nosuch IDMP-DURATION 1"), "-ERR no such key");
  EXPECT_EQ(Do("XCFGSET s"), "-ERR At least one parameter must be specified");
  EXPECT_EQ(Do("XCFGSET s IDMP-DURATION 86401"),
            "-ERR IDMP-DURATION must be between 1 and 86400 seconds");
  EXPECT_EQ(Do("XCFGSET s IDMP-MAXSIZE 0"),
            "-ERR IDMP-MAXSIZE must be between 1 and 10000 entries");
  EXPECT_EQ(Do("XCFGSET s IDMP-SIZE 1"), "-ERR syntax error");
}

}  // namespace
}  // namespace braid::redis
