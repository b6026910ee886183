// Being an older release of Redis.
#include "protocol/redis/release.h"

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ReleaseTest, IsReadFromTwoOrThreeNumbers) {
  EXPECT_EQ(Release::Parse("7.2"), (Release{7, 2}));
  EXPECT_EQ(Release::Parse("8.10.1"), (Release{8, 10}));
  for (const char* wrong : {"", "7", "7.", "7.x", "7.2.", "7.2.1.1", "-7.2", "7.2 "}) {
    EXPECT_EQ(Release::Parse(wrong), std::nullopt) << wrong;
  }
}

TEST(ReleaseTest, TenIsLaterThanTwo) {
  EXPECT_LT((Release{8, 2}), (Release{8, 10}));
  EXPECT_LT((Release{7, 4}), (Release{8, 0}));
}

class OldReleaseTest : public RedisTest {
 protected:
  OldReleaseTest() : RedisTest({.version = "6.0"}) {}
};

TEST_F(OldReleaseTest, KnowsNoLaterCommands) {
  EXPECT_THAT(Do("XAUTOCLAIM s g c 0 0"), HasSubstr("unknown command 'XAUTOCLAIM'"));
  EXPECT_EQ(Do("XGROUP CREATECONSUMER s g c"),
            "-ERR unknown subcommand 'CREATECONSUMER'. Try XGROUP HELP.");
  EXPECT_THAT(Do("XGROUP HELP"), Not(HasSubstr("CREATECONSUMER")));
  EXPECT_EQ(Do("COMMAND INFO xautoclaim"), "[nil]");
  EXPECT_THAT(Do("COMMAND LIST"), Not(HasSubstr("xautoclaim")));
  EXPECT_EQ(Do("COMMAND GETKEYS XAUTOCLAIM s g c 0 0"), "-ERR Invalid command specified");
}

TEST_F(OldReleaseTest, SaysWhichItIs) {
  EXPECT_THAT(Do("INFO server"), HasSubstr("redis_version:6.0.0\r\n"));
  EXPECT_THAT(Do("HELLO"), HasSubstr("6.0.0"));
}

}  // namespace
}  // namespace braid::redis
