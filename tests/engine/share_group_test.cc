// Members of share groups: epochs, shares, silence.
#include "engine/share_group.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "braid/error.h"

namespace braid::engine {
namespace {

constexpr absl::Time kStart = absl::UnixEpoch();

class ShareGroupTest : public ::testing::Test {
 protected:
  ShareGroupTest() { AddTopic("orders", 1, 4); }

  void AddTopic(const std::string& name, uint8_t id, int32_t partitions) {
    TopicImage::Entry& topic = topics.topics[name];
    topic.id[0] = id;
    topic.partitions = partitions;
    ++topics.version;
  }
  absl::StatusOr<ShareHeartbeatReply> Beat(
      const std::string& member, int32_t epoch,
      std::optional<std::vector<std::string>> names = std::nullopt, absl::Time now = kStart) {
    ShareHeartbeat heartbeat;
    heartbeat.member_id = member;
    heartbeat.epoch = epoch;
    heartbeat.topic_names = std::move(names);
    return group.Heartbeat(heartbeat, topics, now);
  }
  ShareHeartbeatReply Join(const std::string& member,
                           const std::vector<std::string>& names = {"orders"}) {
    auto reply = Beat(member, 0, names);
    EXPECT_TRUE(reply.ok()) << reply.status();
    return reply.value_or(ShareHeartbeatReply());
  }
  // "1:0 1:1", of what was told; "as before".
  static std::string Told(const ShareHeartbeatReply& reply) {
    if (!reply.assignment) return "as before";
    std::string text;
    for (const TopicPartition& partition : *reply.assignment) {
      if (!text.empty()) text += ' ';
      text += std::to_string(partition.topic[0]) + ':' + std::to_string(partition.partition);
    }
    return text;
  }

  TopicImage topics;
  ShareGroup group;
};

TEST_F(ShareGroupTest, OneMemberHasEverything) {
  const ShareHeartbeatReply joined = Join("one");
  EXPECT_EQ(joined.epoch, 1);
  EXPECT_EQ(Told(joined), "1:0 1:1 1:2 1:3");
  EXPECT_EQ(Told(*Beat("one", 1)), "as before");
  EXPECT_EQ(group.state(), "Stable");
}

TEST_F(ShareGroupTest, OlderTopicsAreNotLookedAt) {
  const TopicImage older = topics;
  AddTopic("jobs", 2, 1);
  EXPECT_EQ(Told(Join("one", {"jobs"})), "2:0");
  ShareHeartbeat late;
  late.member_id = "one";
  late.epoch = 1;
  EXPECT_EQ(Told(*group.Heartbeat(late, older, kStart)), "as before");
  EXPECT_EQ(Told(*Beat("one", 1)), "as before");
}

TEST_F(ShareGroupTest, MembersDivideWhatIsEnoughForAll) {
  Join("one");
  EXPECT_EQ(Told(Join("two")), "1:1 1:3");
  const auto one = Beat("one", 1);
  EXPECT_EQ(one->epoch, 2);
  EXPECT_EQ(Told(*one), "1:0 1:2");
}

TEST_F(ShareGroupTest, MembersShareWhatIsNot) {
  AddTopic("jobs", 2, 2);
  for (const char* member : {"a", "b", "c", "d", "e"}) Join(member, {"jobs"});
  std::map<TopicPartition, int> readers;
  for (const ShareMemberDescription& member : group.Describe().members) {
    const auto reply = Beat(member.member_id, member.epoch);
    ASSERT_TRUE(reply.ok());
  }
  for (const ShareMemberDescription& member : group.Describe().members) {
    EXPECT_EQ(member.assigned.size(), 1u) << member.member_id;
    for (const TopicPartition& partition : member.assigned) ++readers[partition];
  }
  ASSERT_EQ(readers.size(), 2u);
  for (const auto& [partition, count] : readers) EXPECT_GE(count, 2);
}

TEST_F(ShareGroupTest, EpochsAreHeldAgainstTheMembers) {
  Join("one");
  Join("two");
  EXPECT_EQ(CodeOf(Beat("three", 1).status()), Errc::kUnknownMember);
  EXPECT_EQ(CodeOf(Beat("two", 3).status()), Errc::kFencedMemberEpoch);
  EXPECT_EQ(Beat("one", 1)->epoch, 2);
  EXPECT_EQ(Told(*Beat("one", 1)), "1:0 1:2") << "the answer before was lost";
  EXPECT_EQ(CodeOf(Beat("gone", -1).status()), Errc::kUnknownMember);
  EXPECT_EQ(Beat("one", -1)->epoch, -1);
  EXPECT_EQ(Told(*Beat("two", 2)), "1:0 1:1 1:2 1:3");
}

TEST_F(ShareGroupTest, TopicsAndSubscriptionsChangeWhatIsShared) {
  Join("one", {"orders", "later"});
  AddTopic("later", 9, 1);
  const auto more = Beat("one", 1);
  EXPECT_EQ(more->epoch, 2);
  EXPECT_EQ(Told(*more), "1:0 1:1 1:2 1:3 9:0");
  AddTopic("unrelated", 5, 1);
  EXPECT_EQ(Beat("one", 2)->epoch, 2);
  EXPECT_EQ(Told(*Beat("one", 2, {{"later"}})), "9:0");
}

TEST_F(ShareGroupTest, WhoIsSilentIsPutOut) {
  Join("one");
  EXPECT_EQ(group.NextDeadline(), kStart + absl::Seconds(45));
  ASSERT_TRUE(Beat("two", 0, {{"orders"}}, kStart + absl::Seconds(10)).ok());
  EXPECT_TRUE(group.Expire(kStart + absl::Seconds(44)).empty());
  EXPECT_EQ(group.Expire(kStart + absl::Seconds(45)), std::vector<std::string>{"one"});
  EXPECT_EQ(Told(*Beat("two", 2, std::nullopt, kStart + absl::Seconds(46))), "1:0 1:1 1:2 1:3");
  EXPECT_EQ(group.Expire(kStart + absl::Hours(1)), std::vector<std::string>{"two"});
  EXPECT_EQ(group.state(), "Empty");
  EXPECT_EQ(group.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(ShareGroupTest, TheGroupIsFullAtSomeTime) {
  for (size_t i = 0; i < ShareGroup::kMaxMembers; ++i) Join(std::to_string(i));
  EXPECT_EQ(CodeOf(Beat("more", 0, {{"orders"}}).status()), Errc::kGroupFull);
  EXPECT_TRUE(Beat("7", 0, {{"orders"}}).ok()) << "who is in it may join again";
}

TEST_F(ShareGroupTest, HeartbeatsMustMakeSense) {
  ShareHeartbeat heartbeat;
  EXPECT_EQ(CodeOf(CheckForm(heartbeat)), Errc::kInvalidArgument);
  heartbeat.member_id = "one";
  EXPECT_EQ(CodeOf(CheckForm(heartbeat)), Errc::kInvalidArgument) << "subscribes to nothing";
  heartbeat.topic_names = {{"orders"}};
  EXPECT_TRUE(CheckForm(heartbeat).ok());
  heartbeat.rack_id = "";
  EXPECT_EQ(CodeOf(CheckForm(heartbeat)), Errc::kInvalidArgument);
  heartbeat.rack_id.reset();
  heartbeat.epoch = -2;
  EXPECT_EQ(CodeOf(CheckForm(heartbeat)), Errc::kInvalidArgument);
}

}  // namespace
}  // namespace braid::engine
