// Reads, topics and settings that cannot be, and the code each is refused with.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/kafka/messages/create_partitions.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_records.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/describe_cluster.h"
#include "protocol/kafka/messages/describe_topic_partitions.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/offset_for_leader_epoch.h"
#include "tests/protocol/kafka/bad_input.h"

namespace braid::kafka {
namespace {

using Test = BadInputTest;

// --- Fetch ---

template <class Spoil>
Refused Fetching(const char* name, ErrorCode code, const Spoil& spoil, int16_t version = 11) {
  return {name, code, [=](Test& test) {
            FetchRequest request = Test::Client::FetchOf("orders", 0, 0);
            request.max_wait_ms = 100'000;  // an error is told at once
            spoil(request, request.topics[0], request.topics[0].partitions[0]);
            const auto reply = test.client.Ask<FetchResponse>(request, version);
            if (reply.error_code != 0) return reply.error_code;
            return reply.responses.at(0).partitions.at(0).error_code;
          }};
}
const Refused kFetches[] = {
    Fetching("BeyondTheEnd", ErrorCode::kOffsetOutOfRange,
             [](auto&, auto&, auto& p) { p.fetch_offset = 2; }),
    Fetching("BeforeTheStart", ErrorCode::kOffsetOutOfRange,
             [](auto&, auto&, auto& p) { p.fetch_offset = -1; }),
    Fetching("AtTheSmallestOffset", ErrorCode::kOffsetOutOfRange,
             [](auto&, auto&, auto& p) { p.fetch_offset = INT64_MIN; }),
    Fetching("AtTheLargestOffset", ErrorCode::kOffsetOutOfRange,
             [](auto&, auto&, auto& p) { p.fetch_offset = INT64_MAX; }),
    Fetching("AtTheLargestOffsetOfWhatIsCommitted", ErrorCode::kOffsetOutOfRange,
             [](auto& r, auto&, auto& p) { r.isolation_level = 1, p.fetch_offset = INT64_MAX; }),
    Fetching("NoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
             [](auto&, auto& t, auto&) { t.topic = "nowhere"; }),
    Fetching(
        "NoSuchTopicId", ErrorCode::kUnknownTopicId,
        [](auto&, auto& t, auto&) {
          t.topic_id = {1, 2, 3};
        },
        13),
    Fetching("NoSuchPartition", ErrorCode::kUnknownTopicOrPartition,
             [](auto&, auto&, auto& p) { p.partition = 2; }),
    Fetching("LeaderOfTheFuture", ErrorCode::kUnknownLeaderEpoch,
             [](auto&, auto&, auto& p) { p.current_leader_epoch = 1; }),
    Fetching("SessionThatWasNeverGivenOut", ErrorCode::kFetchSessionIdNotFound,
             [](auto& r, auto&, auto&) { r.session_id = 5, r.session_epoch = 1; }),
    Fetching("NoSessionThatGoesOn", ErrorCode::kFetchSessionIdNotFound,
             [](auto& r, auto&, auto&) { r.session_epoch = 1; }),
};

// --- Offsets and epochs ---

template <class Spoil>
Refused Listing(const char* name, ErrorCode code, const Spoil& spoil, int16_t version = 7) {
  return {name, code, [=](Test& test) {
            ListOffsetsRequest request;
            request.topics.push_back({"orders", {{.partition_index = 0, .timestamp = -1}}});
            spoil(request.topics[0].partitions[0], request.topics[0]);
            const auto reply = test.client.Ask<ListOffsetsResponse>(request, version);
            return reply.topics.at(0).partitions.back().error_code;
          }};
}
template <class Spoil>
Refused Deleting(const char* name, ErrorCode code, const Spoil& spoil) {
  return {name, code, [=](Test& test) {
            DeleteRecordsRequest request;
            request.topics.push_back({"orders", {{.partition_index = 0, .offset = 1}}});
            spoil(request.topics[0].partitions[0], request.topics[0]);
            const auto reply = test.client.Ask<DeleteRecordsResponse>(request, 2);
            return reply.topics.at(0).partitions.at(0).error_code;
          }};
}
template <class Spoil>
Refused Ending(const char* name, ErrorCode code, const Spoil& spoil) {
  return {name, code, [=](Test& test) {
            OffsetForLeaderEpochRequest request;
            request.topics.push_back({"orders", {{.partition = 0}}});
            spoil(request.topics[0].partitions[0], request.topics[0]);
            const auto reply = test.client.Ask<OffsetForLeaderEpochResponse>(request, 4);
            return reply.topics.at(0).partitions.at(0).error_code;
          }};
}
const Refused kPositions[] = {
    Listing("NoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
            [](auto&, auto& t) { t.name = "nowhere"; }),
    Listing("NoSuchPartition", ErrorCode::kUnknownTopicOrPartition,
            [](auto& p, auto&) { p.partition_index = -1; }),
    Listing(
        "TimestampNewerThanItsVersion", ErrorCode::kUnsupportedVersion,
        [](auto& p, auto&) { p.timestamp = -3; }, 6),
    Listing(
        "TimestampThatNoVersionHas", ErrorCode::kUnsupportedVersion,
        [](auto& p, auto&) { p.timestamp = INT64_MIN; }, 11),
    Listing("PartitionTwice", ErrorCode::kInvalidRequest,
            [](auto& p, auto& t) { t.partitions.push_back(decltype(p)(p)); }),
    Listing("LeaderOfTheFuture", ErrorCode::kUnknownLeaderEpoch,
            [](auto& p, auto&) { p.current_leader_epoch = 1; }),
    Listing("LeaderOfThePast", ErrorCode::kFencedLeaderEpoch,
            [](auto& p, auto&) { p.current_leader_epoch = -2; }),
    Deleting("BeyondTheEnd", ErrorCode::kOffsetOutOfRange, [](auto& p, auto&) { p.offset = 2; }),
    Deleting("BeforeTheStart", ErrorCode::kOffsetOutOfRange, [](auto& p, auto&) { p.offset = -2; }),
    Deleting("OfNoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
             [](auto&, auto& t) { t.name = "nowhere"; }),
    Deleting("OfNoSuchPartition", ErrorCode::kUnknownTopicOrPartition,
             [](auto& p, auto&) { p.partition_index = 7; }),
    Ending("EpochOfNoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
           [](auto&, auto& t) { t.topic = "nowhere"; }),
    Ending("EpochKnownToALeaderOfTheFuture", ErrorCode::kUnknownLeaderEpoch,
           [](auto& p, auto&) { p.current_leader_epoch = 1; }),
    Ending("EpochKnownToALeaderOfThePast", ErrorCode::kFencedLeaderEpoch,
           [](auto& p, auto&) { p.current_leader_epoch = -2; }),
};

// --- Topics ---

template <class Spoil>
Refused Creating(const char* name, ErrorCode code, const Spoil& spoil) {
  return {name, code, [=](Test& test) {
            CreateTopicsRequest request;
            auto& topic = request.topics.emplace_back();
            topic.name = "new";
            topic.num_partitions = topic.replication_factor = 1;
            spoil(topic);
            const auto reply = test.client.Ask<CreateTopicsResponse>(request, 5);
            EXPECT_EQ(test.catalog->FindTopic("new"), nullptr);
            return reply.topics.at(0).error_code;
          }};
}
template <class Spoil>
Refused Growing(const char* name, ErrorCode code, const Spoil& spoil) {
  return {name, code, [=](Test& test) {
            CreatePartitionsRequest request;
            request.topics = {{"orders", 3, std::nullopt}};
            spoil(request.topics[0]);
            const auto reply = test.client.Ask<CreatePartitionsResponse>(request, 3);
            EXPECT_EQ(test.catalog->FindTopic("orders")->partitions.size(), 2u);
            return reply.results.at(0).error_code;
          }};
}
int16_t Mention(Test& test, std::optional<std::string_view> name, Uuid id, bool create) {
  MetadataRequest request;
  auto& topic = request.topics.emplace().emplace_back();
  topic.name = name;
  topic.topic_id = id;
  request.allow_auto_topic_creation = create;
  return test.client.Ask<MetadataResponse>(request, 12).topics.at(0).error_code;
}
int16_t Describe(Test& test, std::string_view name) {
  DescribeTopicPartitionsRequest request;
  request.topics.emplace_back().name = name;
  return test.client.Ask<DescribeTopicPartitionsResponse>(request, 0).topics.at(0).error_code;
}
int16_t Delete(Test& test, std::optional<std::string_view> name, Uuid id) {
  DeleteTopicsRequest request;
  request.topics.push_back({name, id});
  return test.client.Ask<DeleteTopicsResponse>(request, 6).responses.at(0).error_code;
}
const std::string kLongName(250, 'a');

const Refused kTopics[] = {
    Creating("WithoutAName", ErrorCode::kInvalidTopic, [](auto& t) { t.name = ""; }),
    Creating("OfTwoDots", ErrorCode::kInvalidTopic, [](auto& t) { t.name = ".."; }),
    Creating("WithASlash", ErrorCode::kInvalidTopic, [](auto& t) { t.name = "no/where"; }),
    Creating("WithALongName", ErrorCode::kInvalidTopic, [](auto& t) { t.name = kLongName; }),
    Creating("ThatIsThere", ErrorCode::kTopicAlreadyExists, [](auto& t) { t.name = "orders"; }),
    Creating("OfNoPartitions", ErrorCode::kInvalidPartitions,
             [](auto& t) { t.num_partitions = 0; }),
    Creating("OfMinusTwoPartitions", ErrorCode::kInvalidPartitions,
             [](auto& t) { t.num_partitions = -2; }),
    Creating("OfTwoThousandMillionPartitions", ErrorCode::kInvalidPartitions,
             [](auto& t) { t.num_partitions = INT32_MAX; }),
    Creating("OfNoReplicas", ErrorCode::kInvalidReplicationFactor,
             [](auto& t) { t.replication_factor = 0; }),
    Creating("OfMoreReplicasThanBrokers", ErrorCode::kInvalidReplicationFactor,
             [](auto& t) { t.replication_factor = 3; }),
    Creating("AssignedAndCounted", ErrorCode::kInvalidRequest,
             [](auto& t) {
               t.assignments.push_back({0, {1}});
             }),
    Creating("AssignedToAnotherBroker", ErrorCode::kInvalidReplicaAssignment,
             [](auto& t) {
               t.num_partitions = t.replication_factor = -1;
               t.assignments.push_back({0, {2}});
             }),
    Creating("AssignedFromTheSecondOn", ErrorCode::kInvalidReplicaAssignment,
             [](auto& t) {
               t.num_partitions = t.replication_factor = -1;
               t.assignments.push_back({1, {1}});
             }),
    Creating("OfASettingThatIsNone", ErrorCode::kInvalidConfig,
             [](auto& t) {
               t.configs.push_back({"no.such", "1"});
             }),
    Creating("OfASettingWithoutItsValue", ErrorCode::kInvalidConfig,
             [](auto& t) {
               t.configs.push_back({"retention.ms", std::nullopt});
             }),
    Creating("OfASettingOutOfItsRange", ErrorCode::kInvalidConfig,
             [](auto& t) {
               t.configs.push_back({"max.message.bytes", "-1"});
             }),
    Creating("OfANumberBeyondAllNumbers", ErrorCode::kInvalidConfig,
             [](auto& t) {
               t.configs.push_back({"retention.ms", "99999999999999999999"});
             }),
    Growing("ToWhatItHas", ErrorCode::kInvalidPartitions, [](auto& t) { t.count = 2; }),
    Growing("ToLess", ErrorCode::kInvalidPartitions, [](auto& t) { t.count = 1; }),
    Growing("ToLessThanNothing", ErrorCode::kInvalidPartitions,
            [](auto& t) { t.count = INT32_MIN; }),
    Growing("ToTooMany", ErrorCode::kInvalidPartitions, [](auto& t) { t.count = INT32_MAX; }),
    Growing("WhatIsNotThere", ErrorCode::kUnknownTopicOrPartition,
            [](auto& t) { t.name = "nowhere"; }),
    Growing("OntoAnotherBroker", ErrorCode::kInvalidReplicaAssignment,
            [](auto& t) { t.assignments.emplace().push_back({{2}}); }),
    Growing("WithTooFewAssignments", ErrorCode::kInvalidReplicaAssignment,
            [](auto& t) { t.assignments.emplace(); }),
    {"MentionOfWhatMayNotBeCreated", ErrorCode::kUnknownTopicOrPartition,
     [](Test& test) { return Mention(test, "nowhere", {}, false); }},
    {"MentionOfWhatCannotBeCreated", ErrorCode::kInvalidTopic,
     [](Test& test) { return Mention(test, "no/where", {}, true); }},
    {"MentionOfAnIdThatIsNotThere", ErrorCode::kUnknownTopicId,
     [](Test& test) {
       return Mention(test, std::nullopt, {1, 2, 3}, true);
     }},
    {"DescriptionOfWhatIsNotThere", ErrorCode::kUnknownTopicOrPartition,
     [](Test& test) { return Describe(test, "nowhere"); }},
    {"DescriptionOfWhatCannotBe", ErrorCode::kInvalidTopic,
     [](Test& test) { return Describe(test, "no/where"); }},
    {"DeletionOfWhatIsNotThere", ErrorCode::kUnknownTopicOrPartition,
     [](Test& test) { return Delete(test, "nowhere", {}); }},
    {"DeletionOfAnIdThatIsNotThere", ErrorCode::kUnknownTopicId,
     [](Test& test) {
       return Delete(test, std::nullopt, {1, 2, 3});
     }},
    {"DeletionByNameAndId", ErrorCode::kInvalidRequest,
     [](Test& test) { return Delete(test, "orders", test.topic_id); }},
};

// --- Settings and the cluster ---

Refused Setting(const char* name, ErrorCode code, int8_t type, std::string_view resource,
                std::string_view setting, std::optional<std::string_view> value = "5",
                int8_t operation = 0) {
  return {name, code, [=](Test& test) {
            IncrementalAlterConfigsRequest request;
            request.resources.push_back({type, resource, {{setting, operation, value}}});
            return test.client.Ask<IncrementalAlterConfigsResponse>(request, 1)
                .responses.at(0)
                .error_code;
          }};
}
constexpr int8_t kTopic = 2, kBroker = 4, kGroup = 32;
constexpr int8_t kAppend = 2;

const Refused kClusterWide[] = {
    Setting("UnknownSetting", ErrorCode::kInvalidConfig, kTopic, "orders", "no.such"),
    Setting("SettingOutOfItsRange", ErrorCode::kInvalidConfig, kTopic, "orders", "segment.bytes"),
    Setting("SettingThatIsNoNumber", ErrorCode::kInvalidConfig, kTopic, "orders", "retention.ms",
            "long"),
    Setting("SettingWithoutAValue", ErrorCode::kInvalidRequest, kTopic, "orders", "retention.ms",
            std::nullopt),
    Setting("AppendingToANumber", ErrorCode::kInvalidConfig, kTopic, "orders", "retention.ms", "5",
            kAppend),
    Setting("UnknownOperation", ErrorCode::kInvalidRequest, kTopic, "orders", "retention.ms", "5",
            9),
    Setting("SettingOfNoSuchTopic", ErrorCode::kUnknownTopicOrPartition, kTopic, "nowhere",
            "retention.ms"),
    Setting("SettingOfWhatCannotBe", ErrorCode::kInvalidTopic, kTopic, "no/where", "retention.ms"),
    Setting("SettingOfAnotherBroker", ErrorCode::kInvalidRequest, kBroker, "2", "log.retention.ms"),
    Setting("SettingOfABrokerThatIsFixed", ErrorCode::kInvalidRequest, kBroker, "1", "node.id"),
    Setting("SettingOfAGroupOutOfItsRange", ErrorCode::kInvalidConfig, kGroup, "g",
            "consumer.session.timeout.ms"),
    Setting("SettingOfNoKindOfThing", ErrorCode::kInvalidRequest, 77, "x", "y"),
    {"CoordinatorOfNoKindOfThing", ErrorCode::kInvalidRequest,
     [](Test& test) {
       FindCoordinatorRequest request;
       request.key_type = 9;
       request.coordinator_keys = {"g"};
       return test.client.Ask<FindCoordinatorResponse>(request, 4).coordinators.at(0).error_code;
     }},
    {"ClusterOfControllers", ErrorCode::kMismatchedEndpointType,
     [](Test& test) {
       DescribeClusterRequest request;
       request.endpoint_type = 2;
       return test.CodeOf<DescribeClusterResponse>(request, 1);
     }},
    {"ClusterOfNoKindOfThing", ErrorCode::kUnsupportedEndpointType,
     [](Test& test) {
       DescribeClusterRequest request;
       request.endpoint_type = 9;
       return test.CodeOf<DescribeClusterResponse>(request, 1);
     }},
};

INSTANTIATE_TEST_SUITE_P(Fetches, RefusedTest, testing::ValuesIn(kFetches), NameOf());
INSTANTIATE_TEST_SUITE_P(Positions, RefusedTest, testing::ValuesIn(kPositions), NameOf());
INSTANTIATE_TEST_SUITE_P(Topics, RefusedTest, testing::ValuesIn(kTopics), NameOf());
INSTANTIATE_TEST_SUITE_P(ClusterWide, RefusedTest, testing::ValuesIn(kClusterWide), NameOf());

}  // namespace
}  // namespace braid::kafka
