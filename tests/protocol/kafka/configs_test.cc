// Settings altered and described over the wire, and what altering them does.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/kafka/messages/alter_configs.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/list_config_resources.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

constexpr int8_t kTopic = 2, kBroker = 4, kLogger = 8, kMetrics = 16, kGroup = 32;
constexpr int8_t kSet = 0, kDelete = 1, kAppend = 2;

class ConfigsTest : public KafkaTest {
 protected:
  using Change = IncrementalAlterConfigsRequest::Resource::Config;
  using Setting = AlterConfigsRequest::Resource::Config;
  using Described = DescribeConfigsResponse::Result::Config;

  ErrorCode Alter(int8_t type, std::string_view name, std::vector<Change> changes,
                  bool validate_only = false) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back({type, name, std::move(changes)});
    request.validate_only = validate_only;
    const auto reply = client.Ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0);
    EXPECT_EQ(reply.error_code == 0, !reply.error_message.has_value());
    EXPECT_EQ(reply.resource_name, name);
    return static_cast<ErrorCode>(reply.error_code);
  }
  ErrorCode Replace(int8_t type, std::string_view name, std::vector<Setting> settings,
                    bool validate_only = false) {
    AlterConfigsRequest request;
    request.resources.push_back({type, name, std::move(settings)});
    request.validate_only = validate_only;
    return static_cast<ErrorCode>(
        client.Ask<AlterConfigsResponse>(request, 2).responses.at(0).error_code);
  }
  std::vector<Described> DescribeAll(int8_t type, std::string_view name) {
    DescribeConfigsRequest request;
    request.resources.push_back({type, name, std::nullopt});
    request.include_synonyms = true;
    const auto reply = client.Ask<DescribeConfigsResponse>(request, 4);
    EXPECT_EQ(reply.results.at(0).error_code, 0);
    return reply.results.at(0).configs;
  }
  // "value from source"
  std::string Describe(int8_t type, std::string_view name, std::string_view config) {
    for (const Described& described : DescribeAll(type, name)) {
      if (described.name != config) continue;
      EXPECT_EQ(described.value, described.synonyms.at(0).value);
      return std::string(*described.value) + " from " + std::to_string(described.config_source);
    }
    return "nothing";
  }
  StreamOptions OptionsOf(std::string_view topic, int partition = 0) {
    return catalog->FindKafka(topic, partition)->options();
  }

  KafkaClient client{*this, address};
};

TEST_F(ConfigsTest, TopicIsAlteredAndDoesSoAtOnce) {
  client.Create("orders", 2);
  EXPECT_EQ(Alter(kTopic, "orders", {{"retention.ms", kSet, "60000"}}), ErrorCode::kNone);
  EXPECT_EQ(OptionsOf("orders", 0).max_age, absl::Minutes(1));
  EXPECT_EQ(OptionsOf("orders", 1).max_age, absl::Minutes(1));
  EXPECT_EQ(Describe(kTopic, "orders", "retention.ms"), "60000 from 1");
  EXPECT_EQ(Alter(kTopic, "orders", {{"cleanup.policy", kAppend, "compact"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "orders", "cleanup.policy"), "delete,compact from 1");
  EXPECT_TRUE(OptionsOf("orders").compact);
  EXPECT_EQ(Alter(kTopic, "orders", {{"retention.ms", kDelete, std::nullopt}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "orders", "retention.ms"), "-1 from 4");
  EXPECT_EQ(OptionsOf("orders").max_age, absl::ZeroDuration());
}

TEST_F(ConfigsTest, AlterConfigsReplacesTheWholeSet) {
  client.Create("orders", 1);
  EXPECT_EQ(Replace(kTopic, "orders", {{"retention.ms", "5"}, {"segment.ms", "7"}}),
            ErrorCode::kNone);
  EXPECT_EQ(Replace(kTopic, "orders", {{"segment.ms", "9"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "orders", "retention.ms"), "-1 from 4");
  EXPECT_EQ(Describe(kTopic, "orders", "segment.ms"), "9 from 1");
}

TEST_F(ConfigsTest, ValidateOnlyChangesNothing) {
  client.Create("orders", 1);
  EXPECT_EQ(Alter(kTopic, "orders", {{"retention.ms", kSet, "5"}}, true), ErrorCode::kNone);
  EXPECT_EQ(Alter(kTopic, "orders", {{"retention.ms", kSet, "x"}}, true),
            ErrorCode::kInvalidConfig);
  EXPECT_EQ(Replace(kTopic, "orders", {{"retention.ms", "5"}}, true), ErrorCode::kNone);
  EXPECT_EQ(Replace(kBroker, "", {{"log.retention.ms", "5"}}, true), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "orders", "retention.ms"), "-1 from 4");
}

TEST_F(ConfigsTest, WhatCannotBeIsRefusedAsKafkaRefusesIt) {
  client.Create("orders", 1);
  const auto set = [&](int8_t type, std::string_view name, std::string_view config) {
    return Alter(type, name, {{config, kSet, "5"}});
  };
  EXPECT_EQ(set(kTopic, "orders", "no.such"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kTopic, "orders", "segment.bytes"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kTopic, "nowhere", "retention.ms"), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(set(kTopic, "no/where", "retention.ms"), ErrorCode::kInvalidTopic);
  EXPECT_EQ(set(kTopic, "", "retention.ms"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(kBroker, "2", "log.retention.ms"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(kBroker, "1", "node.id"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(kBroker, "1", "no.such"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(kGroup, "", "consumer.session.timeout.ms"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(kGroup, "g", "consumer.session.timeout.ms"), ErrorCode::kInvalidConfig);
  EXPECT_EQ(set(kLogger, "1", "root"), ErrorCode::kInvalidRequest);
  EXPECT_EQ(set(77, "x", "y"), ErrorCode::kInvalidRequest);
}

TEST_F(ConfigsTest, ResourceNamedTwiceIsRefusedOnce) {
  client.Create("orders", 1);
  IncrementalAlterConfigsRequest request;
  request.resources = {{kTopic, "orders", {{"retention.ms", kSet, "5"}}},
                       {kTopic, "orders", {{"segment.ms", kSet, "5"}}}};
  const auto reply = client.Ask<IncrementalAlterConfigsResponse>(request, 0);
  ASSERT_EQ(reply.responses.size(), 1u);
  EXPECT_EQ(reply.responses[0].error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(ConfigsTest, StreamOfAnotherModelIsConfiguredThere) {
  engine::Writes writes;
  StreamOptions nats;
  nats.owner = Origin::kNats;
  nats.max_age = absl::Seconds(5);
  ASSERT_TRUE(catalog->CreateTopic("events", 1, nats, writes).ok());
  EXPECT_EQ(Describe(kTopic, "events", "retention.ms"), "5000 from 1");
  EXPECT_EQ(Alter(kTopic, "events", {{"retention.ms", kSet, "9"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(Alter(kBroker, "", {{"log.retention.ms", kSet, "9"}}), ErrorCode::kNone);
  EXPECT_EQ(OptionsOf("events").max_age, absl::Seconds(5));
}

TEST_F(ConfigsTest, TopicsGoByTheBrokerUnlessTheySayOtherwise) {
  client.Create("plain", 1);
  client.Create("own", 1);
  Alter(kTopic, "own", {{"retention.ms", kSet, "1000"}});
  EXPECT_EQ(Alter(kBroker, "", {{"log.retention.ms", kSet, "2000"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "plain", "retention.ms"), "2000 from 3");
  EXPECT_EQ(OptionsOf("plain").max_age, absl::Seconds(2));
  EXPECT_EQ(Alter(kBroker, "1", {{"log.retention.ms", kSet, "3000"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kTopic, "plain", "retention.ms"), "3000 from 2");
  EXPECT_EQ(Describe(kBroker, "1", "log.retention.ms"), "3000 from 2");
  EXPECT_EQ(OptionsOf("plain").max_age, absl::Seconds(3));
  EXPECT_EQ(OptionsOf("own").max_age, absl::Seconds(1));
  client.Mention("made.later");
  EXPECT_EQ(OptionsOf("made.later").max_age, absl::Seconds(3));
  EXPECT_EQ(Alter(kBroker, "1", {{"log.retention.ms", kDelete, std::nullopt}}), ErrorCode::kNone);
  EXPECT_EQ(OptionsOf("plain").max_age, absl::Seconds(2));
  const auto all = DescribeAll(kBroker, "");
  ASSERT_EQ(all.size(), 1u) << "of all brokers together, what was set for them";
  EXPECT_EQ(all[0].name, "log.retention.ms");
}

TEST_F(ConfigsTest, GroupsAndClientMetricsHaveSettings) {
  EXPECT_EQ(Describe(kGroup, "g", "consumer.session.timeout.ms"), "45000 from 5");
  EXPECT_EQ(Alter(kGroup, "g", {{"share.auto.offset.reset", kSet, "earliest"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kGroup, "g", "share.auto.offset.reset"), "earliest from 8");
  EXPECT_EQ(service->configs().GroupValue("g", "share.auto.offset.reset"), "earliest");
  EXPECT_EQ(service->configs().GroupValue("h", "share.auto.offset.reset"), "latest");
  EXPECT_EQ(Alter(kMetrics, "m", {{"interval.ms", kSet, "1000"}}), ErrorCode::kNone);
  EXPECT_EQ(Describe(kMetrics, "m", "interval.ms"), "1000 from 7");
}

TEST_F(ConfigsTest, ResourcesWithSettingsAreListed) {
  client.Create("orders", 1);
  Alter(kGroup, "g", {{"share.auto.offset.reset", kSet, "earliest"}});
  Alter(kMetrics, "m", {{"interval.ms", kSet, "1000"}});
  const auto list = [&](std::vector<int8_t> types, int16_t version) {
    ListConfigResourcesRequest request;
    request.resource_types = types;
    const auto reply = client.Ask<ListConfigResourcesResponse>(request, version);
    std::vector<std::string> names;
    for (const auto& resource : reply.config_resources) {
      names.push_back(std::to_string(resource.resource_type) + std::string(resource.resource_name));
    }
    return reply.error_code == 0 ? names : std::vector<std::string>{"refused"};
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(list({}, 0), (Names{"16m"}));
  EXPECT_EQ(list({}, 1), (Names{"2orders", "41", "16m", "32g"}));
  EXPECT_EQ(list({kGroup, kTopic}, 1), (Names{"2orders", "32g"}));
  EXPECT_EQ(list({99}, 1), (Names{"refused"}));
}

TEST_F(ConfigsTest, CompactedTopicRefusesRecordsWithoutKeys) {
  client.Create("table", 1);
  Alter(kTopic, "table", {{"cleanup.policy", kSet, "compact"}});
  const auto reply = client.Produce("table", 0, BatchOf({"a", "b"}));
  EXPECT_EQ(reply.error_code, Wire(ErrorCode::kInvalidRecord));
  EXPECT_TRUE(reply.error_message.has_value());
  ASSERT_EQ(reply.record_errors.size(), 2u);
  EXPECT_EQ(reply.record_errors[1].batch_index, 1);
  EXPECT_EQ(catalog->FindKafka("table", 0)->next_offset(), 0);
}

TEST_F(ConfigsTest, TimestampsFarOffAreRefused) {
  client.Create("timed", 1);
  Alter(kTopic, "timed", {{"message.timestamp.before.max.ms", kSet, "3600000"}});
  const int64_t now = catalog->NowMs();
  const auto produce = [&](int64_t timestamp_ms) {
    storage::BatchBuilder builder;
    RecordView record;
    record.value = "x";
    record.timestamp_ms = timestamp_ms;
    builder.Add(record);
    return static_cast<ErrorCode>(client.Produce("timed", 0, builder.Build().bytes()).error_code);
  };
  EXPECT_EQ(produce(now), ErrorCode::kNone);
  EXPECT_EQ(produce(now - 3'600'000), ErrorCode::kNone);
  EXPECT_EQ(produce(now - 3'600'001), ErrorCode::kInvalidTimestamp);
  EXPECT_EQ(produce(now + 3'600'000), ErrorCode::kNone);
  EXPECT_EQ(produce(now + 3'600'001), ErrorCode::kInvalidTimestamp);
  Alter(kTopic, "timed", {{"message.timestamp.type", kSet, "LogAppendTime"}});
  EXPECT_EQ(produce(now + 3'600'001), ErrorCode::kNone) << "the broker's time counts";
}

TEST_F(ConfigsTest, LogAppendTimeReplacesTheProducersTime) {
  client.Create("timed", 1);
  Alter(kTopic, "timed", {{"message.timestamp.type", kSet, "LogAppendTime"}});
  const int64_t now = catalog->NowMs();
  const Buffer batch = WithSequence(BatchOf({"a", "b"}), 7, 0, 0);
  EXPECT_EQ(client.Produce("timed", 0, batch).log_append_time_ms, now);
  clock.Advance(absl::Seconds(5));
  const auto again = client.Produce("timed", 0, batch);
  EXPECT_EQ(again.base_offset, 0) << "a repeat";
  EXPECT_EQ(again.log_append_time_ms, now);
  const auto fetched = client.Fetch("timed", 0, 0);
  const Batch stored = *Batch::Parse(fetched.records.parts.at(0));
  EXPECT_TRUE(stored.header().log_append_time());
  EXPECT_TRUE(stored.VerifyCrc().ok());
  for (const Record& record : *stored.Records()) EXPECT_EQ(record.timestamp_ms, now);
}

TEST_F(ConfigsTest, CompressionTypeIsThatOfTheTopic) {
  client.Create("packed", 1);
  Alter(kTopic, "packed", {{"compression.type", kSet, "lz4"}});
  const Buffer batch = WithSequence(BatchOf({"a", "b", "c"}), 7, 3, 0);
  EXPECT_EQ(client.Produce("packed", 0, batch).error_code, 0);
  const auto fetched = client.Fetch("packed", 0, 0);
  const Batch stored = *Batch::Parse(fetched.records.parts.at(0));
  EXPECT_EQ(stored.header().codec(), Codec::kLz4);
  EXPECT_EQ(stored.header().producer_id, 7);
  EXPECT_EQ(stored.header().base_sequence, 0);
  EXPECT_EQ(stored.Records()->size(), 3u);
  EXPECT_EQ(stored.Records()->at(2).value, "c");
}

TEST_F(ConfigsTest, LimitOfBatchesIsTheTopicsOrTheBrokers) {
  client.Create("small", 1);
  const Buffer batch = BatchOf({std::string(500, 'x')});
  EXPECT_EQ(client.Produce("small", 0, batch).error_code, 0);
  Alter(kTopic, "small", {{"max.message.bytes", kSet, "400"}});
  EXPECT_EQ(client.Produce("small", 0, batch).error_code, Wire(ErrorCode::kMessageTooLarge));
  Alter(kTopic, "small", {{"max.message.bytes", kDelete, std::nullopt}});
  Alter(kBroker, "", {{"message.max.bytes", kSet, "300"}});
  EXPECT_EQ(client.Produce("small", 0, batch).error_code, Wire(ErrorCode::kMessageTooLarge));
}

TEST_F(ConfigsTest, SegmentsCloseByAgeAndCompactionFollows) {
  client.Create("table", 1);
  Alter(kTopic, "table", {{"cleanup.policy", kSet, "compact"}, {"segment.ms", kSet, "1000"}});
  const auto put = [&](const std::string& key, const std::string& value) {
    storage::BatchBuilder builder;
    RecordView record;
    record.key = key;
    record.value = value;
    record.timestamp_ms = catalog->NowMs();
    builder.Add(record);
    EXPECT_EQ(client.Produce("table", 0, builder.Build().bytes()).error_code, 0);
  };
  for (int i = 0; i < 5; ++i) put("k", std::to_string(i));
  put("other", "1");
  clock.Advance(absl::Seconds(2));
  catalog->Tick();
  put("k", "last");
  while (catalog->Maintain().more) {
  }
  const auto records = catalog->FindKafka("table", 0)->Read({});
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 3u) << "the active segment is left alone";
  EXPECT_EQ(records->at(0).value, "4");
  EXPECT_EQ(records->at(1).value, "1");
  EXPECT_EQ(records->at(2).value, "last");
}

TEST_F(ConfigsTest, RetentionRemovesWhatIsTooOld) {
  client.Create("orders", 1);
  EXPECT_EQ(client.Produce("orders", 0, BatchOf({"old"})).error_code, 0);  // of the year 1970
  EXPECT_EQ(catalog->FindKafka("orders", 0)->start_offset(), 0);
  Alter(kTopic, "orders", {{"retention.ms", kSet, "1000"}});
  EXPECT_EQ(catalog->FindKafka("orders", 0)->start_offset(), 1);
}

}  // namespace
}  // namespace braid::kafka
