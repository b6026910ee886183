// Each request in each state of the group, one test a cell.
#include <gtest/gtest.h>

#include "tests/engine/membership_fixture.h"

namespace braid::engine {
namespace {

constexpr int32_t kSimple = -1;  // the generation of a consumer that manages itself

using States = MembershipTest;

// --- First join ---

TEST_F(States, FirstJoinInEmptyGroupMakesALeader) {
  const Ticket ticket = Join();
  const JoinReply& reply = Joined(ticket);
  EXPECT_EQ(reply.error, Errc::kOk);
  EXPECT_EQ(reply.generation, 1);
  EXPECT_EQ(reply.leader, reply.member_id);
  EXPECT_EQ(reply.protocol_type, "consumer");
  EXPECT_EQ(reply.protocol, "range");
  ASSERT_EQ(reply.members.size(), 1u);
  EXPECT_EQ(reply.members[0].metadata, "topics:a");
  EXPECT_EQ(group().state(), GroupState::kCompletingRebalance);
}

TEST_F(States, FirstJoinOfANewVersionIsGivenAnIdInEveryState) {
  const auto knock = [this] {
    JoinRequest request = Request();
    request.require_known_member_id = true;
    const Ticket ticket = Join(request);
    EXPECT_EQ(JoinError(ticket), Errc::kMemberIdRequired);
    EXPECT_EQ(Joined(ticket).member_id, request.new_member_id);
    EXPECT_EQ(Leave(request.new_member_id), Errc::kOk);
  };
  knock();
  EXPECT_EQ(group().state(), GroupState::kEmpty);
  CompletingPair();
  knock();
  EXPECT_EQ(group().state(), GroupState::kCompletingRebalance);
  StartGroup({});
  StablePair();
  knock();
  EXPECT_EQ(group().state(), GroupState::kStable);
  StartGroup({});
  PreparingTrio();
  knock();
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
  StartGroup({});
  DeadGroup();
  knock();
  EXPECT_EQ(group().state(), GroupState::kEmpty);
}

TEST_F(States, FirstJoinWhilePreparingWaitsInTheBarrier) {
  const Preparing trio = PreparingTrio();
  const Ticket fourth = Join();
  EXPECT_TRUE(Waits(trio.newcomer));
  EXPECT_TRUE(Waits(fourth));
}

TEST_F(States, FirstJoinWhileCompletingStartsOver) {
  const Pair pair = CompletingPair();
  const Ticket follower = Sync(pair.follower);
  const Ticket third = Join();
  EXPECT_TRUE(Waits(third));
  EXPECT_EQ(SyncError(follower), Errc::kRebalanceInProgress);
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(States, FirstJoinWhenStableStartsARebalance) {
  StablePair();
  EXPECT_TRUE(Waits(Join()));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(States, FirstJoinWhenDeadStartsTheGroupAnew) {
  DeadGroup();
  EXPECT_EQ(JoinError(Join()), Errc::kOk);
  EXPECT_EQ(group().generation(), 1);
}

// --- Join again ---

TEST_F(States, JoinWithAnUnknownIdIsRefusedInEveryState) {
  EXPECT_EQ(JoinError(Join("nobody")), Errc::kUnknownMember);
  PreparingTrio();
  EXPECT_EQ(JoinError(Join("nobody")), Errc::kUnknownMember);
  StartGroup({});
  CompletingPair();
  EXPECT_EQ(JoinError(Join("nobody")), Errc::kUnknownMember);
  StartGroup({});
  StablePair();
  EXPECT_EQ(JoinError(Join("nobody")), Errc::kUnknownMember);
  StartGroup({});
  DeadGroup();
  EXPECT_EQ(JoinError(Join("nobody")), Errc::kUnknownMember);
}

TEST_F(States, JoinAgainWhilePreparingWaitsUntilAllHaveJoined) {
  const Preparing trio = PreparingTrio();
  const Ticket leader = Join(trio.leader);
  EXPECT_TRUE(Waits(leader));
  const Ticket follower = Join(trio.follower);
  for (const Ticket ticket : {trio.newcomer, leader, follower}) {
    EXPECT_EQ(JoinError(ticket), Errc::kOk);
    EXPECT_EQ(Joined(ticket).generation, 3);
    EXPECT_EQ(Joined(ticket).leader, trio.leader);
  }
  EXPECT_EQ(Joined(leader).members.size(), 3u);
  EXPECT_TRUE(Joined(follower).members.empty());
}

TEST_F(States, JoinAgainWhileCompletingWithSameMetadataRepeatsTheAnswer) {
  const Pair pair = CompletingPair();
  const Ticket follower = Join(pair.follower);
  EXPECT_EQ(Joined(follower).generation, 2);
  EXPECT_TRUE(Joined(follower).members.empty());
  const Ticket leader = Join(pair.leader);
  EXPECT_EQ(Joined(leader).members.size(), 2u);
  EXPECT_EQ(group().state(), GroupState::kCompletingRebalance);
}

TEST_F(States, JoinAgainWhileCompletingWithOtherMetadataRebalances) {
  const Pair pair = CompletingPair();
  JoinRequest request = Request(pair.follower);
  request.protocols = {{"range", "topics:a,b"}};
  EXPECT_TRUE(Waits(Join(request)));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(States, JoinAgainOfTheLeaderWhenStableRebalances) {
  const Pair pair = StablePair();
  EXPECT_TRUE(Waits(Join(pair.leader)));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(States, JoinAgainOfAFollowerWhenStableWithSameMetadataGetsTheGeneration) {
  const Pair pair = StablePair();
  const Ticket ticket = Join(pair.follower);
  EXPECT_EQ(Joined(ticket).generation, 2);
  EXPECT_EQ(Joined(ticket).leader, pair.leader);
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(States, JoinAgainOfAFollowerWhenStableWithOtherMetadataRebalances) {
  const Pair pair = StablePair();
  JoinRequest request = Request(pair.follower);
  request.protocols = {{"range", "topics:a,b"}};
  EXPECT_TRUE(Waits(Join(request)));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

// --- Sync ---

TEST_F(States, SyncInEmptyGroupIsUnknown) {
  EXPECT_EQ(SyncError(Sync("nobody")), Errc::kUnknownMember);
}

TEST_F(States, SyncWhilePreparingIsTooEarly) {
  const Preparing trio = PreparingTrio();
  EXPECT_EQ(SyncError(Sync(trio.follower)), Errc::kRebalanceInProgress);
}

TEST_F(States, SyncOfAFollowerWaitsForTheLeader) {
  const Pair pair = CompletingPair();
  const Ticket follower = Sync(pair.follower);
  EXPECT_TRUE(Waits(follower));
  const Ticket leader = Sync(pair.leader, {{pair.leader, "left"}, {pair.follower, "right"}});
  EXPECT_EQ(Synced(leader).assignment, "left");
  EXPECT_EQ(Synced(follower).assignment, "right");
  EXPECT_EQ(Synced(follower).protocol, "range");
  EXPECT_EQ(Synced(follower).protocol_type, "consumer");
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(States, SyncWhenStableGetsTheStoredAssignment) {
  const Pair pair = StablePair();
  EXPECT_EQ(Synced(Sync(pair.follower)).assignment, "right");
  EXPECT_EQ(Synced(Sync(pair.leader, {{pair.leader, "ignored"}})).assignment, "left");
}

TEST_F(States, SyncWhenDeadIsUnknown) {
  DeadGroup();
  EXPECT_EQ(SyncError(Sync("nobody")), Errc::kUnknownMember);
}

TEST_F(States, MemberThatTheLeaderForgotHasNothing) {
  const Pair pair = StablePair();
  Join(pair.leader);
  Join(pair.follower);
  Sync(pair.leader, {{pair.leader, "all"}, {"a stranger", "some"}});
  EXPECT_EQ(Synced(Sync(pair.follower)).assignment, "");
}

// --- Heartbeat ---

TEST_F(States, HeartbeatTellsTheState) {
  EXPECT_EQ(Beat("nobody"), Errc::kUnknownMember);
  const Preparing trio = PreparingTrio();
  EXPECT_EQ(Beat(trio.follower), Errc::kRebalanceInProgress);
  Join(trio.leader);
  Join(trio.follower);
  EXPECT_EQ(group().state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(Beat(trio.follower), Errc::kOk);
  Sync(trio.leader);
  EXPECT_EQ(group().state(), GroupState::kStable);
  EXPECT_EQ(Beat(trio.follower), Errc::kOk);
  StartGroup({});
  DeadGroup();
  EXPECT_EQ(Beat("nobody"), Errc::kUnknownMember);
}

// --- Commit ---

TEST_F(States, CommitOfAMemberIsTakenExceptBetweenJoinAndSync) {
  const Preparing trio = PreparingTrio();
  EXPECT_EQ(Commit(trio.follower), Errc::kOk);
  Join(trio.leader);
  Join(trio.follower);
  EXPECT_EQ(Commit(trio.follower), Errc::kRebalanceInProgress);
  Sync(trio.leader);
  EXPECT_EQ(Commit(trio.follower), Errc::kOk);
}

TEST_F(States, CommitOfAGenerationNeedsAMember) {
  EXPECT_EQ(Commit("nobody", 0), Errc::kUnknownMember);
  StablePair();
  EXPECT_EQ(Commit("nobody"), Errc::kUnknownMember);
  StartGroup({});
  DeadGroup();
  EXPECT_EQ(Commit("nobody", 3), Errc::kIllegalGeneration);
}

TEST_F(States, SimpleCommitIsTakenWhileThereAreNoMembers) {
  EXPECT_EQ(Commit("", kSimple), Errc::kOk);
  PreparingTrio();
  EXPECT_EQ(Commit("", kSimple), Errc::kUnknownMember);
  StartGroup({});
  CompletingPair();
  EXPECT_EQ(Commit("", kSimple), Errc::kUnknownMember);
  StartGroup({});
  StablePair();
  EXPECT_EQ(Commit("", kSimple), Errc::kUnknownMember);
  StartGroup({});
  DeadGroup();
  EXPECT_EQ(Commit("", kSimple), Errc::kOk);
}

// --- Wrong generation, everywhere ---

TEST_F(States, OldGenerationIsIllegalEverywhere) {
  const auto check = [this](const std::string& member) {
    const int32_t old = group().generation() - 1;
    EXPECT_EQ(Beat(member, old), Errc::kIllegalGeneration);
    EXPECT_EQ(Commit(member, old), Errc::kIllegalGeneration);
    EXPECT_EQ(SyncError(Sync(member, {}, old)), Errc::kIllegalGeneration);
    EXPECT_EQ(Beat(member, old + 2), Errc::kIllegalGeneration);
  };
  check(PreparingTrio().follower);
  StartGroup({});
  check(CompletingPair().follower);
  StartGroup({});
  check(StablePair().follower);
}

// --- Leave and delete ---

TEST_F(States, LeaveOfAStrangerIsRefusedInEveryState) {
  EXPECT_EQ(Leave("nobody"), Errc::kUnknownMember);
  PreparingTrio();
  EXPECT_EQ(Leave("nobody"), Errc::kUnknownMember);
  StartGroup({});
  CompletingPair();
  EXPECT_EQ(Leave("nobody"), Errc::kUnknownMember);
  StartGroup({});
  StablePair();
  EXPECT_EQ(Leave("nobody"), Errc::kUnknownMember);
  StartGroup({});
  DeadGroup();
  EXPECT_EQ(Leave("nobody"), Errc::kUnknownMember);
}

TEST_F(States, LastOneToLeaveEmptiesTheGroup) {
  const std::string member = StableGroupOfOne();
  EXPECT_EQ(Leave(member), Errc::kOk);
  EXPECT_EQ(group().state(), GroupState::kEmpty);
  EXPECT_EQ(group().generation(), 2);
  EXPECT_EQ(group().leader(), "");
  EXPECT_EQ(group().NextDeadline(), absl::InfiniteFuture());
}

TEST_F(States, LeaveWhenStableOrCompletingRebalances) {
  Leave(StablePair().follower);
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
  StartGroup({});
  Leave(CompletingPair().leader);
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(States, LeaveWhilePreparingMayCompleteTheBarrier) {
  const Preparing trio = PreparingTrio();
  const Ticket leader = Join(trio.leader);
  Leave(trio.follower);
  EXPECT_EQ(Joined(leader).members.size(), 2u);
  EXPECT_EQ(JoinError(trio.newcomer), Errc::kOk);
}

TEST_F(States, LeaveAnswersWhatTheLeaverWaitsFor) {
  const Pair pair = CompletingPair();
  const Ticket sync = Sync(pair.follower);
  Leave(pair.follower);
  EXPECT_EQ(SyncError(sync), Errc::kUnknownMember);
  StartGroup({});
  const Preparing trio = PreparingTrio();
  const Ticket join = Join(trio.follower);
  Leave(trio.follower);
  EXPECT_EQ(JoinError(join), Errc::kUnknownMember);
}

TEST_F(States, OnlyAnEmptyGroupCanBeDeleted) {
  const std::string member = StableGroupOfOne();
  EXPECT_EQ(group().Delete(), Errc::kGroupNotEmpty);
  Leave(member);
  EXPECT_EQ(group().Delete(), Errc::kOk);
  EXPECT_EQ(group().state(), GroupState::kDead);
  EXPECT_EQ(group().Delete(), Errc::kGroupNotFound);
}

TEST_F(States, DescribeShowsMetadataAndAssignmentsWhenStable) {
  const Pair pair = StablePair();
  GroupDescription shown = group().Describe();
  EXPECT_EQ(GroupStateName(shown.state), "Stable");
  EXPECT_EQ(shown.protocol, "range");
  EXPECT_EQ(shown.generation, 2);
  ASSERT_EQ(shown.members.size(), 2u);
  EXPECT_EQ(shown.members[1].member_id, pair.follower);
  EXPECT_EQ(shown.members[1].client_id, "client");
  EXPECT_EQ(shown.members[1].metadata, "topics:a");
  EXPECT_EQ(shown.members[1].assignment, "right");
  Join();
  shown = group().Describe();
  EXPECT_EQ(GroupStateName(shown.state), "PreparingRebalance");
  EXPECT_EQ(shown.protocol, "");
  EXPECT_EQ(shown.members[1].metadata, "");
  EXPECT_EQ(group().Subscriptions().size(), 3u);
}

}  // namespace
}  // namespace braid::engine
