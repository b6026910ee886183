// Transactions: who may do what and when, what readers see, and what is left of them after crashes.
#include "engine/transactions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "absl/synchronization/notification.h"
#include "engine/group_offsets.h"
#include "engine/journal.h"
#include "engine/share_partitions.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "tests/engine/engine_fixture.h"
#include "tests/engine/transactions_fixture.h"
#include "tests/storage/counting_filesystem.h"

namespace braid::engine {
namespace {

TEST_F(TransactionsTest, RecordsCountOnceTheyAreCommitted) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  EXPECT_EQ(producer.epoch, 0);
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  ASSERT_TRUE(Produce(stream, producer, 1, "b").ok());
  EXPECT_EQ(stream->last_stable_offset(), 0);
  EXPECT_THAT(Committed(stream), IsEmpty());
  const auto next = End(producer, true);
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->id, producer.id);
  EXPECT_EQ(next->epoch, 1);
  EXPECT_THAT(Committed(stream), ElementsAre(0, 1));
  EXPECT_EQ(stream->last_stable_offset(), 3) << "a marker takes an offset";
  EXPECT_EQ(stream->State().records, 2) << "and is no record";
  EXPECT_THAT(ValuesOf(stream), ElementsAre("a", "b"));
}

TEST_F(TransactionsTest, AbortedRecordsArePassedOver) {
  const StreamPtr stream = Create("s");
  ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "gone").ok());
  producer = End(producer, false).value();
  ASSERT_TRUE(Produce(stream, producer, 0, "stays").ok());
  producer = End(producer, true).value();
  ASSERT_TRUE(Produce(stream, producer, 0, "gone too").ok());
  producer = End(producer, false).value();
  EXPECT_THAT(Committed(stream), ElementsAre(2));
  const auto read = stream->ReadCommitted(0, {});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->aborted,
              ElementsAre(AbortedTransaction{producer.id, 0}, AbortedTransaction{producer.id, 4}));
  // Behind the first transaction it is of no concern.
  const auto later = stream->ReadCommitted(2, {});
  ASSERT_TRUE(later.ok());
  EXPECT_THAT(later->aborted, ElementsAre(AbortedTransaction{producer.id, 4}));
}

// What was aborted is told with what is read: a trim between the two must not keep the one from
// the other.
TEST_F(TransactionsTest, ReadersOfWhatIsTrimmedMeanwhileAreTooLate) {
  StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "gone").ok());
  ASSERT_TRUE(End(producer, false).ok());
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(Publish(stream, "x", std::string(700, 'f')).ok());
    Commit();
  }
  stream = nullptr;
  HookedFiles files(*files_);
  OpenWith([&](EngineOptions& options) { options.filesystem = &files; });
  stream = Find("s");
  bool trimmed = false;
  files.HookOnce([&] { trimmed = stream->TrimTo(stream->next_offset(), writes_).ok(); });
  const auto read = stream->ReadCommitted(0, {});
  EXPECT_TRUE(trimmed);
  EXPECT_EQ(CodeOf(read.status()), Errc::kOffsetOutOfRange);
  stream = nullptr;
  writes_.TakeStreams();
  catalog_ = nullptr;
}

TEST_F(TransactionsTest, ReadersStopNoLowerThanTheStart) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "open").ok());
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(Publish(stream, "x", "x").ok());
  Commit();
  ASSERT_TRUE(stream->TrimTo(10, writes_).ok());
  EXPECT_EQ(stream->last_stable_offset(), 10);
  const auto read = stream->ReadCommitted(10, {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->last_stable_offset, 10);
  ASSERT_TRUE(Produce(stream, producer, 1, "more").ok());
  EXPECT_EQ(stream->last_stable_offset(), 10) << "what is still open waits as ever";
  ASSERT_TRUE(End(producer, true).ok());
  EXPECT_THAT(Committed(stream), ElementsAre(10));
}

TEST_F(TransactionsTest, AbortedOnesAreListedAsTheyBegan) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity first = Init("first");
  const ProducerIdentity second = Init("second");
  ASSERT_TRUE(Produce(stream, first, 0, "gone", true, "first").ok());
  ASSERT_TRUE(Produce(stream, second, 0, "gone too", true, "second").ok());
  ASSERT_TRUE(End(second, false, true, "second").ok());
  ASSERT_TRUE(End(first, false, true, "first").ok());
  const auto read = stream->ReadCommitted(0, {});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->aborted,
              ElementsAre(AbortedTransaction{first.id, 0}, AbortedTransaction{second.id, 1}));
}

TEST_F(TransactionsTest, ReadersWaitForTheOldestOpenTransaction) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity slow = Init("slow");
  const ProducerIdentity fast = Init("fast");
  ASSERT_TRUE(Produce(stream, slow, 0, "slow", true, "slow").ok());
  ASSERT_TRUE(Produce(stream, fast, 0, "fast", true, "fast").ok());
  ASSERT_TRUE(End(fast, true, true, "fast").ok());
  EXPECT_EQ(stream->last_stable_offset(), 0);
  EXPECT_THAT(Committed(stream), IsEmpty());
  ASSERT_TRUE(End(slow, false, true, "slow").ok());
  EXPECT_THAT(Committed(stream), ElementsAre(1));
  const auto read = stream->ReadCommitted(0, {});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->aborted, ElementsAre(AbortedTransaction{slow.id, 0}));
}

TEST_F(TransactionsTest, WhoeverTakesTheIdFencesAndAbortsWhatWasOngoing) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity first = Init();
  ASSERT_TRUE(Produce(stream, first, 0, "a").ok());
  const ProducerIdentity second = Init();
  EXPECT_EQ(second.id, first.id);
  EXPECT_GT(second.epoch, first.epoch);
  EXPECT_EQ(stream->last_stable_offset(), 2);
  EXPECT_THAT(Committed(stream), IsEmpty());
  EXPECT_EQ(CodeOf(Produce(stream, first, 1, "late").status()), Errc::kProducerFenced);
  EXPECT_EQ(CodeOf(End(first, true).status()), Errc::kProducerFenced);
  // Also one that is past the coordinator.
  EXPECT_EQ(CodeOf(stream->AppendBatch(BatchOf(first, 1, "late"), writes_).status()),
            Errc::kStaleProducerEpoch);
  ASSERT_TRUE(Produce(stream, second, 0, "b").ok());
  ASSERT_TRUE(End(second, true).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("a", "b"));
}

TEST_F(TransactionsTest, InitKnowsWhoAsks) {
  const ProducerIdentity first = Init();
  const auto again = transactions().Init("t", kTimeout, first, writes_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->epoch, first.epoch + 1);
  // Its answer was lost.
  EXPECT_EQ(transactions().Init("t", kTimeout, first, writes_).value(), *again);
  ProducerIdentity stranger = *again;
  stranger.id += 5;
  EXPECT_EQ(CodeOf(transactions().Init("t", kTimeout, stranger, writes_).status()),
            Errc::kProducerFenced);
  EXPECT_EQ(CodeOf(transactions().Init("t", absl::ZeroDuration(), std::nullopt, writes_).status()),
            Errc::kInvalidTransactionTimeout);
  EXPECT_EQ(CodeOf(transactions().Init("t", absl::Minutes(16), std::nullopt, writes_).status()),
            Errc::kInvalidTransactionTimeout);
}

TEST_F(TransactionsTest, RefusesWhatIsNotItsProducers) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  EXPECT_EQ(CodeOf(Produce(stream, producer, 0, "x", true, "nobody").status()),
            Errc::kInvalidProducerMapping);
  ProducerIdentity other = producer;
  ++other.id;
  EXPECT_EQ(CodeOf(Produce(stream, other, 0, "x").status()), Errc::kInvalidProducerMapping);
  ProducerIdentity newer = producer;
  ++newer.epoch;
  EXPECT_EQ(CodeOf(Produce(stream, newer, 0, "x").status()), Errc::kProducerFenced);
  // Without the stream having been added.
  EXPECT_EQ(CodeOf(Produce(stream, producer, 0, "x", /*adds=*/false).status()),
            Errc::kTransactionAbortable);
  const StreamPtr streams[] = {stream};
  ASSERT_TRUE(transactions().AddStreams("t", producer, streams, writes_).ok());
  EXPECT_TRUE(transactions().Verify("t", producer, *stream).ok());
  EXPECT_TRUE(Produce(stream, producer, 0, "x", /*adds=*/false).ok());
  // Not in a transaction while it has one.
  EXPECT_EQ(CodeOf(stream->AppendBatch(BatchOf(producer, 1, "x", false), writes_).status()),
            Errc::kInvalidTransactionState);
}

// As Kafka's table has it, for producers of before KIP-890.
TEST_F(TransactionsTest, EndsWithoutNewEpochs) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  EXPECT_EQ(CodeOfEnd(producer, true, false), Errc::kInvalidTransactionState);
  EXPECT_EQ(CodeOfEnd(producer, false, false), Errc::kInvalidTransactionState);
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  EXPECT_EQ(End(producer, true, false).value(), producer);
  EXPECT_EQ(CodeOfEnd(producer, true, false), Errc::kOk) << "the answer was lost";
  EXPECT_EQ(CodeOfEnd(producer, false, false), Errc::kInvalidTransactionState);
  ASSERT_TRUE(Produce(stream, producer, 1, "b").ok()) << "sequences go on";
  EXPECT_EQ(End(producer, false, false).value(), producer);
  EXPECT_EQ(CodeOfEnd(producer, false, false), Errc::kOk);
  EXPECT_EQ(CodeOfEnd(producer, true, false), Errc::kInvalidTransactionState);
  EXPECT_THAT(Committed(stream), ElementsAre(0));
}

// And for those of since then.
TEST_F(TransactionsTest, EndsWithNewEpochs) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity first = Init();
  EXPECT_EQ(CodeOfEnd(first, true, true), Errc::kInvalidTransactionState);
  const ProducerIdentity second = End(first, false).value();  // of nothing: the epoch moves on
  EXPECT_EQ(second.epoch, first.epoch + 1);
  ASSERT_TRUE(Produce(stream, second, 0, "a").ok());
  const ProducerIdentity third = End(second, true).value();
  EXPECT_EQ(third.epoch, second.epoch + 1);
  EXPECT_EQ(End(second, true).value(), third) << "the answer was lost";
  EXPECT_EQ(CodeOfEnd(second, false, true), Errc::kInvalidTransactionState);
  EXPECT_EQ(CodeOfEnd(third, true, true), Errc::kInvalidTransactionState);
  const ProducerIdentity fourth = End(third, false).value();
  EXPECT_EQ(fourth.epoch, third.epoch + 1);
  EXPECT_EQ(CodeOfEnd(first, true, true), Errc::kProducerFenced);
}

TEST_F(TransactionsTest, EpochsThatRunOutMakeANewProducerId) {
  const StreamPtr stream = Create("s");
  ProducerIdentity producer = Init();
  const ProducerIdentity first = producer;
  while (producer.id == first.id) {
    const auto next = transactions().Prepare("t", producer, false, true, writes_);
    ASSERT_TRUE(next.ok());
    ASSERT_LE(next->producer.epoch, Transaction::kMaxEpoch);
    if (next->producer.epoch == Transaction::kMaxEpoch) {
      ASSERT_TRUE(Produce(stream, next->producer, 0, "last").ok());
      producer = End(next->producer, true).value();
    } else {
      producer = next->producer;
    }
  }
  EXPECT_EQ(producer.epoch, 0);
  EXPECT_THAT(Committed(stream), ElementsAre(0));
}

TEST_F(TransactionsTest, RepeatsWhileTheFirstEndIsCarriedOutAreToldToWait) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  const auto ended = transactions().Prepare("t", producer, true, true, writes_);
  ASSERT_TRUE(ended.ok());
  EXPECT_EQ(CodeOfEnd(producer, true, true), Errc::kConcurrentTransactions);
  EXPECT_EQ(CodeOfEnd(producer, false, true), Errc::kInvalidTransactionState);
  ASSERT_TRUE(transactions().Finish("t", *ended, writes_).ok());
  EXPECT_EQ(CodeOfEnd(producer, true, true), Errc::kOk);
}

TEST_F(TransactionsTest, OneThatTakesTooLongIsAborted) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  Commit();
  Advance(kTimeout - absl::Seconds(1));
  EXPECT_EQ(stream->last_stable_offset(), 0);
  Advance(absl::Seconds(1));
  EXPECT_EQ(stream->last_stable_offset(), 2);
  EXPECT_THAT(Committed(stream), IsEmpty());
  EXPECT_EQ(CodeOf(End(producer, true).status()), Errc::kProducerFenced);
}

TEST_F(TransactionsTest, IdleIdsAreForgotten) {
  Init();
  Commit();
  Advance(Transactions::kForgottenAfter - absl::Seconds(1));
  EXPECT_THAT(transactions().List(), SizeIs(1));
  Advance(absl::Seconds(1));
  EXPECT_THAT(transactions().List(), IsEmpty());
  Reopen();
  EXPECT_THAT(transactions().List(), IsEmpty());
}

TEST_F(TransactionsTest, WhoeverWasForgottenGetsAnotherProducerId) {
  const ProducerIdentity old = Init();
  Commit();
  Advance(Transactions::kForgottenAfter);
  EXPECT_THAT(transactions().List(), IsEmpty());
  const auto again = transactions().Init("t", kTimeout, old, writes_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(again->id, old.id);
  EXPECT_EQ(again->epoch, 0);
  EXPECT_EQ(CodeOf(transactions().Init("t", kTimeout, old, writes_).status()),
            Errc::kProducerFenced)
      << "the id is another's by now";
}

TEST_F(TransactionsTest, TimeOutsDoNotHoldOtherIdsUp) {
  HookedClock clock(clock_);
  OpenWith([&](EngineOptions& options) { options.clock = &clock; });
  const StreamPtr stream = Create("s");
  Init("other");
  ASSERT_TRUE(Produce(stream, Init(), 0, "a").ok());
  Commit();
  clock_.Advance(kTimeout);
  // While the markers are being written.
  absl::Notification done;
  std::thread somebody;
  bool in_time = false;
  clock.Hook(4, [&] {
    somebody = std::thread([&] {
      EXPECT_TRUE(transactions().Describe("other").has_value());
      done.Notify();
    });
    in_time = done.WaitForNotificationWithTimeout(absl::Seconds(10));
  });
  catalog_->Tick();
  ASSERT_TRUE(somebody.joinable());
  somebody.join();
  EXPECT_TRUE(in_time);
  EXPECT_EQ(stream->last_stable_offset(), 2);
  catalog_ = nullptr;
}

TEST_F(TransactionsTest, OffsetsCountOnceTheyAreCommitted) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(CommitOffset(*stream, "g", 1, "", -1, writes_).ok());
  ProducerIdentity producer = Init();
  EXPECT_EQ(CodeOf(SendOffset(producer, "g", stream, {.offset = 5, .metadata = ""},
                              /*adds=*/false)),
            Errc::kTransactionAbortable);
  ASSERT_TRUE(SendOffset(producer, "g", stream, {.offset = 5, .metadata = "m"}).ok());
  EXPECT_TRUE(HasPendingOffset("g", stream));
  EXPECT_FALSE(HasPendingOffset("h", stream));
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 1);
  producer = End(producer, true).value();
  EXPECT_FALSE(HasPendingOffset("g", stream));
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 5);
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().metadata, "m");
  ASSERT_TRUE(SendOffset(producer, "g", stream, {.offset = 9, .metadata = ""}).ok());
  ASSERT_TRUE(End(producer, false).ok());
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 5);
}

// A transaction is journaled whole: once, whatever a request has of partitions.
TEST_F(TransactionsTest, ManyPartitionsAreJournaledOnce) {
  constexpr int kPartitions = 200;
  Create("s", {}, kPartitions);
  const ProducerIdentity producer = Init();
  Commit();
  const std::vector<StreamPtr> streams = catalog_->FindTopic("s")->partitions;
  Transactions::SentOffsets offsets;
  for (const StreamPtr& stream : streams)
    offsets.push_back({stream, {.offset = 7, .metadata = ""}});
  const int64_t before = catalog_->journal().bytes();
  ASSERT_TRUE(transactions().AddStreams("t", producer, streams, writes_).ok());
  ASSERT_TRUE(transactions().SendOffsets("t", producer, "g", offsets, true, writes_).ok());
  Commit();
  EXPECT_LT(catalog_->journal().bytes() - before, 30 * kPartitions);
  ASSERT_TRUE(End(producer, true).ok());
  for (const StreamPtr& stream : streams) {
    EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 7);
  }
}

TEST_F(TransactionsTest, OffsetsOfGroupsThatShareAreRefused) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(EnsureSharePartition(*stream, "shares", {}, writes_).ok());
  const ProducerIdentity producer = Init();
  EXPECT_EQ(CodeOf(SendOffset(producer, "shares", stream, {.offset = 5, .metadata = ""})),
            Errc::kGroupNotFound);
  EXPECT_THAT(transactions().PendingStreams("shares"), IsEmpty());
}

TEST_F(TransactionsTest, GroupsThatShareSinceDoNotKeepTransactionsFromEnding) {
  const StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  ASSERT_TRUE(SendOffset(producer, "g", stream, {.offset = 5, .metadata = ""}).ok());
  ASSERT_TRUE(SendOffset(producer, "h", stream, {.offset = 6, .metadata = ""}).ok());
  ASSERT_TRUE(EnsureSharePartition(*stream, "g", {}, writes_).ok());
  const auto next = End(producer, true);
  ASSERT_TRUE(next.ok());
  EXPECT_THAT(Committed(stream), ElementsAre(0));
  EXPECT_EQ(engine::OffsetsOf(*stream, "h")->committed().offset, 6);
  EXPECT_TRUE(Produce(stream, *next, 0, "b").ok());
}

}  // namespace
}  // namespace braid::engine
