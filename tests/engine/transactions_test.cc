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
#include "tests/storage/counting_filesystem.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kTimeout = absl::Seconds(60);

// Does something when the engine asks for the time: between two steps of what it is at.
class HookedClock : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}

  absl::Time Now() const override {
    if (hook_ && skip_-- == 0) std::exchange(hook_, nullptr)();
    return clock_.Now();
  }
  // After it was asked `skip` more times.
  void Hook(int64_t skip, std::function<void()> hook) {
    skip_ = skip;
    hook_ = std::move(hook);
  }

 private:
  const Clock& clock_;
  mutable int64_t skip_ = 0;
  mutable std::function<void()> hook_;
};

// Does something after the engine has read from a file.
class HookedFiles : public CountingFileSystem {
 public:
  using CountingFileSystem::CountingFileSystem;
  using Hook = std::function<void()>;

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    auto file = CountingFileSystem::OpenRead(path);
    if (!file.ok()) return file.status();
    return std::make_unique<File>(*std::move(file), hook_);
  }
  void HookOnce(Hook hook) { *hook_ = std::move(hook); }

 private:
  class File : public ReadFile {
   public:
    File(std::unique_ptr<ReadFile> base, std::shared_ptr<Hook> hook)
        : base_(std::move(base)), hook_(std::move(hook)) {}
    absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
      auto bytes = base_->Read(offset, n);
      if (const Hook hook = std::exchange(*hook_, nullptr)) hook();
      return bytes;
    }
    absl::StatusOr<uint64_t> Size() const override { return base_->Size(); }

   private:
    const std::unique_ptr<ReadFile> base_;
    const std::shared_ptr<Hook> hook_;
  };

  const std::shared_ptr<Hook> hook_ = std::make_shared<Hook>();
};

class TransactionsTest : public EngineTest {
 protected:
  void OpenWith(const std::function<void(EngineOptions&)>& change) {
    catalog_ = nullptr;
    EngineOptions options = Options();
    change(options);
    auto catalog = Catalog::Open(options);
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = *std::move(catalog);
  }

  Transactions& transactions() { return catalog_->transactions(); }

  ProducerIdentity Init(std::string_view id = "t") {
    auto producer = transactions().Init(id, kTimeout, std::nullopt, writes_);
    EXPECT_TRUE(producer.ok()) << producer.status();
    return producer.value_or(ProducerIdentity());
  }

  static Batch BatchOf(ProducerIdentity producer, int32_t sequence, std::string_view value,
                       bool transactional = true) {
    storage::BatchBuilder builder({.attributes = static_cast<uint16_t>(transactional ? 0x10 : 0),
                                   .producer_id = producer.id,
                                   .producer_epoch = producer.epoch,
                                   .base_sequence = sequence});
    RecordView record;
    record.key = "k";
    record.value = value;
    record.timestamp_ms = 1000;
    builder.Add(record);
    return builder.Build();
  }

  absl::StatusOr<AppendResult> Produce(const StreamPtr& stream, ProducerIdentity producer,
                                       int32_t sequence, std::string_view value, bool adds = true,
                                       std::string_view id = "t") {
    return transactions().Append(id, producer, stream, BatchOf(producer, sequence, value), adds,
                                 writes_);
  }

  absl::Status SendOffset(ProducerIdentity producer, std::string_view group,
                          const StreamPtr& stream, PendingOffset offset, bool adds = true) {
    return transactions().SendOffsets("t", producer, group, {{stream, std::move(offset)}}, adds,
                                      writes_);
  }
  bool HasPendingOffset(std::string_view group, const StreamPtr& stream) {
    return transactions().PendingStreams(group).contains(stream->identity().id);
  }

  absl::StatusOr<ProducerIdentity> End(ProducerIdentity producer, bool commit, bool bumps = true,
                                       std::string_view id = "t") {
    auto ended = transactions().Prepare(id, producer, commit, bumps, writes_);
    if (!ended.ok()) return ended.status();
    Commit();
    if (ended->finish) {
      EXPECT_TRUE(transactions().Finish(id, *ended, writes_).ok());
    }
    Commit();
    return ended->producer;
  }

  // Offsets of the records that a reader of committed ones is given, markers left out.
  static std::vector<Offset> Committed(const StreamPtr& stream) {
    auto read = stream->ReadCommitted(stream->start_offset(), {});
    EXPECT_TRUE(read.ok()) << read.status();
    std::vector<Offset> offsets;
    for (const Batch& batch : read->read.batches) {
      const BatchHeader& header = batch.header();
      if (header.control()) continue;
      const bool aborted =
          std::any_of(read->aborted.begin(), read->aborted.end(), [&](const AbortedTransaction& a) {
            return header.transactional() && a.producer_id == header.producer_id &&
                   a.first_offset <= header.base_offset &&
                   EndsBehind(read->read.batches, a, header.base_offset);
          });
      if (!aborted) offsets.push_back(header.base_offset);
    }
    return offsets;
  }
  // As clients do: an aborted transaction lasts up to its producer's next marker.
  static bool EndsBehind(const std::vector<Batch>& batches, const AbortedTransaction& aborted,
                         Offset offset) {
    for (const Batch& batch : batches) {
      const BatchHeader& header = batch.header();
      if (!header.control() || header.producer_id != aborted.producer_id) continue;
      if (header.base_offset > aborted.first_offset) return header.base_offset > offset;
    }
    return false;
  }

  Errc CodeOfEnd(ProducerIdentity producer, bool commit, bool bumps) {
    return CodeOf(End(producer, commit, bumps).status());
  }
};

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

TEST_F(TransactionsTest, EverythingSurvivesARestart) {
  StreamPtr stream = Create("s");
  StreamPtr other = Create("o");
  ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "gone").ok());
  producer = End(producer, false).value();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  ASSERT_TRUE(Produce(other, producer, 0, "b").ok());
  ASSERT_TRUE(SendOffset(producer, "g", stream, {.offset = 3, .metadata = ""}).ok());
  Commit();
  Reopen();
  stream = Find("s");
  other = Find("o");
  EXPECT_EQ(stream->last_stable_offset(), 2);
  EXPECT_EQ(stream->State().records, 2);
  EXPECT_TRUE(HasPendingOffset("g", stream));
  ASSERT_TRUE(End(producer, true).ok());
  EXPECT_THAT(Committed(stream), ElementsAre(2));
  EXPECT_THAT(Committed(other), ElementsAre(0));
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 3);
  Reopen();
  EXPECT_THAT(Committed(Find("s")), ElementsAre(2));
  EXPECT_EQ(Find("s")->State().records, 2);
}

TEST_F(TransactionsTest, WhatWasDecidedIsCarriedOutByTheNextStart) {
  StreamPtr stream = Create("s");
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  ASSERT_TRUE(SendOffset(producer, "g", stream, {.offset = 1, .metadata = ""}).ok());
  ASSERT_TRUE(transactions().Prepare("t", producer, true, true, writes_).ok());
  EXPECT_EQ(CodeOf(Produce(stream, producer, 1, "late").status()), Errc::kProducerFenced);
  Commit();
  Reopen();
  stream = Find("s");
  EXPECT_THAT(Committed(stream), ElementsAre(0));
  EXPECT_EQ(stream->last_stable_offset(), 2);
  EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 1);
}

// What ends while a checkpoint is written does not come back as it was before.
TEST_F(TransactionsTest, CheckpointsKeepTheNewestState) {
  HookedClock clock(clock_);
  OpenWith([&](EngineOptions& options) { options.clock = &clock; });
  StreamPtr stream = Create("s");
  Init("a");
  const ProducerIdentity producer = Init("b");
  ASSERT_TRUE(Produce(stream, producer, 0, "b", true, "b").ok());
  ASSERT_TRUE(transactions()
                  .SendOffsets("b", producer, "g", {{stream, {.offset = 100, .metadata = ""}}},
                               true, writes_)
                  .ok());
  const auto ended = transactions().Prepare("b", producer, true, true, writes_);
  ASSERT_TRUE(ended.ok());
  Commit();
  bool finished = false;
  clock.Hook(0, [&] { finished = transactions().Finish("b", *ended, writes_).ok(); });
  transactions().Emit(catalog_->journal());  // of "a", and then of "b"
  EXPECT_TRUE(finished);
  ASSERT_TRUE(CommitOffset(*stream, "g", 200, "", -1, writes_).ok());
  Commit();
  stream = nullptr;
  Reopen();
  EXPECT_EQ(transactions().Describe("b")->transaction.state, TransactionState::kCompleteCommit);
  EXPECT_EQ(engine::OffsetsOf(*Find("s"), "g")->committed().offset, 200);
}

TEST_F(TransactionsTest, DecisionsAreAsDurableAsAnyStreamOfTheirs) {
  StreamOptions synced;
  synced.durability = Durability::kSync;
  const StreamPtr fast = Create("fast");
  const StreamPtr safe = Create("safe", synced);
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(fast, producer, 0, "a").ok());
  ASSERT_TRUE(Produce(safe, producer, 0, "a").ok());
  Commit();
  ASSERT_TRUE(catalog_->Flush().ok());
  const auto ended = transactions().Prepare("t", producer, true, true, writes_);
  ASSERT_TRUE(ended.ok());
  const auto ticket = catalog_->Commit(writes_);
  ASSERT_TRUE(ticket.ok());
  EXPECT_TRUE(ticket->needs_sync);
  EXPECT_FALSE(*catalog_->IsDurable(*ticket));
}

// The one who decided may wait for the disk for long.
TEST_F(TransactionsTest, NobodyElseCarriesOutWhatIsNotDurable) {
  StreamOptions synced;
  synced.durability = Durability::kSync;
  const StreamPtr stream = Create("s", synced);
  const ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "a").ok());
  Commit();
  ASSERT_TRUE(catalog_->Flush().ok());
  ASSERT_TRUE(transactions().Prepare("t", producer, true, true, writes_).ok());
  Commit();
  files_->SetFaults({.fail_sync = 1});
  Advance(absl::Seconds(2));
  EXPECT_EQ(stream->last_stable_offset(), 0) << "told by a timer";
  EXPECT_EQ(CodeOf(transactions().Init("t", kTimeout, std::nullopt, writes_).status()),
            Errc::kConcurrentTransactions);
  EXPECT_EQ(stream->last_stable_offset(), 0) << "told by the next producer";
}

// A power cut may keep the records and take the journal's word that they are of a new transaction.
TEST_F(TransactionsTest, WhatWasNotEndedIsNeverCommitted) {
  int met = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const bool bumps : {false, true}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + (bumps ? ", bumps" : ""));
      catalog_ = nullptr;
      files_ = FaultFileSystem::Create(seed);
      Open();
      StreamPtr stream = Create("s");
      ASSERT_TRUE(Produce(stream, Init(), 0, "old").ok());
      const ProducerIdentity producer =
          End(transactions().Describe("t")->transaction.producer, true, bumps).value();
      ASSERT_TRUE(catalog_->Flush().ok());
      ASSERT_TRUE(Produce(stream, producer, bumps ? 0 : 1, "new").ok());
      Commit();
      files_->FailOperation(1);  // the stream is synced, the journal is not
      EXPECT_FALSE(catalog_->Flush().ok());
      stream = nullptr;
      catalog_ = nullptr;
      files_->Crash();
      Open();
      stream = Find("s");
      const bool lost = !transactions().Describe("t")->transaction.ongoing();
      if (lost && ValuesOf(stream).size() == 2) ++met;
      Advance(kTimeout);
      EXPECT_THAT(Committed(stream), ElementsAre(0));
      EXPECT_EQ(stream->last_stable_offset(), stream->next_offset());
    }
  }
  EXPECT_GT(met, 10);
}

// Nor does one begun since have a say in what the markers that a power cut took would have told.
TEST_F(TransactionsTest, WhatWasDecidedOutlivesTheNextTransaction) {
  int met = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    for (const bool bumps : {false, true}) {
      SCOPED_TRACE("seed " + std::to_string(seed) + (bumps ? ", bumps" : ""));
      catalog_ = nullptr;
      files_ = FaultFileSystem::Create(seed);
      Open();
      StreamPtr stream = Create("s");
      const ProducerIdentity first = Init();
      ASSERT_TRUE(Produce(stream, first, 0, "a").ok());
      Commit();
      ASSERT_TRUE(catalog_->Flush().ok());
      const ProducerIdentity next = End(first, true, bumps).value();
      const StreamPtr streams[] = {stream};
      ASSERT_TRUE(transactions().AddStreams("t", next, streams, writes_).ok());
      ASSERT_TRUE(catalog_->journal().FlushAndSync().ok());
      stream = nullptr;
      catalog_ = nullptr;
      files_->Crash();
      Open();
      stream = Find("s");
      Advance(kTimeout);
      EXPECT_THAT(Committed(stream), ElementsAre(0));
      if (stream->next_offset() == 2) ++met;
    }
  }
  EXPECT_GT(met, 0);
}

// Whatever a power cut leaves: after the next start no transaction hangs, and each is in all of its
// streams or in none, once its producer was told so.
TEST_F(TransactionsTest, PowerCutsLeaveNothingHalfDone) {
  for (uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    files_ = FaultFileSystem::Create(seed);
    files_->SetFaults({.reorder = true});
    Open();
    StreamPtr streams[] = {Create("a"), Create("b"), Create("c")};
    ASSERT_TRUE(catalog_->Flush().ok());
    ProducerIdentity producer = Init();
    std::vector<std::pair<int, bool>> told;  // number -> committed, as its producer was told
    const int upto = static_cast<int>(seed % 7) + 1;
    for (int n = 0; n < upto; ++n) {
      for (const StreamPtr& stream : streams) {
        ASSERT_TRUE(Produce(stream, producer, 0, std::to_string(n)).ok());
      }
      const bool commit = (seed + static_cast<uint64_t>(n)) % 3 != 0;
      auto ended = transactions().Prepare("t", producer, commit, true, writes_);
      ASSERT_TRUE(ended.ok());
      Commit();
      if (seed % 2 == 0) ASSERT_TRUE(catalog_->Flush().ok());
      if (n + 1 == upto && seed % 5 == 0) break;
      ASSERT_TRUE(transactions().Finish("t", *ended, writes_).ok());
      Commit();
      producer = ended->producer;
      if (seed % 2 != 0 || n + 1 == upto) continue;
      ASSERT_TRUE(catalog_->Flush().ok());
      told.emplace_back(n, commit);
    }
    const std::string unended = std::to_string(upto);
    if (seed % 4 == 0 && seed % 5 != 0) {  // one is begun, and no more
      for (const StreamPtr& stream : streams) {
        ASSERT_TRUE(Produce(stream, producer, 0, unended).ok());
      }
      Commit();
      files_->FailOperation(static_cast<int64_t>(seed / 4 % 5));
      catalog_->Flush().IgnoreError();
      files_->FailOperation(-1);
    }
    catalog_ = nullptr;
    files_->Crash();
    Open();
    Advance(kTimeout);  // of one whose end was lost
    std::set<std::string> seen[3];
    for (int i = 0; i < 3; ++i) {
      const StreamPtr stream = Find(std::string(1, static_cast<char>('a' + i)));
      EXPECT_EQ(stream->last_stable_offset(), stream->next_offset()) << "one hangs";
      for (const Offset offset : Committed(stream)) {
        seen[i].insert(std::string(stream->ReadOne(offset)->value.value_or("")));
      }
    }
    for (const auto& values : seen) EXPECT_FALSE(values.contains(unended));
    for (const auto& [n, commit] : told) {
      for (const auto& values : seen) EXPECT_EQ(values.contains(std::to_string(n)), commit) << n;
    }
    if (seed % 2 == 0) {  // each decision was durable before anybody heard of it
      EXPECT_EQ(seen[0], seen[1]);
      EXPECT_EQ(seen[0], seen[2]);
    }
  }
}

TEST_F(TransactionsTest, CompactionDropsAbortedRecordsAndKeepsMarkers) {
  StreamOptions options;
  options.compact = true;
  options.min_dirty_ratio = 0;
  const StreamPtr stream = Create("s", options);
  ProducerIdentity producer = Init();
  ASSERT_TRUE(Produce(stream, producer, 0, "kept").ok());
  producer = End(producer, true).value();
  ASSERT_TRUE(Produce(stream, producer, 0, "aborted").ok());  // would supersede the one before
  producer = End(producer, false).value();
  ASSERT_TRUE(Produce(stream, producer, 0, "open").ok());
  const std::string filler(2000, 'f');
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Publish(stream, "other", filler).ok());
  Commit();
  for (int i = 0; catalog_->Maintain().more; ++i) ASSERT_LT(i, 1000) << "upkeep never ends";
  std::vector<std::string> values = ValuesOf(stream);
  EXPECT_EQ(values.front(), "kept");
  EXPECT_EQ(std::count(values.begin(), values.end(), "aborted"), 0);
  EXPECT_EQ(std::count(values.begin(), values.end(), "open"), 1);
  const auto read = stream->ReadCommitted(0, {});
  ASSERT_TRUE(read.ok());
  const auto markers = std::count_if(read->read.batches.begin(), read->read.batches.end(),
                                     [](const Batch& batch) { return batch.header().control(); });
  EXPECT_EQ(markers, 2);
}

}  // namespace
}  // namespace braid::engine
