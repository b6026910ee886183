// Keyspace events: which are told, to whom, and the letters that choose them.
#include "protocol/redis/notify.h"

#include "protocol/redis/client.h"
#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

class NotifyTest : public RedisTest {
 protected:
  // Tells an event the way a command does.
  void Tell(KeyEvent kind, std::string_view event, std::string_view key) {
    Client client(service_, service_.clients().Add({.id = 1000000}));
    client.BeginBatch();
    Call call{
        client, service_, service_.catalog(), client.reply(), client.writes(), *FindCommand("xadd"),
        {},     {}};
    Notify(call, kind, event, key);
    client.EndBatch();
    client.ReleaseMessages();
    service_.clients().Remove(1000000);
  }
};

TEST_F(NotifyTest, NothingIsToldUnlessAskedFor) {
  auto listener = Connect();
  listener->Do("PSUBSCRIBE *");
  Tell(KeyEvent::kStream, "xadd", "s");
  Given({"CONFIG SET notify-keyspace-events g$E"});
  Tell(KeyEvent::kStream, "xadd", "s");
  Given({"CONFIG SET notify-keyspace-events t"});  // neither way to be told of it
  Tell(KeyEvent::kStream, "xadd", "s");
  EXPECT_TRUE(listener->HearsNothing());
}

TEST_F(NotifyTest, KeyspaceAndKeyeventChannels) {
  auto listener = Connect();
  listener->Do("PSUBSCRIBE __key*@0__:*");
  Given({"CONFIG SET notify-keyspace-events Kt"});
  Tell(KeyEvent::kStream, "xadd", "s");
  EXPECT_EQ(listener->Hear(), "[pmessage __key*@0__:* __keyspace@0__:s xadd]");
  Given({"CONFIG SET notify-keyspace-events AE"});
  Tell(KeyEvent::kGeneric, "del", "s");
  EXPECT_EQ(listener->Hear(), "[pmessage __key*@0__:* __keyevent@0__:del s]");
  Given({"CONFIG SET notify-keyspace-events KEx"});
  Tell(KeyEvent::kExpired, "expired", "s");
  EXPECT_EQ(listener->Hear(), "[pmessage __key*@0__:* __keyspace@0__:s expired]");
  EXPECT_EQ(listener->Hear(), "[pmessage __key*@0__:* __keyevent@0__:expired s]");
  EXPECT_TRUE(listener->HearsNothing());
}

TEST_F(NotifyTest, AllIsEveryKindButNewKeysAndMisses) {
  auto listener = Connect();
  listener->Do("PSUBSCRIBE *");
  Given({"CONFIG SET notify-keyspace-events KA"});
  Tell(KeyEvent::kNew, "new", "s");
  Tell(KeyEvent::kMiss, "keymiss", "s");
  EXPECT_TRUE(listener->HearsNothing());
  Tell(KeyEvent::kList, "lpush", "s");
  EXPECT_EQ(listener->Hear(), "[pmessage * __keyspace@0__:s lpush]");
}

TEST_F(NotifyTest, LettersAreReadBackInOneOrder) {
  for (const auto& [given, read] : {std::pair("KEA", "AKE"),
                                    {"KEn", "nKE"},
                                    {"g$lshzxetdKE", "AKE"},
                                    {"Kt", "tK"},
                                    {"t", "t"},
                                    {"mA", "Am"},
                                    {"Exsg", "gsxE"},
                                    {"KEAmn", "AnKEm"}}) {
    EXPECT_EQ(Do("CONFIG SET notify-keyspace-events " + std::string(given)), "+OK");
    EXPECT_EQ(Do("CONFIG GET notify-keyspace-events"),
              "[notify-keyspace-events " + std::string(read) + "]");
  }
  EXPECT_EQ(Do("CONFIG SET notify-keyspace-events Kq"),
            "-ERR CONFIG SET failed (possibly related to argument 'notify-keyspace-events') - "
            "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  EXPECT_EQ(client_->Do({"CONFIG", "SET", "notify-keyspace-events", ""}), "+OK");
  EXPECT_EQ(Do("CONFIG GET notify-keyspace-events"), "[notify-keyspace-events ]");
}

}  // namespace
}  // namespace braid::redis
