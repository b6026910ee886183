// A key-value bucket, as clients build it on a stream.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class KeyValueTest : public NatsTest {
 protected:
  KeyValueTest() { MakeBucket(5); }

  void MakeBucket(int history) {
    MakeStream(peer, "KV_B", {"$KV.B.>"},
               {{"max_msgs_per_subject", history},
                {"discard", "new"},
                {"allow_rollup_hdrs", true},
                {"deny_delete", true},
                {"allow_direct", true},
                {"num_replicas", 1},
                {"duplicate_window", Nanoseconds(absl::Minutes(2))}});
  }
  int64_t Put(const std::string& key, const std::string& value, const Headers& headers = {}) {
    return peer.Request("$KV.B." + key, value, headers).json().value("seq", int64_t{-1});
  }
  Received Get(const std::string& key) {
    return peer.Request("$JS.API.DIRECT.GET.KV_B.$KV.B." + key);
  }
  // A watcher's consumer; what it pushes comes to "watch".
  Json Watch(Json config) {
    config["deliver_subject"] = "watch";
    config["ack_policy"] = "none";
    config["max_deliver"] = 1;
    config["flow_control"] = true;
    config["idle_heartbeat"] = Nanoseconds(absl::Seconds(5));
    config["mem_storage"] = true;
    config["num_replicas"] = 1;
    watcher.Subscribe("watch", "1");
    return peer.Api("CONSUMER.CREATE.KV_B", {{"stream_name", "KV_B"}, {"config", config}});
  }

  Peer peer{*this};
  Peer watcher{*this};
};

TEST_F(KeyValueTest, LastValueIsRead) {
  EXPECT_EQ(Put("a", "1"), 1);
  EXPECT_EQ(Put("b", "x"), 2);
  EXPECT_EQ(Put("a", "2"), 3);
  const Received a = Get("a");
  EXPECT_EQ(a.payload, "2");
  EXPECT_EQ(a.header("Nats-Sequence"), "3");
  EXPECT_EQ(Get("none").status(), "404 Message Not Found");
}

TEST_F(KeyValueTest, CreateAndUpdateCompareTheRevision) {
  const auto expect = [](int64_t revision) {
    return Headers{{"Nats-Expected-Last-Subject-Sequence", std::to_string(revision)}};
  };
  EXPECT_EQ(Put("a", "1", expect(0)), 1);
  const Json exists = peer.Request("$KV.B.a", "1", expect(0)).json();
  EXPECT_EQ(ErrorOf(exists), 10071);
  EXPECT_EQ(Put("a", "2", expect(1)), 2);
  EXPECT_EQ(ErrorOf(peer.Request("$KV.B.a", "3", expect(1)).json()), 10071);
}

TEST_F(KeyValueTest, HistoryKeepsSoMany) {
  for (int i = 1; i <= 8; ++i) Put("a", std::to_string(i));
  Put("b", "x");
  const Json made = Watch({{"filter_subject", "$KV.B.a"}, {"deliver_policy", "all"}});
  EXPECT_EQ(made["num_pending"], 5);
  const auto got = watcher.All();
  ASSERT_EQ(got.size(), 5u);
  EXPECT_EQ(got.front().payload, "4");
  EXPECT_EQ(got.back().payload, "8");
  EXPECT_EQ(got.back().ack_token(8), 0);
}

TEST_F(KeyValueTest, PurgeLeavesOnlyItsMarker) {
  for (int i = 1; i <= 3; ++i) Put("a", std::to_string(i));
  Put("b", "stays");
  Put("a", "", {{"KV-Operation", "PURGE"}, {"Nats-Rollup", "sub"}});
  EXPECT_EQ(Get("a").header("KV-Operation"), "PURGE");
  EXPECT_EQ(Get("b").payload, "stays");
  EXPECT_EQ(peer.Api("STREAM.INFO.KV_B")["state"]["messages"], 2);
}

TEST_F(KeyValueTest, WatcherGetsTheLastOfEachKeyAndThenWhatComes) {
  Put("a", "1");
  Put("b", "1");
  Put("a", "2");
  const Json made = Watch({{"filter_subject", "$KV.B.>"}, {"deliver_policy", "last_per_subject"}});
  EXPECT_EQ(made["num_pending"], 2);
  auto got = watcher.All();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].subject, "$KV.B.b");
  EXPECT_EQ(got[0].ack_token(8), 1);
  EXPECT_EQ(got[1].subject, "$KV.B.a");
  EXPECT_EQ(got[1].payload, "2");
  EXPECT_EQ(got[1].ack_token(8), 0);
  EXPECT_EQ(got[1].ack_token(6), 2);
  Put("c", "3");
  const Received later = watcher.Next();
  EXPECT_EQ(later.payload, "3");
  EXPECT_EQ(later.ack_token(6), 3);
  EXPECT_EQ(later.ack_token(8), 0);
}

TEST_F(KeyValueTest, KeysAreReadWithHeadersOnly) {
  Put("a", "value");
  Put("b", "", {{"KV-Operation", "DEL"}});
  Watch({{"filter_subject", "$KV.B.>"},
         {"deliver_policy", "last_per_subject"},
         {"headers_only", true}});
  const auto got = watcher.All();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].payload, "");
  EXPECT_EQ(got[0].header("Nats-Msg-Size"), "5");
  EXPECT_EQ(got[1].header("KV-Operation"), "DEL");
}

TEST_F(KeyValueTest, WatcherOfAnEmptyBucketHasNothingPending) {
  const Json made = Watch({{"filter_subject", "$KV.B.>"}, {"deliver_policy", "last_per_subject"}});
  EXPECT_EQ(made["num_pending"], 0);
  Put("a", "1");
  EXPECT_EQ(watcher.Next().ack_token(6), 1);
}

TEST_F(KeyValueTest, LifetimesNeedABucketThatHasThem) {
  EXPECT_EQ(ErrorOf(peer.Request("$KV.B.a", "1", {{"Nats-TTL", "60"}}).json()), 10166);
}

TEST_F(KeyValueTest, BucketsAreFoundByTheirSubject) {
  MakeStream(peer, "OTHER", {"other"});
  EXPECT_EQ(peer.Api("STREAM.NAMES", {{"subject", "$KV.*.>"}})["streams"], Json({"KV_B"}));
}

TEST_F(KeyValueTest, FullBucketStillTakesNewRevisionsOfItsKeys) {
  peer.Api("STREAM.DELETE.KV_B");
  MakeStream(peer, "KV_B", {"$KV.B.>"},
             {{"max_msgs_per_subject", 1}, {"discard", "new"}, {"max_msgs", 2}});
  EXPECT_EQ(Put("a", "1"), 1);
  EXPECT_EQ(Put("b", "1"), 2);
  EXPECT_EQ(ErrorOf(peer.Request("$KV.B.c", "1").json()), 10077);
  EXPECT_EQ(Put("a", "2"), 3);
}

}  // namespace
}  // namespace braid::nats
