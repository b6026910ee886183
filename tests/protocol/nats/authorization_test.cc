// Who may connect, publish and subscribe.
#include "protocol/nats/authorization.h"

#include "protocol/password.h"
#include "tests/protocol/nats/nats_fixture.h"

namespace braid::nats {
namespace {

PermissionOptions Allowing(std::vector<SubjectRule> publish, std::vector<SubjectRule> subscribe) {
  PermissionOptions options;
  options.publish.allow = std::move(publish);
  options.subscribe.allow = std::move(subscribe);
  return options;
}

TEST(PermissionsTest, DenyBeatsAllowAndSubjectsAreTakenLiterally) {
  PermissionOptions options = Allowing({{"foo.*"}}, {{"foo.*"}});
  options.publish.deny = {{"foo.secret"}};
  const Permissions permissions(options);
  EXPECT_TRUE(permissions.MayPublish("foo.a"));
  EXPECT_FALSE(permissions.MayPublish("foo.secret"));
  EXPECT_FALSE(permissions.MayPublish("bar"));
  EXPECT_TRUE(permissions.MaySubscribe("foo.a", ""));
  EXPECT_TRUE(permissions.MaySubscribe("foo.*", ""));
  EXPECT_TRUE(permissions.MaySubscribe("foo.>", ""));
  EXPECT_FALSE(permissions.MaySubscribe(">", ""));
}

TEST(PermissionsTest, QueueRulesDecideAboutQueues) {
  const Permissions permissions(Allowing({}, {{"s.>", "v1"}, {"s.>", "v2.*"}, {"any"}}));
  EXPECT_TRUE(permissions.MaySubscribe("s.x", "v1"));
  EXPECT_TRUE(permissions.MaySubscribe("s.x", "v2.a"));
  EXPECT_FALSE(permissions.MaySubscribe("s.x", "v3"));
  EXPECT_FALSE(permissions.MaySubscribe("s.x", ""));
  EXPECT_TRUE(permissions.MaySubscribe("any", "whatever"));
  PermissionOptions denying;
  denying.subscribe.deny = {{"jobs", "prod"}};
  EXPECT_FALSE(Permissions(denying).MaySubscribe("jobs", "prod"));
  EXPECT_TRUE(Permissions(denying).MaySubscribe("jobs", "test"));
  EXPECT_TRUE(Permissions(denying).MaySubscribe("jobs", ""));
}

TEST(ResponsesTest, AnswersAreCountedAndExpire) {
  Responses responses;
  const ResponseRule rule{.max_messages = 2, .expires = absl::Seconds(10)};
  const absl::Time now = absl::UnixEpoch();
  responses.Expect("r", rule, now);
  EXPECT_FALSE(responses.Take("other", rule, now));
  EXPECT_TRUE(responses.Take("r", rule, now));
  EXPECT_TRUE(responses.Take("r", rule, now));
  EXPECT_FALSE(responses.Take("r", rule, now));
  responses.Expect("r", rule, now);
  EXPECT_FALSE(responses.Take("r", rule, now + absl::Seconds(11)));
}

TEST(PasswordTest, PlainOrBcrypt) {
  EXPECT_TRUE(net::PasswordMatches("secret", "secret"));
  EXPECT_FALSE(net::PasswordMatches("secret", "secreT"));
  EXPECT_FALSE(net::PasswordMatches("secret", ""));
  EXPECT_FALSE(net::PasswordMatches("secret", "secretsecret"));
  // Of "secret", at the lowest cost.
  constexpr std::string_view kHash = "$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";
  EXPECT_TRUE(net::PasswordMatches(kHash, "secret"));
  EXPECT_FALSE(net::PasswordMatches(kHash, "Secret"));
}

TEST(AuthorizationTest, ContradictionsAreNamed) {
  AuthorizationOptions options;
  EXPECT_TRUE(Authorization::Validate(options).ok());
  options.users = {{.user = "a", .password = "x"}, {.user = "a", .password = "y"}};
  EXPECT_THAT(Authorization::Validate(options).message(), testing::HasSubstr("Duplicate user"));
  options.users.pop_back();
  options.no_auth_user = "b";
  EXPECT_THAT(Authorization::Validate(options).message(), testing::HasSubstr("no_auth_user"));
  options.no_auth_user = "a";
  EXPECT_TRUE(Authorization::Validate(options).ok());
  options.token = "t";
  EXPECT_THAT(Authorization::Validate(options).message(), testing::HasSubstr("token"));
  options.token = "";
  options.users[0].account = "NONE";
  EXPECT_THAT(Authorization::Validate(options).message(), testing::HasSubstr("not defined"));
  options.accounts = {{.name = "NONE", .jetstream = true}, {.name = "B", .jetstream = true}};
  EXPECT_THAT(Authorization::Validate(options).message(), testing::HasSubstr("one account"));
}

std::string ConnectAs(std::string_view user, std::string_view password = "pw") {
  return fmt::format(R"({{"verbose":false,"pedantic":false,"headers":true,"no_responders":true,)"
                     R"("protocol":1,"user":"{}","pass":"{}"}})",
                     user, password);
}

class UsersTest : public NatsTest {
 protected:
  static ServiceOptions Users() {
    PermissionOptions limited = Allowing({{"foo.*"}, {"bar.>"}}, {{"foo.*"}, {"_INBOX.>"}});
    limited.publish.deny = {{"foo.secret"}};
    PermissionOptions answering;
    answering.responses = ResponseRule{.max_messages = 1, .expires = absl::Minutes(2)};
    PermissionOptions denied;
    denied.subscribe.deny = {{"x.secret"}};
    ServiceOptions options;
    options.authorization.users = {
        {.user = "limited", .password = "pw", .permissions = limited},
        {.user = "answering", .password = "pw", .permissions = answering},
        {.user = "denied", .password = "pw", .permissions = denied},
        {.user = "free", .password = "pw"}};
    return options;
  }
  UsersTest() : NatsTest(Durability::kOs, Users()) {}
};

TEST_F(UsersTest, WhoIsNotKnownIsToldSoAndClosed) {
  Peer first(*this, "");
  EXPECT_EQ(Json::parse(first.info.substr(5))["auth_required"], true);
  for (const std::string& start :
       {std::string("PING\r\n"), std::string("SUB a 1\r\n"), std::string("RUBBISH\r\n"),
        "CONNECT " + ConnectAs("free", "wrong") + "\r\n", "CONNECT " + ConnectAs("nobody") + "\r\n",
        std::string("CONNECT {}\r\n")}) {
    Peer peer(*this, "");
    peer.Send(start);
    EXPECT_EQ(peer.Line(), "-ERR 'Authorization Violation'") << start;
    EXPECT_TRUE(peer.ended()) << start;
  }
  EXPECT_EQ(service->clients().Closed().back().reason, CloseReason::kAuthenticationViolation);
}

TEST_F(UsersTest, ConnectHasToComeWithinTwoSeconds) {
  Peer late(*this, ""), known(*this, ConnectAs("free"));
  Settle();
  Pass(absl::Seconds(1.9));
  EXPECT_EQ(late.Take(), "");
  Pass(absl::Seconds(0.2));
  EXPECT_EQ(late.Line(), "-ERR 'Authentication Timeout'");
  EXPECT_TRUE(late.ended());
  known.Ping();
}

TEST_F(UsersTest, WhatIsForbiddenIsNamedAndTheConnectionStays) {
  Peer peer(*this, ConnectAs("limited")), listener(*this, ConnectAs("free"));
  listener.Subscribe(">", "1");
  peer.Send(
      "PUB foo.a 1\r\nx\r\nPUB foo.secret 1\r\nx\r\nPUB nope _R_.x 1\r\nx\r\n"
      "SUB foo.a 1\r\nSUB > 2\r\nSUB nope qq 3\r\n");
  EXPECT_EQ(peer.UntilPong(),
            (std::vector<std::string>{
                "-ERR 'Permissions Violation for Publish to \"foo.secret\"'",
                "-ERR 'Permissions Violation for Publish to \"nope\"'",
                "-ERR 'Permissions Violation for Subscription to \">\"'",
                "-ERR 'Permissions Violation for Subscription to \"nope\" using queue \"qq\"'"}));
  const auto heard = listener.All();
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0].subject, "foo.a");
}

TEST_F(UsersTest, WildcardDoesNotShowWhatIsDenied) {
  Peer peer(*this, ConnectAs("denied")), publisher(*this, ConnectAs("free"));
  peer.Subscribe("x.*", "1");
  publisher.Publish("x.secret", "hidden");
  publisher.Publish("x.open", "shown");
  const auto got = peer.All();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].payload, "shown");
}

TEST_F(UsersTest, WhoWasAskedMayAnswerOnce) {
  Peer service_side(*this, ConnectAs("answering")), asking(*this, ConnectAs("limited"));
  service_side.Subscribe("bar.>", "1");
  asking.Subscribe("_INBOX.me", "1");
  service_side.Publish("_INBOX.me", "early");
  EXPECT_EQ(service_side.Line(), "-ERR 'Permissions Violation for Publish to \"_INBOX.me\"'");
  asking.Publish("bar.q", "?", "_INBOX.me");
  EXPECT_EQ(service_side.Next().reply, "_INBOX.me");
  service_side.Publish("_INBOX.me", "one");
  service_side.Publish("_INBOX.me", "two");
  EXPECT_EQ(service_side.Line(), "-ERR 'Permissions Violation for Publish to \"_INBOX.me\"'");
  const auto answers = asking.All();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].payload, "one");
}

TEST_F(UsersTest, SecondConnectChangesWhoItIs) {
  Peer peer(*this, ConnectAs("free"));
  peer.Ping();
  EXPECT_TRUE(peer.Line().starts_with("INFO "));
  peer.Send("CONNECT " + ConnectAs("limited") + "\r\nPUB nope 1\r\nx\r\n");
  EXPECT_EQ(peer.Line(), "-ERR 'Permissions Violation for Publish to \"nope\"'");
  peer.Send("CONNECT " + ConnectAs("limited", "wrong") + "\r\n");
  EXPECT_EQ(peer.Line(), "-ERR 'Authorization Violation'");
  EXPECT_TRUE(peer.ended());
}

TEST_F(UsersTest, OtherRulesHoldForWhoIsConnected) {
  Peer goes(*this, ConnectAs("free")), stays(*this, ConnectAs("denied"));
  stays.Subscribe("x.*", "1");
  stays.Subscribe("y", "2");
  goes.Ping();
  stays.Ping();
  EXPECT_TRUE(stays.Line().starts_with("INFO "));
  EXPECT_TRUE(goes.Line().starts_with("INFO "));
  AuthorizationOptions changed;
  changed.users = {{.user = "denied", .password = "pw", .permissions = Allowing({{"y"}}, {{"y"}})}};
  service->SetAuthorization(changed);
  EXPECT_EQ(goes.Line(), "-ERR 'Authorization Violation'");
  EXPECT_TRUE(goes.ended());
  stays.Send("PUB x.a 1\r\nx\r\n");
  EXPECT_EQ(stays.Line(), "-ERR 'Permissions Violation for Publish to \"x.a\"'");
  EXPECT_EQ(service->clients().Connected().back()->subscriptions(), 1u);
}

class TokenTest : public NatsTest {
 protected:
  static ServiceOptions Token() {
    ServiceOptions options;
    options.authorization.token = "s3cr3t";
    options.jetstream = false;
    return options;
  }
  TokenTest() : NatsTest(Durability::kOs, Token()) {}
};

TEST_F(TokenTest, TokenIsAskedFor) {
  Peer peer(*this, R"({"verbose":false,"auth_token":"s3cr3t"})");
  peer.Ping();
  for (const char* connect : {R"({"auth_token":"x"})", R"({"user":"s3cr3t"})", "{}"}) {
    Peer wrong(*this, connect);
    EXPECT_EQ(wrong.Line(), "-ERR 'Authorization Violation'") << connect;
  }
}

TEST_F(TokenTest, WithoutJetStreamNobodyAnswersItsRequests) {
  Peer peer(*this,
            R"({"verbose":false,"headers":true,"no_responders":true,"auth_token":"s3cr3t"})");
  EXPECT_FALSE(Json::parse(peer.info.substr(5)).contains("jetstream"));
  EXPECT_EQ(peer.Request("$JS.API.INFO").status(), "503");
  EXPECT_EQ(peer.Request("$JS.API.STREAM.INFO.S").status(), "503");
  EXPECT_EQ(peer.Request("$JS.API.STREAM.CREATE.S", R"({"name":"S"})").status(), "503");
}

class AccountsTest : public NatsTest {
 protected:
  static ServiceOptions Accounts() {
    ServiceOptions options;
    options.authorization.accounts = {{.name = "A", .jetstream = true}, {.name = "B"}};
    options.authorization.users = {{.user = "a", .password = "pw", .account = "A"},
                                   {.user = "b", .password = "pw", .account = "B"},
                                   {.user = "n", .password = "pw", .account = "B"}};
    options.authorization.no_auth_user = "n";
    return options;
  }
  AccountsTest() : NatsTest(Durability::kOs, Accounts()) {}
};

TEST_F(AccountsTest, AccountsHearNothingOfEachOther) {
  Peer a(*this, ConnectAs("a")), a2(*this, ConnectAs("a")), b(*this, ConnectAs("b"));
  for (Peer* peer : {&a, &b}) peer->Subscribe(">", "1");
  a2.Publish("x", "of a");
  b.Publish("x", "of b");
  ASSERT_EQ(a.All().size(), 1u);
  const auto got = b.All();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].payload, "of b");
}

TEST_F(AccountsTest, WhoSaysNothingIsTheNoAuthUser) {
  Peer silent(*this, ""), quiet(*this), b(*this, ConnectAs("b"));
  EXPECT_FALSE(Json::parse(silent.info.substr(5)).contains("auth_required"));
  silent.Send("SUB x 1\r\n");
  EXPECT_EQ(silent.Line(), "+OK");
  quiet.Subscribe("x", "1");
  b.Publish("x", "hello");
  EXPECT_EQ(silent.Next().payload, "hello");
  EXPECT_EQ(quiet.Next().payload, "hello");
  quiet.Send("PING\r\n");
  EXPECT_EQ(quiet.Line(), "PONG");
  EXPECT_EQ(Json::parse(quiet.Line().substr(5))["remote_account"], "B");
  Peer wrong(*this, ConnectAs("nobody"));
  EXPECT_EQ(wrong.Line(), "-ERR 'Authorization Violation'");
}

TEST_F(AccountsTest, JetStreamIsOfOneAccount) {
  Peer a(*this, ConnectAs("a")), b(*this, ConnectAs("b"));
  MakeStream(a, "S", {"s.*"});
  EXPECT_EQ(a.Request("s.1", "x").json()["seq"], 1);
  for (const char* request : {"INFO", "STREAM.NAMES", "STREAM.INFO.S"}) {
    EXPECT_EQ(ErrorOf(b.Api(request)), 10039) << request;
  }
  EXPECT_EQ(b.Request("s.1", "x").status(), "503");
  EXPECT_EQ(a.Api("STREAM.INFO.S")["state"]["messages"], 1);
}

TEST_F(AccountsTest, AnswersDueGoToTheAccountThatAsked) {
  Peer peer(*this, ConnectAs("a")), a(*this, ConnectAs("a"));
  MakeStream(a, "S", {"s.*"});
  a.Subscribe("in", "1");
  peer.Send("PUB s.1 in 1\r\nx\r\nCONNECT " + ConnectAs("b") + "\r\nPUB s.2 1\r\ny\r\n");
  EXPECT_EQ(a.Next().json()["seq"], 1);
  peer.Ping();
  EXPECT_EQ(a.Api("STREAM.INFO.S")["state"]["messages"], 1);
}

TEST_F(AccountsTest, SubscriptionsEndWithTheAccount) {
  Peer peer(*this, ConnectAs("a")), a(*this, ConnectAs("a"));
  peer.Subscribe("x", "1");
  peer.Send("CONNECT " + ConnectAs("b") + "\r\n");
  a.Publish("x", "lost");
  EXPECT_TRUE(peer.Silent());
}

}  // namespace
}  // namespace braid::nats
