// Faults of calls on demand: what their clients meet, and that nobody else does.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "braid/call_fault.h"
#include "protocol/kafka/dispatch.h"
#include "protocol/kafka/refused_calls.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/messages.h"
#include "tests/protocol/kafka/random.h"

namespace braid::kafka {
namespace {

using Kind = CallFault::Kind;

class CallFaultsTest : public KafkaTest {
 protected:
  CallFaultsTest() { client.Create("t", 1); }
  void Inject(CallFault fault) {
    const absl::Status injected = service->Inject(std::move(fault));
    ASSERT_TRUE(injected.ok()) << injected;
  }
  int64_t Records() { return catalog->FindTopic("t")->partitions[0]->record_count(); }
  KafkaClient client{*this, address};
};

TEST_F(CallFaultsTest, LostRequestIsNotServed) {
  Inject({.call = "Produce", .kind = Kind::kLoseRequest});
  client.Send(KafkaClient::ProduceOf("t", 0, BatchOf({"a"})), 8);
  EXPECT_TRUE(RunUntil([&] { return client.wire().ended(); }));
  EXPECT_FALSE(client.HasAnswer());
  EXPECT_EQ(Records(), 0);
  KafkaClient again(*this, address);
  EXPECT_EQ(again.Produce("t", 0, BatchOf({"a"})).base_offset, 0) << "it happens once";
}

TEST_F(CallFaultsTest, RetryAfterALostAnswerIsKnown) {
  Inject({.call = "Produce", .kind = Kind::kLoseAnswer, .after = 1});
  const Buffer first = WithSequence(BatchOf({"a"}), 7, 0, 0);
  const Buffer second = WithSequence(BatchOf({"b"}), 7, 0, 1);
  EXPECT_EQ(client.Produce("t", 0, first).base_offset, 0);
  client.Send(KafkaClient::ProduceOf("t", 0, second), 8);
  EXPECT_TRUE(RunUntil([&] { return client.wire().ended(); }));
  EXPECT_FALSE(client.HasAnswer());
  EXPECT_EQ(Records(), 2);
  KafkaClient again(*this, address);
  EXPECT_EQ(again.Produce("t", 0, second).base_offset, 1);
  EXPECT_EQ(Records(), 2);
}

TEST_F(CallFaultsTest, AnswersBeforeALostOneAreSent) {
  Inject({.call = "Produce", .kind = Kind::kLoseAnswer});
  client.Send(MetadataRequest(), 9);
  client.Send(KafkaClient::ProduceOf("t", 0, BatchOf({"a"})), 8);
  client.Receive<MetadataResponse>(9);
  EXPECT_TRUE(RunUntil([&] { return client.wire().ended(); }));
  EXPECT_FALSE(client.HasAnswer());
}

TEST_F(CallFaultsTest, DelayedCallIsServedLaterAndOthersAreNot) {
  Inject({.call = "Metadata", .kind = Kind::kDelay, .delay = absl::Seconds(3)});
  client.Send(MetadataRequest(), 9);
  Settle();
  KafkaClient other(*this, address);
  other.Ask<MetadataResponse>(MetadataRequest(), 9);
  EXPECT_FALSE(client.HasAnswer());
  clock.Advance(absl::Seconds(3));
  client.Receive<MetadataResponse>(9);
}

TEST_F(CallFaultsTest, RefusedCallDoesNothingAndItsConnectionLives) {
  Inject({.call = "Produce",
          .kind = Kind::kRefuse,
          .times = 2,
          .error = Wire(ErrorCode::kNotLeaderOrFollower)});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.Produce("t", 0, BatchOf({"a"})).error_code,
              Wire(ErrorCode::kNotLeaderOrFollower));
  }
  EXPECT_EQ(Records(), 0);
  EXPECT_EQ(client.Produce("t", 0, BatchOf({"a"})).error_code, 0);
}

TEST_F(CallFaultsTest, OneClientAloneMayMeetIt) {
  Inject({.call = "Produce",
          .kind = Kind::kRefuse,
          .client_id = "somebody else",
          .times = -1,
          .error = Wire(ErrorCode::kNotLeaderOrFollower)});
  EXPECT_EQ(client.Produce("t", 0, BatchOf({"a"})).error_code, 0);
  Inject({.call = "Produce",
          .kind = Kind::kRefuse,
          .client_id = "test",
          .times = -1,
          .error = Wire(ErrorCode::kNotLeaderOrFollower)});
  for (int i = 0; i < 5; ++i) EXPECT_NE(client.Produce("t", 0, BatchOf({"a"})).error_code, 0);
  service->faults().Clear();
  EXPECT_EQ(client.Produce("t", 0, BatchOf({"a"})).error_code, 0);
}

TEST_F(CallFaultsTest, NonsenseIsRefused) {
  EXPECT_FALSE(service->Inject({.call = "Pruduce"}).ok());
  EXPECT_FALSE(service->Inject({.call = "Produce", .kind = Kind::kRefuse}).ok());
  EXPECT_FALSE(
      service->Inject({.call = "DescribeQuorum", .kind = Kind::kRefuse, .error = 41}).ok());
  EXPECT_FALSE(service->faults().any());
}

// Counts the places for errors in an answer, and those that have one.
struct ErrorsOf {
  template <class T>
  void operator()(std::string_view name, const T& field, Versions versions = {}) {
    if (!versions.Has(version)) return;
    if constexpr (std::is_same_v<T, int16_t>) {
      if (!name.ends_with("ErrorCode")) return;
      ++places;
      if (field == error) ++found;
    } else if constexpr (fields::Struct<T>) {
      T::Visit(*this, field);
    } else if constexpr (fields::kIsArray<T>) {
      for (const auto& item : field) (*this)("", item);
    }
  }
  int16_t version;
  int16_t error;
  int places = 0;
  int found = 0;
};

class EveryRefusal : public CallFaultsTest {
 protected:
  template <class Asked, class Answer>
  void Check() {
    constexpr int16_t kError = Wire(ErrorCode::kThrottlingQuotaExceeded);
    int places = 0;
    ForEachVersion<Asked>([&](int16_t version) {
      SCOPED_TRACE(testing::Message() << Asked::kApi.name << " v" << version);
      Random random(version + 1, Random::Values::kCommon);
      Asked asked = random.Message<Asked>(version);  // may be about nothing
      if constexpr (requires { asked.acks; }) asked.acks = 1;
      Inject({.call = std::string(Asked::kApi.name), .kind = Kind::kRefuse, .error = kError});
      const auto answer = client.Ask<Answer>(asked, version);
      ErrorsOf errors{.version = version, .error = kError};
      Answer::Visit(errors, answer);
      EXPECT_EQ(errors.found, errors.places);
      places += errors.places;
    });
    EXPECT_GT(places, 0) << Asked::kApi.name;
  }
};

TEST_F(EveryRefusal, HasTheErrorInEachOfItsPlaces) {
  Check<ProduceRequest, ProduceResponse>();
  Check<ListOffsetsRequest, ListOffsetsResponse>();
  Check<OffsetCommitRequest, OffsetCommitResponse>();
  Check<OffsetFetchRequest, OffsetFetchResponse>();
  Check<FindCoordinatorRequest, FindCoordinatorResponse>();
  Check<JoinGroupRequest, JoinGroupResponse>();
  Check<HeartbeatRequest, HeartbeatResponse>();
  Check<LeaveGroupRequest, LeaveGroupResponse>();
  Check<SyncGroupRequest, SyncGroupResponse>();
  Check<DeleteTopicsRequest, DeleteTopicsResponse>();
  Check<InitProducerIdRequest, InitProducerIdResponse>();
  Check<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>();
  Check<EndTxnRequest, EndTxnResponse>();
  Check<TxnOffsetCommitRequest, TxnOffsetCommitResponse>();
  Check<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>();
  Check<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>();
  Check<ShareFetchRequest, ShareFetchResponse>();
  Check<ShareAcknowledgeRequest, ShareAcknowledgeResponse>();
}

// Their answers have a place for an error of the whole besides, which this is not.
TEST_F(EveryRefusal, IsOfTheTopicsWhereTheCallIsAboutThem) {
  Inject({.call = "Fetch", .kind = Kind::kRefuse, .error = 56});
  EXPECT_EQ(client.Fetch("t", 0, 0).error_code, 56);
  Inject({.call = "CreateTopics", .kind = Kind::kRefuse, .error = 44});
  CreateTopicsRequest create;
  create.topics.emplace_back().name = "new";
  EXPECT_EQ(client.Ask<CreateTopicsResponse>(create, 7).topics.at(0).error_code, 44);
  EXPECT_EQ(catalog->FindTopic("new"), nullptr);
  Inject({.call = "Metadata", .kind = Kind::kRefuse, .error = 5});
  MetadataRequest metadata;
  metadata.topics.emplace().emplace_back().name = "t";
  const auto told = client.Ask<MetadataResponse>(metadata, 9);
  EXPECT_EQ(told.topics.at(0).error_code, 5);
  EXPECT_EQ(told.brokers.size(), 1u);
  Inject({.call = "AddPartitionsToTxn", .kind = Kind::kRefuse, .error = 51});
  AddPartitionsToTxnRequest add;
  add.transactional_id = "x";
  add.topics.push_back({"t", {0}});
  EXPECT_EQ(client.Ask<AddPartitionsToTxnResponse>(add, 3)
                .results_by_topic.at(0)
                .results_by_partition.at(0)
                .partition_error_code,
            51);
}

}  // namespace
}  // namespace braid::kafka
