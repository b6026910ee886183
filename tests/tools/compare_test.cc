// `braid compare` as a user runs it: the binary, its JSON, its exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <string>

namespace braid {
namespace {

using nlohmann::json;

constexpr int kRecords = 500;
constexpr int kCrashRecords = 200;

struct Ran {
  int status = -1;
  std::string output;
};

Ran RunCompare(const std::string& arguments) {
  Ran ran;
  FILE* pipe = popen((std::string(BRAID_BINARY) + " compare " + arguments + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char chunk[4096];
  size_t n = 0;
  while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0) ran.output.append(chunk, n);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  return ran;
}

class CompareTest : public testing::TestWithParam<std::string> {
 protected:
  // One run serves every test.
  static void SetUpTestSuite() {
    const Ran ran = RunCompare("--records 500 --size 100 --json");
    ASSERT_EQ(ran.status, 0) << ran.output;
    report_ = new json(json::parse(ran.output, nullptr, /*allow_exceptions=*/false));
    ASSERT_TRUE(report_->is_object()) << ran.output;
  }
  static void TearDownTestSuite() {
    delete report_;
    report_ = nullptr;
  }
  static const json& report() { return *report_; }
  const json& figures() const { return report_->at("models").at(GetParam()); }

 private:
  static json* report_;
};

json* CompareTest::report_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Models, CompareTest, testing::Values("kafka", "redis", "nats"),
                         [](const auto& info) { return info.param; });

TEST_P(CompareTest, EveryFigureIsThereAndSaysHowItWasTaken) {
  EXPECT_EQ(figures().size(), 7u);
  for (const auto& [key, value] : figures().items()) {
    ASSERT_TRUE(report().at("how").contains(key)) << key;
    EXPECT_THAT(report().at("how").at(key).get<std::string>(), testing::Not(testing::IsEmpty()));
  }
}

TEST_P(CompareTest, ThroughputIsPositive) {
  EXPECT_GT(figures().at("publish_per_s").get<double>(), 0);
  EXPECT_GT(figures().at("consume_per_s").get<double>(), 0);
}

TEST_P(CompareTest, LatenciesAreOrdered) {
  for (const char* key : {"ack_latency", "end_to_end_latency"}) {
    const json& latency = figures().at(key);
    EXPECT_GT(latency.at("samples").get<int>(), 0) << key;
    EXPECT_GT(latency.at("p50_us").get<double>(), 0) << key;
    EXPECT_GE(latency.at("p99_us").get<double>(), latency.at("p50_us").get<double>()) << key;
  }
}

TEST_P(CompareTest, DiskHoldsTheValuesAndNotMuchMore) {
  const auto bytes = figures().at("disk_bytes_per_record").get<double>();
  EXPECT_GT(bytes, 100);
  EXPECT_LT(bytes, 300);
}

TEST_P(CompareTest, WhatADeadReaderHadNotAcknowledgedComesAgain) {
  const json& crash = figures().at("reader_crash");
  EXPECT_EQ(crash.at("read"), kCrashRecords);
  EXPECT_EQ(crash.at("acknowledged"), kCrashRecords / 2);
  EXPECT_EQ(crash.at("duplicates"), kCrashRecords / 2);
  EXPECT_EQ(crash.at("missing"), 0);
}

TEST_P(CompareTest, ALateReaderHasWhatTrimmingLeft) {
  const json& late = figures().at("late_reader");
  EXPECT_EQ(late.at("published"), kRecords);
  EXPECT_EQ(late.at("kept"), kRecords / 2);
  EXPECT_EQ(late.at("read"), kRecords / 2);
}

TEST(CompareUsage, TooFewRecordsAreRefused) {
  const Ran ran = RunCompare("--records 1");
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.output, testing::HasSubstr("braid: "));
}

TEST(CompareUsage, TheTableNamesTheModels) {
  const Ran ran = RunCompare("--records 50 --size 64");
  EXPECT_EQ(ran.status, 0) << ran.output;
  EXPECT_THAT(ran.output, testing::AllOf(testing::HasSubstr("kafka"), testing::HasSubstr("redis"),
                                         testing::HasSubstr("nats")));
}

}  // namespace
}  // namespace braid
