// HELLO, AUTH, CLIENT and the rest of a connection's life.
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ConnectionTest : public RedisTest {};

TEST_F(ConnectionTest, HelloTellsWhoIsThere) {
  EXPECT_THAT(Do("HELLO 3"), StartsWith("{server=redis version=8.10.1 proto=:3 id=:"));
  EXPECT_THAT(Do("HELLO"), HasSubstr("proto=:3"));
  EXPECT_THAT(Do("HELLO 2"), StartsWith("[server redis version 8.10.1 proto :2 id :"));
}

TEST_F(ConnectionTest, HelloMayNameTheClient) {
  EXPECT_THAT(Do("HELLO 2 SETNAME worker"), StartsWith("[server"));
  EXPECT_EQ(Do("CLIENT GETNAME"), "worker");
}

TEST_F(ConnectionTest, HelloRefusesVersionsItDoesNotSpeak) {
  EXPECT_EQ(Do("HELLO 4"), "-NOPROTO unsupported protocol version");
  EXPECT_EQ(Do("HELLO x"), "-ERR Protocol version is not an integer or out of range");
  EXPECT_EQ(Do("HELLO 3 FOO"), "-ERR Syntax error in HELLO option 'FOO'");
  EXPECT_EQ(Do("ZADD x").substr(0, 1), "-");
}

TEST_F(ConnectionTest, WhatClientsSayFirst) {
  // redis-py 8, ioredis 6, node-redis 6 in turn.
  Do("HELLO 3");
  EXPECT_THAT(Do("CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip"),
              StartsWith("-ERR unknown subcommand 'MAINT_NOTIFICATIONS'"));
  EXPECT_EQ(Do("CLIENT SETINFO LIB-NAME redis-py"), "+OK");
  EXPECT_EQ(Do("CLIENT SETINFO LIB-VER 8.1.0"), "+OK");
  EXPECT_EQ(Do("client SETINFO LIB-VER 6.0.0"), "+OK");
  EXPECT_EQ(Do("SELECT 0"), "+OK");
  EXPECT_THAT(Do("info"), HasSubstr("loading:0\r\n"));
  EXPECT_THAT(Do("CLIENT LIST"), HasSubstr("lib-name=redis-py lib-ver=6.0.0"));
}

TEST_F(ConnectionTest, PingEchoSelect) {
  EXPECT_EQ(Do("PING"), "+PONG");
  EXPECT_EQ(Do("PING hello"), "hello");
  EXPECT_EQ(Do("ECHO hello"), "hello");
  EXPECT_EQ(Do("SELECT 16"), "-ERR DB index is out of range");
  EXPECT_EQ(Do("SELECT x"), "-ERR value is not an integer or out of range");
}

TEST_F(ConnectionTest, InlineCommands) {
  auto client = Connect();
  client->SayRaw("PING\r\n  ECHO  \"a b\" \n\r\n");
  EXPECT_EQ(client->Hear(), "+PONG");
  EXPECT_EQ(client->Hear(), "a b");
}

TEST_F(ConnectionTest, QuitSaysGoodbye) {
  auto client = Connect();
  client->SayRaw("PING\r\nQUIT\r\nPING\r\n");
  EXPECT_EQ(client->Hear(), "+PONG");
  EXPECT_EQ(client->Hear(), "+OK");
  EXPECT_TRUE(client->IsClosed());
  EXPECT_EQ(client->Hear(), "closed");
}

TEST_F(ConnectionTest, ResetForgetsEverything) {
  auto client = Connect(3);
  client->Do("CLIENT SETNAME x");
  client->Do("MULTI");
  client->Do("PING");
  EXPECT_EQ(client->Do("RESET"), "+RESET");
  EXPECT_EQ(client->Do("EXEC"), "-ERR EXEC without MULTI");
  EXPECT_EQ(client->Do("CLIENT GETNAME"), "nil");
}

TEST_F(ConnectionTest, ClientListHasALinePerConnection) {
  auto first = Connect();
  auto second = Connect();
  first->Do("CLIENT SETNAME first");
  second->Do("CLIENT SETNAME second");
  EXPECT_THAT(first->Do("CLIENT LIST"), HasSubstr("name=second"));
  EXPECT_THAT(first->Do("CLIENT LIST"), HasSubstr("cmd=client|list"));
  second->HangUp();
  SettleAll();
  EXPECT_THAT(first->Do("CLIENT LIST"), Not(HasSubstr("name=second")));
  EXPECT_THAT(first->Do("CLIENT INFO"), StartsWith("id="));
}

TEST_F(ConnectionTest, ClientKillClosesOthers) {
  auto killer = Connect();
  auto victim = Connect();
  const std::string id = victim->Do("CLIENT ID").substr(1);
  EXPECT_EQ(killer->Do("CLIENT KILL ID " + id), ":1");
  EXPECT_TRUE(victim->IsClosed());
  EXPECT_EQ(killer->Do("CLIENT KILL ID " + id), ":0");
  EXPECT_EQ(killer->Do("CLIENT KILL TYPE normal"), ":0");
  EXPECT_EQ(killer->Do("CLIENT KILL 1.2.3.4:5"), "-ERR No such client");
}

TEST_F(ConnectionTest, ClientKillOfItselfAnswersFirst) {
  auto client = Connect();
  EXPECT_EQ(client->Do("CLIENT KILL TYPE normal SKIPME no"), ":1");
  EXPECT_TRUE(client->IsClosed());
}

TEST_F(ConnectionTest, ClientReplyCanBeOff) {
  auto client = Connect();
  client->Say("CLIENT REPLY OFF");
  client->Say("PING");
  EXPECT_TRUE(client->HearsNothing());
  client->Say("CLIENT REPLY ON");
  EXPECT_EQ(client->Hear(), "+OK");
  client->Say("CLIENT REPLY SKIP");
  client->Say("PING 1");
  client->Say("PING 2");
  EXPECT_EQ(client->Hear(), "2");
}

TEST_F(ConnectionTest, NamesMustBePrintable) {
  auto client = Connect();
  const std::string error =
      "-ERR Client names cannot contain spaces, newlines or special characters.";
  EXPECT_EQ(client->Do({"CLIENT", "SETNAME", "a b"}), error);
  EXPECT_EQ(client->Do({"CLIENT", "SETNAME", "a\n"}), error);
  EXPECT_EQ(client->Do({"HELLO", "3", "SETNAME", "a b"}), error);
}

TEST_F(ConnectionTest, BrowsersAreTurnedAway) {
  auto client = Connect();
  client->SayRaw("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nXADD s * f v\r\n");
  EXPECT_TRUE(client->IsClosed());
  EXPECT_EQ(Do("EXISTS s"), ":0");
}

TEST_F(ConnectionTest, UnknownCommandsAreRepeatedBack) {
  EXPECT_EQ(Do("FOO a b"), "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' ");
  EXPECT_EQ(Do("CLIENT FOO"), "-ERR unknown subcommand 'FOO'. Try CLIENT HELP.");
  EXPECT_EQ(Do("client|id"), "-ERR unknown command 'client|id', with args beginning with: ");
  EXPECT_EQ(Do("CLIENT ID x"), "-ERR wrong number of arguments for 'client|id' command");
  EXPECT_EQ(Do("COMMAND"), Do("COMMAND INFO"));
}

class PasswordTest : public RedisTest {
 protected:
  PasswordTest() : RedisTest({.password = "secret"}) {}
};

TEST_F(PasswordTest, NothingWorksWithoutIt) {
  EXPECT_EQ(Do("PING"), "-NOAUTH Authentication required.");
  EXPECT_EQ(Do("XADD s * f v"), "-NOAUTH Authentication required.");
  EXPECT_THAT(Do("HELLO 3"), StartsWith("-NOAUTH HELLO must be called"));
  EXPECT_EQ(Do("AUTH wrong"), "-WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_EQ(Do("AUTH secret"), "+OK");
  EXPECT_EQ(Do("PING"), "+PONG");
}

TEST_F(PasswordTest, HelloMayBringIt) {
  EXPECT_THAT(Do("HELLO 3 AUTH default wrong"), StartsWith("-WRONGPASS"));
  EXPECT_THAT(Do("HELLO 3 AUTH default secret SETNAME me"), StartsWith("{server=redis"));
  EXPECT_EQ(Do("CLIENT GETNAME"), "me");
}

TEST_F(PasswordTest, StrangersMayNotSendMuch) {
  auto client = Connect();
  client->SayRaw("*11\r\n");
  EXPECT_EQ(client->Hear(), "-ERR Protocol error: unauthenticated multibulk length");
  EXPECT_TRUE(client->IsClosed());
}

TEST_F(PasswordTest, ResetAsksAgain) {
  EXPECT_EQ(Do("AUTH default secret"), "+OK");
  EXPECT_EQ(Do("RESET"), "+RESET");
  EXPECT_THAT(Do("PING"), StartsWith("-NOAUTH"));
}

TEST_F(PasswordTest, ConfigChangesIt) {
  EXPECT_EQ(Do("AUTH secret"), "+OK");
  EXPECT_EQ(Do("CONFIG SET requirepass other"), "+OK");
  auto client = Connect();
  EXPECT_THAT(client->Do("AUTH secret"), StartsWith("-WRONGPASS"));
  EXPECT_EQ(client->Do("AUTH other"), "+OK");
}

}  // namespace
}  // namespace braid::redis
