// What is noted of commands that take long: the slow log, latency events, histograms. Handlers run
// on real time: a command that surely takes some is DEBUG SLEEP.
#include <string>

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class SlowlogTest : public RedisTest {
 protected:
  SlowlogTest() { Given({"CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET"}); }
};

TEST_F(SlowlogTest, EntriesSayWhatTookHowLongAndWhose) {
  Given({"CLIENT SETNAME me", "SLOWLOG RESET", "SET a b"});
  const auto entries = service_.slow_log().Newest(1);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].unix_seconds, absl::ToUnixSeconds(clock.Now()));
  EXPECT_GE(entries[0].micros, 0);
  EXPECT_THAT(Do("SLOWLOG GET 1"),
              MatchesRegex(R"(\[\[:[0-9]+ :[0-9]+ :[0-9]+ \[SET a b\] 127.0.0.1:[0-9]+ me\]\])"));
}

TEST_F(SlowlogTest, OnlyWhatTakesLongEnough) {
  Given({"CONFIG SET slowlog-log-slower-than 3600000000", "SLOWLOG RESET", "DEBUG SLEEP 0.01"});
  EXPECT_EQ(Do("SLOWLOG LEN"), ":0");
  Given({"CONFIG SET slowlog-log-slower-than 10000", "DEBUG SLEEP 0.01"});
  EXPECT_GE(service_.slow_log().Newest(1)[0].micros, 10000);
  EXPECT_THAT(Do("SLOWLOG GET"), HasSubstr("[DEBUG SLEEP 0.01]"));
}

TEST_F(SlowlogTest, ACommandDoesNotPayForTheOneBeforeIt) {
  client_->SayRaw(EncodeRequest(Words("DEBUG SLEEP 0.05")) + EncodeRequest(Words("PING")));
  EXPECT_EQ(client_->Hear(), "+OK");
  EXPECT_EQ(client_->Hear(), "+PONG");
  const auto entries = service_.slow_log().Newest(2);
  EXPECT_EQ(entries[0].args.front(), "PING");
  EXPECT_LT(entries[0].micros, 50000);
  EXPECT_GE(entries[1].micros, 50000);
}

TEST_F(SlowlogTest, CommandsOfTransactionsAreOneByOne) {
  Given({"SLOWLOG RESET", "MULTI", "SET a b"});
  Do("EXEC");
  const auto entries = service_.slow_log().Newest(-1);
  ASSERT_EQ(entries.size(), 3u);  // EXEC itself is not
  EXPECT_EQ(entries[0].args.front(), "SET");
  EXPECT_EQ(entries[1].args.front(), "MULTI");
  EXPECT_EQ(entries[2].args.front(), "SLOWLOG");
}

TEST_F(SlowlogTest, NegativeMeansNever) {
  Given({"CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET", "DEBUG SLEEP 0.001"});
  EXPECT_EQ(Do("SLOWLOG LEN"), ":0");
}

TEST_F(SlowlogTest, TheOldestGoBeyondTheMaximum) {
  Given({"CONFIG SET slowlog-max-len 2", "SET a 1", "SET a 2", "SET a 3"});
  const auto entries = service_.slow_log().Newest(-1);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].args.back(), "3");
  EXPECT_EQ(entries[1].args.back(), "2");
  EXPECT_EQ(entries[0].id, entries[1].id + 1);
}

TEST_F(SlowlogTest, IdsGoOnAfterReset) {
  Given({"PING"});
  const int64_t id = service_.slow_log().Newest(1)[0].id;
  Given({"SLOWLOG RESET"});
  EXPECT_GT(service_.slow_log().Newest(1)[0].id, id);
}

TEST_F(SlowlogTest, LongArgumentsAndManyAreCut) {
  Do({"SET", "a", std::string(200, 'x')});
  EXPECT_EQ(service_.slow_log().Newest(1)[0].args[2],
            std::string(128, 'x') + "... (72 more bytes)");
  std::vector<std::string> request = {"DEL"};
  for (int i = 1; i < 40; ++i) request.push_back("k" + std::to_string(i));
  Do(request);
  const auto args = service_.slow_log().Newest(1)[0].args;
  ASSERT_EQ(args.size(), 32u);
  EXPECT_EQ(args[30], "k30");
  EXPECT_EQ(args[31], "... (9 more arguments)");
}

TEST_F(SlowlogTest, PasswordsAreNotKept) {
  Do("AUTH secret");
  EXPECT_EQ(service_.slow_log().Newest(1)[0].args.back(), "(redacted)");
  Do("CONFIG SET requirepass secret");
  EXPECT_EQ(service_.slow_log().Newest(1)[0].args.back(), "(redacted)");
  EXPECT_EQ(service_.slow_log().Newest(1)[0].args[2], "requirepass");
}

TEST_F(SlowlogTest, GetTakesTenOrAsManyAsAsked) {
  for (int i = 0; i < 20; ++i) Do("PING");
  EXPECT_EQ(client_->Do("SLOWLOG GET -2"), "-ERR count should be greater than or equal to -1");
  EXPECT_EQ(client_->Do("SLOWLOG GET x"), "-ERR count should be greater than or equal to -1");
  EXPECT_EQ(client_->Do("SLOWLOG GET 1 2"),
            "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
  EXPECT_EQ(service_.slow_log().Newest(10).size(), 10u);
  EXPECT_EQ(Do("SLOWLOG GET 0"), "[]");
}

TEST_F(SlowlogTest, SettingsAreChecked) {
  EXPECT_THAT(Do("CONFIG SET slowlog-log-slower-than -2"),
              EndsWith("argument must be between -1 and 9223372036854775807 inclusive"));
  EXPECT_THAT(Do("CONFIG SET slowlog-max-len -1"),
              EndsWith("argument must be between 0 and 9223372036854775807 inclusive"));
  EXPECT_EQ(Do("CONFIG GET slowlog-*"), "[slowlog-log-slower-than 0 slowlog-max-len 128]");
}

class LatencyTest : public RedisTest {};

TEST_F(LatencyTest, NothingIsKeptUnlessAskedFor) {
  Given({"DEBUG SLEEP 0.002"});
  EXPECT_EQ(Do("LATENCY LATEST"), "[]");
  EXPECT_EQ(Do("LATENCY HISTORY command"), "[]");
  EXPECT_THAT(Do("LATENCY DOCTOR"), HasSubstr("latency-monitor-threshold"));
  EXPECT_EQ(Do("LATENCY GRAPH command"), "-ERR No samples available for event 'command'");
}

TEST_F(LatencyTest, TheWorstOfEverySecondIsKept) {
  Given({"CONFIG SET latency-monitor-threshold 1", "DEBUG SLEEP 0.002", "DEBUG SLEEP 0.003"});
  Pass(absl::Seconds(5));
  Given({"DEBUG SLEEP 0.001"});
  const auto samples = service_.latency_events().Samples("command");
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_GE(samples[0].ms, 3);
  EXPECT_EQ(samples[1].unix_seconds, samples[0].unix_seconds + 5);
  EXPECT_THAT(Do("LATENCY LATEST"), MatchesRegex(R"(\[\[command :[0-9]+ :[0-9]+ :[0-9]+\].*\])"));
  EXPECT_THAT(Do("LATENCY HISTORY command"), StartsWith("[[:"));
  EXPECT_THAT(Do("LATENCY DOCTOR"), HasSubstr("- command: 2 seconds with samples"));
}

TEST_F(LatencyTest, ResetForgetsThoseNamedOrAll) {
  service_.latency_events().Add("a", {1, 5});
  service_.latency_events().Add("b", {1, 5});
  service_.latency_events().Add("c", {1, 5});
  EXPECT_EQ(Do("LATENCY RESET a nosuch"), ":1");
  EXPECT_EQ(Do("LATENCY HISTORY b"), "[[:1 :5]]");
  EXPECT_EQ(Do("LATENCY RESET"), ":2");
  EXPECT_EQ(Do("LATENCY LATEST"), "[]");
}

TEST_F(LatencyTest, NoMoreSamplesThanRedisKeeps) {
  for (int64_t second = 0; second < 200; ++second) {
    service_.latency_events().Add("a", {second, 5});
  }
  const auto samples = service_.latency_events().Samples("a");
  ASSERT_EQ(samples.size(), LatencyEvents::kMaxSamples);
  EXPECT_EQ(samples.front().unix_seconds, 40);
}

TEST_F(LatencyTest, HistogramsCountEveryCallOnce) {
  Given({"PING", "PING", "PING", "XADD s * f v", "CLIENT ID"});
  EXPECT_THAT(Do("LATENCY HISTOGRAM ping nosuch"),
              MatchesRegex(R"(\[ping \[calls :3 histogram_usec \[(:[0-9]+ :[0-9]+ ?)+\]\]\])"));
  EXPECT_THAT(Do("LATENCY HISTOGRAM ping"), HasSubstr(" :3]]]"));  // cumulative
  EXPECT_THAT(Do("LATENCY HISTOGRAM client"), StartsWith("[client|id [calls :1 "));
  EXPECT_THAT(Do("LATENCY HISTOGRAM"), HasSubstr("xadd [calls :1 "));
  Given({"CONFIG RESETSTAT"});
  EXPECT_EQ(Do("LATENCY HISTOGRAM ping"), "[]");
  Given({"CONFIG SET latency-tracking no", "PING"});
  EXPECT_EQ(Do("LATENCY HISTOGRAM ping"), "[]");
}

TEST_F(LatencyTest, HistogramBucketsDouble) {
  CommandTimes times;
  CommandTimes::Batch batch;
  for (const int64_t ns : {0, 1024, 1025, 2048, 2049, 40000}) batch.Count(ns);
  batch.Count(INT64_MAX);
  times.Add(*FindCommand("ping"), batch);
  const auto counts = times.counts(*FindCommand("ping"));
  EXPECT_EQ(counts[0], 2);
  EXPECT_EQ(counts[1], 2);
  EXPECT_EQ(counts[2], 1);
  EXPECT_EQ(counts[6], 1);
  EXPECT_EQ(counts[CommandTimes::kBuckets - 1], 1);
  EXPECT_EQ(CommandTimes::BoundMicros(0), 1);
  EXPECT_EQ(CommandTimes::BoundMicros(4), 16);
  EXPECT_EQ(CommandTimes::BoundMicros(5), 33);
  EXPECT_EQ(CommandTimes::BoundMicros(6), 66);
}

}  // namespace
}  // namespace braid::redis
