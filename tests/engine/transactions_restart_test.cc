// Transactions over restarts, power cuts, checkpoints and compaction.
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
