// What was acknowledged is there again after the engine has been closed and opened.
#include <gtest/gtest.h>

#include <memory>

#include "braid/filesystem.h"
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

// Two lives of a broker on one directory in memory.
class Disk {
 public:
  EngineOptions Options() {
    EngineOptions options;
    options.data_dir = "data";
    options.filesystem = filesystem.get();
    options.clock = &clock;
    return options;
  }
  ManualClock clock;
  std::unique_ptr<FileSystem> filesystem = FileSystem::Memory();
};

// A NatsTest fixture on a given disk, used as an object.
class Life : public NatsTest {
 public:
  explicit Life(Disk& disk) : NatsTest(Durability::kOs), disk_(disk) {
    server->Stop();
    service.reset();
    server.reset();
    catalog.reset();
    catalog = *engine::Catalog::Open(disk.Options());
    server = std::make_unique<net::Server>(*catalog, 0);
    service = std::make_unique<Service>(*server, ServiceOptions());
    address = Serve(service->session());
  }
  using NatsTest::MakeConsumer;
  using NatsTest::MakeStream;
  using NatsTest::Peer;
  void Wait(absl::Duration time) {
    disk_.clock.Advance(time);
    Settle();
  }

 private:
  void TestBody() override {}
  Disk& disk_;
};

std::vector<Received> Fetch(Life::Peer& peer, int batch) {
  peer.Publish("$JS.API.CONSUMER.MSG.NEXT.S.C", Json{{"batch", batch}, {"no_wait", true}}.dump(),
               "pull");
  auto got = peer.All();
  if (!got.empty() && !got.back().status().empty()) got.pop_back();
  return got;
}

TEST(RestartTest, StreamsMessagesIdsAndConsumersSurvive) {
  Disk disk;
  {
    Life life(disk);
    Life::Peer peer(life);
    life.MakeStream(peer, "S", {"s.>"}, {{"max_msgs", 100}, {"description", "orders"}});
    life.MakeConsumer(peer, "S", "C", {{"max_deliver", 3}});
    peer.Subscribe("pull", "1");
    for (int i = 0; i < 4; ++i) {
      peer.Request("s.a", std::to_string(i), {{"Nats-Msg-Id", std::to_string(i)}});
    }
    const auto got = Fetch(peer, 2);
    ASSERT_EQ(got.size(), 2u);
    EXPECT_TRUE(peer.Request(got[0].reply, "+ACK").payload.empty());
  }
  Life life(disk);
  Life::Peer peer(life);
  const Json stream = peer.Api("STREAM.INFO.S");
  EXPECT_EQ(stream["config"]["max_msgs"], 100);
  EXPECT_EQ(stream["config"]["description"], "orders");
  EXPECT_EQ(stream["state"]["messages"], 4);
  EXPECT_EQ(peer.Request("s.a", "2", {{"Nats-Msg-Id", "2"}}).json()["duplicate"], true);
  const Json consumer = peer.Api("CONSUMER.INFO.S.C");
  EXPECT_EQ(consumer["config"]["max_deliver"], 3);
  EXPECT_EQ(consumer["num_ack_pending"], 1);
  EXPECT_EQ(consumer["num_pending"], 2);
  EXPECT_EQ(consumer["ack_floor"]["stream_seq"], 1);
  peer.Subscribe("pull", "1");
  life.Wait(absl::Seconds(30));
  const auto got = Fetch(peer, 10);
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].payload, "1");
  EXPECT_EQ(got[0].ack_token(4), 2);
  EXPECT_EQ(got[0].ack_token(6), 3);
  EXPECT_EQ(got[1].payload, "2");
}

TEST(RestartTest, LivesSchedulesCountersAndCommittedBatchesSurvive) {
  Disk disk;
  {
    Life life(disk);
    Life::Peer peer(life);
    life.MakeStream(
        peer, "S", {"s.>"},
        {{"allow_msg_ttl", true}, {"allow_msg_schedules", true}, {"allow_atomic", true}});
    life.MakeStream(peer, "C", {"c"}, {{"allow_msg_counter", true}});
    peer.Request("c", "", {{"Nats-Incr", "41"}});
    peer.Request("s.short", "x", {{"Nats-TTL", "60"}});
    peer.Request("s.plan", "tick",
                 {{"Nats-Schedule", "@every 90s"}, {"Nats-Schedule-Target", "s.out"}});
    peer.Request("s.a", "1", {{"Nats-Batch-Id", "b"}, {"Nats-Batch-Sequence", "1"}});
    peer.Request(
        "s.b", "2",
        {{"Nats-Batch-Id", "b"}, {"Nats-Batch-Sequence", "2"}, {"Nats-Batch-Commit", "1"}});
    peer.Request("s.c", "1", {{"Nats-Batch-Id", "open"}, {"Nats-Batch-Sequence", "1"}});
  }
  Life life(disk);
  Life::Peer peer(life);
  const auto messages = [&] {
    return peer.Api("STREAM.INFO.S")["state"]["messages"].get<int64_t>();
  };
  EXPECT_EQ(messages(), 4) << "a batch that was not committed is not there";
  EXPECT_EQ(peer.Request("c", "", {{"Nats-Incr", "1"}}).json()["val"], "42");
  life.Wait(absl::Seconds(60));
  EXPECT_EQ(messages(), 3);
  life.Wait(absl::Seconds(30));
  EXPECT_EQ(messages(), 4);
  EXPECT_EQ(peer.Request("s.c", "2", {{"Nats-Batch-Id", "open"}, {"Nats-Batch-Sequence", "2"}})
                .json()["error"]["err_code"],
            10176);
}

TEST(RestartTest, PushConsumerGoesOnByItself) {
  Disk disk;
  {
    Life life(disk);
    Life::Peer peer(life);
    life.MakeStream(peer, "S", {"s"});
    life.MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}});
    peer.Request("s", "x");
  }
  Life life(disk);
  Life::Peer peer(life);
  peer.Subscribe("deliver", "1");
  EXPECT_EQ(peer.Next().payload, "x");
}

TEST(RestartTest, ForgottenEphemeralGoesAfterTheRestart) {
  Disk disk;
  std::string name;
  {
    Life life(disk);
    Life::Peer peer(life);
    life.MakeStream(peer, "S", {"s"});
    name =
        peer.Api("CONSUMER.CREATE.S", {{"stream_name", "S"}, {"config", Json::object()}})["name"];
  }
  Life life(disk);
  Life::Peer peer(life);
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S." + name)["name"], name);
  life.Wait(absl::Seconds(6));
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S." + name)["error"]["err_code"], 10014);
}

TEST(RestartTest, AdvisoriesAreSentForConsumersOfAnEarlierLife) {
  Disk disk;
  {
    Life life(disk);
    Life::Peer peer(life);
    life.MakeStream(peer, "S", {"s"});
    life.MakeConsumer(peer, "S", "C", {{"max_deliver", 1}});
    peer.Request("s", "x");
    peer.Subscribe("pull", "1");
    EXPECT_EQ(Fetch(peer, 1).size(), 1u);
  }
  Life life(disk);
  Life::Peer peer(life);
  peer.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.S.C", "1");
  life.Wait(absl::Seconds(31));
  EXPECT_EQ(peer.Next().json()["stream_seq"], 1);
}

}  // namespace
}  // namespace braid::nats
