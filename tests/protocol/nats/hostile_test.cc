// Bytes that nobody who means well sends: the connection may go, the server and its neighbours
// stay.
#include <random>

#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

class HostileTest : public NatsTest {
 protected:
  HostileTest() {
    MakeStream(bystander, "S", {"s.>"}, {{"allow_direct", true}});
    MakeConsumer(bystander, "S", "C");
    bystander.Subscribe("still.here", "b");
  }
  void ExpectBystanderIsServed() {
    bystander.Publish("still.here", "yes");
    EXPECT_EQ(bystander.Next().payload, "yes");
  }

  Peer bystander{*this};
};

TEST_F(HostileTest, MutatedSessionsHarmNobody) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::string frames[] = {
      "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n",
      "SUB _INBOX.> 1\r\n",
      Peer::Frame("s.a", "hello", "_INBOX.1", {{"Nats-Msg-Id", "1"}, {"Nats-Rollup", "sub"}}),
      Peer::Frame("$JS.API.STREAM.CREATE.T",
                  R"({"name":"T","subjects":["t.>"],"max_age":1000000000})", "_INBOX.2"),
      Peer::Frame("$JS.API.STREAM.INFO.S", R"({"subjects_filter":">","deleted_details":true})",
                  "_INBOX.3"),
      Peer::Frame("$JS.API.STREAM.MSG.GET.S", R"({"last_by_subj":"s.*"})", "_INBOX.4"),
      Peer::Frame("$JS.API.DIRECT.GET.S", R"({"seq":1})", "_INBOX.5"),
      Peer::Frame(
          "$JS.API.CONSUMER.CREATE.S",
          R"({"stream_name":"S","config":{"deliver_subject":"_INBOX.9","ack_policy":"none"}})",
          "_INBOX.6"),
      Peer::Frame("$JS.API.CONSUMER.MSG.NEXT.S.C", R"({"batch":5,"expires":1000000000})",
                  "_INBOX.7"),
      Peer::Frame("$JS.ACK.S.C.1.1.1.1.0", "-NAK {\"delay\":100}", "_INBOX.8"),
      Peer::Frame("$JS.API.STREAM.PURGE.T", R"({"filter":"t.a","keep":1})", "_INBOX.10"),
      "UNSUB 1 5\r\nPING\r\n"};
  for (int round = 0; round < 400; ++round) {
    std::string input;
    for (const std::string& frame : frames) {
      if (random() % 4 != 0) input += frame;
    }
    for (int edits = static_cast<int>(random() % 6); edits > 0 && !input.empty(); --edits) {
      const size_t at = random() % input.size();
      switch (random() % 3) {
        case 0:
          input[at] = static_cast<char>(random());
          break;
        case 1:
          input.erase(at, random() % 5);
          break;
        default:
          input.insert(at, 1, "\"{}[]:,0123456789 "[random() % 18]);
      }
    }
    Peer peer(*this, "");
    peer.Send(input);
    Settle();
    if (round % 20 == 0) {
      Pass(absl::Milliseconds(200));
      ExpectBystanderIsServed();
    }
  }
  Pass(absl::Minutes(1));
  ExpectBystanderIsServed();
}

TEST_F(HostileTest, HalfAFrameThenGone) {
  for (const char* half :
       {"PUB s.a 10\r\nhel", "HPUB s.a 100 1000\r\nNATS/1.0", "CONNECT {", "SU"}) {
    {
      Peer peer(*this, "");
      peer.Send(half);
      Settle();
    }
    Settle();
    ExpectBystanderIsServed();
  }
  EXPECT_EQ(bystander.Api("STREAM.INFO.S")["state"]["messages"], 0);
}

TEST_F(HostileTest, DeepJsonIsRefused) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "{\"a\":";
  const Json answer = bystander.Request("$JS.API.STREAM.CREATE.X", deep).json();
  EXPECT_EQ(ErrorOf(answer), 10025);
  Peer peer(*this, "");
  peer.Send(fmt::format("CONNECT {}\r\n", std::string(4000, '[')));
  EXPECT_TRUE(peer.ended());
  EXPECT_EQ(peer.Take(), "");
}

TEST_F(HostileTest, SubjectOfManyTokensIsServed) {
  std::string subject = "a";
  while (subject.size() < 4000) subject += ".a";
  bystander.Subscribe(subject, "deep");
  bystander.Publish(subject, "x");
  EXPECT_EQ(bystander.Next().payload, "x");
  bystander.Send("UNSUB deep\r\n");
  ExpectBystanderIsServed();
}

TEST_F(HostileTest, HugeNumbersInRequestsAreHandled) {
  const auto send = [&](const std::string& subject, const std::string& body) {
    return ErrorOf(bystander.Request("$JS.API." + subject, body).json());
  };
  EXPECT_EQ(send("STREAM.MSG.GET.S", R"({"seq":9223372036854775807})"), 10037);
  EXPECT_EQ(send("STREAM.MSG.GET.S", R"({"seq":18446744073709551615})"), 10025);
  EXPECT_EQ(send("STREAM.MSG.DELETE.S", R"({"seq":9223372036854775807})"), 10043);
  EXPECT_EQ(send("STREAM.PURGE.S", R"({"seq":9223372036854775807})"), 0);
  EXPECT_EQ(send("STREAM.NAMES", R"({"offset":9223372036854775807})"), 0);
  EXPECT_EQ(send("STREAM.NAMES", R"({"offset":-5})"), 0);
  EXPECT_EQ(
      send("CONSUMER.CREATE.S.h", R"({"stream_name":"S","config":{"durable_name":"h",)"
                                  R"("ack_wait":9223372036854775807,"ack_policy":"explicit"}})"),
      0);
  bystander.Publish("s.a", "x");
  bystander.Subscribe("pull", "p");
  bystander.Publish("$JS.API.CONSUMER.MSG.NEXT.S.h",
                    R"({"batch":9223372036854775807,"expires":9223372036854775807})", "pull");
  EXPECT_EQ(bystander.Next().payload, "x");
}

}  // namespace
}  // namespace braid::nats
