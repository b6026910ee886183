#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "braid/testing.h"
#include "engine/group.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/sync_group.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

class OffsetsTest : public KafkaTest {
 protected:
  OffsetsTest() : client(*this, address) { client.Create("orders", 2); }

  static OffsetCommitRequest Committing(int64_t offset, std::string_view metadata = "") {
    OffsetCommitRequest commit;
    commit.group_id = "readers";
    auto& topic = commit.topics.emplace_back();
    topic.name = "orders";
    auto& partition = topic.partitions.emplace_back();
    partition.committed_offset = offset;
    partition.committed_metadata = metadata;
    return commit;
  }
  ErrorCode Commit(const OffsetCommitRequest& commit, int16_t version = 7) {
    const auto reply = client.Ask<OffsetCommitResponse>(commit, version);
    return static_cast<ErrorCode>(reply.topics.at(0).partitions.at(0).error_code);
  }
  OffsetFetchResponse::Topic::Partition Fetch(int32_t partition = 0,
                                              std::string_view group = "readers") {
    OffsetFetchRequest request;
    request.group_id = group;
    request.topics.emplace().push_back({"orders", {partition}});
    const auto reply = client.Ask<OffsetFetchResponse>(request, 5);
    EXPECT_EQ(reply.error_code, 0);
    return reply.topics.at(0).partitions.at(0);
  }
  Uuid id() { return catalog->FindTopic("orders")->uuid; }

  KafkaClient client;
};

TEST_F(OffsetsTest, CommittedOffsetIsFetchedInEveryVersion) {
  for (int16_t version = 0; version <= 9; ++version) {
    OffsetCommitRequest commit = Committing(10 + version, "note");
    EXPECT_EQ(Commit(commit, version), ErrorCode::kNone) << version;
    EXPECT_EQ(Fetch().committed_offset, 10 + version);
    EXPECT_EQ(Fetch().metadata, "note");
  }
  for (int16_t version = 0; version <= 7; ++version) {
    OffsetFetchRequest request;
    request.group_id = "readers";
    request.topics.emplace().push_back({"orders", {0, 1}});
    const auto reply = client.Ask<OffsetFetchResponse>(request, version);
    EXPECT_EQ(reply.topics.at(0).partitions.at(0).committed_offset, 19);
    EXPECT_EQ(reply.topics.at(0).partitions.at(1).committed_offset, -1);
    EXPECT_EQ(reply.topics.at(0).partitions.at(1).error_code, 0);
    EXPECT_EQ(reply.topics.at(0).partitions.at(1).metadata, "");
  }
}

TEST_F(OffsetsTest, ManyGroupsAtOnceFromVersionEight) {
  Commit(Committing(7));
  for (int16_t version = 8; version <= 9; ++version) {
    OffsetFetchRequest request;
    request.groups.resize(2);
    request.groups[0].group_id = "readers";
    request.groups[1].group_id = "nobody";
    for (auto& group : request.groups) {
      group.topics.emplace().push_back({"orders", {}, {0}});
    }
    const auto reply = client.Ask<OffsetFetchResponse>(request, version);
    ASSERT_EQ(reply.groups.size(), 2u);
    EXPECT_EQ(reply.groups[0].topics.at(0).partitions.at(0).committed_offset, 7);
    EXPECT_EQ(reply.groups[1].topics.at(0).partitions.at(0).committed_offset, -1);
    EXPECT_EQ(reply.groups[1].error_code, 0);
  }
}

TEST_F(OffsetsTest, TopicIdsFromVersionTen) {
  OffsetCommitRequest commit = Committing(5);
  commit.topics[0].topic_id = id();
  EXPECT_EQ(Commit(commit, 10), ErrorCode::kNone);
  OffsetFetchRequest request;
  request.groups.resize(1);
  request.groups[0].group_id = "readers";
  request.groups[0].topics.emplace().push_back({"", id(), {0}});
  const auto reply = client.Ask<OffsetFetchResponse>(request, 10);
  EXPECT_EQ(reply.groups[0].topics.at(0).topic_id, id());
  EXPECT_EQ(reply.groups[0].topics[0].partitions.at(0).committed_offset, 5);
  commit.topics[0].topic_id[0] ^= 1;
  EXPECT_EQ(Commit(commit, 10), ErrorCode::kUnknownTopicId);
}

TEST_F(OffsetsTest, NullTopicsAreAllThatHaveAnOffset) {
  client.Create("bills", 3);
  OffsetCommitRequest commit = Committing(7);
  commit.topics.push_back(commit.topics[0]);
  commit.topics[1].name = "bills";
  commit.topics[1].partitions[0].partition_index = 2;
  Commit(commit);
  OffsetFetchRequest request;
  request.group_id = "readers";
  const auto reply = client.Ask<OffsetFetchResponse>(request, 5);
  ASSERT_EQ(reply.topics.size(), 2u);
  EXPECT_EQ(reply.topics[0].name, "bills");
  ASSERT_EQ(reply.topics[0].partitions.size(), 1u);
  EXPECT_EQ(reply.topics[0].partitions[0].partition_index, 2);
  EXPECT_EQ(reply.topics[1].name, "orders");
}

TEST_F(OffsetsTest, OffsetIsTheCursorOfTheEnginesGroup) {
  client.Produce("orders", 0, BatchOf({"a", "b", "c"}));
  Commit(Committing(1));
  const auto group = catalog->FindKafka("orders", 0)->FindGroup(Origin::kKafka, "readers");
  ASSERT_NE(group, nullptr);
  EXPECT_EQ(group->Info().cursor, 1);
  EXPECT_EQ(group->Info().lag, 2);
}

TEST_F(OffsetsTest, LeaderEpochIsKept) {
  OffsetCommitRequest commit = Committing(1);
  commit.topics[0].partitions[0].committed_leader_epoch = 0;
  Commit(commit, 6);
  EXPECT_EQ(Fetch().committed_leader_epoch, 0);
}

TEST_F(OffsetsTest, MetadataHasALimit) {
  EXPECT_EQ(Commit(Committing(1, std::string(4'097, 'x'))), ErrorCode::kOffsetMetadataTooLarge);
  EXPECT_EQ(Commit(Committing(1, std::string(4'096, 'x'))), ErrorCode::kNone);
}

TEST_F(OffsetsTest, WrongCommitsAreRefused) {
  EXPECT_EQ(Commit(Committing(-1)), ErrorCode::kOffsetOutOfRange);
  OffsetCommitRequest commit = Committing(1);
  commit.topics[0].name = "nowhere";
  EXPECT_EQ(Commit(commit), ErrorCode::kUnknownTopicOrPartition);
  commit = Committing(1);
  commit.topics[0].partitions[0].partition_index = 2;
  EXPECT_EQ(Commit(commit), ErrorCode::kUnknownTopicOrPartition);
  commit = Committing(1);
  commit.group_id = "";
  EXPECT_EQ(Commit(commit), ErrorCode::kInvalidGroupId);
  EXPECT_EQ(Fetch().committed_offset, -1);
}

TEST_F(OffsetsTest, MemberOfAGroupThatIsNotThere) {
  OffsetCommitRequest commit = Committing(1);
  commit.member_id = "stranger";
  commit.generation_id_or_member_epoch = 4;
  EXPECT_EQ(Commit(commit, 8), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(Commit(commit, 9), ErrorCode::kGroupIdNotFound);
}

// Kafka would know its members still; here they are to join again at once.
TEST_F(OffsetsTest, MemberOfAGroupThatCommittedBeforeIsToJoinAgain) {
  EXPECT_EQ(Commit(Committing(1), 8), ErrorCode::kNone);
  OffsetCommitRequest commit = Committing(2);
  commit.member_id = "of before a restart";
  commit.generation_id_or_member_epoch = 4;
  EXPECT_EQ(Commit(commit, 8), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Commit(commit, 9), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Fetch().committed_offset, 1);
}

TEST_F(OffsetsTest, MembersCommitAsTheirGroupStands) {
  JoinGroupRequest join;
  join.group_id = "readers";
  join.session_timeout_ms = join.rebalance_timeout_ms = 10'000;
  join.protocol_type = "consumer";
  join.protocols.push_back({"range", {""}});
  const auto joined = client.Ask<JoinGroupResponse>(join, 3);
  const std::string member(joined.member_id);
  OffsetCommitRequest commit = Committing(1);
  commit.member_id = member;
  commit.generation_id_or_member_epoch = joined.generation_id;
  EXPECT_EQ(Commit(commit), ErrorCode::kRebalanceInProgress) << "before the assignment";
  SyncGroupRequest sync;
  sync.group_id = "readers";
  sync.generation_id = joined.generation_id;
  sync.member_id = member;
  client.Ask<SyncGroupResponse>(sync, 2);
  EXPECT_EQ(Commit(commit), ErrorCode::kNone);
  commit.generation_id_or_member_epoch += 1;
  EXPECT_EQ(Commit(commit), ErrorCode::kIllegalGeneration);
  commit.member_id = "stranger";
  EXPECT_EQ(Commit(commit), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Commit(Committing(9)), ErrorCode::kUnknownMemberId)
      << "a group with members has no simple ones";
  EXPECT_EQ(Fetch().committed_offset, 1);
}

TEST_F(OffsetsTest, OffsetsGoWithTheirTopic) {
  Commit(Committing(5));
  engine::Writes writes;
  ASSERT_TRUE(catalog->DeleteTopic("orders", writes).ok());
  client.Create("orders", 2);
  EXPECT_EQ(Fetch().committed_offset, -1);
}

struct Disk {
  std::unique_ptr<FaultFileSystem> disk = FaultFileSystem::Create(1);
};

class FullDiskOffsetsTest : private Disk, public KafkaTest {
 protected:
  FullDiskOffsetsTest()
      : KafkaTest({}, {.data_dir = "/data", .filesystem = disk.get()}), client(*this, address) {
    client.Create("orders", 1);
  }

  ErrorCode Commit(int64_t offset) {
    OffsetCommitRequest commit;
    commit.group_id = "readers";
    commit.topics.emplace_back().name = "orders";
    commit.topics[0].partitions.emplace_back().committed_offset = offset;
    const auto reply = client.Ask<OffsetCommitResponse>(commit, 7);
    return static_cast<ErrorCode>(reply.topics.at(0).partitions.at(0).error_code);
  }
  void LeaveRoom(int64_t bytes) { disk->SetFaults({.room_bytes = bytes}); }

  KafkaClient client;
};

TEST_F(FullDiskOffsetsTest, ARefusedCommitIsSaidAndTheConnectionGoesOn) {
  EXPECT_EQ(Commit(1), ErrorCode::kNone);
  LeaveRoom(0);
  EXPECT_EQ(Commit(2), ErrorCode::kNotCoordinator);
  EXPECT_EQ(Commit(3), ErrorCode::kNotCoordinator);
  LeaveRoom(-1);
  EXPECT_EQ(Commit(4), ErrorCode::kNone);
}

}  // namespace
}  // namespace braid::kafka
