// Members of groups that are out of step, strangers, and those who ask for what cannot be.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/consumer_protocol.h"
#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_delete.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "tests/protocol/kafka/bad_input.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

using namespace std::string_literals;
using Test = BadInputTest;

// --- Classic groups ---

struct Member {
  std::string id;
  int32_t generation = 0;
};
int16_t Join(Test& test, const JoinGroupRequest& join, int16_t version = 3) {
  return test.CodeOf<JoinGroupResponse>(join, version);
}
// A group of one, who has its share; its subscription is to "orders".
Member Alone(
    Test& test, const std::function<void(JoinGroupRequest&)>& change = [](auto&) {},
    int16_t version = 3) {
  const std::string subscription = "\0\0\0\0\0\1\0\6orders\xff\xff\xff\xff"s;
  JoinGroupRequest join = requests::Join();
  join.protocols[0].metadata = {subscription};
  change(join);
  const auto joined = test.client.Ask<JoinGroupResponse>(join, version);
  EXPECT_EQ(joined.error_code, 0);
  Member member{std::string(joined.member_id), joined.generation_id};
  const auto sync = requests::Sync(member.id, member.generation, {{member.id, "all"}});
  EXPECT_EQ(test.client.Ask<SyncGroupResponse>(sync, 3).error_code, 0);
  return member;
}
Member Static(Test& test) {
  return Alone(
      test, [](auto& join) { join.group_instance_id = "i"; }, 5);
}
int16_t Beat(Test& test, std::string_view id, int32_t generation,
             std::string_view group = "readers",
             std::optional<std::string_view> instance = std::nullopt) {
  HeartbeatRequest beat;
  beat.group_id = group;
  beat.member_id = id;
  beat.generation_id = generation;
  beat.group_instance_id = instance;
  return test.CodeOf<HeartbeatResponse>(beat, 4);
}
OffsetCommitRequest Commit(std::string_view id, int32_t generation) {
  OffsetCommitRequest commit;
  commit.group_id = "readers";
  commit.member_id = id;
  commit.generation_id_or_member_epoch = generation;
  commit.topics.push_back(
      {"orders", {}, {{.partition_index = 0, .committed_offset = 1, .committed_metadata = {}}}});
  return commit;
}
int16_t Commit(Test& test, const OffsetCommitRequest& commit, int16_t version = 8) {
  return test.client.Ask<OffsetCommitResponse>(commit, version)
      .topics.at(0)
      .partitions.at(0)
      .error_code;
}

Refused Joining(const char* name, ErrorCode code,
                const std::function<void(JoinGroupRequest&)>& spoil, int16_t version = 3) {
  return {name, code, [spoil, version](Test& test) {
            Alone(test);
            JoinGroupRequest join = requests::Join();
            spoil(join);
            return Join(test, join, version);
          }};
}
const Refused kJoins[] = {
    Joining("EmptyGroupId", ErrorCode::kInvalidGroupId, [](auto& j) { j.group_id = ""; }),
    Joining("SessionTooShort", ErrorCode::kInvalidSessionTimeout,
            [](auto& j) { j.session_timeout_ms = 5'999; }),
    Joining("SessionTooLong", ErrorCode::kInvalidSessionTimeout,
            [](auto& j) { j.session_timeout_ms = 30 * 60'000 + 1; }),
    Joining("NegativeSession", ErrorCode::kInvalidSessionTimeout,
            [](auto& j) { j.session_timeout_ms = INT32_MIN; }),
    Joining("NoProtocols", ErrorCode::kInconsistentGroupProtocol,
            [](auto& j) { j.protocols.clear(); }),
    Joining("NoProtocolsInAGroupOfItsOwn", ErrorCode::kInconsistentGroupProtocol,
            [](auto& j) {
              j.group_id = "new";
              j.protocols.clear();
            }),
    Joining("NoProtocolTypeInAGroupOfItsOwn", ErrorCode::kInconsistentGroupProtocol,
            [](auto& j) {
              j.group_id = "new";
              j.protocol_type = "";
            }),
    Joining("ProtocolThatTheOthersLack", ErrorCode::kInconsistentGroupProtocol,
            [](auto& j) { j.protocols[0].name = "sticky"; }),
    Joining("OtherProtocolType", ErrorCode::kInconsistentGroupProtocol,
            [](auto& j) { j.protocol_type = "connect"; }),
    Joining("MemberIdThatNobodyGaveOut", ErrorCode::kUnknownMemberId,
            [](auto& j) { j.member_id = "who"; }),
    Joining("MemberIdInAGroupOfItsOwn", ErrorCode::kUnknownMemberId,
            [](auto& j) {
              j.group_id = "new";
              j.member_id = "who";
            }),
    Joining(
        "NoMemberIdYet", ErrorCode::kMemberIdRequired, [](auto&) {}, 4),
    {"InstanceOfAnother", ErrorCode::kFencedInstanceId,
     [](Test& test) {
       Static(test);
       JoinGroupRequest join = requests::Join("who");
       join.group_instance_id = "i";
       return Join(test, join, 5);
     }},
};

const Refused kClassicMembers[] = {
    {"HeartbeatInNoGroup", ErrorCode::kInvalidGroupId,
     [](Test& test) { return Beat(test, "who", 1, ""); }},
    {"HeartbeatInAGroupThatIsNotThere", ErrorCode::kUnknownMemberId,
     [](Test& test) { return Beat(test, "who", 1); }},
    {"HeartbeatOfAStranger", ErrorCode::kUnknownMemberId,
     [](Test& test) { return Beat(test, "who", Alone(test).generation); }},
    {"HeartbeatOfThePast", ErrorCode::kIllegalGeneration,
     [](Test& test) {
       const Member member = Alone(test);
       return Beat(test, member.id, member.generation - 1);
     }},
    {"HeartbeatOfTheFuture", ErrorCode::kIllegalGeneration,
     [](Test& test) {
       const Member member = Alone(test);
       return Beat(test, member.id, member.generation + 1);
     }},
    {"HeartbeatOfWhoHasBeenReplaced", ErrorCode::kFencedInstanceId,
     [](Test& test) {
       const Member old = Static(test);
       Static(test);
       return Beat(test, old.id, old.generation, "readers", "i");
     }},
    {"HeartbeatWhileOthersJoin", ErrorCode::kRebalanceInProgress,
     [](Test& test) {
       const Member member = Alone(test);
       Test::Client other(test, test.address);
       other.Send(requests::Join(), 3);
       test.Settle();
       return Beat(test, member.id, member.generation);
     }},
    {"SyncInNoGroup", ErrorCode::kInvalidGroupId,
     [](Test& test) { return test.CodeOf<SyncGroupResponse>(SyncGroupRequest{}, 3); }},
    {"SyncOfAStranger", ErrorCode::kUnknownMemberId,
     [](Test& test) {
       const Member member = Alone(test);
       return test.CodeOf<SyncGroupResponse>(requests::Sync("who", member.generation), 3);
     }},
    {"SyncOfThePast", ErrorCode::kIllegalGeneration,
     [](Test& test) {
       const Member member = Alone(test);
       return test.CodeOf<SyncGroupResponse>(requests::Sync(member.id, member.generation - 1), 3);
     }},
    {"SyncToAnotherProtocol", ErrorCode::kInconsistentGroupProtocol,
     [](Test& test) {
       const Member member = Alone(test);
       SyncGroupRequest sync = requests::Sync(member.id, member.generation);
       sync.protocol_type = "consumer";
       sync.protocol_name = "sticky";
       return test.CodeOf<SyncGroupResponse>(sync, 5);
     }},
    {"LeavingNoGroup", ErrorCode::kInvalidGroupId,
     [](Test& test) { return test.CodeOf<LeaveGroupResponse>(LeaveGroupRequest{}, 1); }},
    {"LeavingOfAStranger", ErrorCode::kUnknownMemberId,
     [](Test& test) {
       Alone(test);
       LeaveGroupRequest leave;
       leave.group_id = "readers";
       leave.member_id = "who";
       return test.CodeOf<LeaveGroupResponse>(leave, 2);
     }},
    {"LeavingOfAStrangerAmongMany", ErrorCode::kUnknownMemberId,
     [](Test& test) {
       Alone(test);
       LeaveGroupRequest leave;
       leave.group_id = "readers";
       leave.members.push_back({.member_id = "who", .group_instance_id = {}, .reason = {}});
       return test.client.Ask<LeaveGroupResponse>(leave, 5).members.at(0).error_code;
     }},
    {"DeletionOfAGroupInUse", ErrorCode::kNonEmptyGroup,
     [](Test& test) {
       Alone(test);
       DeleteGroupsRequest request;
       request.groups_names = {"readers"};
       return test.client.Ask<DeleteGroupsResponse>(request, 2).results.at(0).error_code;
     }},
    {"DeletionOfAGroupThatIsNotThere", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       DeleteGroupsRequest request;
       request.groups_names = {"nobody"};
       return test.client.Ask<DeleteGroupsResponse>(request, 2).results.at(0).error_code;
     }},
    {"DescriptionOfAGroupThatIsNotThere", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       DescribeGroupsRequest request;
       request.groups = {"nobody"};
       return test.client.Ask<DescribeGroupsResponse>(request, 6).groups.at(0).error_code;
     }},
};

// The commit of the one member there is, spoiled.
Refused Committing(const char* name, ErrorCode code,
                   const std::function<void(OffsetCommitRequest&)>& spoil, int16_t version = 8) {
  return {name, code, [spoil, version](Test& test) {
            const Member member = Alone(test);
            OffsetCommitRequest commit = Commit(member.id, member.generation);
            spoil(commit);
            return Commit(test, commit, version);
          }};
}
const std::string kLongMetadata(4097, 'm');
const Refused kCommits[] = {
    Committing("ToNoGroup", ErrorCode::kInvalidGroupId, [](auto& c) { c.group_id = ""; }),
    Committing("OfAStranger", ErrorCode::kUnknownMemberId, [](auto& c) { c.member_id = "who"; }),
    Committing("OfNobodyWhileThereAreMembers", ErrorCode::kUnknownMemberId,
               [](auto& c) {
                 c.member_id = "";
                 c.generation_id_or_member_epoch = -1;
               }),
    Committing("OfThePast", ErrorCode::kIllegalGeneration,
               [](auto& c) { --c.generation_id_or_member_epoch; }),
    Committing("OfTheFuture", ErrorCode::kIllegalGeneration,
               [](auto& c) { ++c.generation_id_or_member_epoch; }),
    Committing("ToAGroupThatIsNotThere", ErrorCode::kIllegalGeneration,
               [](auto& c) { c.group_id = "nobody"; }),
    Committing(
        "ToAGroupThatIsNotThereInNewWords", ErrorCode::kGroupIdNotFound,
        [](auto& c) { c.group_id = "nobody"; }, 9),
    Committing("OfNoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
               [](auto& c) { c.topics[0].name = "nowhere"; }),
    Committing(
        "OfNoSuchTopicId", ErrorCode::kUnknownTopicId, [](auto&) {}, 10),
    Committing("OfNoSuchPartition", ErrorCode::kUnknownTopicOrPartition,
               [](auto& c) { c.topics[0].partitions[0].partition_index = 2; }),
    Committing("OfMetadataTooLong", ErrorCode::kOffsetMetadataTooLarge,
               [](auto& c) { c.topics[0].partitions[0].committed_metadata = kLongMetadata; }),
    {"OfWhoHasBeenReplaced", ErrorCode::kFencedInstanceId,
     [](Test& test) {
       const Member old = Static(test);
       Static(test);
       OffsetCommitRequest commit = Commit(old.id, old.generation);
       commit.group_instance_id = "i";
       return Commit(test, commit);
     }},
    {"DeletionOfWhatIsRead", ErrorCode::kGroupSubscribedToTopic,
     [](Test& test) {
       const Member member = Alone(test);
       EXPECT_EQ(Commit(test, Commit(member.id, member.generation)), 0);
       OffsetDeleteRequest request;
       request.group_id = "readers";
       auto& topic = request.topics.emplace_back();
       topic.name = "orders";
       topic.partitions.emplace_back().partition_index = 0;
       const auto reply = test.client.Ask<OffsetDeleteResponse>(request, 0);
       EXPECT_EQ(reply.error_code, 0);
       return reply.topics.at(0).partitions.at(0).error_code;
     }},
    {"DeletionInAGroupThatIsNotThere", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       OffsetDeleteRequest request;
       request.group_id = "nobody";
       return test.CodeOf<OffsetDeleteResponse>(request, 0);
     }},
};

INSTANTIATE_TEST_SUITE_P(Joins, RefusedTest, testing::ValuesIn(kJoins), NameOf());
INSTANTIATE_TEST_SUITE_P(ClassicMembers, RefusedTest, testing::ValuesIn(kClassicMembers), NameOf());
INSTANTIATE_TEST_SUITE_P(Commits, RefusedTest, testing::ValuesIn(kCommits), NameOf());

}  // namespace
}  // namespace braid::kafka
