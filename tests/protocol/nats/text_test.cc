// Headers, acknowledgements, pull requests, JSON and the error table: what is written as text.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/nats/acks.h"
#include "protocol/nats/errors.h"
#include "protocol/nats/headers.h"
#include "protocol/nats/json.h"
#include "protocol/nats/pull_queue.h"

namespace braid::nats {
namespace {

// --- Headers
// -------------------------------------------------------------------------------------------

TEST(HeadersTest, LinesKeepOrderCaseAndRepetition) {
  const auto headers = ParseHeaders("NATS/1.0\r\nA: 1\r\na:2\r\nA:  3 \r\nEmpty:\r\n\r\n");
  ASSERT_EQ(headers.size(), 4u);
  EXPECT_EQ(headers[0], (HeaderView{"A", "1"}));
  EXPECT_EQ(headers[1], (HeaderView{"a", "2"}));
  EXPECT_EQ(headers[2], (HeaderView{"A", "3"}));
  EXPECT_EQ(headers[3], (HeaderView{"Empty", ""}));
  EXPECT_EQ(FindHeader(headers, "a"), "2");
  EXPECT_FALSE(FindHeader(headers, "b").has_value());
}

TEST(HeadersTest, BlockIsRebuiltAsItWasSent) {
  const std::string block = "NATS/1.0\r\nA: 1\r\nB: two words\r\n\r\n";
  EXPECT_EQ(HeaderBlock(ParseHeaders(block)), block);
  EXPECT_EQ(HeaderBlock({}), "");
}

TEST(HeadersTest, HeadersOfOtherModelsCannotBreakTheBlock) {
  const HeaderView evil[] = {{"a:b\r\n", "x\r\n\r\nPUB"}, {"null", std::nullopt}};
  EXPECT_EQ(HeaderBlock(evil), "NATS/1.0\r\na b  : x    PUB\r\nnull: \r\n\r\n");
}

TEST(HeadersTest, BrokenBlocksGiveWhatCanBeRead) {
  EXPECT_TRUE(ParseHeaders("").empty());
  EXPECT_TRUE(ParseHeaders("NATS/1.0").empty());
  EXPECT_TRUE(ParseHeaders("NATS/1.0\r\n\r\n").empty());
  EXPECT_EQ(ParseHeaders("NATS/1.0\r\nno colon\r\n").size(), 1u);
  EXPECT_EQ(ParseHeaders("NATS/1.0\r\nA: 1")[0], (HeaderView{"A", "1"}));
}

TEST(HeadersTest, StatusHasCodeTextAndLines) {
  EXPECT_EQ(StatusBlock(503, ""), "NATS/1.0 503\r\n\r\n");
  const std::pair<std::string_view, std::string> lines[] = {{"Nats-Pending-Messages", "3"}};
  EXPECT_EQ(StatusBlock(408, "Request Timeout", lines),
            "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n");
}

// --- Acks
// ----------------------------------------------------------------------------------------------

TEST(AcksTest, SubjectIsReadBack) {
  AckSubject ack;
  ack.stream = "ORDERS";
  ack.consumer = "west";
  ack.delivery = 2;
  ack.stream_seq = 17;
  ack.consumer_seq = 9;
  ack.timestamp_ns = 1767225600000000000;
  ack.pending = 4;
  std::string subject;
  AppendAckSubject(ack, &subject);
  EXPECT_EQ(subject, "$JS.ACK.ORDERS.west.2.17.9.1767225600000000000.4");
  const auto read = ParseAckSubject(subject);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->stream, "ORDERS");
  EXPECT_EQ(read->consumer, "west");
  EXPECT_EQ(read->stream_seq, 17);
  EXPECT_EQ(read->pending, 4);
}

TEST(AcksTest, SubjectWithDomainAndAccountIsRead) {
  for (const std::string tail : {"", ".random"}) {
    const std::string subject = "$JS.ACK._.ACCHASH.ORDERS.west.2.17.9.1.4" + tail;
    const auto read = ParseAckSubject(subject);
    ASSERT_TRUE(read.has_value()) << subject;
    EXPECT_EQ(read->stream, "ORDERS");
    EXPECT_EQ(read->stream_seq, 17);
  }
}

TEST(AcksTest, OtherSubjectsAreNone) {
  for (const std::string subject :
       {"$JS.ACK.", "$JS.ACK.a.b", "$JS.ACK.a.b.1.0.1.1.1", "$JS.ACK.a.b.1.x.1.1.1",
        "$JS.ACK.a.b.1.-1.1.1.1", "$JS.ACK.a.b.1.1.1.1.1.1", "orders"}) {
    EXPECT_FALSE(ParseAckSubject(subject).has_value()) << subject;
  }
}

TEST(AcksTest, BodiesMeanWhatTheySay) {
  EXPECT_EQ(ParseAck("")->kind, AckKind::kAck);
  EXPECT_EQ(ParseAck("+ACK")->kind, AckKind::kAck);
  EXPECT_EQ(ParseAck("+OK")->kind, AckKind::kAck);
  EXPECT_EQ(ParseAck("+WPI")->kind, AckKind::kProgress);
  EXPECT_EQ(ParseAck("+TERM")->kind, AckKind::kTerm);
  EXPECT_EQ(ParseAck("+TERM no such order")->rest, "no such order");
  EXPECT_EQ(ParseAck("+NXT 5")->rest, "5");
  EXPECT_EQ(ParseAck("+NXT {\"batch\":2}")->kind, AckKind::kNext);
  EXPECT_FALSE(ParseAck("hello").has_value());
  EXPECT_FALSE(ParseAck("+ACKNOWLEDGED").has_value());
}

TEST(AcksTest, DelayOfANakIsNanosecondsOrText) {
  EXPECT_EQ(ParseAck("-NAK")->delay, absl::ZeroDuration());
  EXPECT_EQ(ParseAck("-NAK {\"delay\": 5000000000}")->delay, absl::Seconds(5));
  EXPECT_EQ(ParseAck("-NAK 1m30s")->delay, absl::Seconds(90));
  EXPECT_EQ(ParseAck("-NAK soon")->delay, absl::ZeroDuration());
  EXPECT_EQ(ParseAck("-NAK {\"delay\":")->delay, absl::ZeroDuration());
  EXPECT_EQ(ParseAck("-NAK -5s")->delay, absl::ZeroDuration());
}

// --- Pull requests
// -------------------------------------------------------------------------------------

TEST(PullRequestTest, BodyIsNothingANumberOrJson) {
  EXPECT_EQ(ParsePullRequest("")->batch, 1);
  EXPECT_EQ(ParsePullRequest(" 25 ")->batch, 25);
  EXPECT_EQ(ParsePullRequest("rubbish")->batch, 1);
  EXPECT_EQ(ParsePullRequest("-3")->batch, 1);
  const auto json = ParsePullRequest(
      R"({"batch":10,"expires":5000000000,"no_wait":true,"max_bytes":100,"idle_heartbeat":2})");
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->batch, 10);
  EXPECT_EQ(json->expires, absl::Seconds(5));
  EXPECT_EQ(json->max_bytes, 100);
  EXPECT_TRUE(json->no_wait);
}

TEST(PullRequestTest, HeartbeatMayBeHalfTheExpiryAtMost) {
  EXPECT_TRUE(ParsePullRequest(R"({"expires":100,"idle_heartbeat":50})").ok());
  const auto refused = ParsePullRequest(R"({"expires":100,"idle_heartbeat":51})");
  EXPECT_EQ(refused.status().message(), "Bad Request - heartbeat value too large");
}

TEST(PullRequestTest, WhatIsNotOfferedIsRefused) {
  EXPECT_FALSE(ParsePullRequest(R"({"group":"A"})").ok());
  EXPECT_FALSE(ParsePullRequest(R"({"batch":)").ok());
  EXPECT_FALSE(ParsePullRequest(R"({"bach":1})").ok());
  EXPECT_FALSE(ParsePullRequest(R"({"batch":"1"})").ok());
}

class PullQueueTest : public ::testing::Test {
 protected:
  void Add(std::string reply, int64_t batch, absl::Duration expires = absl::ZeroDuration(),
           absl::Duration heartbeat = absl::ZeroDuration()) {
    PullRequest request;
    request.reply = std::move(reply);
    request.batch = batch;
    request.expires = expires;
    request.idle_heartbeat = heartbeat;
    queue.Add(std::move(request), now);
  }
  std::string Serve() {
    std::string reply = queue.front().request.reply;
    queue.Served(10, now);
    return reply;
  }

  absl::Time now = absl::FromUnixSeconds(1767225600);
  PullQueue queue;
};

TEST_F(PullQueueTest, RequestsTakeTurnsMessageByMessage) {
  Add("a", 3);
  Add("b", 2);
  EXPECT_EQ(queue.messages_left(), 5);
  std::string order;
  while (!queue.empty()) order += Serve();
  EXPECT_EQ(order, "ababa");
}

TEST_F(PullQueueTest, ExpiredRequestsComeOutInOrder) {
  Add("never", 1);
  Add("late", 1, absl::Seconds(10));
  Add("early", 1, absl::Seconds(5));
  EXPECT_EQ(queue.NextDeadline(), now + absl::Seconds(5));
  EXPECT_TRUE(queue.TakeExpired(now).empty());
  const auto expired = queue.TakeExpired(now + absl::Seconds(10));
  ASSERT_EQ(expired.size(), 2u);
  EXPECT_EQ(expired[0].request.reply, "late");
  EXPECT_EQ(expired[1].request.reply, "early");
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(PullQueueTest, HeartbeatIsCountedFromTheLastDelivery) {
  Add("a", 5, absl::Seconds(30), absl::Seconds(5));
  now += absl::Seconds(3);
  Serve();
  EXPECT_TRUE(queue.TakeHeartbeats(now + absl::Seconds(4)).empty());
  EXPECT_EQ(queue.TakeHeartbeats(now + absl::Seconds(5)), std::vector<std::string>{"a"});
  EXPECT_EQ(queue.NextDeadline(), now + absl::Seconds(10));
}

// --- JSON
// ----------------------------------------------------------------------------------------------

enum class Colour { kRed, kBlue };
constexpr EnumName<Colour> kColours[] = {{Colour::kRed, "red"}, {Colour::kBlue, "blue"}};
absl::Span<const EnumName<Colour>> EnumNames(Colour) {
  return kColours;
}

struct Inner {
  int64_t n = 0;
  friend bool operator==(const Inner&, const Inner&) = default;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("n", m.n);
  }
};

struct Everything {
  std::string text;
  bool flag = false;
  int64_t number = 0;
  absl::Duration duration;
  absl::Time time = absl::InfinitePast();
  Colour colour = Colour::kRed;
  std::vector<std::string> list;
  std::vector<absl::Duration> waits;
  std::map<std::string, std::string> map;
  std::optional<Inner> maybe;
  std::vector<Inner> inners;
  friend bool operator==(const Everything&, const Everything&) = default;
  template <class V, class Self>
  static void Visit(V& v, Self& m) {
    v("text", m.text);
    v("flag", m.flag);
    v("number", m.number);
    v("duration", m.duration);
    v("time", m.time);
    v("colour", m.colour);
    v("list", m.list, Show::kIfSet);
    v("waits", m.waits);
    v("map", m.map);
    v("maybe", m.maybe);
    v("inners", m.inners);
    v.OnlyDefault("later", {"false", "0"});
    v.Ignored("whatever");
  }
};

JsonFaults Read(std::string_view text, Everything* value, Strict strict = Strict::kYes) {
  JsonFaults faults;
  ReadJson(text, strict, value, &faults);
  return faults;
}

TEST(JsonTest, WhatIsWrittenIsReadBack) {
  Everything value;
  value.text = "quote \" back \\ line \n tab \t unicode \xC3\xA9";
  value.flag = true;
  value.number = -5;
  value.duration = absl::Milliseconds(1500);
  value.time = absl::FromUnixNanos(1767225600123456789);
  value.colour = Colour::kBlue;
  value.list = {"a", "b"};
  value.waits = {absl::Seconds(1), absl::Seconds(2)};
  value.map = {{"k", "v"}, {"l", ""}};
  value.maybe = Inner{7};
  value.inners = {{1}, {2}};
  Everything read;
  const JsonFaults faults = Read(WriteJson(value), &read);
  EXPECT_EQ(faults.invalid, "");
  EXPECT_EQ(read, value);
}

TEST(JsonTest, EmptyValuesAreWrittenUnlessTheyMayBeLeftOut) {
  EXPECT_EQ(WriteJson(Everything()),
            R"({"text":"","flag":false,"number":0,"duration":0,"time":"0001-01-01T00:00:00Z",)"
            R"("colour":"red","waits":[],"map":{},"inners":[]})");
}

TEST(JsonTest, BytesThatAreNoUtf8AreReplaced) {
  std::string out;
  AppendJsonString("a\xFF\xC0\xAF\xED\xA0\x80z\x01", &out);
  EXPECT_EQ(out, "\"a\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffdz\\u0001\"");
}

TEST(JsonTest, AbsentAndNullLeaveTheDefault) {
  Everything value;
  value.number = 3;
  EXPECT_EQ(Read(R"({"number":null,"text":"x"})", &value).invalid, "");
  EXPECT_EQ(value.number, 3);
  EXPECT_EQ(value.text, "x");
}

TEST(JsonTest, UnknownMemberIsAnErrorOnlyWhenStrict) {
  Everything value;
  EXPECT_EQ(Read(R"({"nmber":1})", &value).invalid, "json: unknown field \"nmber\"");
  EXPECT_EQ(Read(R"({"maybe":{"m":1}})", &value).invalid, "json: unknown field \"m\"");
  EXPECT_EQ(Read(R"({"nmber":1})", &value, Strict::kNo).invalid, "");
  EXPECT_EQ(Read(R"({"whatever":{"deep":[1]}})", &value).invalid, "");
}

TEST(JsonTest, WrongTypesAreNamed) {
  for (const char* text :
       {R"({"text":1})", R"({"flag":"true"})", R"({"number":"1"})", R"({"number":1.5})",
        R"({"number":18446744073709551615})", R"({"time":"yesterday"})", R"({"colour":"green"})",
        R"({"list":"a"})", R"({"list":[1]})", R"({"map":{"a":1}})", R"({"maybe":[]})"}) {
    Everything value;
    EXPECT_NE(Read(text, &value).invalid, "") << text;
  }
}

TEST(JsonTest, WholeFloatsAreNumbers) {
  Everything value;
  EXPECT_EQ(Read(R"({"duration":5e9})", &value).invalid, "");
  EXPECT_EQ(value.duration, absl::Seconds(5));
}

TEST(JsonTest, MemberThatIsNotOfferedMayHoldItsDefault) {
  Everything value;
  EXPECT_EQ(Read(R"({"later":false})", &value).unsupported, "");
  EXPECT_EQ(Read(R"({"later":true})", &value).unsupported, "later");
}

TEST(JsonTest, HostileTextsAreRefused) {
  Everything value;
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"),
        std::string("{\"a\":1}x"), std::string(100000, '['), std::string(100000, '{')}) {
    EXPECT_NE(Read(text, &value).invalid, "") << text.substr(0, 20);
  }
}

// --- Errors
// --------------------------------------------------------------------------------------------

TEST(ErrorsTest, EveryEngineErrorHasARow) {
  for (int code = 1;; ++code) {
    const auto errc = static_cast<Errc>(code);
    if (code > static_cast<int>(kLastErrc)) break;
    EXPECT_NE(ApiErrcOf(errc), ApiErrc::kNone) << ErrcName(errc);
  }
}

TEST(ErrorsTest, EveryMappedErrorIsInTheTable) {
  std::set<ApiErrc> rows;
  for (const ApiErrorRow& row : ApiErrors()) {
    EXPECT_TRUE(rows.insert(row.errc).second) << static_cast<int>(row.errc);
    EXPECT_GE(row.code, 400);
    EXPECT_LT(row.code, 600);
    EXPECT_FALSE(row.description.empty());
  }
  for (int code = 1; code <= static_cast<int>(kLastErrc); ++code) {
    EXPECT_TRUE(rows.contains(ApiErrcOf(static_cast<Errc>(code)))) << code;
  }
}

TEST(ErrorsTest, StatusBecomesCodeErrCodeAndDescription) {
  const ApiError plain = ToApiError(MakeApiError(ApiErrc::kReplicas));
  EXPECT_EQ(plain.code, 500);
  EXPECT_EQ(plain.err_code, 10074);
  EXPECT_EQ(plain.description, "replicas > 1 not supported in non-clustered mode");
  EXPECT_EQ(ToApiError(MakeApiError(ApiErrc::kPurge, "no")).description, "no");
  EXPECT_EQ(ToApiError(MakeApiError(ApiErrc::kSequenceNotFound, "7")).description,
            "sequence 7 not found");
  EXPECT_EQ(ToApiError(MakeApiError(ApiErrc::kBadRequest, "so it is")).description, "so it is");
  EXPECT_EQ(ToApiError(MakeError(Errc::kWrongLastOffset, "5")).description,
            "wrong last sequence: 5");
  EXPECT_EQ(ToApiError(MakeError(Errc::kStreamNotFound, "gone")).description, "stream not found");
  EXPECT_EQ(ToApiError(absl::UnknownError("?")).err_code, 10008);
}

}  // namespace
}  // namespace braid::nats
