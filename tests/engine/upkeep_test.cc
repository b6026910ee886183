// What the engine does in the background, driven by hand: sealing, repacking, compaction,
// quarantine, group commit by interval, and disks that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/journal.h"
#include "tests/engine/engine_fixture.h"
#include "tests/storage/counting_filesystem.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class UpkeepTest : public EngineTest {
 protected:
  UpkeepTest() { OpenWith({}); }

  void OpenWith(EngineOptions options) {
    catalog_.reset();
    options.data_dir = "/data";
    options.filesystem = files_.get();
    options.clock = &clock_;
    options.seed = 1;
    if (options.segment_bytes > 100000) options.segment_bytes = 4000;
    options_ = options;
    auto catalog = Catalog::Open(options);
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = *std::move(catalog);
    catalog_->SetLogHook([this](const std::string& line) { said_.push_back(line); });
  }
  void ReopenSame() { OpenWith(options_); }

  // All upkeep there is to do now.
  void Maintain() {
    for (int i = 0; catalog_->Maintain().more; ++i) ASSERT_LT(i, 10000) << "upkeep never ends";
  }

  absl::StatusOr<AppendResult> ProduceKeyed(const StreamPtr& stream, std::string_view key,
                                            std::optional<std::string_view> value) {
    storage::BatchBuilder builder;
    RecordView record;
    record.key = key;
    record.value = value;
    record.timestamp_ms = absl::ToUnixMillis(clock_.Now());
    builder.Add(record);
    return stream->AppendBatch(builder.Build(), writes_);
  }

  std::string DirOf(const StreamPtr& stream) {
    const std::vector<std::string> names = files_->List("/data/streams").value();
    for (const std::string& name : names) {
      if (name.ends_with("~" + std::to_string(stream->identity().id))) {
        return "/data/streams/" + name;
      }
    }
    return "";
  }

  EngineOptions options_;
  std::vector<std::string> said_;
};

TEST_F(UpkeepTest, SmallAppendsBecomeSmallOnDisk) {
  const StreamPtr stream = Create("s");
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(Publish(stream, "s", "the same words again and again " + std::to_string(i)).ok());
    Commit();
  }
  const int64_t before = stream->State().disk_bytes;
  const std::vector<std::string> values = ValuesOf(stream, {.max_records = 5000});
  Maintain();
  EXPECT_LT(stream->State().disk_bytes, before / 3);
  EXPECT_EQ(ValuesOf(stream, {.max_records = 5000}), values);
  EXPECT_EQ(stream->State().records, 2000);
  const std::vector<std::string> backwards =
      ValuesOf(stream, {.max_records = 5000, .reverse = true});
  EXPECT_TRUE(std::equal(values.begin(), values.end(), backwards.rbegin(), backwards.rend()));
  stream->ReadOne(1234).value();
  ReopenSame();
  EXPECT_EQ(ValuesOf(Find("s"), {.max_records = 5000}), values);
}

TEST_F(UpkeepTest, DeletedRecordsGiveTheirBytesBack) {
  const StreamPtr stream = Create("s");
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Publish(stream, "s", std::to_string(i) + std::string(200, 'x')).ok());
    Commit();
  }
  Maintain();
  const int64_t before = stream->State().disk_bytes;
  std::vector<Offset> offsets;
  for (Offset offset = 0; offset < 1000; ++offset) {
    if (offset % 50 != 0) offsets.push_back(offset);
  }
  ASSERT_EQ(*stream->Delete(offsets, writes_), 980);
  ASSERT_TRUE(stream->SetOptions(stream->options(), writes_).ok());  // asks for upkeep
  Commit();
  const std::vector<std::string> values = ValuesOf(stream);
  EXPECT_THAT(values, SizeIs(20));
  Maintain();
  EXPECT_LT(stream->State().disk_bytes, before / 2);
  for (int round = 0; round < 2; ++round) {
    const StreamPtr found = Find("s");
    EXPECT_EQ(ValuesOf(found), values);
    EXPECT_EQ(found->State().records, 20);
    EXPECT_EQ(*found->CountFrom(500, {}), 10);
    EXPECT_EQ(CodeOf(found->ReadOne(51).status()), Errc::kRecordNotFound);
    ReopenSame();
  }
}

TEST_F(UpkeepTest, EntryIdsOfMixedWritersSurviveRepacking) {
  const StreamPtr stream = Create("s");
  for (int i = 0; i < 600; ++i) {
    if (i % 3 == 0) ASSERT_TRUE(Publish(stream, "s", "nats " + std::to_string(i)).ok());
    if (i % 3 == 1) ASSERT_TRUE(Add(stream, {}, std::to_string(i)).ok());
    if (i % 3 == 2) {
      ASSERT_TRUE(Produce(stream, {"kafka"}, absl::ToUnixMillis(clock_.Now()) + i % 7).ok());
    }
    Commit();
    if (i % 5 == 0) clock_.Advance(absl::Milliseconds(1));
  }
  ASSERT_TRUE(stream->Delete({0, 1, 2, 5, 100, 101, 299}, writes_).ok());
  Commit();
  const auto ids = [&] {
    std::vector<std::pair<Offset, EntryId>> out;
    const auto records = Find("s")->Read({.max_records = 5000}).value();
    for (const StoredRecord& record : records) {
      out.emplace_back(record.offset, record.id);
    }
    return out;
  };
  const auto before = ids();
  ASSERT_THAT(before, SizeIs(593));
  Maintain();
  EXPECT_EQ(ids(), before);
  for (const auto& [offset, id] : before) {
    ASSERT_EQ(*stream->Find(id), offset);
  }
  ReopenSame();
  EXPECT_EQ(ids(), before);
}

TEST_F(UpkeepTest, QuietSegmentIsClosedByItsAge) {
  const StreamPtr stream = Create("s", {.segment_age = absl::Minutes(10)});
  ASSERT_TRUE(Publish(stream, "s", "alone").ok());
  Commit();
  Advance(absl::Minutes(9));
  Maintain();
  EXPECT_FALSE(files_->Exists(DirOf(stream) + "/MANIFEST"));
  Advance(absl::Minutes(1));
  Maintain();
  EXPECT_TRUE(files_->Exists(DirOf(stream) + "/MANIFEST"));
  EXPECT_THAT(ValuesOf(stream), ElementsAre("alone"));
}

TEST_F(UpkeepTest, CompactionKeepsTheNewestOfEachKey) {
  const StreamPtr stream = Create("t", {.compact = true, .tombstone_retention = absl::Hours(1)});
  for (int i = 0; i < 400; ++i) {
    ASSERT_TRUE(ProduceKeyed(stream, "key " + std::to_string(i % 10), std::to_string(i)).ok());
  }
  ASSERT_TRUE(ProduceKeyed(stream, "key 3", std::nullopt).ok());
  for (int i = 0; i < 60; ++i) {  // so that all of the above is closed
    ASSERT_TRUE(ProduceKeyed(stream, "filler", std::string(100, 'x')).ok());
  }
  Commit();
  const int64_t before = stream->State().disk_bytes;
  Maintain();
  EXPECT_LT(stream->State().disk_bytes, before / 2);
  const auto newest = [&] {
    std::map<std::string, std::string> values;
    int64_t records = 0;
    const auto found = Find("t")->Read({.max_records = 1000}).value();
    for (const StoredRecord& record : found) {
      values[std::string(*record.key)] = record.value.value_or("<tombstone>");
      if (*record.key != "filler") ++records;
    }
    values.erase("filler");
    EXPECT_EQ(records, static_cast<int64_t>(values.size())) << "one record a key";
    return values;
  };
  std::map<std::string, std::string> expected;
  for (int i = 390; i < 400; ++i) expected["key " + std::to_string(i % 10)] = std::to_string(i);
  expected["key 3"] = "<tombstone>";
  EXPECT_EQ(newest(), expected);
  ReopenSame();
  Maintain();
  EXPECT_EQ(newest(), expected);
  Advance(absl::Minutes(61));
  Maintain();
  expected.erase("key 3");
  EXPECT_EQ(newest(), expected) << "the tombstone's time is over";
}

TEST_F(UpkeepTest, YoungRecordsAreNotCompacted) {
  const StreamPtr stream = Create("t", {.compact = true, .min_compaction_lag = absl::Hours(1)});
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(ProduceKeyed(stream, "key", std::string(50, 'x')).ok());
  }
  Commit();
  Maintain();
  EXPECT_EQ(stream->State().records, 200);
  clock_.Advance(absl::Hours(1));
  catalog_->Tick();
  Maintain();
  EXPECT_LT(stream->State().records, 100);
}

TEST_F(UpkeepTest, DamageIsReportedOnceAndTheRestIsServed) {
  const StreamPtr stream = Create("s", {.subjects = {"s.>"}});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(Publish(stream, "s." + std::to_string(i % 5), std::to_string(i)).ok());
    Commit();
  }
  const std::string dir = DirOf(stream);
  catalog_.reset();
  files_->FlipBit(dir + "/00000000000000000000.log", 500, 3).IgnoreError();
  ReopenSame();
  const StreamPtr found = Find("s");
  const int64_t left = static_cast<int64_t>(ValuesOf(found).size());
  EXPECT_LT(left, 100);
  EXPECT_GT(left, 90);
  Maintain();
  const size_t reports = said_.size() + catalog_->recovery_notes().size();
  EXPECT_EQ(reports, 1u);
  EXPECT_EQ(found->State().records, left);
  EXPECT_EQ(*found->CountFrom(0, {}), left);
  EXPECT_EQ(*found->CountFrom(0, {"s.>"}), left);
  ReopenSame();
  EXPECT_EQ(Find("s")->State().records, left);
}

// ---- Durability

TEST_F(UpkeepTest, IntervalSyncsWithoutBeingAskedAndNobodyWaits) {
  OpenWith({.durability = Durability::kInterval, .sync_interval = absl::Milliseconds(200)});
  StreamPtr stream = Create("s");
  ASSERT_TRUE(Publish(stream, "s", "one").ok());
  auto ticket = catalog_->Commit(writes_);
  ASSERT_TRUE(ticket.ok());
  EXPECT_FALSE(ticket->needs_sync);
  EXPECT_FALSE(*catalog_->IsDurable(*ticket));
  Advance(absl::Milliseconds(200));
  EXPECT_TRUE(*catalog_->IsDurable(*ticket));
  stream.reset();
  catalog_.reset();
  files_->Crash();
  ReopenSame();
  EXPECT_THAT(ValuesOf(Find("s")), ElementsAre("one"));
}

TEST_F(UpkeepTest, StreamMayAskForLessThanTheServer) {
  OpenWith({.durability = Durability::kSync});
  const StreamPtr quick = Create("quick", {.durability = Durability::kOs});
  const StreamPtr safe = Create("safe");
  ASSERT_TRUE(Publish(quick, "quick", "x").ok());
  EXPECT_FALSE(catalog_->Commit(writes_)->needs_sync);
  ASSERT_TRUE(Publish(safe, "safe", "x").ok());
  EXPECT_TRUE(catalog_->Commit(writes_)->needs_sync);
}

TEST_F(UpkeepTest, FailedSyncStopsThatLogAndNoOther) {
  const StreamPtr bad = Create("bad", {.durability = Durability::kSync});
  const StreamPtr good = Create("good", {.durability = Durability::kSync});
  ASSERT_TRUE(catalog_->Flush().ok());
  ASSERT_TRUE(Publish(bad, "bad", "in doubt").ok());
  const CommitTicket ticket = *catalog_->Commit(writes_);
  files_->FailOperation(0);
  EXPECT_FALSE(catalog_->Flush().ok());
  EXPECT_FALSE(catalog_->IsDurable(ticket).ok()) << "whoever waits is told";
  EXPECT_THAT(said_, ElementsAre(HasSubstr("bad:0: fsync failed")));
  ASSERT_TRUE(Publish(bad, "bad", "refused").ok());  // gathers
  EXPECT_EQ(CodeOf(catalog_->Commit(writes_).status()), Errc::kIo);
  EXPECT_THAT(ValuesOf(bad), ElementsAre("in doubt")) << "what was written can be read";

  // Nothing that a stopped log answers may be promised, not even that something is in it already.
  ASSERT_TRUE(catalog_->Flush().ok() == false) << "what it holds is never durable";
  writes_.Touch(bad);
  EXPECT_EQ(CodeOf(catalog_->Commit(writes_).status()), Errc::kIo);

  ASSERT_TRUE(Publish(good, "good", "kept").ok());
  const CommitTicket later = *catalog_->Commit(writes_);
  EXPECT_FALSE(catalog_->Flush().ok());
  EXPECT_TRUE(*catalog_->IsDurable(later)) << "the other log's commits are kept";
}

// ---- Opening

// It reads what was never sealed, and of the rest only the manifest; whether producers wrote there
// or not.
TEST_F(UpkeepTest, OpeningReadsNoSealedSegment) {
  const StreamPtr stream = Create("s");
  for (int i = 0; i < 500; ++i) {
    std::string noise(1000, '\0');  // does not compress
    for (char& c : noise) c = static_cast<char>(catalog_->Random());
    ASSERT_TRUE(Publish(stream, "s", noise).ok());
    Commit();
  }
  Maintain();
  ASSERT_GT(stream->State().next_offset, 0);
  catalog_.reset();
  CountingFileSystem counting(*files_);
  EngineOptions options = options_;
  options.filesystem = &counting;
  auto catalog = Catalog::Open(options);
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_LT(counting.counts().read_bytes, 60000) << "of 500,000";
  EXPECT_EQ((*catalog)->FindRedis("s")->State().records, 500);
  catalog->reset();
}

// Where a power cut took the journal's word that a foreign record's ID was lifted, and not the
// record, the ID is lifted again.
TEST_F(UpkeepTest, IdsRiseThoughThePowerCutTookTheirFloors) {
  int fell = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    files_ = FaultFileSystem::Create(seed);
    OpenWith({});
    StreamPtr stream = Create("s");
    ASSERT_TRUE(catalog_->Flush().ok());
    ASSERT_TRUE(Add(stream, EntryIdSpec{.ms = 5'000'000'000'000, .seq = 77}, "far ahead").ok());
    Commit();
    ASSERT_TRUE(stream->TrimToCount(0, writes_).ok());
    Commit();
    ASSERT_TRUE(catalog_->Flush().ok());
    ASSERT_TRUE(Add(stream, EntryIdSpec{.ms = 5'000'000'000'001, .seq = 99}, "ahead").ok());
    ASSERT_TRUE(Publish(stream, "s", "foreign").ok());
    Commit();
    catalog_ = nullptr;
    files_->Crash();
    ReopenSame();
    stream = Find("s");
    const auto records = stream->Read({});
    ASSERT_TRUE(records.ok());
    EntryId before{5'000'000'000'000, 77};
    for (const StoredRecord& record : *records) {
      EXPECT_LT(before, record.id) << "seed " << seed;
      before = record.id;
    }
    fell += records->size() == 2 ? 1 : 0;
    EXPECT_LE(before, stream->last_id());
  }
  EXPECT_GT(fell, 0) << "no seed kept the records";
}

// ---- Room

TEST_F(UpkeepTest, MemoryBudgetRefusesAndTrimmingMakesRoom) {
  catalog_.reset();
  auto catalog =
      Catalog::Open({.clock = &clock_, .segment_bytes = 8000, .memory_budget_bytes = 100000});
  ASSERT_TRUE(catalog.ok());
  catalog_ = *std::move(catalog);
  const StreamPtr stream = Create("s");
  absl::Status status;
  int accepted = 0;
  while (status.ok() && accepted < 10000) {
    ASSERT_TRUE(Publish(stream, "s", std::string(1000, 'x')).ok());
    status = catalog_->Commit(writes_).status();
    if (status.ok()) ++accepted;
  }
  EXPECT_EQ(CodeOf(status), Errc::kOutOfSpace);
  EXPECT_GT(accepted, 60);
  EXPECT_EQ(stream->State().records, accepted) << "what was refused is not there";
  ASSERT_TRUE(stream->TrimToCount(10, writes_).ok());
  ASSERT_TRUE(Publish(stream, "s", "again").ok());
  EXPECT_TRUE(catalog_->Commit(writes_).ok());
  EXPECT_EQ(ValuesOf(stream).back(), "again");
}

}  // namespace
}  // namespace braid::engine
