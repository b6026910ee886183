// The embedding interface, as its users have it.
#include "braid/engine.h"

#include <gtest/gtest.h>

#include "braid/error.h"
#include "braid/testing.h"

namespace braid {
namespace {

TEST(FacadeTest, AppendReadWithAGroupAndAck) {
  auto engine = *Engine::Open({});
  auto orders = *engine->CreateStream("orders");
  ASSERT_TRUE(orders.Append("order 1").ok());
  auto workers = *orders.CreateGroup("workers");
  EXPECT_EQ(workers.Lag(), 1);
  auto messages = *workers.Fetch("me", 10);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].value, "order 1");
  EXPECT_EQ(workers.Pending(), 1);
  EXPECT_TRUE(*workers.Ack(messages[0].offset));
  EXPECT_EQ(workers.Pending(), 0);
  EXPECT_EQ(workers.Lag(), 0);
}

TEST(FacadeTest, TimeIsTheTestsOwn) {
  ManualClock clock;
  auto engine = *Engine::Open({.clock = &clock});
  auto orders = *engine->CreateStream("orders");
  ASSERT_TRUE(orders.Append("order 1").ok());
  auto workers = *orders.CreateGroup("workers", {.ack_wait = absl::Seconds(30)});
  ASSERT_EQ(workers.Fetch("me", 1)->size(), 1u);
  EXPECT_EQ(engine->Tick(), clock.Now() + absl::Seconds(30));
  clock.Advance(absl::Seconds(30));
  engine->Tick();
  auto again = *workers.Fetch("me", 1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].delivery_count, 2);
}

TEST(FacadeTest, ReadsAndRefusesOutsideTheStream) {
  auto engine = *Engine::Open({});
  auto stream = *engine->CreateStream("s");
  ASSERT_TRUE(stream.Append("a").ok());
  ASSERT_TRUE(stream.Append("b").ok());
  EXPECT_EQ(stream.Read(1, 10)->front().value, "b");
  EXPECT_TRUE(stream.Read(2, 10)->empty());
  EXPECT_EQ(CodeOf(stream.Read(3, 10).status()), Errc::kOffsetOutOfRange);
}

TEST(FacadeTest, ManyRecordsAreOneBatch) {
  auto engine = *Engine::Open({});
  auto stream = *engine->CreateStream("s");
  std::vector<RecordView> records(100);
  for (RecordView& record : records) record.value = "x";
  EXPECT_EQ(*stream.Append(records), 0);
  EXPECT_EQ(stream.next_offset(), 100);
}

TEST(FacadeTest, NamesThatAreNotThereAreErrors) {
  auto engine = *Engine::Open({});
  EXPECT_EQ(CodeOf(engine->FindStream("s").status()), Errc::kStreamNotFound);
  EXPECT_EQ(CodeOf(engine->DeleteStream("s")), Errc::kStreamNotFound);
  auto stream = *engine->CreateStream("s");
  EXPECT_EQ(CodeOf(engine->CreateStream("s").status()), Errc::kStreamExists);
  EXPECT_EQ(CodeOf(stream.FindGroup("g").status()), Errc::kGroupNotFound);
}

}  // namespace
}  // namespace braid
