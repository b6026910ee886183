// Classic groups on the wire: joining, sharing, leaving, and what administrators see.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/sync_group.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

class GroupsTest : public KafkaTest {
 protected:
  GroupsTest() : one(*this, address), two(*this, address) {}

  static JoinGroupRequest Joining(std::string_view member_id = "") {
    return requests::Join(member_id);
  }
  // Gets a member id as a new member does from version 4 on.
  std::string MemberId(KafkaClient& client) {
    const auto refused = client.Ask<JoinGroupResponse>(Joining(), 5);
    EXPECT_EQ(refused.error_code, Wire(ErrorCode::kMemberIdRequired));
    return std::string(refused.member_id);
  }
  struct Member {
    std::string id;
    int32_t generation = -1;
    bool leads = false;
    std::vector<std::string> members;
  };
  static Member Joined(const JoinGroupResponse& reply) {
    EXPECT_EQ(reply.error_code, 0);
    Member member{
        std::string(reply.member_id), reply.generation_id, reply.leader == reply.member_id, {}};
    for (const auto& other : reply.members) member.members.emplace_back(other.member_id);
    return member;
  }
  // A group of one, synced.
  Member Alone(KafkaClient& client) {
    const std::string id = MemberId(client);
    const Member member = Joined(client.Ask<JoinGroupResponse>(Joining(id), 5));
    EXPECT_EQ(client.Ask<SyncGroupResponse>(Syncing(member, {{id, "all"}}), 3).error_code, 0);
    return member;
  }
  static SyncGroupRequest Syncing(
      const Member& member,
      const std::vector<std::pair<std::string_view, std::string_view>>& shares) {
    return requests::Sync(member.id, member.generation, shares);
  }
  ErrorCode Heartbeat(KafkaClient& client, const Member& member) {
    HeartbeatRequest beat;
    beat.group_id = "readers";
    beat.generation_id = member.generation;
    beat.member_id = member.id;
    return static_cast<ErrorCode>(client.Ask<HeartbeatResponse>(beat, 3).error_code);
  }
  DescribeGroupsResponse::Group Describe(std::string_view group, int16_t version = 5) {
    DescribeGroupsRequest request;
    request.groups = {group};
    return one.Ask<DescribeGroupsResponse>(request, version).groups.at(0);
  }
  ErrorCode Delete(std::string_view group) {
    DeleteGroupsRequest request;
    request.groups_names = {group};
    return static_cast<ErrorCode>(
        one.Ask<DeleteGroupsResponse>(request, 2).results.at(0).error_code);
  }
  void CommitSimply(std::string_view group) {
    one.Mention("orders");
    OffsetCommitRequest commit;
    commit.group_id = group;
    commit.topics.push_back(
        {"orders", {}, {{.partition_index = 0, .committed_offset = 3, .committed_metadata = {}}}});
    EXPECT_EQ(one.Ask<OffsetCommitResponse>(commit, 7).topics.at(0).partitions.at(0).error_code, 0);
  }

  KafkaClient one, two;
};

TEST_F(GroupsTest, CoordinatorIsTheOneBroker) {
  for (int16_t version = 0; version <= 6; ++version) {
    FindCoordinatorRequest request;
    request.key = "readers";
    request.coordinator_keys = {"readers", "writers"};
    const auto reply = one.Ask<FindCoordinatorResponse>(request, version);
    if (version < 4) {
      EXPECT_EQ(reply.node_id, 1);
      EXPECT_EQ(std::string(reply.host) + ":" + std::to_string(reply.port), address);
    } else {
      ASSERT_EQ(reply.coordinators.size(), 2u);
      EXPECT_EQ(reply.coordinators[1].key, "writers");
      EXPECT_EQ(reply.coordinators[1].node_id, 1);
    }
  }
}

TEST_F(GroupsTest, LoneMemberLeadsItself) {
  const Member member = Alone(one);
  EXPECT_TRUE(member.leads);
  EXPECT_EQ(member.members, std::vector<std::string>{member.id});
  EXPECT_EQ(Heartbeat(one, member), ErrorCode::kNone);
}

TEST_F(GroupsTest, EveryVersionOfJoinSyncHeartbeatAndLeave) {
  for (int16_t version = 0; version <= 9; ++version) {
    SCOPED_TRACE(version);
    JoinGroupRequest join = Joining();
    std::string id;
    if (version >= 4) {
      const auto refused = one.Ask<JoinGroupResponse>(join, version);
      EXPECT_EQ(refused.error_code, Wire(ErrorCode::kMemberIdRequired));
      id = refused.member_id;
      join.member_id = id;
    }
    const auto joined = one.Ask<JoinGroupResponse>(join, version);
    const Member member = Joined(joined);
    EXPECT_EQ(joined.protocol_name, "range");
    if (version >= 7) EXPECT_EQ(joined.protocol_type, "consumer");
    const auto synced = one.Ask<SyncGroupResponse>(Syncing(member, {{member.id, "mine"}}),
                                                   std::min<int16_t>(version, 4));
    EXPECT_EQ(synced.error_code, 0);
    EXPECT_EQ(synced.assignment.data, "mine");
    HeartbeatRequest beat;
    beat.group_id = "readers";
    beat.generation_id = member.generation;
    beat.member_id = member.id;
    EXPECT_EQ(one.Ask<HeartbeatResponse>(beat, std::min<int16_t>(version, 4)).error_code, 0);
    LeaveGroupRequest leave;
    leave.group_id = "readers";
    leave.member_id = member.id;
    leave.members.push_back({.member_id = member.id, .group_instance_id = {}, .reason = {}});
    const auto left = one.Ask<LeaveGroupResponse>(leave, std::min<int16_t>(version, 5));
    EXPECT_EQ(left.error_code, 0);
    if (version >= 3) EXPECT_EQ(left.members.at(0).error_code, 0);
  }
}

TEST_F(GroupsTest, SyncVersionFiveChecksTheProtocol) {
  const std::string id = MemberId(one);
  const Member member = Joined(one.Ask<JoinGroupResponse>(Joining(id), 7));
  SyncGroupRequest sync = Syncing(member, {{id, "mine"}});
  sync.protocol_type = "consumer";
  sync.protocol_name = "roundrobin";
  EXPECT_EQ(one.Ask<SyncGroupResponse>(sync, 5).error_code,
            Wire(ErrorCode::kInconsistentGroupProtocol));
  sync.protocol_name = "range";
  const auto synced = one.Ask<SyncGroupResponse>(sync, 5);
  EXPECT_EQ(synced.error_code, 0);
  EXPECT_EQ(synced.protocol_name, "range");
}

TEST_F(GroupsTest, TwoMembersShareAndOneLeaves) {
  const Member first = Alone(one);
  const std::string second_id = MemberId(two);
  two.Send(Joining(second_id), 5);
  Settle();
  EXPECT_FALSE(two.HasAnswer()) << "the barrier waits for the first member";
  EXPECT_EQ(Heartbeat(one, first), ErrorCode::kRebalanceInProgress);

  const Member leader = Joined(one.Ask<JoinGroupResponse>(Joining(first.id), 5));
  const Member follower = Joined(two.Receive<JoinGroupResponse>(5));
  EXPECT_TRUE(leader.leads);
  EXPECT_EQ(leader.members.size(), 2u);
  EXPECT_FALSE(follower.leads);
  EXPECT_TRUE(follower.members.empty());
  EXPECT_EQ(leader.generation, first.generation + 1);

  two.Send(Syncing(follower, {}), 3);
  Settle();
  EXPECT_FALSE(two.HasAnswer()) << "the assignment is the leader's to make";
  const auto mine =
      one.Ask<SyncGroupResponse>(Syncing(leader, {{leader.id, "0,1"}, {follower.id, "2,3"}}), 3);
  EXPECT_EQ(mine.assignment.data, "0,1");
  EXPECT_EQ(two.Receive<SyncGroupResponse>(3).assignment.data, "2,3");

  LeaveGroupRequest leave;
  leave.group_id = "readers";
  leave.member_id = follower.id;
  EXPECT_EQ(two.Ask<LeaveGroupResponse>(leave, 1).error_code, 0);
  EXPECT_EQ(Heartbeat(one, leader), ErrorCode::kRebalanceInProgress);
  const Member alone = Joined(one.Ask<JoinGroupResponse>(Joining(leader.id), 5));
  EXPECT_EQ(alone.members, std::vector<std::string>{leader.id});
}

TEST_F(GroupsTest, SilentMemberIsPutOutAfterItsSession) {
  const Member first = Alone(one);
  const std::string second_id = MemberId(two);
  two.Send(Joining(second_id), 5);
  Settle();
  // The first member says nothing more; its session ends before the rebalance timeout does.
  clock.Advance(absl::Seconds(10));
  const Member second = Joined(two.Receive<JoinGroupResponse>(5));
  EXPECT_TRUE(second.leads);
  EXPECT_EQ(second.members, std::vector<std::string>{second_id});
  EXPECT_EQ(Heartbeat(one, first), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupsTest, HeartbeatsKeepAMemberIn) {
  const Member member = Alone(one);
  for (int i = 0; i < 5; ++i) {
    clock.Advance(absl::Seconds(9));
    Settle();
    EXPECT_EQ(Heartbeat(one, member), ErrorCode::kNone);
  }
  clock.Advance(absl::Seconds(11));
  Settle();
  EXPECT_EQ(Heartbeat(one, member), ErrorCode::kUnknownMemberId);
}

TEST_F(GroupsTest, RequestsOfStrangersAreRefused) {
  Member stranger{"stranger", 1, false, {}};
  EXPECT_EQ(Heartbeat(one, stranger), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(one.Ask<SyncGroupResponse>(Syncing(stranger, {}), 3).error_code,
            Wire(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(one.Ask<JoinGroupResponse>(Joining("stranger"), 5).error_code,
            Wire(ErrorCode::kUnknownMemberId));
  const Member member = Alone(two);
  stranger.id = member.id;
  stranger.generation = member.generation + 7;
  EXPECT_EQ(Heartbeat(one, stranger), ErrorCode::kIllegalGeneration);
}

TEST_F(GroupsTest, EmptyGroupIdIsInvalid) {
  JoinGroupRequest join = Joining();
  join.group_id = "";
  EXPECT_EQ(one.Ask<JoinGroupResponse>(join, 5).error_code, Wire(ErrorCode::kInvalidGroupId));
  EXPECT_EQ(one.Ask<SyncGroupResponse>(SyncGroupRequest{}, 3).error_code,
            Wire(ErrorCode::kInvalidGroupId));
  EXPECT_EQ(one.Ask<HeartbeatResponse>(HeartbeatRequest{}, 3).error_code,
            Wire(ErrorCode::kInvalidGroupId));
  EXPECT_EQ(one.Ask<LeaveGroupResponse>(LeaveGroupRequest{}, 1).error_code,
            Wire(ErrorCode::kInvalidGroupId));
}

TEST_F(GroupsTest, SessionTimeoutHasItsLimits) {
  JoinGroupRequest join = Joining();
  join.session_timeout_ms = 5'999;
  EXPECT_EQ(one.Ask<JoinGroupResponse>(join, 3).error_code,
            Wire(ErrorCode::kInvalidSessionTimeout));
  join.session_timeout_ms = 30 * 60'000 + 1;
  EXPECT_EQ(one.Ask<JoinGroupResponse>(join, 3).error_code,
            Wire(ErrorCode::kInvalidSessionTimeout));
}

TEST_F(GroupsTest, MemberWithoutACommonProtocolIsRefused) {
  Alone(one);
  JoinGroupRequest join = Joining();
  join.protocols[0].name = "sticky";
  EXPECT_EQ(two.Ask<JoinGroupResponse>(join, 3).error_code,
            Wire(ErrorCode::kInconsistentGroupProtocol));
}

TEST_F(GroupsTest, ClientThatGoesWhileJoiningDoesNotHoldTheOthers) {
  const Member first = Alone(one);
  {
    KafkaClient gone(*this, address);
    gone.Send(Joining(MemberId(gone)), 5);
    Settle();
  }
  // The barrier opens with the first member's join; the one that went has joined, and times out
  // later.
  const Member again = Joined(one.Ask<JoinGroupResponse>(Joining(first.id), 5));
  EXPECT_EQ(again.members.size(), 2u);
}

TEST_F(GroupsTest, DescribeShowsMembers) {
  const Member member = Alone(one);
  for (int16_t version = 0; version <= 6; ++version) {
    const auto group = Describe("readers", version);
    EXPECT_EQ(group.error_code, 0);
    EXPECT_EQ(group.group_state, "Stable");
    EXPECT_EQ(group.protocol_type, "consumer");
    EXPECT_EQ(group.protocol_data, "range");
    ASSERT_EQ(group.members.size(), 1u);
    EXPECT_EQ(group.members[0].member_id, member.id);
    EXPECT_EQ(group.members[0].client_id, "test");
    EXPECT_EQ(group.members[0].client_host, "/127.0.0.1");
    EXPECT_EQ(group.members[0].member_metadata.data, "subscription");
    EXPECT_EQ(group.members[0].member_assignment.data, "all");
  }
}

TEST_F(GroupsTest, DescribeOfWhatIsNotThere) {
  EXPECT_EQ(Describe("nobody", 5).group_state, "Dead");
  EXPECT_EQ(Describe("nobody", 5).error_code, 0);
  EXPECT_EQ(Describe("nobody", 6).error_code, Wire(ErrorCode::kGroupIdNotFound));
  CommitSimply("simple");
  EXPECT_EQ(Describe("simple").group_state, "Empty");
}

TEST_F(GroupsTest, ListShowsMembersAndCommitters) {
  Alone(two);
  CommitSimply("simple");
  for (int16_t version = 0; version <= 5; ++version) {
    const auto reply = one.Ask<ListGroupsResponse>(ListGroupsRequest{}, version);
    ASSERT_EQ(reply.groups.size(), 2u);
    EXPECT_EQ(reply.groups[0].group_id, "readers");
    EXPECT_EQ(reply.groups[0].protocol_type, "consumer");
    EXPECT_EQ(reply.groups[1].group_id, "simple");
    if (version >= 4) EXPECT_EQ(reply.groups[0].group_state, "Stable");
    if (version >= 5) EXPECT_EQ(reply.groups[0].group_type, "classic");
  }
}

TEST_F(GroupsTest, ListIsFiltered) {
  Alone(two);
  CommitSimply("simple");
  ListGroupsRequest request;
  request.states_filter = {"empty"};
  auto reply = one.Ask<ListGroupsResponse>(request, 5);
  ASSERT_EQ(reply.groups.size(), 1u);
  EXPECT_EQ(reply.groups[0].group_id, "simple");
  request.states_filter.clear();
  request.types_filter = {"consumer"};
  EXPECT_EQ(one.Ask<ListGroupsResponse>(request, 5).groups.size(), 0u);
  request.types_filter = {"Classic"};
  EXPECT_EQ(one.Ask<ListGroupsResponse>(request, 5).groups.size(), 2u);
}

TEST_F(GroupsTest, OnlyEmptyGroupsAreDeleted) {
  const Member member = Alone(two);
  EXPECT_EQ(Delete("readers"), ErrorCode::kNonEmptyGroup);
  EXPECT_EQ(Delete("nobody"), ErrorCode::kGroupIdNotFound);
  CommitSimply("simple");
  EXPECT_EQ(Delete("simple"), ErrorCode::kNone);
  EXPECT_EQ(Delete("simple"), ErrorCode::kGroupIdNotFound);
  LeaveGroupRequest leave;
  leave.group_id = "readers";
  leave.member_id = member.id;
  two.Ask<LeaveGroupResponse>(leave, 1);
  EXPECT_EQ(Delete("readers"), ErrorCode::kNone);
  EXPECT_EQ(Describe("readers").group_state, "Dead");
}

}  // namespace
}  // namespace braid::kafka
