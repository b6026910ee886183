// Groups of Redis clients: what they refer to, what nobody holds any more, and entries with names.
// All of it over restarts.
#include <gmock/gmock.h>

#include "engine/references.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EntryGroupsTest : public EngineTest {
 protected:
  // Entries 1-0 to n-0, all of them read by "me".
  void Given(int n) {
    StreamOptions options;
    options.owner = Origin::kRedis;
    stream_ = Create("s", options);
    GroupOptions group_options;
    group_options.owner = Origin::kRedis;
    group_ = CreateGroup(stream_, "g", group_options);
    for (int i = 1; i <= n; ++i) {
      ASSERT_TRUE(Add(stream_, {.ms = static_cast<uint64_t>(i), .seq = 0}, "v").ok());
    }
    Fetch(group_, n);
  }
  void RestartAll() {
    Commit();
    group_.reset();
    stream_.reset();
    Reopen();
    stream_ = Find("s");
    group_ = stream_->FindGroup(Origin::kRedis, "g");
  }
  std::vector<Offset> ClaimIdle(absl::Duration min_idle) {
    auto records =
        group_->Fetch({.consumer = "you", .max_records = 10, .min_idle = min_idle}, writes_);
    EXPECT_TRUE(records.ok());
    return OffsetsOf(*records);
  }
  std::optional<EntryId> AddNamed(std::string_view producer, std::string_view id) {
    AppendOptions options;
    options.origin = Origin::kRedis;
    options.id = EntryIdSpec();
    options.name = IdempotentName{producer, id};
    options.idempotence = {.window = absl::Seconds(10), .max_ids = 2};
    RecordView record;
    record.headers.push_back({"f", "v"});
    const auto appended = stream_->Append(record, options, writes_);
    EXPECT_TRUE(appended.ok());
    duplicate_ = appended->duplicate;
    return appended->id;
  }

  StreamPtr stream_;
  GroupPtr group_;
  bool duplicate_ = false;
};

TEST_F(EntryGroupsTest, DisownedEntriesComeFirstAndInOrderAlsoAfterARestart) {
  Given(4);
  ASSERT_TRUE(group_->Disown(2, {}, writes_).ok());
  ASSERT_TRUE(group_->Disown(0, {.delivery_count = 7}, writes_).ok());
  EXPECT_EQ(group_->Info().disowned, 2);
  RestartAll();
  EXPECT_EQ(group_->Info().disowned, 2);
  EXPECT_TRUE(group_->FindPending(0)->disowned);
  EXPECT_EQ(group_->FindPending(0)->delivery_count, 7);
  EXPECT_THAT(ClaimIdle(absl::Hours(1)), ElementsAre(2, 0));
  EXPECT_EQ(group_->FindPending(0)->consumer, "you");
  EXPECT_EQ(group_->FindPending(0)->delivery_count, 8);
  EXPECT_EQ(group_->Info().disowned, 0);
  EXPECT_THAT(ClaimIdle(absl::Hours(1)), IsEmpty());
}

TEST_F(EntryGroupsTest, IdleEntriesComeOldestFirst) {
  Given(3);
  Advance(absl::Seconds(1));
  ASSERT_TRUE(group_->Claim(0, {.consumer = "me"}, writes_).ok());
  Advance(absl::Seconds(1));
  EXPECT_THAT(ClaimIdle(absl::Seconds(2)), ElementsAre(1, 2));
  EXPECT_THAT(ClaimIdle(absl::Seconds(1)), ElementsAre(0));
}

TEST_F(EntryGroupsTest, ARecordThatIsGoneIsPassedOverAndStaysPending) {
  Given(2);
  ASSERT_TRUE(stream_->Delete({0}, writes_).ok());
  ASSERT_TRUE(group_->Disown(0, {}, writes_).ok());
  EXPECT_THAT(ClaimIdle(absl::ZeroDuration()), ElementsAre(1));
  EXPECT_EQ(group_->Info().pending, 2);
}

TEST_F(EntryGroupsTest, WhatIsReferencedStaysWhenAskedTo) {
  Given(3);
  ASSERT_TRUE(group_->Ack(1, writes_).ok());
  const EntryId ids[] = {{1, 0}, {2, 0}, {2, 0}, {9, 0}};
  const auto removals = stream_->RemoveEntries(ids, References::kRespect, writes_);
  ASSERT_TRUE(removals.ok());
  EXPECT_THAT(*removals, ElementsAre(Removal::kReferenced, Removal::kRemoved, Removal::kNone,
                                     Removal::kReferenced));
}

TEST_F(EntryGroupsTest, DroppedReferencesStayDroppedAfterARestart) {
  Given(3);
  const EntryId one[] = {{1, 0}};
  ASSERT_TRUE(stream_->RemoveEntries(one, References::kKeep, writes_).ok());
  EXPECT_EQ(group_->Info().pending, 3);
  const EntryId two[] = {{1, 0}, {2, 0}};
  const auto removals = stream_->RemoveEntries(two, References::kDrop, writes_);
  EXPECT_THAT(*removals, ElementsAre(Removal::kNone, Removal::kRemoved));
  RestartAll();
  EXPECT_EQ(group_->Info().pending, 1);
  EXPECT_EQ(stream_->record_count(), 1);
}

TEST_F(EntryGroupsTest, TrimsTakeYoungerRecordsInPlaceOfReferencedOnes) {
  Given(5);
  ASSERT_TRUE(group_->Ack(0, writes_).ok());
  ASSERT_TRUE(group_->Ack(2, writes_).ok());
  ASSERT_TRUE(group_->Ack(4, writes_).ok());
  EXPECT_EQ(*stream_->TrimUnreferenced(0, 5, 2, writes_), 2);
  EXPECT_EQ(stream_->State().max_deleted_id, EntryId());
  RestartAll();
  EXPECT_EQ(stream_->record_count(), 3);
  EXPECT_EQ(stream_->start_offset(), 1);
  EXPECT_EQ(stream_->State().max_deleted_id, EntryId());
}

TEST_F(EntryGroupsTest, NamesAreRememberedOverARestart) {
  Given(0);
  const auto first = AddNamed("p", "1");
  EXPECT_FALSE(duplicate_);
  EXPECT_EQ(AddNamed("p", "1"), first);
  EXPECT_TRUE(duplicate_);
  AddNamed("other", "1");
  EXPECT_FALSE(duplicate_);
  RestartAll();
  EXPECT_EQ(AddNamed("p", "1"), first);
  EXPECT_TRUE(duplicate_);
  const auto state = stream_->idempotence();
  EXPECT_EQ(state.options->max_ids, 2);
  EXPECT_EQ(state.stats.producers, 2);
  EXPECT_EQ(state.stats.ids, 2);
  EXPECT_EQ(state.stats.added, 2);
  EXPECT_EQ(state.stats.duplicates, 2);
}

TEST_F(EntryGroupsTest, NamesAreForgottenByAgeByNumberAndBySettings) {
  Given(0);
  AddNamed("p", "1");
  AddNamed("p", "2");
  AddNamed("p", "3");
  AddNamed("p", "1");
  EXPECT_FALSE(duplicate_);
  Advance(absl::Seconds(10));
  AddNamed("p", "1");
  EXPECT_FALSE(duplicate_);
  ASSERT_TRUE(stream_->SetIdempotence({.window = absl::Seconds(10), .max_ids = 2}, writes_).ok());
  AddNamed("p", "1");
  EXPECT_TRUE(duplicate_);
  ASSERT_TRUE(stream_->SetIdempotence({.window = absl::Seconds(10), .max_ids = 3}, writes_).ok());
  RestartAll();
  AddNamed("p", "1");
  EXPECT_FALSE(duplicate_);
}

}  // namespace
}  // namespace braid::engine
