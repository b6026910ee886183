// Settings by themselves: what values are taken, what changes come to, what the engine is told.
#include "protocol/kafka/config_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/kafka/broker_configs.h"
#include "protocol/kafka/config_changes.h"
#include "protocol/kafka/topic_configs.h"

namespace braid::kafka {
namespace {

bool Takes(ConfigType type, std::string_view value, std::string_view words = "", double least = -5,
           double most = 5) {
  return !FaultOf({"x", type, "", "", words, least, most}, value).has_value();
}

TEST(ConfigRuleTest, ValuesAreHeldAgainstTypeAndBounds) {
  EXPECT_TRUE(Takes(ConfigType::kInt, "5"));
  EXPECT_TRUE(Takes(ConfigType::kInt, " -5 "));
  EXPECT_FALSE(Takes(ConfigType::kInt, "6"));
  EXPECT_FALSE(Takes(ConfigType::kInt, "1.5"));
  EXPECT_FALSE(Takes(ConfigType::kInt, ""));
  EXPECT_FALSE(Takes(ConfigType::kInt, "3000000000", "", -5, 1e12));
  EXPECT_TRUE(Takes(ConfigType::kLong, "3000000000", "", -5, 1e12));
  EXPECT_FALSE(Takes(ConfigType::kLong, "9223372036854775808", "", -5, 1e30));
  EXPECT_TRUE(Takes(ConfigType::kDouble, "0.5"));
  EXPECT_FALSE(Takes(ConfigType::kDouble, "half"));
  EXPECT_FALSE(Takes(ConfigType::kDouble, "nan"));
  EXPECT_TRUE(Takes(ConfigType::kBoolean, "true"));
  EXPECT_FALSE(Takes(ConfigType::kBoolean, "yes"));
  EXPECT_TRUE(Takes(ConfigType::kString, "b", "a,b"));
  EXPECT_FALSE(Takes(ConfigType::kString, "c", "a,b"));
  EXPECT_TRUE(Takes(ConfigType::kList, "b, a", "a,b"));
  EXPECT_TRUE(Takes(ConfigType::kList, "", "a,b"));
  EXPECT_FALSE(Takes(ConfigType::kList, "a,,b", "a,b"));
  EXPECT_FALSE(Takes(ConfigType::kList, "a,a", "a,b"));
}

TEST(ConfigRuleTest, EveryDefaultKeepsToItsRule) {
  for (const TopicConfig& topic : TopicConfigs()) {
    EXPECT_EQ(FaultOf(topic.rule, topic.rule.default_value), std::nullopt) << topic.rule.name;
    EXPECT_EQ(FindTopicConfig(topic.rule.name), &topic);
    if (!topic.broker_name.empty()) EXPECT_EQ(FindTopicConfigOf(topic.broker_name), &topic);
  }
  for (const BrokerConfig& broker : BrokerConfigs({}, {})) {
    EXPECT_EQ(FaultOf(broker.rule, broker.value), std::nullopt) << broker.rule.name;
  }
}

TEST(TopicConfigsTest, WhatFitsTogether) {
  EXPECT_FALSE(FaultOfTopicConfigs({{"cleanup.policy", ""}}).has_value());
  EXPECT_FALSE(FaultOfTopicConfigs({{"cleanup.policy", "compact,delete"}}).has_value());
  EXPECT_TRUE(FaultOfTopicConfigs({{"no.such", "1"}}).has_value());
  EXPECT_TRUE(FaultOfTopicConfigs({{"segment.bytes", "1048575"}}).has_value());
  EXPECT_TRUE(FaultOfTopicConfigs({{"remote.storage.enable", "true"}}).has_value());
  EXPECT_TRUE(
      FaultOfTopicConfigs({{"min.compaction.lag.ms", "9"}, {"max.compaction.lag.ms", "8"}}));
  EXPECT_TRUE(FaultOfTopicConfigs({{"min.cleanable.dirty.ratio", "1.5"}}).has_value());
}

StreamOptions OptionsOf(const ConfigMap& own, const ConfigMap& defaults = {}) {
  StreamOptions options;
  ApplyTopicConfigs(own, defaults, options);
  return options;
}

TEST(TopicConfigsTest, EngineIsToldWhatItDoes) {
  const StreamOptions options = OptionsOf({{"cleanup.policy", "compact,delete"},
                                           {"retention.ms", "1000"},
                                           {"retention.bytes", "5000000"},
                                           {"segment.bytes", "1048576"},
                                           {"segment.ms", "2000"},
                                           {"min.cleanable.dirty.ratio", "0.25"},
                                           {"min.compaction.lag.ms", "10"},
                                           {"max.compaction.lag.ms", "20"},
                                           {"delete.retention.ms", "30"},
                                           {"max.message.bytes", "100"},
                                           {"message.timestamp.type", "LogAppendTime"},
                                           {"message.timestamp.before.max.ms", "40"},
                                           {"message.timestamp.after.max.ms", "50"},
                                           {"compression.type", "zstd"},
                                           {"flush.messages", "1"}});
  EXPECT_TRUE(options.compact);
  EXPECT_EQ(options.max_age, absl::Seconds(1));
  EXPECT_EQ(options.max_bytes, 5'000'000);
  EXPECT_EQ(options.segment_bytes, 1 << 20);
  EXPECT_EQ(options.segment_age, absl::Seconds(2));
  EXPECT_EQ(options.min_dirty_ratio, 0.25);
  EXPECT_EQ(options.min_compaction_lag, absl::Milliseconds(10));
  EXPECT_EQ(options.max_compaction_lag, absl::Milliseconds(20));
  EXPECT_EQ(options.tombstone_retention, absl::Milliseconds(30));
  EXPECT_EQ(options.max_record_bytes, 100);
  EXPECT_TRUE(options.append_time);
  EXPECT_EQ(options.max_time_behind, absl::Milliseconds(40));
  EXPECT_EQ(options.max_time_ahead, absl::Milliseconds(50));
  EXPECT_EQ(options.codec, Codec::kZstd);
  EXPECT_EQ(options.durability, Durability::kSync);
}

TEST(TopicConfigsTest, WithoutSettingsTheEngineDoesAsItDoes) {
  StreamOptions usual;
  usual.max_time_ahead = absl::Hours(1);  // the one default of Kafka's that the engine lacks
  EXPECT_TRUE(OptionsOf({}) == usual);
}

TEST(TopicConfigsTest, RetentionIsForThePolicyToDelete) {
  for (const std::string policy : {"compact", ""}) {
    const StreamOptions options = OptionsOf(
        {{"cleanup.policy", policy}, {"retention.ms", "1000"}, {"retention.bytes", "1000"}});
    EXPECT_EQ(options.max_age, absl::ZeroDuration()) << policy;
    EXPECT_EQ(options.max_bytes, -1) << policy;
  }
  EXPECT_GT(OptionsOf({{"retention.ms", "0"}}).max_age, absl::ZeroDuration()) << "nothing stays";
}

TEST(TopicConfigsTest, OwnSettingGoesBeforeTheBrokers) {
  const ConfigMap defaults = {{"retention.ms", "1000"}, {"segment.ms", "5"}};
  EXPECT_EQ(OptionsOf({}, defaults).max_age, absl::Seconds(1));
  EXPECT_EQ(OptionsOf({{"retention.ms", "-1"}}, defaults).max_age, absl::ZeroDuration());
  EXPECT_EQ(OptionsOf({{"retention.ms", "-1"}}, defaults).segment_age, absl::Milliseconds(5));
}

TEST(TopicConfigsTest, SettingsAreCarriedWithTheOptions) {
  StreamOptions options;
  EXPECT_FALSE(CarriesTopicConfigs(options));
  KeepTopicConfigs({}, options);
  EXPECT_TRUE(CarriesTopicConfigs(options));
  const ConfigMap own = {{"cleanup.policy", ""}, {"retention.ms", "5"}};
  KeepTopicConfigs(own, options);
  EXPECT_EQ(OwnTopicConfigs(options), own);
}

TEST(TopicConfigsTest, OptionsSetElsewhereReadAsSettings) {
  StreamOptions options;
  options.owner = Origin::kNats;
  options.extra = "not ours";
  options.max_age = absl::Minutes(1);
  options.compact = true;
  EXPECT_EQ(OwnTopicConfigs(options),
            (ConfigMap{{"cleanup.policy", "compact,delete"}, {"retention.ms", "60000"}}));
}

class ConfigChangesTest : public ::testing::Test {
 protected:
  Refusal Change(std::vector<ConfigChange> changes) {
    const auto rule_of = [](std::string_view name) -> const ConfigRule* {
      const TopicConfig* topic = FindTopicConfig(name);
      return topic == nullptr ? nullptr : &topic->rule;
    };
    return ApplyConfigChanges(changes, rule_of, own);
  }
  ConfigMap own;
};

TEST_F(ConfigChangesTest, SetAndDelete) {
  EXPECT_TRUE(Change({{"retention.ms", ConfigOperation::kSet, " 5 "},
                      {"cleanup.policy", ConfigOperation::kSet, "compact , delete"}})
                  .ok());
  EXPECT_EQ(own, (ConfigMap{{"cleanup.policy", "compact,delete"}, {"retention.ms", "5"}}));
  EXPECT_TRUE(Change({{"retention.ms", ConfigOperation::kDelete, std::nullopt},
                      {"segment.ms", ConfigOperation::kDelete, std::nullopt}})
                  .ok());
  EXPECT_EQ(own, (ConfigMap{{"cleanup.policy", "compact,delete"}}));
}

TEST_F(ConfigChangesTest, ListsAreAddedToAndTakenFrom) {
  const auto append = [&](std::string_view items) {
    return Change({{"cleanup.policy", ConfigOperation::kAppend, items}}).ok();
  };
  EXPECT_TRUE(append("compact"));
  EXPECT_EQ(own["cleanup.policy"], "delete,compact") << "to the default";
  EXPECT_TRUE(append("compact"));
  EXPECT_EQ(own["cleanup.policy"], "delete,compact");
  EXPECT_TRUE(Change({{"cleanup.policy", ConfigOperation::kSubtract, "delete,other"}}).ok());
  EXPECT_EQ(own["cleanup.policy"], "compact");
}

TEST_F(ConfigChangesTest, WhatMakesNoSenseIsRefused) {
  const auto code = [&](std::vector<ConfigChange> changes) { return Change(changes).code; };
  EXPECT_EQ(code({{"retention.ms", ConfigOperation::kAppend, "5"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(code({{"nothing", ConfigOperation::kAppend, "5"}}), ErrorCode::kInvalidConfig);
  EXPECT_EQ(code({{"retention.ms", ConfigOperation::kSet, std::nullopt}}),
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(code({{"retention.ms", static_cast<ConfigOperation>(9), "5"}}),
            ErrorCode::kInvalidRequest);
  EXPECT_EQ(code({{"retention.ms", ConfigOperation::kSet, "5"},
                  {"retention.ms", ConfigOperation::kDelete, std::nullopt}}),
            ErrorCode::kInvalidRequest);
}

}  // namespace
}  // namespace braid::kafka
