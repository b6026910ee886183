// Batches: all or none of one, and those with few acknowledgements.
#include "protocol/nats/atomic_batches.h"

#include "protocol/nats/errors.h"
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class AtomicBatchTest : public NatsTest {
 protected:
  AtomicBatchTest() : AtomicBatchTest(Durability::kOs) {}
  explicit AtomicBatchTest(Durability durability) : NatsTest(durability) {
    MakeStream(peer, "S", {"s.>"}, {{"allow_atomic", true}, {"allow_rollup_hdrs", true}});
  }
  static Headers Of(const std::string& batch, int sequence, Headers more = {}) {
    more.push_back({"Nats-Batch-Id", batch});
    more.push_back({"Nats-Batch-Sequence", std::to_string(sequence)});
    return more;
  }
  static Headers Commit(const std::string& batch, int sequence, Headers more = {}) {
    more = Of(batch, sequence, std::move(more));
    more.push_back({"Nats-Batch-Commit", "1"});
    return more;
  }
  std::string Answer(const std::string& subject, const std::string& payload,
                     const Headers& headers) {
    const std::string text = peer.Request(subject, payload, headers).payload;
    const Json answer = Json::parse(text, nullptr, false);
    if (!answer.is_object() || !answer.contains("error")) return text;
    return fmt::format("{} {}", answer["error"]["err_code"].get<int>(),
                       answer["error"]["description"].get<std::string>());
  }
  // Publishes two messages in a batch; the answer to the commit.
  std::string Two(const Headers& first, const Headers& second, const std::string& subject1 = "s.a",
                  const std::string& subject2 = "s.b") {
    EXPECT_EQ(Answer(subject1, "1", Of("two", 1, first)), "");
    return Answer(subject2, "2", Commit("two", 2, second));
  }
  int64_t Messages() { return peer.Api("STREAM.INFO.S")["state"]["messages"].get<int64_t>(); }

  Peer peer{*this};
};

TEST_F(AtomicBatchTest, IsThereWhenItIsCommitted) {
  EXPECT_EQ(Answer("s.a", "1", Of("b", 1)), "") << "an empty acknowledgement";
  peer.Publish("s.b", "2", "", Of("b", 2));
  EXPECT_EQ(Messages(), 0);
  EXPECT_EQ(Answer("s.c", "3", Commit("b", 3)), R"({"stream":"S", "seq":3,"batch":"b","count":3})");
  EXPECT_EQ(Messages(), 3);
  EXPECT_EQ(peer.Api("STREAM.MSG.GET.S", {{"seq", 2}})["message"]["subject"], "s.b");
}

TEST_F(AtomicBatchTest, MayEndWithoutStoringTheLast) {
  Answer("s.a", "1", Of("b", 1));
  Answer("s.b", "2", Of("b", 2));
  Headers end = Of("b", 3);
  end.push_back({"Nats-Batch-Commit", "eob"});
  EXPECT_EQ(Answer("s.b", "", end), R"({"stream":"S", "seq":2,"batch":"b","count":2})");
  EXPECT_EQ(Messages(), 2);
  EXPECT_EQ(Answer("s.b", "",
                   [] {
                     Headers alone = Of("c", 1);
                     alone.push_back({"Nats-Batch-Commit", "eob"});
                     return alone;
                   }()),
            "10176 atomic publish batch is incomplete");
}

TEST_F(AtomicBatchTest, OfOneMessageIsCommittedAtOnce) {
  EXPECT_EQ(Answer("s.a", "1", Commit("b", 1)), R"({"stream":"S", "seq":1,"batch":"b","count":1})");
}

TEST_F(AtomicBatchTest, GapsAndStrangersAreRefused) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S", "1");
  Answer("s.a", "1", Of("b", 1));
  EXPECT_EQ(Answer("s.a", "3", Of("b", 3)), "10176 atomic publish batch is incomplete");
  const Json advisory = listener.Next().json();
  EXPECT_EQ(advisory["type"], "io.nats.jetstream.advisory.v1.stream_batch_abandoned");
  EXPECT_EQ(advisory["stream"], "S");
  EXPECT_EQ(advisory["batch"], "b");
  EXPECT_EQ(advisory["reason"], "incomplete");
  EXPECT_EQ(Answer("s.a", "2", Of("b", 2)), "10176 atomic publish batch is incomplete");
  EXPECT_EQ(Answer("s.a", "x", {{"Nats-Batch-Id", "c"}}),
            "10175 atomic publish sequence is missing");
  EXPECT_EQ(Answer("s.a", "x", Of(std::string(65, 'x'), 1)),
            "10179 atomic publish batch ID is invalid");
  Headers odd = Of("d", 1);
  odd.push_back({"Nats-Batch-Commit", "yes"});
  EXPECT_EQ(Answer("s.a", "x", odd), "10200 atomic publish batch commit is invalid");
  EXPECT_EQ(Answer("s.a", "x", Of("e", 1, {{"Nats-Required-Api-Level", "99"}})).substr(0, 5),
            "10185");
  EXPECT_EQ(Messages(), 0);
}

TEST_F(AtomicBatchTest, WithoutTheOptionItIsRefused) {
  MakeStream(peer, "T", {"t"});
  EXPECT_EQ(Answer("t", "x", Of("b", 1)), "10174 atomic publish is disabled");
}

TEST_F(AtomicBatchTest, SizeAndNumberAreLimited) {
  for (int i = 1; i <= 1000; ++i) peer.Publish("s.a", "x", "", Of("large", i));
  EXPECT_EQ(Answer("s.a", "x", Of("large", 1001)), "10199 atomic publish batch is too large: 1000");
  EXPECT_EQ(Answer("s.a", "x", Of("unknown", 1001)),
            "10199 atomic publish batch is too large: 1000");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Answer("s.a", "x", Of(std::to_string(i), 1)), "");
  EXPECT_EQ(Answer("s.a", "x", Of("more", 1)), "10210 atomic publish too many inflight");
  EXPECT_EQ(Messages(), 0);
}

TEST(AtomicBatchesTest, WhatIsKeptOfThemIsBounded) {
  ManualClock clock;
  auto catalog = engine::Catalog::Open({.clock = &clock});
  ASSERT_TRUE(catalog.ok());
  std::string abandoned;
  const auto batches = std::make_shared<AtomicBatches>(
      **catalog, [&](std::string_view, std::string_view batch, std::string_view reason) {
        abandoned = fmt::format("{}: {}", batch, reason);
      });
  const std::string payload(8 << 20, 'x');
  const Message message{.subject = "s", .reply = {}, .headers = {}, .payload = payload};
  const auto add = [&](std::string_view batch, int64_t sequence) {
    return batches->Add({.stream_id = 1, .stream = "S", .batch = batch, .sequence = sequence},
                        message);
  };
  for (const char* batch : {"a", "b", "c", "d"}) {
    for (int i = 1; i <= 7; ++i) ASSERT_TRUE(add(batch, i).ok()) << batch << i;
  }
  EXPECT_FALSE(add("a", 8).ok()) << "64 MiB of one, with its subjects";
  EXPECT_EQ(abandoned, "a: large");
  for (int i = 1; i <= 7; ++i) {
    const auto added = add("e", i);
    ASSERT_TRUE(added.ok()) << i << added.status();
  }
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(add("f", i).ok());
  EXPECT_EQ(ToApiError(add("f", 4).status()).err_code, 10210) << "256 MiB of all";
  clock.Advance(absl::Seconds(10));
  (*catalog)->Tick();
  for (int i = 1; i <= 7; ++i) ASSERT_TRUE(add("g", i).ok()) << "idle ones have gone";
}

TEST_F(AtomicBatchTest, IdleOnesAreAbandoned) {
  Peer listener(*this);
  listener.Subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S", "1");
  Answer("s.a", "1", Of("b", 1));
  Pass(absl::Seconds(9));
  Answer("s.a", "2", Of("b", 2));
  Pass(absl::Seconds(9));
  EXPECT_TRUE(listener.Silent()) << "it was not idle for ten seconds";
  Pass(absl::Seconds(1));
  EXPECT_EQ(listener.Next().json()["reason"], "timeout");
  EXPECT_EQ(Answer("s.a", "3", Commit("b", 3)), "10176 atomic publish batch is incomplete");
}

TEST_F(AtomicBatchTest, ExpectationsAreOnTheStateBeforeIt) {
  peer.Request("s.a", "0");
  EXPECT_EQ(Two({{"Nats-Expected-Last-Sequence", "5"}}, {}), "10071 wrong last sequence: 1");
  EXPECT_EQ(Two({}, {{"Nats-Expected-Last-Sequence", "2"}}), "10164 wrong last sequence")
      << "only the first may expect that";
  EXPECT_EQ(Two({}, {{"Nats-Expected-Last-Subject-Sequence", "9"}}, "s.b", "s.a"),
            "10071 wrong last sequence: 1");
  EXPECT_EQ(Two({}, {{"Nats-Expected-Last-Subject-Sequence", "1"}}, "s.a", "s.a"),
            "10164 wrong last sequence")
      << "it has written to that subject itself";
  EXPECT_EQ(Messages(), 1);
  EXPECT_EQ(Two({{"Nats-Expected-Last-Sequence", "1"}},
                {{"Nats-Expected-Last-Subject-Sequence", "1"}}, "s.b", "s.a"),
            R"({"stream":"S", "seq":3,"batch":"two","count":2})");
}

TEST_F(AtomicBatchTest, IdsMayNotRepeat) {
  peer.Request("s.a", "0", {{"Nats-Msg-Id", "known"}});
  const std::string refused = "10201 atomic publish batch contains duplicate message id";
  EXPECT_EQ(Two({{"Nats-Msg-Id", "x"}}, {{"Nats-Msg-Id", "x"}}), refused);
  EXPECT_EQ(Two({{"Nats-Msg-Id", "x"}}, {{"Nats-Msg-Id", "known"}}), refused);
  EXPECT_EQ(Two({{"Nats-Msg-Id", "x"}}, {{"Nats-Expected-Last-Msg-Id", "known"}}),
            "10177 atomic publish unsupported header used: Nats-Expected-Last-Msg-Id");
  EXPECT_EQ(Messages(), 1);
  Two({{"Nats-Msg-Id", "x"}}, {{"Nats-Msg-Id", "y"}});
  EXPECT_EQ(peer.Request("s.a", "0", {{"Nats-Msg-Id", "y"}}).json()["duplicate"], true);
}

TEST_F(AtomicBatchTest, RollupsComeFirst) {
  peer.Request("s.a", "0");
  EXPECT_EQ(Two({}, {{"Nats-Rollup", "sub"}}, "s.a", "s.a"), "10111 batch rollup sub invalid");
  EXPECT_EQ(Two({}, {{"Nats-Rollup", "all"}}), "10111 batch rollup all invalid");
  EXPECT_EQ(Two({{"Nats-Rollup", "all"}}, {}),
            R"({"stream":"S", "seq":3,"batch":"two","count":2})");
  EXPECT_EQ(Messages(), 2);
}

TEST_F(AtomicBatchTest, CountersAddUpWithinIt) {
  MakeStream(peer, "C", {"c.>"}, {{"allow_atomic", true}, {"allow_msg_counter", true}});
  peer.Request("c.a", "", {{"Nats-Incr", "5"}});
  Answer("c.a", "", Of("b", 1, {{"Nats-Incr", "1"}}));
  Answer("c.b", "", Of("b", 2, {{"Nats-Incr", "7"}}));
  EXPECT_EQ(Answer("c.a", "", Commit("b", 3, {{"Nats-Incr", "-10"}})),
            R"({"stream":"C", "seq":4,"batch":"b","count":3})");
  EXPECT_EQ(peer.Request("c.a", "", {{"Nats-Incr", "0"}}).json()["val"], "-4");
  EXPECT_EQ(peer.Request("c.b", "", {{"Nats-Incr", "0"}}).json()["val"], "7");
}

TEST_F(AtomicBatchTest, TwoPublishersDoNotMix) {
  Peer other(*this);
  other.Subscribe("other", "1");
  Answer("s.a", "1", Of("b", 1));
  other.Publish("s.x", "single", "other");
  EXPECT_EQ(other.Next().json()["seq"], 1);
  other.Publish("s.y", "1", "other", Of("c", 1));
  EXPECT_EQ(other.Next().payload, "");
  EXPECT_EQ(Answer("s.b", "2", Commit("b", 2)), R"({"stream":"S", "seq":3,"batch":"b","count":2})");
  other.Publish("s.y", "2", "other", Commit("c", 2));
  EXPECT_EQ(other.Next().json()["seq"], 5);
}

class SyncedAtomicBatchTest : public AtomicBatchTest {
 protected:
  SyncedAtomicBatchTest() : AtomicBatchTest(Durability::kSync) {}
};

TEST_F(SyncedAtomicBatchTest, IsAcknowledgedOnceItIsSynced) {
  Answer("s.a", "1", Of("b", 1));
  EXPECT_EQ(Answer("s.b", "2", Commit("b", 2)), R"({"stream":"S", "seq":2,"batch":"b","count":2})");
}

// --- With few acknowledgements ---

class FastBatchTest : public NatsTest {
 protected:
  FastBatchTest() {
    MakeStream(peer, "S", {"s.>"}, {{"allow_batched", true}});
    peer.Subscribe("in.>", "1");
  }
  enum Op { kBegin, kAdd, kCommit, kCommitWithout, kPing };
  void Send(Op op, int sequence, const Headers& headers = {}, const std::string& gap = "fail",
            int flow = 3, const std::string& batch = "b") {
    const std::string reply =
        fmt::format("in.{}.{}.{}.{}.{}.$FI", batch, flow, gap, sequence, static_cast<int>(op));
    peer.Publish("s.a", std::to_string(sequence), reply, headers);
  }
  std::vector<std::string> Answers() {
    std::vector<std::string> answers;
    for (const Received& message : peer.All()) {
      const Json answer = message.json();
      const bool refused = answer.contains("error") && !answer.contains("type");
      answers.push_back(refused ? fmt::format("{} {}", answer["error"]["err_code"].get<int>(),
                                              answer["error"]["description"].get<std::string>())
                                : message.payload);
    }
    return answers;
  }
  int64_t Messages() { return peer.Api("STREAM.INFO.S")["state"]["messages"].get<int64_t>(); }

  Peer peer{*this};
};

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(FastBatchTest, OneAcknowledgementIsForSeveral) {
  Send(kBegin, 1);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":0,"msgs":3})"));
  for (int i = 2; i <= 7; ++i) Send(kAdd, i);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":3,"msgs":3})",
                                     R"({"type":"ack","seq":6,"msgs":3})"));
  Send(kCommit, 8);
  EXPECT_THAT(Answers(), ElementsAre(R"({"stream":"S", "seq":8,"batch":"b","count":8})"));
  EXPECT_EQ(Messages(), 8);
  Send(kAdd, 9);
  EXPECT_THAT(Answers(), ElementsAre("10208 batch publish ID unknown"));
}

TEST_F(FastBatchTest, MayEndWithoutStoringTheLast) {
  Send(kBegin, 1);
  Send(kAdd, 2);
  Send(kCommitWithout, 3);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":0,"msgs":3})",
                                     R"({"stream":"S", "seq":2,"batch":"b","count":2})"));
  EXPECT_EQ(Messages(), 2);
}

TEST_F(FastBatchTest, OfOneMessageIsAnsweredLikeAny) {
  Send(kCommit, 1);
  EXPECT_THAT(Answers(), ElementsAre(R"({"stream":"S", "seq":1,"batch":"b","count":1})"));
  Send(kCommit, 1, {{"Nats-Expected-Last-Sequence", "9"}});
  EXPECT_THAT(Answers(), ElementsAre("10071 wrong last sequence: 1"));
}

TEST_F(FastBatchTest, GapEndsItOrIsPassedOver) {
  Send(kBegin, 1);
  Answers();
  Send(kAdd, 4);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"gap","last_seq":2,"seq":4})",
                                     R"({"stream":"S", "seq":1,"batch":"b","count":1})"));
  Send(kBegin, 1, {}, "ok", 10, "c");
  Answers();
  Send(kAdd, 4, {}, "ok", 10, "c");
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"gap","last_seq":2,"seq":4})"));
  Send(kCommit, 5, {}, "ok", 10, "c");
  EXPECT_THAT(Answers(), ElementsAre(R"({"stream":"S", "seq":4,"batch":"c","count":5})"));
}

TEST_F(FastBatchTest, ErrorEndsItOrIsPassedOver) {
  const Headers wrong = {{"Nats-Expected-Last-Sequence", "9"}};
  Send(kBegin, 1);
  Answers();
  Send(kAdd, 2, wrong);
  auto answers = Answers();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0], R"({"type":"err","seq":2,"error":{"code":400,"err_code":10071,)"
                        R"("description":"wrong last sequence: 1"}})");
  EXPECT_EQ(answers[1], R"({"stream":"S", "seq":1,"batch":"b","count":1})");
  Send(kBegin, 1, {}, "ok", 10, "c");
  Answers();
  Send(kAdd, 2, wrong, "ok", 10, "c");
  answers = Answers();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(answers[0], HasSubstr(R"("type":"err","seq":2)"));
  Send(kCommit, 3, {}, "ok", 10, "c");
  EXPECT_THAT(Answers(), ElementsAre(R"({"stream":"S", "seq":3,"batch":"c","count":3})"));
}

TEST_F(FastBatchTest, PingTellsAgainAndOfWhatIsMissing) {
  Send(kBegin, 1);
  for (int i = 2; i <= 4; ++i) Send(kAdd, i);
  Answers();
  Send(kPing, 4);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":3,"msgs":3})"));
  Send(kPing, 6);
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"gap","last_seq":5,"seq":7})",
                                     R"({"stream":"S", "seq":4,"batch":"b","count":4})"));
}

TEST_F(FastBatchTest, SeveralBeginSlowlyAndShare) {
  Send(kBegin, 1, {}, "fail", 400, "b");
  Send(kBegin, 1, {}, "fail", 400, "c");
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":0,"msgs":400})",
                                     R"({"type":"ack","seq":0,"msgs":1})",
                                     R"({"type":"ack","seq":1,"msgs":2})"));
  for (int i = 2; i <= 3; ++i) Send(kAdd, i, {}, "fail", 400, "c");
  EXPECT_THAT(Answers(), ElementsAre(R"({"type":"ack","seq":3,"msgs":4})"));
}

TEST_F(FastBatchTest, RepeatsCountAndAreNotStored) {
  Send(kBegin, 1, {{"Nats-Msg-Id", "x"}});
  Send(kAdd, 2, {{"Nats-Msg-Id", "x"}});
  Send(kCommit, 3);
  EXPECT_THAT(Answers().back(), R"({"stream":"S", "seq":2,"batch":"b","count":3})");
}

TEST_F(FastBatchTest, BadOnesAreRefused) {
  const std::string bad = "10206 batch publish pattern is invalid";
  const auto refusal = [&](const std::string& reply) {
    peer.Publish("s.a", "x", reply);
    return Answers().at(0);
  };
  EXPECT_EQ(refusal("in.b.10.maybe.1.0.$FI"), bad);
  EXPECT_EQ(refusal("in.b.10.ok.1.7.$FI"), bad);
  EXPECT_EQ(refusal("in.b.10.ok.0.0.$FI"), bad);
  EXPECT_EQ(refusal("in.b.10.ok.2.0.$FI"), bad);
  EXPECT_EQ(refusal("in.b.10.ok.1.1.$FI"), bad);
  EXPECT_EQ(refusal("in.b.10.ok.1.3.$FI"), bad);
  EXPECT_EQ(refusal("in." + std::string(65, 'x') + ".10.ok.1.0.$FI"),
            "10207 batch publish ID is invalid");
  EXPECT_EQ(refusal("in.b.10.ok.2.1.$FI"), "10208 batch publish ID unknown");
  MakeStream(peer, "T", {"t"});
  peer.Publish("t", "x", "in.b.10.ok.1.0.$FI");
  EXPECT_THAT(Answers(), ElementsAre("10205 batch publish is disabled"));
}

TEST_F(FastBatchTest, IdleOneIsForgotten) {
  Send(kBegin, 1);
  Answers();
  Pass(absl::Seconds(9));
  Send(kPing, 1);
  Answers();
  Pass(absl::Seconds(9));
  Send(kAdd, 2);
  EXPECT_THAT(Answers(), ::testing::IsEmpty()) << "it goes on";
  Pass(absl::Seconds(11));
  Send(kAdd, 3);
  EXPECT_THAT(Answers(), ElementsAre("10208 batch publish ID unknown"));
}

}  // namespace
}  // namespace braid::nats
