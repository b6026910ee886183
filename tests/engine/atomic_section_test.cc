// Atomic sections: one time, and all or nothing when the process dies.
#include "engine/atomic_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;

class AtomicSectionTest : public EngineTest {
 protected:
  // Two streams with entries; three outstanding in a group of the first.
  void Given() {
    const StreamPtr a = Create("a", {.owner = Origin::kRedis});
    const StreamPtr b = Create("b", {.owner = Origin::kRedis});
    for (uint64_t i = 1; i <= 5; ++i) {
      ASSERT_TRUE(Add(a, {.ms = i, .seq = 0}, fmt::format("a{}", i)).ok());
      ASSERT_TRUE(Add(b, {.ms = i, .seq = 0}, fmt::format("b{}", i)).ok());
    }
    const GroupPtr group = CreateGroup(a, "g", {.owner = Origin::kRedis});
    ASSERT_EQ(Fetch(group, 3).size(), 3);
    ASSERT_TRUE(catalog_->PutSetting("redis/x", "old", writes_).ok());
    Commit();
  }

  // Something of every kind, in and out of the files.
  void RunSection() {
    const AtomicSection section(*catalog_);
    const StreamPtr a = Find("a");
    const StreamPtr b = Find("b");
    const GroupPtr group = a->FindGroup(Origin::kRedis, "g");
    Add(a, {.ms = 10, .seq = 0}, "new a").IgnoreError();
    group->Ack(0, writes_).IgnoreError();
    group->Fetch({.consumer = "you", .max_records = 1}, writes_).IgnoreError();
    a->Read({}).IgnoreError();  // writes what is open before the section has ended
    Add(b, {.ms = 10, .seq = 0}, "new b").IgnoreError();
    b->TrimTo(2, writes_).IgnoreError();
    a->Delete({{4}}, writes_).IgnoreError();
    const auto c = catalog_->CreateTopic("c", 1, {.owner = Origin::kRedis}, writes_);
    if (c.ok()) Add((*c)->partitions[0], {.ms = 1, .seq = 1}, "new c").IgnoreError();
    catalog_->PutSetting("redis/x", "new", writes_).IgnoreError();
  }

  std::string Picture() {
    std::string picture;
    for (const TopicPtr& topic : catalog_->Topics()) {
      picture += fmt::format("{}: {}", topic->name, ValuesOf(topic->partitions[0]));
      for (const GroupPtr& group : topic->partitions[0]->Groups()) {
        picture += fmt::format(" {}@{}", group->name(), group->Info().cursor);
        for (const PendingEntry& entry : group->Pending({})) {
          picture += fmt::format(" {}/{}", entry.offset, entry.consumer);
        }
      }
      picture += "; ";
    }
    return picture + catalog_->GetSetting("redis/x").value_or("none");
  }

  // A process that dies leaves what it has written.
  void DieAndReopen() {
    files_->SetFaults({.room_bytes = 0});
    catalog_.reset();
    files_->SetFaults({});
    Open();
    writes_ = Writes();
  }
};

TEST_F(AtomicSectionTest, AllOrNothingWhereverTheProcessDies) {
  Given();
  const std::string before = Picture();
  RunSection();
  const std::string after = Picture();
  ASSERT_NE(before, after);
  Commit();
  DieAndReopen();
  EXPECT_EQ(Picture(), after);

  std::set<std::string> seen;
  for (int64_t room = 0; !seen.contains(after); room += 3) {
    SCOPED_TRACE(room);
    catalog_.reset();
    files_ = FaultFileSystem::Create(1);
    Open();
    Given();
    files_->SetFaults({.room_bytes = room});
    RunSection();
    catalog_->Commit(writes_).IgnoreError();
    DieAndReopen();
    ASSERT_THAT(Picture(), AnyOf(before, after));
    seen.insert(Picture());
    // What was undone stays undone, and what comes now has its place.
    ASSERT_TRUE(Add(Find("a"), {.ms = 20, .seq = 0}, "later").ok());
    Commit();
    const std::string later = Picture();
    Reopen();
    ASSERT_EQ(Picture(), later);
  }
  EXPECT_EQ(seen.size(), 2);
}

TEST_F(AtomicSectionTest, AnotherSectionMayFollowOneThatWasUndone) {
  Given();
  const std::string before = Picture();
  {
    const AtomicSection section(*catalog_);
    ASSERT_TRUE(Add(Find("a"), {.ms = 10, .seq = 0}, "lost").ok());
    ASSERT_TRUE(Find("a")->Flush().ok());
    files_->SetFaults({.room_bytes = 0});
  }
  DieAndReopen();
  EXPECT_EQ(Picture(), before);
  {
    const AtomicSection section(*catalog_);
    ASSERT_TRUE(Add(Find("b"), {.ms = 10, .seq = 0}, "kept").ok());
  }
  Commit();
  Reopen();
  EXPECT_THAT(ValuesOf(Find("a")), ElementsAre("a1", "a2", "a3", "a4", "a5"));
  EXPECT_THAT(ValuesOf(Find("b")), ElementsAre("b1", "b2", "b3", "b4", "b5", "kept"));
}

TEST_F(AtomicSectionTest, TimeStandsStill) {
  const absl::Time began = catalog_->Now();
  {
    const AtomicSection section(*catalog_);
    clock_.Advance(absl::Seconds(5));
    EXPECT_EQ(catalog_->Now(), began);
  }
  EXPECT_EQ(catalog_->Now(), began + absl::Seconds(5));
}

}  // namespace
}  // namespace braid::engine
