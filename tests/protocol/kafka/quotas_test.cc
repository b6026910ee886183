// Quotas: whom they are for, how they are kept, and what a client above one meets.
#include "protocol/kafka/quotas.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/kafka/messages/alter_client_quotas.h"
#include "protocol/kafka/messages/create_partitions.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/describe_client_quotas.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1000);

class QuotaRulesTest : public ::testing::Test {
 protected:
  ErrorCode Set(QuotaEntity entity, double rate, std::string_view key = kProducerByteRate) {
    const QuotaChange change{key, rate};
    return quotas.Alter(entity, {&change, 1}, false, writes).code;
  }
  // Bytes per second that hold for them; 0: none.
  double RateOf(std::string_view user, std::string_view client) {
    return quotas.Burst(kProducerByteRate, user, client).value_or(0) / 10;
  }
  std::unique_ptr<engine::Catalog> catalog = *engine::Catalog::Open({});
  engine::Writes writes;
  Quotas quotas{*catalog};
};

TEST_F(QuotaRulesTest, MostSpecialOneHolds) {
  EXPECT_FALSE(quotas.any());
  const std::pair<QuotaEntity, double> rising[] = {
      {{{"client-id", std::nullopt}}, 1},
      {{{"client-id", "c"}}, 2},
      {{{"user", std::nullopt}}, 3},
      {{{"user", std::nullopt}, {"client-id", std::nullopt}}, 4},
      {{{"user", std::nullopt}, {"client-id", "c"}}, 5},
      {{{"user", "u"}}, 6},
      {{{"user", "u"}, {"client-id", std::nullopt}}, 7},
      {{{"user", "u"}, {"client-id", "c"}}, 8},
  };
  for (const auto& [entity, rate] : rising) {
    EXPECT_EQ(Set(entity, rate), ErrorCode::kNone);
    EXPECT_EQ(RateOf("u", "c"), rate);
  }
  EXPECT_EQ(RateOf("u", "other"), 7);
  EXPECT_EQ(RateOf("other", "c"), 5);
  EXPECT_EQ(RateOf("other", "other"), 4);
  EXPECT_TRUE(quotas.any());
}

TEST_F(QuotaRulesTest, ClientsOfADefaultAreMeteredApart) {
  Set({{"client-id", std::nullopt}}, 10);
  EXPECT_GT(quotas.Charge(kProducerByteRate, "u", "a", 1000, kNow), absl::ZeroDuration());
  EXPECT_EQ(quotas.Charge(kProducerByteRate, "u", "b", 50, kNow), absl::ZeroDuration());
  EXPECT_EQ(quotas.Charge(kConsumerByteRate, "u", "a", 1000, kNow), absl::ZeroDuration());
}

TEST_F(QuotaRulesTest, ClientsOfAUserAreMeteredTogether) {
  Set({{"user", "u"}}, 10);
  quotas.Charge(kProducerByteRate, "u", "a", 100, kNow);
  EXPECT_EQ(quotas.Charge(kProducerByteRate, "u", "b", 10, kNow), absl::Seconds(1));
}

TEST_F(QuotaRulesTest, NonsenseIsRefused) {
  EXPECT_EQ(Set({}, 1), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"planet", "x"}}, 1), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"user", ""}}, 1), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"user", "u"}, {"ip", "1.2.3.4"}}, 1), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"user", "u"}}, 1, "no_such_rate"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"user", "u"}}, 1, "connection_creation_rate"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Set({{"ip", "1.2.3.4"}}, 1, "connection_creation_rate"), ErrorCode::kNone);
  for (const double rate : {0.0, -1.0, 1.5, std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(Set({{"user", "u"}}, rate), ErrorCode::kInvalidRequest) << rate;
  }
  EXPECT_EQ(Set({{"user", "u"}}, 1.5, kRequestPercentage), ErrorCode::kNone);
}

TEST_F(QuotaRulesTest, TheyAreKeptWithTheCatalogue) {
  Set({{"client-id", "c"}}, 5);
  Set({{"user", std::nullopt}, {"client-id", "c"}}, 7);
  const Quotas again(*catalog);
  EXPECT_EQ(again.Find({}), quotas.Find({}));
  EXPECT_EQ(again.Find({}).size(), 2u);
  const QuotaChange none{kProducerByteRate, std::nullopt};
  quotas.Alter({{"client-id", "c"}}, {&none, 1}, false, writes);
  EXPECT_EQ(Quotas(*catalog).Find({}).size(), 1u);
}

TEST_F(QuotaRulesTest, FiltersPickEntities) {
  Set({{"user", "u"}}, 1);
  Set({{"user", std::nullopt}}, 2);
  Set({{"user", "u"}, {"client-id", "c"}}, 3);
  using Match = QuotaFilter::Match;
  const auto count = [&](QuotaFilter filter) { return quotas.Find(filter).size(); };
  EXPECT_EQ(count({}), 3u);
  EXPECT_EQ(count({.parts = {{"user", {Match::kName, "u"}}}}), 2u);
  EXPECT_EQ(count({.parts = {{"user", {Match::kName, "u"}}}, .strict = true}), 1u);
  EXPECT_EQ(count({.parts = {{"user", {Match::kDefault, ""}}}}), 1u);
  EXPECT_EQ(count({.parts = {{"user", {Match::kAny, ""}}}}), 3u);
  EXPECT_EQ(count({.parts = {{"client-id", {Match::kAny, ""}}}}), 1u);
  EXPECT_EQ(count({.strict = true}), 0u);
}

// The tests' client calls itself "test".
class ThrottlingTest : public KafkaTest {
 protected:
  int16_t Set(std::string_view key, double value, bool remove = false) {
    AlterClientQuotasRequest request;
    request.entries.push_back({{{"client-id", "test"}}, {{key, value, remove}}});
    return client.Ask<AlterClientQuotasResponse>(request, 1).entries.at(0).error_code;
  }
  KafkaClient client{*this, address};
};

TEST_F(ThrottlingTest, QuotasAreAlteredAndDescribed) {
  EXPECT_EQ(Set("producer_byte_rate", 1000), 0);
  EXPECT_EQ(Set("producer_byte_rate", -1), Wire(ErrorCode::kInvalidRequest));
  for (int16_t version = 0; version <= 1; ++version) {
    DescribeClientQuotasRequest request;
    request.components.push_back({"client-id", 0, "test"});
    const auto reply = client.Ask<DescribeClientQuotasResponse>(request, version);
    ASSERT_EQ(reply.entries->size(), 1u);
    EXPECT_EQ(reply.entries->at(0).entity.at(0).entity_name, "test");
    EXPECT_EQ(reply.entries->at(0).values.at(0).value, 1000);
    request.components.push_back({"client-id", 0, "test"});
    EXPECT_EQ(client.Ask<DescribeClientQuotasResponse>(request, version).error_code,
              Wire(ErrorCode::kInvalidRequest));
  }
  EXPECT_EQ(Set("producer_byte_rate", 0, true), 0);
  const auto none = client.Ask<DescribeClientQuotasResponse>(DescribeClientQuotasRequest(), 1);
  EXPECT_TRUE(none.entries->empty());
}

TEST_F(ThrottlingTest, ProducerAboveItsQuotaIsAnsweredAndThenNotHeard) {
  client.Create("t", 1);
  Set("producer_byte_rate", 100);
  const Buffer batch = BatchOf({std::string(2000, 'x')});
  const auto reply = client.Ask<ProduceResponse>(KafkaClient::ProduceOf("t", 0, batch), 8);
  EXPECT_EQ(reply.responses.at(0).partition_responses.at(0).error_code, 0);
  EXPECT_GT(reply.throttle_time_ms, 10'000);
  client.Send(MetadataRequest(), 9);
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  KafkaClient other(*this, address);
  EXPECT_EQ(other.Ask<MetadataResponse>(MetadataRequest(), 9).throttle_time_ms, 0)
      << "a connection is muted, not the broker";
  clock.Advance(absl::Milliseconds(reply.throttle_time_ms));
  EXPECT_EQ(client.Receive<MetadataResponse>(9).throttle_time_ms, 0);
}

TEST_F(ThrottlingTest, ConsumerAboveItsQuotaGetsNothingForAWhile) {
  client.Create("t", 1);
  for (int i = 0; i < 3; ++i) client.Produce("t", 0, BatchOf({std::string(800, 'x')}));
  Set("consumer_byte_rate", 100);
  const auto fetch = [&](int64_t offset) {
    return client.Ask<FetchResponse>(KafkaClient::FetchOf("t", 0, offset), 11);
  };
  const auto first = fetch(0);
  EXPECT_EQ(first.throttle_time_ms, 0);
  const size_t got = first.responses.at(0).partitions.at(0).records.size();
  EXPECT_GT(got, 800u);
  EXPECT_LT(got, 1000u) << "no more than the quota lets through at once";
  const auto second = fetch(1);
  EXPECT_GT(second.throttle_time_ms, 0);
  EXPECT_EQ(second.responses.at(0).partitions.at(0).records.size(), 0u);
  EXPECT_FALSE(second.responses.at(0).partitions.at(0).records.null);
  clock.Advance(absl::Minutes(1));
  EXPECT_EQ(fetch(1).responses.at(0).partitions.at(0).records.size(), got);
}

TEST_F(ThrottlingTest, BatchAboveWhatGoesAtOnceIsReadAndPaidFor) {
  client.Create("t", 1);
  client.Produce("t", 0, BatchOf({std::string(5000, 'x')}));
  Set("consumer_byte_rate", 100);
  const auto reply = client.Ask<FetchResponse>(KafkaClient::FetchOf("t", 0, 0), 11);
  EXPECT_GT(reply.responses.at(0).partitions.at(0).records.size(), 5000u);
  EXPECT_GT(reply.throttle_time_ms, 40'000);
}

TEST_F(ThrottlingTest, PartitionsFasterThanTheQuotaAreRefusedAndTheQuotaNotUsed) {
  Set("controller_mutation_rate", 1);
  const auto create = [&](std::string_view name, int16_t version) {
    CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = name;
    topic.num_partitions = 20;
    topic.replication_factor = 1;
    return client.Ask<CreateTopicsResponse>(request, version);
  };
  EXPECT_EQ(create("a", 7).topics.at(0).error_code, 0) << "what is not used up lets it through";
  const auto refused = create("b", 7);
  EXPECT_EQ(refused.topics.at(0).error_code, Wire(ErrorCode::kThrottlingQuotaExceeded));
  EXPECT_GT(refused.throttle_time_ms, 0);
  EXPECT_EQ(catalog->FindTopic("b"), nullptr);
  clock.Advance(absl::Milliseconds(refused.throttle_time_ms));
  EXPECT_EQ(create("b", 7).topics.at(0).error_code, 0);

  DeleteTopicsRequest remove;
  remove.topics = {{"a", {}}};
  const auto kept = client.Ask<DeleteTopicsResponse>(remove, 6);
  EXPECT_EQ(kept.responses.at(0).error_code, Wire(ErrorCode::kThrottlingQuotaExceeded));
  EXPECT_NE(catalog->FindTopic("a"), nullptr);
  clock.Advance(absl::Milliseconds(kept.throttle_time_ms));
  CreatePartitionsRequest grow;
  grow.topics.push_back({.name = "a", .count = 21, .assignments = std::nullopt});
  EXPECT_EQ(client.Ask<CreatePartitionsResponse>(grow, 3).results.at(0).error_code, 0);
}

// They know no error for it, and would take any other as final.
TEST_F(ThrottlingTest, OlderVersionsCreateTheTopicAndPauseAfterwards) {
  Set("controller_mutation_rate", 1);
  client.Create("a", 20);
  EXPECT_NE(catalog->FindTopic("a"), nullptr);
  client.Send(MetadataRequest(), 9);
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  clock.Advance(absl::Minutes(1));
  client.Receive<MetadataResponse>(9);
}

TEST_F(ThrottlingTest, AddressThatConnectsTooFastIsTurnedAwayAfterAWhile) {
  AlterClientQuotasRequest request;
  request.entries.push_back({{{"ip", std::nullopt}}, {{"connection_creation_rate", 1, false}}});
  client.Ask<AlterClientQuotasResponse>(request, 1);
  std::vector<std::unique_ptr<KafkaClient>> others;
  for (int i = 0; i < 14; ++i) {
    others.push_back(std::make_unique<KafkaClient>(*this, address));
    Settle();
  }
  others.front()->Ask<MetadataResponse>(MetadataRequest(), 9);
  KafkaClient& last = *others.back();
  last.Send(MetadataRequest(), 9);
  Settle();
  EXPECT_FALSE(last.HasAnswer());
  EXPECT_FALSE(last.wire().ended());
  clock.Advance(absl::Minutes(1));
  EXPECT_TRUE(RunUntil([&] { return last.wire().ended(); }));
  KafkaClient later(*this, address);
  later.Ask<MetadataResponse>(MetadataRequest(), 9);
}

TEST_F(ThrottlingTest, MutedClientThatLeavesIsGone) {
  client.Create("t", 1);
  Set("producer_byte_rate", 1);
  client.Produce("t", 0, BatchOf({std::string(2000, 'x')}));
  client.wire().Close();
  Settle();
}

}  // namespace
}  // namespace braid::kafka
