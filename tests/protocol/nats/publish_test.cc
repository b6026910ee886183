// Publishing into streams: what headers ask for, in the order in which it is refused; transforms,
// republishing and counters.
#include "protocol/nats/counter.h"
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class PublishTest : public NatsTest {
 protected:
  // Of a publish that is refused: "<code> <description>"; of another what it was answered.
  std::string Answer(const std::string& subject, const std::string& payload,
                     const Headers& headers = {}) {
    const std::string text = peer.Request(subject, payload, headers).payload;
    const Json answer = Json::parse(text, nullptr, false);
    if (!answer.contains("error")) return text;
    EXPECT_EQ(answer["seq"], 0);
    return fmt::format("{} {}", answer["error"]["err_code"].get<int>(),
                       answer["error"]["description"].get<std::string>());
  }
  Json Get(int64_t seq) { return peer.Api("STREAM.MSG.GET.S", {{"seq", seq}})["message"]; }
  Json Config(const std::string& name, Json config) {
    config["name"] = name;
    return peer.Api("STREAM.CREATE." + name, config);
  }

  Peer peer{*this};
};

TEST_F(PublishTest, AckSaysStreamAndSequence) {
  MakeStream(peer, "S", {"s.*"});
  EXPECT_EQ(Answer("s.a", "1"), R"({"stream":"S", "seq":1})");
  EXPECT_EQ(Answer("s.a", "2", {{"Nats-Msg-Id", "x"}}), R"({"stream":"S", "seq":2})");
  EXPECT_EQ(Answer("s.a", "2", {{"Nats-Msg-Id", "x"}}),
            R"({"stream":"S", "seq":2,"duplicate": true})");
}

// A retry of what has landed is told of the sequence, not of the repeat; and so on down the list.
TEST_F(PublishTest, RefusalsComeInTheOrderOfTheProtocol) {
  MakeStream(peer, "S", {"s.*"}, {{"max_msg_size", 400}, {"max_msgs", 3}, {"discard", "new"}});
  Answer("s.a", "1", {{"Nats-Msg-Id", "one"}});
  Headers headers = {{"Nats-Incr", "x"},
                     {"Nats-Expected-Stream", "T"},
                     {"Nats-TTL", "5"},
                     {"Nats-Expected-Last-Subject-Sequence", "7"},
                     {"Nats-Expected-Last-Sequence", "9"},
                     {"Nats-Schedule", "@every 1m"},
                     {"Nats-Expected-Last-Msg-Id", "two"},
                     {"Nats-Rollup", "sub"}};
  const std::string large(400, 'x');
  const auto next = [&] {
    const std::string answer = Answer("s.a", large, headers);
    headers.erase(headers.begin());
    return answer;
  };
  EXPECT_EQ(next(), "10171 message counter increment is invalid");
  EXPECT_EQ(next(), "10060 expected stream does not match");
  EXPECT_EQ(next(), "10166 per-message TTL is disabled");
  EXPECT_EQ(next(), "10071 wrong last sequence: 1");
  EXPECT_EQ(next(), "10071 wrong last sequence: 1");
  EXPECT_EQ(next(), "10188 message schedules is disabled");
  headers.push_back({"Nats-Msg-Id", "one"});
  EXPECT_EQ(Answer("s.a", large, headers), R"({"stream":"S", "seq":1,"duplicate": true})");
  headers.pop_back();
  EXPECT_EQ(next(), "10070 wrong last msg ID: one");
  EXPECT_EQ(next(), "10111 rollup not permitted");
  Answer("s.a", "2");
  Answer("s.a", "3");
  EXPECT_EQ(Answer("s.a", large, {{"Nats-TTL", "soon"}}),
            "10054 message size exceeds maximum allowed");
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-TTL", "soon"}}), "10165 invalid per-message TTL");
  EXPECT_EQ(Answer("s.a", "x"), "10077 maximum messages exceeded");
}

TEST_F(PublishTest, RetryWithBothAnExpectationAndAnIdIsToldOfTheSequence) {
  MakeStream(peer, "S", {"s.*"});
  const Headers headers = {{"Nats-Msg-Id", "x"}, {"Nats-Expected-Last-Sequence", "0"}};
  EXPECT_EQ(Answer("s.a", "1", headers), R"({"stream":"S", "seq":1})");
  EXPECT_EQ(Answer("s.a", "1", headers), "10071 wrong last sequence: 1");
}

TEST_F(PublishTest, HeadersBeyond64KibAreRefused) {
  MakeStream(peer, "S", {"s.*"});
  const std::string most(65535 - 12 - 7, 'x');  // with its line and the block's
  EXPECT_EQ(Answer("s.a", "", {{"Big", most}}), R"({"stream":"S", "seq":1})");
  EXPECT_EQ(Answer("s.a", "", {{"Big", most + "x"}}),
            "10097 header size exceeds maximum allowed of 64k");
}

TEST_F(PublishTest, SealedStreamTakesNothing) {
  MakeStream(peer, "S", {"s.*"});
  Answer("s.a", "1");
  peer.Api("STREAM.UPDATE.S", {{"name", "S"}, {"subjects", {"s.*"}}, {"sealed", true}});
  if (peer.Api("STREAM.INFO.S")["config"].value("sealed", false)) {
    EXPECT_EQ(Answer("s.a", "x", {{"Nats-Incr", "x"}}), "10109 invalid operation on sealed stream");
  }
}

TEST_F(PublishTest, ExpectedSubjectMayBeAnotherAndHaveWildcards) {
  MakeStream(peer, "S", {"s.>"});
  for (const char* subject : {"s.a.1", "s.a.2", "s.b"}) Answer(subject, "x");
  const auto expect = [&](const std::string& filter, const std::string& sequence) {
    return Answer("s.c", "x",
                  {{"Nats-Expected-Last-Subject-Sequence", sequence},
                   {"Nats-Expected-Last-Subject-Sequence-Subject", filter}});
  };
  EXPECT_EQ(expect("s.a.*", "1"), "10071 wrong last sequence: 2");
  EXPECT_EQ(expect("s.a.*", "2"), R"({"stream":"S", "seq":4})");
  EXPECT_EQ(expect("s.nothing.>", "0"), R"({"stream":"S", "seq":5})");
  EXPECT_EQ(expect("s.>", "5"), R"({"stream":"S", "seq":6})");
  EXPECT_EQ(Answer("s.c", "x", {{"Nats-Expected-Last-Subject-Sequence-Subject", "s.a.*"}}),
            "10193 missing sequence for expected last sequence per subject");
  EXPECT_EQ(expect("s.a.*", "many"), "10071 wrong last sequence: 2") << "no number is met by none";
}

TEST_F(PublishTest, ExpectedSequenceIsThatOfWhatIsLeft) {
  MakeStream(peer, "S", {"s.>"});
  for (const char* payload : {"1", "2", "3"}) Answer("s.a", payload);
  peer.Api("STREAM.MSG.DELETE.S", {{"seq", 3}});
  peer.Api("STREAM.MSG.DELETE.S", {{"seq", 2}});
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-Expected-Last-Subject-Sequence", "3"}}),
            "10071 wrong last sequence: 1");
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-Expected-Last-Subject-Sequence", "1"}}),
            R"({"stream":"S", "seq":4})");
}

TEST_F(PublishTest, ExpectedIdIsThatOfTheLastMessage) {
  MakeStream(peer, "S", {"s.>"});
  Answer("s.a", "1", {{"Nats-Msg-Id", "one"}});
  Answer("s.a", "2");
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-Expected-Last-Msg-Id", "one"}}),
            "10070 wrong last msg ID: ");
}

TEST_F(PublishTest, RollupTakesTheSubjectOrAll) {
  MakeStream(peer, "S", {"s.>"}, {{"allow_rollup_hdrs", true}});
  for (const char* subject : {"s.a", "s.b", "s.a"}) Answer(subject, "x");
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-Rollup", "Some"}}), "10111 rollup value invalid: \"some\"");
  Answer("s.a", "sum", {{"Nats-Rollup", "Sub"}});
  EXPECT_EQ(peer.Api("STREAM.INFO.S")["state"]["messages"], 2);
  EXPECT_EQ(Get(2)["subject"], "s.b");
  Answer("s.c", "all", {{"Nats-Rollup", "all"}});
  const Json state = peer.Api("STREAM.INFO.S")["state"];
  EXPECT_EQ(state["messages"], 1);
  EXPECT_EQ(state["first_seq"], 5);
}

TEST_F(PublishTest, PurgeForgetsNoIdsAndTheWindowDoes) {
  MakeStream(peer, "S", {"s.>"}, {{"duplicate_window", Nanoseconds(absl::Seconds(10))}});
  Answer("s.a", "1", {{"Nats-Msg-Id", "x"}});
  peer.Api("STREAM.PURGE.S");
  EXPECT_EQ(Answer("s.a", "1", {{"Nats-Msg-Id", "x"}}),
            R"({"stream":"S", "seq":1,"duplicate": true})");
  Pass(absl::Seconds(10));
  EXPECT_EQ(Answer("s.a", "1", {{"Nats-Msg-Id", "x"}}), R"({"stream":"S", "seq":2})");
}

TEST_F(PublishTest, NoAckIsSilentAlsoAboutErrors) {
  MakeStream(peer, "S", {"s.>"}, {{"no_ack", true}});
  peer.Subscribe("inbox", "9");
  peer.Publish("s.a", "1", "inbox");
  peer.Publish("s.a", "x", "inbox", {{"Nats-Expected-Last-Sequence", "9"}});
  peer.Publish("s.a", "x", "inbox", {{"Nats-Batch-Id", "b"}});
  EXPECT_TRUE(peer.Silent());
  EXPECT_EQ(peer.Api("STREAM.INFO.S")["state"]["messages"], 1);
}

// --- Subject transforms ---

TEST_F(PublishTest, SubjectsAreTransformedOnTheirWayIn) {
  MakeStream(
      peer, "S", {"orders.>"},
      {{"subject_transform", {{"src", "orders.*.*"}, {"dest", "o.{{partition(3,1)}}.$2.$1"}}},
       {"allow_rollup_hdrs", true}});
  Answer("orders.7.new", "1");
  Answer("orders.plain", "2");
  EXPECT_EQ(Get(1)["subject"], "o.0.new.7");
  EXPECT_EQ(Get(2)["subject"], "orders.plain") << "what the source does not match stays";
  EXPECT_EQ(Answer("orders.7.new", "x", {{"Nats-Expected-Last-Subject-Sequence", "0"}}),
            "10071 wrong last sequence: 1")
      << "by the subject that it is stored under";
  EXPECT_EQ(Answer("orders.7.new", "3", {{"Nats-Rollup", "sub"}}), R"({"stream":"S", "seq":3})");
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.MSG.GET.S", {{"seq", 1}})), 10037);
}

TEST_F(PublishTest, BadTransformsAreRefused) {
  const auto refusal = [&](const std::string& src, const std::string& dest) {
    const Json answer =
        Config("S", {{"subjects", {"s.>"}}, {"subject_transform", {{"src", src}, {"dest", dest}}}});
    return fmt::format("{} {}", answer["error"]["err_code"].get<int>(),
                       answer["error"]["description"].get<std::string>());
  };
  EXPECT_EQ(refusal("s..x", "t"), "10155 stream transform source: invalid subject s..x");
  EXPECT_EQ(refusal("s.*", "t.$2"),
            "10156 stream transform: invalid mapping destination: wildcard index out of range in "
            "$2");
}

// --- Republishing ---

TEST_F(PublishTest, StoredMessagesAreRepublishedWithWhereTheyLie) {
  MakeStream(peer, "S", {"s.>"}, {{"republish", {{"src", "s.a.>"}, {"dest", "told.>"}}}});
  Peer listener(*this);
  listener.Subscribe("told.>", "1");
  Answer("s.a.1", "one", {{"Own", "kept"}});
  const Received first = listener.Next();
  EXPECT_EQ(first.subject, "told.1");
  EXPECT_EQ(first.payload, "one");
  EXPECT_EQ(first.header("Own"), "kept");
  EXPECT_EQ(first.header("Nats-Stream"), "S");
  EXPECT_EQ(first.header("Nats-Subject"), "s.a.1");
  EXPECT_EQ(first.header("Nats-Sequence"), "1");
  EXPECT_EQ(first.header("Nats-Last-Sequence"), "0");
  EXPECT_EQ(first.header("Nats-Time-Stamp"), Get(1)["time"]);
  Answer("s.b", "not told");
  Answer("s.a.1", "two");
  const Received second = listener.Next();
  EXPECT_EQ(second.header("Nats-Sequence"), "3");
  EXPECT_EQ(second.header("Nats-Last-Sequence"), "1");
  Answer("s.a.1", "x", {{"Nats-Expected-Last-Sequence", "9"}});
  EXPECT_TRUE(listener.Silent()) << "what was refused was not stored";
}

TEST_F(PublishTest, HeadersAloneMayBeRepublishedAndOtherStreamsCaptureThem) {
  MakeStream(peer, "S", {"s.>"}, {{"republish", {{"dest", "told.>"}, {"headers_only", true}}}});
  MakeStream(peer, "T", {"told.>"});
  Peer listener(*this);
  listener.Subscribe("told.>", "1");
  Answer("s.a", "12345");
  const Received told = listener.Next();
  EXPECT_EQ(told.subject, "told.s.a");
  EXPECT_EQ(told.payload, "");
  EXPECT_EQ(told.header("Nats-Msg-Size"), "5");
  EXPECT_EQ(peer.Api("STREAM.INFO.T")["state"]["messages"], 1);
}

TEST_F(PublishTest, RepublishingInCirclesIsRefused) {
  const Json answer =
      Config("S", {{"subjects", {"s.>"}}, {"republish", {{"src", ">"}, {"dest", "s.x.>"}}}});
  EXPECT_EQ(answer["error"]["description"],
            "stream configuration for republish destination forms a cycle");
  EXPECT_EQ(ErrorOf(Config(
                "S", {{"subjects", {"s.>"}}, {"republish", {{"src", "s.*"}, {"dest", "t.$2"}}}})),
            10052);
}

TEST_F(PublishTest, StreamsThatRepublishIntoEachOtherEnd) {
  MakeStream(peer, "A", {"a.>"}, {{"republish", {{"src", ">"}, {"dest", "b.>"}}}});
  MakeStream(peer, "B", {"b.>"}, {{"republish", {{"src", ">"}, {"dest", "a.>"}}}});
  EXPECT_EQ(Answer("a.x", "1"), R"({"stream":"A", "seq":1})");
  EXPECT_EQ(Answer("c", "1"), "") << "the connection goes on";
}

// --- Counters ---

class CounterTest : public PublishTest {
 protected:
  CounterTest() { MakeStream(peer, "S", {"s.>"}, {{"allow_msg_counter", true}}); }
  std::string Add(const std::string& increment, const std::string& subject = "s.a") {
    return Answer(subject, "", {{"Nats-Incr", increment}});
  }
};

TEST_F(CounterTest, IncrementsAddUp) {
  EXPECT_EQ(Add("+2"), R"({"stream":"S", "seq":1,"val":"2"})");
  EXPECT_EQ(Add("-5"), R"({"stream":"S", "seq":2,"val":"-3"})");
  EXPECT_EQ(Add("0"), R"({"stream":"S", "seq":3,"val":"-3"})");
  EXPECT_EQ(Add("+1", "s.b"), R"({"stream":"S", "seq":4,"val":"1"})");
  const Received got = peer.Request("$JS.API.STREAM.MSG.GET.S", R"({"last_by_subj":"s.a"})");
  EXPECT_EQ(got.json()["message"]["data"], "eyJ2YWwiOiItMyJ9") << R"({"val":"-3"})";
}

TEST_F(CounterTest, NumbersMayHaveAnySize) {
  EXPECT_EQ(Add("99999999999999999999999999999999999999"),
            R"({"stream":"S", "seq":1,"val":"99999999999999999999999999999999999999"})");
  EXPECT_EQ(Add("+1"),
            R"({"stream":"S", "seq":2,"val":"100000000000000000000000000000000000000"})");
  EXPECT_EQ(Add("-0100000000000000000000000000000000000001"),
            R"({"stream":"S", "seq":3,"val":"-1"})")
      << "a leading zero means nothing";
}

TEST_F(CounterTest, OthersAreRefused) {
  EXPECT_EQ(Answer("s.a", "1"), "10169 message counter increment is missing");
  EXPECT_EQ(Answer("s.a", "1", {{"Nats-Incr", "1"}}), "10170 message counter has payload");
  EXPECT_EQ(Add("+"), "10171 message counter increment is invalid");
  EXPECT_EQ(Add("1.5"), "10171 message counter increment is invalid");
  for (const char* other : {"Nats-Rollup", "Nats-Expected-Stream", "Nats-Expected-Last-Msg-Id",
                            "Nats-Expected-Last-Sequence", "Nats-Expected-Last-Subject-Sequence",
                            "Nats-Expected-Last-Subject-Sequence-Subject"}) {
    EXPECT_EQ(Answer("s.a", "", {{"Nats-Incr", "1"}, {other, "S"}}),
              "10171 message counter increment is invalid")
        << other;
  }
  MakeStream(peer, "T", {"t"});
  EXPECT_EQ(Answer("t", "", {{"Nats-Incr", "1"}}), "10168 message counters is disabled");
}

TEST_F(CounterTest, RepeatsCountOnce) {
  const Headers headers = {{"Nats-Incr", "3"}, {"Nats-Msg-Id", "x"}};
  EXPECT_EQ(Answer("s.a", "", headers), R"({"stream":"S", "seq":1,"val":"3"})");
  EXPECT_EQ(Answer("s.a", "", headers), R"({"stream":"S", "seq":1,"duplicate": true})");
  EXPECT_EQ(Add("1"), R"({"stream":"S", "seq":2,"val":"4"})");
}

TEST_F(CounterTest, SettingIsForLifeAndNotWithOthers) {
  Json config = {{"name", "S"}, {"subjects", {"s.>"}}, {"allow_msg_counter", false}};
  EXPECT_EQ(peer.Api("STREAM.UPDATE.S", config)["error"]["description"],
            "stream configuration update can not change message counter setting");
  const std::pair<Json, std::string> refused[] = {
      {{{"discard", "new"}}, "counter stream cannot use discard new"},
      {{{"allow_msg_ttl", true}}, "counter stream cannot use message TTLs"},
      {{{"allow_msg_schedules", true}}, "counter stream cannot use message schedules"},
  };
  for (auto [more, words] : refused) {
    more["allow_msg_counter"] = true;
    more["subjects"] = {"u"};
    EXPECT_EQ(Config("U", more)["error"]["description"], words);
  }
}

TEST(CounterOfSourcesTest, DifferencesMakeUpForWhatWasLost) {
  Counter counter;
  counter.Add("10");
  EXPECT_EQ(counter.Take("EU", "hits", R"({"val":"5"})").value(), "5");
  EXPECT_EQ(counter.Take("EU", "hits", R"({"val":"12"})").value(), "7");
  EXPECT_EQ(counter.Take("US", "hits", R"({"val":"-2"})").value(), "-2");
  EXPECT_EQ(counter.body(), R"({"val":"20"})");
  EXPECT_EQ(counter.sources(), R"({"EU":{"hits":"12"},"US":{"hits":"-2"}})");
  RecordView stored;
  const std::string body = counter.body(), sources = counter.sources();
  stored.value = body;
  stored.headers.push_back({kCounterSourcesHeader, sources});
  auto read = Counter::Of(stored);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->Take("EU", "hits", R"({"val":"13"})").value(), "1");
  EXPECT_FALSE(read->Take("EU", "hits", "broken").ok());
  stored.value = R"({"val":"x"})";
  EXPECT_FALSE(Counter::Of(stored).ok());
}

}  // namespace
}  // namespace braid::nats
