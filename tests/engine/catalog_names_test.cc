// Topics under other names, topics that go by themselves, and topics that only Redis sees.
#include <gmock/gmock.h>

#include "engine/names.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CatalogNamesTest : public EngineTest {
 protected:
  absl::Status Rename(std::vector<Catalog::Renaming> renamings) {
    absl::Status status = catalog_->RenameTopics(renamings, writes_);
    Commit();
    return status;
  }
  int64_t In(absl::Duration time) { return absl::ToUnixMillis(clock_.Now() + time); }
};

TEST_F(CatalogNamesTest, ARenamedTopicKeepsRecordsGroupsAndUuidOverRestarts) {
  const StreamPtr stream = Create("a");
  ASSERT_TRUE(Publish(stream, "a", "one").ok());
  ASSERT_TRUE(Publish(stream, "a", "two").ok());
  GroupOptions options;
  options.owner = Origin::kRedis;
  const GroupPtr group = CreateGroup(stream, "g", options);
  EXPECT_EQ(Fetch(group, 1).size(), 1u);
  Commit();
  const auto uuid = catalog_->FindTopic("a")->uuid;
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  EXPECT_EQ(Find("a"), nullptr);
  EXPECT_EQ(Find("b"), stream);
  ASSERT_TRUE(Publish(stream, "a", "three").ok());
  Commit();
  for (int life = 0; life < 2; ++life) {
    Reopen();
    EXPECT_THAT(catalog_->recovery_notes(), IsEmpty());
    EXPECT_EQ(Find("a"), nullptr);
    ASSERT_NE(Find("b"), nullptr);
    EXPECT_EQ(catalog_->FindTopic("b")->uuid, uuid);
    EXPECT_THAT(ValuesOf(Find("b")), ElementsAre("one", "two", "three"));
    EXPECT_EQ(Find("b")->FindGroup(Origin::kRedis, "g")->Info().pending, 1);
  }
}

TEST_F(CatalogNamesTest, WhatHadTheNewNameIsDeletedForGood) {
  const StreamPtr kept = Create("a");
  const StreamPtr gone = Create("b");
  ASSERT_TRUE(Publish(kept, "a", "kept").ok());
  ASSERT_TRUE(Publish(gone, "b", "gone").ok());
  Commit();
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  EXPECT_TRUE(gone->deleted());
  Reopen();
  EXPECT_THAT(ValuesOf(Find("b")), ElementsAre("kept"));
  EXPECT_EQ(catalog_->Topics().size(), 1u);
  EXPECT_THAT(catalog_->recovery_notes(), IsEmpty());
}

TEST_F(CatalogNamesTest, NamesAreExchangedAtOnce) {
  ASSERT_TRUE(Publish(Create("a"), "a", "a").ok());
  ASSERT_TRUE(Publish(Create("b"), "b", "b").ok());
  Commit();
  ASSERT_TRUE(Rename({{"a", "b"}, {"b", "a"}}).ok());
  Reopen();
  EXPECT_THAT(ValuesOf(Find("a")), ElementsAre("b"));
  EXPECT_THAT(ValuesOf(Find("b")), ElementsAre("a"));
}

TEST_F(CatalogNamesTest, AFormerNameIsFreeForAnotherTopic) {
  ASSERT_TRUE(Publish(Create("a"), "a", "first").ok());
  Commit();
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  ASSERT_TRUE(Publish(Create("a"), "a", "second").ok());
  Commit();
  Reopen();
  EXPECT_THAT(ValuesOf(Find("a")), ElementsAre("second"));
  EXPECT_THAT(ValuesOf(Find("b")), ElementsAre("first"));
}

TEST_F(CatalogNamesTest, NothingIsRenamedWhenOneIsMissing) {
  Create("a");
  EXPECT_EQ(CodeOf(Rename({{"a", "b"}, {"none", "c"}})), Errc::kStreamNotFound);
  EXPECT_NE(Find("a"), nullptr);
}

TEST_F(CatalogNamesTest, RenamingWakesWhoWaits) {
  const StreamPtr stream = Create("a");
  bool reader = false;
  bool watcher = false;
  stream->Wait(0, std::make_shared<Waiter>([&] { reader = true; }));
  catalog_->WaitTopics(std::make_shared<Waiter>([&] { watcher = true; }));
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  EXPECT_TRUE(reader);
  EXPECT_TRUE(watcher);
}

TEST_F(CatalogNamesTest, PartitionsAddedAfterARenameAreFoundAgain) {
  Create("a");
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  ASSERT_TRUE(catalog_->AddPartitions("b", 2, writes_).ok());
  ASSERT_TRUE(Publish(catalog_->FindKafka("b", 1), "b", "there").ok());
  Commit();
  Reopen();
  EXPECT_THAT(ValuesOf(catalog_->FindKafka("b", 1)), ElementsAre("there"));
  EXPECT_THAT(catalog_->recovery_notes(), IsEmpty());
}

TEST_F(CatalogNamesTest, ATopicExpiresAlsoAfterARestartAndARename) {
  std::vector<std::string> expired;
  Create("a");
  Create("stays");
  ASSERT_TRUE(catalog_->SetExpiry("a", In(absl::Seconds(10)), writes_).ok());
  ASSERT_TRUE(Rename({{"a", "b"}}).ok());
  Reopen();
  catalog_->SetExpiredHook([&](const std::string& name) { expired.push_back(name); });
  Advance(absl::Seconds(9));
  EXPECT_NE(Find("b"), nullptr);
  Advance(absl::Seconds(1));
  EXPECT_EQ(Find("b"), nullptr);
  EXPECT_THAT(expired, ElementsAre("b"));
  Reopen();
  EXPECT_EQ(catalog_->AllTopics().size(), 1u);
}

TEST_F(CatalogNamesTest, ATopicThatExpiredWhileNobodyWasThereIsGone) {
  Create("a");
  ASSERT_TRUE(catalog_->SetExpiry("a", In(absl::Seconds(10)), writes_).ok());
  Commit();
  catalog_.reset();
  clock_.Advance(absl::Seconds(11));
  Open();
  EXPECT_EQ(Find("a"), nullptr);
  catalog_->Tick();
  EXPECT_THAT(catalog_->AllTopics(), IsEmpty());
}

TEST_F(CatalogNamesTest, ATopicMayBeMadeInPlaceOfAnExpiredOne) {
  ASSERT_TRUE(Publish(Create("a"), "a", "old").ok());
  ASSERT_TRUE(catalog_->SetExpiry("a", In(absl::Seconds(1)), writes_).ok());
  Commit();
  clock_.Advance(absl::Seconds(1));
  const StreamPtr made = Create("a");
  ASSERT_NE(made, nullptr);
  EXPECT_EQ(made->next_offset(), 0);
  catalog_->Tick();
  EXPECT_EQ(Find("a"), made) << "the old timer must not take the new topic";
}

TEST_F(CatalogNamesTest, AnExpiryThatWasTakenBackDoesNothing) {
  Create("a");
  ASSERT_TRUE(catalog_->SetExpiry("a", In(absl::Seconds(1)), writes_).ok());
  ASSERT_TRUE(catalog_->SetExpiry("a", kNeverMs, writes_).ok());
  Commit();
  Advance(absl::Seconds(2));
  EXPECT_NE(Find("a"), nullptr);
}

TEST_F(CatalogNamesTest, PrivateTopicsAreFoundByTheirOwnersAlone) {
  const std::string name = CanonicalName(7, "key");
  EXPECT_EQ(CodeOf(catalog_->CreateTopic(name, 1, {}, writes_).status()), Errc::kInvalidName);
  EXPECT_EQ(CodeOf(catalog_->CreatePrivateTopic("key", {}, writes_).status()), Errc::kInvalidName);
  const auto topic = catalog_->CreatePrivateTopic(name, {}, writes_);
  ASSERT_TRUE(topic.ok()) << topic.status();
  ASSERT_TRUE(Publish((*topic)->partitions.front(), "x", "hidden").ok());
  Commit();
  Reopen();
  EXPECT_THAT(catalog_->Topics(), IsEmpty());
  EXPECT_EQ(catalog_->FindTopic(name), nullptr);
  EXPECT_EQ(catalog_->FindRedis("key"), nullptr);
  EXPECT_EQ(catalog_->FindRedis(6, "key"), nullptr);
  ASSERT_NE(catalog_->FindRedis(7, "key"), nullptr);
  EXPECT_THAT(ValuesOf(catalog_->FindRedis(7, "key")), ElementsAre("hidden"));
}

TEST(PrivateNamesTest, NameADatabaseAndAKey) {
  EXPECT_EQ(CanonicalName(0, "key"), "key");
  EXPECT_FALSE(IsPrivate("key"));
  const std::string name = CanonicalName(12, std::string("\xFF\0k", 3));
  EXPECT_TRUE(IsPrivate(name));
  EXPECT_EQ(DatabaseKeyOf(name).database, 12);
  EXPECT_EQ(DatabaseKeyOf(name).key, std::string("\xFF\0k", 3));
  EXPECT_EQ(DatabaseKeyOf("key").database, 0);
}

}  // namespace
}  // namespace braid::engine
