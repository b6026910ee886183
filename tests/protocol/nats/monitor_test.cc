// The monitoring pages of nats-server.
#include "protocol/nats/monitor.h"

#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class MonitorTest : public NatsTest {
 protected:
  MonitorTest() : monitor(*service) {}

  MonitorPage Page(std::string_view target) {
    std::optional<MonitorPage> page = monitor.Answer(target, address, "127.0.0.1:8222");
    EXPECT_TRUE(page.has_value()) << target;
    return page.value_or(MonitorPage());
  }
  Json Get(std::string_view target) {
    const MonitorPage page = Page(target);
    EXPECT_EQ(page.status, 200) << page.body;
    return Json::parse(page.body, nullptr, false);
  }
  // Connects and is greeted, so that the server has seen all of it.
  std::unique_ptr<Peer> Connected(std::string_view name) {
    auto peer = std::make_unique<Peer>(
        *this,
        fmt::format(R"({{"verbose":false,"pedantic":false,"name":"{}","lang":"test"}})", name));
    peer->Ping();
    return peer;
  }

  Monitor monitor;
};

TEST_F(MonitorTest, VarzCountsConnectionsAndMessages) {
  auto one = Connected("one"), two = Connected("two");
  one->Subscribe("a", "1");
  two->Publish("a", "hello");
  Settle();
  two.reset();
  Settle();
  Pass(absl::Minutes(62));
  const Json varz = Get("/varz");
  EXPECT_EQ(varz["server_id"], service->server_id());
  EXPECT_EQ(varz["version"], kNatsVersion);
  EXPECT_EQ(varz["port"], std::stoi(address.substr(address.rfind(':') + 1)));
  EXPECT_EQ(varz["http_port"], 8222);
  EXPECT_EQ(varz["total_connections"], 2);
  EXPECT_EQ(varz["in_msgs"], 1);
  EXPECT_EQ(varz["in_bytes"], 5);
  EXPECT_EQ(varz["out_msgs"], 1);
  EXPECT_EQ(varz["out_bytes"], 5);
  EXPECT_EQ(varz["uptime"], "1h2m0s");
  EXPECT_EQ(varz["max_payload"], 1048576);
  EXPECT_GT(varz["mem"], 1000);
  EXPECT_EQ(varz["jetstream"]["stats"]["accounts"], 1);
}

TEST_F(MonitorTest, ConnzShowsWhoIsThereAndWhoWas) {
  auto one = Connected("one"), two = Connected("two");
  one->Subscribe("a.*", "1");
  one->Subscribe("b", "2", "q");
  two->Publish("a.x", "hi");
  Settle();
  Json connz = Get("/connz?subs=1");
  EXPECT_EQ(connz["num_connections"], 2);
  const Json first = connz["connections"][0], second = connz["connections"][1];
  EXPECT_EQ(first["name"], "one");
  EXPECT_EQ(first["lang"], "test");
  EXPECT_EQ(first["ip"], "127.0.0.1");
  EXPECT_EQ(first["out_msgs"], 1);
  EXPECT_EQ(first["subscriptions"], 2);
  EXPECT_EQ(first["subscriptions_list"].size(), 2u);
  EXPECT_EQ(second["in_bytes"], 2);
  EXPECT_FALSE(second.contains("subscriptions_list"));
  EXPECT_EQ(Get("/connz?subs=detail")["connections"][0]["subscriptions_list_detail"].size(), 2u);

  EXPECT_EQ(Get("/connz?sort=bytes_from")["connections"][0]["name"], "two");
  EXPECT_EQ(Get("/connz?limit=1&offset=1")["connections"][0]["name"], "two");
  EXPECT_EQ(Get("/connz?limit=1")["total"], 2);
  const std::string cid = second["cid"].dump();
  EXPECT_EQ(Get("/connz?cid=" + cid)["connections"][0]["name"], "two");
  EXPECT_EQ(Get("/connz?filter_subject=a.q")["num_connections"], 1);
  EXPECT_EQ(Get("/connz?acc=$G&auth=1")["connections"][0]["account"], "$G");

  two.reset();
  Settle();
  EXPECT_EQ(Get("/connz")["num_connections"], 1);
  const Json gone = Get("/connz?state=closed")["connections"][0];
  EXPECT_EQ(gone["reason"], "Client Closed");
  EXPECT_TRUE(gone.contains("stop"));
  EXPECT_EQ(Get("/connz?state=all")["num_connections"], 2);
}

TEST_F(MonitorTest, WrongQuestionsAreRefusedInWords) {
  for (const auto& [target, words] :
       {std::pair("/connz?sort=bad", "invalid sorting option: bad"),
        std::pair("/connz?limit=x", "Error decoding int for 'limit'"),
        std::pair("/connz?subs=x", "Error decoding boolean for 'subs'"),
        std::pair("/connz?state=x", "Error decoding state for x"),
        std::pair("/accountz?acc=NONE", "account NONE does not exist")}) {
    const MonitorPage page = Page(target);
    EXPECT_EQ(page.status, 400) << target;
    EXPECT_THAT(page.body, testing::HasSubstr(words));
  }
  EXPECT_FALSE(monitor.Answer("/nope", "", "").has_value());
  EXPECT_FALSE(monitor.Answer("/metrics", "", "").has_value());
}

TEST_F(MonitorTest, SubszListsSubscriptions) {
  auto one = Connected("one");
  one->Subscribe("a.*", "1");
  one->Subscribe("b.>", "2", "q");
  one->Send("UNSUB 1 7\r\n");
  Settle();
  EXPECT_EQ(Get("/subsz")["num_subscriptions"], 2);
  EXPECT_FALSE(Get("/subsz").contains("subscriptions_list"));
  const Json list = Get("/subsz?subs=1")["subscriptions_list"];
  ASSERT_EQ(list.size(), 2u);
  const Json found = Get("/subsz?subs=1&test=a.x")["subscriptions_list"];
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0]["subject"], "a.*");
  EXPECT_EQ(found[0]["max"], 7);
  EXPECT_EQ(found[0]["account"], "$G");
}

TEST_F(MonitorTest, JszDescribesStreamsAndConsumers) {
  Peer peer(*this);
  MakeStream(peer, "S", {"s.*"});
  MakeConsumer(peer, "S", "C");
  peer.Request("s.1", "x");
  const Json jsz = Get("/jsz");
  EXPECT_EQ(jsz["streams"], 1);
  EXPECT_EQ(jsz["consumers"], 1);
  EXPECT_EQ(jsz["messages"], 1);
  EXPECT_GE(jsz["api"]["total"], 2);
  EXPECT_FALSE(jsz.contains("account_details"));
  const Json account = Get("/jsz?consumers=1&config=1")["account_details"][0];
  EXPECT_EQ(account["name"], "$G");
  const Json stream = account["stream_detail"][0];
  EXPECT_EQ(stream["name"], "S");
  EXPECT_EQ(stream["state"]["messages"], 1);
  EXPECT_EQ(stream["config"]["subjects"][0], "s.*");
  EXPECT_EQ(stream["consumer_detail"][0]["name"], "C");
  EXPECT_EQ(stream["consumer_detail"][0]["num_pending"], 1);
  EXPECT_FALSE(Get("/jsz?streams=1")["account_details"][0]["stream_detail"][0].contains("config"));
}

TEST_F(MonitorTest, OtherPagesHaveTheirShape) {
  auto one = Connected("one");
  EXPECT_EQ(Get("/healthz"), Json({{"status", "ok"}}));
  EXPECT_EQ(Get("/healthz?js-enabled-only=true"), Json({{"status", "ok"}}));
  EXPECT_EQ(Get("/routez")["num_routes"], 0);
  EXPECT_EQ(Get("/leafz")["leafnodes"], 0);
  EXPECT_TRUE(Get("/gatewayz")["inbound_gateways"].empty());
  EXPECT_EQ(Get("/accountz")["accounts"], Json({"$G", "$SYS"}));
  const Json detail = Get("/accountz?acc=$G")["account_detail"];
  EXPECT_EQ(detail["client_connections"], 1);
  EXPECT_EQ(detail["jetstream_enabled"], true);
  EXPECT_EQ(Get("/accstatz")["account_statz"][0]["conns"], 1);
  EXPECT_EQ(Get("/accstatz?unused=1")["account_statz"].size(), 2u);
  EXPECT_THAT(Page("/").body, testing::HasSubstr("./connz"));
}

class NoJetStreamMonitorTest : public NatsTest {
 protected:
  static ServiceOptions Off() {
    ServiceOptions options;
    options.jetstream = false;
    return options;
  }
  NoJetStreamMonitorTest() : NatsTest(Durability::kOs, Off()) {}
};

TEST_F(NoJetStreamMonitorTest, SaysSo) {
  Monitor monitor(*service);
  EXPECT_EQ(monitor.Answer("/healthz?js-enabled-only=1", "", "")->status, 503);
  EXPECT_EQ(monitor.Answer("/healthz", "", "")->status, 200);
  EXPECT_EQ(Json::parse(monitor.Answer("/jsz", "", "")->body)["disabled"], true);
  EXPECT_TRUE(Json::parse(monitor.Answer("/varz", "", "")->body)["jetstream"].empty());
}

}  // namespace
}  // namespace braid::nats
