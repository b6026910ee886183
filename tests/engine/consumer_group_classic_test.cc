// Members of the classic protocol in a consumer group, and groups that go from one kind to the
// other.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/consumer_group.h"
#include "engine/membership.h"
#include "tests/engine/consumer_group_fixture.h"

namespace braid::engine {
namespace {

class ConsumerGroupClassicTest : public ConsumerGroupTest {
 protected:
  // A member of the newer protocol has all four partitions, and "old" joins by the classic one.
  void NewAndOld() {
    newer_ = Join("new");
    const JoinReply joined = ClassicJoin(ClassicJoining("old"));
    EXPECT_EQ(joined.error, Errc::kOk);
    generation_ = joined.generation;
  }
  // As above, and both have two.
  void SettledPair() {
    NewAndOld();
    Beat(newer_);
    Beat(newer_);
    EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
    generation_ = ClassicJoin(ClassicJoining("old")).generation;
    EXPECT_EQ(ClassicShare("old", generation_), "a/2 a/3");
    EXPECT_EQ(group().state(), ConsumerGroupState::kStable);
  }

  Client newer_;
  int32_t generation_ = 0;
};

TEST_F(ConsumerGroupClassicTest, AMemberJoinsAndIsToldWhenThereIsSomethingForIt) {
  NewAndOld();
  EXPECT_EQ(generation_, 2);
  EXPECT_EQ(ClassicShare("old", generation_), "");
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kOk) << "the other still holds all";
  Beat(newer_);
  Beat(newer_);
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
  const JoinReply joined = ClassicJoin(ClassicJoining("old"));
  EXPECT_EQ(joined.generation, 2);
  EXPECT_EQ(joined.protocol, "range");
  EXPECT_EQ(joined.protocol_type, "consumer");
  EXPECT_NE(joined.leader, "old") << "nobody leads";
  EXPECT_TRUE(joined.members.empty());
  EXPECT_EQ(ClassicShare("old", 2), "a/2 a/3");
}

TEST_F(ConsumerGroupClassicTest, AMemberGivesUpByJoiningAgain) {
  SettledPair();
  Join("third");
  Client fourth = Join("fourth");
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
  // One that keeps reading meanwhile says so, and is asked to give up first.
  const JoinReply first = ClassicJoin(ClassicJoining("old", {{"a", {2, 3}}}));
  EXPECT_EQ(first.generation, generation_) << "not there yet";
  EXPECT_EQ(ClassicShare("old", generation_), "a/2");
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
  EXPECT_FALSE(Beat(fourth)) << "the other has not confirmed";
  const JoinReply second = ClassicJoin(ClassicJoining("old", {{"a", {2}}}));
  EXPECT_EQ(second.generation, group().epoch());
  EXPECT_EQ(ClassicShare("old", second.generation), "a/2");
  EXPECT_TRUE(Beat(fourth));
  EXPECT_EQ(Text(fourth.owned), "a/3");
}

TEST_F(ConsumerGroupClassicTest, NewMembersAreGivenAnIdFirst) {
  Join("new");
  JoinRequest join = ClassicJoining("");
  join.require_known_member_id = true;
  const JoinReply told = ClassicJoin(join);
  EXPECT_EQ(told.error, Errc::kMemberIdRequired);
  EXPECT_EQ(told.member_id, "new-");
  join.member_id = told.member_id;
  EXPECT_EQ(ClassicJoin(join).error, Errc::kOk);
}

TEST_F(ConsumerGroupClassicTest, WhatCannotBeReadOrSharedIsRefused) {
  NewAndOld();
  JoinRequest join = ClassicJoining("third");
  join.protocols[0].metadata = "?";
  EXPECT_EQ(ClassicJoin(join).error, Errc::kInconsistentProtocol);
  join = ClassicJoining("third");
  join.protocol_type = "connect";
  EXPECT_EQ(ClassicJoin(join).error, Errc::kInconsistentProtocol);
  join = ClassicJoining("third");
  join.protocols[0].name = "sticky";
  EXPECT_EQ(ClassicJoin(join).error, Errc::kInconsistentProtocol)
      << "were the classic members alone, they could not agree";
  join = ClassicJoining("third");
  join.session_timeout = absl::Seconds(1);
  EXPECT_EQ(ClassicJoin(join).error, Errc::kInvalidSessionTimeout);
}

TEST_F(ConsumerGroupClassicTest, RequestsAreChecked) {
  SettledPair();
  EXPECT_EQ(ClassicBeat("old", generation_ + 1), Errc::kIllegalGeneration);
  EXPECT_EQ(ClassicBeat("who", generation_), Errc::kUnknownMember);
  EXPECT_EQ(ClassicBeat("new", generation_), Errc::kUnknownMember) << "it speaks the other one";
  EXPECT_EQ(ClassicShare("old", generation_ + 1), "kIllegalGeneration");
  SyncRequest sync;
  sync.member_id = "old";
  sync.generation = generation_;
  sync.protocol = "sticky";
  EXPECT_EQ(group().Sync(sync, topics(), now()).error, Errc::kInconsistentProtocol);
  Client third = Join("third");
  EXPECT_EQ(ClassicShare("old", generation_), "kRebalanceInProgress");
  EXPECT_EQ(group().MayCommit("old", generation_).error, Errc::kOk);
  EXPECT_FALSE(group().MayCommit("old", generation_).epochs);
  EXPECT_EQ(group().MayCommit("old", generation_ - 1).error, Errc::kIllegalGeneration);
}

TEST_F(ConsumerGroupClassicTest, WhoWasPutOutGivesUpEverythingBeforeItJoins) {
  SettledPair();
  Pass(absl::Seconds(10));
  Beat(newer_);
  EXPECT_EQ(ClassicJoin(ClassicJoining("old", {{"a", {2, 3}}})).error, Errc::kUnknownMember);
  EXPECT_EQ(ClassicJoin(ClassicJoining("old")).error, Errc::kOk);
}

TEST_F(ConsumerGroupClassicTest, WhoDoesNotJoinAgainInTimeIsPutOut) {
  SettledPair();
  Client third = Join("third");
  for (int i = 0; i < 6; ++i) {  // its heartbeats alone do not keep it in
    EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
    Pass(absl::Seconds(9));
    Beat(newer_);
    Beat(third);
  }
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kRebalanceInProgress);
  Pass(absl::Seconds(6));
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kUnknownMember);
}

TEST_F(ConsumerGroupClassicTest, WhoNeverSyncsIsPutOut) {
  NewAndOld();
  Pass(absl::Seconds(9));
  EXPECT_EQ(ClassicBeat("old", generation_), Errc::kOk);
  for (int i = 0; i < 6; ++i) {
    Pass(absl::Seconds(9));
    Beat(newer_);
    ClassicBeat("old", generation_);
  }
  EXPECT_EQ(group().member_count(), 1u);
}

TEST_F(ConsumerGroupClassicTest, ASilentOneIsPutOutAfterItsOwnSession) {
  SettledPair();
  Pass(absl::Seconds(10));
  EXPECT_EQ(group().member_count(), 1u);
  EXPECT_TRUE(Beat(newer_));
  EXPECT_EQ(newer_.owned.size(), 4u);
}

TEST_F(ConsumerGroupClassicTest, LeavingByIdAndByInstance) {
  SettledPair();
  EXPECT_EQ(group().Leave("new", std::nullopt), Errc::kUnknownMember) << "that is not its way";
  EXPECT_EQ(group().Leave("old", std::nullopt), Errc::kOk);
  ConsumerHeartbeat join = Joining("fixed");
  join.instance_id = "i";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
  EXPECT_EQ(group().Leave("", "i"), Errc::kOk) << "an administrator puts it out";
  EXPECT_EQ(group().Leave("", "i"), Errc::kUnknownMember);
}

TEST_F(ConsumerGroupClassicTest, AStaticMemberChangesItsProtocol) {
  ConsumerHeartbeat join = Joining("newer");
  join.instance_id = "i";
  Client fixed{"newer", 0, {}, "i"};
  Heed(fixed, Send(join));
  Join("another");
  JoinRequest classic = ClassicJoining("");
  classic.instance_id = "i";
  const JoinReply joined = ClassicJoin(classic);
  EXPECT_EQ(joined.error, Errc::kOk);
  EXPECT_EQ(joined.member_id, "new-");
  EXPECT_EQ(ErrorOf(Beating(fixed)), Errc::kFencedInstance);
  EXPECT_FALSE(group().AllClassic());
  join.member_id = "newer again";
  EXPECT_EQ(ErrorOf(join), Errc::kOk) << "and back";
  EXPECT_EQ(group().member_count(), 2u);
}

// --- From one kind to the other ---

TEST_F(ConsumerGroupClassicTest, AGroupGoesBackToBeingClassic) {
  SettledPair();
  EXPECT_FALSE(group().AllClassic());
  EXPECT_EQ(Leave(newer_), Errc::kOk);
  ASSERT_TRUE(group().AllClassic());
  MembershipOptions options;
  options.first_generation = group().epoch();
  Membership classic(options, group().ClassicMembers(topics()), now());
  EXPECT_EQ(classic.state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(classic.protocol_type(), "consumer");
  JoinRequest join = ClassicJoining("old", {{"a", {2, 3}}});
  classic.Join(join, now());
  const auto replies = classic.TakeReplies();
  ASSERT_EQ(replies.size(), 1u);
  const auto& joined = std::get<JoinReply>(replies[0].reply);
  EXPECT_EQ(joined.error, Errc::kOk);
  EXPECT_EQ(joined.leader, "old");
  EXPECT_EQ(joined.generation, options.first_generation + 1);
}

TEST_F(ConsumerGroupClassicTest, AClassicGroupBecomesAConsumerGroup) {
  Membership classic;
  classic.Join(ClassicJoining(""), now());
  const std::string id = std::get<JoinReply>(classic.TakeReplies()[0].reply).member_id;
  SyncRequest sync;
  sync.member_id = id;
  sync.generation = 1;
  sync.assignments = {{id, EncodeAssignment(0, {{"a", {0, 1, 2, 3}}, {"gone", {0}}})}};
  classic.Sync(sync, now());
  classic.TakeReplies();
  ASSERT_TRUE(ConsumerGroup::CanConvert(classic.Members()));
  ConsumerGroupOptions options;
  options.first_epoch = classic.generation();
  StartGroup(std::make_unique<ConsumerGroup>(options, classic.Members(), topics(), now()));
  EXPECT_EQ(group().state(), ConsumerGroupState::kStable);
  EXPECT_EQ(ClassicBeat(id, 1), Errc::kOk);
  EXPECT_EQ(ClassicShare(id, 1), "a/0 a/1 a/2 a/3");

  Client newer = Join("new");
  EXPECT_EQ(newer.epoch, 2);
  EXPECT_TRUE(newer.owned.empty()) << "the old one holds all";
  EXPECT_EQ(ClassicBeat(id, 1), Errc::kRebalanceInProgress);
  EXPECT_EQ(ClassicJoin(ClassicJoining(id)).generation, 2);  // gives up all before it joins
  EXPECT_EQ(ClassicShare(id, 2), "a/0 a/1");
  EXPECT_TRUE(Beat(newer));
  EXPECT_EQ(Text(newer.owned), "a/2 a/3");
}

TEST_F(ConsumerGroupClassicTest, WhoWaitsInAGroupThatIsHandedOverJoinsAgain) {
  MembershipOptions slow;
  slow.initial_rebalance_delay = absl::Seconds(3);
  Membership classic(slow);
  classic.Join(ClassicJoining(""), now());
  EXPECT_FALSE(classic.has_replies());
  classic.HandOver();
  const auto replies = classic.TakeReplies();
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(std::get<JoinReply>(replies[0].reply).error, Errc::kRebalanceInProgress);
  EXPECT_EQ(classic.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(ConsumerGroupClassicTest, APartitionThatTwoClassicMembersWereGivenHasOneHolder) {
  ClassicMember member;
  member.id = "one";
  member.session_timeout = member.rebalance_timeout = absl::Seconds(10);
  member.protocols = {{"range", Subscription({"a"})}};
  member.assignment = EncodeAssignment(0, {{"a", {0, 1}}});
  std::vector<ClassicMember> members = {member, member};
  members[1].id = "two";
  StartGroup(std::make_unique<ConsumerGroup>(ConsumerGroupOptions(), members, topics(), now()));
  EXPECT_EQ(ClassicShare("one", 0), "a/0 a/1");
  EXPECT_EQ(ClassicShare("two", 0), "");
}

TEST_F(ConsumerGroupClassicTest, OnlyConsumersCanBeConverted) {
  ClassicMember member;
  member.protocols = {{"range", "?"}};
  EXPECT_FALSE(ConsumerGroup::CanConvert({member}));
  member.protocols = {{"range", Subscription({"a"})}};
  EXPECT_TRUE(ConsumerGroup::CanConvert({member}));
  member.assignment = "?";
  EXPECT_FALSE(ConsumerGroup::CanConvert({member}));
}

}  // namespace
}  // namespace braid::engine
