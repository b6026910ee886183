// Core NATS: what clients say to each other through the server.
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

constexpr std::string_view kQuiet = R"({"verbose":false,"pedantic":false})";

class CoreTest : public NatsTest {};

TEST_F(CoreTest, InfoComesFirst) {
  Peer peer(*this, "");
  ASSERT_TRUE(peer.info.starts_with("INFO {"));
  EXPECT_TRUE(peer.info.ends_with("} "));
  const Json info = Json::parse(peer.info.substr(5));
  EXPECT_EQ(info["server_id"].get<std::string>().size(), 56u);
  EXPECT_EQ(info["server_id"].get<std::string>()[0], 'N');
  EXPECT_EQ(info["proto"], 1);
  EXPECT_EQ(info["headers"], true);
  EXPECT_EQ(info["jetstream"], true);
  EXPECT_EQ(info["version"], kNatsVersion);
  EXPECT_TRUE(info.contains("go"));
  EXPECT_EQ(info["max_payload"], 1048576);
  EXPECT_EQ(info["client_ip"], "127.0.0.1");
  for (const char* name : {"connect_info", "auth_required", "ldm"}) {
    EXPECT_FALSE(info.contains(name)) << name;
  }
}

TEST_F(CoreTest, SecondInfoFollowsTheFirstPong) {
  Peer peer(*this);
  peer.Ping();
  const std::string line = peer.Line();
  ASSERT_TRUE(line.starts_with("INFO {"));
  const Json info = Json::parse(line.substr(5));
  EXPECT_EQ(info["connect_info"], true);
  EXPECT_EQ(info["remote_account"], "$G");
  EXPECT_EQ(info["api_lvl"], kApiLevel);
  peer.Ping();
  peer.Ping();  // and no third one
}

TEST_F(CoreTest, OldClientGetsNoSecondInfo) {
  Peer peer(*this, kQuiet);
  peer.Ping();
  peer.Ping();
}

TEST_F(CoreTest, VerboseIsTheDefaultAndAcknowledgesEachOperation) {
  Peer peer(*this, "{}");
  EXPECT_EQ(peer.Line(), "+OK");
  peer.Send("SUB a 1\r\nPUB b 2\r\nhi\r\nUNSUB 1\r\nPING\r\n");
  EXPECT_EQ(peer.Take(), "+OK\r\n+OK\r\n+OK\r\nPONG\r\n");
}

TEST_F(CoreTest, MessageReachesEverySubscriptionThatMatches) {
  Peer publisher(*this), one(*this), two(*this);
  one.Subscribe("a.*", "1");
  one.Subscribe("a.>", "2");
  two.Subscribe("a.b", "9");
  publisher.Publish("a.b", "hello", "reply.to");
  const auto got = one.All();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].subject, "a.b");
  EXPECT_EQ(got[0].reply, "reply.to");
  EXPECT_EQ(got[0].payload, "hello");
  EXPECT_NE(got[0].sid, got[1].sid);
  EXPECT_EQ(two.Next().sid, "9");
  publisher.Publish("a", "none");
  EXPECT_TRUE(one.Silent());
}

TEST_F(CoreTest, OwnMessagesComeBackUnlessEchoIsOff) {
  Peer echo(*this), mute(*this, R"({"verbose":false,"echo":false,"pedantic":false})");
  echo.Subscribe("a", "1");
  mute.Subscribe("a", "1");
  mute.Subscribe("a", "2", "q");
  echo.Publish("a", "x");
  EXPECT_EQ(echo.Next().payload, "x");
  EXPECT_EQ(mute.All().size(), 2u);
  mute.Publish("a", "y");
  EXPECT_EQ(echo.Next().payload, "y");
  EXPECT_TRUE(mute.Silent());
}

TEST_F(CoreTest, QueueGroupGetsEachMessageOnce) {
  Peer publisher(*this), a(*this), b(*this), c(*this), other(*this);
  for (Peer* member : {&a, &b, &c}) member->Subscribe("work", "1", "pool");
  other.Subscribe("work", "1", "audit");
  for (int i = 0; i < 300; ++i) publisher.Publish("work", std::to_string(i));
  const size_t counts[] = {a.All().size(), b.All().size(), c.All().size()};
  EXPECT_EQ(counts[0] + counts[1] + counts[2], 300u);
  for (const size_t count : counts) EXPECT_GT(count, 50u);
  EXPECT_EQ(other.All().size(), 300u);
}

TEST_F(CoreTest, QueueMemberThatLeftIsPassedOver) {
  Peer publisher(*this), stays(*this);
  auto leaves = std::make_unique<Peer>(*this);
  stays.Subscribe("work", "1", "pool");
  leaves->Subscribe("work", "1", "pool");
  leaves.reset();
  Settle();
  for (int i = 0; i < 20; ++i) publisher.Publish("work", "x");
  EXPECT_EQ(stays.All().size(), 20u);
}

TEST_F(CoreTest, UnsubscribeEndsAtOnceOrAfterSoMany) {
  Peer peer(*this);
  peer.Subscribe("a", "1");
  peer.Subscribe("a", "2");
  peer.Send("UNSUB 1\r\nUNSUB 2 3\r\n");
  for (int i = 0; i < 5; ++i) peer.Publish("a", "x");
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 3u);
  for (const Received& message : got) EXPECT_EQ(message.sid, "2");
}

TEST_F(CoreTest, UnsubscribeMaximumCountsWhatWasDeliveredBefore) {
  Peer peer(*this);
  peer.Subscribe("a", "1");
  for (int i = 0; i < 3; ++i) peer.Publish("a", "x");
  EXPECT_EQ(peer.All().size(), 3u);
  peer.Send("UNSUB 1 3\r\n");
  peer.Publish("a", "x");
  EXPECT_TRUE(peer.Silent());
  peer.Subscribe("a", "1");  // the sid is free again
  peer.Publish("a", "y");
  EXPECT_EQ(peer.Next().payload, "y");
}

TEST_F(CoreTest, SecondSubscriptionUnderOneSidIsIgnored) {
  Peer peer(*this);
  peer.Subscribe("a", "1");
  peer.Subscribe("b", "1");
  peer.Publish("b", "no");
  peer.Publish("a", "yes");
  EXPECT_EQ(peer.Next().payload, "yes");
  EXPECT_TRUE(peer.Silent());
}

TEST_F(CoreTest, HeadersTravelAndAreCutOffForOldClients) {
  Peer publisher(*this), modern(*this), old(*this, kQuiet);
  modern.Subscribe("a", "1");
  old.Subscribe("a", "1");
  publisher.Publish("a", "hello", "", {{"K", "1"}, {"K", "2"}});
  const Received with = modern.Next();
  EXPECT_TRUE(with.with_headers);
  EXPECT_EQ(with.headers, "NATS/1.0\r\nK: 1\r\nK: 2\r\n\r\n");
  EXPECT_EQ(with.payload, "hello");
  const Received without = old.Next();
  EXPECT_FALSE(without.with_headers);
  EXPECT_EQ(without.payload, "hello");
}

TEST_F(CoreTest, RequestWithoutResponderIsToldSo) {
  Peer peer(*this);
  const Received answer = peer.Request("nobody.home", "x");
  EXPECT_EQ(answer.status(), "503");
  EXPECT_TRUE(answer.payload.empty());
  Peer old(*this, kQuiet);
  EXPECT_TRUE([&] {
    old.Subscribe("inbox", "1");
    old.Publish("nobody.home", "x", "inbox");
    return old.Silent();
  }());
}

TEST_F(CoreTest, FiftyRequestsShareOneInbox) {
  Peer server_side(*this), client(*this);
  server_side.Subscribe("double", "1");
  client.Subscribe("_INBOX.me.*", "1");
  for (int i = 0; i < 50; ++i) {
    client.Publish("double", std::to_string(i), fmt::format("_INBOX.me.{}", i));
  }
  for (const Received& request : server_side.All()) {
    server_side.Publish(request.reply, std::to_string(2 * std::stoi(request.payload)));
  }
  const auto answers = client.All();
  ASSERT_EQ(answers.size(), 50u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(answers[static_cast<size_t>(i)].payload, std::to_string(2 * i));
  }
}

TEST_F(CoreTest, OperationsMayComeByteByByte) {
  Peer peer(*this);
  for (const char c : std::string("SUB a 1\r\nHPUB a 12 17\r\nNATS/1.0\r\n\r\nhello\r\n")) {
    peer.Send(std::string(1, c));
    Settle();
  }
  const Received message = peer.Next();
  EXPECT_EQ(message.payload, "hello");
  EXPECT_TRUE(message.with_headers);
}

TEST_F(CoreTest, LargestPayloadPasses) {
  Peer peer(*this);
  peer.Subscribe("a", "1");
  const std::string payload(1 << 20, 'x');
  std::string frame = Peer::Frame("a", payload);
  for (size_t at = 0; at < frame.size(); at += 65536) {
    peer.Send(frame.substr(at, 65536));
    Settle();
  }
  std::optional<Received> message;
  ASSERT_TRUE(RunUntil([&] { return (message = peer.TryNext()).has_value(); }));
  EXPECT_EQ(message->payload, payload);
}

// --- Errors
// --------------------------------------------------------------------------------------------

struct Offence {
  std::string what;
  std::string text;
};

TEST_F(CoreTest, OffencesAreNamedAndClose) {
  const Offence offences[] = {
      {"HELLO\r\n", "-ERR 'Unknown Protocol Operation'"},
      {"PUB a 2000000\r\n", "-ERR 'Maximum Payload Violation'"},
      {fmt::format("SUB {} 1\r\n", std::string(5000, 'a')), "-ERR 'maximum control line exceeded'"},
      {"CONNECT {\"verbose\":false,\"protocol\":2}\r\n", "-ERR 'invalid client protocol'"},
      {"CONNECT {\"no_responders\":true}\r\n", "-ERR 'no responders requires headers support'"},
  };
  Peer bystander(*this);
  bystander.Subscribe("b", "1");
  for (const Offence& offence : offences) {
    Peer peer(*this, kQuiet);
    peer.Send(offence.what);
    EXPECT_EQ(peer.Line(), offence.text) << offence.what.substr(0, 40);
    EXPECT_TRUE(peer.ended()) << offence.what.substr(0, 40);
  }
  bystander.Publish("b", "still here");
  EXPECT_EQ(bystander.Next().payload, "still here");
}

TEST_F(CoreTest, WrongArgumentsCloseWithoutAWord) {
  for (const char* offence :
       {"PUB a\r\n", "PUB a b c 1\r\n", "PUB a x\r\n", "PUB a -1\r\n", "PUB a 0000000001\r\nx\r\n",
        "SUB a\r\n", "SUB a b c d\r\n", "UNSUB a b c\r\n", "HPUB a 12\r\n", "HPUB a 5 3\r\nxxx\r\n",
        "CONNECT {\"verbose\":\r\n", "CONNECT {\"verbose\":1}\r\n", "CONNECT []\r\n", "CONNECT\r\n",
        "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n", "-ERR 'x'\r\n"}) {
    Peer peer(*this, kQuiet);
    peer.Send(offence);
    EXPECT_TRUE(peer.ended()) << offence;
    EXPECT_EQ(peer.Take(), "") << offence;
  }
}

TEST_F(CoreTest, ConnectMayComeAgainAndMayAskForTls) {
  Peer peer(*this, kQuiet);
  peer.Ping();
  peer.Send("CONNECT {\"verbose\":true,\"tls_required\":true}\r\nSUB a 1\r\n");
  EXPECT_EQ(peer.Line(), "+OK");
  EXPECT_EQ(peer.Line(), "+OK");
  peer.Send("connect{\"verbose\":false}\r\n");
  peer.Ping();
}

TEST_F(CoreTest, MaximumThatIsNoNumberEndsASubscription) {
  Peer peer(*this, kQuiet);
  peer.Subscribe("a", "1");
  peer.Subscribe("a", "2");
  peer.Send("UNSUB 1 x\r\nUNSUB 2 -5\r\nUNSUB 99\r\nPUB a 1\r\nx\r\n");
  peer.Ping();
}

TEST_F(CoreTest, RepliesGoToNoSubjectOfTheServersOwn) {
  Peer peer(*this), listener(*this);
  listener.Subscribe(">", "1");
  for (const char* reply : {"_R_.x", "_GR_.x.y", "$JS.ACK.x", "$JS.ACK.s.c.1.2.3.4.5"}) {
    peer.Publish("a", "x", reply);
    EXPECT_EQ(peer.Line(),
              fmt::format("-ERR 'Permissions Violation for Publish with Reply of \"{}\"'", reply));
  }
  EXPECT_TRUE(listener.Silent());
  peer.Publish("a", "x", "$JS.ACK");
  peer.Publish("_R_.x", "x");
  EXPECT_EQ(listener.All().size(), 2u);
}

TEST_F(CoreTest, NoRespondersNamesTheSubjectAndIsForPlainSubscriptions) {
  Peer peer(*this);
  peer.Subscribe("in", "1");
  peer.Subscribe("queued", "2", "q");
  peer.Send("UNSUB 1 1\r\n");
  peer.Publish("nobody", "x", "in");
  peer.Publish("nobody", "x", "in");  // no maximum counts such an answer
  peer.Publish("nobody", "x", "queued");
  peer.Publish("nobody", "x", "unheard");
  const auto answers = peer.All();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].headers, "NATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n");
  EXPECT_TRUE(answers[0].payload.empty());
}

TEST_F(CoreTest, WhatCameBeforeAnOffenceIsDone) {
  Peer peer(*this, kQuiet), other(*this);
  other.Subscribe("a", "1");
  peer.Send("PUB a 1\r\nx\r\nPING\r\nRUBBISH\r\n");
  EXPECT_EQ(peer.Line(), "PONG");
  EXPECT_EQ(other.Next().payload, "x");
}

TEST_F(CoreTest, WrongSubjectsAreRefusedAndTheConnectionStays) {
  Peer peer(*this, kQuiet);
  for (const char* subject : {"a..b", ".a", "a.", "a.>.b"}) {
    peer.Send(fmt::format("SUB {} 1\r\n", subject));
    EXPECT_EQ(peer.Line(), "-ERR 'Invalid Subject'") << subject;
  }
  Peer pedantic(*this, R"({"verbose":false,"pedantic":true})");
  pedantic.Send("PUB a.* 1\r\nx\r\n");
  EXPECT_EQ(pedantic.Line(), "-ERR 'Invalid Publish Subject'");
  pedantic.Ping();
  peer.Send("PUB a..b 1\r\nx\r\n");
  peer.Ping();
}

TEST_F(CoreTest, PedanticComplaintDoesNotKeepTheMessage) {
  Peer listener(*this), pedantic(*this, R"({"verbose":true,"pedantic":true})");
  listener.Subscribe("a.>", "1");
  pedantic.Send("PUB a.* 1\r\nx\r\n");
  EXPECT_EQ(pedantic.Line(), "+OK");  // to CONNECT
  EXPECT_EQ(pedantic.Line(), "-ERR 'Invalid Publish Subject'");
  EXPECT_EQ(pedantic.Line(), "+OK");
  EXPECT_EQ(listener.Next().subject, "a.*");
}

TEST_F(CoreTest, FirstPingComesSoonAndSilentClientIsStaleAfterTwo) {
  Peer peer(*this, kQuiet), alive(*this, kQuiet);
  Settle();
  Pass(absl::Seconds(1));
  EXPECT_EQ(peer.Take(), "");
  Pass(absl::Seconds(1.5));
  EXPECT_EQ(peer.Line(), "PING");
  EXPECT_EQ(alive.Line(), "PING");
  for (int i = 0; i < 3; ++i) {
    alive.Send("PONG\r\n");
    Settle();
    Pass(absl::Minutes(2));
    EXPECT_EQ(alive.Line(), "PING");
  }
  EXPECT_EQ(peer.Line(), "PING");
  EXPECT_EQ(peer.Line(), "-ERR 'Stale Connection'");
  EXPECT_TRUE(peer.ended());
}

TEST_F(CoreTest, ClientThatSaysSomethingIsNotPinged) {
  Peer peer(*this, kQuiet);
  Settle();
  Pass(absl::Seconds(2.5));
  EXPECT_EQ(peer.Line(), "PING");
  peer.Send("PONG\r\n");
  for (int i = 0; i < 4; ++i) {
    Pass(absl::Minutes(1));
    peer.Send("PUB a 1\r\nx\r\n");
    Settle();
  }
  EXPECT_EQ(peer.Take(), "");
  Pass(absl::Minutes(4));
  EXPECT_EQ(peer.Line(), "PING");
}

TEST_F(CoreTest, IdleServerHasNothingToRun) {
  Peer peer(*this);
  peer.Ping();
  Settle();
  EXPECT_FALSE(server->Poll());
}

class SmallPendingTest : public NatsTest {
 protected:
  static ServiceOptions Small() {
    ServiceOptions options;
    options.max_pending = 1 << 20;
    return options;
  }
  SmallPendingTest() : NatsTest(Durability::kOs, Small()) {}
};

TEST_F(SmallPendingTest, ReaderThatIsTooSlowIsClosedAndOthersAreNot) {
  auto slow = std::make_unique<Peer>(*this);
  Peer fast(*this), publisher(*this);
  slow->Subscribe("flood", "1");
  fast.Subscribe("flood", "1");
  Settle();
  // The slow one's kernel buffers fill, then its outbox: nothing is ever read from its socket.
  const std::string payload(200'000, 'x');
  size_t received = 0;
  for (int i = 0; i < 200 && server->connections() == 3; ++i) {
    publisher.Publish("flood", payload);
    Settle();
    Pass(absl::Milliseconds(10));  // a publisher that was slowed down goes on
    received += fast.All().size();
  }
  EXPECT_EQ(server->connections(), 2u);
  EXPECT_GT(received, 0u);
  publisher.Publish("flood", "end");
  Pass(absl::Milliseconds(10));
  const auto rest = fast.All();
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().payload, "end");
}

class FewTest : public NatsTest {
 protected:
  static ServiceOptions Few() {
    ServiceOptions options;
    options.max_connections = 2;
    options.max_subscriptions = 2;
    options.limits.max_payload = 10;
    options.limits.max_control_line = 128;
    options.write_deadline = absl::Seconds(5);
    options.advertised = "example.com:7";
    options.server_name = "";
    return options;
  }
  FewTest() : NatsTest(Durability::kOs, Few()) {}
};

TEST_F(FewTest, ConnectionTooManyIsToldSoAfterInfo) {
  Peer one(*this), two(*this), three(*this, "");
  EXPECT_TRUE(three.info.starts_with("INFO {"));
  EXPECT_EQ(three.Line(), "-ERR 'maximum connections exceeded'");
  EXPECT_TRUE(three.ended());
  one.Ping();
  EXPECT_EQ(service->clients().Closed().back().reason, CloseReason::kMaxConnectionsExceeded);
}

TEST_F(FewTest, SubscriptionTooManyIsRefusedAndTheConnectionStays) {
  Peer peer(*this);
  peer.Send("SUB a 1\r\nSUB b 2\r\nSUB c 3\r\n");
  EXPECT_EQ(peer.Line(), "-ERR 'maximum subscriptions exceeded'");
  peer.Send("UNSUB 1\r\nSUB c 3\r\nPUB c 1\r\nx\r\n");
  EXPECT_EQ(peer.Next().sid, "3");
}

TEST_F(FewTest, LimitsAreThoseOfTheOptionsAndInfoNamesThem) {
  Peer peer(*this), longer(*this);
  const Json info = Json::parse(peer.info.substr(5));
  EXPECT_EQ(info["max_payload"], 10);
  EXPECT_EQ(info["host"], "example.com");
  EXPECT_EQ(info["port"], 7);
  EXPECT_EQ(info["server_name"], info["server_id"]);
  peer.Send("PUB a 11\r\n");
  EXPECT_EQ(peer.Line(), "-ERR 'Maximum Payload Violation'");
  longer.Send(fmt::format("SUB {} 1\r\n", std::string(126, 'a')));
  longer.Ping();
  longer.Line();  // the second INFO
  longer.Send(fmt::format("SUB {} 2\r\n", std::string(127, 'a')));
  EXPECT_EQ(longer.Line(), "-ERR 'maximum control line exceeded'");
}

TEST_F(SmallPendingTest, ReaderWhoseBytesDoNotLeaveInTimeIsClosed) {
  auto slow = std::make_unique<Peer>(*this);
  Peer publisher(*this);
  slow->Subscribe("flood", "1");
  // More than the kernel takes, less than a client may have pending.
  const std::string payload(100'000, 'x');
  while (service->clients().Connected().front()->connection().outbox_bytes() == 0) {
    publisher.Publish("flood", payload);
    Settle();
    Pass(absl::Milliseconds(10));
  }
  ASSERT_EQ(server->connections(), 2u);
  Pass(absl::Seconds(9));
  EXPECT_EQ(server->connections(), 2u);
  Pass(absl::Seconds(2));
  EXPECT_EQ(server->connections(), 1u);
  EXPECT_EQ(service->clients().Closed().back().reason, CloseReason::kSlowConsumerWriteDeadline);
  EXPECT_EQ(service->clients().slow_consumers(), 1);
}

}  // namespace
}  // namespace braid::nats
