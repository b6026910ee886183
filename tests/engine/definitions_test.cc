#include "engine/definitions.h"

#include <gtest/gtest.h>

#include "braid/error.h"

namespace braid::engine {
namespace {

TopicDefinition Defined() {
  TopicDefinition topic;
  topic.created = absl::FromUnixSeconds(5);
  topic.stream_ids = {7};
  topic.options.resize(1);
  topic.options[0].max_bytes = 9;
  topic.options[0].subjects = {"a", "b"};
  return topic;
}

// Of a topic that never expires, ten bytes, and an empty name, one.
constexpr size_t kLateBytes = 11;
// Of stream options, what came with version 5: three that are zero, and two empty texts.
constexpr size_t kVersionFiveBytes = 5;

// As a version before the fifth wrote it.
std::string WithoutVersionFive(std::string bytes) {
  return bytes.erase(bytes.size() - kLateBytes - kVersionFiveBytes, kVersionFiveBytes);
}

TEST(DefinitionsTest, TopicsReadBackAsWritten) {
  TopicDefinition topic = Defined();
  topic.options[0].max_time_ahead = absl::Hours(1);
  topic.options[0].append_time = true;
  topic.options[0].record_ttl = true;
  topic.options[0].delete_marker_ttl = absl::Seconds(5);
  topic.options[0].schedules = true;
  topic.options[0].transform_source = "a.*";
  topic.options[0].transform_destination = "b.$1";
  topic.expiry_ms = 1234;
  topic.birth_name = "old";
  const auto read = DecodeTopic(EncodeTopic(topic));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->stream_ids, topic.stream_ids);
  EXPECT_TRUE(read->options == topic.options);
  EXPECT_EQ(read->expiry_ms, 1234);
  EXPECT_EQ(read->birth_name, "old");
}

TEST(DefinitionsTest, VersionThreeTopicsNeverExpireAndWereBornAsTheyAreCalled) {
  const TopicDefinition topic = Defined();
  std::string bytes = WithoutVersionFive(EncodeTopic(topic));
  bytes[0] = 3;
  bytes.resize(bytes.size() - kLateBytes);
  const auto read = DecodeTopic(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->expiry_ms, INT64_MAX);
  EXPECT_EQ(read->birth_name, "");
}

TEST(DefinitionsTest, VersionFourHasTheDefaultsOfWhatItLacks) {
  const TopicDefinition topic = Defined();
  std::string bytes = WithoutVersionFive(EncodeTopic(topic));
  bytes[0] = 4;
  const auto read = DecodeTopic(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->options == topic.options);
}

TEST(DefinitionsTest, VersionTwoHasTheDefaultsOfWhatItLacks) {
  const TopicDefinition topic = Defined();
  std::string bytes = WithoutVersionFive(EncodeTopic(topic));
  ASSERT_EQ(bytes[0], 5);
  bytes[0] = 2;
  // Two durations without end, ten bytes each, and a truth.
  bytes.resize(bytes.size() - kLateBytes - 21);
  const auto read = DecodeTopic(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->options == topic.options);
}

TEST(DefinitionsTest, UnknownVersionsAndCutsAreRefused) {
  std::string bytes = EncodeTopic(Defined());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(DecodeTopic(bytes.substr(0, size)).ok()) << size;
  }
  bytes[0] = 6;
  EXPECT_EQ(CodeOf(DecodeTopic(bytes).status()), Errc::kCorrupt);
}

}  // namespace
}  // namespace braid::engine
