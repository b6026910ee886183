// JetStream push consumers: interest, queues, heartbeats, flow control.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class PushTest : public NatsTest {
 protected:
  PushTest() { MakeStream(peer, "S", {"s.>"}); }

  void PublishSome(int count, const std::string& payload = "x") {
    for (int i = 0; i < count; ++i) peer.Publish("s.a", payload);
    Settle();
  }
  // The ephemeral of an ordered consumer, as clients make it.
  Json MakeEphemeral(Json config) {
    config["deliver_subject"] = "deliver";
    if (!config.contains("ack_policy")) config["ack_policy"] = "none";
    return peer.Api("CONSUMER.CREATE.S", {{"stream_name", "S"}, {"config", config}});
  }

  Peer peer{*this};
  Peer reader{*this};
};

TEST_F(PushTest, MessagesGoToWhoListens) {
  PublishSome(2);
  reader.Subscribe("deliver", "1");
  const Json made = MakeEphemeral(Json::object());
  EXPECT_EQ(made["num_pending"], 2);
  EXPECT_FALSE(made["config"].contains("max_waiting"));
  PublishSome(1);
  const auto got = reader.All();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].subject, "s.a");
  EXPECT_EQ(got[0].ack_token(8), 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(got[static_cast<size_t>(i)].ack_token(6), i + 1);
}

TEST_F(PushTest, NothingIsDeliveredWhileNobodyListens) {
  PublishSome(2);
  MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}});
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S.C")["num_pending"], 2);
  EXPECT_FALSE(peer.Api("CONSUMER.INFO.S.C").contains("push_bound"));
  reader.Subscribe("deliver", "1");
  EXPECT_EQ(reader.All().size(), 2u);
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S.C")["push_bound"], true);
  reader.Send("UNSUB 1\r\n");
  Settle();
  PublishSome(1);
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S.C")["num_pending"], 1);
}

TEST_F(PushTest, QueueMembersShare) {
  Peer other(*this);
  MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}, {"deliver_group", "pool"}});
  reader.Subscribe("deliver", "1", "pool");
  other.Subscribe("deliver", "1", "pool");
  PublishSome(100);
  const size_t mine = reader.All().size(), theirs = other.All().size();
  EXPECT_EQ(mine + theirs, 100u);
  EXPECT_GT(mine, 10u);
  EXPECT_GT(theirs, 10u);
}

TEST_F(PushTest, UnacknowledgedMessageIsPushedAgain) {
  reader.Subscribe("deliver", "1");
  MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}, {"max_deliver", 2}});
  PublishSome(1);
  EXPECT_EQ(reader.Next().ack_token(4), 1);
  Pass(absl::Seconds(30));
  EXPECT_EQ(reader.Next().ack_token(4), 2);
  Pass(absl::Seconds(30));
  EXPECT_TRUE(reader.Silent());
}

TEST_F(PushTest, MaxAckPendingHoldsBack) {
  reader.Subscribe("deliver", "1");
  MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}, {"max_ack_pending", 1}});
  PublishSome(2);
  const auto got = reader.All();
  ASSERT_EQ(got.size(), 1u);
  reader.Publish(got[0].reply, "+ACK");
  EXPECT_EQ(reader.Next().ack_token(5), 2);
}

TEST_F(PushTest, HeartbeatsComeWhenNothingElseDoes) {
  reader.Subscribe("deliver", "1");
  MakeEphemeral({{"idle_heartbeat", Nanoseconds(absl::Seconds(5))}});
  PublishSome(1);
  reader.Next();
  Pass(absl::Seconds(5));
  const Received beat = reader.Next();
  EXPECT_EQ(beat.status(), "100 Idle Heartbeat");
  EXPECT_EQ(beat.header("Nats-Last-Consumer"), "1");
  EXPECT_EQ(beat.header("Nats-Last-Stream"), "1");
  EXPECT_TRUE(beat.header("Nats-Consumer-Stalled").empty());
  Pass(absl::Seconds(3));
  PublishSome(1);
  reader.Next();
  Pass(absl::Seconds(3));
  EXPECT_TRUE(reader.Silent());
  Pass(absl::Seconds(2));
  EXPECT_EQ(reader.Next().status(), "100 Idle Heartbeat");
}

TEST_F(PushTest, FlowControlStallsAndResumes) {
  reader.Subscribe("deliver", "1");
  MakeEphemeral({{"flow_control", true}, {"idle_heartbeat", Nanoseconds(absl::Seconds(5))}});
  const std::string payload(100'000, 'x');
  size_t received = 0;
  std::string question;
  const auto read = [&] {
    for (const Received& message : reader.All()) {
      if (message.status().empty()) ++received;
      if (message.status() == "100 FlowControl Request") question = message.reply;
    }
  };
  for (int i = 0; i < 40; ++i) {
    PublishSome(1, payload);
    read();
  }
  // The first window is 2 MiB.
  EXPECT_GE(received, 20u);
  EXPECT_LE(received, 22u);
  ASSERT_TRUE(question.starts_with("$JS.FC.S."));
  Pass(absl::Seconds(5));
  EXPECT_EQ(reader.Next().header("Nats-Consumer-Stalled"), question);
  reader.Publish(question, "");
  for (int i = 0; i < 10; ++i) {
    Settle();
    read();
  }
  EXPECT_EQ(received, 40u);
}

TEST_F(PushTest, EphemeralGoesAfterItsListener) {
  reader.Subscribe("deliver", "1");
  const std::string name = MakeEphemeral(Json::object())["name"];
  Settle();
  Pass(absl::Minutes(5));
  EXPECT_EQ(ErrorOf(peer.Api("CONSUMER.INFO.S." + name)), 0);
  reader.Send("UNSUB 1\r\n");
  Settle();
  Pass(absl::Seconds(6));
  EXPECT_EQ(ErrorOf(peer.Api("CONSUMER.INFO.S." + name)), 10014);
}

TEST_F(PushTest, ConfigThatMakesNoSenseIsRefused) {
  const auto error = [&](Json config) {
    if (!config.contains("deliver_subject")) config["deliver_subject"] = "deliver";
    return ErrorOf(peer.Api("CONSUMER.CREATE.S", {{"stream_name", "S"}, {"config", config}}));
  };
  EXPECT_EQ(error({{"deliver_subject", "d.*"}}), 10079);
  EXPECT_EQ(error({{"deliver_subject", "s.x"}}), 10081);
  EXPECT_EQ(error({{"max_waiting", 5}}), 10080);
  EXPECT_EQ(error({{"flow_control", true}}), 10108);
  EXPECT_EQ(error({{"idle_heartbeat", 1000}}), 10083);
  const Json pull = {{"idle_heartbeat", Nanoseconds(absl::Seconds(1))}, {"deliver_subject", ""}};
  EXPECT_EQ(error(pull), 10088);
  EXPECT_EQ(error({{"flow_control", true}, {"deliver_subject", ""}}), 10089);
}

TEST_F(PushTest, PullFromAPushConsumerIsRefused) {
  MakeConsumer(peer, "S", "C", {{"deliver_subject", "deliver"}});
  EXPECT_EQ(peer.Request("$JS.API.CONSUMER.MSG.NEXT.S.C").status(), "409 Consumer is push based");
}

}  // namespace
}  // namespace braid::nats
