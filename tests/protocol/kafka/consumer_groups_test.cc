// Consumer groups of the newer protocol on the wire: heartbeats, what administrators see, offsets
// with epochs, and how they live beside classic groups.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/consumer_protocol.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/consumer_group_describe.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_delete.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/sync_group.h"
#include "protocol/kafka/messages/txn_offset_commit.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

using namespace std::string_literals;

using Beat = ConsumerGroupHeartbeatRequest;
using Answer = ConsumerGroupHeartbeatResponse;

class ConsumerGroupsTest : public KafkaTest {
 protected:
  ConsumerGroupsTest() : one(*this, address), two(*this, address) {
    one.Create("orders", 4);
    topic = catalog->FindTopic("orders")->uuid;
  }

  static Beat Joining(std::string_view member_id) { return requests::JoinNewly(member_id); }
  // A heartbeat of a member that owns these.
  Beat Staying(std::string_view member_id, int32_t epoch, const std::vector<int32_t>& owned) const {
    return requests::Stay(member_id, epoch, topic, owned);
  }
  Answer Ask(const Beat& beat, int16_t version = 1) { return one.Ask<Answer>(beat, version); }
  ErrorCode ErrorOf(const Beat& beat, int16_t version = 1) {
    return static_cast<ErrorCode>(Ask(beat, version).error_code);
  }
  // "0 1": the partitions that are told; "as before".
  static std::string Told(const Answer& answer) {
    if (!answer.assignment) return "as before";
    std::string text;
    for (const auto& of_topic : answer.assignment->topic_partitions) {
      for (const int32_t p : of_topic.partitions)
        absl::StrAppend(&text, text.empty() ? "" : " ", p);
    }
    return text;
  }
  // Two members of two partitions each, at epoch 2.
  void Pair() {
    Ask(Joining("one"));
    Ask(Joining("two"));
    Ask(Staying("one", 1, {0, 1, 2, 3}));
    Ask(Staying("one", 1, {0, 1}));
    EXPECT_EQ(Told(Ask(Staying("two", 2, {}))), "2 3");
  }
  ConsumerGroupDescribeResponse::Group Describe(std::string_view id, int16_t version = 1) {
    ConsumerGroupDescribeRequest request;
    request.group_ids = {id};
    request.include_authorized_operations = true;
    return one.Ask<ConsumerGroupDescribeResponse>(request, version).groups.at(0);
  }
  ErrorCode Commit(std::string_view member_id, int32_t epoch, int16_t version = 9,
                   int32_t partition = 0) {
    OffsetCommitRequest commit;
    commit.group_id = "readers";
    commit.member_id = member_id;
    commit.generation_id_or_member_epoch = epoch;
    commit.topics.push_back(
        {"orders",
         topic,
         {{.partition_index = partition, .committed_offset = 3, .committed_metadata = {}}}});
    const auto reply = one.Ask<OffsetCommitResponse>(commit, version);
    return static_cast<ErrorCode>(reply.topics.at(0).partitions.at(0).error_code);
  }
  OffsetFetchResponse::Group FetchOffsets(std::optional<std::string_view> member_id,
                                          int32_t epoch) {
    OffsetFetchRequest fetch;
    auto& group = fetch.groups.emplace_back();
    group.group_id = "readers";
    group.member_id = member_id;
    group.member_epoch = epoch;
    return one.Ask<OffsetFetchResponse>(fetch, 9).groups.at(0);
  }
  ErrorCode Delete() {
    DeleteGroupsRequest request;
    request.groups_names = {"readers"};
    return static_cast<ErrorCode>(
        one.Ask<DeleteGroupsResponse>(request, 2).results.at(0).error_code);
  }
  ListGroupsResponse::Group Listed() {
    return one.Ask<ListGroupsResponse>(ListGroupsRequest{}, 5).groups.at(0);
  }

  // --- The classic protocol ---
  // A subscription to "orders" that owns nothing.
  static JoinGroupRequest ClassicJoining(std::string_view member_id = "",
                                         std::string_view type = "consumer") {
    static const std::string subscription = "\0\0\0\0\0\1\0\6orders\xff\xff\xff\xff"s;
    JoinGroupRequest join;
    join.group_id = "readers";
    join.session_timeout_ms = 10'000;
    join.rebalance_timeout_ms = 60'000;
    join.member_id = member_id;
    join.protocol_type = type;
    join.protocols.push_back({"range", {subscription}});
    return join;
  }
  static SyncGroupRequest Syncing(std::string_view member_id, int32_t generation) {
    return requests::Sync(member_id, generation);
  }
  // A classic group of one, who has everything. Returns its id.
  std::string ClassicGroup(std::string_view type = "consumer") {
    const auto joined = two.Ask<JoinGroupResponse>(ClassicJoining("", type), 3);
    EXPECT_EQ(joined.error_code, 0);
    std::string id(joined.member_id);
    SyncGroupRequest sync = Syncing(id, joined.generation_id);
    const std::string all = engine::EncodeAssignment(0, {{"orders", {0, 1, 2, 3}}});
    sync.assignments.push_back({id, {all}});
    EXPECT_EQ(two.Ask<SyncGroupResponse>(sync, 3).error_code, 0);
    return id;
  }
  ErrorCode ClassicBeat(std::string_view member_id, int32_t generation) {
    HeartbeatRequest beat;
    beat.group_id = "readers";
    beat.generation_id = generation;
    beat.member_id = member_id;
    return static_cast<ErrorCode>(two.Ask<HeartbeatResponse>(beat, 3).error_code);
  }
  std::string ClassicShare(std::string_view member_id, int32_t generation) {
    const auto synced = two.Ask<SyncGroupResponse>(Syncing(member_id, generation), 3);
    EXPECT_EQ(synced.error_code, 0);
    std::string text;
    const auto shares = engine::DecodeAssignment(synced.assignment.data);
    if (!shares) return "unreadable";
    for (const auto& [name, partitions] : *shares) {
      for (const int32_t p : partitions) absl::StrAppend(&text, text.empty() ? "" : " ", p);
    }
    return text;
  }

  KafkaClient one, two;
  Uuid topic{};
};

// --- Heartbeats ---

TEST_F(ConsumerGroupsTest, TheBrokerSaysThatItHasThem) {
  ApiVersionsRequest hello;
  hello.client_software_name = "test";
  hello.client_software_version = "1";
  const auto reply = one.Ask<ApiVersionsResponse>(hello, 3);
  const auto& levels = reply.finalized_features;
  const auto found = std::find_if(levels.begin(), levels.end(),
                                  [](const auto& level) { return level.name == "group.version"; });
  ASSERT_NE(found, levels.end());
  EXPECT_EQ(found->max_version_level, 1);
}

TEST_F(ConsumerGroupsTest, TheFirstMemberIsToldAllPartitionsAndWhenToSpeakAgain) {
  const Answer answer = Ask(Joining("me"));
  EXPECT_EQ(answer.error_code, 0);
  EXPECT_EQ(answer.member_id, "me");
  EXPECT_EQ(answer.member_epoch, 1);
  EXPECT_EQ(answer.heartbeat_interval_ms, 5'000);
  ASSERT_TRUE(answer.assignment.has_value());
  ASSERT_EQ(answer.assignment->topic_partitions.size(), 1u);
  EXPECT_EQ(answer.assignment->topic_partitions[0].topic_id, topic);
  EXPECT_EQ(Told(answer), "0 1 2 3");
  EXPECT_EQ(Told(Ask(Staying("me", 1, {0, 1, 2, 3}))), "as before");
}

TEST_F(ConsumerGroupsTest, VersionZeroGivesOutMemberIds) {
  const Answer answer = Ask(Joining(""), 0);
  EXPECT_EQ(answer.error_code, 0);
  ASSERT_TRUE(answer.member_id.has_value());
  EXPECT_EQ(answer.member_id->size(), 32u);
  EXPECT_EQ(ErrorOf(Joining(""), 1), ErrorCode::kInvalidRequest);
  EXPECT_EQ(ErrorOf(Staying("", 1, {}), 0), ErrorCode::kInvalidRequest);
}

TEST_F(ConsumerGroupsTest, PartitionsMoveWhenTheyHaveBeenGivenUp) {
  Pair();
  Beat leave = Staying("one", -1, {});
  const Answer left = Ask(leave);
  EXPECT_EQ(left.error_code, 0);
  EXPECT_EQ(left.member_epoch, -1);
  EXPECT_FALSE(left.assignment.has_value());
  EXPECT_EQ(Told(Ask(Staying("two", 2, {2, 3}))), "0 1 2 3");
}

TEST_F(ConsumerGroupsTest, WhatMakesNoSenseIsRefusedInWords) {
  Beat beat = Joining("me");
  beat.group_id = "";
  EXPECT_EQ(ErrorOf(beat), ErrorCode::kInvalidRequest);
  beat = Joining("me");
  beat.rebalance_timeout_ms = -1;
  const Answer refused = Ask(beat);
  EXPECT_EQ(refused.error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_TRUE(refused.error_message.has_value());
  beat = Joining("me");
  beat.server_assignor = "sticky";
  EXPECT_EQ(ErrorOf(beat), ErrorCode::kUnsupportedAssignor);
  beat = Joining("me");
  beat.subscribed_topic_regex = "(";
  EXPECT_EQ(ErrorOf(beat), ErrorCode::kInvalidRegularExpression);
  EXPECT_EQ(ErrorOf(Staying("me", 1, {})), ErrorCode::kFencedMemberEpoch) << "as after a restart";
  EXPECT_EQ(ErrorOf(Staying("me", -1, {})), ErrorCode::kUnknownMemberId);
  Ask(Joining("me"));
  EXPECT_EQ(ErrorOf(Staying("who", 1, {})), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(ErrorOf(Staying("me", 7, {})), ErrorCode::kFencedMemberEpoch);
}

TEST_F(ConsumerGroupsTest, StaticMembersLeaveForAWhile) {
  Beat join = Joining("one");
  join.instance_id = "i";
  EXPECT_EQ(ErrorOf(join), ErrorCode::kNone);
  join.member_id = "two";
  EXPECT_EQ(ErrorOf(join), ErrorCode::kUnreleasedInstanceId);
  Beat leave = Staying("one", -2, {});
  leave.instance_id = "i";
  EXPECT_EQ(ErrorOf(leave), ErrorCode::kNone);
  EXPECT_EQ(Told(Ask(join)), "0 1 2 3");
  EXPECT_EQ(ErrorOf(leave), ErrorCode::kFencedInstanceId);
}

TEST_F(ConsumerGroupsTest, ATopicThatComesLaterIsShared) {
  Beat join = Joining("me");
  join.subscribed_topic_names->clear();
  join.subscribed_topic_regex = "later-.*";
  EXPECT_EQ(Told(Ask(join)), "");
  one.Create("later-1", 2);
  EXPECT_EQ(Told(Ask(Staying("me", 1, {}))), "0 1");
}

TEST_F(ConsumerGroupsTest, ASilentMemberIsPutOut) {
  Pair();
  clock.Advance(absl::Seconds(44));
  Ask(Staying("one", 2, {0, 1}));
  clock.Advance(absl::Seconds(1));
  Settle();
  EXPECT_EQ(Told(Ask(Staying("one", 2, {0, 1}))), "0 1 2 3");
  EXPECT_EQ(ErrorOf(Staying("two", 2, {2, 3})), ErrorCode::kUnknownMemberId);
}

TEST_F(ConsumerGroupsTest, AGroupMayHaveItsOwnTimes) {
  IncrementalAlterConfigsRequest alter;
  auto& resource = alter.resources.emplace_back();
  resource.resource_type = 32;
  resource.resource_name = "readers";
  resource.configs.push_back({"consumer.heartbeat.interval.ms", 0, "7000"});
  resource.configs.push_back({"consumer.session.timeout.ms", 0, "60000"});
  EXPECT_EQ(one.Ask<IncrementalAlterConfigsResponse>(alter, 1).responses.at(0).error_code, 0);
  EXPECT_EQ(Ask(Joining("me")).heartbeat_interval_ms, 7'000);
  clock.Advance(absl::Seconds(59));
  Settle();
  EXPECT_EQ(ErrorOf(Staying("me", 1, {})), ErrorCode::kNone);
}

// --- Administration ---

TEST_F(ConsumerGroupsTest, DescribeShowsMembersAndWhatTheyShallHave) {
  Beat join = Joining("one");
  join.rack_id = "r";
  Ask(join);
  Ask(Joining("two"));
  for (int16_t version = 0; version <= 1; ++version) {
    const auto group = Describe("readers", version);
    EXPECT_EQ(group.error_code, 0);
    EXPECT_EQ(group.group_state, "Reconciling");
    EXPECT_EQ(group.group_epoch, 2);
    EXPECT_EQ(group.assignment_epoch, 2);
    EXPECT_EQ(group.assignor_name, "uniform");
    EXPECT_NE(group.authorized_operations, kOperationsNotAsked);
    ASSERT_EQ(group.members.size(), 2u);
    const auto& member = group.members[0];
    EXPECT_EQ(member.member_id, "one");
    EXPECT_EQ(member.rack_id, "r");
    EXPECT_EQ(member.member_epoch, 1);
    EXPECT_EQ(member.client_id, "test");
    EXPECT_EQ(member.client_host, "/127.0.0.1");
    EXPECT_EQ(member.subscribed_topic_names, std::vector<std::string_view>{"orders"});
    EXPECT_FALSE(member.subscribed_topic_regex.has_value());
    ASSERT_EQ(member.assignment.topic_partitions.size(), 1u);
    EXPECT_EQ(member.assignment.topic_partitions[0].topic_name, "orders");
    EXPECT_EQ(member.assignment.topic_partitions[0].partitions.size(), 4u);
    EXPECT_EQ(member.target_assignment.topic_partitions.at(0).partitions.size(), 2u);
    EXPECT_EQ(member.member_type, version == 0 ? -1 : 1);
  }
}

TEST_F(ConsumerGroupsTest, EachDescribeKnowsItsKind) {
  EXPECT_EQ(Describe("readers").error_code, Wire(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(Describe("").error_code, Wire(ErrorCode::kInvalidGroupId));
  Ask(Joining("me"));
  EXPECT_EQ(Commit("me", 1), ErrorCode::kNone);
  DescribeGroupsRequest classic;
  classic.groups = {"readers"};
  auto reply = one.Ask<DescribeGroupsResponse>(classic, 6).groups.at(0);
  EXPECT_EQ(reply.error_code, Wire(ErrorCode::kGroupIdNotFound));
  EXPECT_EQ(one.Ask<DescribeGroupsResponse>(classic, 5).groups.at(0).group_state, "Dead");
}

TEST_F(ConsumerGroupsTest, ListTellsTheKind) {
  Ask(Joining("me"));
  EXPECT_EQ(Listed().group_type, "consumer");
  EXPECT_EQ(Listed().group_state, "Stable");
  EXPECT_EQ(Listed().protocol_type, "consumer");
  ListGroupsRequest request;
  request.types_filter = {"Consumer"};
  EXPECT_EQ(one.Ask<ListGroupsResponse>(request, 5).groups.size(), 1u);
  request.types_filter = {"classic"};
  EXPECT_EQ(one.Ask<ListGroupsResponse>(request, 5).groups.size(), 0u);
}

TEST_F(ConsumerGroupsTest, OnlyAnEmptyGroupIsDeleted) {
  Ask(Joining("me"));
  EXPECT_EQ(Commit("me", 1), ErrorCode::kNone);
  EXPECT_EQ(Delete(), ErrorCode::kNonEmptyGroup);
  Ask(Staying("me", -1, {}));
  EXPECT_EQ(Describe("readers").group_state, "Empty");
  EXPECT_EQ(Delete(), ErrorCode::kNone);
  EXPECT_EQ(Describe("readers").error_code, Wire(ErrorCode::kGroupIdNotFound));
  EXPECT_TRUE(FetchOffsets(std::nullopt, -1).topics.empty());
}

TEST_F(ConsumerGroupsTest, OffsetsOfWhatIsSubscribedToStay) {
  one.Create("more", 1);
  Ask(Joining("me"));
  OffsetDeleteRequest request;
  request.group_id = "readers";
  request.topics.push_back({"orders", {{0}}});
  request.topics.push_back({"more", {{0}}});
  const auto reply = one.Ask<OffsetDeleteResponse>(request, 0);
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.topics.at(0).partitions.at(0).error_code,
            Wire(ErrorCode::kGroupSubscribedToTopic));
  EXPECT_EQ(reply.topics.at(1).partitions.at(0).error_code, 0);
}

// --- Offsets ---

TEST_F(ConsumerGroupsTest, CommitsCarryTheEpoch) {
  Ask(Joining("me"));
  EXPECT_EQ(Commit("me", 1), ErrorCode::kNone);
  EXPECT_EQ(Commit("me", 1, 10), ErrorCode::kNone);
  EXPECT_EQ(Commit("me", 1, 8), ErrorCode::kUnsupportedVersion);
  EXPECT_EQ(Commit("me", 2), ErrorCode::kStaleMemberEpoch);
  EXPECT_EQ(Commit("who", 1), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Commit("", -1), ErrorCode::kUnknownMemberId) << "only while nobody is here";
  Ask(Staying("me", -1, {}));
  EXPECT_EQ(Commit("", -1), ErrorCode::kNone);
}

TEST_F(ConsumerGroupsTest, AnOlderEpochCommitsWhatItHadThen) {
  Pair();
  EXPECT_EQ(Commit("one", 1, 9, 0), ErrorCode::kNone);
  EXPECT_EQ(Commit("one", 1, 9, 3), ErrorCode::kStaleMemberEpoch) << "that is another's now";
}

TEST_F(ConsumerGroupsTest, TransactionsThatCommitForTheGroupCarryTheEpochToo) {
  Pair();
  const auto commit = [this](std::string_view member_id, int32_t epoch) {
    TxnOffsetCommitRequest request;
    request.transactional_id = "tx";
    request.group_id = "readers";
    request.producer_id = 7;
    request.member_id = member_id;
    request.generation_id = epoch;
    request.topics.emplace_back().name = "orders";
    request.topics[0].partitions.emplace_back();
    const auto reply = one.Ask<TxnOffsetCommitResponse>(request, 3);
    return static_cast<ErrorCode>(reply.topics.at(0).partitions.at(0).error_code);
  };
  EXPECT_EQ(commit("one", 1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit("one", 3), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(commit("who", 2), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(commit("one", 2), ErrorCode::kInvalidProducerIdMapping) << "the group had no objection";
}

TEST_F(ConsumerGroupsTest, FetchesOfOffsetsAreForMembersOrForAnyone) {
  Ask(Joining("me"));
  Commit("me", 1);
  EXPECT_EQ(FetchOffsets("me", 1).topics.size(), 1u);
  EXPECT_EQ(FetchOffsets(std::nullopt, -1).topics.size(), 1u);
  EXPECT_EQ(FetchOffsets("me", 4).error_code, Wire(ErrorCode::kStaleMemberEpoch));
  EXPECT_EQ(FetchOffsets("who", 1).error_code, Wire(ErrorCode::kUnknownMemberId));
}

// --- Beside classic groups ---

TEST_F(ConsumerGroupsTest, AnEmptyGroupIsOfTheKindThatIsAskedForAndKeepsItsOffsets) {
  Ask(Joining("me"));
  Commit("me", 1);
  Ask(Staying("me", -1, {}));
  const std::string id = ClassicGroup();
  EXPECT_EQ(Listed().group_type, "classic");
  LeaveGroupRequest leave;
  leave.group_id = "readers";
  leave.member_id = id;
  EXPECT_EQ(two.Ask<LeaveGroupResponse>(leave, 1).error_code, 0);
  EXPECT_GT(Ask(Joining("me")).member_epoch, 2) << "epochs go on";
  EXPECT_EQ(Listed().group_type, "consumer");
  EXPECT_EQ(FetchOffsets(std::nullopt, -1).topics.size(), 1u);
}

TEST_F(ConsumerGroupsTest, AGroupOfOthersStaysClassic) {
  ClassicGroup("connect");
  EXPECT_EQ(ErrorOf(Joining("me")), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(ErrorOf(Staying("me", 1, {})), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(Listed().group_type, "classic");
}

TEST_F(ConsumerGroupsTest, AClientThatIsNoConsumerDoesNotJoinAConsumerGroup) {
  Ask(Joining("me"));
  EXPECT_EQ(two.Ask<JoinGroupResponse>(ClassicJoining("", "connect"), 3).error_code,
            Wire(ErrorCode::kInconsistentGroupProtocol));
}

TEST_F(ConsumerGroupsTest, ClientsAreReplacedOneAfterTheOther) {
  const std::string old = ClassicGroup();
  const Answer joined = Ask(Joining("new"));
  EXPECT_EQ(joined.error_code, 0);
  EXPECT_EQ(Told(joined), "") << "the old one still reads everything";
  EXPECT_EQ(Listed().group_type, "consumer");
  EXPECT_EQ(Commit(old, 1, 7), ErrorCode::kNone) << "as classic members do";

  EXPECT_EQ(ClassicBeat(old, 1), ErrorCode::kRebalanceInProgress);
  const auto again = two.Ask<JoinGroupResponse>(ClassicJoining(old), 3);
  EXPECT_EQ(again.error_code, 0);
  EXPECT_EQ(again.generation_id, joined.member_epoch);
  EXPECT_EQ(again.protocol_name, "range");
  EXPECT_EQ(ClassicShare(old, again.generation_id), "0 1");
  EXPECT_EQ(Told(Ask(Staying("new", joined.member_epoch, {}))), "2 3");
  EXPECT_EQ(ClassicBeat(old, again.generation_id), ErrorCode::kNone);
  EXPECT_EQ(Describe("readers").members.size(), 2u);

  // And back: the newer client goes, and the old one leads a classic group again.
  Ask(Staying("new", -1, {}));
  EXPECT_EQ(Listed().group_type, "classic");
  EXPECT_EQ(ClassicBeat(old, again.generation_id + 1), ErrorCode::kRebalanceInProgress);
  const auto alone = two.Ask<JoinGroupResponse>(ClassicJoining(old), 3);
  EXPECT_EQ(alone.error_code, 0);
  EXPECT_EQ(alone.leader, old);
  EXPECT_EQ(alone.members.size(), 1u);
}

TEST_F(ConsumerGroupsTest, WhoWaitsInAClassicGroupIsToldToJoinAgain) {
  const std::string old = ClassicGroup();
  two.Send(ClassicJoining("", "consumer"), 3);  // waits for the old one
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  EXPECT_EQ(ErrorOf(Joining("new")), ErrorCode::kNone);
  EXPECT_EQ(two.Receive<JoinGroupResponse>(3).error_code, Wire(ErrorCode::kRebalanceInProgress));
}

TEST_F(ConsumerGroupsTest, TheLastNewerMemberMayGoByFallingSilent) {
  const std::string old = ClassicGroup();
  Ask(Joining("new"));
  for (int i = 0; i < 5; ++i) {
    two.Ask<JoinGroupResponse>(ClassicJoining(old), 3);
    clock.Advance(absl::Seconds(9));
    Settle();
  }
  EXPECT_EQ(Listed().group_type, "classic");
}

}  // namespace
}  // namespace braid::kafka
