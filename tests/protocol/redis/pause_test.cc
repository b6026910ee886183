// CLIENT PAUSE, DEBUG, and CLIENT TRACKING as far as it goes.
#include <chrono>
#include <string>

#include "tests/protocol/redis/redis_fixture.h"

namespace braid::redis {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

class PauseTest : public RedisTest {};

TEST_F(PauseTest, HoldsEverythingBackForItsTime) {
  auto other = Connect();
  EXPECT_EQ(Do("CLIENT PAUSE 1000"), "+OK");
  other->SayRaw(EncodeRequest(Words("SET a b")) + EncodeRequest(Words("PING")));
  client_->Say("PING");
  Pass(absl::Milliseconds(999));
  EXPECT_TRUE(other->HearsNothing());
  EXPECT_TRUE(client_->HearsNothing());
  Pass(absl::Milliseconds(1));
  EXPECT_EQ(other->Hear(), "+OK");
  EXPECT_EQ(other->Hear(), "+PONG");
  EXPECT_EQ(client_->Hear(), "+PONG");
}

TEST_F(PauseTest, WriteHoldsBackOnlyWhatWrites) {
  auto reader = Connect();
  auto writer = Connect();
  EXPECT_EQ(Do("CLIENT PAUSE 1000 WRITE"), "+OK");
  EXPECT_EQ(reader->Do("GET a"), "nil");
  writer->SayRaw(EncodeRequest(Words("GET a")) + EncodeRequest(Words("SET a b")));
  EXPECT_EQ(writer->Hear(), "nil");
  EXPECT_TRUE(writer->HearsNothing());
  reader->Say("PUBLISH c x");
  EXPECT_TRUE(reader->HearsNothing());
  EXPECT_THAT(Do("CLIENT LIST"), HasSubstr(" flags=b "));
  EXPECT_THAT(Do("INFO clients"), HasSubstr("blocked_clients:2"));
  EXPECT_EQ(Do("CLIENT UNPAUSE"), "+OK");
  EXPECT_EQ(writer->Hear(), "+OK");
  EXPECT_EQ(reader->Hear(), ":0");
  EXPECT_THAT(Do("CLIENT LIST"), Not(HasSubstr(" flags=b ")));
}

TEST_F(PauseTest, TransactionsThatWriteWaitWhole) {
  auto writer = Connect();
  writer->Do("MULTI");
  writer->Do("SET a b");
  Given({"CLIENT PAUSE 1000 WRITE"});
  writer->Say("EXEC");
  EXPECT_TRUE(writer->HearsNothing());
  auto reader = Connect();
  reader->Do("MULTI");
  EXPECT_EQ(reader->Do("GET a"), "+QUEUED");
  EXPECT_EQ(reader->Do("EXEC"), "[nil]");
  Pass(absl::Seconds(1));
  EXPECT_EQ(writer->Hear(), "[+OK]");
}

TEST_F(PauseTest, WhatIsRefusedIsRefusedAtOnce) {
  Given({"CLIENT PAUSE 1000"});
  auto other = Connect();
  EXPECT_THAT(other->Do("NOSUCH"), StartsWith("-ERR unknown command"));
  EXPECT_THAT(other->Do("GET"), StartsWith("-ERR wrong number of arguments"));
}

TEST_F(PauseTest, ALaterPauseOnlyAdds) {
  auto other = Connect();
  Given({"CLIENT PAUSE 1000 WRITE", "CLIENT PAUSE 500 WRITE"});
  other->Say("SET a b");
  Pass(absl::Milliseconds(600));
  EXPECT_TRUE(other->HearsNothing());
  Given({"CLIENT PAUSE 1000 WRITE"});
  Pass(absl::Milliseconds(600));
  EXPECT_TRUE(other->HearsNothing());
  Pass(absl::Milliseconds(400));
  EXPECT_EQ(other->Hear(), "+OK");
}

TEST_F(PauseTest, MonitorsAreNotPaused) {
  auto monitor = Connect();
  monitor->Do("MONITOR");
  Given({"CLIENT PAUSE 1000"});
  EXPECT_EQ(monitor->Do("PING x"), "x");
}

TEST_F(PauseTest, OneThatHangsUpMeanwhileIsGone) {
  Given({"CLIENT PAUSE 1000 WRITE"});
  auto other = Connect();
  other->Say("SET a b");
  SettleAll();
  other->HangUp();
  EXPECT_TRUE(RunUntil([&] { return service_.clients().size() == 1; }));
  Pass(absl::Seconds(1));
  EXPECT_EQ(Do("GET a"), "nil");
}

TEST_F(PauseTest, ArgumentsAreChecked) {
  EXPECT_EQ(Do("CLIENT PAUSE x"), "-ERR timeout is not an integer or out of range");
  EXPECT_EQ(Do("CLIENT PAUSE -1"), "-ERR timeout is negative");
  EXPECT_EQ(Do("CLIENT PAUSE 0 FOO"), "-ERR CLIENT PAUSE mode must be WRITE or ALL");
  EXPECT_EQ(Do("CLIENT PAUSE 10 WRITE X"),
            "-ERR unknown subcommand or wrong number of arguments for 'PAUSE'. Try CLIENT HELP.");
  EXPECT_EQ(Do("CLIENT PAUSE 0"), "+OK");
  EXPECT_EQ(Do("PING"), "+PONG");
}

class DebugTest : public RedisTest {};

TEST_F(DebugTest, SleepTakesItsTime) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Do("DEBUG SLEEP 0.02"), "+OK");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20));
  EXPECT_EQ(Do("DEBUG SLEEP x"), "+OK");
  EXPECT_EQ(Do("DEBUG SLEEP -1"), "+OK");
  Given({"MULTI", "DEBUG SLEEP 0.001"});
  EXPECT_EQ(Do("EXEC"), "[+OK]");
}

TEST_F(DebugTest, ReloadKeepsEverything) {
  Given({"XADD s 1-1 f v", "DEBUG RELOAD", "DEBUG RELOAD NOSAVE NOFLUSH", "DEBUG LOADAOF"});
  EXPECT_EQ(Do("XLEN s"), ":1");
  EXPECT_EQ(Do("DEBUG RELOAD FOO"),
            "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
}

TEST_F(DebugTest, ObjectSaysHowAKeyIsStored) {
  Given({"XADD s 1-1 f v", "SET k v"});
  EXPECT_THAT(Do("DEBUG OBJECT s"),
              MatchesRegex("\\+Value at:0x[0-9a-f]+ refcount:1 encoding:stream "
                           "serializedlength:[0-9]+ lru:0 lru_seconds_idle:0"));
  EXPECT_THAT(Do("DEBUG OBJECT k"), HasSubstr("encoding:embstr"));
  EXPECT_EQ(Do("DEBUG OBJECT nosuch"), "-ERR no such key");
}

TEST_F(DebugTest, TheRestIsRefusedInRedissWords) {
  for (const auto& [request, name] : {std::pair("DEBUG SEGFAULT", "SEGFAULT"),
                                      {"DEBUG SLEEP", "SLEEP"},
                                      {"DEBUG OBJECT", "OBJECT"}}) {
    EXPECT_EQ(Do(request), "-ERR unknown subcommand or wrong number of arguments for '" +
                               std::string(name) + "'. Try DEBUG HELP.");
  }
  EXPECT_EQ(Do("DEBUG"), "-ERR wrong number of arguments for 'debug' command");
  EXPECT_THAT(Do("DEBUG HELP"), HasSubstr("SLEEP seconds"));
}

TEST_F(DebugTest, WhatChangesNothingHereIsAccepted) {
  for (const char* request :
       {"DEBUG SET-ACTIVE-EXPIRE 0", "DEBUG CHANGE-REPL-ID",
        "DEBUG QUICKLIST-PACKED-THRESHOLD 100b", "DEBUG STRINGMATCH-LEN 100000 a*a*a*a*a*b"}) {
    EXPECT_EQ(Do(request), "+OK") << request;
  }
  EXPECT_EQ(Do("DEBUG QUICKLIST-PACKED-THRESHOLD 5gb"),
            "-ERR argument must be a memory value bigger than 1 and smaller than 4gb");
}

TEST_F(DebugTest, OnlyWhereItIsAllowed) {
  EXPECT_EQ(Do("CONFIG GET enable-debug-command"), "[enable-debug-command local]");
  EXPECT_THAT(Do("CONFIG SET enable-debug-command yes"), HasSubstr("can't set immutable config"));
  service_.settings().debug_access = DebugAccess::kNobody;
  EXPECT_THAT(Do("DEBUG SLEEP 0"), StartsWith("-ERR DEBUG command not allowed."));
}

class TrackingTest : public RedisTest {};

TEST_F(TrackingTest, CannotBeTurnedOn) {
  EXPECT_THAT(Do("CLIENT TRACKING ON"), StartsWith("-ERR CLIENT TRACKING ON is not supported"));
  EXPECT_THAT(Do("CLIENT TRACKING ON BCAST PREFIX a NOLOOP"), StartsWith("-ERR CLIENT TRACKING"));
  EXPECT_EQ(Do("CLIENT TRACKING OFF"), "+OK");
  EXPECT_EQ(Do("CLIENT TRACKING OFF OPTIN"), "+OK");
  EXPECT_EQ(Do("CLIENT TRACKING OFF REDIRECT 999"),
            "-ERR The client ID you want redirect to does not exist");
  EXPECT_EQ(Do("CLIENT TRACKING FOO"), "-ERR syntax error");
  EXPECT_EQ(Do("CLIENT TRACKING OFF FOO"), "-ERR syntax error");
}

TEST_F(TrackingTest, IsShownAsOff) {
  EXPECT_EQ(Do("CLIENT GETREDIR"), ":-1");
  EXPECT_EQ(Do("CLIENT TRACKINGINFO"), "[flags [off] redirect :-1 prefixes []]");
  EXPECT_EQ(Do("CLIENT CACHING YES"),
            "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN "
            "or OPTOUT mode enabled");
}

}  // namespace
}  // namespace braid::redis
