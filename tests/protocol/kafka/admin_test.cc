// What administrators ask of partitions, logs, groups' offsets and the cluster.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/kafka/messages/alter_partition_reassignments.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/create_acls.h"
#include "protocol/kafka/messages/create_partitions.h"
#include "protocol/kafka/messages/delete_acls.h"
#include "protocol/kafka/messages/describe_acls.h"
#include "protocol/kafka/messages/describe_log_dirs.h"
#include "protocol/kafka/messages/describe_producers.h"
#include "protocol/kafka/messages/describe_quorum.h"
#include "protocol/kafka/messages/elect_leaders.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/list_partition_reassignments.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_delete.h"
#include "protocol/kafka/messages/update_features.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

using namespace std::string_literals;

class AdminTest : public KafkaTest {
 protected:
  ErrorCode AddPartitions(std::string_view topic, int32_t count, bool validate_only = false,
                          std::optional<int32_t> placed_on = std::nullopt) {
    CreatePartitionsRequest request;
    auto& asked = request.topics.emplace_back();
    asked.name = topic;
    asked.count = count;
    if (placed_on) asked.assignments.emplace().push_back({{*placed_on}});
    request.validate_only = validate_only;
    const auto reply = client.Ask<CreatePartitionsResponse>(request, 3);
    return static_cast<ErrorCode>(reply.results.at(0).error_code);
  }
  KafkaClient client{*this, address};
};

TEST_F(AdminTest, PartitionsAreAdded) {
  client.Create("orders", 1);
  client.Produce("orders", 0, BatchOf({"kept"}));
  EXPECT_EQ(AddPartitions("orders", 3, true), ErrorCode::kNone);
  EXPECT_EQ(catalog->FindTopic("orders")->partitions.size(), 1u);
  EXPECT_EQ(AddPartitions("orders", 3), ErrorCode::kNone);
  EXPECT_EQ(client.Produce("orders", 2, BatchOf({"new"})).error_code, 0);
  EXPECT_EQ(client.Fetch("orders", 0, 0).high_watermark, 1);
  MetadataRequest metadata;
  metadata.topics.emplace().emplace_back().name = "orders";
  EXPECT_EQ(client.Ask<MetadataResponse>(metadata, 9).topics.at(0).partitions.size(), 3u);
}

TEST_F(AdminTest, PartitionsAreNotTakenAway) {
  client.Create("orders", 2);
  EXPECT_EQ(AddPartitions("orders", 2), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(AddPartitions("orders", 1), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(AddPartitions("orders", 10'001), ErrorCode::kInvalidPartitions);
  EXPECT_EQ(AddPartitions("nowhere", 2), ErrorCode::kUnknownTopicOrPartition);
  EXPECT_EQ(AddPartitions("orders", 3, false, 2), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(AddPartitions("orders", 4, false, 1), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(AddPartitions("orders", 3, false, 1), ErrorCode::kNone);
  CreatePartitionsRequest twice;
  twice.topics = {{"orders", 5, std::nullopt}, {"orders", 6, std::nullopt}};
  const auto reply = client.Ask<CreatePartitionsResponse>(twice, 0);
  ASSERT_EQ(reply.results.size(), 1u);
  EXPECT_EQ(reply.results[0].error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(AdminTest, StreamOfAnotherModelStaysOne) {
  engine::Writes writes;
  StreamOptions nats;
  nats.owner = Origin::kNats;
  ASSERT_TRUE(catalog->CreateTopic("events", 1, nats, writes).ok());
  EXPECT_EQ(AddPartitions("events", 2), ErrorCode::kPolicyViolation);
}

TEST_F(AdminTest, LeadersNeedNoElection) {
  client.Create("orders", 1);
  for (int16_t version = 0; version <= 2; ++version) {
    ElectLeadersRequest request;
    request.topic_partitions.emplace().push_back({"orders", {0, 1}});
    const auto reply = client.Ask<ElectLeadersResponse>(request, version);
    const auto& results = reply.replica_election_results.at(0).partition_result;
    EXPECT_EQ(results.at(0).error_code, Wire(ErrorCode::kElectionNotNeeded));
    EXPECT_EQ(results.at(1).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
    request.topic_partitions.reset();
    EXPECT_TRUE(
        client.Ask<ElectLeadersResponse>(request, version).replica_election_results.empty());
  }
}

TEST_F(AdminTest, PartitionsStayWhereTheyAre) {
  client.Create("orders", 1);
  using Replicas = std::optional<std::vector<int32_t>>;
  const auto reassign = [&](int32_t partition, Replicas replicas) {
    AlterPartitionReassignmentsRequest request;
    request.topics.push_back({"orders", {{partition, std::move(replicas)}}});
    const auto reply = client.Ask<AlterPartitionReassignmentsResponse>(request, 1);
    EXPECT_EQ(reply.error_code, 0);
    return static_cast<ErrorCode>(reply.responses.at(0).partitions.at(0).error_code);
  };
  EXPECT_EQ(reassign(0, std::vector<int32_t>{1}), ErrorCode::kNone);
  EXPECT_EQ(reassign(0, std::vector<int32_t>{2}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(reassign(0, std::vector<int32_t>{1, 2}), ErrorCode::kInvalidReplicaAssignment);
  EXPECT_EQ(reassign(0, std::nullopt), ErrorCode::kNoReassignmentInProgress);
  EXPECT_EQ(reassign(1, std::vector<int32_t>{1}), ErrorCode::kUnknownTopicOrPartition);
  const auto under_way =
      client.Ask<ListPartitionReassignmentsResponse>(ListPartitionReassignmentsRequest(), 0);
  EXPECT_EQ(under_way.error_code, 0);
  EXPECT_TRUE(under_way.topics.empty());
}

TEST_F(AdminTest, LogDirsTellRealSizes) {
  client.Create("a", 2);
  client.Create("b", 1);
  client.Produce("a", 1, BatchOf({std::string(1000, 'x')}));
  for (int16_t version = 1; version <= 5; ++version) {
    const auto all = client.Ask<DescribeLogDirsResponse>(DescribeLogDirsRequest(), version);
    ASSERT_EQ(all.results.size(), 1u);
    EXPECT_EQ(all.results[0].log_dir, catalog->options().data_dir);
    ASSERT_EQ(all.results[0].topics.size(), 2u);
    EXPECT_EQ(all.results[0].topics[0].partitions.at(0).partition_size, 0);
    EXPECT_GT(all.results[0].topics[0].partitions.at(1).partition_size, 1000);
    DescribeLogDirsRequest some;
    some.topics.emplace() = {{"a", {1, 7}}, {"nowhere", {0}}};
    const auto few = client.Ask<DescribeLogDirsResponse>(some, version);
    ASSERT_EQ(few.results.at(0).topics.size(), 1u);
    ASSERT_EQ(few.results[0].topics[0].partitions.size(), 1u);
    EXPECT_EQ(few.results[0].topics[0].partitions[0].partition_index, 1);
  }
}

TEST_F(AdminTest, ProducersOfAPartitionAreTold) {
  client.Create("orders", 1);
  client.Produce("orders", 0, WithSequence(BatchOf({"a", "b"}), 9, 3, 5));
  client.Produce("orders", 0, WithSequence(BatchOf({"a"}), 7, 0, 0));
  DescribeProducersRequest request;
  request.topics.push_back({"orders", {0, 1}});
  const auto reply = client.Ask<DescribeProducersResponse>(request, 0);
  const auto& partitions = reply.topics.at(0).partitions;
  ASSERT_EQ(partitions.at(0).active_producers.size(), 2u);
  EXPECT_EQ(partitions[0].active_producers[0].producer_id, 7);
  const auto& second = partitions[0].active_producers[1];
  EXPECT_EQ(second.producer_id, 9);
  EXPECT_EQ(second.producer_epoch, 3);
  EXPECT_EQ(second.last_sequence, 6);
  EXPECT_EQ(second.last_timestamp, 1'000);
  EXPECT_EQ(second.current_txn_start_offset, -1);
  EXPECT_EQ(partitions.at(1).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
}

class OffsetDeleteTest : public AdminTest {
 protected:
  OffsetDeleteTest() { client.Create("orders", 2); }
  void Commit(std::string_view group) {
    OffsetCommitRequest request;
    request.group_id = group;
    request.topics.push_back({});
    request.topics[0].name = "orders";
    request.topics[0].partitions.push_back({});
    client.Ask<OffsetCommitResponse>(request, 5);
  }
  bool HasOffset(std::string_view group) {
    return catalog->FindKafka("orders", 0)->FindGroup(Origin::kKafka, group) != nullptr;
  }
  OffsetDeleteResponse Delete(std::string_view group, std::vector<int32_t> partitions) {
    OffsetDeleteRequest request;
    request.group_id = group;
    auto& topic = request.topics.emplace_back();
    topic.name = "orders";
    for (const int32_t partition : partitions) topic.partitions.push_back({partition});
    return client.Ask<OffsetDeleteResponse>(request, 0);
  }
};

TEST_F(OffsetDeleteTest, OffsetsOfASimpleGroupGo) {
  Commit("g");
  ASSERT_TRUE(HasOffset("g"));
  const auto reply = Delete("g", {0, 1, 5});
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.topics.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(reply.topics.at(0).partitions.at(1).error_code, 0) << "there was none";
  EXPECT_EQ(reply.topics.at(0).partitions.at(2).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_FALSE(HasOffset("g"));
  EXPECT_EQ(Delete("nobody", {0}).error_code, Wire(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(Delete("", {0}).error_code, Wire(ErrorCode::kInvalidGroupId));
}

TEST_F(OffsetDeleteTest, WhatMembersReadStays) {
  Commit("g");
  KafkaClient member(*this, address);
  const auto join = [&](std::string_view metadata) {
    JoinGroupRequest request;
    request.group_id = "g";
    request.session_timeout_ms = 10'000;
    request.rebalance_timeout_ms = 10'000;
    request.protocol_type = "consumer";
    auto& protocol = request.protocols.emplace_back();
    protocol.name = "range";
    protocol.metadata.data = metadata;
    EXPECT_EQ(member.Ask<JoinGroupResponse>(request, 3).error_code, 0);
  };
  const std::string metadata = "\0\0\0\0\0\1\0\6orders\xff\xff\xff\xff"s;
  join(metadata);
  EXPECT_EQ(Delete("g", {0}).topics.at(0).partitions.at(0).error_code,
            Wire(ErrorCode::kGroupSubscribedToTopic));
  EXPECT_TRUE(HasOffset("g"));
}

TEST_F(AdminTest, QuorumIsTheOneBroker) {
  for (int16_t version = 0; version <= 2; ++version) {
    DescribeQuorumRequest request;
    request.topics.push_back({"__cluster_metadata", {{0}}});
    request.topics.push_back({"orders", {{0}}});
    const auto reply = client.Ask<DescribeQuorumResponse>(request, version);
    const auto& quorum = reply.topics.at(0).partitions.at(0);
    EXPECT_EQ(quorum.error_code, 0);
    EXPECT_EQ(quorum.leader_id, 1);
    ASSERT_EQ(quorum.current_voters.size(), 1u);
    EXPECT_EQ(quorum.current_voters[0].replica_id, 1);
    EXPECT_EQ(reply.topics.at(1).partitions.at(0).error_code,
              Wire(ErrorCode::kUnknownTopicOrPartition));
  }
}

TEST_F(AdminTest, FeaturesThatThereAreNotCannotBeUpdated) {
  for (int16_t version = 0; version <= 2; ++version) {
    UpdateFeaturesRequest request;
    request.feature_updates.push_back({"no.version", 1});
    EXPECT_EQ(client.Ask<UpdateFeaturesResponse>(request, version).error_code,
              Wire(ErrorCode::kInvalidUpdateVersion));
    request.feature_updates.clear();
    EXPECT_EQ(client.Ask<UpdateFeaturesResponse>(request, version).error_code, 0);
  }
}

TEST_F(AdminTest, WithoutAnAuthorizerThereAreNoAcls) {
  const int16_t disabled = Wire(ErrorCode::kSecurityDisabled);
  for (int16_t version = 1; version <= 3; ++version) {
    EXPECT_EQ(client.Ask<DescribeAclsResponse>(DescribeAclsRequest(), version).error_code,
              disabled);
    CreateAclsRequest create;
    create.creations.resize(2);
    const auto created = client.Ask<CreateAclsResponse>(create, version);
    ASSERT_EQ(created.results.size(), 2u);
    EXPECT_EQ(created.results[1].error_code, disabled);
    DeleteAclsRequest remove;
    remove.filters.resize(1);
    EXPECT_EQ(client.Ask<DeleteAclsResponse>(remove, version).filter_results.at(0).error_code,
              disabled);
  }
}

}  // namespace
}  // namespace braid::kafka
