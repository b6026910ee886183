// One partition of a share group: who acquires what, what comes back and when.
#include <gtest/gtest.h>

#include "engine/encoding.h"
#include "engine/group_parts.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "tests/engine/share_partition_fixture.h"

namespace braid::engine {
namespace {

using enum Verdict;

TEST_F(SharePartitionTest, BeginsWhereItIsTold) {
  Produce(3);
  Begin();
  EXPECT_EQ(Text(AcquireAs("one")), "") << "the latest is the usual start";
  Produce(2);
  EXPECT_EQ(Text(AcquireAs("one")), "3-4x1");
  EXPECT_EQ(group_->FirstUnsettled(), 3);
}

TEST_F(SharePartitionTest, BeginsAtATime) {
  Produce(3);
  clock_.Advance(absl::Hours(2));
  Produce(2);
  Begin({.past = absl::Hours(1)});
  EXPECT_EQ(Text(AcquireAs("one")), "3-4x1");
}

TEST_F(SharePartitionTest, EachRecordHasOneHolder) {
  Begin();
  Produce(4);
  Produce(4);
  EXPECT_EQ(Text(AcquireAs("one", AtMost(3))), "0-2x1");
  EXPECT_EQ(Text(AcquireAs("two", AtMost(3))), "3-5x1");
  EXPECT_EQ(Text(AcquireAs("one", AtMost(9))), "6-7x1");
  EXPECT_EQ(Text(AcquireAs("two")), "");
  EXPECT_EQ(Settle("two", 0, 0, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(Settle("one", 0, 2, kAccept), Errc::kOk);
  EXPECT_EQ(group_->FirstUnsettled(), 3);
  EXPECT_EQ(Settle("one", 0, 2, kAccept), Errc::kInvalidRecordState) << "that is done";
}

TEST_F(SharePartitionTest, WholeBatchesMayExceedTheLimit) {
  Begin();
  Produce(10);
  Produce(10);
  AcquireRequest request;
  request.max_records = 5;
  const Acquired acquired = AcquireAs("one", request);
  EXPECT_EQ(Text(acquired), "0-9x1");
  ASSERT_EQ(acquired.batches.size(), 1u);
  EXPECT_EQ(acquired.batches[0].base_offset(), 0);
}

TEST_F(SharePartitionTest, BytesBoundWhatIsGivenAtOnce) {
  Begin();
  for (int i = 0; i < 5; ++i) Produce(2);
  AcquireRequest request;
  request.max_bytes = 1;
  EXPECT_EQ(Text(AcquireAs("one", request)), "0-1x1") << "the first batch is always given";
  const Acquired rest = AcquireAs("one");
  EXPECT_EQ(rest.batches.size(), 4u);
  EXPECT_EQ(Text(rest), "2-9x1");
}

TEST_F(SharePartitionTest, RunsAreAsLongAsIsWanted) {
  Begin();
  Produce(5);
  AcquireRequest request;
  request.run_length = 2;
  EXPECT_EQ(Text(AcquireAs("one", request)), "0-1x1 2-3x1 4-4x1");
}

TEST_F(SharePartitionTest, LooksWithoutTouching) {
  Begin();
  Produce(5);
  AcquireRequest request;
  request.look_only = true;
  EXPECT_EQ(Text(AcquireAs("one", request)), "0-4x1");
  EXPECT_EQ(Text(AcquireAs("two")), "0-4x1");
}

TEST_F(SharePartitionTest, WhatIsReleasedComesFirst) {
  Begin();
  Produce(5);
  AcquireAs("one", AtMost(3));
  EXPECT_EQ(Settle("one", 1, 1, kRelease), Errc::kOk);
  EXPECT_EQ(Text(AcquireAs("two", AtMost(2))), "1-1x2 3-3x1");
  const Acquired again = AcquireAs("two");
  EXPECT_EQ(Text(again), "4-4x1");
}

TEST_F(SharePartitionTest, ALockExpiresUntilTheLimit) {
  Begin({.max_deliveries = 2});
  Produce(1);
  int given_up = 0;
  group_->SetExhaustedListener([&](const PendingEntry& entry) {
    EXPECT_FALSE(entry.rejected);
    EXPECT_EQ(entry.delivery_count, 2);
    ++given_up;
  });
  EXPECT_EQ(Text(AcquireAs("one")), "0-0x1");
  Advance(absl::Seconds(29));
  EXPECT_EQ(Text(AcquireAs("two")), "");
  Advance(absl::Seconds(1));
  EXPECT_EQ(Settle("one", 0, 0, kAccept), Errc::kInvalidRecordState) << "too late";
  EXPECT_EQ(Text(AcquireAs("two")), "0-0x2");
  Advance(absl::Seconds(30));
  EXPECT_EQ(given_up, 1);
  EXPECT_EQ(Text(AcquireAs("one")), "");
  EXPECT_EQ(group_->FirstUnsettled(), 1);
}

TEST_F(SharePartitionTest, RenewingMakesALockLast) {
  Begin();
  Produce(2);
  AcquireAs("one");
  Advance(absl::Seconds(20));
  EXPECT_EQ(Settle("one", 0, 0, kRenew), Errc::kOk);
  Advance(absl::Seconds(10));
  EXPECT_EQ(Text(AcquireAs("two")), "1-1x2");
  Advance(absl::Seconds(20));
  EXPECT_EQ(Text(AcquireAs("two")), "0-0x2");
}

TEST_F(SharePartitionTest, RejectedRecordsAreGivenUpAtOnce) {
  Begin();
  Produce(3);
  AcquireAs("one");
  std::vector<Offset> given_up;
  group_->SetExhaustedListener([&](const PendingEntry& entry) {
    EXPECT_TRUE(entry.rejected);
    given_up.push_back(entry.offset);
  });
  const Settlement settlement{0, 2, {kAccept, kReject, kRelease}};
  ASSERT_TRUE(group_->Settle("one", {&settlement, 1}, writes_).ok());
  EXPECT_EQ(given_up, std::vector<Offset>{1});
  EXPECT_EQ(Text(AcquireAs("two")), "2-2x2");
  EXPECT_EQ(group_->FirstUnsettled(), 2);
}

TEST_F(SharePartitionTest, SettlingIsAllOrNothing) {
  Begin();
  Produce(4);
  AcquireAs("one", AtMost(2));
  EXPECT_EQ(Settle("one", 0, 2, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(Settle("one", 0, 100, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(Settle("nobody", 0, 0, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(group_->Info().pending, 2);
}

TEST_F(SharePartitionTest, WhoGoesGivesBackWhatItNeverSaw) {
  Begin();
  Produce(3);
  AcquireAs("one");
  EXPECT_EQ(group_->ReleaseAll("one", writes_), 3);
  EXPECT_EQ(Text(AcquireAs("two")), "0-2x1") << "the delivery does not count";
  EXPECT_EQ(group_->ReleaseAll("one", writes_), 0);
}

TEST_F(SharePartitionTest, WhatIsGivenBackStaysThoughTheLimitHasBecomeLower) {
  Begin({.max_deliveries = 5});
  Produce(1);
  for (const char* member : {"one", "two", "three"}) {
    AcquireAs(member);
    EXPECT_EQ(Settle(member, 0, 0, kRelease), Errc::kOk);
  }
  EXPECT_EQ(Text(AcquireAs("four")), "0-0x4");
  Begin({.max_deliveries = 2});
  EXPECT_EQ(group_->ReleaseAll("four", writes_), 1);
  EXPECT_EQ(Text(AcquireAs("five")), "0-0x4");
  EXPECT_EQ(group_->ReleaseAll("five", writes_), 1);
  Restart();
  catalog_->Tick();
  EXPECT_EQ(Text(AcquireAs("six")), "0-0x4");
}

TEST_F(SharePartitionTest, NotMoreThanSoMuchIsOut) {
  Begin({.max_locks = 100});
  Produce(60);
  Produce(60);
  Produce(60);
  EXPECT_EQ(Text(AcquireAs("one", AtMost(500))), "0-99x1");
  EXPECT_EQ(Text(AcquireAs("one", AtMost(500))), "");
  EXPECT_EQ(Settle("one", 0, 9, kAccept), Errc::kOk);
  EXPECT_EQ(Text(AcquireAs("two", AtMost(500))), "100-109x1");
}

TEST_F(SharePartitionTest, DeletedRecordsAreNobodys) {
  Begin();
  Produce(6);
  ASSERT_TRUE(stream_->Delete({1, 2}, writes_).ok());
  EXPECT_EQ(Text(AcquireAs("one")), "0-0x1 3-5x1");
  ASSERT_TRUE(stream_->Delete({4}, writes_).ok());
  EXPECT_EQ(Settle("one", 0, 5, kAccept), Errc::kOk) << "there is nothing to say of holes";
  ASSERT_TRUE(stream_->TrimTo(6, writes_).ok());
  EXPECT_EQ(group_->FirstUnsettled(), 6);
}

TEST_F(SharePartitionTest, AGapMayBeSaidOfWhatIsSettled) {
  Begin();
  Produce(6);
  AcquireAs("one");
  EXPECT_EQ(Settle("one", 0, 3, kAccept), Errc::kOk);
  ASSERT_TRUE(stream_->Delete({1, 2}, writes_).ok());
  EXPECT_EQ(Settle("one", 1, 2, kAccept), Errc::kOk) << "there is nothing to say of holes";
  EXPECT_EQ(Settle("one", 0, 2, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(Settle("one", 0, 4, kAccept), Errc::kInvalidRecordState);
  EXPECT_EQ(Settle("two", 0, 5, kGap), Errc::kInvalidRecordState) << "4 and 5 are one's";
  EXPECT_EQ(Settle("one", 0, 5, kGap), Errc::kOk);
  EXPECT_EQ(group_->FirstUnsettled(), 6);
}

TEST_F(SharePartitionTest, OnlyCommittedRecordsIfThatIsAsked) {
  Begin();
  Produce(2, 7);
  Produce(2, 8);
  Produce(2);
  AcquireRequest committed;
  committed.committed = true;
  EXPECT_EQ(Text(AcquireAs("one", committed)), "");
  EndTransaction(7, false);
  EXPECT_EQ(Text(AcquireAs("one", committed)), "");
  EndTransaction(8, true);
  EXPECT_EQ(Text(AcquireAs("one", committed)), "2-5x1") << "7's are aborted, 6 and 7 are markers";
  EXPECT_EQ(Settle("one", 2, 5, kAccept), Errc::kOk);
  EXPECT_EQ(group_->FirstUnsettled(), 8);
}

TEST_F(SharePartitionTest, UsuallyTransactionsMakeNoDifference) {
  Begin();
  Produce(2, 7);
  EXPECT_EQ(Text(AcquireAs("one")), "0-1x1");
  EndTransaction(7, false);
  Produce(1);
  EXPECT_EQ(Text(AcquireAs("one")), "3-3x1");
}

TEST_F(SharePartitionTest, WaitersWakeForMoreAndNotBefore) {
  Begin();
  int woken = 0;
  const auto wait = [&](const Acquired& seen) {
    group_->WaitAcquirable(seen.sight, std::make_shared<Waiter>([&] { ++woken; }));
  };
  wait(AcquireAs("one"));
  EXPECT_EQ(woken, 0);
  Produce(1);
  EXPECT_EQ(woken, 1);
  AcquireAs("one");
  wait(AcquireAs("two"));
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(Settle("one", 0, 0, kRelease), Errc::kOk);
  EXPECT_EQ(woken, 2);
  AcquireAs("one");
  wait(AcquireAs("two"));
  Advance(absl::Seconds(30));
  EXPECT_EQ(woken, 3);
}

TEST_F(SharePartitionTest, StartsOver) {
  Begin();
  Produce(5);
  AcquireAs("one");
  ASSERT_TRUE(group_->StartOver(2, writes_).ok());
  EXPECT_EQ(group_->FirstUnsettled(), 2);
  EXPECT_EQ(Text(AcquireAs("two")), "2-4x1");
  ASSERT_TRUE(group_->StartOver(99, writes_).ok());
  EXPECT_EQ(group_->FirstUnsettled(), 5);
}

TEST_F(SharePartitionTest, EverythingOutlivesARestart) {
  Begin();
  Produce(6);
  AcquireAs("one");
  EXPECT_EQ(Settle("one", 0, 1, kAccept), Errc::kOk);
  EXPECT_EQ(Settle("one", 3, 3, kAccept), Errc::kOk);
  EXPECT_EQ(Settle("one", 4, 4, kRelease), Errc::kOk);
  Restart();
  EXPECT_EQ(group_->FirstUnsettled(), 2);
  EXPECT_EQ(group_->options().max_deliver, 5);
  catalog_->Tick();
  EXPECT_EQ(Text(AcquireAs("two")), "4-4x2") << "2 and 5 are still out";
  EXPECT_EQ(Settle("one", 2, 2, kAccept), Errc::kOk);
  Advance(absl::Seconds(30));
  EXPECT_EQ(Text(AcquireAs("two")), "4-4x3 5-5x2");
  Restart();
  EXPECT_EQ(group_->FirstUnsettled(), 4);
}

TEST_F(SharePartitionTest, WhatIsGivenUpAfterARestartIsHeardOf) {
  Begin({.max_deliveries = 1});
  Produce(2);
  AcquireAs("one", AtMost(1));
  Commit();
  clock_.Advance(absl::Minutes(1));
  Restart();
  std::vector<Offset> given_up;
  group_->SetExhaustedListener(
      [&](const PendingEntry& entry) { given_up.push_back(entry.offset); });
  catalog_->Tick();
  EXPECT_EQ(given_up, std::vector<Offset>{0});
  EXPECT_EQ(Text(AcquireAs("two")), "1-1x1");
}

TEST_F(SharePartitionTest, NothingIsAcquiredTwiceWhenTheJournalEndsBeforeTheCursor) {
  Begin();
  Produce(4);
  GroupParts before(group_->options());
  before.cursor = group_->Info().cursor;
  AcquireAs("one", AtMost(2));
  before.EmitCursor(catalog_->journal(), group_->id());
  Restart();
  Advance(absl::Seconds(30));
  EXPECT_EQ(Text(AcquireAs("two")), "0-1x2 2-3x1");
}

// Whatever comes between, recovery finds every record either outstanding or at the cursor.
TEST_F(SharePartitionTest, StartingOverTakesTheHighestBackFirst) {
  Begin();
  Produce(3);
  AcquireAs("one");
  Commit();
  ASSERT_TRUE(group_->StartOver(1, writes_).ok());
  Commit();
  std::string story;
  const auto tell = [&](std::string_view key, std::optional<std::string_view> value) {
    if (key.front() == keys::kCursor) story += " cursor";
    if (key.front() == keys::kDelivered) {
      return ExpandDelivered(*value, [&](const PendingFact& fact) {
        story += " +" + std::to_string(fact.delivery.offset);
      });
    }
    if (key.front() != keys::kPending) return absl::OkStatus();
    Decoder in(key.substr(1));
    in.U64();
    story += (value ? " +" : " -") + std::to_string(in.U64());
    return absl::OkStatus();
  };
  ASSERT_TRUE(catalog_->journal().Replay(tell).ok());
  EXPECT_TRUE(story.ends_with(" +0 +1 +2 cursor cursor -2 -1 -0")) << story;
}

TEST_F(SharePartitionTest, CommittedOffsetsAreAnotherThing) {
  Begin();
  EXPECT_EQ(CodeOf(CommitOffset(*stream_, "workers", 3, "", 0, writes_)), Errc::kGroupNotFound);
  EXPECT_EQ(engine::OffsetsOf(*stream_, "workers"), nullptr);
  ASSERT_TRUE(CommitOffset(*stream_, "readers", 3, "", 0, writes_).ok());
  EXPECT_EQ(SharePartitionOf(*stream_, "readers"), nullptr);
  EXPECT_EQ(CodeOf(EnsureSharePartition(*stream_, "readers", {}, writes_).status()),
            Errc::kGroupExists);
  EXPECT_EQ(GroupsThatShare(*catalog_), std::set<std::string>{"workers"});
}

TEST_F(SharePartitionTest, MembersThatComeAndGoLeaveNothing) {
  Begin();
  for (int i = 0; i < 100; ++i) {
    Produce(1);
    const std::string member = std::to_string(i);
    AcquireAs(member);
    EXPECT_EQ(Settle(member, i, i, kAccept), Errc::kOk);
  }
  EXPECT_EQ(group_->Consumers().size(), 1u);
  Restart();
  EXPECT_EQ(group_->Consumers().size(), 1u);
}

}  // namespace
}  // namespace braid::engine
