#include "engine/group.h"

#include <gmock/gmock.h>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GroupTest : public EngineTest {
 protected:
  // A JetStream consumer over `n` messages.
  GroupPtr Consumer(int n, GroupOptions options = {}) {
    stream_ = Create("s", {.subjects = {"s.>"}});
    for (int i = 0; i < n; ++i) {
      EXPECT_TRUE(Publish(stream_, i % 2 == 0 ? "s.even" : "s.odd", std::to_string(i)).ok());
    }
    options.owner = Origin::kNats;
    return CreateGroup(stream_, "g", options);
  }

  GroupPtr AfterReopening() {
    Commit();
    stream_.reset();
    Reopen();
    stream_ = Find("s");
    return stream_->Groups().front();
  }

  StreamPtr stream_;
};

TEST_F(GroupTest, HandsOutEachRecordOnce) {
  GroupPtr group = Consumer(3);
  EXPECT_THAT(OffsetsOf(Fetch(group, 2)), ElementsAre(0, 1));
  EXPECT_THAT(OffsetsOf(Fetch(group, 2, "other")), ElementsAre(2));
  EXPECT_THAT(Fetch(group, 2), IsEmpty());
  EXPECT_EQ(group->Info().pending, 3);
}

TEST_F(GroupTest, LagCountsWhatIsStillToCome) {
  GroupPtr group = Consumer(5);
  EXPECT_EQ(group->Info().lag, 5);
  const auto records = Fetch(group, 2);
  EXPECT_EQ(records[0].pending_after, 4);
  EXPECT_EQ(records[1].pending_after, 3);
  EXPECT_EQ(group->Info().lag, 3);
  ASSERT_TRUE(stream_->Delete({3}, writes_).ok());
  EXPECT_EQ(group->Info().lag, 2);
}

TEST_F(GroupTest, FiltersCountAndDeliverWhatMatches) {
  GroupPtr group = Consumer(6, {.filters = {"s.odd"}});
  EXPECT_EQ(group->Info().lag, 3);
  const auto records = Fetch(group, 2);
  EXPECT_THAT(OffsetsOf(records), ElementsAre(1, 3));
  EXPECT_EQ(records.back().pending_after, 1);
  ASSERT_TRUE(Publish(stream_, "s.odd", "more").ok());
  ASSERT_TRUE(Publish(stream_, "s.even", "other").ok());
  EXPECT_EQ(group->Info().lag, 2);
  ASSERT_TRUE(stream_->Delete({5}, writes_).ok());
  EXPECT_EQ(group->Info().lag, 1);
  EXPECT_THAT(OffsetsOf(Fetch(group, 9)), ElementsAre(6));
  EXPECT_EQ(group->Info().lag, 0);
}

TEST_F(GroupTest, AckWaitBringsARecordBackUntilMaxDeliver) {
  GroupPtr group = Consumer(1, {.ack_wait = absl::Seconds(30), .max_deliver = 3});
  std::vector<PendingEntry> exhausted;
  group->SetExhaustedListener([&](const PendingEntry& entry) { exhausted.push_back(entry); });
  for (int delivery = 1; delivery <= 3; ++delivery) {
    const auto records = Fetch(group, 1);
    ASSERT_EQ(records.size(), 1u) << "delivery " << delivery;
    EXPECT_EQ(records[0].delivery_count, delivery);
    EXPECT_EQ(records[0].group_seq, delivery);
    Advance(absl::Seconds(29));
    EXPECT_THAT(Fetch(group, 1), IsEmpty());
    Advance(absl::Seconds(1));
  }
  EXPECT_THAT(Fetch(group, 1), IsEmpty());
  ASSERT_EQ(exhausted.size(), 1u);
  EXPECT_EQ(exhausted[0].delivery_count, 3);
  EXPECT_EQ(group->Info().pending, 0);
  EXPECT_EQ(stream_->State().records, 1) << "the message stays in the stream";
}

TEST_F(GroupTest, ExhaustionNeedsNoFetchToHappen) {
  GroupPtr group = Consumer(1, {.ack_wait = absl::Seconds(30), .max_deliver = 1});
  int exhausted = 0;
  group->SetExhaustedListener([&](const PendingEntry&) { ++exhausted; });
  ASSERT_EQ(Fetch(group, 1).size(), 1u);
  Advance(absl::Seconds(30));
  EXPECT_EQ(exhausted, 1);
}

TEST_F(GroupTest, ExhaustionWhileTheServerWasDownIsHeardOf) {
  GroupPtr group = Consumer(1, {.ack_wait = absl::Seconds(30), .max_deliver = 1});
  ASSERT_EQ(Fetch(group, 1).size(), 1u);
  clock_.Advance(absl::Minutes(1));
  group = AfterReopening();
  int exhausted = 0;
  group->SetExhaustedListener([&](const PendingEntry&) { ++exhausted; });
  catalog_->Tick();
  EXPECT_EQ(exhausted, 1);
}

TEST_F(GroupTest, NakWithDelayWaitsItsTurn) {
  GroupPtr group = Consumer(2, {.ack_wait = absl::Seconds(30)});
  ASSERT_EQ(Fetch(group, 1).size(), 1u);
  EXPECT_TRUE(group->Nak(0, absl::Seconds(5), writes_).value_or(false));
  EXPECT_THAT(OffsetsOf(Fetch(group, 1)), ElementsAre(1));
  Advance(absl::Seconds(5));
  EXPECT_THAT(OffsetsOf(Fetch(group, 1)), ElementsAre(0));
}

TEST_F(GroupTest, WaiterIsWokenByWhatIsDueAgain) {
  GroupPtr group = Consumer(1, {.ack_wait = absl::Seconds(30)});
  ASSERT_EQ(Fetch(group, 1).size(), 1u);
  int woken = 0;
  group->Wait(std::make_shared<Waiter>([&] { ++woken; }));
  Advance(absl::Seconds(29));
  EXPECT_EQ(woken, 0);
  Advance(absl::Seconds(1));
  EXPECT_EQ(woken, 1);
}

TEST_F(GroupTest, MaxAckPendingHoldsNewOnesBack) {
  GroupPtr group = Consumer(3, {.ack_wait = absl::Seconds(30), .max_ack_pending = 2});
  EXPECT_EQ(Fetch(group, 9).size(), 2u);
  int woken = 0;
  group->Wait(std::make_shared<Waiter>([&] { ++woken; }));
  EXPECT_EQ(woken, 0);
  EXPECT_TRUE(group->Ack(0, writes_).value_or(false));
  EXPECT_EQ(woken, 1);
  EXPECT_THAT(OffsetsOf(Fetch(group, 9)), ElementsAre(2));
}

TEST_F(GroupTest, AckFloorRisesOnlyContiguously) {
  GroupPtr group = Consumer(4);
  Fetch(group, 3);
  EXPECT_TRUE(group->Ack(1, writes_).value_or(false));
  EXPECT_EQ(group->Info().ack_floor_offset, -1);
  EXPECT_TRUE(group->Ack(0, writes_).value_or(false));
  EXPECT_EQ(group->Info().ack_floor_offset, 1);
  EXPECT_EQ(group->Info().ack_floor_seq, 2);
  EXPECT_TRUE(group->Ack(2, writes_).value_or(false));
  EXPECT_EQ(group->Info().ack_floor_offset, 2);
  EXPECT_FALSE(group->Ack(2, writes_).value_or(true)) << "settled once";
}

TEST_F(GroupTest, AckAllSettlesEverythingBelow) {
  GroupPtr group = Consumer(4, {.ack_all = true});
  Fetch(group, 4);
  EXPECT_TRUE(group->Ack(2, writes_).value_or(false));
  EXPECT_EQ(group->Info().pending, 1);
}

TEST_F(GroupTest, AckNoneLeavesNothingOutstanding) {
  GroupPtr group = Consumer(2, {.ack_none = true});
  EXPECT_EQ(Fetch(group, 2).size(), 2u);
  EXPECT_EQ(group->Info().pending, 0);
  EXPECT_EQ(group->Info().ack_floor_seq, 2);
}

TEST_F(GroupTest, EverythingSurvivesReopening) {
  GroupPtr group = Consumer(5, {.ack_wait = absl::Seconds(30), .max_deliver = 7, .extra = "mine"});
  Fetch(group, 3, "alice");
  ASSERT_TRUE(group->Ack(1, writes_).ok());
  ASSERT_TRUE(group->Nak(2, absl::Seconds(5), writes_).ok());
  const GroupInfo before = group->Info();
  group = AfterReopening();
  EXPECT_EQ(group->options().extra, "mine");
  EXPECT_EQ(group->options().max_deliver, 7);
  const GroupInfo after = group->Info();
  EXPECT_EQ(after.cursor, before.cursor);
  EXPECT_EQ(after.lag, 2);
  EXPECT_EQ(after.pending, 2);
  EXPECT_EQ(after.delivered_seq, 3);
  EXPECT_EQ(group->FindPending(0)->consumer, "alice");
  EXPECT_FALSE(group->FindPending(1).has_value());
  EXPECT_THAT(OffsetsOf(Fetch(group, 1)), ElementsAre(3)) << "offset 2 is not due yet";
  Advance(absl::Seconds(30));
  const auto again = Fetch(group, 2);
  EXPECT_THAT(OffsetsOf(again), ElementsAre(0, 2)) << "one sweep, by offset";
  EXPECT_EQ(again[0].delivery_count, 2);
}

TEST_F(GroupTest, DeletedGroupIsGoneForGood) {
  GroupPtr group = Consumer(1);
  EXPECT_TRUE(stream_->DeleteGroup(Origin::kNats, "g", writes_).value_or(false));
  EXPECT_EQ(CodeOf(group->Ack(0, writes_).status()), Errc::kGroupNotFound);
  Commit();
  Reopen();
  EXPECT_THAT(Find("s")->Groups(), IsEmpty());
}

TEST_F(GroupTest, GroupsOfDifferentModelsDoNotCollide) {
  Consumer(1);
  EXPECT_NE(CreateGroup(stream_, "g", {.owner = Origin::kRedis}), nullptr);
  EXPECT_EQ(CodeOf(stream_->CreateGroup("g", {.owner = Origin::kRedis}, writes_).status()),
            Errc::kGroupExists);
  EXPECT_EQ(stream_->Groups(Origin::kRedis).size(), 1u);
}

TEST_F(GroupTest, TrimmedRecordsAreNoLongerOutstanding) {
  GroupPtr group = Consumer(4);
  Fetch(group, 3);
  ASSERT_TRUE(stream_->TrimTo(2, writes_).ok());
  EXPECT_EQ(group->Info().pending, 1);
  EXPECT_EQ(group->Info().lag, 1);
}

TEST_F(GroupTest, CommittedOffsetSurvivesReopening) {
  Consumer(4);
  GroupPtr group = CreateGroup(stream_, "kafka", {.owner = Origin::kKafka});
  ASSERT_TRUE(group->Commit(3, "note", 5, writes_).ok());
  EXPECT_EQ(group->Info().lag, 1);
  AfterReopening();
  const Group::Committed committed = stream_->FindGroup(Origin::kKafka, "kafka")->committed();
  EXPECT_EQ(committed.offset, 3);
  EXPECT_EQ(committed.metadata, "note");
  EXPECT_EQ(committed.leader_epoch, 5);
}

class RedisGroupTest : public GroupTest {
 protected:
  GroupPtr Group(int n) {
    stream_ = Create("s");
    for (int i = 1; i <= n; ++i) {
      EXPECT_TRUE(Add(stream_, {static_cast<uint64_t>(i), 0}, std::to_string(i)).ok());
    }
    return CreateGroup(stream_, "g", {.owner = Origin::kRedis});
  }
};

TEST_F(RedisGroupTest, AbandonedEntryIsClaimedAfterItsIdleTime) {
  GroupPtr group = Group(1);
  Fetch(group, 1, "alice");
  clock_.Advance(absl::Seconds(59));
  const ClaimRequest claim{.consumer = "bob", .min_idle = absl::Seconds(60)};
  EXPECT_FALSE(group->Claim(0, claim, writes_)->has_value());
  clock_.Advance(absl::Seconds(1));
  auto claimed = group->Claim(0, claim, writes_);
  ASSERT_TRUE(claimed->has_value());
  EXPECT_EQ((*claimed)->consumer, "bob");
  EXPECT_EQ((*claimed)->delivery_count, 2);
  EXPECT_EQ((*claimed)->id, (EntryId{1, 0}));
}

TEST_F(RedisGroupTest, DeletedEntryStaysPendingUntilAcked) {
  GroupPtr group = Group(2);
  Fetch(group, 2);
  ASSERT_TRUE(stream_->Delete({0}, writes_).ok());
  EXPECT_EQ(group->Info().pending, 2);
  group = AfterReopening();
  const auto history = group->ReadHistory("me", 0, 10, writes_);
  ASSERT_EQ(history->size(), 2u);
  EXPECT_TRUE((*history)[0].deleted);
  EXPECT_EQ((*history)[0].record.id, (EntryId{1, 0}));
  EXPECT_EQ((*history)[0].delivery_count, 1) << "a deleted entry's count does not rise";
  EXPECT_EQ((*history)[1].delivery_count, 2);
  const std::vector<EntryId> ids = {{1, 0}, {7, 7}};
  EXPECT_THAT(group->OffsetsOfPending(ids), ElementsAre(0, -1));
  EXPECT_TRUE(group->Ack(0, writes_).value_or(false));
  EXPECT_EQ(group->Info().pending, 1);
}

TEST_F(RedisGroupTest, CursorByIdSkipsWhatIsNotYetWritten) {
  GroupPtr group = Group(1);
  ASSERT_TRUE(group->SetCursor(1, {5, 0}, std::nullopt, writes_).ok());
  ASSERT_TRUE(Add(stream_, {4, 0}, "behind").ok());
  ASSERT_TRUE(Add(stream_, {6, 0}, "ahead").ok());
  const auto records = Fetch(group, 9);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].id, (EntryId{6, 0}));
}

TEST_F(RedisGroupTest, DeletingAConsumerDropsWhatItHolds) {
  GroupPtr group = Group(3);
  Fetch(group, 2, "alice");
  Fetch(group, 1, "bob");
  EXPECT_EQ(group->DeleteConsumer("alice", writes_), 2);
  EXPECT_EQ(group->DeleteConsumer("alice", writes_), -1);
  group = AfterReopening();
  ASSERT_EQ(group->Consumers().size(), 1u);
  EXPECT_EQ(group->Consumers()[0].name, "bob");
  EXPECT_EQ(group->Info().pending, 1);
}

TEST_F(RedisGroupTest, PendingIsFilteredByConsumerAndIdleTime) {
  GroupPtr group = Group(3);
  Fetch(group, 1, "alice");
  clock_.Advance(absl::Seconds(10));
  Fetch(group, 1, "alice");
  Fetch(group, 1, "bob");
  EXPECT_EQ(group->Pending({.consumer = "alice"}).size(), 2u);
  EXPECT_EQ(group->Pending({.min_idle = absl::Seconds(10)}).size(), 1u);
  EXPECT_THAT(group->Pending({.consumer = "nobody"}), IsEmpty());
}

}  // namespace
}  // namespace braid::engine
