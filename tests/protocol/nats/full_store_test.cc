// A store that has no room: what was refused is answered so, and the connection goes on.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class FullStoreTest : public NatsTest {
 protected:
  FullStoreTest()
      : NatsTest(EngineOptions{.segment_bytes = 64 << 10, .memory_budget_bytes = 1 << 20}) {}

  // A payload that no upkeep makes smaller.
  static std::string Large() {
    std::mt19937 random(1);
    std::string payload(50000, '\0');
    for (char& byte : payload) byte = static_cast<char>(random());
    return payload;
  }

  Peer peer{*this};
};

TEST_F(FullStoreTest, PublishIsRefusedWithAnErrorUntilThereIsRoom) {
  MakeStream(peer, "S", {"s"});
  const std::string payload = Large();
  int taken = 0;
  Json answer;
  for (; taken < 1000; ++taken) {
    answer = peer.Request("s", payload).json();
    if (answer.contains("error")) break;
  }
  EXPECT_GT(taken, 15);
  EXPECT_EQ(answer["error"]["code"], 500);
  EXPECT_EQ(answer["error"]["err_code"], 10047);
  EXPECT_EQ(answer["error"]["description"], "insufficient storage resources available");
  EXPECT_EQ(peer.Api("STREAM.INFO.S")["state"]["messages"], taken);
  EXPECT_FALSE(peer.Api("STREAM.PURGE.S", {{"keep", 2}}).contains("error"));
  EXPECT_EQ(peer.Request("s", payload).json()["seq"], taken + 1) << "no sequence was used up";
}

TEST_F(FullStoreTest, RefusedMessageIdMayBeUsedAgain) {
  MakeStream(peer, "S", {"s"});
  const std::string payload = Large();
  int n = 0;
  while (
      !peer.Request("s", payload, {{"Nats-Msg-Id", std::to_string(n)}}).json().contains("error")) {
    ASSERT_LT(++n, 1000);
  }
  peer.Api("STREAM.PURGE.S");
  const Json again = peer.Request("s", payload, {{"Nats-Msg-Id", std::to_string(n)}}).json();
  EXPECT_FALSE(again.contains("error")) << again;
  EXPECT_FALSE(again.contains("duplicate")) << again;
}

TEST_F(FullStoreTest, OtherMessagesOfTheSameReadAreStored) {
  MakeStream(peer, "SMALL", {"small"});
  MakeStream(peer, "LARGE", {"large"});
  const std::string payload = Large();
  while (!peer.Request("large", payload).json().contains("error")) {
  }
  peer.Subscribe("inbox.*", "9");
  peer.Send(Peer::Frame("small", "x", "inbox.1") + Peer::Frame("large", payload, "inbox.2") +
            Peer::Frame("small", "y", "inbox.3"));
  EXPECT_EQ(peer.Next().json()["seq"], 1);
  EXPECT_EQ(ErrorOf(peer.Next().json()), 10047);
  EXPECT_EQ(peer.Next().json()["seq"], 2);
}

}  // namespace
}  // namespace braid::nats
