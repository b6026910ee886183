#include "engine/consumer_protocol.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace braid::engine {
namespace {

using namespace std::string_literals;

const std::string kTopics = "\0\0\0\2\0\5first\0\6second"s;
const std::string kNoUserData = "\xff\xff\xff\xff"s;
const std::string kOwned = "\0\0\0\1\0\5first\0\0\0\2\0\0\0\0\0\0\0\3"s;
const std::string kGeneration = "\0\0\0\7"s;
const std::string kRack = "\0\2r1"s;

TEST(ConsumerProtocolTest, SubscriptionsOfEveryVersion) {
  const std::string rest = kTopics + kNoUserData;
  const auto v0 = DecodeSubscription("\0\0"s + rest);
  const auto v1 = DecodeSubscription("\0\1"s + rest + kOwned);
  const auto v2 = DecodeSubscription("\0\2"s + rest + kOwned + kGeneration);
  const auto v3 = DecodeSubscription("\0\3"s + rest + kOwned + kGeneration + kRack);
  const auto v9 = DecodeSubscription("\0\11"s + rest + kOwned + kGeneration + kRack + "more");
  const NamedPartitions owned = {{"first", {0, 3}}};
  for (const auto& each : {v0, v1, v2, v3, v9}) {
    ASSERT_TRUE(each.has_value());
    EXPECT_EQ(each->topics, (std::vector<std::string>{"first", "second"}));
    EXPECT_EQ(each->owned, each->version > 0 ? owned : NamedPartitions());
    EXPECT_EQ(each->rack_id.value_or(""), each->version > 2 ? "r1" : "");
  }
}

TEST(ConsumerProtocolTest, UserDataIsSkipped) {
  const auto decoded = DecodeSubscription("\0\1"s + kTopics + "\0\0\0\3abc"s + kOwned);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->owned.size(), 1u);
}

TEST(ConsumerProtocolTest, EveryTruncationIsRefused) {
  const std::string whole = "\0\3"s + kTopics + kNoUserData + kOwned + kGeneration + kRack;
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(DecodeSubscription(std::string_view(whole).substr(0, size))) << size;
  }
  const std::string assignment = EncodeAssignment(1, {{"first", {0, 3}}});
  for (size_t size = 1; size < assignment.size() - 4; ++size) {  // what assignors add may lack
    EXPECT_FALSE(DecodeAssignment(std::string_view(assignment).substr(0, size))) << size;
  }
}

TEST(ConsumerProtocolTest, LengthsAreCheckedBeforeTheyAreBelieved) {
  EXPECT_FALSE(DecodeSubscription("\0\0\x7f\xff\xff\xff"s));
  EXPECT_FALSE(DecodeSubscription("\0\0\xff\xff\xff\xff"s));
  EXPECT_FALSE(DecodeSubscription("\xff\xff\0\0\0\0\0\0\0\0"s)) << "a version below zero";
  EXPECT_FALSE(DecodeAssignment("\0\0\0\0\0\1\0\1t\x7f\xff\xff\xff"s));
}

TEST(ConsumerProtocolTest, AssignmentsGoThereAndBack) {
  const NamedPartitions shares = {{"first", {0, 3}}, {"second", {}}};
  for (int16_t version = 0; version <= 4; ++version) {
    const std::string bytes = EncodeAssignment(version, shares);
    EXPECT_EQ(DecodeAssignment(bytes), shares);
    EXPECT_EQ(bytes[1], std::min<int16_t>(version, 3));
  }
  EXPECT_EQ(DecodeAssignment(""), NamedPartitions());
}

}  // namespace
}  // namespace braid::engine
