#include "protocol/kafka/dispatch.h"

#include <gtest/gtest.h>

#include <map>

#include "protocol/kafka/printer.h"
#include "tests/protocol/kafka/messages.h"

namespace braid::kafka {
namespace {

TEST(DispatchTest, EveryEndpointIsFoundByItsKey) {
  int16_t last = -1;
  for (const Endpoint& endpoint : Endpoints()) {
    const auto key = static_cast<int16_t>(endpoint.api.key);
    EXPECT_LT(last, key) << "by rising key";
    last = key;
    EXPECT_EQ(FindEndpoint(key), &endpoint);
    EXPECT_NE(endpoint.serve == nullptr, endpoint.serve_waiting == nullptr) << endpoint.api.name;
    EXPECT_LE(endpoint.shown_min_version, endpoint.api.min_version);
  }
}

TEST(DispatchTest, OnlyProduceShowsVersionsItDoesNotServe) {
  for (const Endpoint& endpoint : Endpoints()) {
    const bool is_produce = endpoint.api.key == ApiKey::kProduce;
    EXPECT_EQ(endpoint.shown_min_version < endpoint.api.min_version, is_produce)
        << endpoint.api.name;
  }
}

TEST(DispatchTest, OtherKeysAreNotServed) {
  std::map<int16_t, bool> served;
  for (const Endpoint& endpoint : Endpoints()) {
    served[static_cast<int16_t>(endpoint.api.key)] = true;
  }
  for (int key = INT16_MIN; key <= INT16_MAX; ++key) {
    const auto short_key = static_cast<int16_t>(key);
    EXPECT_EQ(FindEndpoint(short_key) != nullptr, served.contains(short_key)) << key;
  }
}

struct Served {
  template <class M>
  void operator()(const char* name) {
    const Endpoint* endpoint = FindEndpoint(static_cast<int16_t>(M::kApi.key));
    ASSERT_NE(endpoint, nullptr) << name;
    EXPECT_EQ(endpoint->api.name, M::kApi.name);
    EXPECT_TRUE(endpoint->Serves(M::kApi.min_version));
    EXPECT_TRUE(endpoint->Serves(M::kApi.max_version));
    EXPECT_FALSE(endpoint->Serves(static_cast<int16_t>(M::kApi.max_version + 1)));
    ++messages;
  }
  size_t messages = 0;
};

TEST(DispatchTest, EveryMessageDescribedIsServed) {
  Served served;
  ForEachMessage(served);
  EXPECT_EQ(served.messages, 2 * Endpoints().size());
}

}  // namespace
}  // namespace braid::kafka
