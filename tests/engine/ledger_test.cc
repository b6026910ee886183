#include "engine/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "absl/time/time.h"

namespace braid::engine {

// Makes a ledger old.
class LedgerPeer {
 public:
  static void SetSweeps(Ledger& ledger, uint32_t sweeps) { ledger.sweep_ = sweeps; }
};

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr ConsumerId kAnna = 1;
constexpr ConsumerId kBert = 2;

class LedgerTest : public ::testing::Test {
 protected:
  // Starts over with this policy.
  void Policy(LedgerPolicy policy) { ledger_ = Ledger(std::move(policy)); }
  void Pass(absl::Duration time) { now_ += time; }
  Delivery Deliver(Offset offset, ConsumerId consumer = kAnna) {
    return ledger_.Deliver(offset, consumer, now_, ++seq_);
  }
  Ledger::Released Nak(Offset offset, absl::Duration delay = absl::ZeroDuration()) {
    return ledger_.Release(offset, now_, delay);
  }
  std::vector<Offset> Due() {
    ledger_.Expire(now_);
    return ledger_.NextDue();
  }
  std::vector<Offset> Exhausted() {
    std::vector<Offset> offsets;
    for (const Delivery& d : ledger_.Expire(now_).exhausted) offsets.push_back(d.offset);
    return offsets;
  }
  std::vector<Offset> PendingOf(std::optional<ConsumerId> consumer) {
    std::vector<Offset> offsets;
    ledger_.ForEach(0, 1000, consumer, [&](const Delivery& d) {
      offsets.push_back(d.offset);
      return true;
    });
    return offsets;
  }

  std::vector<Offset> Idle(absl::Time until) {
    std::vector<Offset> offsets;
    ledger_.ForEachIdle(until, [&](const Delivery& d) {
      offsets.push_back(d.offset);
      return true;
    });
    return offsets;
  }

  Ledger ledger_;
  absl::Time now_ = absl::FromUnixSeconds(1'000'000);
  int64_t seq_ = 0;
};

TEST_F(LedgerTest, DeliveryIsOutstandingUntilAcknowledged) {
  Deliver(7);
  EXPECT_EQ(ledger_.size(), 1);
  const auto settled = ledger_.Ack(7);
  ASSERT_TRUE(settled.has_value());
  EXPECT_EQ(settled->offset, 7);
  EXPECT_EQ(settled->consumer, kAnna);
  EXPECT_EQ(settled->count, 1);
  EXPECT_TRUE(ledger_.empty());
  EXPECT_FALSE(ledger_.Ack(7).has_value());
}

TEST_F(LedgerTest, WithoutAckWaitNothingEverExpires) {
  Deliver(1);
  Pass(absl::Hours(24 * 365));
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_EQ(ledger_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(LedgerTest, UnacknowledgedIsDueAfterAckWait) {
  Policy({.ack_wait = absl::Seconds(30)});
  Deliver(1);
  EXPECT_EQ(ledger_.NextDeadline(), now_ + absl::Seconds(30));
  Pass(absl::Seconds(30) - absl::Nanoseconds(1));
  EXPECT_THAT(Due(), IsEmpty());
  Pass(absl::Nanoseconds(1));
  EXPECT_THAT(Due(), ElementsAre(1));
}

TEST_F(LedgerTest, SweepQueuesInOffsetOrder) {
  Policy({.ack_wait = absl::Seconds(1)});
  Deliver(5);
  Deliver(2);
  Deliver(9);
  Pass(absl::Seconds(1));
  EXPECT_THAT(ledger_.Expire(now_).due, ElementsAre(2, 5, 9));
}

TEST_F(LedgerTest, NakQueuesBehindWhatIsDueAlready) {
  Policy({.ack_wait = absl::Seconds(1)});
  Deliver(5);
  Deliver(9);
  Pass(absl::Seconds(1));
  Due();
  Deliver(2);
  Nak(2);
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(5, 9, 2));
}

TEST_F(LedgerTest, NaksQueueInTheirOwnOrder) {
  for (Offset offset : {1, 2, 3}) Deliver(offset);
  Nak(3);
  Nak(1);
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(3, 1));
  Nak(3);  // again: keeps its place
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(3, 1));
}

TEST_F(LedgerTest, NextDueGivesNoMoreThanAskedFor) {
  for (Offset offset : {1, 2, 3}) Nak(Deliver(offset).offset);
  EXPECT_THAT(ledger_.NextDue(2), ElementsAre(1, 2));
  EXPECT_EQ(ledger_.FirstDue(), 1);
  EXPECT_EQ(ledger_.due_count(), 3);
}

TEST_F(LedgerTest, QueueKeepsItsOrderWhenSweepNumbersRunOut) {
  for (Offset offset : {1, 2, 3, 4, 5, 6}) Deliver(offset);
  Nak(5);
  LedgerPeer::SetSweeps(ledger_, std::numeric_limits<uint32_t>::max() - 2);
  for (Offset offset : {4, 6, 1, 3}) Nak(offset);
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(5, 4, 6, 1, 3));
  ledger_.Ack(6);
  Deliver(4);
  Nak(4);
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(5, 1, 3, 4));
}

TEST_F(LedgerTest, NakIgnoresBackoff) {
  Policy({.backoff = {absl::Hours(1)}});
  Deliver(1);
  Nak(1);
  EXPECT_THAT(ledger_.NextDue(), ElementsAre(1));
}

TEST_F(LedgerTest, NakWithDelayIsDueAfterTheDelayFromNow) {
  Policy({.ack_wait = absl::Seconds(30)});
  Deliver(1);
  Pass(absl::Seconds(10));
  Nak(1, absl::Seconds(5));
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_EQ(ledger_.NextDeadline(), now_ + absl::Seconds(5));
  Pass(absl::Seconds(5));
  EXPECT_THAT(Due(), ElementsAre(1));
}

TEST_F(LedgerTest, SecondNakReplacesTheDelay) {
  Deliver(1);
  Nak(1, absl::Seconds(50));
  Nak(1, absl::Seconds(2));
  Pass(absl::Seconds(2));
  EXPECT_THAT(Due(), ElementsAre(1));
}

TEST_F(LedgerTest, RedeliveryCountsAndMovesToItsNewOwner) {
  Policy({.ack_wait = absl::Seconds(1)});
  Deliver(1, kAnna);
  Pass(absl::Seconds(1));
  Due();
  const Delivery again = Deliver(1, kBert);
  EXPECT_EQ(again.count, 2);
  EXPECT_EQ(again.consumer, kBert);
  EXPECT_EQ(again.first_seq, 1);
  EXPECT_FALSE(again.due);
  EXPECT_EQ(ledger_.due_count(), 0);
  EXPECT_EQ(ledger_.redelivered(), 1);
  EXPECT_EQ(ledger_.PendingOf(kAnna), 0);
  EXPECT_EQ(ledger_.PendingOf(kBert), 1);
}

TEST_F(LedgerTest, LateAckSettlesWhatIsDue) {
  Policy({.ack_wait = absl::Seconds(1)});
  Deliver(1);
  Pass(absl::Seconds(1));
  Due();
  EXPECT_TRUE(ledger_.Ack(1).has_value());
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(LedgerTest, BackoffFollowsTheDeliveryCountAndRepeatsItsLast) {
  Policy({.ack_wait = absl::Hours(1), .backoff = {absl::Seconds(1), absl::Seconds(5)}});
  for (const int seconds : {1, 5, 5, 5}) {
    EXPECT_EQ(Deliver(1).deadline, now_ + absl::Seconds(seconds));
    Pass(absl::Seconds(seconds));
    EXPECT_THAT(Due(), ElementsAre(1));
  }
}

TEST_F(LedgerTest, InProgressRestartsTheCurrentWaitWithoutCounting) {
  Policy({.backoff = {absl::Seconds(2), absl::Seconds(10)}});
  Deliver(1);
  Pass(absl::Seconds(1));
  EXPECT_TRUE(ledger_.Extend(1, now_));
  EXPECT_EQ(ledger_.NextDeadline(), now_ + absl::Seconds(2));
  EXPECT_EQ(ledger_.Find(1)->count, 1);
}

TEST_F(LedgerTest, InProgressComesTooLateOnceDue) {
  Policy({.ack_wait = absl::Seconds(1)});
  Deliver(1);
  Pass(absl::Seconds(1));
  Due();
  EXPECT_FALSE(ledger_.Extend(1, now_));
  EXPECT_THAT(Due(), ElementsAre(1));
  EXPECT_FALSE(ledger_.Extend(77, now_));
}

TEST_F(LedgerTest, LastDeliveryIsExhaustedWhenItsWaitEnds) {
  Policy({.ack_wait = absl::Seconds(1), .max_deliver = 2});
  Deliver(1);
  Pass(absl::Seconds(1));
  EXPECT_THAT(Due(), ElementsAre(1));
  Deliver(1);
  EXPECT_THAT(Exhausted(), IsEmpty());
  Pass(absl::Seconds(1));
  EXPECT_THAT(Exhausted(), ElementsAre(1));
  EXPECT_TRUE(ledger_.empty());
  EXPECT_THAT(Exhausted(), IsEmpty());
}

TEST_F(LedgerTest, NakOfTheLastDeliveryExhaustsAtOnce) {
  Policy({.ack_wait = absl::Seconds(30), .max_deliver = 1});
  Deliver(1);
  const auto released = Nak(1, absl::Seconds(5));
  EXPECT_TRUE(released.exhausted);
  EXPECT_EQ(released.entry->count, 1);
  EXPECT_TRUE(ledger_.empty());
}

TEST_F(LedgerTest, DelayedNakOfAnEarlierDeliveryIsNotExhaustedByTheDelay) {
  Policy({.ack_wait = absl::Seconds(30), .max_deliver = 2});
  Deliver(1);
  Nak(1, absl::Seconds(5));
  Pass(absl::Seconds(5));
  EXPECT_THAT(Due(), ElementsAre(1));
}

TEST_F(LedgerTest, RejectSettles) {
  Deliver(1);
  EXPECT_TRUE(ledger_.Reject(1).has_value());
  EXPECT_TRUE(ledger_.empty());
}

TEST_F(LedgerTest, AckThroughSettlesEverythingUpTo) {
  for (Offset offset : {1, 3, 5, 8}) Deliver(offset);
  Nak(3);
  std::vector<Offset> settled;
  for (const Delivery& d : ledger_.AckThrough(6)) settled.push_back(d.offset);
  EXPECT_THAT(settled, ElementsAre(1, 3, 5));
  EXPECT_THAT(ledger_.NextDue(), IsEmpty());
  EXPECT_EQ(ledger_.lowest(), 8);
}

TEST_F(LedgerTest, ClaimTakesWhatIsIdleLongEnough) {
  Deliver(1, kAnna);
  Pass(absl::Seconds(59));
  EXPECT_FALSE(ledger_.Claim(1, kBert, now_, absl::Seconds(60)).has_value());
  Pass(absl::Seconds(1));
  const auto claimed = ledger_.Claim(1, kBert, now_, absl::Seconds(60));
  ASSERT_TRUE(claimed.has_value());
  EXPECT_EQ(claimed->consumer, kBert);
  EXPECT_EQ(claimed->count, 2);
  EXPECT_EQ(claimed->delivered_at, now_);
}

TEST_F(LedgerTest, ClaimCanKeepOrSetTheCountAndTheTime) {
  Deliver(1);
  EXPECT_EQ(ledger_.Claim(1, kBert, now_, {}, {.keep_count = true})->count, 1);
  const absl::Time earlier = now_ - absl::Seconds(5);
  const auto claimed = ledger_.Claim(1, kBert, now_, {}, {.count = 9, .delivered_at = earlier});
  EXPECT_EQ(claimed->count, 9);
  EXPECT_EQ(claimed->delivered_at, earlier);
}

TEST_F(LedgerTest, ForcedClaimMakesAnEntryThatCountsAsDeliveredOnce) {
  EXPECT_FALSE(ledger_.Claim(1, kBert, now_, {}).has_value());
  EXPECT_EQ(ledger_.Claim(1, kBert, now_, absl::Hours(1), {.force = true})->count, 2);
  EXPECT_EQ(ledger_.Claim(2, kBert, now_, {}, {.keep_count = true, .force = true})->count, 1);
  EXPECT_THAT(PendingOf(kBert), ElementsAre(1, 2));
}

TEST_F(LedgerTest, ClaimTakesAReleasedEntryOutOfTheQueue) {
  Deliver(1, kAnna);
  Nak(1);
  ASSERT_TRUE(ledger_.Claim(1, kBert, now_, {}).has_value());
  EXPECT_THAT(ledger_.NextDue(), IsEmpty());
}

TEST_F(LedgerTest, ADeliveryTakenBackDoesNotCount) {
  Policy({.ack_wait = absl::Seconds(30), .max_deliver = 1});
  Deliver(1);
  const std::optional<Delivery> retracted = ledger_.Retract(1, now_);
  ASSERT_TRUE(retracted.has_value());
  EXPECT_EQ(retracted->count, 0);
  EXPECT_TRUE(retracted->due);
  EXPECT_FALSE(ledger_.Retract(1, now_).has_value()) << "it is due already";
  EXPECT_FALSE(ledger_.Retract(2, now_).has_value());
  EXPECT_THAT(Due(), ElementsAre(1));
  EXPECT_EQ(Deliver(1).count, 1);
  Pass(absl::Seconds(30));
  EXPECT_THAT(Exhausted(), ElementsAre(1));
}

TEST_F(LedgerTest, ARetractedDeliveryIsDueHoweverManyThereWere) {
  Policy({.ack_wait = absl::Seconds(30), .max_deliver = 5});
  for (int i = 0; i < 4; ++i) Deliver(1);
  ledger_.set_policy({.ack_wait = absl::Seconds(30), .max_deliver = 2});
  EXPECT_EQ(ledger_.Retract(1, now_)->count, 3);
  EXPECT_THAT(Exhausted(), IsEmpty());
  EXPECT_THAT(Due(), ElementsAre(1));
}

TEST_F(LedgerTest, DeliveryCountSaturates) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  Deliver(1);
  ledger_.Claim(1, kAnna, now_, {}, {.count = kMost});
  EXPECT_EQ(Deliver(1).count, kMost);
}

TEST_F(LedgerTest, ForEachStaysInItsRangeAndStopsWhenTold) {
  for (Offset offset : {1, 2, 3, 4, 5}) Deliver(offset, offset % 2 == 0 ? kBert : kAnna);
  std::vector<Offset> seen;
  ledger_.ForEach(2, 5, std::nullopt, [&](const Delivery& d) {
    seen.push_back(d.offset);
    return seen.size() < 2;
  });
  EXPECT_THAT(seen, ElementsAre(2, 3));
  EXPECT_THAT(PendingOf(kBert), ElementsAre(2, 4));
  EXPECT_THAT(PendingOf(99), IsEmpty());
}

TEST_F(LedgerTest, TrimmedRecordsAreForgotten) {
  Policy({.ack_wait = absl::Seconds(1)});
  for (Offset offset : {1, 2, 3, 4}) Deliver(offset);
  Nak(2);
  EXPECT_EQ(ledger_.Remove(0, 3).size(), 2u);
  EXPECT_EQ(ledger_.lowest(), 3);
  Pass(absl::Seconds(1));
  EXPECT_THAT(Due(), ElementsAre(3, 4));
}

TEST_F(LedgerTest, ConsumerGoesWithAllItHolds) {
  for (Offset offset : {1, 2, 3}) Deliver(offset, offset == 2 ? kBert : kAnna);
  EXPECT_EQ(ledger_.RemoveConsumer(kAnna).size(), 2u);
  EXPECT_THAT(PendingOf(std::nullopt), ElementsAre(2));
  EXPECT_THAT(ledger_.RemoveConsumer(kAnna), IsEmpty());
}

TEST_F(LedgerTest, RoomShrinksWithWhatIsOutstanding) {
  EXPECT_EQ(ledger_.Room(), std::numeric_limits<int64_t>::max());
  Policy({.max_outstanding = 2});
  Deliver(1);
  EXPECT_EQ(ledger_.Room(), 1);
  Deliver(2);
  Deliver(3);
  EXPECT_EQ(ledger_.Room(), 0);
  Nak(1);  // due entries still take room
  ledger_.Ack(2);
  EXPECT_EQ(ledger_.Room(), 0);
  ledger_.Ack(3);
  EXPECT_EQ(ledger_.Room(), 1);
}

TEST_F(LedgerTest, RestoredEntriesAreAsTheyWere) {
  Policy({.ack_wait = absl::Seconds(30)});
  Deliver(1, kAnna);
  Deliver(1, kBert);
  Deliver(2, kAnna);
  Nak(2, absl::Seconds(5));
  Deliver(3);
  Nak(3);
  Ledger reborn(ledger_.policy());
  ledger_.ForEach(0, 10, std::nullopt, [&](const Delivery& d) {
    reborn.Restore(d);
    return true;
  });
  for (Offset offset : {1, 2, 3}) EXPECT_EQ(reborn.Find(offset), ledger_.Find(offset));
  EXPECT_EQ(reborn.redelivered(), 1);
  EXPECT_EQ(reborn.PendingOf(kBert), 1);
  EXPECT_THAT(reborn.Expire(now_).due, ElementsAre(3));
  EXPECT_THAT(reborn.Expire(now_ + absl::Seconds(30)).due, ElementsAre(1, 2));
}

TEST_F(LedgerTest, ChangedPolicyHoldsFromTheNextDeliveryOn) {
  Policy({.ack_wait = absl::Seconds(30)});
  Deliver(1);
  ledger_.set_policy({.ack_wait = absl::Seconds(5)});
  EXPECT_EQ(ledger_.NextDeadline(), now_ + absl::Seconds(30));
  EXPECT_EQ(Deliver(2).deadline, now_ + absl::Seconds(5));
}

TEST_F(LedgerTest, WhatWasNeverAnybodysIsDisownedToo) {
  ledger_.Deliver(4, kNobody, now_, 0);
  Deliver(5);
  EXPECT_EQ(ledger_.Disown(4, now_, 3)->count, 3);
  EXPECT_EQ(ledger_.OldestDelivery(), absl::InfinitePast());
  EXPECT_THAT(Idle(now_), ElementsAre(4, 5));
}

TEST_F(LedgerTest, DisownedEntriesWaitInOrderAndBelongToNobody) {
  for (Offset offset : {1, 2, 3}) Deliver(offset);
  EXPECT_EQ(ledger_.Disown(3, now_, std::nullopt)->count, 1);
  EXPECT_EQ(ledger_.Disown(1, now_, 5)->count, 5);
  EXPECT_EQ(ledger_.Disown(9, now_, std::nullopt), std::nullopt);
  EXPECT_THAT(PendingOf(kAnna), ElementsAre(2));
  EXPECT_THAT(PendingOf(kNobody), ElementsAre(1, 3));
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(Idle(now_), ElementsAre(3, 1, 2));
  EXPECT_EQ(ledger_.OldestDelivery(), absl::InfinitePast());
  EXPECT_EQ(ledger_.Claim(3, kBert, now_, absl::Hours(1))->count, 2);
  EXPECT_EQ(ledger_.Claim(2, kBert, now_, absl::Hours(1)), std::nullopt);
  EXPECT_THAT(Idle(now_), ElementsAre(1, 2, 3));
}

TEST_F(LedgerTest, ADisownedEntryKeepsItsPlaceWhenItIsDisownedAgainAndWhenItIsRestored) {
  for (Offset offset : {1, 2}) Deliver(offset);
  ledger_.Disown(2, now_, std::nullopt);
  ledger_.Disown(1, now_, std::nullopt);
  ledger_.Disown(2, now_, std::nullopt);
  Ledger reborn(ledger_.policy());
  ledger_.ForEach(0, 10, std::nullopt, [&](const Delivery& d) {
    reborn.Restore(d);
    return true;
  });
  ledger_ = std::move(reborn);
  EXPECT_THAT(Idle(now_), ElementsAre(2, 1));
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(LedgerTest, IdleEntriesComeInTheOrderOfTheirDeliveryWhateverHappensToThem) {
  for (Offset offset : {1, 2, 3, 4}) {
    Deliver(offset);
    Pass(absl::Seconds(1));
  }
  const absl::Time start = now_ - absl::Seconds(4);
  EXPECT_THAT(Idle(start + absl::Seconds(2)), ElementsAre(1, 2, 3));
  EXPECT_EQ(ledger_.OldestDelivery(), start);
  Deliver(1);
  ledger_.Ack(2);
  EXPECT_THAT(Idle(now_), ElementsAre(3, 4, 1));
  ledger_.PassOver(3);
  EXPECT_THAT(Idle(now_), ElementsAre(4, 1));
  EXPECT_EQ(ledger_.OldestDelivery(), start + absl::Seconds(3));
  ledger_.Claim(3, kBert, now_, absl::ZeroDuration());
  EXPECT_THAT(Idle(now_), ElementsAre(4, 1, 3));
}

TEST_F(LedgerTest, CountsMayBeAsLargeAsANumberCanBe) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  Deliver(1);
  ledger_.Claim(1, kBert, now_, absl::ZeroDuration(), {.count = kLargest});
  EXPECT_EQ(Deliver(1).count, kLargest);
  EXPECT_EQ(ledger_.redelivered(), 1);
  ledger_.Claim(1, kBert, now_, absl::ZeroDuration(), {.count = 1});
  EXPECT_EQ(ledger_.Find(1)->count, 1);
  EXPECT_EQ(ledger_.redelivered(), 0);
}

}  // namespace
}  // namespace braid::engine
