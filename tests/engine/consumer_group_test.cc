#include "engine/consumer_group.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/engine/consumer_group_fixture.h"

namespace braid::engine {
namespace {

// --- The form of a heartbeat ---

TEST_F(ConsumerGroupTest, WhoJoinsSaysEverything) {
  EXPECT_EQ(CodeOf(CheckForm(Joining("m"))), Errc::kOk);
  ConsumerHeartbeat join = Joining("m");
  join.rebalance_timeout.reset();
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join = Joining("m");
  join.owned.reset();
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join.owned = Some("a", {0});
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join = Joining("m");
  join.topic_names.reset();
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join.topic_names.emplace();
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join.topic_pattern = "";
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidArgument);
  join.topic_pattern = "a.*";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
}

TEST_F(ConsumerGroupTest, EmptyIdsAndStrangeEpochsAreInvalid) {
  EXPECT_EQ(ErrorOf(Joining("")), Errc::kInvalidArgument);
  ConsumerHeartbeat heartbeat = Joining("m");
  heartbeat.instance_id = "";
  EXPECT_EQ(ErrorOf(heartbeat), Errc::kInvalidArgument);
  heartbeat = Joining("m");
  heartbeat.rack_id = "";
  EXPECT_EQ(ErrorOf(heartbeat), Errc::kInvalidArgument);
  heartbeat = Joining("m");
  heartbeat.epoch = -3;
  EXPECT_EQ(ErrorOf(heartbeat), Errc::kInvalidArgument);
  heartbeat.epoch = ConsumerHeartbeat::kLeavesForAWhile;
  EXPECT_EQ(ErrorOf(heartbeat), Errc::kInvalidArgument) << "without an instance id";
}

TEST_F(ConsumerGroupTest, UnknownAssignorsAndBadPatternsAreRefused) {
  ConsumerHeartbeat join = Joining("m");
  join.assignor = "sticky";
  EXPECT_EQ(ErrorOf(join), Errc::kUnsupportedAssignor);
  join = Joining("m");
  join.topic_pattern = "a(";
  EXPECT_EQ(ErrorOf(join), Errc::kInvalidPattern);
  EXPECT_EQ(group().member_count(), 0u);
}

// --- Joining, sharing, leaving ---

TEST_F(ConsumerGroupTest, TheFirstMemberHasEverything) {
  EXPECT_EQ(group().state(), ConsumerGroupState::kEmpty);
  const Client first = Join("one");
  EXPECT_EQ(first.epoch, 1);
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3");
  EXPECT_EQ(group().state(), ConsumerGroupState::kStable);
}

TEST_F(ConsumerGroupTest, AnAssignmentIsToldOnce) {
  Client first = Join("one");
  EXPECT_FALSE(Beat(first));
  ConsumerHeartbeat all = Joining("one");  // all there is to say: it wants to know again
  all.epoch = first.epoch;
  all.owned = first.owned;
  const auto reply = Send(all);
  ASSERT_TRUE(reply.ok() && reply->assignment.has_value());
  EXPECT_EQ(*reply->assignment, first.owned);
}

TEST_F(ConsumerGroupTest, APartitionGoesOnOnlyWhenItsHolderHasGivenItUp) {
  Client first = Join("one");
  Client second = Join("two");
  EXPECT_EQ(second.epoch, 2);
  EXPECT_EQ(Text(second.owned), "") << "it must wait";
  EXPECT_EQ(group().state(), ConsumerGroupState::kReconciling);

  ConsumerHeartbeat still_reading = Beating(first);
  EXPECT_TRUE(Beat(first)) << "told what it may keep";
  EXPECT_EQ(first.epoch, 1) << "it has not got there yet";
  EXPECT_EQ(Text(first.owned), "a/0 a/1");
  EXPECT_TRUE(Send(still_reading).ok());
  EXPECT_FALSE(Beat(second)) << "the first has not confirmed";
  ConsumerHeartbeat says_nothing = Beating(first);
  says_nothing.owned.reset();
  EXPECT_TRUE(Send(says_nothing).ok());
  EXPECT_FALSE(Beat(second)) << "nothing said is nothing given up";

  EXPECT_FALSE(Beat(first)) << "it says that it owns two; nothing new for it";
  EXPECT_EQ(first.epoch, 2);
  EXPECT_TRUE(Beat(second));
  EXPECT_EQ(Text(second.owned), "a/2 a/3");
  EXPECT_EQ(group().state(), ConsumerGroupState::kStable);
}

TEST_F(ConsumerGroupTest, WhoLeavesFreesItsShareAtOnce) {
  Client first = Join("one"), second = Join("two");
  Settle({&first, &second});
  EXPECT_EQ(Leave(second), Errc::kOk);
  EXPECT_EQ(group().state(), ConsumerGroupState::kAssigning);
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3");
  EXPECT_EQ(Leave(second), Errc::kUnknownMember);
  EXPECT_EQ(Leave(first), Errc::kOk);
  EXPECT_EQ(group().state(), ConsumerGroupState::kEmpty);
}

TEST_F(ConsumerGroupTest, EpochsGoOnWhenAllHaveLeft) {
  const Client first = Join("one");
  Leave(first);
  EXPECT_EQ(Join("two").epoch, first.epoch + 2);
}

TEST_F(ConsumerGroupTest, AFullGroupTakesNobody) {
  ConsumerGroupOptions small;
  small.max_members = 1;
  StartGroup(small);
  Client first = Join("one");
  EXPECT_EQ(ErrorOf(Joining("two")), Errc::kGroupFull);
  Beat(first);
  EXPECT_EQ(ErrorOf(Joining("one")), Errc::kOk) << "it is in";
}

TEST_F(ConsumerGroupTest, StrangersAreUnknown) {
  Client stranger{"who", 3, {}, {}};
  EXPECT_EQ(ErrorOf(Beating(stranger)), Errc::kUnknownMember);
  stranger.instance_id = "i";
  EXPECT_EQ(ErrorOf(Beating(stranger)), Errc::kUnknownMember);
  EXPECT_EQ(Leave(stranger), Errc::kUnknownMember);
}

// --- Epochs ---

TEST_F(ConsumerGroupTest, AWrongEpochIsFenced) {
  Client first = Join("one"), second = Join("two");
  Settle({&first, &second});
  Client ahead = first;
  ahead.epoch = first.epoch + 1;
  EXPECT_EQ(ErrorOf(Beating(ahead)), Errc::kFencedMemberEpoch);
  Client third = Join("three");
  Settle({&first, &second, &third});
  Client behind = first;
  behind.epoch = 1;
  EXPECT_EQ(ErrorOf(Beating(behind)), Errc::kFencedMemberEpoch);
}

TEST_F(ConsumerGroupTest, ALostAnswerIsRepeatedForTheEpochBefore) {
  Client first = Join("one"), second = Join("two");
  Beat(first);
  const Client before = first;  // owns what it keeps
  Beat(first);
  ASSERT_EQ(first.epoch, before.epoch + 1);
  EXPECT_EQ(ErrorOf(Beating(before)), Errc::kOk);
  Client owns_more = before;
  owns_more.owned = Some("a", {0, 1, 2});
  EXPECT_EQ(ErrorOf(Beating(owns_more)), Errc::kFencedMemberEpoch);
  ConsumerHeartbeat silent = Beating(before);
  silent.owned.reset();
  EXPECT_EQ(ErrorOf(silent), Errc::kFencedMemberEpoch);
}

TEST_F(ConsumerGroupTest, AFencedMemberJoinsAgainUnderItsId) {
  Client first = Join("one"), second = Join("two");
  Settle({&first, &second});
  const auto again = Send(Joining("one"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->epoch, first.epoch);
  ASSERT_TRUE(again->assignment.has_value());
  EXPECT_EQ(*again->assignment, first.owned);
}

TEST_F(ConsumerGroupTest, AMemberThatJoinsAgainHasGivenUpEverything) {
  Client first = Join("one"), second = Join("two");
  Beat(first);  // asked to give up two
  ASSERT_TRUE(Heed(first, Send(Joining("one"))));
  EXPECT_EQ(Text(first.owned), "a/0 a/1");
  EXPECT_TRUE(Beat(second));
  EXPECT_EQ(Text(second.owned), "a/2 a/3");
}

// --- Subscriptions ---

TEST_F(ConsumerGroupTest, ANewSubscriptionIsANewEpoch) {
  SetTopic("b", 2);
  Client first = Join("one"), second = Join("two");
  Settle({&first, &second});
  ConsumerHeartbeat change = Beating(first);
  change.topic_names = {"a", "b"};
  Heed(first, Send(change));
  Settle({&first, &second});
  EXPECT_EQ(Text(first.owned), "a/0 b/0 b/1") << "only it reads b, so it has less of a";
  EXPECT_EQ(Text(second.owned), "a/1 a/2 a/3");
  ConsumerHeartbeat same = Beating(first);
  same.topic_names = {"b", "a"};
  const int32_t epoch = group().epoch();
  EXPECT_TRUE(Send(same).ok());
  EXPECT_EQ(group().epoch(), epoch);
}

TEST_F(ConsumerGroupTest, WhatIsNoLongerSubscribedToIsGivenUp) {
  SetTopic("b", 2);
  Client first = Join("one", {"a", "b"});
  ConsumerHeartbeat change = Beating(first);
  change.topic_names = {"b"};
  Heed(first, Send(change));
  EXPECT_EQ(Text(first.owned), "b/0 b/1");
  Beat(first);
  EXPECT_EQ(group().state(), ConsumerGroupState::kStable);
  EXPECT_EQ(first.epoch, group().epoch());
}

TEST_F(ConsumerGroupTest, TopicsAndPartitionsThatComeLaterAreShared) {
  Client first = Join("one", {"a", "later"});
  const int32_t epoch = first.epoch;
  SetTopic("unrelated", 9);
  EXPECT_FALSE(Beat(first));
  EXPECT_EQ(first.epoch, epoch) << "none of the group's";
  SetTopic("later", 1);
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3 later/0");
  SetTopic("a", 5);
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3 a/4 later/0");
  EXPECT_EQ(first.epoch, epoch + 2);
}

TEST_F(ConsumerGroupTest, OlderTopicsAreNotLookedAt) {
  const TopicImage older = topics();
  SetTopic("b", 2);
  Client first = Join("one", {"b"});
  EXPECT_EQ(Text(first.owned), "b/0 b/1");
  EXPECT_FALSE(Heed(first, group().Heartbeat(Beating(first), older, now())));
  EXPECT_FALSE(Beat(first));
}

TEST_F(ConsumerGroupTest, ADeletedTopicLeavesTheShares) {
  SetTopic("b", 2);
  Client first = Join("one", {"a", "b"});
  DeleteTopic("b");
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3");
  SetTopic("b", 1);  // another topic of that name
  Settle({&first});
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3 b/0");
}

TEST_F(ConsumerGroupTest, APatternIsOfWholeNames) {
  SetTopic("orders-1", 1);
  SetTopic("orders-2", 1);
  SetTopic("old-orders-1", 1);
  ConsumerHeartbeat join = Joining("one", {});
  join.topic_pattern = "orders-.";
  Client first{"one", 0, {}, {}};
  Heed(first, Send(join));
  EXPECT_EQ(Text(first.owned), "orders-1/0 orders-2/0");
  SetTopic("orders-3", 1);
  SetTopic("orders-44", 1);
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(Text(first.owned), "orders-1/0 orders-2/0 orders-3/0");
  EXPECT_EQ(group().SubscribedTopics(topics()),
            (std::set<std::string>{"orders-1", "orders-2", "orders-3"}));
  ConsumerHeartbeat change = Beating(first);
  change.topic_pattern = "";
  change.topic_names = {"a"};
  Heed(first, Send(change));
  Settle({&first});
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 a/3");
}

TEST_F(ConsumerGroupTest, MembersChooseTheAssignor) {
  SetTopic("a", 5);
  SetTopic("b", 5);
  ConsumerHeartbeat join = Joining("one", {"a", "b"});
  EXPECT_EQ(group().Describe().assignor, "uniform");
  join.assignor = "range";
  Client first{"one", 0, {}, {}};
  Heed(first, Send(join));
  EXPECT_EQ(group().Describe().assignor, "range");
  Client second = Join("two", {"a", "b"});
  Settle({&first, &second});
  EXPECT_EQ(Text(first.owned), "a/0 a/1 a/2 b/0 b/1 b/2");
  EXPECT_EQ(Text(second.owned), "a/3 a/4 b/3 b/4");
}

// --- Static members ---

TEST_F(ConsumerGroupTest, AStaticMemberKeepsItsShareWhileItIsAway) {
  ConsumerHeartbeat join = Joining("first-run");
  join.instance_id = "i";
  Client fixed{"first-run", 0, {}, "i"};
  Heed(fixed, Send(join));
  Client other = Join("other");
  std::vector<Client*> both = {&fixed, &other};
  Settle(both);
  const PartitionSet share = fixed.owned;
  const int32_t epoch = group().epoch();

  EXPECT_EQ(Leave(fixed, ConsumerHeartbeat::kLeavesForAWhile), Errc::kOk);
  EXPECT_FALSE(Beat(other)) << "nothing for it";
  EXPECT_EQ(ErrorOf(Beating(fixed)), Errc::kFencedMemberEpoch);
  join = Joining("second-run");
  join.instance_id = "i";
  Client back{"second-run", 0, {}, "i"};
  Heed(back, Send(join));
  EXPECT_EQ(back.owned, share);
  EXPECT_EQ(back.epoch, epoch);
  EXPECT_EQ(group().epoch(), epoch) << "no rebalance";
  EXPECT_EQ(ErrorOf(Beating(fixed)), Errc::kFencedInstance);
  EXPECT_EQ(Leave(fixed), Errc::kFencedInstance);
  EXPECT_EQ(group().member_count(), 2u);
}

TEST_F(ConsumerGroupTest, AnInstanceIdInUseIsNotGivenAway) {
  ConsumerHeartbeat join = Joining("one");
  join.instance_id = "i";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
  join.member_id = "two";
  EXPECT_EQ(ErrorOf(join), Errc::kUnreleasedInstance);
  join.member_id = "one";
  EXPECT_EQ(ErrorOf(join), Errc::kOk) << "its first answer was lost";
}

TEST_F(ConsumerGroupTest, AStaticMemberThatStaysAwayIsPutOut) {
  ConsumerHeartbeat join = Joining("one");
  join.instance_id = "i";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
  Client fixed{"one", 1, {}, "i"};
  EXPECT_EQ(Leave(fixed, ConsumerHeartbeat::kLeavesForAWhile), Errc::kOk);
  Pass(kSession);
  EXPECT_EQ(group().member_count(), 0u);
  join.member_id = "two";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
}

TEST_F(ConsumerGroupTest, AStaticMemberMayLeaveForGood) {
  ConsumerHeartbeat join = Joining("one");
  join.instance_id = "i";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
  EXPECT_EQ(Leave({"one", 1, {}, "i"}), Errc::kOk);
  EXPECT_EQ(group().member_count(), 0u);
}

// --- Time ---

TEST_F(ConsumerGroupTest, ASilentMemberIsPutOut) {
  Client first = Join("one"), second = Join("two");
  Settle({&first, &second});
  Pass(kSession - absl::Seconds(1));
  Beat(first);
  Pass(absl::Seconds(1));
  EXPECT_EQ(group().member_count(), 1u);
  EXPECT_EQ(ErrorOf(Beating(second)), Errc::kUnknownMember);
  EXPECT_TRUE(Beat(first));
  EXPECT_EQ(first.owned.size(), 4u);
}

TEST_F(ConsumerGroupTest, WhoDoesNotGiveUpInTimeIsPutOut) {
  Client first = Join("one"), second = Join("two");
  const PartitionSet all = first.owned;
  Beat(first);
  for (absl::Duration passed; passed < kRebalance - absl::Seconds(10);
       passed += absl::Seconds(10)) {
    first.owned = all;
    Beat(first);
    Beat(second);
    Pass(absl::Seconds(10));
    ASSERT_EQ(group().member_count(), 2u);
  }
  Pass(absl::Seconds(10));
  EXPECT_EQ(group().member_count(), 1u);
  first.owned = all;
  EXPECT_EQ(ErrorOf(Beating(first)), Errc::kUnknownMember);
  EXPECT_TRUE(Beat(second));
  EXPECT_EQ(second.owned.size(), 4u);
}

TEST_F(ConsumerGroupTest, GivingUpInTimeEndsTheLimit) {
  Client first = Join("one"), second = Join("two");
  Beat(first);
  Beat(first);
  Beat(second);
  EXPECT_EQ(group().NextDeadline(), now() + kSession);
}

// --- Offsets ---

TEST_F(ConsumerGroupTest, CommitsNeedTheMembersEpoch) {
  EXPECT_EQ(group().MayCommit("", -1).error, Errc::kOk) << "nobody is here";
  Client first = Join("one");
  EXPECT_EQ(group().MayCommit("", -1).error, Errc::kUnknownMember);
  EXPECT_EQ(group().MayCommit("who", 1).error, Errc::kUnknownMember);
  const CommitRight right = group().MayCommit("one", first.epoch);
  EXPECT_EQ(right.error, Errc::kOk);
  EXPECT_TRUE(right.epochs);
  EXPECT_FALSE(right.only.has_value());
  EXPECT_EQ(group().MayCommit("one", first.epoch + 1).error, Errc::kStaleMemberEpoch);
  EXPECT_EQ(group().MayCommit("one", -1).error, Errc::kStaleMemberEpoch);
}

TEST_F(ConsumerGroupTest, AnOlderEpochMayCommitWhatItHadThen) {
  Client first = Join("one"), second = Join("two");
  Beat(first);
  Beat(first);
  ASSERT_EQ(first.epoch, 2);
  EXPECT_EQ(Text(*group().MayCommit("one", 1).only), "a/0 a/1");
  Settle({&first, &second});
  Leave(second);
  Beat(first);
  EXPECT_EQ(Text(*group().MayCommit("one", 2).only), "a/0 a/1") << "the others came later";
}

TEST_F(ConsumerGroupTest, WhatIsBeingGivenUpMayStillBeCommitted) {
  Client first = Join("one"), second = Join("two");
  Beat(first);
  const CommitRight right = group().MayCommit("one", 1);
  EXPECT_EQ(right.error, Errc::kOk);
  EXPECT_FALSE(right.only.has_value()) << "it has no newer epoch yet";
}

TEST_F(ConsumerGroupTest, FetchesOfOffsetsNeedTheEpochOrNoMember) {
  const Client first = Join("one");
  EXPECT_EQ(group().MayFetch("", -1), Errc::kOk);
  EXPECT_EQ(group().MayFetch("one", first.epoch), Errc::kOk);
  EXPECT_EQ(group().MayFetch("one", 7), Errc::kStaleMemberEpoch);
  EXPECT_EQ(group().MayFetch("who", 1), Errc::kUnknownMember);
}

// --- Looking ---

TEST_F(ConsumerGroupTest, DescribeShowsEverything) {
  ConsumerHeartbeat join = Joining("one", {"a"});
  join.instance_id = "i";
  join.rack_id = "r";
  join.topic_pattern = "b.*";
  EXPECT_EQ(ErrorOf(join), Errc::kOk);
  Join("two");
  const ConsumerGroupDescription shown = group().Describe();
  EXPECT_EQ(ConsumerGroupStateName(shown.state), "Reconciling");
  EXPECT_EQ(shown.epoch, 2);
  EXPECT_EQ(shown.target_epoch, 2);
  ASSERT_EQ(shown.members.size(), 2u);
  const ConsumerMemberDescription& one = shown.members[0];
  EXPECT_EQ(one.member_id, "one");
  EXPECT_EQ(one.instance_id, "i");
  EXPECT_EQ(one.rack_id, "r");
  EXPECT_EQ(one.epoch, 1);
  EXPECT_EQ(one.client_id, "client");
  EXPECT_EQ(one.client_host, "/127.0.0.1");
  EXPECT_EQ(one.topic_names, std::vector<std::string>{"a"});
  EXPECT_EQ(one.topic_pattern, "b.*");
  EXPECT_EQ(Text(one.assigned), "a/0 a/1 a/2 a/3");
  EXPECT_EQ(Text(one.target), "a/0 a/1");
  EXPECT_FALSE(one.classic);
}

}  // namespace
}  // namespace braid::engine
