// Messages that say how long they live, delete markers, and schedules.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class LivesTest : public NatsTest {
 protected:
  std::string Answer(const std::string& subject, const std::string& payload,
                     const Headers& headers = {}) {
    const std::string text = peer.Request(subject, payload, headers).payload;
    const Json answer = Json::parse(text, nullptr, false);
    if (!answer.contains("error")) return text;
    return fmt::format("{} {}", answer["error"]["err_code"].get<int>(),
                       answer["error"]["description"].get<std::string>());
  }
  int64_t Messages() { return peer.Api("STREAM.INFO.S")["state"]["messages"].get<int64_t>(); }
  Received Last(const std::string& subject) {
    return peer.Request("$JS.API.DIRECT.GET.S." + subject);
  }
  std::string Refused(const std::string& api, Json config) {
    config["name"] = "S";
    if (!config.contains("subjects")) config["subjects"] = {"s.>"};
    const Json answer = peer.Api("STREAM." + api + ".S", config);
    return answer.contains("error") ? answer["error"]["description"].get<std::string>() : "";
  }

  Peer peer{*this};
};

TEST_F(LivesTest, MessagesExpireOneByOne) {
  MakeStream(peer, "S", {"s.>"}, {{"allow_msg_ttl", true}});
  Answer("s.a", "1", {{"Nats-TTL", "5"}});
  Answer("s.b", "2", {{"Nats-TTL", "1m"}});
  Answer("s.c", "3", {{"Nats-TTL", "never"}});
  Pass(absl::Seconds(5));
  EXPECT_EQ(Messages(), 2);
  EXPECT_EQ(ErrorOf(peer.Api("STREAM.MSG.GET.S", {{"seq", 1}})), 10037);
  Pass(absl::Minutes(1));
  EXPECT_EQ(Messages(), 1);
}

TEST_F(LivesTest, BadLivesAreRefused) {
  MakeStream(peer, "S", {"s.>"}, {{"allow_msg_ttl", true}});
  for (const char* ttl : {"0", "500ms", "-1", "tomorrow", "1.5"}) {
    EXPECT_EQ(Answer("s.a", "x", {{"Nats-TTL", ttl}}), "10165 invalid per-message TTL") << ttl;
  }
  EXPECT_EQ(Refused("UPDATE", {{"allow_msg_ttl", false}}),
            "message TTL status can not be disabled");
}

TEST_F(LivesTest, MarkersImplyTtlAndRollup) {
  EXPECT_EQ(Refused("CREATE", {{"subject_delete_marker_ttl", 1000}}),
            "subject delete marker TTL must be at least 1 second");
  EXPECT_EQ(Refused("CREATE", {{"subject_delete_marker_ttl", -1}}),
            "subject delete marker TTL must not be negative");
  const Json made = MakeStream(peer, "S", {"s.>"},
                               {{"subject_delete_marker_ttl", Nanoseconds(absl::Seconds(10))}});
  EXPECT_EQ(made["config"]["allow_msg_ttl"], true);
  EXPECT_EQ(made["config"]["allow_rollup_hdrs"], true);
}

TEST_F(LivesTest, MarkerTellsOfTheLastOfASubject) {
  MakeStream(peer, "S", {"s.>"},
             {{"subject_delete_marker_ttl", Nanoseconds(absl::Seconds(90))},
              {"max_msgs_per_subject", 1},
              {"max_age", Nanoseconds(absl::Minutes(10))},
              {"allow_direct", true},
              {"republish", {{"src", ">"}, {"dest", "told.>"}}}});
  Peer listener(*this);
  listener.Subscribe("told.>", "1");
  Answer("s.a", "1", {{"Nats-TTL", "5"}});
  Answer("s.b", "2");
  listener.All();
  Pass(absl::Seconds(5));
  const Received marker = Last("s.a");
  EXPECT_EQ(marker.payload, "");
  EXPECT_EQ(marker.header("Nats-Marker-Reason"), "MaxAge");
  EXPECT_EQ(marker.header("Nats-TTL"), "1m30s");
  EXPECT_EQ(marker.header("Nats-Rollup"), "sub");
  EXPECT_EQ(marker.header("Nats-Sequence"), "3");
  const Received told = listener.Next();
  EXPECT_EQ(told.subject, "told.s.a");
  EXPECT_EQ(told.header("Nats-Marker-Reason"), "MaxAge");
  Pass(absl::Seconds(90));
  EXPECT_EQ(Messages(), 1);
  Pass(absl::Minutes(10));
  EXPECT_EQ(Last("s.b").header("Nats-Marker-Reason"), "MaxAge") << "also of the stream's own age";
}

TEST_F(LivesTest, LifeIsAtLeastThatOfAMarker) {
  MakeStream(peer, "S", {"s.>"},
             {{"subject_delete_marker_ttl", Nanoseconds(absl::Seconds(60))},
              {"max_msgs_per_subject", 5},
              {"allow_direct", true}});
  Answer("s.a", "1", {{"Nats-TTL", "5s"}});
  EXPECT_EQ(Last("s.a").header("Nats-TTL"), "60");
  Answer("s.b", "1", {{"Nats-TTL", "2m"}});
  EXPECT_EQ(Last("s.b").header("Nats-TTL"), "2m");
}

// A key-value bucket with limit markers, as clients make and use it.
TEST_F(LivesTest, KeyValueWatcherHearsOfKeysThatExpire) {
  MakeStream(peer, "KV_B", {"$KV.B.>"},
             {{"max_msgs_per_subject", 1},
              {"discard", "new"},
              {"allow_rollup_hdrs", true},
              {"deny_delete", true},
              {"allow_direct", true},
              {"allow_msg_ttl", true},
              {"subject_delete_marker_ttl", Nanoseconds(absl::Seconds(60))}});
  Peer watcher(*this);
  watcher.Subscribe("watch", "1");
  peer.Api("CONSUMER.CREATE.KV_B", {{"stream_name", "KV_B"},
                                    {"config",
                                     {{"deliver_subject", "watch"},
                                      {"ack_policy", "none"},
                                      {"deliver_policy", "last_per_subject"},
                                      {"filter_subject", "$KV.B.>"}}}});
  Answer("$KV.B.k", "v", {{"Nats-TTL", "5"}, {"Nats-Expected-Last-Subject-Sequence", "0"}});
  EXPECT_EQ(watcher.Next().payload, "v");
  Pass(absl::Seconds(5));
  EXPECT_EQ(watcher.Next().header("Nats-Marker-Reason"), "MaxAge");
  EXPECT_EQ(
      Answer("$KV.B.k", "", {{"KV-Operation", "PURGE"}, {"Nats-Rollup", "sub"}, {"Nats-TTL", "7"}}),
      R"({"stream":"KV_B", "seq":3})");
  EXPECT_EQ(watcher.Next().header("KV-Operation"), "PURGE");
  Pass(absl::Seconds(7));
  EXPECT_TRUE(watcher.Silent());
  EXPECT_EQ(peer.Api("STREAM.INFO.KV_B")["state"]["messages"], 0);
}

// --- Schedules ---

class SchedulesTest : public LivesTest {
 protected:
  void Make(Json more = Json::object()) {
    more["allow_msg_schedules"] = true;
    if (!more.contains("allow_msg_ttl")) more["allow_msg_ttl"] = true;
    more["allow_direct"] = true;
    const Json made = MakeStream(peer, "S", {"s.>", "plans.>"}, more);
    EXPECT_EQ(made["config"]["allow_rollup_hdrs"], true);
  }
  std::string Plan(const std::string& pattern, const Headers& more = {},
                   const std::string& subject = "plans.p") {
    Headers headers = {{"Nats-Schedule", pattern}, {"Nats-Schedule-Target", "s.out"}};
    headers.insert(headers.end(), more.begin(), more.end());
    return Answer(subject, "body", headers);
  }
};

TEST_F(SchedulesTest, DelayedMessageComesInItsTime) {
  Make({{"republish", {{"src", "s.>"}, {"dest", "told.>"}}}});
  Peer listener(*this);
  listener.Subscribe("told.>", "1");
  const std::string at = absl::FormatTime("@at %Y-%m-%dT%H:%M:%E*SZ",
                                          clock.Now() + absl::Seconds(30), absl::UTCTimeZone());
  EXPECT_EQ(Plan(at, {{"Nats-Schedule-TTL", "5m"}, {"X-Own", "kept"}}),
            R"({"stream":"S", "seq":1})");
  EXPECT_EQ(Last("plans.p").header("Nats-Rollup"), "sub");
  Pass(absl::Seconds(30));
  const Received out = Last("s.out");
  EXPECT_EQ(out.payload, "body");
  EXPECT_EQ(out.header("X-Own"), "kept");
  EXPECT_EQ(out.header("Nats-Scheduler"), "plans.p");
  EXPECT_EQ(out.header("Nats-Schedule-Next"), "purge");
  EXPECT_EQ(out.header("Nats-TTL"), "5m");
  EXPECT_EQ(out.header("Nats-Schedule"), "");
  EXPECT_EQ(Last("plans.p").status(), "404 Message Not Found");
  EXPECT_EQ(listener.Next().subject, "told.out");
}

TEST_F(SchedulesTest, CronGoesByTheClockOfItsZone) {
  Make();
  EXPECT_EQ(Plan("0 30 9 * * *", {{"Nats-Schedule-Time-Zone", "Europe/Berlin"}}),
            R"({"stream":"S", "seq":1})");
  Pass(absl::Hours(24));
  const Received out = Last("s.out");
  EXPECT_EQ(out.payload, "body");
  EXPECT_THAT(out.header("Nats-Schedule-Next"), ::testing::HasSubstr("T09:30:00+0"));
}

TEST_F(SchedulesTest, NewScheduleReplacesTheOld) {
  Make();
  Plan("@every 10s");
  Plan("@every 1m");
  EXPECT_EQ(Messages(), 1);
  Pass(absl::Seconds(10));
  EXPECT_EQ(Messages(), 1);
  Pass(absl::Seconds(50));
  EXPECT_EQ(Messages(), 2);
}

TEST_F(SchedulesTest, PatternsAndHeadersAreChecked) {
  Make();
  const std::string ok = R"({"stream":"S", "seq":)";
  EXPECT_TRUE(Plan("@hourly").starts_with(ok));
  EXPECT_TRUE(Plan("0 */5 * * * *").starts_with(ok));
  EXPECT_TRUE(Plan("@every 1s").starts_with(ok));
  const std::string bad_pattern = "10189 message schedules pattern is invalid";
  EXPECT_EQ(Plan("*/5 * * * *"), bad_pattern);
  EXPECT_EQ(Plan("@every 500ms"), bad_pattern);
  EXPECT_EQ(Plan("2026-09-01T02:21:28Z"), bad_pattern);
  EXPECT_EQ(Plan("@every 1m", {{"Nats-Schedule-Time-Zone", "Europe/Amsterdam"}}), bad_pattern);
  const std::string bad_zone = "10223 message schedules time zone is invalid";
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-Time-Zone", "+02:00"}}), bad_zone);
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-Time-Zone", ""}}), bad_zone);
  const std::string bad_target = "10190 message schedules target is invalid";
  EXPECT_EQ(Answer("plans.p", "x", {{"Nats-Schedule", "@hourly"}}), bad_target);
  EXPECT_EQ(Answer("plans.p", "x", {{"Nats-Schedule", "@hourly"}, {"Nats-Schedule-Target", "t"}}),
            bad_target);
  EXPECT_EQ(Plan("@hourly", {}, "s.out"), bad_target) << "its own subject";
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-Source", "s.*"}}),
            "10203 message schedules source is invalid");
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-Rollup", "all"}}),
            "10192 message schedules invalid rollup");
  EXPECT_EQ(Plan("@hourly", {{"Nats-Rollup", "all"}}), "10192 message schedules invalid rollup");
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-TTL", "banana"}}),
            "10191 message schedules invalid per-message TTL");
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-TTL", "500ms"}}),
            "10191 message schedules invalid per-message TTL");
}

TEST_F(SchedulesTest, WhereTheyAreOffTheyAreRefused) {
  MakeStream(peer, "S", {"s.>", "plans.>"});
  EXPECT_EQ(Plan("@hourly"), "10188 message schedules is disabled");
  EXPECT_EQ(Plan("nonsense"), "10188 message schedules is disabled");
  EXPECT_EQ(Answer("s.x", "", {{"Nats-Schedule-Next", "purge"}, {"Nats-Scheduler", "plans.p"}}),
            "10188 message schedules is disabled");
}

TEST_F(SchedulesTest, TtlOfProductsNeedsTtls) {
  Make({{"allow_msg_ttl", false}});
  EXPECT_EQ(Plan("@hourly", {{"Nats-Schedule-TTL", "5m"}}), "10166 per-message TTL is disabled");
  EXPECT_EQ(Plan("@hourly"), R"({"stream":"S", "seq":1})");
}

TEST_F(SchedulesTest, MessageMayEndASchedule) {
  Make();
  Plan("@every 10s");
  Answer("s.plain", "x");
  const auto end = [&](const std::string& scheduler, const std::string& next,
                       const std::string& subject = "s.note") {
    Headers headers;
    if (next != "-") headers.push_back({"Nats-Schedule-Next", next});
    if (scheduler != "-") headers.push_back({"Nats-Scheduler", scheduler});
    return Answer(subject, "", headers);
  };
  const std::string bad = "10212 message schedules invalid scheduler";
  EXPECT_EQ(end("plans.p", "purge", "plans.p"), bad) << "its own subject";
  EXPECT_EQ(end("-", "purge"), bad);
  EXPECT_EQ(end("plans.>", "purge"), bad);
  EXPECT_EQ(end("plans.p", "-"), bad);
  EXPECT_EQ(end("plans.p", "tomorrow"), bad);
  EXPECT_EQ(end("s.plain", "purge"), bad) << "no schedule";
  EXPECT_EQ(end("plans.none", "purge"), R"({"stream":"S", "seq":3})");
  EXPECT_EQ(end("plans.p", "purge"), R"({"stream":"S", "seq":4})");
  EXPECT_EQ(Last("plans.p").status(), "404 Message Not Found");
  Pass(absl::Minutes(1));
  EXPECT_EQ(Last("s.out").status(), "404 Message Not Found");
}

TEST_F(SchedulesTest, SettingStaysAndIsNotWithDiscardNew) {
  EXPECT_EQ(Refused("CREATE", {{"allow_msg_schedules", true}, {"discard", "new"}}),
            "message scheduling cannot use discard new");
  Make();
  EXPECT_EQ(Refused("UPDATE", {{"subjects", {"s.>", "plans.>"}}, {"allow_msg_ttl", true}}),
            "message schedules can not be disabled");
}

}  // namespace
}  // namespace braid::nats
