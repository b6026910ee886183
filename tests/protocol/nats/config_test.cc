// Stream and consumer configurations: defaults, rules, and what the engine is told.
#include <gtest/gtest.h>

#include "protocol/nats/consumer_config.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/stream_config.h"

namespace braid::nats {
namespace {

int64_t ErrorOf(const absl::Status& status) {
  return status.ok() ? 0 : ToApiError(status).err_code;
}

StreamConfig Stream(std::string name = "S") {
  StreamConfig config;
  config.name = std::move(name);
  return config;
}

int64_t Check(StreamConfig config) {
  return ErrorOf(Complete(std::move(config)).status());
}

TEST(StreamConfigTest, DefaultsAreFilledIn) {
  StreamConfig config = Stream();
  config.max_msgs = 0;
  config.max_age = absl::Minutes(1);
  config.num_replicas = 0;
  const auto complete = Complete(config);
  ASSERT_TRUE(complete.ok());
  EXPECT_EQ(complete->subjects, std::vector<std::string>{"S"});
  EXPECT_EQ(complete->max_msgs, -1);
  EXPECT_EQ(complete->num_replicas, 1);
  EXPECT_EQ(complete->duplicate_window, absl::Minutes(1));
  EXPECT_EQ(*Complete(*complete), *complete);
}

TEST(StreamConfigTest, NamesAreChecked) {
  for (const char* bad : {"", "a.b", "a b", "a*", "a>", "a\tb"}) {
    EXPECT_EQ(Check(Stream(bad)), 10052) << bad;
  }
  EXPECT_EQ(Check(Stream("a/b")), 10128);
  EXPECT_EQ(Check(Stream(std::string(256, 'a'))), 10052);
  EXPECT_EQ(Check(Stream(std::string(255, 'a'))), 0);
  EXPECT_EQ(Check(Stream("ORDERS_eu-1")), 0);
}

TEST(StreamConfigTest, SubjectsAreChecked) {
  const auto check = [](std::vector<std::string> subjects, bool no_ack = false) {
    StreamConfig config = Stream();
    config.subjects = std::move(subjects);
    config.no_ack = no_ack;
    return Check(config);
  };
  EXPECT_EQ(check({"a..b"}), 10052);
  EXPECT_EQ(check({"a", "a"}), 10052);
  EXPECT_EQ(check({"a.*", "a.b"}), 10052);
  EXPECT_EQ(check({">"}), 10052);
  EXPECT_EQ(check({">"}, true), 0);
  EXPECT_EQ(check({"$JS.API.>"}), 10052);
  EXPECT_EQ(check({"$KV.B.>"}), 0);
  EXPECT_EQ(check({"a.*", "b.>"}), 0);
}

TEST(StreamConfigTest, TimesAreChecked) {
  StreamConfig config = Stream();
  config.max_age = absl::Milliseconds(50);
  EXPECT_EQ(Check(config), 10052);
  config.max_age = absl::Seconds(10);
  config.duplicate_window = absl::Seconds(11);
  EXPECT_EQ(Check(config), 10052);
  config.duplicate_window = -absl::Seconds(1);
  EXPECT_EQ(Check(config), 10052);
}

TEST(StreamConfigTest, PoliciesAreChecked) {
  StreamConfig rollup = Stream();
  rollup.allow_rollup_hdrs = rollup.deny_purge = true;
  EXPECT_EQ(Check(rollup), 10052);
  StreamConfig replicas = Stream();
  replicas.num_replicas = 3;
  EXPECT_EQ(Check(replicas), 10074);
  replicas.num_replicas = 6;
  EXPECT_EQ(Check(replicas), 10052);
  StreamConfig retention = Stream();
  retention.retention = Retention::kWorkQueue;
  EXPECT_EQ(Check(retention), 10052);
}

TEST(StreamConfigTest, EngineOptionsCarryTheConfigAndBack) {
  StreamConfig config = Stream();
  config.subjects = {"s.>"};
  config.max_msgs = 10;
  config.max_bytes = 1000;
  config.max_age = absl::Hours(1);
  config.max_msgs_per_subject = 3;
  config.discard = DiscardPolicy::kNew;
  config.description = "a \"quoted\" one";
  config.metadata = {{"team", "orders"}};
  const StreamConfig complete = *Complete(config);
  const StreamOptions options = ToStreamOptions(complete);
  EXPECT_EQ(options.owner, Origin::kNats);
  EXPECT_EQ(options.subjects, complete.subjects);
  EXPECT_EQ(options.max_records, 10);
  EXPECT_EQ(options.max_bytes, 1000);
  EXPECT_EQ(options.max_age, absl::Hours(1));
  EXPECT_EQ(options.max_records_per_key, 3);
  EXPECT_EQ(options.discard, Discard::kNew);
  EXPECT_EQ(options.dedup_window, absl::Minutes(2));
  EXPECT_EQ(ConfigOf(engine::StreamIdentity{}, options), complete);
}

ConsumerConfig Consumer(std::string name = "C") {
  ConsumerConfig config;
  config.durable_name = std::move(name);
  config.ack_policy = AckPolicy::kExplicit;
  return config;
}

int64_t Check(ConsumerConfig config) {
  return ErrorOf(Complete(std::move(config), {"s.>"}).status());
}

TEST(ConsumerConfigTest, NamesAreChecked) {
  EXPECT_EQ(Check(Consumer("a.b")), 10103);
  EXPECT_EQ(Check(Consumer("a b")), 10103);
  EXPECT_EQ(Check(Consumer("a/b")), 10127);
  ConsumerConfig two = Consumer("a");
  two.name = "b";
  EXPECT_EQ(Check(two), 10132);
}

TEST(ConsumerConfigTest, FiltersAreChecked) {
  const auto check = [](std::string one, std::vector<std::string> many) {
    ConsumerConfig config = Consumer();
    config.filter_subject = std::move(one);
    config.filter_subjects = std::move(many);
    return Check(config);
  };
  EXPECT_EQ(check("s.a", {"s.b"}), 10136);
  EXPECT_EQ(check("", {"s.*", "s.a"}), 10138);
  EXPECT_EQ(check("", {""}), 10139);
  EXPECT_EQ(check("s..a", {}), 10012);
  EXPECT_EQ(check("", {"s.a", "s.b"}), 0);
}

TEST(ConsumerConfigTest, AcksAndBackoffAreChecked) {
  ConsumerConfig config = Consumer();
  config.backoff = {absl::Seconds(1), absl::Seconds(2), absl::Seconds(3)};
  config.max_deliver = 2;
  EXPECT_EQ(Check(config), 10116);
  config.max_deliver = 3;
  EXPECT_EQ(Complete(config, {})->ack_wait, absl::Seconds(1));
  config.backoff = {-absl::Seconds(1)};
  EXPECT_EQ(Check(config), 10012);
  ConsumerConfig none = Consumer();
  none.ack_policy = AckPolicy::kNone;
  none.max_ack_pending = 5;
  EXPECT_EQ(Check(none), 0);
  none.deliver_subject = "deliver";
  EXPECT_EQ(Check(none), 10082);
}

TEST(ConsumerConfigTest, ReplicasNeedACluster) {
  ConsumerConfig config = Consumer();
  config.num_replicas = 3;
  EXPECT_EQ(Check(config), 10074);
}

TEST(ConsumerConfigTest, GroupOptionsCarryTheConfigAndBack) {
  ConsumerConfig config = Consumer();
  config.ack_wait = absl::Seconds(5);
  config.max_deliver = 4;
  config.filter_subjects = {"s.a", "s.b"};
  config.backoff = {absl::Seconds(7)};
  config.metadata = {{"k", "v"}};
  const ConsumerConfig complete = *Complete(config, {});
  const GroupOptions options = ToGroupOptions(complete);
  EXPECT_EQ(options.owner, Origin::kNats);
  EXPECT_EQ(options.max_deliver, 4);
  EXPECT_EQ(options.filters, complete.filter_subjects);
  EXPECT_EQ(options.backoff, complete.backoff);
  EXPECT_EQ(options.max_ack_pending, 1000);
  EXPECT_FALSE(options.ack_none);
  EXPECT_EQ(ConfigOf("C", options), complete);
  EXPECT_EQ(*Complete(complete, {}), complete);
}

}  // namespace
}  // namespace braid::nats
