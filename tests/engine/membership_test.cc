// What runs through more than one state: barriers, deadlines, votes, static members, limits.
#include "engine/membership.h"

#include <gtest/gtest.h>

#include "tests/engine/membership_fixture.h"

namespace braid::engine {
namespace {

// --- Ids given out first ---

class IdRoundTrip : public MembershipTest {
 protected:
  std::string Knock() {
    JoinRequest request = Request();
    request.require_known_member_id = true;
    return Joined(Join(request)).member_id;
  }
};

TEST_F(IdRoundTrip, JoinWithTheGivenIdBecomesAMember) {
  const std::string id = Knock();
  EXPECT_EQ(group().member_count(), 0u);
  const Ticket ticket = Join(id);
  EXPECT_EQ(Joined(ticket).member_id, id);
  EXPECT_EQ(group().leader(), id);
}

TEST_F(IdRoundTrip, UnusedIdExpiresWithTheSession) {
  const std::string id = Knock();
  EXPECT_EQ(group().NextDeadline(), now() + kSession);
  Pass(kSession);
  EXPECT_EQ(JoinError(Join(id)), Errc::kUnknownMember);
}

TEST_F(IdRoundTrip, BarrierWaitsForIdsGivenOut) {
  const std::string leader = StableGroupOfOne();
  const std::string id = Knock();
  const Ticket again = Join(leader);
  EXPECT_TRUE(Waits(again));
  Join(id);
  EXPECT_EQ(Joined(again).members.size(), 2u);
}

TEST_F(IdRoundTrip, BarrierGoesOnWhenAnIdExpires) {
  const std::string leader = StableGroupOfOne();
  Knock();
  const Ticket again = Join(leader);
  Pass(kSession);
  EXPECT_EQ(Joined(again).members.size(), 1u);
}

TEST_F(IdRoundTrip, GivenIdCannotBeTakenByAStaticMember) {
  const std::string id = Knock();
  EXPECT_EQ(JoinError(Join(StaticRequest("one", id))), Errc::kUnknownMember);
}

// --- Deadlines ---

using Deadlines = MembershipTest;

TEST_F(Deadlines, SilentMemberIsDroppedAfterItsSession) {
  const Pair pair = StablePair();
  Pass(kSession / 2);
  Beat(pair.leader);
  Pass(kSession / 2);
  EXPECT_EQ(Beat(pair.follower), Errc::kUnknownMember);
  EXPECT_EQ(Beat(pair.leader), Errc::kRebalanceInProgress);
}

TEST_F(Deadlines, CommitCountsAsHeartbeat) {
  const std::string member = StableGroupOfOne();
  for (int i = 0; i < 10; ++i) {
    Pass(kSession / 2);
    EXPECT_EQ(Commit(member), Errc::kOk);
  }
}

TEST_F(Deadlines, AbsentMembersAreDroppedWhenTheRebalanceTimesOut) {
  const Preparing trio = PreparingTrio();
  const Ticket leader = Join(trio.leader);
  for (absl::Duration passed = absl::ZeroDuration(); passed < kRebalance; passed += kSession / 2) {
    EXPECT_TRUE(Waits(leader));
    EXPECT_EQ(Beat(trio.follower), Errc::kRebalanceInProgress);  // alive, but does not join
    Pass(kSession / 2);
  }
  EXPECT_EQ(Joined(leader).members.size(), 2u);
  EXPECT_EQ(JoinError(trio.newcomer), Errc::kOk);
  EXPECT_EQ(Beat(trio.follower), Errc::kUnknownMember);
}

TEST_F(Deadlines, LongestRebalanceTimeoutOfTheMembersHolds) {
  const std::string leader = StableGroupOfOne();
  JoinRequest patient = Request();
  patient.rebalance_timeout = kRebalance * 2;
  const Ticket ticket = Join(patient);
  for (absl::Duration passed = absl::ZeroDuration(); passed < kRebalance * 2;
       passed += kSession / 2) {
    EXPECT_TRUE(Waits(ticket));
    Beat(leader);
    Pass(kSession / 2);
  }
  EXPECT_EQ(Joined(ticket).leader, Joined(ticket).member_id);
}

TEST_F(Deadlines, WaitingMembersDoNotExpire) {
  const Preparing trio = PreparingTrio();
  const Ticket leader = Join(trio.leader);
  for (int i = 0; i < 5; ++i) {
    Pass(kSession * 9 / 10);
    Beat(trio.follower);
  }
  EXPECT_TRUE(Waits(leader));
  EXPECT_TRUE(Waits(trio.newcomer));
}

TEST_F(Deadlines, NewMemberThatWaitsFarTooLongIsDropped) {
  const std::string leader = StableGroupOfOne();
  JoinRequest patient = Request();
  patient.rebalance_timeout = absl::Hours(1);
  const Ticket ticket = Join(patient);
  for (absl::Duration passed = absl::ZeroDuration(); passed < Membership::kNewMemberJoinTimeout;
       passed += kSession / 2) {
    Beat(leader);
    Pass(kSession / 2);
  }
  EXPECT_EQ(JoinError(ticket), Errc::kUnknownMember);
}

TEST_F(Deadlines, MemberThatNeverSyncsIsDropped) {
  const Pair pair = CompletingPair();
  Sync(pair.leader);
  EXPECT_EQ(group().state(), GroupState::kStable);
  for (absl::Duration passed = absl::ZeroDuration(); passed < kRebalance; passed += kSession / 2) {
    EXPECT_EQ(Beat(pair.follower), Errc::kOk);
    EXPECT_EQ(Beat(pair.leader), Errc::kOk);
    Pass(kSession / 2);
  }
  EXPECT_EQ(Beat(pair.follower), Errc::kUnknownMember);
  EXPECT_EQ(Beat(pair.leader), Errc::kRebalanceInProgress);
}

TEST_F(Deadlines, LeaderThatNeverAssignsIsReplaced) {
  const Pair pair = CompletingPair();
  const Ticket waiting = Sync(pair.follower);
  for (absl::Duration passed = absl::ZeroDuration(); passed < kRebalance; passed += kSession / 2) {
    Beat(pair.leader);
    Pass(kSession / 2);
  }
  EXPECT_EQ(SyncError(waiting), Errc::kRebalanceInProgress);
  const Ticket again = Join(pair.follower);
  EXPECT_EQ(Joined(again).leader, pair.follower);
}

TEST_F(Deadlines, NextDeadlineIsTheEarliestOfAll) {
  EXPECT_EQ(group().NextDeadline(), absl::InfiniteFuture());
  const Pair pair = StablePair();
  EXPECT_EQ(group().NextDeadline(), now() + kSession);
  Join(pair.leader);
  Join(pair.follower);
  EXPECT_EQ(group().NextDeadline(), now() + kSession);
}

// --- First rebalance ---

class InitialDelay : public MembershipTest {
 protected:
  static constexpr absl::Duration kDelay = absl::Seconds(3);
  void SetUp() override { StartGroup({.initial_rebalance_delay = kDelay}); }
};

TEST_F(InitialDelay, EmptyGroupWaitsForCompany) {
  const Ticket first = Join();
  EXPECT_TRUE(Waits(first));
  EXPECT_EQ(group().NextDeadline(), now() + kDelay);
  Pass(kDelay);
  EXPECT_EQ(Joined(first).members.size(), 1u);
}

TEST_F(InitialDelay, CompanyProlongsTheWait) {
  const Ticket first = Join();
  Pass(kDelay / 2);
  const Ticket second = Join();
  Pass(kDelay / 2);
  EXPECT_TRUE(Waits(first));
  Pass(kDelay);
  EXPECT_EQ(Joined(first).members.size(), 2u);
  EXPECT_EQ(Joined(second).generation, 1);
}

TEST_F(InitialDelay, WaitEndsWithTheRebalanceTimeoutHoweverManyCome) {
  const Ticket first = Join();
  const absl::Time start = now();
  while (Waits(first)) {
    Join();
    Pass(kDelay);
    ASSERT_LT(now() - start, kRebalance * 2);
  }
  EXPECT_LE(now() - start, kRebalance);
}

TEST_F(InitialDelay, LaterRebalancesDoNotWait) {
  const Ticket first = Join();
  Pass(kDelay);
  const std::string leader = Joined(first).member_id;
  Sync(leader);
  const Ticket second = Join();
  Join(leader);
  EXPECT_EQ(Joined(second).generation, 2);
}

// --- Protocols ---

class Protocols : public MembershipTest {
 protected:
  JoinRequest With(std::vector<std::string> protocols, const std::string& member_id = "") {
    JoinRequest request = Request(member_id);
    request.protocols.clear();
    for (const std::string& name : protocols) request.protocols.push_back({name, name + " data"});
    return request;
  }
};

TEST_F(Protocols, EachVotesForItsBestThatAllSupport) {
  StartGroup({.initial_rebalance_delay = absl::Seconds(1)});
  const Ticket leader = Join(With({"range", "sticky", "roundrobin"}));
  Join(With({"sticky", "range"}));
  Join(With({"only-me", "sticky", "range"}));
  Pass(absl::Seconds(1));
  Pass(absl::Seconds(1));
  EXPECT_EQ(Joined(leader).protocol, "sticky");
  EXPECT_EQ(Joined(leader).members[1].metadata, "sticky data");
}

TEST_F(Protocols, TieGoesToTheLeadersPreference) {
  StartGroup({.initial_rebalance_delay = absl::Seconds(1)});
  const Ticket leader = Join(With({"sticky", "range"}));
  Join(With({"range", "sticky"}));
  Pass(absl::Seconds(1));
  Pass(absl::Seconds(1));
  EXPECT_EQ(Joined(leader).protocol, "sticky");
}

TEST_F(Protocols, NothingInCommonIsRefused) {
  Join(With({"range"}));
  EXPECT_EQ(JoinError(Join(With({"sticky"}))), Errc::kInconsistentProtocol);
  JoinRequest connect = Request();
  connect.protocol_type = "connect";
  EXPECT_EQ(JoinError(Join(connect)), Errc::kInconsistentProtocol);
}

TEST_F(Protocols, NoProtocolAtAllIsRefused) {
  EXPECT_EQ(JoinError(Join(With({}))), Errc::kInconsistentProtocol);
  JoinRequest untyped = Request();
  untyped.protocol_type = "";
  EXPECT_EQ(JoinError(Join(untyped)), Errc::kInconsistentProtocol);
  EXPECT_EQ(group().state(), GroupState::kEmpty);
}

TEST_F(Protocols, LoneMemberMayChangeItsProtocolAltogether) {
  const std::string member = StableGroupOfOne();
  EXPECT_EQ(Joined(Join(With({"sticky"}, member))).protocol, "sticky");
}

TEST_F(Protocols, EmptiedGroupTakesAnotherType) {
  Leave(StableGroupOfOne());
  JoinRequest connect = Request();
  connect.protocol_type = "connect";
  EXPECT_EQ(Joined(Join(connect)).protocol_type, "connect");
}

TEST_F(Protocols, SyncMustNameTheProtocolInUse) {
  const Pair pair = CompletingPair();
  SyncRequest request{.member_id = pair.follower,
                      .instance_id = std::nullopt,
                      .generation = group().generation(),
                      .protocol_type = "consumer",
                      .protocol = "sticky",
                      .assignments = {}};
  group().Sync(request, now());
  const auto answers = group().TakeReplies();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(std::get<SyncReply>(answers[0].reply).error, Errc::kInconsistentProtocol);
}

// --- Static members ---

class StaticMembers : public MembershipTest {
 protected:
  struct StaticPair {
    std::string leader, follower;  // instance ids "one" and "two"
  };
  StaticPair StableStatic() {
    const std::string leader = Joined(Join(StaticRequest("one"))).member_id;
    Sync(leader);
    const Ticket second = Join(StaticRequest("two"));
    Join(StaticRequest("one", leader));
    const std::string follower = Joined(second).member_id;
    Sync(leader, {{leader, "left"}, {follower, "right"}});
    Sync(follower);
    EXPECT_EQ(group().state(), GroupState::kStable);
    return {leader, follower};
  }
  // As a consumer of one topic says it.
  JoinRequest StaticRequestFor(const std::string& instance_id, std::string_view topic,
                               std::string_view user_data);
};

JoinRequest StaticMembers::StaticRequestFor(const std::string& instance_id, std::string_view topic,
                                            std::string_view user_data) {
  std::string metadata("\0\0\0\0\0\1\0", 7);  // version 0, one topic
  metadata.append(1, static_cast<char>(topic.size())).append(topic);
  metadata.append(3, '\0').append(1, static_cast<char>(user_data.size())).append(user_data);
  JoinRequest request = StaticRequest(instance_id);
  request.protocols = {{"range", metadata}};
  return request;
}

TEST_F(StaticMembers, FirstJoinNeedsNoIdRoundTrip) {
  JoinRequest request = StaticRequest("one");
  request.require_known_member_id = true;
  EXPECT_EQ(JoinError(Join(request)), Errc::kOk);
}

TEST_F(StaticMembers, RestartWithSameMetadataKeepsGenerationAndAssignment) {
  const StaticPair pair = StableStatic();
  const Ticket back = Join(StaticRequest("two"));
  const std::string id = Joined(back).member_id;
  EXPECT_NE(id, pair.follower);
  EXPECT_EQ(Joined(back).generation, 2);
  EXPECT_EQ(Joined(back).leader, pair.leader);
  EXPECT_EQ(group().state(), GroupState::kStable);
  EXPECT_EQ(Synced(Sync(id)).assignment, "right");
}

TEST_F(StaticMembers, RestartedLeaderThatCanSkipKeepsLeading) {
  StableStatic();
  JoinRequest request = StaticRequest("one");
  request.can_skip_assignment = true;
  const Ticket back = Join(request);
  EXPECT_TRUE(Joined(back).skip_assignment);
  EXPECT_EQ(Joined(back).leader, Joined(back).member_id);
  EXPECT_EQ(Joined(back).members.size(), 2u);
  EXPECT_EQ(group().leader(), Joined(back).member_id);
}

TEST_F(StaticMembers, RestartedLeaderThatCannotSkipIsToldOfItsOldSelf) {
  const StaticPair pair = StableStatic();
  const Ticket back = Join(StaticRequest("one"));
  EXPECT_EQ(Joined(back).leader, pair.leader);
  EXPECT_TRUE(Joined(back).members.empty());
  EXPECT_EQ(Synced(Sync(Joined(back).member_id)).assignment, "left");
}

// A consumer that comes back owns nothing, where its old self may have named what it owned.
TEST_F(StaticMembers, RestartThatOwnsSomethingElseDoesNotRebalance) {
  StableStatic();
  Join(StaticRequestFor("two", "a", "owns 3"));  // unreadable before: counts as the same
  const Ticket back = Join(StaticRequestFor("two", "a", "owns nothing"));
  EXPECT_EQ(Joined(back).generation, 2);
  EXPECT_EQ(group().state(), GroupState::kStable);
}

TEST_F(StaticMembers, RestartWithOtherTopicsRebalances) {
  StableStatic();
  Join(StaticRequestFor("two", "a", ""));
  ASSERT_TRUE(Waits(Join(StaticRequestFor("two", "b", ""))));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(StaticMembers, RestartThatChangesTheProtocolInUseRebalances) {
  const std::string leader = Joined(Join(StaticRequest("one"))).member_id;
  Sync(leader);
  ASSERT_EQ(group().protocol(), "range");
  JoinRequest request = StaticRequest("one");
  request.protocols = {{"roundrobin", ""}};
  const Ticket back = Join(request);
  EXPECT_EQ(Joined(back).generation, 2);
  EXPECT_EQ(group().protocol(), "roundrobin");
}

TEST_F(StaticMembers, OldSelfIsFenced) {
  const StaticPair pair = StableStatic();
  Join(StaticRequest("two"));
  EXPECT_EQ(group().Heartbeat(pair.follower, "two", 2, now()), Errc::kFencedInstance);
  EXPECT_EQ(group().ValidateCommit(pair.follower, "two", 2, now()), Errc::kFencedInstance);
  EXPECT_EQ(group().Leave(pair.follower, "two", now()), Errc::kFencedInstance);
  EXPECT_EQ(JoinError(Join(StaticRequest("two", pair.follower))), Errc::kFencedInstance);
}

TEST_F(StaticMembers, WaitingOldSelfIsFencedAtOnce) {
  const StaticPair pair = StableStatic();
  Join();
  const Ticket old_self = Join(StaticRequest("two", pair.follower));
  const Ticket new_self = Join(StaticRequest("two"));
  EXPECT_EQ(JoinError(old_self), Errc::kFencedInstance);
  EXPECT_TRUE(Waits(new_self));
}

TEST_F(StaticMembers, RestartWhileCompletingRebalances) {
  const StaticPair pair = StableStatic();
  Join(StaticRequest("one", pair.leader));
  Join(StaticRequest("two", pair.follower));
  ASSERT_EQ(group().state(), GroupState::kCompletingRebalance);
  EXPECT_TRUE(Waits(Join(StaticRequest("two"))));
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
}

TEST_F(StaticMembers, AbsentOneKeepsItsPlaceThroughARebalance) {
  const StaticPair pair = StableStatic();
  JoinRequest patient = StaticRequest("two");
  patient.session_timeout = absl::Minutes(10);
  const std::string absent = Joined(Join(patient)).member_id;
  const Ticket leader = Join(StaticRequest("one", pair.leader));
  Pass(kRebalance);
  ASSERT_EQ(Joined(leader).members.size(), 2u);
  EXPECT_EQ(Joined(leader).members[1].instance_id, "two");
  EXPECT_EQ(group().Heartbeat(absent, "two", group().generation(), now()), Errc::kOk);
}

TEST_F(StaticMembers, RebalanceWithNobodyPresentWaitsForTheirReturn) {
  JoinRequest request = StaticRequest("one");
  request.session_timeout = absl::Minutes(10);
  const std::string member = Joined(Join(request)).member_id;
  Sync(member);
  Join();             // a passer-by starts a rebalance ...
  Leave("member-2");  // ... and is gone
  Pass(kRebalance);
  Pass(kRebalance);
  EXPECT_EQ(group().state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(group().Heartbeat(member, "one", 1, now()), Errc::kRebalanceInProgress);
  EXPECT_EQ(Joined(Join(StaticRequest("one", member))).generation, 2);
}

TEST_F(StaticMembers, RebalanceWithNobodyPresentEndsWithTheirSessions) {
  const std::string member = Joined(Join(StaticRequest("one"))).member_id;
  Sync(member);
  Join();
  Leave("member-2");
  Pass(kSession);
  EXPECT_EQ(group().state(), GroupState::kEmpty);
}

TEST_F(StaticMembers, RestartedOneThatNeverSyncsIsDropped) {
  const StaticPair pair = StableStatic();
  Join(StaticRequest("one", pair.leader));
  Join(StaticRequest("two", pair.follower));
  Sync(pair.leader);
  const std::string restarted = Joined(Join(StaticRequest("two"))).member_id;
  for (absl::Duration passed = absl::ZeroDuration(); passed < kRebalance; passed += kSession / 2) {
    EXPECT_EQ(Beat(pair.leader), Errc::kOk);
    EXPECT_EQ(Beat(restarted), Errc::kOk);
    Pass(kSession / 2);
  }
  EXPECT_EQ(Beat(restarted), Errc::kUnknownMember);
}

TEST_F(StaticMembers, AbsentOneIsNotHeldToTheSyncItOwedBefore) {
  const StaticPair pair = StableStatic();
  JoinRequest patient = StaticRequest("two", pair.follower);
  patient.session_timeout = absl::Minutes(10);
  Join(StaticRequest("one", pair.leader));
  Join(patient);
  Sync(pair.leader);  // the follower dies before it syncs
  Join(StaticRequest("one", pair.leader));
  for (int generations = 0; generations < 2; ++generations) {
    Pass(kRebalance);
    EXPECT_EQ(SyncError(Sync(pair.leader)), Errc::kOk);
    EXPECT_EQ(group().member_count(), 2u);
    Join(StaticRequest("one", pair.leader));
  }
}

TEST_F(StaticMembers, LeaveByInstanceIdAlone) {
  StableStatic();
  EXPECT_EQ(group().Leave("", "two", now()), Errc::kOk);
  EXPECT_EQ(group().Leave("", "two", now()), Errc::kUnknownMember);
  EXPECT_EQ(group().member_count(), 1u);
}

TEST_F(StaticMembers, RestartIsLetInToAFullGroup) {
  StartGroup({.max_members = 2});
  StableStatic();
  EXPECT_EQ(JoinError(Join(StaticRequest("two"))), Errc::kOk);
  EXPECT_EQ(JoinError(Join(StaticRequest("three"))), Errc::kGroupFull);
}

// --- Limits ---

using Limits = MembershipTest;

TEST_F(Limits, SessionTimeoutMustBeInRange) {
  JoinRequest request = Request();
  request.session_timeout = absl::Seconds(5);
  EXPECT_EQ(JoinError(Join(request)), Errc::kInvalidSessionTimeout);
  request.session_timeout = absl::Minutes(31);
  EXPECT_EQ(JoinError(Join(request)), Errc::kInvalidSessionTimeout);
  request.session_timeout = absl::Seconds(6);
  EXPECT_EQ(JoinError(Join(request)), Errc::kOk);
}

TEST_F(Limits, FullGroupTakesNoNewMember) {
  StartGroup({.max_members = 2});
  const Pair pair = StablePair();
  EXPECT_EQ(JoinError(Join()), Errc::kGroupFull);
  EXPECT_EQ(group().state(), GroupState::kStable);
  EXPECT_EQ(JoinError(Join(pair.follower)), Errc::kOk);
}

TEST_F(Limits, MemberThatFindsTheBarrierFullIsDropped) {
  StartGroup({.max_members = 2});
  const Pair pair = StablePair();
  Leave(pair.leader);  // the follower has yet to join again
  Join();
  Join();
  EXPECT_EQ(JoinError(Join(pair.follower)), Errc::kGroupFull);
  EXPECT_EQ(group().state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(group().member_count(), 2u);
}

TEST_F(Limits, IdsGivenOutAreLimitedToo) {
  StartGroup({.max_members = 2});
  JoinRequest request = Request();
  request.require_known_member_id = true;
  for (int i = 0; i < 2; ++i) {
    request.new_member_id += "x";
    EXPECT_EQ(JoinError(Join(request)), Errc::kMemberIdRequired);
  }
  request.new_member_id += "x";
  EXPECT_EQ(JoinError(Join(request)), Errc::kGroupFull);
}

TEST_F(Limits, SecondRequestOfAMemberTakesTheFirstOnesPlace) {
  const Preparing trio = PreparingTrio();
  const Ticket first = Join(trio.leader), second = Join(trio.leader);
  EXPECT_EQ(JoinError(first), Errc::kRebalanceInProgress);
  EXPECT_TRUE(Waits(second));
  StartGroup({});
  const Pair pair = CompletingPair();
  const Ticket first_sync = Sync(pair.follower), second_sync = Sync(pair.follower);
  EXPECT_EQ(SyncError(first_sync), Errc::kRebalanceInProgress);
  EXPECT_TRUE(Waits(second_sync));
}

TEST_F(Limits, GenerationGoesOnFromAnEarlierLife) {
  StartGroup({.first_generation = 41});
  EXPECT_EQ(Joined(Join()).generation, 42);
}

}  // namespace
}  // namespace braid::engine
