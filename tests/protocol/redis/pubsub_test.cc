// Channels: who hears what, in which order, and what becomes of those who do not listen.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PubsubTest : public RedisTest {};

TEST_F(PubsubTest, MessagesReachWhoeverListens) {
  auto named = Connect();
  auto other = Connect();
  auto pattern = Connect(3);
  EXPECT_EQ(named->Do("SUBSCRIBE news"), "[subscribe news :1]");
  EXPECT_EQ(other->Do("SUBSCRIBE sports"), "[subscribe sports :1]");
  EXPECT_EQ(pattern->Do("PSUBSCRIBE n*s"), ">[psubscribe n*s :1]");
  EXPECT_EQ(Do("PUBLISH news hello"), ":2");
  EXPECT_EQ(named->Hear(), "[message news hello]");
  EXPECT_EQ(pattern->Hear(), ">[pmessage n*s news hello]");
  EXPECT_TRUE(other->HearsNothing());
  EXPECT_EQ(Do("PUBLISH nobody x"), ":0");
}

TEST_F(PubsubTest, ShardChannelsAreAKindOfTheirOwn) {
  auto shard = Connect();
  auto plain = Connect();
  EXPECT_EQ(shard->Do("SSUBSCRIBE c"), "[ssubscribe c :1]");
  EXPECT_EQ(plain->Do("PSUBSCRIBE *"), "[psubscribe * :1]");
  EXPECT_EQ(Do("SPUBLISH c x"), ":1");
  EXPECT_EQ(shard->Hear(), "[smessage c x]");
  EXPECT_EQ(Do("PUBLISH c y"), ":1");
  EXPECT_EQ(plain->Hear(), "[pmessage * c y]");
  EXPECT_TRUE(shard->HearsNothing());
  EXPECT_TRUE(plain->HearsNothing());
}

TEST_F(PubsubTest, EverySubscriptionIsConfirmedWithACount) {
  auto client = Connect();
  client->Say("SUBSCRIBE a b a");
  EXPECT_EQ(client->Hear(), "[subscribe a :1]");
  EXPECT_EQ(client->Hear(), "[subscribe b :2]");
  EXPECT_EQ(client->Hear(), "[subscribe a :2]");
  EXPECT_EQ(client->Do("PSUBSCRIBE p*"), "[psubscribe p* :3]");
  EXPECT_EQ(client->Do("SSUBSCRIBE s"), "[ssubscribe s :1]");
  EXPECT_EQ(client->Do("UNSUBSCRIBE nosuch"), "[unsubscribe nosuch :3]");
  client->Say("UNSUBSCRIBE");
  EXPECT_EQ(client->Hear(), "[unsubscribe a :2]");
  EXPECT_EQ(client->Hear(), "[unsubscribe b :1]");
  EXPECT_EQ(client->Do("PUNSUBSCRIBE"), "[punsubscribe p* :0]");
  EXPECT_EQ(client->Do("SUNSUBSCRIBE"), "[sunsubscribe s :0]");
  EXPECT_EQ(client->Do("UNSUBSCRIBE"), "[unsubscribe nil :0]");
  EXPECT_EQ(client->Do("PUNSUBSCRIBE"), "[punsubscribe nil :0]");
  EXPECT_EQ(client->Do("GET x"), "nil");  // the mode has ended
}

TEST_F(PubsubTest, Resp2SubscribersMayDoLittleElse) {
  auto client = Connect();
  client->Do("SUBSCRIBE a");
  for (const auto& [request, name] : {std::pair("XADD s * f v", "xadd"),
                                      {"CLIENT ID", "client|id"},
                                      {"MULTI", "multi"},
                                      {"PUBLISH a x", "publish"}}) {
    EXPECT_EQ(client->Do(request),
              "-ERR Can't execute '" + std::string(name) +
                  "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in "
                  "this context");
  }
  EXPECT_EQ(client->Do("PING"), "[pong ]");
  EXPECT_EQ(client->Do("PING x"), "[pong x]");
  EXPECT_EQ(client->Do("UNSUBSCRIBE a"), "[unsubscribe a :0]");
  EXPECT_EQ(client->Do("PING"), "+PONG");
}

TEST_F(PubsubTest, Resp3SubscribersMayDoAnything) {
  auto client = Connect(3);
  EXPECT_EQ(client->Do("SUBSCRIBE a"), ">[subscribe a :1]");
  EXPECT_EQ(client->Do("PING"), "+PONG");
  EXPECT_EQ(client->Do("XADD s 1-1 f v"), "1-1");
  EXPECT_EQ(client->Do("UNSUBSCRIBE a"), ">[unsubscribe a :0]");
  EXPECT_EQ(client->Do("UNSUBSCRIBE"), ">[unsubscribe null :0]");
}

TEST_F(PubsubTest, OnesOwnMessageComesRightBehindItsReply) {
  auto client = Connect(3);
  client->Do("SUBSCRIBE a");
  std::string pipeline;
  for (const char* line : {"PUBLISH a 1", "PING x", "PUBLISH a 2", "PING y"}) {
    pipeline += EncodeRequest(Words(line));
  }
  client->SayRaw(pipeline);
  for (const char* reply : {":1", ">[message a 1]", "x", ":1", ">[message a 2]", "y"}) {
    EXPECT_EQ(client->Hear(), reply);
  }
}

TEST_F(PubsubTest, NoMessageBeforeTheConfirmationOfItsSubscription) {
  auto client = Connect();
  auto publisher = Connect();
  client->Say("SUBSCRIBE a");
  publisher->Say("PUBLISH a x");
  EXPECT_EQ(client->Hear(), "[subscribe a :1]");
  publisher->Hear();
  EXPECT_EQ(Do("PUBLISH a y"), ":1");
}

TEST_F(PubsubTest, NoMessageBehindTheEndOfItsSubscription) {
  auto client = Connect();
  client->Do("SUBSCRIBE a");
  EXPECT_EQ(Do("PUBLISH a x"), ":1");
  client->Say("UNSUBSCRIBE a");
  EXPECT_EQ(client->Hear(), "[message a x]");
  EXPECT_EQ(client->Hear(), "[unsubscribe a :0]");
  EXPECT_EQ(Do("PUBLISH a y"), ":0");
  EXPECT_TRUE(client->HearsNothing());
}

TEST_F(PubsubTest, TransactionsPublishAndSubscribe) {
  auto listener = Connect();
  listener->Do("SUBSCRIBE a");
  Given({"MULTI", "PUBLISH a 1", "PUBLISH a 2"});
  EXPECT_TRUE(listener->HearsNothing());
  EXPECT_EQ(Do("EXEC"), "[:1 :1]");
  EXPECT_EQ(listener->Hear(), "[message a 1]");
  EXPECT_EQ(listener->Hear(), "[message a 2]");
  auto client = Connect();
  client->Do("MULTI");
  client->Do("SUBSCRIBE b");
  client->Do("SSUBSCRIBE c");
  EXPECT_EQ(client->Do("EXEC"),
            "[[subscribe b :1] -ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client]");
  EXPECT_EQ(Do("PUBLISH b x"), ":1");
  EXPECT_EQ(client->Hear(), "[message b x]");
}

TEST_F(PubsubTest, OnesOwnMessagesFollowTheTransaction) {
  auto client = Connect(3);
  client->Do("SUBSCRIBE a");
  client->Do("MULTI");
  client->Do("PUBLISH a 1");
  client->Do("PING x");
  EXPECT_EQ(client->Do("EXEC"), "[:1 x]");
  EXPECT_EQ(client->Hear(), ">[message a 1]");
}

TEST_F(PubsubTest, BlockedReadersHearMessages) {
  auto client = Connect(3);
  client->Do("SUBSCRIBE a");
  client->Say("XREAD BLOCK 0 STREAMS s $");
  SettleAll();
  EXPECT_EQ(Do("PUBLISH a x"), ":1");
  EXPECT_EQ(client->Hear(), ">[message a x]");
  Given({"XADD s 1-1 f v"});
  EXPECT_EQ(client->Hear(), "{s=[[1-1 [f v]]]}");
}

TEST_F(PubsubTest, RepliesOffStillLetsMessagesThrough) {
  auto client = Connect(3);
  client->Say("CLIENT REPLY OFF");
  EXPECT_EQ(client->Do("SUBSCRIBE a"), ">[subscribe a :1]");
  EXPECT_EQ(client->Do("PUBLISH a x"), ">[message a x]");
  client->Say("PING");
  EXPECT_TRUE(client->HearsNothing());
}

TEST_F(PubsubTest, ResetAndHangingUpEndSubscriptions) {
  auto reset = Connect();
  reset->Do("SUBSCRIBE a");
  EXPECT_EQ(reset->Do("RESET"), "+RESET");
  EXPECT_EQ(Do("PUBLISH a x"), ":0");
  EXPECT_EQ(reset->Do("PING"), "+PONG");
  auto gone = Connect();
  gone->Do("SUBSCRIBE a");
  gone->Do("PSUBSCRIBE *");
  EXPECT_EQ(Do("PUBSUB NUMPAT"), ":1");
  gone->HangUp();
  SettleAll();
  EXPECT_EQ(Do("PUBLISH a x"), ":0");
  EXPECT_EQ(Do("PUBSUB NUMPAT"), ":0");
}

TEST_F(PubsubTest, PubsubTellsWhoListens) {
  auto client = Connect(3);
  client->Do("SUBSCRIBE news");
  client->Do("SUBSCRIBE weather");
  client->Do("PSUBSCRIBE x*");
  client->Do("SSUBSCRIBE shard");
  EXPECT_EQ(Do("PUBSUB CHANNELS"), "[news weather]");
  EXPECT_EQ(Do("PUBSUB CHANNELS n*"), "[news]");
  EXPECT_EQ(Do("PUBSUB NUMSUB news nosuch"), "[news :1 nosuch :0]");
  EXPECT_EQ(Do("PUBSUB NUMSUB"), "[]");
  EXPECT_EQ(Do("PUBSUB NUMPAT"), ":1");
  EXPECT_EQ(Do("PUBSUB SHARDCHANNELS"), "[shard]");
  EXPECT_EQ(Do("PUBSUB SHARDNUMSUB shard news"), "[shard :1 news :0]");
  EXPECT_EQ(
      Do("PUBSUB CHANNELS a b"),
      "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.");
  EXPECT_EQ(Do("PUBSUB FOO"), "-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.");
}

TEST_F(PubsubTest, AMessageIsToldOnceItsBatchIsCommitted) {
  auto listener = Connect();
  listener->Do("SUBSCRIBE a");
  auto client = Connect();
  client->SayRaw(EncodeRequest(Words("XADD s 1-1 f v")) + EncodeRequest(Words("PUBLISH a 1-1")));
  EXPECT_EQ(listener->Hear(), "[message a 1-1]");
  EXPECT_EQ(Do("XLEN s"), ":1");
}

TEST_F(PubsubTest, SubscribersAreToldApartFromOtherClients) {
  auto client = Connect(3);
  client->Do("CLIENT SETNAME listener");
  client->Do("SUBSCRIBE a b");
  client->Do("PSUBSCRIBE p*");
  client->Do("SSUBSCRIBE s");
  EXPECT_THAT(Do("CLIENT LIST TYPE pubsub"),
              HasSubstr("name=listener age=0 idle=0 flags=P db=0 sub=2 psub=1 ssub=1"));
  EXPECT_THAT(Do("CLIENT LIST TYPE normal"), Not(HasSubstr("name=listener")));
  EXPECT_THAT(Do("INFO clients"), HasSubstr("pubsub_clients:1\r\n"));
  EXPECT_THAT(Do("INFO stats"),
              HasSubstr("pubsub_channels:2\r\npubsub_patterns:1\r\npubsubshard_channels:1\r\n"));
  EXPECT_EQ(Do("CLIENT KILL TYPE pubsub"), ":1");
  EXPECT_TRUE(client->IsClosed());
}

class DeafTest : public PubsubTest {
 protected:
  // Publishes until the kernel takes no more and `bytes` wait in the server.
  void Flood(size_t bytes) {
    const std::string text(16 << 10, 'x');
    for (int i = 0; i < 4000 && Waiting() < bytes; ++i) Do({"PUBLISH", "a", text});
  }
  size_t Waiting() {
    size_t most = 0;
    for (const ClientHandlePtr& client : service_.clients().All()) {
      most = std::max(most, client->outbox_bytes());
    }
    return most;
  }
  size_t Listeners() { return service_.channels().size(ChannelKind::kChannel); }
  std::string Do(const std::vector<std::string>& request) {
    if (client_ == nullptr) client_ = Connect();
    return client_->Do(request);
  }
  using RedisTest::Do;
};

TEST_F(DeafTest, AListenerWhoDoesNotReadIsDisconnectedAtTheHardLimit) {
  EXPECT_EQ(Do({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 1mb 0 0"}), "+OK");
  net::Client deaf(address_);
  deaf.Send(EncodeRequest(Words("SUBSCRIBE a")));
  SettleAll();
  ASSERT_EQ(Listeners(), 1u);
  Flood(size_t{2} << 20);
  SettleAll();
  EXPECT_EQ(Listeners(), 0u);
  EXPECT_LE(Waiting(), size_t{1} << 20);
  EXPECT_THAT(Do("INFO stats"), HasSubstr("client_output_buffer_limit_disconnections:1\r\n"));
}

TEST_F(DeafTest, OrAfterSomeTimeAboveTheSoftLimit) {
  EXPECT_EQ(Do({"CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 256kb 10"}), "+OK");
  net::Client deaf(address_);
  deaf.Send(EncodeRequest(Words("SUBSCRIBE a")));
  SettleAll();
  Flood(size_t{1} << 20);
  EXPECT_EQ(Listeners(), 1u);
  Pass(absl::Seconds(11));
  Do("PUBLISH a x");
  SettleAll();
  EXPECT_EQ(Listeners(), 0u);
}

TEST_F(PubsubTest, OutputLimitsAreSetByClass) {
  EXPECT_EQ(Do("CONFIG GET client-output-buffer-limit"),
            "[client-output-buffer-limit normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 "
            "8388608 60]");
  EXPECT_EQ(client_->Do({"CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 2 3"}), "+OK");
  EXPECT_THAT(Do("CONFIG GET client-output-buffer-limit"), HasSubstr("normal 1048576 2 3 slave"));
  for (const char* bad : {"normal 1", "nosuch 1 2 3", "normal x 2 3"}) {
    EXPECT_THAT(client_->Do({"CONFIG", "SET", "client-output-buffer-limit", bad}),
                StartsWith("-ERR CONFIG SET failed"));
  }
}

}  // namespace
}  // namespace braid::redis
