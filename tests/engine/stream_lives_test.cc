// Records that say how long they live, markers of the last of a key, and schedules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "engine/record_headers.h"
#include "fmt/format.h"
#include "tests/engine/engine_fixture.h"

namespace braid::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

class StreamLivesTest : public EngineTest {
 protected:
  StreamLivesTest() { catalog_->SetProducedHook(Hook()); }

  static StreamOptions Rules() {
    StreamOptions options;
    options.owner = Origin::kNats;
    options.subjects = {"s.>"};
    options.record_ttl = true;
    return options;
  }
  StreamPtr Stream() { return catalog_->FindJetStream("S"); }
  Offset Put(std::string_view subject, std::string_view payload, const Headers& headers = {},
             AppendOptions append = {}) {
    append.origin = Origin::kNats;
    RecordView record;
    record.key = subject;
    record.value = payload;
    for (const auto& [key, value] : headers) record.headers.push_back({key, value});
    auto put = Stream()->Append(record, append, writes_);
    EXPECT_TRUE(put.ok()) << put.status();
    Commit();
    return put.ok() ? put->base_offset : -1;
  }
  // "<offset> <subject> <payload>"
  std::vector<std::string> Picture() {
    std::vector<std::string> picture;
    auto records = Stream()->Read({});
    EXPECT_TRUE(records.ok()) << records.status();
    for (const StoredRecord& record : *records) {
      picture.push_back(fmt::format("{} {} {}", record.offset, record.key.value_or(""),
                                    record.value.value_or("")));
    }
    return picture;
  }
  std::string HeaderAt(Offset offset, std::string_view key) {
    auto record = Stream()->ReadOne(offset);
    if (!record.ok()) return "(gone)";
    return std::string(HeaderOf(record->headers, key).value_or("(none)"));
  }
  // A process that dies leaves what it has written.
  void DieAndReopen() {
    files_->SetFaults({.room_bytes = 0});
    catalog_.reset();
    files_->SetFaults({});
    Open();
    writes_ = Writes();
    catalog_->SetProducedHook(Hook());
    catalog_->Tick();
  }
  Catalog::ProducedHook Hook() {
    return [this](const StreamPtr&, const StoredRecord& record, Offset previous) {
      produced_.push_back(fmt::format("{}>{}", previous, record.offset));
    };
  }
  std::vector<std::string> produced_;
};

TEST_F(StreamLivesTest, RecordsGoWhenTheirTimeIsUp) {
  Create("S", Rules());
  Put("s.a", "1", {{"Nats-TTL", "5"}});
  Put("s.a", "2");
  Put("s.a", "3", {{"Nats-TTL", "2s"}});
  Advance(absl::Milliseconds(1999));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1", "1 s.a 2", "2 s.a 3"));
  Advance(absl::Milliseconds(1));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1", "1 s.a 2"));
  Advance(absl::Seconds(3));
  EXPECT_THAT(Picture(), ElementsAre("1 s.a 2"));
  EXPECT_EQ(Stream()->State().start_offset, 1);
  Advance(absl::Hours(1000));
  EXPECT_THAT(Picture(), ElementsAre("1 s.a 2"));
}

TEST_F(StreamLivesTest, LivesAreCountedOnAfterARestart) {
  Create("S", Rules());
  Put("s.a", "1", {{"Nats-TTL", "60"}});
  Put("s.b", "2", {{"Nats-TTL", "10"}});
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1", "1 s.b 2"));
  Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1"));
  clock_.Advance(absl::Seconds(60));
  DieAndReopen();
  EXPECT_THAT(Picture(), IsEmpty()) << "what ended while nobody was there";
}

TEST_F(StreamLivesTest, WithoutTheOptionHeadersMeanNothing) {
  StreamOptions options = Rules();
  options.record_ttl = false;
  Create("S", options);
  Put("s.a", "1", {{"Nats-TTL", "1"}});
  Advance(absl::Hours(1));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1"));
  options.record_ttl = true;
  ASSERT_TRUE(Stream()->SetOptions(options, writes_).ok());
  Commit();
  catalog_->Tick();
  EXPECT_THAT(Picture(), IsEmpty()) << "from then on it does";
}

TEST_F(StreamLivesTest, AgeTakesEarlierButNeverWhatLivesForEver) {
  StreamOptions options = Rules();
  options.max_age = absl::Seconds(10);
  Create("S", options);
  Put("s.a", "long", {{"Nats-TTL", "1h"}});
  Put("s.b", "ever", {{"Nats-TTL", "never"}});
  Put("s.c", "plain");
  Advance(absl::Seconds(5));
  Put("s.d", "later");
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), ElementsAre("1 s.b ever", "3 s.d later"));
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), ElementsAre("1 s.b ever"));
  Put("s.e", "after");
  Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("1 s.b ever"));
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("1 s.b ever"));
}

TEST_F(StreamLivesTest, MarkerTakesThePlaceOfTheLastOfAKeyAlone) {
  StreamOptions options = Rules();
  options.max_age = absl::Seconds(10);
  options.delete_marker_ttl = absl::Seconds(60);
  Create("S", options);
  Put("s.a", "1");
  Put("s.a", "2");
  Put("s.b", "3", {{"Nats-TTL", "5"}});
  Put("s.c", "4", {{"Nats-TTL", "5"}});
  Put("s.c", "5", {{"Nats-TTL", "never"}});
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1", "1 s.a 2", "4 s.c 5", "5 s.b "));
  EXPECT_EQ(HeaderAt(5, "Nats-Marker-Reason"), "MaxAge");
  EXPECT_EQ(HeaderAt(5, "Nats-TTL"), "1m0s");
  EXPECT_EQ(HeaderAt(5, "Nats-Rollup"), "sub");
  EXPECT_THAT(produced_, ElementsAre("2>5"));
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), ElementsAre("4 s.c 5", "5 s.b ", "6 s.a "));
  Advance(absl::Seconds(70));
  EXPECT_THAT(Picture(), ElementsAre("4 s.c 5")) << "a marker leaves none itself";
}

TEST_F(StreamLivesTest, PurgedKeyLeavesNoMarker) {
  StreamOptions options = Rules();
  options.delete_marker_ttl = absl::Seconds(60);
  Create("S", options);
  Put("s.a", "", {{"KV-Operation", "PURGE"}, {"Nats-TTL", "5"}});
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), IsEmpty());
}

TEST_F(StreamLivesTest, CrashAfterTheMarkerMakesNoSecondOne) {
  StreamOptions options = Rules();
  options.delete_marker_ttl = absl::Seconds(60);
  Create("S", options);
  Put("s.a", "1", {{"Nats-TTL", "5"}});
  // The marker is written with the tick, what follows from it is in memory yet.
  Advance(absl::Seconds(5));
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("1 s.a "));
}

TEST_F(StreamLivesTest, FullDiskKeepsWhatCouldNotBeMarked) {
  StreamOptions options = Rules();
  options.delete_marker_ttl = absl::Seconds(60);
  Create("S", options);
  Put("s.a", "1", {{"Nats-TTL", "5"}});
  files_->SetFaults({.room_bytes = 0});
  Advance(absl::Seconds(5));
  EXPECT_THAT(Picture(), ElementsAre("0 s.a 1"));
  files_->SetFaults({});
  Advance(absl::Seconds(1));
  EXPECT_THAT(Picture(), ElementsAre("1 s.a "));
}

// --- Schedules ---

class StreamSchedulesTest : public StreamLivesTest {
 protected:
  static StreamOptions Rules() {
    StreamOptions options = StreamLivesTest::Rules();
    options.schedules = true;
    return options;
  }
  std::string In(absl::Duration time) {
    return absl::FormatTime("@at %Y-%m-%dT%H:%M:%E*SZ", clock_.Now() + time, absl::UTCTimeZone());
  }
};

TEST_F(StreamSchedulesTest, OnceProducesAndGoes) {
  Create("S", Rules());
  const std::string at = In(absl::Seconds(30));
  Put("s.plan", "body",
      {{"Nats-Schedule", at},
       {"Nats-Schedule-Target", "s.out"},
       {"Nats-Schedule-TTL", "5m"},
       {"Nats-Rollup", "sub"},
       {"Nats-Msg-Id", "7"},
       {"Nats-Expected-Stream", "S"},
       {"X-Own", "kept"}});
  Advance(absl::Seconds(29));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan body"));
  Advance(absl::Seconds(1));
  EXPECT_THAT(Picture(), ElementsAre("1 s.out body"));
  auto record = Stream()->ReadOne(1);
  ASSERT_TRUE(record.ok());
  std::vector<std::string> headers;
  for (const HeaderView& header : record->headers) {
    headers.push_back(fmt::format("{}: {}", header.key, header.value.value_or("")));
  }
  EXPECT_THAT(headers, ElementsAre("X-Own: kept", "Nats-Scheduler: s.plan",
                                   "Nats-Schedule-Next: purge", "Nats-TTL: 5m"));
  EXPECT_THAT(produced_, ElementsAre("-1>1"));
  Advance(absl::Minutes(5));
  EXPECT_THAT(Picture(), IsEmpty());
}

TEST_F(StreamSchedulesTest, TimeThatHasPassedIsDueAtOnce) {
  Create("S", Rules());
  Put("s.plan", "late",
      {{"Nats-Schedule", "@at 2009-11-10T23:00:00Z"}, {"Nats-Schedule-Target", "s.out"}});
  catalog_->Tick();
  EXPECT_THAT(Picture(), ElementsAre("1 s.out late"));
}

TEST_F(StreamSchedulesTest, IntervalsGoOnUntilTheScheduleIsDeleted) {
  Create("S", Rules());
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 10s"}, {"Nats-Schedule-Target", "s.out"}});
  for (int i = 0; i < 3; ++i) Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(),
              ElementsAre("0 s.plan tick", "1 s.out tick", "2 s.out tick", "3 s.out tick"));
  ASSERT_TRUE(Stream()->Delete(std::vector<Offset>{0}, writes_).ok());
  Commit();
  Advance(absl::Hours(1));
  EXPECT_THAT(Picture(), ElementsAre("1 s.out tick", "2 s.out tick", "3 s.out tick"));
}

TEST_F(StreamSchedulesTest, WhatWasMissedHappensOnce) {
  Create("S", Rules());
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 10s"}, {"Nats-Schedule-Target", "s.out"}});
  Advance(absl::Seconds(95));
  EXPECT_EQ(Picture().size(), 2u);
  Advance(absl::Seconds(10));
  EXPECT_EQ(Picture().size(), 3u);
}

TEST_F(StreamSchedulesTest, RollupLeavesTheNewestOfTheTarget) {
  Create("S", Rules());
  Put("s.plan", "tick",
      {{"Nats-Schedule", "@every 10s"},
       {"Nats-Schedule-Target", "s.out"},
       {"Nats-Schedule-Rollup", "sub"}});
  for (int i = 0; i < 3; ++i) Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan tick", "3 s.out tick"));
  EXPECT_EQ(HeaderAt(3, "Nats-Rollup"), "sub");
}

TEST_F(StreamSchedulesTest, SourceIsSampled) {
  Create("S", Rules());
  Put("s.plan", "nothing yet",
      {{"Nats-Schedule", "@every 10s"},
       {"Nats-Schedule-Source", "s.raw"},
       {"Nats-Schedule-Target", "s.out"}});
  Advance(absl::Seconds(10));
  Put("s.raw", "1");
  Put("s.raw", "2", {{"Unit", "C"}});
  Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan nothing yet", "1 s.out nothing yet", "2 s.raw 1",
                                     "3 s.raw 2", "4 s.out 2"));
  EXPECT_EQ(HeaderAt(4, "Unit"), "C");
}

TEST_F(StreamSchedulesTest, NewerRecordOfTheKeyReplacesTheSchedule) {
  Create("S", Rules());
  Put("s.plan", "old", {{"Nats-Schedule", "@every 10s"}, {"Nats-Schedule-Target", "s.out"}});
  Put("s.plan", "new", {{"Nats-Schedule", "@every 20s"}, {"Nats-Schedule-Target", "s.out"}},
      {.rollup = Rollup::kKey});
  Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("1 s.plan new"));
  Advance(absl::Seconds(10));
  EXPECT_THAT(Picture(), ElementsAre("1 s.plan new", "2 s.out new"));
  Put("s.plan", "no schedule");
  Advance(absl::Seconds(60));
  EXPECT_THAT(Picture(), ElementsAre("1 s.plan new", "2 s.out new", "3 s.plan no schedule"));
}

TEST_F(StreamSchedulesTest, RecordMayEndASchedule) {
  Create("S", Rules());
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 10s"}, {"Nats-Schedule-Target", "s.out"}});
  Put("s.other", "plain");
  AppendOptions wrong;
  wrong.ends_schedule = "s.other";
  EXPECT_EQ(CodeOf(Publish(Stream(), "s.x", "x", wrong).status()), Errc::kInvalidRecordState);
  AppendOptions right;
  right.ends_schedule = "s.plan";
  EXPECT_TRUE(Publish(Stream(), "s.x", "cancelled", right).ok());
  EXPECT_THAT(Picture(), ElementsAre("1 s.other plain", "2 s.x cancelled"));
  AppendOptions none;
  none.ends_schedule = "s.plan";
  EXPECT_TRUE(Publish(Stream(), "s.x", "nothing there", none).ok());
}

TEST_F(StreamSchedulesTest, GoOnAfterARestartWhereTheyWere) {
  Create("S", Rules());
  const std::string at = In(absl::Seconds(30));
  Put("s.once", "once", {{"Nats-Schedule", at}, {"Nats-Schedule-Target", "s.out"}});
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 20s"}, {"Nats-Schedule-Target", "s.out"}});
  Advance(absl::Seconds(20));
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("0 s.once once", "1 s.plan tick", "2 s.out tick"));
  Advance(absl::Seconds(10));
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("1 s.plan tick", "2 s.out tick", "3 s.out once"))
      << "neither is what was produced lost, nor produced again";
  Advance(absl::Seconds(10));
  EXPECT_EQ(Picture().back(), "4 s.out tick");
  clock_.Advance(absl::Seconds(90));
  DieAndReopen();
  EXPECT_EQ(Picture().back(), "5 s.out tick") << "once for all that was missed";
  EXPECT_EQ(Picture().size(), 5u);
}

TEST_F(StreamSchedulesTest, ConsumedProductsAreNotProducedAgainAfterARestart) {
  Create("S", Rules());
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 20s"}, {"Nats-Schedule-Target", "s.out"}});
  Advance(absl::Seconds(20));
  ASSERT_TRUE(Stream()->Delete(std::vector<Offset>{1}, writes_).ok());
  Commit();
  DieAndReopen();
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan tick"));
  Advance(absl::Seconds(20));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan tick", "2 s.out tick"));
}

TEST_F(StreamSchedulesTest, FullDiskPutsThemOff) {
  Create("S", Rules());
  Put("s.plan", "tick", {{"Nats-Schedule", "@every 20s"}, {"Nats-Schedule-Target", "s.out"}});
  files_->SetFaults({.room_bytes = 0});
  Advance(absl::Seconds(20));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan tick"));
  files_->SetFaults({});
  Advance(absl::Seconds(1));
  EXPECT_THAT(Picture(), ElementsAre("0 s.plan tick", "1 s.out tick"));
}

}  // namespace
}  // namespace braid::engine
