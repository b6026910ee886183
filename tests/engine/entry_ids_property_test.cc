// Whatever mix of writers a stream has, its entry IDs strictly increase, find their records again,
// and are the same after reopening, trimming, deleting and repacking.
#include <gmock/gmock.h>

#include <map>
#include <random>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

class EntryIdsProperty : public EngineTest, public ::testing::WithParamInterface<uint64_t> {
 protected:
  void WriteSomething() {
    const int64_t base = absl::ToUnixMillis(clock_.Now());
    switch (random_() % 5) {
      case 0: {
        // Kafka: timestamps anywhere around now, also none.
        const int64_t time =
            random_() % 8 == 0 ? 0 : base + static_cast<int64_t>(random_() % 7) - 3;
        ASSERT_TRUE(
            Produce(stream_, std::vector<std::string>(1 + random_() % 3, "kafka"), time).ok());
        break;
      }
      case 1:
        ASSERT_TRUE(Publish(stream_, "s", "nats").ok());
        break;
      case 2:
        ASSERT_TRUE(Add(stream_, {}, "redis").ok());
        break;
      case 3: {
        // Redis, explicit: often a sequence far above any offset.
        const EntryId last = stream_->last_id();
        const EntryIdSpec id{last.ms + random_() % 2, last.seq + 1 + random_() % 1000};
        ASSERT_TRUE(Add(stream_, id, "redis").ok());
        break;
      }
      default:
        clock_.Advance(absl::Milliseconds(static_cast<int64_t>(random_() % 3)));
    }
  }

  void RemoveSomething() {
    const Offset start = stream_->start_offset();
    const Offset next = stream_->next_offset();
    if (next - start < 4) return;
    if (random_() % 2 == 0) {
      const Offset doomed = start + static_cast<Offset>(random_() % 4);
      ASSERT_TRUE(stream_->Delete({doomed}, writes_).ok());
    } else {
      ASSERT_TRUE(stream_->TrimTo(start + 1, writes_).ok());
    }
  }

  void CheckIds() {
    auto records = stream_->Read({.max_records = 100000});
    ASSERT_TRUE(records.ok()) << records.status();
    EntryId previous;
    for (const StoredRecord& record : *records) {
      ASSERT_GT(record.id, previous) << "offset " << record.offset;
      previous = record.id;
      auto known = ids_.emplace(record.offset, record.id).first;
      ASSERT_EQ(record.id, known->second) << "the ID of offset " << record.offset << " changed";
      ASSERT_EQ(stream_->Find(record.id).value_or(-1), record.offset) << Format(record.id);
    }
    ASSERT_GE(stream_->last_id(), previous);
  }

  std::mt19937_64 random_{GetParam()};
  StreamPtr stream_;
  std::map<Offset, EntryId> ids_;
};

TEST_P(EntryIdsProperty, HoldThroughEverything) {
  SCOPED_TRACE(testing::Message() << "seed " << GetParam());
  stream_ = Create("s");
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 40; ++i) ASSERT_NO_FATAL_FAILURE(WriteSomething());
    ASSERT_NO_FATAL_FAILURE(CheckIds());
    for (int i = 0; i < 5; ++i) ASSERT_NO_FATAL_FAILURE(RemoveSomething());
    ASSERT_NO_FATAL_FAILURE(CheckIds());
    Commit();
    for (int i = 0; catalog_->Maintain().more; ++i) ASSERT_LT(i, 1000);
    ASSERT_NO_FATAL_FAILURE(CheckIds());
    const EntryId last = stream_->last_id();
    Commit();
    stream_.reset();
    Reopen();
    stream_ = Find("s");
    ASSERT_EQ(stream_->last_id(), last);
    ASSERT_NO_FATAL_FAILURE(CheckIds());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, EntryIdsProperty, ::testing::Range<uint64_t>(1, 41));

}  // namespace
}  // namespace braid::engine
