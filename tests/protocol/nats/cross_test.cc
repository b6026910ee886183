// Streams that other models made, seen through JetStream.
#include "engine/names.h"
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class CrossTest : public NatsTest {
 protected:
  // A topic as a Kafka client has it.
  engine::TopicPtr MakeTopic(const std::string& name, int partitions) {
    engine::Writes writes;
    const auto topic = catalog->CreateTopic(name, partitions, StreamOptions(), writes);
    EXPECT_TRUE(catalog->Commit(writes).ok());
    return *topic;
  }
  void Append(engine::Stream& stream, Origin origin, std::optional<std::string_view> key,
              std::optional<std::string_view> value, std::vector<HeaderView> headers = {}) {
    RecordView record;
    record.key = key;
    record.value = value;
    record.headers.assign(headers.begin(), headers.end());
    engine::AppendOptions options;
    options.origin = origin;
    engine::Writes writes;
    EXPECT_TRUE(stream.Append(record, options, writes).ok());
    EXPECT_TRUE(catalog->Commit(writes).ok());
  }

  Peer peer{*this};
};

TEST_F(CrossTest, TopicIsAStreamOfItsName) {
  const auto topic = MakeTopic("payments", 1);
  Append(*topic->partitions[0], Origin::kKafka, "eu", "one", {{"h", "v"}});
  Append(*topic->partitions[0], Origin::kKafka, std::nullopt, "two");
  EXPECT_EQ(peer.Api("STREAM.NAMES")["streams"], Json({"payments"}));
  const Json info = peer.Api("STREAM.INFO.payments");
  EXPECT_EQ(info["config"]["subjects"], Json({"payments", "payments.>"}));
  EXPECT_EQ(info["state"]["messages"], 2);
  const Json message = peer.Api("STREAM.MSG.GET.payments", {{"seq", 1}})["message"];
  EXPECT_EQ(message["subject"], "payments.eu");
  EXPECT_EQ(message["data"], "b25l");
  EXPECT_EQ(peer.Api("STREAM.MSG.GET.payments", {{"last_by_subj", "payments"}})["message"]["seq"],
            2);
  EXPECT_EQ(peer.Api("STREAM.MSG.GET.payments", {{"last_by_subj", "payments.*"}})["message"]["seq"],
            1);
}

TEST_F(CrossTest, KeysOfOtherRedisDatabasesAreNoStreams) {
  const std::string name = engine::CanonicalName(1, "key");
  engine::Writes writes;
  ASSERT_TRUE(catalog->CreatePrivateTopic(name, {}, writes).ok());
  MakeTopic("seen", 1);
  EXPECT_EQ(peer.Api("STREAM.NAMES")["streams"], Json({"seen"}));
  EXPECT_EQ(peer.Api("STREAM.LIST")["streams"].size(), 1u);
  const std::string spelled = *engine::EscapeForNats(name);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.INFO." + spelled)), 10059);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.DELETE." + spelled)), 10059);
  EXPECT_NE(ErrorOf(peer.Api("STREAM.CREATE." + spelled, {{"name", spelled}})), 0);
  EXPECT_NE(catalog->FindAny(name), nullptr);
}

TEST_F(CrossTest, PartitionsAreStreamsOfTheirOwn) {
  MakeTopic("t", 3);
  EXPECT_EQ(peer.Api("STREAM.NAMES")["streams"], Json({"t-0", "t-1", "t-2"}));
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.DELETE.t-1")), 10003);
}

TEST_F(CrossTest, PublishingOnTheNameOrBelowReachesIt) {
  const auto topic = MakeTopic("payments", 1);
  EXPECT_EQ(peer.Request("payments", "a").json(), (Json{{"stream", "payments"}, {"seq", 1}}));
  EXPECT_EQ(peer.Request("payments.eu.x", "b").json()["seq"], 2);
  const auto record = topic->partitions[0]->ReadOne(1);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->key, "payments.eu.x");
  EXPECT_EQ(record->value, "b");
}

TEST_F(CrossTest, ConsumersReadEveryModelsRecords) {
  const auto topic = MakeTopic("mixed", 1);
  engine::Stream& stream = *topic->partitions[0];
  Append(stream, Origin::kKafka, "k", "kafka", {{"h", "v"}});
  Append(stream, Origin::kRedis, std::nullopt, std::nullopt, {{"field", "redis"}});
  peer.Publish("mixed.n", "nats");
  MakeConsumer(peer, "mixed", "C");
  peer.Subscribe("pull", "1");
  peer.Publish("$JS.API.CONSUMER.MSG.NEXT.mixed.C", "3", "pull");
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 3u);
  EXPECT_EQ(got[0].subject, "mixed.k");
  EXPECT_EQ(got[0].payload, "kafka");
  EXPECT_EQ(got[0].header("h"), "v");
  EXPECT_EQ(got[1].subject, "mixed");
  EXPECT_EQ(got[1].header("field"), "redis");
  EXPECT_EQ(got[1].json(), (Json{{"field", "redis"}}));
  EXPECT_EQ(got[2].subject, "mixed.n");
  EXPECT_EQ(got[2].payload, "nats");
}

TEST_F(CrossTest, FilterHoldsForTheSubjectsAsTheyAreSeen) {
  const auto topic = MakeTopic("t", 1);
  for (const char* key : {"eu", "us", "eu"}) {
    Append(*topic->partitions[0], Origin::kKafka, key, "x");
  }
  const Json made = MakeConsumer(peer, "t", "C", {{"filter_subject", "t.eu"}});
  EXPECT_EQ(made["num_pending"], 2);
}

TEST_F(CrossTest, StreamOfAnotherModelKeepsItsConfig) {
  MakeTopic("t", 1);
  const Json update = {{"name", "t"}, {"subjects", {"t", "t.>"}}, {"max_msgs", 5}};
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.UPDATE.t", update)), 10052);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.CREATE.t", update)), 10058);
  EXPECT_EQ(peer.Api("STREAM.DELETE.t")["success"], true);
}

TEST_F(CrossTest, TopicThatIsDeletedElsewhereEndsItsConsumers) {
  MakeTopic("t", 1);
  MakeConsumer(peer, "t", "C");
  peer.Subscribe("pull", "1");
  peer.Publish("$JS.API.CONSUMER.MSG.NEXT.t.C", "", "pull");
  Settle();
  engine::Writes writes;
  ASSERT_TRUE(catalog->DeleteTopic("t", writes).ok());
  ASSERT_TRUE(catalog->Commit(writes).ok());
  EXPECT_EQ(peer.Next().status(), "409 Consumer Deleted");
}

}  // namespace
}  // namespace braid::nats
