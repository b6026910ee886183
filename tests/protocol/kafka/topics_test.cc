// Metadata, and topics made and unmade.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/names.h"
#include "engine/writes.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/describe_cluster.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/messages/describe_topic_partitions.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/metadata.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

class TopicsTest : public KafkaTest {
 protected:
  TopicsTest() : TopicsTest(Options{}) {}
  explicit TopicsTest(Options options) : KafkaTest(std::move(options)), client(*this, address) {}

  static MetadataRequest Asking(std::vector<std::string_view> names) {
    MetadataRequest request;
    request.topics.emplace();
    for (const std::string_view name : names) request.topics->emplace_back().name = name;
    return request;
  }
  ErrorCode MetadataError(std::string_view name, bool may_create = true) {
    MetadataRequest request = Asking({name});
    request.allow_auto_topic_creation = may_create;
    const auto reply = client.Ask<MetadataResponse>(request, 9);
    return static_cast<ErrorCode>(reply.topics.at(0).error_code);
  }
  std::set<std::string> AllTopics(int16_t version) {
    MetadataRequest request;
    if (version == 0) request.topics.emplace();
    std::set<std::string> names;
    const auto reply = client.Ask<MetadataResponse>(request, version);
    for (const auto& topic : reply.topics) names.emplace(topic.name.value_or("?"));
    return names;
  }
  CreateTopicsResponse::Topic Create(CreateTopicsRequest::Topic topic, bool validate_only = false) {
    CreateTopicsRequest request;
    request.topics.push_back(std::move(topic));
    request.validate_only = validate_only;
    return client.Ask<CreateTopicsResponse>(request, 7).topics.at(0);
  }
  static CreateTopicsRequest::Topic Topic(std::string_view name, int32_t partitions = 1,
                                          int16_t replication = 1) {
    CreateTopicsRequest::Topic topic;
    topic.name = name;
    topic.num_partitions = partitions;
    topic.replication_factor = replication;
    return topic;
  }
  ErrorCode CreateError(CreateTopicsRequest::Topic topic) {
    return static_cast<ErrorCode>(Create(std::move(topic)).error_code);
  }

  KafkaClient client;
};

TEST_F(TopicsTest, OneBrokerAtTheAddressDialled) {
  for (int16_t version = 0; version <= 13; ++version) {
    const auto reply = client.Ask<MetadataResponse>(Asking({}), version);
    ASSERT_EQ(reply.brokers.size(), 1u);
    EXPECT_EQ(reply.brokers[0].node_id, 1);
    EXPECT_EQ(std::string(reply.brokers[0].host) + ":" + std::to_string(reply.brokers[0].port),
              address);
    if (version >= 1) EXPECT_EQ(reply.controller_id, 1);
    if (version >= 2) EXPECT_EQ(reply.cluster_id, service->cluster_id());
  }
}

TEST_F(TopicsTest, MentionedTopicIsThereAtOnce) {
  for (int16_t version = 0; version <= 13; ++version) {
    const std::string name = "topic" + std::to_string(version);
    const auto reply = client.Ask<MetadataResponse>(Asking({name}), version);
    ASSERT_EQ(reply.topics.size(), 1u);
    EXPECT_EQ(reply.topics[0].error_code, 0);
    EXPECT_EQ(reply.topics[0].name, name);
    ASSERT_EQ(reply.topics[0].partitions.size(), 1u);
    EXPECT_EQ(reply.topics[0].partitions[0].leader_id, 1);
    EXPECT_EQ(reply.topics[0].partitions[0].replica_nodes.size(), 1u);
    if (version >= 7) EXPECT_EQ(reply.topics[0].partitions[0].leader_epoch, 0);
    if (version >= 10) EXPECT_EQ(reply.topics[0].topic_id, catalog->FindTopic(name)->uuid);
  }
}

TEST_F(TopicsTest, ClientMayForbidCreation) {
  EXPECT_EQ(MetadataError("new", false), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(MetadataError("new", true), ErrorCode::kNone);
  EXPECT_EQ(MetadataError("new", false), ErrorCode::kNone);
}

TEST_F(TopicsTest, KeysOfOtherRedisDatabasesAreNoTopics) {
  const std::string name = engine::CanonicalName(1, "key");
  engine::Writes writes;
  ASSERT_TRUE(catalog->CreatePrivateTopic(name, {}, writes).ok());
  client.Mention("seen");
  for (int16_t version = 0; version <= 13; ++version) {
    EXPECT_EQ(AllTopics(version), (std::set<std::string>{"seen"})) << version;
  }
  const std::string spelled = *engine::EscapeForKafka(name);
  EXPECT_EQ(MetadataError(spelled, false), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(MetadataError(spelled, true), ErrorCode::kInvalidTopic);
  EXPECT_EQ(CreateError(Topic(spelled)), ErrorCode::kInvalidTopic);
  MetadataRequest by_id;
  by_id.topics.emplace().emplace_back().topic_id = catalog->FindAny(name)->uuid;
  EXPECT_EQ(client.Ask<MetadataResponse>(by_id, 12).topics.at(0).error_code,
            static_cast<int16_t>(ErrorCode::kUnknownTopicId));
}

TEST_F(TopicsTest, AskingForAllCreatesNothing) {
  client.Mention("one");
  client.Mention("two");
  for (int16_t version = 0; version <= 13; ++version) {
    EXPECT_EQ(AllTopics(version), (std::set<std::string>{"one", "two"})) << version;
  }
}

TEST_F(TopicsTest, EmptyListIsNoneFromVersionOne) {
  client.Mention("one");
  EXPECT_EQ(client.Ask<MetadataResponse>(Asking({}), 1).topics.size(), 0u);
}

TEST_F(TopicsTest, BadNamesAreRefused) {
  for (const std::string& name : {std::string(""), std::string("."), std::string(".."),
                                  std::string("a/b"), std::string("a b"), std::string(250, 'a')}) {
    EXPECT_EQ(MetadataError(name), ErrorCode::kInvalidTopic) << name;
    EXPECT_EQ(CreateError(Topic(name)), ErrorCode::kInvalidTopic) << name;
  }
  EXPECT_EQ(MetadataError(std::string(249, 'a')), ErrorCode::kNone);
  EXPECT_EQ(MetadataError("A-z_0.9"), ErrorCode::kNone);
}

TEST_F(TopicsTest, TopicIsFoundByIdFromVersionTwelve) {
  client.Mention("orders");
  MetadataRequest request;
  request.topics.emplace().emplace_back().topic_id = catalog->FindTopic("orders")->uuid;
  const auto reply = client.Ask<MetadataResponse>(request, 12);
  EXPECT_EQ(reply.topics.at(0).name, "orders");
  request.topics->at(0).name = "";
  EXPECT_EQ(client.Ask<MetadataResponse>(request, 12).topics.at(0).name, "orders");
  request.topics->at(0).topic_id[0] ^= 1;
  const auto unknown = client.Ask<MetadataResponse>(request, 12);
  EXPECT_EQ(unknown.topics.at(0).error_code, Wire(ErrorCode::kUnknownTopicId));
  EXPECT_FALSE(unknown.topics.at(0).name.has_value());
}

TEST_F(TopicsTest, StreamsOfOtherModelsAreTopicsUnderEscapedNames) {
  engine::Writes writes;
  StreamOptions redis;
  redis.owner = Origin::kRedis;
  ASSERT_TRUE(catalog->CreateTopic("sensor:1", 1, redis, writes).ok());
  EXPECT_EQ(AllTopics(9), std::set<std::string>{"sensor_x3A1"});
  EXPECT_EQ(MetadataError("sensor_x3A1", false), ErrorCode::kNone);
  EXPECT_EQ(client.Produce("sensor_x3A1", 0, BatchOf({"x"})).error_code, 0);
  EXPECT_EQ(catalog->FindTopic("sensor:1")->partitions[0]->next_offset(), 1);
}

TEST_F(TopicsTest, NamesThatDifferInDotsAndUnderscoresCollide) {
  EXPECT_EQ(CreateError(Topic("a.b_c")), ErrorCode::kNone);
  EXPECT_EQ(CreateError(Topic("a_b.c")), ErrorCode::kInvalidTopic);
  EXPECT_EQ(MetadataError("a.b.c"), ErrorCode::kInvalidTopic);
  EXPECT_EQ(CreateError(Topic("a.b-c")), ErrorCode::kNone);
}

TEST_F(TopicsTest, NeedlessEscapeIsNoName) {
  EXPECT_EQ(MetadataError("a_x41"), ErrorCode::kInvalidTopic);
  EXPECT_EQ(MetadataError("max_x"), ErrorCode::kNone);
}

TEST_F(TopicsTest, CreateAnswersWhatItMade) {
  const auto reply = Create(Topic("orders", 4));
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.num_partitions, 4);
  EXPECT_EQ(reply.replication_factor, 1);
  EXPECT_EQ(reply.topic_id, catalog->FindTopic("orders")->uuid);
  ASSERT_TRUE(reply.configs.has_value());
  EXPECT_FALSE(reply.configs->empty());
  EXPECT_EQ(catalog->FindTopic("orders")->partitions.size(), 4u);
}

TEST_F(TopicsTest, CreateWorksInEveryVersion) {
  for (int16_t version = 0; version <= 7; ++version) {
    const std::string name = "v" + std::to_string(version);
    CreateTopicsRequest request;
    request.topics.push_back(Topic(name, 2));
    EXPECT_EQ(client.Ask<CreateTopicsResponse>(request, version).topics.at(0).error_code, 0);
    EXPECT_NE(catalog->FindTopic(name), nullptr);
  }
}

TEST_F(TopicsTest, CreateRefusesInKafkasWords) {
  EXPECT_EQ(CreateError(Topic("orders")), ErrorCode::kNone);
  EXPECT_EQ(CreateError(Topic("orders")), ErrorCode::kTopicAlreadyExists);
  EXPECT_EQ(CreateError(Topic("x", 0)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(CreateError(Topic("x", -2)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(CreateError(Topic("x", 1'000'000)), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(CreateError(Topic("x", 1, 3)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(CreateError(Topic("x", 1, 0)), ErrorCode::kInvalidReplicationFactor);
  EXPECT_EQ(catalog->FindTopic("x"), nullptr);
}

TEST_F(TopicsTest, CountsOfMinusOneAreTheBrokersDefaults) {
  const auto reply = Create(Topic("orders", -1, -1));
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.num_partitions, 1);
}

TEST_F(TopicsTest, TopicNamedTwiceIsRefused) {
  CreateTopicsRequest request;
  request.topics = {Topic("twice"), Topic("twice"), Topic("once")};
  const auto reply = client.Ask<CreateTopicsResponse>(request, 5);
  ASSERT_EQ(reply.topics.size(), 2u);
  EXPECT_EQ(reply.topics[0].error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(reply.topics[1].error_code, 0);
  EXPECT_EQ(catalog->FindTopic("twice"), nullptr);
}

TEST_F(TopicsTest, ValidateOnlyMakesNothing) {
  EXPECT_EQ(Create(Topic("orders"), true).error_code, 0);
  EXPECT_EQ(catalog->FindTopic("orders"), nullptr);
}

TEST_F(TopicsTest, AssignmentsMustBeToTheOneBroker) {
  CreateTopicsRequest::Topic topic = Topic("placed", -1, -1);
  topic.assignments = {{1, {1}}, {0, {1}}};
  const auto reply = Create(topic);
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.num_partitions, 2);
  topic.name = "x";
  topic.assignments = {{0, {1, 2}}};
  EXPECT_EQ(CreateError(topic), ErrorCode::kInvalidReplicaAssignment);
  topic.assignments = {{1, {1}}};
  EXPECT_EQ(CreateError(topic), ErrorCode::kInvalidReplicaAssignment);
  topic.assignments = {{0, {1}}};
  topic.num_partitions = 1;
  EXPECT_EQ(CreateError(topic), ErrorCode::kInvalidRequest);
}

TEST_F(TopicsTest, SettingsAreKeptToOrRefused) {
  CreateTopicsRequest::Topic topic = Topic("settings");
  topic.configs = {{"retention.ms", "60000"},
                   {"retention.bytes", "1048576"},
                   {"cleanup.policy", "delete"},
                   {"compression.type", "producer"}};
  EXPECT_EQ(CreateError(topic), ErrorCode::kNone);
  const StreamOptions options = catalog->FindKafka("settings", 0)->options();
  EXPECT_EQ(options.max_age, absl::Minutes(1));
  EXPECT_EQ(options.max_bytes, 1 << 20);
  using Config = CreateTopicsRequest::Topic::Config;
  for (const Config& config :
       {Config{"cleanup.policy", "shrink"}, Config{"retention.ms", "soon"},
        Config{"retention.ms", "-2"}, Config{"retention.ms", ""}, Config{"no.such.setting", "1"},
        Config{"retention.bytes", std::nullopt}}) {
    CreateTopicsRequest::Topic refused = Topic("x");
    refused.configs.push_back(config);
    const auto reply = Create(refused);
    EXPECT_EQ(reply.error_code, Wire(ErrorCode::kInvalidConfig)) << config.name;
    EXPECT_FALSE(reply.error_message.value_or("").empty());
  }
}

TEST_F(TopicsTest, DeleteByNameInEveryVersion) {
  for (int16_t version = 0; version <= 5; ++version) {
    client.Create("orders", 1);
    DeleteTopicsRequest request;
    request.topic_names = {"orders", "nowhere"};
    const auto reply = client.Ask<DeleteTopicsResponse>(request, version);
    EXPECT_EQ(reply.responses.at(0).error_code, 0);
    EXPECT_EQ(reply.responses.at(1).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
    EXPECT_EQ(catalog->FindTopic("orders"), nullptr);
  }
}

TEST_F(TopicsTest, DeleteByNameOrIdFromVersionSix) {
  client.Create("orders", 1);
  client.Create("bills", 1);
  const Uuid id = catalog->FindTopic("orders")->uuid;
  DeleteTopicsRequest request;
  request.topics = {{std::nullopt, id}, {"bills", {}}, {"bills", id}, {std::nullopt, {}}};
  const auto reply = client.Ask<DeleteTopicsResponse>(request, 6);
  EXPECT_EQ(reply.responses.at(0).error_code, 0);
  EXPECT_EQ(reply.responses.at(0).name, "orders");
  EXPECT_EQ(reply.responses.at(1).error_code, 0);
  EXPECT_EQ(reply.responses.at(2).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(reply.responses.at(3).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(client.Ask<DeleteTopicsResponse>(request, 6).responses.at(0).error_code,
            Wire(ErrorCode::kUnknownTopicId));
}

TEST_F(TopicsTest, TopicNamedTwiceIsNotDeleted) {
  client.Create("orders", 1);
  client.Create("bills", 1);
  DeleteTopicsRequest request;
  request.topics = {
      {"orders", {}}, {"bills", {}}, {std::nullopt, catalog->FindTopic("orders")->uuid}};
  const auto reply = client.Ask<DeleteTopicsResponse>(request, 6);
  EXPECT_EQ(reply.responses.at(0).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(reply.responses.at(1).error_code, 0);
  EXPECT_EQ(reply.responses.at(2).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_NE(catalog->FindTopic("orders"), nullptr);
}

TEST_F(TopicsTest, RecreatedTopicHasAnotherId) {
  client.Create("orders", 1);
  const Uuid before = catalog->FindTopic("orders")->uuid;
  DeleteTopicsRequest request;
  request.topic_names = {"orders"};
  client.Ask<DeleteTopicsResponse>(request, 3);
  client.Create("orders", 1);
  EXPECT_NE(catalog->FindTopic("orders")->uuid, before);
}

TEST_F(TopicsTest, DescribeConfigsTellsValuesAndSources) {
  CreateTopicsRequest::Topic topic = Topic("orders");
  topic.configs = {{"retention.ms", "60000"}};
  Create(topic);
  for (int16_t version = 0; version <= 4; ++version) {
    DescribeConfigsRequest request;
    request.resources.push_back({2, "orders", std::nullopt});
    request.include_synonyms = request.include_documentation = true;
    const auto reply = client.Ask<DescribeConfigsResponse>(request, version);
    const auto& configs = reply.results.at(0).configs;
    const auto named = [&](std::string_view name) {
      return std::find_if(configs.begin(), configs.end(),
                          [&](const auto& config) { return config.name == name; });
    };
    EXPECT_EQ(named("retention.ms")->value, "60000");
    EXPECT_EQ(named("max.message.bytes")->value, "1048588");
    EXPECT_EQ(named("cleanup.policy")->value, "delete");
    if (version == 0) {
      EXPECT_FALSE(named("retention.ms")->is_default);
      EXPECT_TRUE(named("cleanup.policy")->is_default);
    } else {
      EXPECT_EQ(named("retention.ms")->config_source, 1);
      EXPECT_EQ(named("cleanup.policy")->config_source, 5);
      const auto& synonyms = named("retention.ms")->synonyms;
      ASSERT_EQ(synonyms.size(), 3u);
      EXPECT_EQ(synonyms[0].name, "retention.ms");
      EXPECT_EQ(synonyms[0].source, 1);
      EXPECT_EQ(synonyms[1].name, "log.retention.ms");
      EXPECT_EQ(synonyms[1].value, "-1");
      EXPECT_EQ(synonyms[1].source, 4);
      EXPECT_EQ(synonyms[2].value, "604800000");
      EXPECT_EQ(synonyms[2].source, 5);
    }
    if (version >= 3) {
      EXPECT_EQ(named("retention.ms")->config_type, 5);
      EXPECT_TRUE(named("retention.ms")->documentation.has_value());
    }
  }
}

TEST_F(TopicsTest, DescribeConfigsOfTheBrokerAndOfWhatIsNot) {
  DescribeConfigsRequest request;
  request.resources = {{4, "1", std::vector<std::string_view>{"message.max.bytes", "node.id"}},
                       {4, "2", std::nullopt},
                       {2, "nowhere", std::nullopt},
                       {8, "x", std::nullopt}};
  const auto reply = client.Ask<DescribeConfigsResponse>(request, 4);
  ASSERT_EQ(reply.results.at(0).configs.size(), 2u);
  EXPECT_EQ(reply.results[0].configs[0].value, "1048588");
  EXPECT_FALSE(reply.results[0].configs[0].read_only);
  EXPECT_EQ(reply.results[0].configs[1].value, "1");
  EXPECT_TRUE(reply.results[0].configs[1].read_only);
  EXPECT_EQ(reply.results.at(1).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(reply.results.at(2).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(reply.results.at(3).error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(TopicsTest, DescribeClusterNamesTheOneBroker) {
  for (int16_t version = 0; version <= 2; ++version) {
    const auto reply = client.Ask<DescribeClusterResponse>(DescribeClusterRequest{}, version);
    EXPECT_EQ(reply.error_code, 0);
    EXPECT_EQ(reply.cluster_id, service->cluster_id());
    EXPECT_EQ(reply.controller_id, 1);
    ASSERT_EQ(reply.brokers.size(), 1u);
  }
  DescribeClusterRequest controllers;
  controllers.endpoint_type = 2;
  EXPECT_EQ(client.Ask<DescribeClusterResponse>(controllers, 1).error_code,
            Wire(ErrorCode::kMismatchedEndpointType));
}

TEST_F(TopicsTest, TopicPartitionsComePageByPage) {
  client.Create("b", 5);
  client.Create("a", 3);
  DescribeTopicPartitionsRequest request;
  request.response_partition_limit = 4;
  std::vector<std::string> seen;
  std::string cursor_name;
  for (int page = 0; page < 10; ++page) {
    const auto reply = client.Ask<DescribeTopicPartitionsResponse>(request, 0);
    for (const auto& topic : reply.topics) {
      EXPECT_EQ(topic.error_code, 0);
      for (const auto& partition : topic.partitions) {
        seen.push_back(std::string(*topic.name) + std::to_string(partition.partition_index));
      }
    }
    if (!reply.next_cursor) break;
    cursor_name = reply.next_cursor->topic_name;
    request.cursor = TopicCursor{cursor_name, reply.next_cursor->partition_index};
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"a0", "a1", "a2", "b0", "b1", "b2", "b3", "b4"}));
}

TEST_F(TopicsTest, TopicPartitionsOfAMissingTopic) {
  DescribeTopicPartitionsRequest request;
  request.topics = {{"nowhere"}};
  EXPECT_EQ(client.Ask<DescribeTopicPartitionsResponse>(request, 0).topics.at(0).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
}

class AdvertisedTest : public TopicsTest {
 protected:
  AdvertisedTest()
      : TopicsTest({.advertised = {"broker.example:9093", "", "[::1]:7"},
                    .auto_create_topics = false,
                    .default_partitions = 6}) {}
};

TEST_F(AdvertisedTest, AdvertisedAddressIsTold) {
  const auto reply = client.Ask<MetadataResponse>(Asking({}), 9);
  EXPECT_EQ(reply.brokers.at(0).host, "broker.example");
  EXPECT_EQ(reply.brokers.at(0).port, 9093);
}

TEST_F(AdvertisedTest, ItChangesWhileClientsAreConnected) {
  const auto host = [&] {
    return std::string(client.Ask<MetadataResponse>(Asking({}), 9).brokers.at(0).host);
  };
  const std::vector<std::string> moved = {"moved.example:1"};
  ASSERT_TRUE(service->Advertise(moved).ok());
  EXPECT_EQ(host(), "moved.example");
  const std::vector<std::string> wrong = {"no port"};
  EXPECT_FALSE(service->Advertise(wrong).ok());
  EXPECT_EQ(host(), "moved.example");
  ASSERT_TRUE(service->Advertise({}).ok());
  EXPECT_EQ(host(), "broker.example") << "what it was started with holds again";
}

TEST_F(AdvertisedTest, AdministratorsChangeItAsASetting) {
  IncrementalAlterConfigsRequest request;
  auto& broker = request.resources.emplace_back();
  broker.resource_type = 4;
  broker.resource_name = "1";
  const auto alter = [&](std::string_view value) {
    broker.configs = {{"advertised.listeners", 0, value}};
    return client.Ask<IncrementalAlterConfigsResponse>(request, 1).responses.at(0).error_code;
  };
  EXPECT_EQ(alter("PLAINTEXT://other.example:5, PLAINTEXT3://third.example:6"), 0);
  const auto reply = client.Ask<MetadataResponse>(Asking({}), 9);
  EXPECT_EQ(reply.brokers.at(0).host, "other.example");
  EXPECT_EQ(reply.brokers.at(0).port, 5);
  for (const std::string_view wrong :
       {"other.example:5", "PLAINTEXT://other.example", "PLAINTEXT://:5", "PLAINTEXT1://a:1",
        "SSL://a:1", "PLAINTEXT://a:70000", "PLAINTEXT://a:1,PLAINTEXT://b:2"}) {
    EXPECT_EQ(alter(wrong), Wire(ErrorCode::kInvalidRequest)) << wrong;
  }
}

TEST_F(AdvertisedTest, CreationByMentionCanBeOff) {
  EXPECT_EQ(MetadataError("new"), ErrorCode::kUnknownTopicOrPartition);
}

TEST_F(AdvertisedTest, DefaultPartitionsAreTheBrokersOwn) {
  EXPECT_EQ(Create(Topic("orders", -1, -1)).num_partitions, 6);
}

TEST(BrokerAddressTest, EachListenerHasItsOwn) {
  const std::vector<std::string> by_listener = {"broker.example:9093", "", "[::1]:7"};
  const std::string setting = AdvertisedSetting(by_listener);
  EXPECT_EQ(setting, "PLAINTEXT://broker.example:9093,PLAINTEXT3://[::1]:7");
  EXPECT_TRUE(IsAdvertisedSetting(setting));
  EXPECT_EQ(FindAdvertised(setting, 0), "broker.example:9093");
  EXPECT_EQ(FindAdvertised(setting, 1), std::nullopt);
  EXPECT_EQ(FindAdvertised(setting, 2), "[::1]:7");
  EXPECT_EQ(AdvertisedSetting({}), "");
  EXPECT_EQ(FindAdvertised("", 0), std::nullopt);
}

TEST(BrokerAddressTest, HostAndPortAreParted) {
  EXPECT_EQ(BrokerAddress::Parse("127.0.0.1:9092").host, "127.0.0.1");
  EXPECT_EQ(BrokerAddress::Parse("127.0.0.1:9092").port, 9092);
  EXPECT_EQ(BrokerAddress::Parse("[::1]:9092").host, "::1");
  EXPECT_EQ(BrokerAddress::Parse("host").port, 0);
}

}  // namespace
}  // namespace braid::kafka
