// Connections that write at the same time share the write to the log.
#include <memory>
#include <vector>

#include "engine/stream.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;

class SharingTest : public RedisTest {
 protected:
  size_t Batches(std::string_view key) {
    const auto read = catalog->FindRedis(key)->ReadBatches(0, {});
    return read.ok() ? read->batches.size() : 0;
  }
};

TEST_F(SharingTest, RequestsOfOneTurnBecomeOneBatch) {
  std::vector<std::unique_ptr<Talker>> talkers;
  for (int i = 0; i < 8; ++i) {
    talkers.push_back(Connect());
    talkers.back()->Do("PING");
  }
  for (const auto& talker : talkers) talker->Say("XADD s * f v");
  for (const auto& talker : talkers) EXPECT_THAT(talker->Hear(), HasSubstr("-"));
  EXPECT_EQ(Do("XLEN s"), ":8");
  // Whoever was the last to write before, and comes first, may go on alone.
  EXPECT_LE(Batches("s"), 2);
}

}  // namespace
}  // namespace braid::redis
