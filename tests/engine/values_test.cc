#include "engine/values.h"

#include <gmock/gmock.h>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class ValuesTest : public EngineTest {
 protected:
  // A copy of what the name holds; of another kind than expected when there is nothing.
  Value Get(std::string_view name) {
    Value copy;
    copy.id = 0;
    ValueEdit edit(catalog_->values(), writes_);
    if (const Value* value = edit.Find(name)) {
      copy.id = value->id;
      copy.kind = value->kind;
      copy.expiry_ms = value->expiry_ms;
      copy.bytes = value->bytes;
      copy.list = value->list;
      copy.fields = value->fields;
    }
    return copy;
  }
  std::vector<std::string> List(std::string_view name) {
    std::vector<std::string> elements;
    for (const auto& [position, element] : Get(name).list) elements.push_back(element);
    return elements;
  }
};

TEST_F(ValuesTest, SurviveALossOfPowerOnceCommittedAndFlushed) {
  {
    ValueEdit edit(catalog_->values(), writes_);
    edit.SetBytes(edit.Make("text", ValueKind::kString), "bytes");
    Value& list = edit.Make("list", ValueKind::kList);
    edit.Push(list, false, "b");
    edit.Push(list, false, "c");
    edit.Push(list, true, "a");
    Value& hash = edit.Make("hash", ValueKind::kHash);
    edit.PutField(hash, "f", "v");
    edit.PutField(edit.Make("set", ValueKind::kSet), "member", "");
  }
  Commit();
  ASSERT_TRUE(catalog_->Flush().ok());
  catalog_.reset();
  files_->Crash();
  Open();
  EXPECT_EQ(Get("text").bytes, "bytes");
  EXPECT_THAT(List("list"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Get("hash").fields, ElementsAre(Pair("f", "v")));
  EXPECT_THAT(Get("set").fields, ElementsAre(Pair("member", "")));
}

TEST_F(ValuesTest, ListsKeepTheirOrderThroughPopsAndGaps) {
  {
    ValueEdit edit(catalog_->values(), writes_);
    Value& list = edit.Make("l", ValueKind::kList);
    for (const char* element : {"a", "b", "c", "d", "e"}) edit.Push(list, false, element);
    EXPECT_EQ(edit.Pop(list, true), "a");
    EXPECT_EQ(edit.Pop(list, false), "e");
    edit.EraseElement(list, 1);
    edit.SetElement(list, 0, "B");
    edit.Push(list, true, "first");
  }
  Commit();
  EXPECT_THAT(List("l"), ElementsAre("first", "B", "d"));
  Reopen();
  EXPECT_THAT(List("l"), ElementsAre("first", "B", "d"));
}

TEST_F(ValuesTest, WhatIsLeftEmptyIsGone) {
  {
    ValueEdit edit(catalog_->values(), writes_);
    Value& list = edit.Make("l", ValueKind::kList);
    edit.Push(list, false, "a");
    edit.Pop(list, true);
    EXPECT_EQ(edit.Find("l"), nullptr);
    Value& set = edit.Make("s", ValueKind::kSet);
    edit.PutField(set, "m", "");
    EXPECT_TRUE(edit.EraseField(set, "m"));
    EXPECT_EQ(edit.Find("s"), nullptr);
  }
  EXPECT_TRUE(catalog_->values().none());
  EXPECT_THAT(catalog_->Settings("values/"), IsEmpty());
}

TEST_F(ValuesTest, ALongListIsRenamedByOneSetting) {
  {
    ValueEdit edit(catalog_->values(), writes_);
    Value& list = edit.Make("a", ValueKind::kList);
    edit.Push(list, false, "x");
    edit.Push(edit.Make("b", ValueKind::kList), false, "lost");
    edit.Rename(list, "b");
  }
  Commit();
  EXPECT_EQ(catalog_->Settings("values/k/").size(), 1u);
  EXPECT_EQ(catalog_->Settings("values/e/").size(), 1u);
  Reopen();
  EXPECT_THAT(List("b"), ElementsAre("x"));
  EXPECT_EQ(Get("a").id, 0u);
}

TEST_F(ValuesTest, ATimeThatIsChangedOftenKeepsOneTimer) {
  const int64_t before = catalog_->timers().size();
  Create("topic");
  const int64_t later = absl::ToUnixMillis(clock_.Now()) + 1000;
  {
    ValueEdit edit(catalog_->values(), writes_);
    Value& value = edit.Make("v", ValueKind::kString);
    for (int i = 0; i < 100; ++i) edit.SetExpiry(value, later + i);
  }
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(catalog_->SetExpiry("topic", later + i, writes_).ok());
  }
  Commit();
  EXPECT_LE(catalog_->timers().size(), before + 3);
  Advance(absl::Milliseconds(1098));
  EXPECT_TRUE(catalog_->values().Holds("v"));
  EXPECT_NE(Find("topic"), nullptr);
  Advance(absl::Milliseconds(1));
  EXPECT_FALSE(catalog_->values().Holds("v"));
  EXPECT_EQ(Find("topic"), nullptr);
}

TEST_F(ValuesTest, ExpireOnTimeAndAfterARestart) {
  std::vector<std::string> expired;
  {
    ValueEdit edit(catalog_->values(), writes_);
    Value& value = edit.Make("v", ValueKind::kString);
    edit.SetBytes(value, "x");
    edit.SetExpiry(value, absl::ToUnixMillis(clock_.Now()) + 1000);
  }
  Commit();
  Reopen();
  catalog_->SetExpiredHook([&](const std::string& name) { expired.push_back(name); });
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_TRUE(catalog_->values().Holds("v"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(catalog_->values().Holds("v"));
  catalog_->Tick();
  EXPECT_TRUE(catalog_->values().none());
  EXPECT_THAT(expired, ElementsAre("v"));
}

}  // namespace
}  // namespace braid::engine
