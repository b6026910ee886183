#include "engine/catalog.h"

#include <gmock/gmock.h>

#include "engine/journal.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using CatalogTest = EngineTest;

TEST_F(CatalogTest, TopicsSurviveReopeningWithTheirOptions) {
  StreamOptions options;
  options.max_age = absl::Hours(24);
  options.max_bytes = int64_t{1} << 30;
  options.subjects = {"orders.>"};
  options.dedup_window = absl::Minutes(2);
  options.owner = Origin::kNats;
  options.extra = "{\"description\":\"x\"}";
  Create("ORDERS", options);
  const auto uuid = catalog_->FindTopic("ORDERS")->uuid;
  Reopen();
  const TopicPtr topic = catalog_->FindTopic("ORDERS");
  ASSERT_NE(topic, nullptr);
  EXPECT_EQ(topic->uuid, uuid);
  const StreamOptions read = topic->partitions.front()->options();
  EXPECT_EQ(read.max_age, options.max_age);
  EXPECT_EQ(read.max_bytes, options.max_bytes);
  EXPECT_EQ(read.subjects, options.subjects);
  EXPECT_EQ(read.owner, Origin::kNats);
  EXPECT_EQ(read.extra, options.extra);
}

TEST_F(CatalogTest, EveryOptionSurvives) {
  StreamOptions options;
  options.compact = true;
  options.min_dirty_ratio = 0.25;
  options.min_compaction_lag = absl::Seconds(1);
  options.max_compaction_lag = absl::Seconds(2);
  options.tombstone_retention = absl::InfiniteDuration();
  options.max_time_behind = absl::Seconds(3);
  options.append_time = true;
  options.codec = Codec::kZstd;
  options.durability = Durability::kSync;
  options.segment_bytes = 5000;
  options.segment_age = absl::Seconds(9);
  Create("t", options);
  Reopen();
  EXPECT_TRUE(Find("t")->options() == options);
}

TEST_F(CatalogTest, PartitionsAreAddedToATopic) {
  StreamOptions options;
  options.max_bytes = 12345;
  const StreamPtr first = Create("t", options);
  ASSERT_TRUE(Publish(first, "t", "kept").ok());
  const auto uuid = catalog_->FindTopic("t")->uuid;
  const auto grown = catalog_->AddPartitions("t", 3, writes_);
  ASSERT_TRUE(grown.ok()) << grown.status();
  Commit();
  EXPECT_EQ(catalog_->FindKafka("t", 0), first);
  EXPECT_EQ(catalog_->FindKafka("t", 2)->options().max_bytes, 12345);
  EXPECT_EQ(catalog_->FindRedis("t"), nullptr) << "with several, each has its number";
  EXPECT_EQ(catalog_->FindRedis("t:0"), first);
  EXPECT_EQ(catalog_->FindJetStream("t-0"), first);
  Reopen();
  EXPECT_EQ(catalog_->FindTopic("t")->uuid, uuid);
  EXPECT_EQ(catalog_->FindTopic("t")->partitions.size(), 3u);
  EXPECT_EQ(catalog_->FindKafka("t", 0)->next_offset(), 1);
}

TEST_F(CatalogTest, PartitionsOnlyGrow) {
  Create("t", {}, 2);
  for (const int partitions : {0, 1, 2, 10001}) {
    EXPECT_EQ(CodeOf(catalog_->AddPartitions("t", partitions, writes_).status()),
              Errc::kInvalidArgument);
  }
  EXPECT_EQ(CodeOf(catalog_->AddPartitions("u", 2, writes_).status()), Errc::kStreamNotFound);
}

TEST_F(CatalogTest, OptionsAreSetForAllPartitions) {
  Create("t", {}, 3);
  StreamOptions options;
  options.max_records = 5;
  ASSERT_TRUE(catalog_->SetOptions(catalog_->FindTopic("t")->partitions, options, writes_).ok());
  Commit();
  Reopen();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(catalog_->FindKafka("t", i)->options().max_records, 5);
}

TEST_F(CatalogTest, NameIsTakenOnce) {
  Create("t");
  EXPECT_EQ(CodeOf(catalog_->CreateTopic("t", 1, {}, writes_).status()), Errc::kStreamExists);
}

TEST_F(CatalogTest, RecreatedTopicIsAnotherOne) {
  StreamPtr old = Create("t");
  ASSERT_TRUE(Publish(old, "t", "old").ok());
  const auto uuid = catalog_->FindTopic("t")->uuid;
  ASSERT_TRUE(catalog_->DeleteTopic("t", writes_).ok());
  EXPECT_EQ(CodeOf(Publish(old, "t", "late").status()), Errc::kStreamNotFound);
  Create("t");
  EXPECT_NE(catalog_->FindTopic("t")->uuid, uuid);
  old.reset();
  Reopen();
  EXPECT_EQ(Find("t")->next_offset(), 0);
}

TEST_F(CatalogTest, PartitionsHaveOneNameInEachModel) {
  Create("t", {}, 3);
  const StreamPtr second = catalog_->FindKafka("t", 1);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(catalog_->FindRedis("t:1"), second);
  EXPECT_EQ(catalog_->FindJetStream("t-1"), second);
  EXPECT_EQ(catalog_->FindRedis("t"), nullptr);
  EXPECT_EQ(catalog_->FindRedis("t:01"), nullptr);
  EXPECT_EQ(catalog_->FindKafka("t", 3), nullptr);
}

TEST_F(CatalogTest, NamesThatAModelCannotSpellAreEscaped) {
  const StreamPtr stream = Create("orders.eu/new 1");
  EXPECT_EQ(catalog_->FindKafka(KafkaNameOf(stream->identity()), 0), stream);
  EXPECT_EQ(catalog_->FindJetStream(JetStreamNameOf(stream->identity())), stream);
  EXPECT_EQ(catalog_->FindRedis("orders.eu/new 1"), stream);
}

TEST_F(CatalogTest, SubjectsFindTheirStream) {
  const StreamPtr orders = Create("ORDERS", {.subjects = {"orders.>"}});
  const StreamPtr topic = Create("clicks");
  EXPECT_EQ(catalog_->FindBySubject("orders.eu.new"), orders);
  EXPECT_EQ(catalog_->FindBySubject("orders"), nullptr);
  EXPECT_EQ(catalog_->FindBySubject("clicks"), topic);
  EXPECT_EQ(catalog_->FindBySubject("clicks.eu"), topic);
  EXPECT_EQ(catalog_->FindBySubject("ORDERS"), nullptr) << "it has subjects of its own";
  ASSERT_TRUE(catalog_->DeleteTopic("clicks", writes_).ok());
  EXPECT_EQ(catalog_->FindBySubject("clicks"), nullptr);
}

TEST_F(CatalogTest, SubjectsOfTwoStreamsMayNotOverlap) {
  Create("A", {.subjects = {"a.*"}});
  StreamOptions overlapping;
  overlapping.subjects = {"a.b"};
  EXPECT_EQ(CodeOf(catalog_->CreateTopic("B", 1, overlapping, writes_).status()),
            Errc::kSubjectOverlap);
}

TEST_F(CatalogTest, SettingsAreKept) {
  ASSERT_TRUE(catalog_->PutSetting("kafka/a", "1", writes_).ok());
  ASSERT_TRUE(catalog_->PutSetting("kafka/b", "2", writes_).ok());
  ASSERT_TRUE(catalog_->PutSetting("kafka/a", "", writes_).ok());
  Commit();
  Reopen();
  EXPECT_THAT(catalog_->Settings("kafka/"), ElementsAre(Pair("kafka/b", "2")));
}

TEST_F(CatalogTest, PublicIdsAreNeverGivenTwice) {
  const int64_t first = catalog_->NextId(writes_).value_or(-1);
  const int64_t second = catalog_->NextId(writes_).value_or(-1);
  EXPECT_GT(second, first);
  Commit();
  Reopen();
  EXPECT_GT(catalog_->NextId(writes_).value_or(-1), second);
}

TEST_F(CatalogTest, ClusterIdStays) {
  EXPECT_FALSE(catalog_->reopened());
  const auto id = catalog_->cluster_id();
  Reopen();
  EXPECT_EQ(catalog_->cluster_id(), id);
  EXPECT_TRUE(catalog_->reopened());
}

TEST_F(CatalogTest, SecondEngineOnTheDirectoryIsRefused) {
  EXPECT_EQ(CodeOf(Catalog::Open(Options()).status()), Errc::kLocked);
}

TEST_F(CatalogTest, JournalIsCheckpointedAndNothingIsForgotten) {
  const StreamPtr stream = Create("s", {.subjects = {"s"}});
  const GroupPtr group = CreateGroup(stream, "g", {.owner = Origin::kNats});
  int checkpoints = 0;
  int64_t bytes = 0;
  for (int i = 0; checkpoints < 2; ++i) {
    ASSERT_LT(i, 400) << "no checkpoint came";
    for (int k = 0; k < 2000; ++k) ASSERT_TRUE(Publish(stream, "s", "x").ok());
    for (const DeliveredRecord& record : Fetch(group, 2000)) {
      if (record.offset % 1000 == 0) continue;
      ASSERT_TRUE(group->Ack(record.offset, writes_).ok());
    }
    Commit();
    catalog_->Tick();
    if (catalog_->journal().bytes() < bytes) ++checkpoints;
    bytes = catalog_->journal().bytes();
  }
  const GroupInfo before = group->Info();
  ASSERT_TRUE(stream->Delete({5}, writes_).ok());
  Commit();
  Reopen();
  const GroupInfo after = Find("s")->FindGroup(Origin::kNats, "g")->Info();
  EXPECT_EQ(after.cursor, before.cursor);
  EXPECT_EQ(after.pending, before.pending);
  EXPECT_EQ(after.delivered_seq, before.delivered_seq);
  EXPECT_EQ(Find("s")->State().records, before.cursor - 1);
}

TEST_F(CatalogTest, SyncPromiseIsKeptThroughAPowerCut) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    catalog_.reset();
    files_ = FaultFileSystem::Create(seed);
    Open();
    StreamPtr stream = Create("s", {.durability = Durability::kSync});
    ASSERT_TRUE(Publish(stream, "s", "synced").ok());
    auto ticket = catalog_->Commit(writes_);
    ASSERT_TRUE(ticket.ok());
    EXPECT_TRUE(ticket->needs_sync);
    EXPECT_FALSE(*catalog_->IsDurable(*ticket));
    int woken = 0;
    catalog_->WaitDurable(*ticket, std::make_shared<Waiter>([&] { ++woken; }));
    ASSERT_TRUE(catalog_->Flush().ok());
    EXPECT_EQ(woken, 1);
    EXPECT_TRUE(*catalog_->IsDurable(*ticket));
    ASSERT_TRUE(Publish(stream, "s", "in doubt").ok());
    Commit();
    files_->Crash();
    stream.reset();
    catalog_.reset();
    Open();
    const std::vector<std::string> values = ValuesOf(Find("s"));
    ASSERT_FALSE(values.empty());
    EXPECT_EQ(values.front(), "synced");
  }
}

}  // namespace
}  // namespace braid::engine
