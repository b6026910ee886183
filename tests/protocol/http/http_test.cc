// The HTTP port over an in-memory engine: what each path answers, and who is turned away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/names.h"
#include "engine/stream.h"
#include "protocol/http/service.h"
#include "tests/protocol/net/loopback.h"

namespace braid::http {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class HttpTest : public net::LoopbackTest {
 protected:
  HttpTest()
      : service_(*catalog,
                 [] {
                   return std::vector<std::pair<std::string, int64_t>>{{"nats", 7}};
                 }),
        address_(Serve(service_.session())) {}
  ~HttpTest() override { server->Stop(); }

  // One more piece of the conversation on `client`; what is answered to it.
  std::string Say(net::Client& client, std::string_view bytes) {
    client.Send(bytes);
    Settle();
    return client.Take();
  }
  // The answer to a request on a connection of its own.
  std::string Ask(std::string_view method, std::string_view target) {
    net::Client client(address_);
    return Say(client, Request(method, target));
  }
  static std::string Request(std::string_view method, std::string_view target) {
    return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
  }
  // Says something that is no request: the answer, after which the connection has ended.
  std::string Refusal(std::string_view bytes) {
    net::Client client(address_);
    std::string answer = Say(client, bytes);
    EXPECT_TRUE(RunUntil([&] { return client.ended(); }));
    EXPECT_THAT(answer, HasSubstr("\r\nConnection: close\r\n"));
    return answer;
  }
  // A stream of `records` records.
  engine::StreamPtr MakeStream(const std::string& name, int records) {
    engine::Writes writes;
    const auto topic = catalog->CreateTopic(name, 1, {}, writes);
    EXPECT_TRUE(topic.ok()) << topic.status();
    const engine::StreamPtr stream = (*topic)->partitions[0];
    RecordView record;
    record.value = "x";
    for (int i = 0; i < records; ++i) EXPECT_TRUE(stream->Append(record, {}, writes).ok());
    EXPECT_TRUE(catalog->Commit(writes).ok());
    return stream;
  }
  // A group of Redis clients that has read nothing.
  void MakeGroup(const engine::StreamPtr& stream, const std::string& name) {
    engine::Writes writes;
    EXPECT_TRUE(stream->CreateGroup(name, {.owner = Origin::kRedis}, writes).ok());
    EXPECT_TRUE(catalog->Commit(writes).ok());
  }

  Service service_;
  const std::string address_;
};

TEST_F(HttpTest, HealthIsJson) {
  for (const char* path : {"/healthz", "/readyz", "/healthz?verbose=1"}) {
    const std::string answer = Ask("GET", path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(answer, EndsWith("Content-Length: 15\r\nConnection: keep-alive\r\n\r\n"
                                 R"({"status":"ok"})"));
  }
}

TEST_F(HttpTest, HeadStatesTheLengthAndHasNoBody) {
  const std::string answer = Ask("HEAD", "/healthz");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 15\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpTest, MetricsArePrometheusText) {
  MakeStream("orders", 3);
  const std::string answer = Ask("GET", "/metrics");
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("# TYPE braid_log_records gauge\n"));
  EXPECT_THAT(answer, HasSubstr("\nbraid_log_records{log=\"orders\",partition=\"0\"} 3\n"));
  EXPECT_THAT(answer, HasSubstr("\nbraid_connections{protocol=\"nats\"} 7\n"));
}

TEST_F(HttpTest, NamesInMetricsAreEscaped) {
  MakeGroup(MakeStream("a\"b\\c\nd", 1), "w\"x");
  EXPECT_THAT(Ask("GET", "/metrics"), HasSubstr("\nstream_consumer_lag{platform=\"redis\","
                                                R"(stream="a\"b\\c\nd",consumer_group="w\"x"} 1)"
                                                "\n"));
}

TEST_F(HttpTest, LagListsEveryGroup) {
  EXPECT_THAT(Ask("GET", "/lag"), EndsWith("\r\n\r\n"
                                           R"({"groups":[]})"));
  MakeGroup(MakeStream("orders", 3), "workers");
  EXPECT_THAT(Ask("GET", "/lag"),
              EndsWith(R"({"groups":[{"platform":"redis","stream":"orders","partition":0,)"
                       R"("group":"workers","lag":3,"pending":0}]})"));
}

TEST_F(HttpTest, KeysOfOtherRedisDatabasesAreNotShown) {
  engine::Writes writes;
  const std::string name = engine::CanonicalName(1, "hidden");
  const auto topic = catalog->CreatePrivateTopic(name, {}, writes);
  ASSERT_TRUE(topic.ok()) << topic.status();
  GroupOptions options;
  options.owner = Origin::kRedis;
  ASSERT_TRUE((*topic)->partitions[0]->CreateGroup("secret", options, writes).ok());
  for (const char* path : {"/lag", "/metrics"}) {
    const std::string answer = Ask("GET", path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(answer, testing::Not(HasSubstr("hidden")));
    EXPECT_THAT(answer, testing::Not(HasSubstr("secret")));
  }
}

TEST_F(HttpTest, UnknownPathIsNotFound) {
  for (const char* path : {"/", "/metrics/", "/Healthz", "*", "http://x/healthz"}) {
    EXPECT_THAT(Ask("GET", path), StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
  }
}

TEST_F(HttpTest, OtherMethodsAreNotAllowed) {
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "BREW"}) {
    const std::string answer = Ask(method, "/metrics");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
}

TEST_F(HttpTest, ConnectionIsKeptUntilAskedToClose) {
  net::Client client(address_);
  EXPECT_THAT(Say(client, Request("GET", "/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Say(client, "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"),
              HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(RunUntil([&] { return client.ended(); }));
}

TEST_F(HttpTest, OldClientsAreClosedAfterTheAnswer) {
  EXPECT_THAT(Refusal("GET /healthz HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpTest, RequestsMayComeInOneBatchOrByteByByte) {
  net::Client client(address_);
  const std::string two = Request("GET", "/healthz") + Request("GET", "/none");
  const std::string whole = Say(client, two);
  EXPECT_THAT(whole, HasSubstr(R"({"status":"ok"}HTTP/1.1 404 )"));
  std::string pieces;
  for (const char& byte : two) pieces += Say(client, {&byte, 1});
  EXPECT_EQ(pieces, whole);
}

TEST_F(HttpTest, BodiesArePassedOver) {
  net::Client client(address_);
  const std::string first = "GET /healthz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  const std::string answer = Say(client, first + chunked);
  EXPECT_EQ(answer, Ask("GET", "/healthz") + Ask("GET", "/healthz"));
}

TEST_F(HttpTest, WhatIsNotHttpIsABadRequest) {
  for (const char* bytes : {"GARBAGE\r\n\r\n", "GET /\r\n\r\n", "*1\r\n$4\r\nPING\r\n",
                            "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                            "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    const std::string answer = Refusal(bytes);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n")) << bytes;
    EXPECT_THAT(answer, EndsWith(R"({"error":"bad request"})")) << bytes;
  }
}

TEST_F(HttpTest, TooManyHeadersAndTooLongABodyAreRefused) {
  const std::string header = "X: " + std::string(20'000, 'x') + "\r\n";
  EXPECT_THAT(Refusal("GET / HTTP/1.1\r\n" + header),
              StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  EXPECT_THAT(Refusal("GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpTest, HalfARequestIsNotAnswered) {
  net::Client client(address_);
  EXPECT_EQ(Say(client, "GET /healthz HTTP/1.1\r\nHo"), "");
  client.HalfClose();
  EXPECT_TRUE(RunUntil([&] { return client.ended(); }));
  EXPECT_EQ(client.Take(), "");
}

}  // namespace
}  // namespace braid::http
