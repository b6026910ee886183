// A store that has no room: what was refused is answered so, and the connection goes on.
#include <random>

#include "braid/testing.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::StartsWith;

constexpr char kOutOfMemory[] = "-OOM command not allowed when used memory > 'maxmemory'.";

class FullStoreTest : public RedisTest {
 protected:
  explicit FullStoreTest(EngineOptions engine = {.segment_bytes = 64 << 10,
                                                 .memory_budget_bytes = 1 << 20})
      : RedisTest({}, std::move(engine)) {}

  // An entry of so many bytes that no upkeep makes smaller.
  static std::vector<std::string> Add(const std::string& key, size_t bytes) {
    std::mt19937 random(static_cast<unsigned>(bytes));
    std::string value(bytes, '\0');
    for (char& byte : value) byte = static_cast<char>(random());
    return {"XADD", key, "*", "f", value};
  }
  // Adds to `key` until an entry is refused. Returns how many were not.
  int Fill(Talker& client, const std::string& key, std::string* refusal) {
    for (int n = 0; n < 1000; ++n) {
      *refusal = client.Do(Add(key, 50000));
      if (refusal->starts_with("-")) return n;
    }
    return 1000;
  }
};

TEST_F(FullStoreTest, RefusalIsRedisOwnAndTheConnectionGoesOn) {
  auto client = Connect();
  std::string refusal;
  const int taken = Fill(*client, "s", &refusal);
  EXPECT_EQ(refusal, kOutOfMemory);
  EXPECT_GT(taken, 15);
  EXPECT_EQ(client->Do("XLEN s"), ":" + std::to_string(taken)) << "what was refused is not there";
  EXPECT_EQ(client->Do(Add("s", 50000)), kOutOfMemory);
  EXPECT_EQ(client->Do("XTRIM s MAXLEN 2"), ":" + std::to_string(taken - 2));
  EXPECT_THAT(client->Do(Add("s", 50000)), StartsWith("1767225600000-"));
  EXPECT_EQ(client->Do("XLEN s"), ":3");
}

TEST_F(FullStoreTest, PipelineIsRefusedWhereItConcernsTheFullOne) {
  auto client = Connect();
  client->Do("XADD small * f v");
  std::string refusal;
  Fill(*client, "large", &refusal);
  client->SayRaw(EncodeRequest(Words("PING")) + EncodeRequest(Words("XADD small * f v")) +
                 EncodeRequest(Add("large", 50000)) + EncodeRequest(Words("ECHO hello")) +
                 EncodeRequest(Words("XADD small * f w")));
  EXPECT_EQ(client->Hear(), "+PONG");
  EXPECT_THAT(client->Hear(), StartsWith("1767225600000-"));
  EXPECT_EQ(client->Hear(), kOutOfMemory);
  EXPECT_EQ(client->Hear(), "hello");
  EXPECT_THAT(client->Hear(), StartsWith("1767225600000-"));
  EXPECT_EQ(client->Do("XLEN small"), ":3");
}

TEST_F(FullStoreTest, RepliesThatAreOffStayOff) {
  auto client = Connect();
  std::string refusal;
  Fill(*client, "s", &refusal);
  client->SayRaw(EncodeRequest(Words("CLIENT REPLY SKIP")) + EncodeRequest(Add("s", 50000)) +
                 EncodeRequest(Words("PING")));
  EXPECT_EQ(client->Hear(), "+PONG");
}

TEST_F(FullStoreTest, TransactionIsRefusedAsAWhole) {
  auto client = Connect();
  std::string refusal;
  Fill(*client, "s", &refusal);
  client->Do("MULTI");
  client->Do(Add("s", 50000));
  client->Do("PING");
  EXPECT_EQ(client->Do("EXEC"), kOutOfMemory);
  EXPECT_EQ(client->Do("PING"), "+PONG");
}

class FullDiskTest : public FullStoreTest {
 protected:
  FullDiskTest() : FullDiskTest(FaultFileSystem::Create(1).release()) {}
  explicit FullDiskTest(FaultFileSystem* files)
      : FullStoreTest({.data_dir = "/data", .filesystem = files}), files_(files) {}
  ~FullDiskTest() override {
    server.reset();
    catalog.reset();
  }

  const std::unique_ptr<FaultFileSystem> files_;
};

TEST_F(FullDiskTest, RefusalSaysWhatTheDiskSaid) {
  auto client = Connect();
  client->Do("XADD s * f v");
  files_->SetFaults({.room_bytes = 0});
  EXPECT_EQ(client->Do("XADD s * f w"),
            "-MISCONF Errors writing to the log file: injected fault: the disk is full");
  EXPECT_THAT(client->Do("XGROUP CREATE s g 0"), StartsWith("-MISCONF "))
      << "the journal has no room either";
  EXPECT_EQ(client->Do("XLEN s"), ":1");
  files_->SetFaults({});
  EXPECT_THAT(client->Do("XADD s * f w"), StartsWith("1767225600000-"));
}

}  // namespace
}  // namespace braid::redis
