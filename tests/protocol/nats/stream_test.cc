// JetStream streams: create, look, publish into, read single messages, purge, delete.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class StreamTest : public NatsTest {
 protected:
  int64_t Seq(const Received& ack) { return ack.json().value("seq", int64_t{-1}); }
  Json Config(Json more) {
    more["name"] = "S";
    return peer.Api("STREAM.CREATE.S", more);
  }
  Json State() { return peer.Api("STREAM.INFO.S")["state"]; }

  Peer peer{*this};
};

TEST_F(StreamTest, CreatedStreamHasItsDefaults) {
  const Json made = MakeStream(peer, "ORDERS", {"orders.>"},
                               {{"max_bytes", 1 << 30}, {"max_age", Nanoseconds(absl::Hours(24))}});
  EXPECT_EQ(made["type"], "io.nats.jetstream.api.v1.stream_create_response");
  EXPECT_EQ(made["did_create"], true);
  const Json& config = made["config"];
  EXPECT_EQ(config["name"], "ORDERS");
  EXPECT_EQ(config["subjects"], Json({"orders.>"}));
  EXPECT_EQ(config["retention"], "limits");
  EXPECT_EQ(config["storage"], "file");
  EXPECT_EQ(config["num_replicas"], 1);
  EXPECT_EQ(config["max_msgs"], -1);
  EXPECT_EQ(config["max_bytes"], 1 << 30);
  EXPECT_EQ(config["duplicate_window"], Nanoseconds(absl::Minutes(2)));
  EXPECT_EQ(made["created"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(made["state"]["first_seq"], 0);
  EXPECT_EQ(made["state"]["last_ts"], "0001-01-01T00:00:00Z");
}

TEST_F(StreamTest, SubjectsDefaultToTheName) {
  EXPECT_EQ(peer.Api("STREAM.CREATE.S", {{"name", "S"}})["config"]["subjects"], Json({"S"}));
}

TEST_F(StreamTest, CreatingAgainIsIdempotentOnlyWithTheSameConfig) {
  MakeStream(peer, "S", {"s.>"});
  EXPECT_EQ(MakeStream(peer, "S", {"s.>"})["did_create"], true);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.CREATE.S", {{"name", "S"}, {"subjects", {"s.*"}}})), 10058);
}

TEST_F(StreamTest, ThreeReplicasAreRefusedAsASingleServerDoes) {
  const Json answer = Config({{"num_replicas", 3}});
  EXPECT_EQ(answer["error"]["code"], 500);
  EXPECT_EQ(answer["error"]["err_code"], 10074);
  EXPECT_EQ(answer["error"]["description"], "replicas > 1 not supported in non-clustered mode");
}

TEST_F(StreamTest, SubjectsOfAnotherStreamAreRefused) {
  MakeStream(peer, "ORDERS", {"orders.>"});
  EXPECT_EQ(ErrorOf(Config({{"subjects", {"orders.us"}}})), 10065);
}

TEST_F(StreamTest, NameInSubjectAndBodyAgree) {
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.CREATE.S", {{"name", "T"}})), 10056);
}

TEST_F(StreamTest, BadJsonAndUnknownFieldsAreRefused) {
  for (const char* body : {"", "{", "[]", R"({"name":5})", R"({"name":"S","max_messages":1})"}) {
    EXPECT_EQ(ErrorOf(peer.Request("$JS.API.STREAM.CREATE.S", body).json()), 10025) << body;
  }
}

TEST_F(StreamTest, ConfigThatIsNotOfferedIsRefusedNotIgnored) {
  const Json refused[] = {
      {{"retention", "workqueue"}},
      {{"retention", "interest"}},
      {{"compression", "s2"}},
      {{"first_seq", 100}},
      {{"mirror", {{"name", "T"}}}},
      {{"sources", Json::array({{{"name", "T"}}})}},
      {{"sealed", true}},
      {{"discard_new_per_subject", true}},
  };
  for (const Json& config : refused) EXPECT_EQ(ErrorOf(Config(config)), 10052) << config;
  const Json harmless = {{"compression", "none"},
                         {"first_seq", 0},
                         {"sources", Json::array()},
                         {"mirror", nullptr},
                         {"allow_msg_ttl", false}};
  EXPECT_EQ(ErrorOf(Config(harmless)), 0);
}

TEST_F(StreamTest, UpdateChangesLimitsAndEvictsAtOnce) {
  MakeStream(peer, "S", {"s"});
  for (int i = 0; i < 5; ++i) peer.Publish("s", "x");
  const Json updated =
      peer.Api("STREAM.UPDATE.S", {{"name", "S"}, {"subjects", {"s"}}, {"max_msgs", 2}});
  EXPECT_EQ(updated["config"]["max_msgs"], 2);
  EXPECT_EQ(updated["state"]["messages"], 2);
  EXPECT_EQ(State()["first_seq"], 4);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.UPDATE.T", {{"name", "T"}})), 10059);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.UPDATE.S", {{"name", "S"}, {"storage", "memory"}})), 10052);
}

TEST_F(StreamTest, UpdatedSubjectsCaptureAtOnce) {
  MakeStream(peer, "S", {"s"});
  EXPECT_EQ(peer.Request("t", "x").status(), "503");
  peer.Api("STREAM.UPDATE.S", {{"name", "S"}, {"subjects", {"t"}}});
  EXPECT_EQ(Seq(peer.Request("t", "x")), 1);
  EXPECT_EQ(peer.Request("s", "x").status(), "503");
}

// --- Publishing
// ----------------------------------------------------------------------------------------

TEST_F(StreamTest, PublishIsAcknowledgedWithItsSequence) {
  MakeStream(peer, "ORDERS", {"orders.>"});
  EXPECT_EQ(peer.Request("orders.us", "one").json(), (Json{{"stream", "ORDERS"}, {"seq", 1}}));
  EXPECT_EQ(Seq(peer.Request("orders.eu", "two")), 2);
}

TEST_F(StreamTest, WholePipelineIsAcknowledgedInOrder) {
  MakeStream(peer, "S", {"s.*"});
  peer.Subscribe("acks", "a");
  std::string pipeline;
  for (int i = 0; i < 500; ++i) pipeline += Peer::Frame(fmt::format("s.{}", i % 7), "x", "acks");
  peer.Send(pipeline);
  const auto acks = peer.All();
  ASSERT_EQ(acks.size(), 500u);
  for (size_t i = 0; i < acks.size(); ++i) EXPECT_EQ(Seq(acks[i]), static_cast<int64_t>(i) + 1);
}

TEST_F(StreamTest, CapturedMessageAlsoReachesItsSubscribers) {
  MakeStream(peer, "S", {"s"});
  Peer other(*this);
  other.Subscribe("s", "1");
  peer.Publish("s", "x");
  EXPECT_EQ(other.Next().payload, "x");
  EXPECT_EQ(State()["messages"], 1);
}

TEST_F(StreamTest, DuplicateIsToldAndKeepsTheFirstSequence) {
  MakeStream(peer, "S", {"s"});
  const Headers id = {{"Nats-Msg-Id", "order-1"}};
  EXPECT_EQ(Seq(peer.Request("s", "x", id)), 1);
  EXPECT_EQ(Seq(peer.Request("s", "y")), 2);
  const Json again = peer.Request("s", "x", id).json();
  EXPECT_EQ(again, (Json{{"stream", "S"}, {"seq", 1}, {"duplicate", true}}));
  Pass(absl::Minutes(2) + absl::Seconds(1));
  EXPECT_EQ(Seq(peer.Request("s", "x", id)), 3);
}

TEST_F(StreamTest, ExpectationsAreChecked) {
  MakeStream(peer, "S", {"s.*"});
  peer.Request("s.a", "1", {{"Nats-Msg-Id", "first"}});
  peer.Request("s.b", "2", {{"Nats-Msg-Id", "second"}});
  const auto error = [&](const Headers& headers) {
    const Json answer = peer.Request("s.a", "x", headers).json();
    if (answer.contains("error")) {
      EXPECT_EQ(answer["seq"], 0);
      EXPECT_EQ(answer["stream"], "S");
    }
    return ErrorOf(answer);
  };
  EXPECT_EQ(error({{"Nats-Expected-Stream", "T"}}), 10060);
  EXPECT_EQ(error({{"Nats-Expected-Last-Sequence", "1"}}), 10071);
  EXPECT_EQ(error({{"Nats-Expected-Last-Subject-Sequence", "2"}}), 10071);
  EXPECT_EQ(error({{"Nats-Expected-Last-Subject-Sequence", "0"}}), 10071);
  EXPECT_EQ(error({{"Nats-Expected-Last-Msg-Id", "first"}}), 10070);
  EXPECT_EQ(error({{"Nats-Expected-Last-Sequence", "two"}}), 10071);
  EXPECT_EQ(error({{"Nats-Expected-Stream", "S"},
                   {"Nats-Expected-Last-Sequence", "2"},
                   {"Nats-Expected-Last-Subject-Sequence", "1"},
                   {"Nats-Expected-Last-Msg-Id", "second"}}),
            0);
  EXPECT_EQ(peer.Request("s.a", "x", {{"Nats-Expected-Last-Sequence", "9"}})
                .json()["error"]["description"],
            "wrong last sequence: 3");
}

TEST_F(StreamTest, HeadersThatAskForMoreThanIsOfferedAreRefused) {
  MakeStream(peer, "S", {"s"});
  EXPECT_EQ(ErrorOf(peer.Request("s", "x", {{"Nats-TTL", "5"}}).json()), 10166);
  EXPECT_EQ(ErrorOf(peer.Request("s", "x", {{"Nats-Batch-Id", "b"}}).json()), 10174);
  EXPECT_EQ(ErrorOf(peer.Request("s", "x", {{"Nats-Rollup", "sub"}}).json()), 10111);
  EXPECT_EQ(State()["messages"], 0);
}

TEST_F(StreamTest, MessageBeyondMaxSizeIsRefused) {
  MakeStream(peer, "S", {"s"}, {{"max_msg_size", 10}});
  EXPECT_EQ(Seq(peer.Request("s", "0123456789")), 1);
  EXPECT_EQ(ErrorOf(peer.Request("s", "0123456789a").json()), 10054);
}

TEST_F(StreamTest, FullStreamEvictsTheOldestOrRefusesTheNew) {
  MakeStream(peer, "S", {"s"}, {{"max_msgs", 2}});
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(Seq(peer.Request("s", "x")), i);
  EXPECT_EQ(State()["first_seq"], 2);
  MakeStream(peer, "T", {"t"}, {{"max_msgs", 2}, {"discard", "new"}});
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(Seq(peer.Request("t", "x")), i);
  const Json refused = peer.Request("t", "x").json();
  EXPECT_EQ(refused["error"]["code"], 503);
  EXPECT_EQ(refused["error"]["err_code"], 10077);
  EXPECT_EQ(refused["error"]["description"], "maximum messages exceeded");
}

TEST_F(StreamTest, AgedMessagesGoWhenTheirTimeComes) {
  MakeStream(peer, "S", {"s"}, {{"max_age", Nanoseconds(absl::Seconds(10))}});
  peer.Publish("s", "x");
  Pass(absl::Seconds(6));
  peer.Publish("s", "y");
  Pass(absl::Seconds(5));
  EXPECT_EQ(State()["messages"], 1);
  EXPECT_EQ(State()["first_seq"], 2);
}

TEST_F(StreamTest, NoAckStreamStaysSilent) {
  MakeStream(peer, "S", {"s"}, {{"no_ack", true}});
  peer.Subscribe("acks", "a");
  peer.Publish("s", "x", "acks");
  EXPECT_TRUE(peer.Silent());
  EXPECT_EQ(State()["messages"], 1);
}

// --- Looking
// -------------------------------------------------------------------------------------------

TEST_F(StreamTest, StateCountsMessagesBytesAndSubjects) {
  MakeStream(peer, "S", {"s.*"});
  peer.Publish("s.a", "hello");
  peer.Publish("s.b", "hello", "", {{"A", "b"}});
  Pass(absl::Seconds(1));
  peer.Publish("s.a", "x");
  const Json state = State();
  EXPECT_EQ(state["messages"], 3);
  EXPECT_EQ(state["first_seq"], 1);
  EXPECT_EQ(state["last_seq"], 3);
  EXPECT_EQ(state["num_subjects"], 2);
  EXPECT_EQ(state["first_ts"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(state["last_ts"], "2026-01-01T00:00:01Z");
  // 30 + subject + payload, and 4 + block with headers.
  EXPECT_EQ(state["bytes"], (30 + 3 + 5) + (30 + 3 + 5 + 4 + 18) + (30 + 3 + 1));
}

TEST_F(StreamTest, InfoListsSubjectsAndDeletedWhenAsked) {
  MakeStream(peer, "S", {"s.*"});
  for (const char* subject : {"s.a", "s.b", "s.a", "s.c"}) peer.Publish(subject, "x");
  peer.Api("STREAM.MSG.DELETE.S", {{"seq", 2}});
  const Json info =
      peer.Api("STREAM.INFO.S", {{"subjects_filter", "s.*"}, {"deleted_details", true}});
  EXPECT_EQ(info["state"]["subjects"], (Json{{"s.a", 2}, {"s.c", 1}}));
  EXPECT_EQ(info["state"]["deleted"], Json({2}));
  EXPECT_EQ(info["state"]["num_deleted"], 1);
  EXPECT_EQ(info["total"], 2);
}

TEST_F(StreamTest, NamesAndListAreSortedPagedAndFiltered) {
  EXPECT_EQ(peer.Api("STREAM.NAMES")["streams"], nullptr);
  for (const char* name : {"C", "A", "B"}) MakeStream(peer, name, {std::string(name) + ".>"});
  const Json names = peer.Api("STREAM.NAMES");
  EXPECT_EQ(names["streams"], Json({"A", "B", "C"}));
  EXPECT_EQ(names["total"], 3);
  EXPECT_EQ(names["limit"], 1024);
  EXPECT_EQ(peer.Api("STREAM.NAMES", {{"offset", 2}})["streams"], Json({"C"}));
  EXPECT_EQ(peer.Api("STREAM.NAMES", {{"subject", "B.x"}})["streams"], Json({"B"}));
  const Json list = peer.Api("STREAM.LIST");
  ASSERT_EQ(list["streams"].size(), 3u);
  EXPECT_EQ(list["streams"][0]["config"]["name"], "A");
}

TEST_F(StreamTest, MessagesAreReadBySequenceLastAndNext) {
  MakeStream(peer, "S", {"s.*"});
  peer.Publish("s.a", "one");
  peer.Publish("s.b", "two", "", {{"K", "v"}});
  peer.Publish("s.a", "three");
  const auto get = [&](const Json& request) { return peer.Api("STREAM.MSG.GET.S", request); };
  const Json two = get({{"seq", 2}})["message"];
  EXPECT_EQ(two["subject"], "s.b");
  EXPECT_EQ(two["data"], "dHdv");
  EXPECT_EQ(two["hdrs"], "TkFUUy8xLjANCks6IHYNCg0K");
  EXPECT_EQ(two["time"], "2026-01-01T00:00:00Z");
  EXPECT_EQ(get({{"last_by_subj", "s.a"}})["message"]["seq"], 3);
  EXPECT_EQ(get({{"last_by_subj", "s.*"}})["message"]["seq"], 3);
  EXPECT_EQ(get({{"next_by_subj", "s.a"}, {"seq", 2}})["message"]["seq"], 3);
  EXPECT_EQ(get({{"next_by_subj", "s.b"}})["message"]["seq"], 2);
  EXPECT_EQ(ErrorOf(get({{"seq", 4}})), 10037);
  EXPECT_EQ(ErrorOf(get({{"last_by_subj", "s.c"}})), 10037);
  EXPECT_EQ(ErrorOf(get(Json::object())), 10003);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.MSG.GET.T", {{"seq", 1}})), 10059);
}

TEST_F(StreamTest, DirectGetAnswersWithTheMessageItself) {
  MakeStream(peer, "S", {"s.*"}, {{"allow_direct", true}});
  peer.Publish("s.a", "one", "", {{"K", "v"}});
  const Received direct = peer.Request("$JS.API.DIRECT.GET.S", R"({"seq":1})");
  EXPECT_EQ(direct.payload, "one");
  EXPECT_EQ(direct.header("K"), "v");
  EXPECT_EQ(direct.header("Nats-Stream"), "S");
  EXPECT_EQ(direct.header("Nats-Subject"), "s.a");
  EXPECT_EQ(direct.header("Nats-Sequence"), "1");
  EXPECT_EQ(direct.header("Nats-Time-Stamp"), "2026-01-01T00:00:00Z");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S.s.a").payload, "one");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S.s.b").status(), "404 Message Not Found");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S").status(), "408 Empty Request");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S", "{").status(), "408 Malformed Request");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S", R"({"seq":1,"batch":5})").status(),
            "408 Bad Request");
}

TEST_F(StreamTest, DirectGetWithoutPermissionHasNoResponder) {
  MakeStream(peer, "S", {"s"});
  peer.Publish("s", "x");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.S", R"({"seq":1})").status(), "503");
  EXPECT_EQ(peer.Request("$JS.API.DIRECT.GET.T", R"({"seq":1})").status(), "503");
}

// --- Removing
// ------------------------------------------------------------------------------------------

TEST_F(StreamTest, DeletedMessageIsGone) {
  MakeStream(peer, "S", {"s"});
  for (int i = 0; i < 3; ++i) peer.Publish("s", "x");
  EXPECT_EQ(peer.Api("STREAM.MSG.DELETE.S", {{"seq", 2}})["success"], true);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.MSG.DELETE.S", {{"seq", 2}})), 10043);
  EXPECT_EQ(State()["messages"], 2);
  EXPECT_EQ(State()["num_deleted"], 1);
  peer.Api("STREAM.MSG.DELETE.S", {{"seq", 1}});
  EXPECT_EQ(State()["first_seq"], 3);
}

TEST_F(StreamTest, PurgeTakesAllOrByFilterSequenceAndKeep) {
  MakeStream(peer, "S", {"s.*"});
  const auto fill = [&] {
    for (int i = 0; i < 6; ++i) peer.Publish(i % 2 == 0 ? "s.a" : "s.b", "x");
  };
  const auto purge = [&](const Json& request) {
    return peer.Api("STREAM.PURGE.S", request)["purged"].get<int64_t>();
  };
  fill();
  EXPECT_EQ(purge({{"filter", "s.a"}, {"keep", 1}}), 2);
  EXPECT_EQ(purge({{"filter", "s.b"}, {"seq", 4}}), 1);
  EXPECT_EQ(purge({{"keep", 2}}), 1);
  EXPECT_EQ(purge({{"seq", 6}}), 1);
  EXPECT_EQ(purge(nullptr), 1);
  const Json state = State();
  EXPECT_EQ(state["messages"], 0);
  EXPECT_EQ(state["bytes"], 0);
  EXPECT_EQ(state["first_seq"], 7);
  EXPECT_EQ(state["last_seq"], 6);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.PURGE.S", {{"seq", 1}, {"keep", 1}})), 10003);
}

TEST_F(StreamTest, WhatIsDeniedIsRefused) {
  MakeStream(peer, "S", {"s"}, {{"deny_delete", true}, {"deny_purge", true}});
  peer.Publish("s", "x");
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.MSG.DELETE.S", {{"seq", 1}})), 10057);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.PURGE.S")), 10110);
  const Json allow = {{"name", "S"}, {"subjects", {"s"}}};
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.UPDATE.S", allow)), 10052);
}

TEST_F(StreamTest, DeletedStreamCapturesNoMore) {
  MakeStream(peer, "S", {"s"});
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.DELETE.S", {{"x", 1}})), 10038);
  EXPECT_EQ(peer.Api("STREAM.DELETE.S")["success"], true);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.DELETE.S")), 10059);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.INFO.S")), 10059);
  EXPECT_EQ(peer.Request("s", "x").status(), "503");
}

TEST_F(StreamTest, AccountInfoCountsEverything) {
  MakeStream(peer, "S", {"s"});
  MakeConsumer(peer, "S", "C");
  peer.Api("STREAM.INFO.T");
  const Json info = peer.Api("INFO");
  EXPECT_EQ(info["streams"], 1);
  EXPECT_EQ(info["consumers"], 1);
  EXPECT_EQ(info["limits"]["max_streams"], -1);
  EXPECT_EQ(info["api"]["total"], 4);
  EXPECT_EQ(info["api"]["errors"], 1);
}

TEST_F(StreamTest, StreamsAnnounceThemselves) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.STREAM.>", "1");
  MakeStream(peer, "S", {"s"});
  peer.Api("STREAM.DELETE.S");
  const Received created = listener.Next();
  EXPECT_EQ(created.subject, "$JS.EVENT.ADVISORY.STREAM.CREATED.S");
  EXPECT_EQ(created.json()["type"], "io.nats.jetstream.advisory.v1.stream_action");
  EXPECT_EQ(created.json()["action"], "create");
  EXPECT_EQ(listener.Next().subject, "$JS.EVENT.ADVISORY.STREAM.DELETED.S");
}

}  // namespace
}  // namespace braid::nats
