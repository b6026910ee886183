#include "engine/pending_facts.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "braid/error.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

bool operator==(const PendingFact& a, const PendingFact& b) {
  return a.delivery == b.delivery && a.id == b.id;
}

class PendingFactsTest : public EngineTest {
 protected:
  // The values under `kind` in the journal, in order.
  std::vector<std::string> Entries(char kind) {
    std::vector<std::string> values;
    const auto keep = [&](std::string_view key, std::optional<std::string_view> value) {
      if (key.front() == kind) values.emplace_back(value.value_or("erased"));
      return absl::OkStatus();
    };
    EXPECT_TRUE(catalog_->journal().Flush().ok());
    EXPECT_TRUE(catalog_->journal().Replay(keep).ok());
    return values;
  }
};

TEST_F(PendingFactsTest, ARunGivesBackWhatWasAdded) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const absl::Time at = absl::FromUnixNanos(1'700'000'000'123'456'789);
  std::vector<PendingFact> added;
  DeliveredRun run;
  for (int i = 0; i < 500; ++i) {
    PendingFact fact;
    fact.delivery.offset = static_cast<Offset>(random() >> 1);
    fact.delivery.consumer = 7;
    fact.delivery.delivered_at = at;
    if (i % 3 != 0) fact.delivery.deadline = at + absl::Nanoseconds(random() >> 4);
    fact.delivery.count = static_cast<int64_t>(random() >> 1);
    fact.delivery.first_seq = static_cast<int64_t>(random() >> 1);
    fact.id = {random(), random()};
    run.Add(fact);
    added.push_back(fact);
  }
  run.Put(catalog_->journal(), 3);
  run.Put(catalog_->journal(), 3);  // there is nothing more
  const std::vector<std::string> values = Entries(keys::kDelivered);
  ASSERT_EQ(values.size(), 1u);
  std::vector<PendingFact> read;
  const auto keep = [&](const PendingFact& fact) { read.push_back(fact); };
  ASSERT_TRUE(ExpandDelivered(values[0], keep).ok());
  ASSERT_EQ(read.size(), added.size());
  for (size_t i = 0; i < read.size(); ++i) EXPECT_TRUE(read[i] == added[i]) << i;
}

TEST_F(PendingFactsTest, SettledOffsetsNeedNotAscend) {
  SettledRun run;
  const std::vector<Offset> offsets = {5, 6, 7, 1, INT64_MAX, 0};
  for (const Offset offset : offsets) run.Add(offset);
  run.Put(catalog_->journal(), 3);
  const std::vector<std::string> values = Entries(keys::kSettled);
  ASSERT_EQ(values.size(), 1u);
  std::vector<Offset> read;
  ASSERT_TRUE(ExpandSettled(values[0], [&](Offset offset) { read.push_back(offset); }).ok());
  EXPECT_EQ(read, offsets);
}

TEST_F(PendingFactsTest, ARunThatIsCutShortIsCorrupt) {
  DeliveredRun delivered;
  SettledRun settled;
  for (Offset offset = 0; offset < 9; ++offset) {
    delivered.Add({.delivery = {.offset = 300 * offset}, .id = {}});
    settled.Add(300 * offset);
  }
  delivered.Put(catalog_->journal(), 1);
  settled.Put(catalog_->journal(), 1);
  const std::string one = Entries(keys::kDelivered).at(0);
  const std::string two = Entries(keys::kSettled).at(0);
  for (size_t size = 0; size < one.size(); ++size) {
    const auto status = ExpandDelivered(one.substr(0, size), [](const PendingFact&) {});
    EXPECT_EQ(CodeOf(status), Errc::kCorrupt) << size;
  }
  for (size_t size = 0; size < two.size(); ++size) {
    EXPECT_EQ(CodeOf(ExpandSettled(two.substr(0, size), [](Offset) {})), Errc::kCorrupt) << size;
  }
}

TEST_F(PendingFactsTest, AFetchAndAnAcknowledgementAreOneEntryEach) {
  const StreamPtr stream = Create("s", {.owner = Origin::kRedis});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Add(stream, {}, "v").ok());
  GroupOptions options;
  options.owner = Origin::kRedis;
  const GroupPtr group = CreateGroup(stream, "g", options);
  const auto records = group->Fetch({.consumer = "me", .max_records = 100}, writes_);
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 100u);
  std::vector<EntryId> ids;
  for (const DeliveredRecord& record : *records) ids.push_back(record.id);
  ids.resize(60);
  ids.push_back(ids.front());      // again
  ids.push_back({UINT64_MAX, 1});  // never was one
  EXPECT_EQ(group->AckIds(ids, writes_).value_or(-1), 60);
  EXPECT_EQ(group->AckIds(ids, writes_).value_or(-1), 0);
  Commit();
  EXPECT_EQ(Entries(keys::kDelivered).size(), 1u);
  EXPECT_EQ(Entries(keys::kSettled).size(), 1u);
  EXPECT_EQ(Entries(keys::kPending).size(), 0u);
}

TEST_F(PendingFactsTest, WhatWasFetchedTogetherIsOutstandingAfterARestart) {
  const StreamPtr stream = Create("s", {.owner = Origin::kRedis});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Add(stream, {}, "v").ok());
  GroupOptions options;
  options.owner = Origin::kRedis;
  const GroupPtr group = CreateGroup(stream, "g", options);
  Advance(absl::Seconds(5));
  const auto records = group->Fetch({.consumer = "me", .max_records = 10}, writes_);
  ASSERT_TRUE(records.ok());
  const EntryId some[] = {(*records)[0].id, (*records)[4].id, (*records)[9].id};
  ASSERT_EQ(group->AckIds(some, writes_).value_or(-1), 3);
  Commit();
  const auto before = group->Pending({});
  const auto consumers = group->Consumers();
  Reopen();
  const GroupPtr again = Find("s")->FindGroup(Origin::kRedis, "g");
  ASSERT_NE(again, nullptr);
  const auto after = again->Pending({});
  ASSERT_EQ(after.size(), 7u);
  for (size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].offset, before[i].offset);
    EXPECT_EQ(after[i].id, before[i].id);
    EXPECT_EQ(after[i].consumer, "me");
    EXPECT_EQ(after[i].delivered_at, before[i].delivered_at);
    EXPECT_EQ(after[i].delivery_count, 1);
  }
  ASSERT_EQ(again->Consumers().size(), 1u);
  EXPECT_EQ(again->Consumers()[0].active, consumers[0].active);
  EXPECT_EQ(again->Consumers()[0].seen, consumers[0].seen);
}

}  // namespace
}  // namespace braid::engine
