// A server that is about to go.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class LameDuckTest : public NatsTest {};

TEST_F(LameDuckTest, ClientsAreToldThenClosedByAndBy) {
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(std::make_unique<Peer>(*this));
  Peer old(*this, R"({"verbose":false,"pedantic":false})");
  for (auto& peer : peers) {
    peer->Ping();
    peer->Line();  // the second INFO
  }
  old.Ping();
  bool done = false;
  service->LameDuck({.duration = absl::Seconds(20), .grace_period = absl::Seconds(10)},
                    [&] { done = true; });
  Settle();
  for (auto& peer : peers) {
    const std::string line = peer->Line();
    ASSERT_TRUE(line.starts_with("INFO ")) << line;
    EXPECT_EQ(Json::parse(line.substr(5))["ldm"], true);
  }
  EXPECT_EQ(old.Take(), "");
  Pass(absl::Seconds(9));
  EXPECT_EQ(service->clients().count(), 5);
  int64_t before = 5;
  for (int second = 0; second < 12 && !done; ++second) {
    Pass(absl::Seconds(1));
    const int64_t now = service->clients().count();
    EXPECT_LE(before - now, 1) << "not all at once";
    before = now;
  }
  EXPECT_TRUE(done);
  EXPECT_EQ(service->clients().count(), 0);
  EXPECT_EQ(service->clients().Closed().back().reason, CloseReason::kServerShutdown);
}

TEST_F(LameDuckTest, NewcomerIsClosedAndWithoutClientsItIsDoneAfterTheGracePeriod) {
  bool done = false;
  service->LameDuck({.duration = absl::Seconds(20), .grace_period = absl::Seconds(10)},
                    [&] { done = true; });
  Peer late(*this, "");
  EXPECT_TRUE(late.ended());
  EXPECT_EQ(late.info, "(nothing)");
  Pass(absl::Seconds(9));
  EXPECT_FALSE(done);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace braid::nats
