// Dead letters of groups whose deliveries expire.
#include "engine/dead_letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;

class DeadLettersTest : public EngineTest {};

TEST_F(DeadLettersTest, WhatIsGivenUpIsCopiedWithWhereItLay) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Publish(stream, "s.a", "payload").ok());
  GroupOptions options;
  options.owner = Origin::kNats;
  options.ack_wait = absl::Seconds(1);
  options.max_deliver = 1;
  options.dead_letter = "dead";
  const GroupPtr group = CreateGroup(stream, "g", options);
  ASSERT_EQ(Fetch(group, 1).size(), 1);
  Advance(absl::Seconds(2));
  const StreamPtr dead = Find("dead");
  ASSERT_NE(dead, nullptr);
  const auto letter = dead->ReadOne(0);
  ASSERT_TRUE(letter.ok());
  EXPECT_EQ(letter->value, "payload");
  EXPECT_EQ(letter->key, "s.a");
  EXPECT_EQ(letter->headers[0].key, "__dlq.errors.topic");
  EXPECT_EQ(letter->headers[0].value, "s");
  EXPECT_EQ(dead->options().owner, Origin::kNats);
}

TEST_F(DeadLettersTest, ThePlaceForThemSurvivesARestart) {
  const StreamPtr stream = Create("s");
  ASSERT_TRUE(Publish(stream, "s.a", "payload").ok());
  GroupOptions options;
  options.owner = Origin::kNats;
  options.ack_wait = absl::Seconds(1);
  options.max_deliver = 1;
  options.dead_letter = "dead";
  ASSERT_EQ(Fetch(CreateGroup(stream, "g", options), 1).size(), 1);
  Commit();
  Reopen();
  EXPECT_EQ(Find("s")->FindGroup(Origin::kNats, "g")->options().dead_letter, "dead");
  Advance(absl::Seconds(2));
  ASSERT_NE(Find("dead"), nullptr);
  Reopen();
  EXPECT_THAT(ValuesOf(Find("dead")), ElementsAre("payload"));
}

}  // namespace
}  // namespace braid::engine
