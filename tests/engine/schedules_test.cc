#include "engine/schedules.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>

#include "engine/cron.h"
#include "engine/duration_text.h"
#include "engine/expiries.h"

namespace braid::engine {
namespace {

absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) << error;
  return time;
}

std::string Next(std::string_view pattern, std::string_view after, std::string_view zone = "UTC") {
  const auto found = ScheduleTimes::FindZone(zone);
  if (!found.has_value()) return "no zone";
  const auto cron = Cron::Parse(pattern);
  if (!cron.has_value()) return "no pattern";
  const auto next = cron->Next(At(after), *found);
  if (!next.has_value()) return "never";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", *next, *found);
}

TEST(CronTest, FieldsAreListsRangesAndSteps) {
  EXPECT_EQ(Next("* * * * * *", "2026-01-01T00:00:00.5Z"), "2026-01-01T00:00:01+00:00");
  EXPECT_EQ(Next("0 */5 * * * *", "2026-01-01T00:01:00Z"), "2026-01-01T00:05:00+00:00");
  EXPECT_EQ(Next("0 */5 * * * *", "2026-01-01T00:05:00Z"), "2026-01-01T00:10:00+00:00");
  EXPECT_EQ(Next("5,10 0 8-11 * * *", "2026-01-01T11:00:07Z"), "2026-01-01T11:00:10+00:00");
  EXPECT_EQ(Next("5,10 0 8-11 * * *", "2026-01-01T11:00:10Z"), "2026-01-02T08:00:05+00:00");
  EXPECT_EQ(Next("0 0 0-23/2 * * *", "2026-01-01T03:30:00Z"), "2026-01-01T04:00:00+00:00");
  EXPECT_EQ(Next("0 50/5 * * * *", "2026-01-01T03:30:00Z"), "2026-01-01T03:50:00+00:00");
  EXPECT_EQ(Next("0 0 0 1 jan-Mar/2 *", "2026-01-01T00:00:00Z"), "2026-03-01T00:00:00+00:00");
  EXPECT_EQ(Next("0 0 12 29 2 *", "2026-01-01T00:00:00Z"), "2028-02-29T12:00:00+00:00");
  EXPECT_EQ(Next("0 0 12 30 2 *", "2026-01-01T00:00:00Z"), "never");
}

TEST(CronTest, EitherDayFieldMayMatchWhenBothAreRestricted) {
  // 2026-01-02 is a Friday.
  EXPECT_EQ(Next("0 30 4 1,15 * 5", "2026-01-01T05:00:00Z"), "2026-01-02T04:30:00+00:00");
  EXPECT_EQ(Next("0 30 4 1,15 * 5", "2026-01-09T05:00:00Z"), "2026-01-15T04:30:00+00:00");
  EXPECT_EQ(Next("0 30 4 * * sun", "2026-01-01T05:00:00Z"), "2026-01-04T04:30:00+00:00");
  EXPECT_EQ(Next("0 0 0 13 * *", "2026-01-01T05:00:00Z"), "2026-01-13T00:00:00+00:00");
}

TEST(CronTest, NamedPatterns) {
  EXPECT_EQ(Next("@hourly", "2026-01-01T05:10:00Z"), "2026-01-01T06:00:00+00:00");
  EXPECT_EQ(Next("@daily", "2026-01-01T05:10:00Z"), "2026-01-02T00:00:00+00:00");
  EXPECT_EQ(Next("@midnight", "2026-01-01T05:10:00Z"), "2026-01-02T00:00:00+00:00");
  EXPECT_EQ(Next("@weekly", "2026-01-01T05:10:00Z"), "2026-01-04T00:00:00+00:00");
  EXPECT_EQ(Next("@monthly", "2026-01-01T05:10:00Z"), "2026-02-01T00:00:00+00:00");
  EXPECT_EQ(Next("@yearly", "2026-01-01T05:10:00Z"), "2027-01-01T00:00:00+00:00");
}

TEST(CronTest, OthersAreNoPatterns) {
  for (const char* pattern :
       {"", "* * * * *", "* * * * * * *", "60 * * * * *", "* * 24 * * *", "* * * 0 * *",
        "* * * * 13 *", "* * * * * 7", "5-1 * * * * *", "*/0 * * * * *", "a * * * * *",
        "1, * * * * *", "1-2-3 * * * * *", "@fortnightly", "-1 * * * * *"}) {
    EXPECT_FALSE(Cron::Parse(pattern).has_value()) << pattern;
  }
}

TEST(CronTest, ClocksThatAreChangedSkipAndRepeat) {
  const std::string_view zone = "Europe/Berlin";
  EXPECT_EQ(Next("0 30 9 * * *", "2026-07-01T00:00:00Z", zone), "2026-07-01T09:30:00+02:00");
  // Half past two does not come on the 29th of March.
  EXPECT_EQ(Next("0 30 2 * * *", "2026-03-28T02:00:00Z", zone), "2026-03-30T02:30:00+02:00");
  // And comes twice on the 25th of October.
  EXPECT_EQ(Next("0 30 2 * * *", "2026-10-25T00:00:00Z", zone), "2026-10-25T02:30:00+02:00");
  EXPECT_EQ(Next("0 30 2 * * *", "2026-10-25T00:30:00Z", zone), "2026-10-25T02:30:00+01:00");
  EXPECT_EQ(Next("@hourly", "2026-10-25T00:00:00Z", zone), "2026-10-25T02:00:00+01:00");
}

TEST(CronTest, AnyTextIsRefusedOrHasATimeInTheFuture) {
  const std::string_view pieces[] = {"*",  "/",  "-",   ",",   " ", " ", "0",      "1",   "5",
                                     "31", "59", "jan", "mon", "?", "@", "hourly", "\x80"};
  std::mt19937 random(7);
  const absl::Time now = At("2026-02-27T23:59:58Z");
  int good = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (auto n = random() % 16; n > 0; --n) text += pieces[random() % std::size(pieces)];
    if (i % 2 == 0) text = "* " + text + " * * *";
    const auto cron = Cron::Parse(text);
    if (!cron.has_value()) continue;
    ++good;
    const auto next = cron->Next(now, absl::UTCTimeZone());
    if (next.has_value()) EXPECT_GT(*next, now) << text;
  }
  EXPECT_GT(good, 10);
}

TEST(ScheduleTimesTest, OnceAtATime) {
  const auto times = ScheduleTimes::Parse("@at 2026-03-01T10:00:00+02:00", std::nullopt);
  ASSERT_TRUE(times.has_value());
  EXPECT_FALSE(times->repeats());
  EXPECT_EQ(times->After(At("2030-01-01T00:00:00Z")), At("2026-03-01T08:00:00Z"));
  EXPECT_FALSE(ScheduleTimes::Parse("@at tomorrow", std::nullopt).has_value());
  EXPECT_FALSE(ScheduleTimes::Parse("@at infinite-future", std::nullopt).has_value());
  EXPECT_FALSE(ScheduleTimes::Parse("2026-03-01T10:00:00Z", std::nullopt).has_value());
}

TEST(ScheduleTimesTest, AtIntervalsOfASecondAtLeast) {
  const auto times = ScheduleTimes::Parse("@every 1m30s", std::nullopt);
  ASSERT_TRUE(times.has_value());
  EXPECT_TRUE(times->repeats());
  EXPECT_EQ(times->After(At("2026-01-01T00:00:00.2Z")), At("2026-01-01T00:01:30Z"));
  EXPECT_FALSE(ScheduleTimes::Parse("@every 500ms", std::nullopt).has_value());
  EXPECT_FALSE(ScheduleTimes::Parse("@every often", std::nullopt).has_value());
}

TEST(ScheduleTimesTest, ZonesAreCronsAndHaveNames) {
  const auto berlin = ScheduleTimes::FindZone("Europe/Berlin");
  ASSERT_TRUE(berlin.has_value());
  const auto times = ScheduleTimes::Parse("0 0 9 * * *", berlin);
  ASSERT_TRUE(times.has_value());
  EXPECT_EQ(times->Text(At("2026-07-01T07:00:00Z")), "2026-07-01T09:00:00+02:00");
  EXPECT_FALSE(ScheduleTimes::Parse("@every 1m", berlin).has_value());
  EXPECT_FALSE(ScheduleTimes::Parse("@at 2026-03-01T10:00:00Z", berlin).has_value());
  EXPECT_EQ(ScheduleTimes::Parse("@hourly", std::nullopt)->Text(At("2026-07-01T07:00:00Z")),
            "2026-07-01T07:00:00Z");
  for (const char* name : {"", "+02:00", "Nowhere/Land", "/etc/localtime", "Fixed/UTC+02:00:00",
                           "../zoneinfo/UTC", "libc:localtime"}) {
    EXPECT_FALSE(ScheduleTimes::FindZone(name).has_value()) << name;
  }
}

TEST(DurationTextTest, GoAndBack) {
  EXPECT_EQ(ParseDurationText("1h30m"), absl::Minutes(90));
  EXPECT_EQ(ParseDurationText("1.5s"), absl::Milliseconds(1500));
  EXPECT_EQ(ParseDurationText("0"), absl::ZeroDuration());
  for (const char* text : {"", "5", "1d", "inf", "s", "1 m", "never"}) {
    EXPECT_FALSE(ParseDurationText(text).has_value()) << text;
  }
  EXPECT_EQ(DurationText(absl::Seconds(60)), "1m0s");
  EXPECT_EQ(DurationText(absl::Hours(1)), "1h0m0s");
  EXPECT_EQ(DurationText(absl::Seconds(1)), "1s");
  EXPECT_EQ(DurationText(absl::Milliseconds(2500)), "2.5s");
  EXPECT_EQ(DurationText(absl::Minutes(61) + absl::Milliseconds(50)), "1h1m0.05s");
  EXPECT_EQ(DurationText(absl::Milliseconds(250)), "250ms");
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0s");
}

TEST(ExpiriesTest, LivesAreSecondsDurationsOrForEver) {
  EXPECT_EQ(ParseTtl("5"), absl::Seconds(5));
  EXPECT_EQ(ParseTtl("1m"), absl::Minutes(1));
  EXPECT_EQ(ParseTtl("1500ms"), absl::Seconds(1));
  EXPECT_EQ(ParseTtl("Never"), absl::InfiniteDuration());
  for (const char* text : {"", "0", "0s", "999ms", "-5", "-5s", "soon", "1.5", "99999999999"}) {
    EXPECT_FALSE(ParseTtl(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace braid::engine
