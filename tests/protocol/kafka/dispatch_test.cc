#include "protocol/kafka/dispatch.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

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

// Lists of requests: key, version, size of the body (u16, little-endian), body
// (tests/fuzz/kafka_requests_fuzz.cc).
TEST(DispatchTest, FuzzingBeginsWithEveryApiInEveryVersion) {
  std::set<std::pair<int, int>> seeds;
  for (const auto& file : std::filesystem::directory_iterator(BRAID_KAFKA_SEEDS_DIR)) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto byte = [&](size_t at) { return static_cast<uint8_t>(bytes[at]); };
    for (size_t at = 0; at + 4 <= bytes.size(); at += 4 + (byte(at + 2) | byte(at + 3) << 8)) {
      seeds.insert({byte(at), byte(at + 1)});
    }
  }
  for (const Endpoint& endpoint : Endpoints()) {
    for (int v = endpoint.api.min_version; v <= endpoint.api.max_version; ++v) {
      EXPECT_TRUE(seeds.contains({static_cast<int>(endpoint.api.key), v}))
          << endpoint.api.name << " v" << v;
    }
  }
}

}  // namespace
}  // namespace braid::kafka
