// JetStream pull consumers: requests, deliveries, acknowledgements, redelivery, and their
// deadlines.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class ConsumerTest : public NatsTest {
 protected:
  ConsumerTest() { MakeStream(peer, "ORDERS", {"orders.>"}); }

  void PublishOrders(int count, const std::string& region = "us-west") {
    for (int i = 0; i < count; ++i) {
      peer.Publish(fmt::format("orders.{}.created", region), fmt::format("{} {}", region, i));
    }
    Settle();
  }
  // A pull request whose messages come to "pull.<reply>".
  void Pull(const Json& request, const std::string& reply = "x", const std::string& name = "west") {
    if (!std::exchange(listening_, true)) peer.Subscribe("pull.*", "pull");
    peer.Publish("$JS.API.CONSUMER.MSG.NEXT.ORDERS." + name,
                 request.is_null() ? "" : request.dump(), "pull." + reply);
  }
  std::vector<Received> Fetch(int batch, const std::string& name = "west") {
    Pull({{"batch", batch}, {"no_wait", true}}, "x", name);
    std::vector<Received> got = peer.All();
    if (!got.empty() && !got.back().status().empty()) got.pop_back();
    return got;
  }
  Received FetchOne(const std::string& name = "west") {
    const auto got = Fetch(1, name);
    EXPECT_EQ(got.size(), 1u);
    return got.empty() ? Received{} : got[0];
  }
  void Answer(const Received& message, const std::string& ack) {
    peer.Publish(message.reply, ack);
    Settle();
  }
  Json Info(const std::string& name = "west") { return peer.Api("CONSUMER.INFO.ORDERS." + name); }

  Peer peer{*this};

 private:
  bool listening_ = false;
};

// --- Creating
// ------------------------------------------------------------------------------------------

TEST_F(ConsumerTest, DurableHasItsDefaults) {
  PublishOrders(3);
  const Json made = MakeConsumer(peer, "ORDERS", "west");
  EXPECT_EQ(made["type"], "io.nats.jetstream.api.v1.consumer_create_response");
  EXPECT_EQ(made["stream_name"], "ORDERS");
  EXPECT_EQ(made["name"], "west");
  EXPECT_EQ(made["num_pending"], 3);
  const Json& config = made["config"];
  EXPECT_EQ(config["durable_name"], "west");
  EXPECT_EQ(config["deliver_policy"], "all");
  EXPECT_EQ(config["ack_policy"], "explicit");
  EXPECT_EQ(config["ack_wait"], Nanoseconds(absl::Seconds(30)));
  EXPECT_EQ(config["max_deliver"], -1);
  EXPECT_EQ(config["max_ack_pending"], 1000);
  EXPECT_EQ(config["max_waiting"], 512);
}

TEST_F(ConsumerTest, FourFormsOfCreate) {
  const auto create = [&](const std::string& subject, const Json& config) {
    return peer.Api("CONSUMER." + subject, {{"stream_name", "ORDERS"}, {"config", config}});
  };
  EXPECT_EQ(create("DURABLE.CREATE.ORDERS.a", {{"durable_name", "a"}})["name"], "a");
  EXPECT_EQ(create("CREATE.ORDERS.b", {{"name", "b"}})["name"], "b");
  EXPECT_EQ(create("CREATE.ORDERS.c.orders.us.>",
                   {{"durable_name", "c"}, {"filter_subject", "orders.us.>"}})["name"],
            "c");
  const Json ephemeral = create("CREATE.ORDERS", Json::object());
  EXPECT_EQ(ephemeral["name"].get<std::string>().size(), 8u);
  EXPECT_EQ(ephemeral["config"]["inactive_threshold"], Nanoseconds(absl::Seconds(5)));
  EXPECT_EQ(peer.Api("CONSUMER.NAMES.ORDERS")["total"], 4);

  EXPECT_EQ(ErrorOf(create("DURABLE.CREATE.ORDERS.a", Json::object())), 10018);
  EXPECT_EQ(ErrorOf(create("DURABLE.CREATE.ORDERS.a", {{"durable_name", "z"}})), 10017);
  EXPECT_EQ(ErrorOf(create("CREATE.ORDERS", {{"durable_name", "z"}})), 10020);
  EXPECT_EQ(ErrorOf(create("CREATE.ORDERS.c.orders.eu", {{"filter_subject", "orders.us"}})), 10131);
  EXPECT_EQ(ErrorOf(create("CREATE.ORDERS.c.orders.eu",
                           {{"filter_subjects", {"orders.eu", "orders.us"}}})),
            10137);
  EXPECT_EQ(ErrorOf(create("CREATE.NONE.c", {{"durable_name", "c"}})), 10056);
}

TEST_F(ConsumerTest, CreateActionsDecideAboutWhatExists) {
  const auto create = [&](const Json& action, int64_t max_deliver) {
    return ErrorOf(peer.Api("CONSUMER.CREATE.ORDERS.c",
                            {{"stream_name", "ORDERS"},
                             {"action", action},
                             {"config", {{"durable_name", "c"}, {"max_deliver", max_deliver}}}}));
  };
  EXPECT_EQ(create("update", 3), 10149);
  EXPECT_EQ(create("create", 3), 0);
  EXPECT_EQ(create("create", 3), 0);
  EXPECT_EQ(create("create", 4), 10148);
  EXPECT_EQ(create("update", 5), 0);
  EXPECT_EQ(create("", 6), 0);
  EXPECT_EQ(Info("c")["config"]["max_deliver"], 6);
}

TEST_F(ConsumerTest, WhatCannotChangeIsRefused) {
  MakeConsumer(peer, "ORDERS", "west");
  const auto update = [&](Json config) {
    config["durable_name"] = "west";
    if (!config.contains("ack_policy")) config["ack_policy"] = "explicit";
    return ErrorOf(
        peer.Api("CONSUMER.CREATE.ORDERS.west", {{"stream_name", "ORDERS"}, {"config", config}}));
  };
  EXPECT_EQ(update({{"deliver_policy", "new"}}), 10012);
  EXPECT_EQ(update({{"ack_policy", "all"}}), 10012);
  EXPECT_EQ(update({{"deliver_subject", "d"}}), 10012);
  EXPECT_EQ(update({{"ack_wait", 1000000000}, {"filter_subject", "orders.eu.>"}}), 0);
}

TEST_F(ConsumerTest, MissingConsumersAndStreamsAreNamed) {
  EXPECT_EQ(ErrorOf(Info("none")), 10014);
  EXPECT_EQ(ErrorOf(peer.Api("CONSUMER.INFO.NONE.c")), 10059);
  EXPECT_EQ(ErrorOf(peer.Api("CONSUMER.DELETE.ORDERS.none")), 10014);
  EXPECT_EQ(peer.Request("$JS.API.CONSUMER.MSG.NEXT.ORDERS.none").status(), "503");
}

TEST_F(ConsumerTest, StreamLimitsItsConsumers) {
  MakeStream(peer, "FEW", {"few"}, {{"max_consumers", 1}});
  MakeConsumer(peer, "FEW", "one");
  EXPECT_EQ(ErrorOf(peer.Api("CONSUMER.CREATE.FEW.two",
                             {{"stream_name", "FEW"}, {"config", {{"durable_name", "two"}}}})),
            10026);
}

TEST_F(ConsumerTest, ListHoldsWhatInfoSays) {
  MakeConsumer(peer, "ORDERS", "b");
  MakeConsumer(peer, "ORDERS", "a");
  const Json list = peer.Api("CONSUMER.LIST.ORDERS");
  ASSERT_EQ(list["consumers"].size(), 2u);
  EXPECT_EQ(list["consumers"][0]["name"], "a");
  EXPECT_EQ(list["limit"], 256);
  EXPECT_EQ(peer.Api("CONSUMER.NAMES.ORDERS", {{"offset", 1}})["consumers"], Json({"b"}));
}

// --- Pulling
// -------------------------------------------------------------------------------------------

TEST_F(ConsumerTest, PullGivesMessagesWithTheirAckSubject) {
  peer.Publish("orders.us", "one", "", {{"K", "v"}});
  PublishOrders(2);
  MakeConsumer(peer, "ORDERS", "west");
  Pull({{"batch", 2}});
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].subject, "orders.us");
  EXPECT_EQ(got[0].payload, "one");
  EXPECT_EQ(got[0].header("K"), "v");
  EXPECT_EQ(got[0].reply, "$JS.ACK.ORDERS.west.1.1.1.1767225600000000000.2");
  EXPECT_EQ(got[1].reply, "$JS.ACK.ORDERS.west.1.2.2.1767225600000000000.1");
}

TEST_F(ConsumerTest, EmptyPullWaitsForOneMessage) {
  MakeConsumer(peer, "ORDERS", "west");
  Pull(nullptr);
  EXPECT_TRUE(peer.Silent());
  EXPECT_EQ(Info()["num_waiting"], 1);
  PublishOrders(2);
  EXPECT_EQ(peer.All().size(), 1u);
  EXPECT_EQ(Info()["num_waiting"], 0);
}

TEST_F(ConsumerTest, FilteredConsumerGetsOnlyItsSubjects) {
  MakeConsumer(peer, "ORDERS", "west", {{"filter_subject", "orders.us-west.>"}});
  MakeConsumer(peer, "ORDERS", "two", {{"filter_subjects", {"orders.eu.>", "orders.asia.>"}}});
  PublishOrders(2, "us-west");
  PublishOrders(1, "eu");
  PublishOrders(1, "asia");
  EXPECT_EQ(Info()["num_pending"], 2);
  EXPECT_EQ(Fetch(10).size(), 2u);
  const auto got = Fetch(10, "two");
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].subject, "orders.eu.created");
  EXPECT_EQ(Info("two")["num_pending"], 0);
}

TEST_F(ConsumerTest, NothingThereIs404WithNoWait) {
  MakeConsumer(peer, "ORDERS", "west");
  Pull({{"batch", 5}, {"no_wait", true}});
  EXPECT_EQ(peer.Next().status(), "404 No Messages");
}

TEST_F(ConsumerTest, NoWaitEndsWhenMessagesRunOut) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(3);
  Pull({{"batch", 10}, {"no_wait", true}, {"expires", Nanoseconds(absl::Seconds(5))}});
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got[3].status(), "408 Request Timeout");
  EXPECT_EQ(got[3].header("Nats-Pending-Messages"), "7");
  EXPECT_EQ(got[3].header("Nats-Pending-Bytes"), "0");
}

TEST_F(ConsumerTest, ExpiryTellsWhatWasNotDelivered) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(2);
  Pull({{"batch", 5}, {"expires", Nanoseconds(absl::Seconds(5))}});
  EXPECT_EQ(peer.All().size(), 2u);
  Pass(absl::Seconds(4));
  EXPECT_TRUE(peer.Silent());
  Pass(absl::Seconds(1));
  const Received expired = peer.Next();
  EXPECT_EQ(expired.status(), "408 Request Timeout");
  EXPECT_EQ(expired.header("Nats-Pending-Messages"), "3");
  EXPECT_EQ(Info()["num_waiting"], 0);
}

TEST_F(ConsumerTest, FullBatchEndsWithoutStatus) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(3);
  Pull({{"batch", 2}, {"expires", Nanoseconds(absl::Seconds(5))}});
  EXPECT_EQ(peer.All().size(), 2u);
  Pass(absl::Seconds(10));
  EXPECT_TRUE(peer.Silent());
}

TEST_F(ConsumerTest, WaitingRequestsShareMessageByMessage) {
  MakeConsumer(peer, "ORDERS", "west");
  Peer other(*this);
  other.Subscribe("other", "1");
  Pull({{"batch", 10}});
  Settle();
  other.Publish("$JS.API.CONSUMER.MSG.NEXT.ORDERS.west", R"({"batch":10})", "other");
  PublishOrders(6);
  EXPECT_EQ(peer.All().size(), 3u);
  EXPECT_EQ(other.All().size(), 3u);
}

TEST_F(ConsumerTest, HeartbeatsTellTheLastDelivery) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  Pull({{"batch", 3},
        {"expires", Nanoseconds(absl::Seconds(10))},
        {"idle_heartbeat", Nanoseconds(absl::Seconds(2))}});
  EXPECT_EQ(peer.Next().ack_token(5), 1);
  Pass(absl::Seconds(2));
  const Received beat = peer.Next();
  EXPECT_EQ(beat.status(), "100 Idle Heartbeat");
  EXPECT_EQ(beat.header("Nats-Last-Consumer"), "1");
  EXPECT_EQ(beat.header("Nats-Last-Stream"), "1");
  Pull({{"expires", 10}, {"idle_heartbeat", 6}}, "bad");
  EXPECT_EQ(peer.Next().status(), "400 Bad Request - heartbeat value too large");
}

TEST_F(ConsumerTest, MessageBeyondTheByteBudgetWaitsForTheNextRequest) {
  MakeConsumer(peer, "ORDERS", "west");
  peer.Publish("orders.us", std::string(1000, 'x'));
  Pull({{"batch", 5}, {"max_bytes", 500}});
  const Received status = peer.Next();
  EXPECT_EQ(status.status(), "409 Message Size Exceeds MaxBytes");
  EXPECT_EQ(status.header("Nats-Pending-Messages"), "5");
  EXPECT_EQ(status.header("Nats-Pending-Bytes"), "500");
  Pull({{"batch", 1}, {"max_bytes", 5000}});
  const Received message = peer.Next();
  EXPECT_EQ(message.payload.size(), 1000u);
  EXPECT_EQ(message.ack_token(4), 1);
}

TEST_F(ConsumerTest, MessageThatWaitedTooLongForABudgetIsRedelivered) {
  MakeConsumer(peer, "ORDERS", "west");
  peer.Publish("orders.us", std::string(1000, 'x'));
  Pull({{"batch", 5}, {"max_bytes", 500}});
  EXPECT_EQ(peer.Next().status(), "409 Message Size Exceeds MaxBytes");
  Pass(absl::Seconds(31));
  Pull({{"batch", 5}});
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].ack_token(4), 2);
}

TEST_F(ConsumerTest, RequestOfAClientThatLeftTakesNoMessage) {
  MakeConsumer(peer, "ORDERS", "west");
  auto gone = std::make_unique<Peer>(*this);
  gone->Subscribe("gone", "1");
  gone->Publish("$JS.API.CONSUMER.MSG.NEXT.ORDERS.west", R"({"batch":10})", "gone");
  Settle();
  gone.reset();
  Settle();
  PublishOrders(3);
  EXPECT_EQ(Info()["num_ack_pending"], 0);
  EXPECT_EQ(Info()["delivered"]["consumer_seq"], 0);
  EXPECT_EQ(Fetch(10).size(), 3u);
}

TEST_F(ConsumerTest, TooManyRequestsAreRefused) {
  MakeConsumer(peer, "ORDERS", "west", {{"max_waiting", 2}});
  for (int i = 0; i < 3; ++i) Pull({{"batch", 1}}, std::to_string(i));
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].subject, "pull.2");
  EXPECT_EQ(got[0].status(), "409 Exceeded MaxWaiting");
}

TEST_F(ConsumerTest, RequestsBeyondTheConsumersLimitsAreRefused) {
  MakeConsumer(
      peer, "ORDERS", "west",
      {{"max_batch", 10}, {"max_expires", Nanoseconds(absl::Seconds(5))}, {"max_bytes", 100}});
  Pull({{"batch", 11}});
  EXPECT_EQ(peer.Next().status(), "409 Exceeded MaxRequestBatch of 10");
  Pull({{"expires", Nanoseconds(absl::Seconds(6))}});
  EXPECT_EQ(peer.Next().status(), "409 Exceeded MaxRequestExpires of 5s");
  Pull({{"max_bytes", 101}});
  EXPECT_EQ(peer.Next().status(), "409 Exceeded MaxRequestMaxBytes of 100");
}

TEST_F(ConsumerTest, DeletedConsumerTellsWhoWaits) {
  MakeConsumer(peer, "ORDERS", "west");
  Pull({{"batch", 1}});
  Settle();
  EXPECT_EQ(peer.Api("CONSUMER.DELETE.ORDERS.west")["success"], true);
  EXPECT_EQ(peer.Next().status(), "409 Consumer Deleted");
  MakeConsumer(peer, "ORDERS", "east");
  Pull({{"batch", 1}}, "x", "east");
  Settle();
  peer.Api("STREAM.DELETE.ORDERS");
  EXPECT_EQ(peer.Next().status(), "409 Consumer Deleted");
}

TEST_F(ConsumerTest, HeadersOnlyTellsTheSize) {
  MakeConsumer(peer, "ORDERS", "west", {{"headers_only", true}});
  peer.Publish("orders.us", "12345", "", {{"K", "v"}});
  const Received message = FetchOne();
  EXPECT_EQ(message.payload, "");
  EXPECT_EQ(message.header("K"), "v");
  EXPECT_EQ(message.header("Nats-Msg-Size"), "5");
}

TEST_F(ConsumerTest, LargeBatchComesWholeAndInOrder) {
  MakeConsumer(peer, "ORDERS", "west", {{"max_ack_pending", -1}});
  PublishOrders(2000);
  Pull({{"batch", 3000}, {"expires", Nanoseconds(absl::Seconds(5))}});
  std::vector<Received> got;
  ASSERT_TRUE(RunUntil([&] {
    for (Received& message : peer.All()) got.push_back(std::move(message));
    return got.size() >= 2000;
  }));
  ASSERT_EQ(got.size(), 2000u);
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].ack_token(5), static_cast<int64_t>(i) + 1);
  }
}

// --- Where to start
// ------------------------------------------------------------------------------------

TEST_F(ConsumerTest, DeliverPoliciesChooseTheStart) {
  PublishOrders(2, "a");
  Pass(absl::Seconds(10));
  PublishOrders(2, "b");
  int number = 0;
  const auto first = [&](Json config) {
    const std::string name = fmt::format("c{}", ++number);
    MakeConsumer(peer, "ORDERS", name, std::move(config));
    const auto got = Fetch(1, name);
    return got.empty() ? int64_t{0} : got[0].ack_token(5);
  };
  EXPECT_EQ(first({{"deliver_policy", "all"}}), 1);
  EXPECT_EQ(first({{"deliver_policy", "last"}}), 4);
  EXPECT_EQ(first({{"deliver_policy", "last"}, {"filter_subject", "orders.a.*"}}), 2);
  EXPECT_EQ(first({{"deliver_policy", "new"}}), 0);
  EXPECT_EQ(first({{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 3}}), 3);
  EXPECT_EQ(first({{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 99}}), 0);
  EXPECT_EQ(
      first({{"deliver_policy", "by_start_time"}, {"opt_start_time", "2026-01-01T00:00:05Z"}}), 3);
  EXPECT_EQ(
      first({{"deliver_policy", "by_start_time"}, {"opt_start_time", "2027-01-01T00:00:00Z"}}), 0);
}

TEST_F(ConsumerTest, StartThatDoesNotFitThePolicyIsRefused) {
  const auto error = [&](const Json& config) {
    return ErrorOf(
        peer.Api("CONSUMER.CREATE.ORDERS.c", {{"stream_name", "ORDERS"}, {"config", config}}));
  };
  EXPECT_EQ(error({{"deliver_policy", "by_start_sequence"}}), 10094);
  EXPECT_EQ(error({{"deliver_policy", "by_start_time"}}), 10094);
  EXPECT_EQ(error({{"opt_start_seq", 5}}), 10094);
  EXPECT_EQ(error({{"deliver_policy", "last_per_subject"}}), 10094);
  EXPECT_EQ(error({{"replay_policy", "original"}}), 10094);
}

// --- Acknowledging
// -------------------------------------------------------------------------------------

TEST_F(ConsumerTest, AckSettlesAndMovesTheFloor) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(3);
  const auto got = Fetch(3);
  ASSERT_EQ(got.size(), 3u);
  Answer(got[1], "+ACK");
  EXPECT_EQ(Info()["num_ack_pending"], 2);
  EXPECT_EQ(Info()["ack_floor"]["stream_seq"], 0);
  Answer(got[0], "");
  EXPECT_EQ(Info()["ack_floor"]["stream_seq"], 2);
  EXPECT_EQ(Info()["ack_floor"]["consumer_seq"], 2);
  Answer(got[2], "+OK");
  const Json info = Info();
  EXPECT_EQ(info["num_ack_pending"], 0);
  EXPECT_EQ(info["ack_floor"]["stream_seq"], 3);
  EXPECT_EQ(info["delivered"]["stream_seq"], 3);
  EXPECT_EQ(info["delivered"]["last_active"], "2026-01-01T00:00:00Z");
  Pass(absl::Minutes(1));
  EXPECT_TRUE(Fetch(10).empty());
}

TEST_F(ConsumerTest, ConfirmedAckIsAnsweredAlsoTheSecondTime) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  const Received message = FetchOne();
  for (int i = 0; i < 2; ++i) {
    const Received answer = peer.Request(message.reply, "+ACK");
    EXPECT_TRUE(answer.payload.empty());
    EXPECT_TRUE(answer.status().empty());
  }
  EXPECT_EQ(Info()["num_ack_pending"], 0);
}

TEST_F(ConsumerTest, AckAllSettlesEverythingBefore) {
  MakeConsumer(peer, "ORDERS", "west", {{"ack_policy", "all"}});
  PublishOrders(5);
  const auto got = Fetch(5);
  Answer(got[3], "+ACK");
  EXPECT_EQ(Info()["num_ack_pending"], 1);
  EXPECT_EQ(Info()["ack_floor"]["stream_seq"], 4);
}

TEST_F(ConsumerTest, AckNoneSettlesOnDelivery) {
  MakeConsumer(peer, "ORDERS", "west", {{"ack_policy", "none"}});
  PublishOrders(3);
  EXPECT_EQ(Fetch(3).size(), 3u);
  EXPECT_EQ(Info()["num_ack_pending"], 0);
  EXPECT_EQ(Info()["ack_floor"]["stream_seq"], 3);
}

TEST_F(ConsumerTest, UnacknowledgedMessageComesAgainAfterAckWait) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  EXPECT_EQ(FetchOne().ack_token(4), 1);
  Pass(absl::Seconds(29));
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Seconds(1));
  const Received again = FetchOne();
  EXPECT_EQ(again.ack_token(4), 2);
  EXPECT_EQ(again.ack_token(5), 1);
  EXPECT_EQ(again.ack_token(6), 2);
  EXPECT_EQ(Info()["num_redelivered"], 1);
}

TEST_F(ConsumerTest, WaitingRequestIsServedWhenAnAckWaitEnds) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  FetchOne();
  Pull({{"batch", 1}, {"expires", Nanoseconds(absl::Minutes(5))}});
  EXPECT_TRUE(peer.Silent());
  Pass(absl::Seconds(30));
  EXPECT_EQ(peer.Next().ack_token(4), 2);
}

TEST_F(ConsumerTest, DeliveriesStopAtMaxDeliverAndAreAdvised) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "1");
  MakeConsumer(peer, "ORDERS", "west", {{"max_deliver", 3}});
  PublishOrders(1);
  for (int delivery = 1; delivery <= 3; ++delivery) {
    EXPECT_EQ(FetchOne().ack_token(4), delivery);
    EXPECT_TRUE(listener.Silent());
    Pass(absl::Seconds(30));
  }
  const Received advisory = listener.Next();
  EXPECT_EQ(advisory.subject, "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.ORDERS.west");
  EXPECT_EQ(advisory.json()["type"], "io.nats.jetstream.advisory.v1.max_deliver");
  EXPECT_EQ(advisory.json()["stream_seq"], 1);
  EXPECT_EQ(advisory.json()["deliveries"], 3);
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Minutes(10));
  EXPECT_TRUE(Fetch(1).empty());
  EXPECT_TRUE(listener.Silent());
  EXPECT_EQ(Info()["num_ack_pending"], 0);
  EXPECT_EQ(peer.Api("STREAM.INFO.ORDERS")["state"]["messages"], 1);
}

TEST_F(ConsumerTest, BackoffReplacesAckWait) {
  MakeConsumer(peer, "ORDERS", "west",
               {{"backoff", {Nanoseconds(absl::Seconds(1)), Nanoseconds(absl::Seconds(5))}}});
  EXPECT_EQ(Info()["config"]["ack_wait"], Nanoseconds(absl::Seconds(1)));
  PublishOrders(1);
  FetchOne();
  Pass(absl::Seconds(1));
  FetchOne();
  Pass(absl::Seconds(4));
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Seconds(1));
  FetchOne();
  Pass(absl::Seconds(5));
  EXPECT_EQ(FetchOne().ack_token(4), 4);
}

TEST_F(ConsumerTest, NakComesAgainAtOnceOrAfterItsDelay) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  Answer(FetchOne(), "-NAK");
  const Received second = FetchOne();
  EXPECT_EQ(second.ack_token(4), 2);
  Answer(second, R"(-NAK {"delay": 5000000000})");
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Seconds(4));
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Seconds(1));
  EXPECT_EQ(FetchOne().ack_token(4), 3);
}

TEST_F(ConsumerTest, ProgressRestartsTheAckWait) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  const Received message = FetchOne();
  Pass(absl::Seconds(20));
  Answer(message, "+WPI");
  Pass(absl::Seconds(20));
  EXPECT_TRUE(Fetch(1).empty());
  Pass(absl::Seconds(10));
  EXPECT_EQ(FetchOne().ack_token(4), 2);
}

TEST_F(ConsumerTest, TermEndsAMessageForGoodAndIsAdvised) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>", "1");
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  Answer(FetchOne(), "+TERM poison");
  EXPECT_EQ(listener.Next().json()["reason"], "poison");
  Pass(absl::Minutes(1));
  EXPECT_TRUE(Fetch(1).empty());
  EXPECT_EQ(Info()["num_ack_pending"], 0);
}

TEST_F(ConsumerTest, AckNextBringsTheNextMessage) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(3);
  const Received first = FetchOne();
  peer.Publish(first.reply, "+NXT", "pull.next");
  EXPECT_EQ(peer.Next().ack_token(5), 2);
  EXPECT_EQ(Info()["num_ack_pending"], 1);
  EXPECT_EQ(Info()["ack_floor"]["stream_seq"], 1);
}

TEST_F(ConsumerTest, MaxAckPendingHoldsNewMessagesBack) {
  MakeConsumer(peer, "ORDERS", "west", {{"max_ack_pending", 2}});
  PublishOrders(4);
  const auto got = Fetch(10);
  ASSERT_EQ(got.size(), 2u);
  Pull({{"batch", 1}, {"expires", Nanoseconds(absl::Minutes(1))}});
  EXPECT_TRUE(peer.Silent());
  Answer(got[0], "+ACK");
  EXPECT_EQ(peer.Next().ack_token(5), 3);
}

TEST_F(ConsumerTest, AcksOfNobodyAreIgnored) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(1);
  const Received message = FetchOne();
  peer.Publish("$JS.ACK.ORDERS.west.1.99.1.1.0", "+ACK");
  peer.Publish("$JS.ACK.ORDERS.none.1.1.1.1.0", "+ACK");
  peer.Publish("$JS.ACK.NONE.west.1.1.1.1.0", "+ACK");
  peer.Publish("$JS.ACK.rubbish", "+ACK");
  peer.Publish(message.reply, "rubbish");
  EXPECT_EQ(Info()["num_ack_pending"], 1);
}

TEST_F(ConsumerTest, DeletedAndPurgedMessagesAreNotDeliveredAgain) {
  MakeConsumer(peer, "ORDERS", "west");
  PublishOrders(3);
  EXPECT_EQ(Fetch(2).size(), 2u);
  peer.Api("STREAM.MSG.DELETE.ORDERS", {{"seq", 1}});
  EXPECT_EQ(Info()["num_ack_pending"], 1);
  peer.Api("STREAM.PURGE.ORDERS");
  EXPECT_EQ(Info()["num_ack_pending"], 0);
  EXPECT_EQ(Info()["num_pending"], 0);
  Pass(absl::Minutes(1));
  EXPECT_TRUE(Fetch(10).empty());
}

// --- Ephemerals
// ----------------------------------------------------------------------------------------

TEST_F(ConsumerTest, EphemeralGoesWhenNobodyPulls) {
  const Json made =
      peer.Api("CONSUMER.CREATE.ORDERS", {{"stream_name", "ORDERS"}, {"config", Json::object()}});
  const std::string name = made["name"];
  Pass(absl::Seconds(4));
  EXPECT_EQ(ErrorOf(Info(name)), 0);
  Pull({{"batch", 1}, {"expires", Nanoseconds(absl::Seconds(20))}}, "x", name);
  Settle();
  Pass(absl::Seconds(19));
  EXPECT_EQ(ErrorOf(Info(name)), 0);
  Pass(absl::Seconds(1));
  EXPECT_EQ(peer.Next().status(), "408 Request Timeout");
  Pass(absl::Seconds(5));
  EXPECT_EQ(ErrorOf(Info(name)), 10014);
}

TEST_F(ConsumerTest, ConsumersAnnounceThemselves) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.CONSUMER.>", "1");
  MakeConsumer(peer, "ORDERS", "west");
  peer.Api("CONSUMER.DELETE.ORDERS.west");
  EXPECT_EQ(listener.Next().subject, "$JS.EVENT.ADVISORY.CONSUMER.CREATED.ORDERS.west");
  EXPECT_EQ(listener.Next().subject, "$JS.EVENT.ADVISORY.CONSUMER.DELETED.ORDERS.west");
}

TEST_F(ConsumerTest, ConsumerAtRestRunsNothing) {
  MakeConsumer(peer, "ORDERS", "west");
  Pull({{"batch", 1}});
  Settle();
  EXPECT_FALSE(server->Poll());
}

// --- With fsync
// ----------------------------------------------------------------------------------------

class SyncedConsumerTest : public NatsTest {
 protected:
  SyncedConsumerTest() : NatsTest(Durability::kSync) {}
};

TEST_F(SyncedConsumerTest, FlowIsTheSameWhenEveryAnswerWaitsForTheDisk) {
  Peer peer(*this);
  MakeStream(peer, "S", {"s"});
  MakeConsumer(peer, "S", "C");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(peer.Request("s", "x").json()["seq"], i + 1);
  }
  peer.Subscribe("pull", "1");
  peer.Publish("$JS.API.CONSUMER.MSG.NEXT.S.C", R"({"batch":3})", "pull");
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_TRUE(peer.Request(got[0].reply, "+ACK").payload.empty());
  EXPECT_EQ(peer.Api("CONSUMER.INFO.S.C")["num_ack_pending"], 2);
}

}  // namespace
}  // namespace braid::nats
