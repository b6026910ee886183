// A log that another broker wrote becomes a stream: offsets stay, and holes stay holes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ImportTest : public EngineTest {
 protected:
  // One record at each of these deltas from `base`, of which the batch has `offsets`.
  static Batch BatchAt(Offset base, const std::vector<int64_t>& deltas, int64_t offsets,
                       storage::BatchBuilder::Options options = {}) {
    options.base_offset = base;
    storage::BatchBuilder builder(options);
    for (const int64_t delta : deltas) {
      const std::string value = std::to_string(base + delta);
      RecordView record;
      record.value = value;
      record.timestamp_ms = 1000 + base + delta;
      builder.SkipTo(delta);
      builder.Add(record);
    }
    builder.SkipTo(offsets);
    return builder.Build();
  }
  static Batch Dense(Offset base, int64_t count) {
    std::vector<int64_t> deltas;
    for (int64_t delta = 0; delta < count; ++delta) deltas.push_back(delta);
    return BatchAt(base, deltas, count);
  }
  absl::Status Import(const StreamPtr& stream, const Batch& batch) {
    auto imported = stream->ImportBatch(batch, writes_);
    if (imported.ok()) EXPECT_EQ(imported->base_offset, batch.base_offset());
    Commit();
    return imported.status();
  }
  void ExpectStream(Offset start, Offset next, const std::vector<std::string>& values) {
    for (int life = 0; life < 2; ++life) {
      const StreamPtr stream = Find("s");
      EXPECT_EQ(stream->start_offset(), start);
      EXPECT_EQ(stream->next_offset(), next);
      EXPECT_EQ(stream->record_count(), static_cast<int64_t>(values.size()));
      EXPECT_EQ(ValuesOf(stream), values);
      Reopen();
    }
  }
};

TEST_F(ImportTest, EmptyStreamBeginsWhereTheLogDoes) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, Dense(100, 2)).ok());
  ExpectStream(100, 102, {"100", "101"});
}

TEST_F(ImportTest, HolesBetweenBatchesAreDeletedRecords) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, Dense(0, 2)).ok());
  ASSERT_TRUE(Import(stream, Dense(5, 1)).ok());
  ASSERT_TRUE(Import(stream, Dense(20000, 1)).ok());
  ExpectStream(0, 20001, {"0", "1", "5", "20000"});
}

TEST_F(ImportTest, HolesWithinBatchesAreDeletedRecords) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, BatchAt(0, {1, 4}, 7)).ok());
  ASSERT_TRUE(Import(stream, BatchAt(7, {}, 3)).ok());
  ASSERT_TRUE(Import(stream, Dense(10, 1)).ok());
  ExpectStream(1, 11, {"1", "4", "10"});
}

TEST_F(ImportTest, StreamGoesOnBehindAHoleAtTheEnd) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, Dense(0, 1)).ok());
  ASSERT_TRUE(stream->ContinueAt(4, writes_).ok());
  ASSERT_TRUE(Produce(stream, {"next"}, 5000).ok());
  Commit();
  ExpectStream(0, 5, {"0", "next"});
}

TEST_F(ImportTest, WhatLiesBelowTheEndIsRefused) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, Dense(0, 4)).ok());
  EXPECT_EQ(CodeOf(Import(stream, Dense(2, 1))), Errc::kInvalidArgument);
  ExpectStream(0, 4, {"0", "1", "2", "3"});
}

TEST_F(ImportTest, SequencesAreNotChecked) {
  const StreamPtr stream = Create("s");
  for (const int32_t sequence : {40, 7}) {
    ASSERT_TRUE(
        Import(stream, BatchAt(stream->next_offset(), {0}, 1,
                               {.producer_id = 9, .producer_epoch = 0, .base_sequence = sequence}))
            .ok());
  }
  ExpectStream(0, 2, {"0", "1"});
}

TEST_F(ImportTest, MarkersAreStoredAndNotRead) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Import(stream, Dense(0, 1)).ok());
  ASSERT_TRUE(Import(stream, BatchAt(1, {0}, 1, {.attributes = 0x30, .producer_id = 9})).ok());
  EXPECT_THAT(ValuesOf(stream), ElementsAre("0"));
  const auto read = stream->ReadBatches(1, {});
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->batches.size(), 1u);
  EXPECT_TRUE(read->batches[0].header().control());
  EXPECT_EQ(read->batches[0].header().producer_id, 9);
}

TEST_F(ImportTest, SkippedIdsAreNeverGiven) {
  catalog_->SkipIds(4712, writes_);
  Commit();
  EXPECT_GE(*catalog_->NextId(writes_), 4712);
  catalog_->SkipIds(12, writes_);
  const int64_t id = *catalog_->NextId(writes_);
  EXPECT_GE(id, 4712);
  Commit();
  Reopen();
  EXPECT_GT(*catalog_->NextId(writes_), id);
  Reopen();
  EXPECT_THAT(catalog_->recovery_notes(), IsEmpty());
}

}  // namespace
}  // namespace braid::engine
