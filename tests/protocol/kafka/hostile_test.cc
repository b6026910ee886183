// Frames with bits changed, thrown at a live listener: it may answer or close, and goes on serving
// others.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "protocol/kafka/dispatch.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/messages.h"
#include "tests/protocol/kafka/random.h"

namespace braid::kafka {
namespace {

class HostileTest : public KafkaTest {
 protected:
  template <class M>
  std::string RandomFrame(uint64_t seed) {
    Random random(seed);
    const auto version = static_cast<int16_t>(
        M::kApi.min_version + random.Below(M::kApi.max_version - M::kApi.min_version + 1));
    return KafkaClient::Frame(random.Message<M>(version), version, static_cast<int32_t>(seed));
  }
  // Sends and lets the server do with it what it will.
  void Throw(const std::string& bytes) {
    net::Client client(address);
    client.Send(bytes);
    Settle();
  }
  bool StillServes() {
    KafkaClient client(*this, address);
    client.Mention("orders");
    return client.Produce("orders", 0, BatchOf({"x"})).error_code == 0;
  }
};

// The frames of every request, valid in form, random in content.
template <class Act>
struct Requests {
  template <class M>
  void operator()(const char* name) const {
    if (std::string_view(name).ends_with("_request")) act.template operator()<M>(name);
  }
  Act act;
};

TEST_F(HostileTest, SenselessRequestsAreSurvived) {
  const auto act = [&]<class M>(const char* name) {
    for (uint64_t seed = 1; seed <= 25; ++seed) {
      SCOPED_TRACE(testing::Message() << name << " seed " << seed);
      Throw(RandomFrame<M>(seed));
    }
  };
  ForEachMessage(Requests<decltype(act)>{act});
  EXPECT_TRUE(StillServes());
}

TEST_F(HostileTest, MutatedFramesAreSurvived) {
  const auto act = [&]<class M>(const char* name) {
    for (uint64_t seed = 1; seed <= 100; ++seed) {
      SCOPED_TRACE(testing::Message() << name << " seed " << seed);
      std::string frame = RandomFrame<M>(seed);
      std::mt19937_64 random(seed);
      for (uint64_t flips = 1 + random() % 6; flips > 0; --flips) {
        // The size is left alone, so that the server has something to read.
        frame[4 + random() % (frame.size() - 4)] = static_cast<char>(random());
      }
      Throw(frame);
    }
  };
  ForEachMessage(Requests<decltype(act)>{act});
  EXPECT_TRUE(StillServes());
}

TEST_F(HostileTest, GarbageIsSurvived) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 300; ++i) {
    std::string garbage(random() % 200, '\0');
    for (char& byte : garbage) byte = static_cast<char>(random());
    SCOPED_TRACE(testing::Message() << "round " << i);
    Throw(garbage);
  }
  EXPECT_TRUE(StillServes());
}

}  // namespace
}  // namespace braid::kafka
