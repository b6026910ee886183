// Random commands to Braid and to the real redis-server of this machine: the replies must be the
// same bytes, in RESP2 and in RESP3. Where they may differ, kDifferences says so and why.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/service.h"
#include "protocol/server.h"
#include "tests/protocol/redis/real_redis.h"
#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {
namespace {

constexpr int kSequences = 60;
constexpr int kCommandsPerSequence = 120;

// --- What may differ
// -------------------------------------------------------------------------------

void Blank(RespValue* value) {
  if (value == nullptr) return;
  *value = RespValue{.type = '$', .text = "*", .items = {}, .null = false};
}

void DropPair(RespValue& map, std::string_view key) {
  for (size_t i = 0; i + 1 < map.items.size(); i += 2) {
    if (map.items[i].text != key) continue;
    map.items.erase(map.items.begin() + static_cast<ptrdiff_t>(i),
                    map.items.begin() + static_cast<ptrdiff_t>(i) + 2);
    return;
  }
}

// Column `column` of every row.
void BlankColumn(RespValue* rows, size_t column) {
  if (rows == nullptr) return;
  for (RespValue& row : rows->items) {
    if (column < row.items.size()) Blank(&row.items[column]);
  }
}

void BlankNodes(RespValue& stream) {
  Blank(stream.Get("radix-tree-keys"));
  Blank(stream.Get("radix-tree-nodes"));
}

void BlankCounters(RespValue& group) {
  Blank(group.Get("entries-read"));
  Blank(group.Get("lag"));
}

void BlankFull(RespValue& stream) {
  BlankNodes(stream);
  RespValue* groups = stream.Get("groups");
  if (groups == nullptr) return;
  for (RespValue& group : groups->items) {
    BlankCounters(group);
    RespValue* pending = group.Get("pel");
    BlankColumn(pending != nullptr ? pending : group.Get("pending"), 2);
    RespValue* consumers = group.Get("consumers");
    if (consumers == nullptr) continue;
    for (RespValue& consumer : consumers->items) {
      Blank(consumer.Get("seen-time"));
      DropPair(consumer, "active-time");
      RespValue* own = consumer.Get("pel");
      BlankColumn(own != nullptr ? own : consumer.Get("pending"), 1);
    }
  }
}

struct Difference {
  std::string command;  // "XINFO STREAM"
  const char* why;
  void (*blank)(RespValue& reply);
};

// Everything here is looked at by hand; every other reply is compared byte by byte.
const auto kDifferences = std::to_array<Difference>({
    {"XINFO STREAM", "nodes of the radix tree are an accident of Redis' memory layout; times",
     BlankFull},
    {"XINFO GROUPS",
     "what lag and entries-read say after trims and deletions is that of later releases, which "
     "differ "
     "from 7.0",
     [](RespValue& reply) {
       for (RespValue& group : reply.items) BlankCounters(group);
     }},
    {"XINFO CONSUMERS", "idle is a time; `inactive` came with 7.2",
     [](RespValue& reply) {
       for (RespValue& consumer : reply.items) {
         Blank(consumer.Get("idle"));
         DropPair(consumer, "inactive");
       }
     }},
    {"XPENDING", "idle is a time", [](RespValue& reply) { BlankColumn(&reply, 2); }},
});

const Difference* FindDifference(const Request& request) {
  std::string name = request[0];
  if (request.size() > 1) name += " " + request[1];
  for (const Difference& difference : kDifferences) {
    if (name.rfind(difference.command, 0) == 0) return &difference;
  }
  return nullptr;
}

// What must agree of a reply, and of each reply within that of an EXEC.
std::string Comparable(const Request& request, const std::vector<Request>& queued,
                       const std::string& bytes) {
  std::string_view rest = bytes;
  auto reply = TakeReply(rest);
  if (!reply || reply->type == '-') return bytes;
  if (request[0] == "EXEC" && reply->items.size() == queued.size()) {
    for (size_t i = 0; i < queued.size(); ++i) {
      const Difference* difference = FindDifference(queued[i]);
      if (difference != nullptr) difference->blank(reply->items[i]);
    }
    return reply->Print();
  }
  const Difference* difference = FindDifference(request);
  if (difference == nullptr) return bytes;
  difference->blank(*reply);
  return reply->Print();
}

// --- Commands at random
// ----------------------------------------------------------------------------

class Script {
 public:
  explicit Script(uint64_t seed) : random_(seed) {}

  Request Next() {
    const auto kinds = std::to_array<std::function<Request()>>({
        [this] { return Add(); },
        [this] { return Add(); },
        [this] { return Add(); },
        [this] { return AddTrimmed(); },
        [this] {
          return Request{"XLEN", Key()};
        },
        [this] {
          return WithCount({"XRANGE", Key(), Start(), End()});
        },
        [this] {
          return WithCount({"XREVRANGE", Key(), End(), Start()});
        },
        [this] { return Read(); },
        [this] { return ReadGroup(); },
        [this] { return ReadGroup(); },
        [this] { return ReadGroup(); },
        [this] {
          return Request{"XACK", Key(), Group(), Id(), Id()};
        },
        [this] {
          return Request{"XDEL", Key(), Id()};
        },
        [this] { return Trim(); },
        [this] {
          return Request{"XPENDING", Key(), Group()};
        },
        [this] { return Pending(); },
        [this] { return Claim(); },
        [this] { return AutoClaim(); },
        [this] { return GroupAdmin(); },
        [this] { return GroupAdmin(); },
        [this] {
          return Request{"XINFO", "STREAM", Key()};
        },
        [this] {
          return Request{"XINFO", "STREAM", Key(), "FULL", "COUNT", Pick({"0", "1", "5"})};
        },
        [this] {
          return Request{"XINFO", "GROUPS", Key()};
        },
        [this] {
          return Request{"XINFO", "CONSUMERS", Key(), Group()};
        },
        [this] { return Keyspace(); },
        [this] { return Mistake(); },
        [this] { return Transaction(); },
    });
    return kinds[Below(kinds.size())]();
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  bool OneIn(size_t n) { return Below(n) == 0; }
  std::string Pick(std::initializer_list<const char*> choices) {
    return *(choices.begin() + Below(choices.size()));
  }
  std::string Key() { return Pick({"a", "b", "c", "\xff\r\n key"}); }
  std::string Group() { return Pick({"g", "h"}); }
  std::string Consumer() { return Pick({"ann", "bob", ""}); }
  // Near what has been added, mostly.
  std::string Id() {
    const uint64_t ms = last_ms_ > 12 ? last_ms_ - Below(12) : Below(12);
    if (OneIn(4)) return std::to_string(ms);
    return fmt::format("{}-{}", ms, Below(4));
  }
  std::string Start() { return OneIn(3) ? "-" : (OneIn(4) ? "(" + Id() : Id()); }
  std::string End() { return OneIn(3) ? "+" : (OneIn(4) ? "(" + Id() : Id()); }
  std::string Value() {
    return Pick({"", "v", "1", "value with spaces", "\r\n", "\x00\x01\xff", "0123456789"});
  }
  std::string Count() { return Pick({"1", "2", "3", "10", "0", "-1"}); }

  Request WithCount(Request request) {
    if (OneIn(2)) request.insert(request.end(), {"COUNT", Count()});
    return request;
  }
  std::string NewId() {
    if (OneIn(3)) ++last_ms_;
    if (OneIn(10)) return fmt::format("{}-*", last_ms_);
    return fmt::format("{}-{}", last_ms_, ++last_seq_);
  }
  void AddFields(Request& request) {
    for (size_t n = Below(3) + 1; n > 0; --n) {
      request.push_back(Pick({"key", "value", "f", "f", ""}));
      request.push_back(Value());
    }
  }
  Request Add() {
    Request request = {"XADD", Key()};
    if (OneIn(5)) request.push_back("NOMKSTREAM");
    request.push_back(OneIn(8) ? Id() : NewId());
    AddFields(request);
    return request;
  }
  void AddTrim(Request& request) {
    const bool by_id = OneIn(2);
    request.push_back(by_id ? "MINID" : "MAXLEN");
    if (OneIn(2)) request.push_back("=");
    request.push_back(by_id ? Id() : Pick({"0", "1", "3", "7", "20"}));
  }
  Request AddTrimmed() {
    Request request = {"XADD", Key()};
    AddTrim(request);
    request.push_back(NewId());
    AddFields(request);
    return request;
  }
  Request Trim() {
    Request request = {"XTRIM", Key()};
    AddTrim(request);
    return request;
  }
  Request Read() {
    Request request = WithCount({"XREAD"});
    if (OneIn(3)) return request.insert(request.end(), {"STREAMS", Key(), Id()}), request;
    const std::string one = Key();
    request.insert(request.end(), {"STREAMS", one, Key(), Id(), Pick({"0", "$", "0-1"})});
    return request;
  }
  Request ReadGroup() {
    Request request = WithCount({"XREADGROUP", "GROUP", Group(), Consumer()});
    if (OneIn(6)) request.push_back("NOACK");
    request.insert(request.end(), {"STREAMS", Key(), OneIn(3) ? Id() : ">"});
    if (OneIn(8)) request.back() = "0";
    return request;
  }
  Request Pending() {
    Request request = {"XPENDING", Key(), Group()};
    if (OneIn(4)) request.insert(request.end(), {"IDLE", "0"});
    request.insert(request.end(), {Start(), End(), Count()});
    if (OneIn(3)) request.push_back(Consumer());
    return request;
  }
  Request Claim() {
    Request request = {"XCLAIM", Key(), Group(), Consumer(), "0", Id(), Id()};
    if (OneIn(4)) request.insert(request.end(), {"RETRYCOUNT", Pick({"0", "5"})});
    if (OneIn(4)) request.push_back("FORCE");
    if (OneIn(4)) request.push_back("JUSTID");
    if (OneIn(4)) request.insert(request.end(), {"IDLE", "1000"});
    if (OneIn(8)) request.insert(request.end(), {"LASTID", Id()});
    return request;
  }
  Request AutoClaim() {
    Request request = {"XAUTOCLAIM",         Key(), Group(), Consumer(), Pick({"0", "3600000"}),
                       OneIn(2) ? "0" : Id()};
    if (OneIn(2)) request.insert(request.end(), {"COUNT", Pick({"1", "2", "100"})});
    if (OneIn(3)) request.push_back("JUSTID");
    return request;
  }
  Request GroupAdmin() {
    switch (Below(8)) {
      case 0:
        return {"XGROUP", "DESTROY", Key(), Group()};
      case 1:
        return {"XGROUP", "CREATECONSUMER", Key(), Group(), Consumer()};
      case 2:
        return {"XGROUP", "DELCONSUMER", Key(), Group(), Consumer()};
      case 3:
        return {"XGROUP", "SETID", Key(), Group(), Pick({"0", "$", "-", "+"})};
      case 4:
        return {"XGROUP", "SETID", Key(), Group(), Id()};
      default: {
        Request request = {"XGROUP", "CREATE", Key(), Group(), OneIn(2) ? "0" : Pick({"$", "5-1"})};
        if (OneIn(2)) request.push_back("MKSTREAM");
        if (OneIn(4)) request.insert(request.end(), {"ENTRIESREAD", Pick({"0", "2", "-1"})});
        return request;
      }
    }
  }
  Request Keyspace() {
    switch (Below(7)) {
      case 0:
        return {"EXISTS", Key(), Key()};
      case 1:
        return {"TYPE", Key()};
      case 2:
        return {"DBSIZE"};
      case 3:
        return {OneIn(2) ? "DEL" : "UNLINK", Key()};
      case 4:
        return {"OBJECT", "ENCODING", Key()};
      case 5:
        return {"TTL", Key()};
      default:
        return {"XSETID", Key(), Id()};
    }
  }
  // What clients get wrong, and how they are told.
  Request Mistake() {
    static const auto& kMistakes = *new std::vector<const char*>{
        "NOSUCH a b",
        "XADD",
        "XADD a",
        "XADD a 1-1 f",
        "XADD a 0-0 f v",
        "XADD a - f v",
        "XADD a 1-x f v",
        "XADD a MAXLEN -1 * f v",
        "XADD a MAXLEN x * f v",
        "XADD a LIMIT 1 * f v",
        "XADD a MAXLEN 1 LIMIT 1 * f v",
        "XADD a MAXLEN 1 MINID 1 * f v",
        "XTRIM a MAXLEN",
        "XTRIM a LIMIT 5",
        "XTRIM a MAXLEN ~ 5 LIMIT -1",
        "XTRIM a FOO 5",
        "XRANGE a x +",
        "XRANGE a - y",
        "XRANGE a (18446744073709551615-18446744073709551615 +",
        "XRANGE a - (0-0",
        "XRANGE a - + COUNT",
        "XRANGE a - + COUNT x",
        "XRANGE a - + FOO 1",
        "XREAD STREAMS a",
        "XREAD COUNT x STREAMS a 0",
        "XREAD BLOCK -1 STREAMS a 0",
        "XREAD BLOCK x STREAMS a 0",
        "XREAD FOO STREAMS a 0",
        "XREAD STREAMS a >",
        "XREAD GROUP g c STREAMS a 0",
        "XREAD NOACK STREAMS a 0",
        "XREAD STREAMS a x",
        "XREADGROUP COUNT 1 BLOCK 1 STREAMS a >",
        "XREADGROUP GROUP nosuch c STREAMS a >",
        "XREADGROUP GROUP g c STREAMS nosuch >",
        "XREADGROUP GROUP g c FOO STREAMS a >",
        "XGROUP",
        "XGROUP FOO",
        "XGROUP CREATE a g",
        "XGROUP CREATE nosuch g 0",
        "XGROUP CREATE a g x",
        "XGROUP CREATE a g 0 FOO",
        "XGROUP CREATE a g 0 ENTRIESREAD -2",
        "XGROUP CREATE a g 0 ENTRIESREAD x",
        "XGROUP SETID a nosuch 0",
        "XGROUP SETID nosuch g 0",
        "XGROUP SETID a g 0 MKSTREAM",
        "XGROUP DESTROY nosuch g",
        "XGROUP CREATECONSUMER a nosuch c",
        "XGROUP DELCONSUMER nosuch g c",
        "XACK a g",
        "XACK a g x",
        "XDEL a x",
        "XDEL a",
        "XPENDING a nosuch",
        "XPENDING a g -",
        "XPENDING a g - + x",
        "XPENDING a g x + 1",
        "XPENDING a g IDLE x - + 1",
        "XPENDING a g IDLE 1 - +",
        "XCLAIM a nosuch c 0 1-1",
        "XCLAIM a g c x 1-1",
        "XCLAIM a g c 0 1-1 FOO",
        "XCLAIM a g c 0 1-1 IDLE x",
        "XCLAIM a g c 0 1-1 TIME x",
        "XCLAIM a g c 0 1-1 RETRYCOUNT x",
        "XCLAIM a g c 0 1-1 LASTID x",
        "XAUTOCLAIM a nosuch c 0 0",
        "XAUTOCLAIM a g c x 0",
        "XAUTOCLAIM a g c 0 x",
        "XAUTOCLAIM a g c 0 0 COUNT 0",
        "XAUTOCLAIM a g c 0 0 COUNT x",
        "XAUTOCLAIM a g c 0 0 FOO",
        "XINFO",
        "XINFO FOO",
        "XINFO STREAM nosuch",
        "XINFO STREAM a FOO",
        "XINFO STREAM a FULL COUNT x",
        "XINFO GROUPS nosuch",
        "XINFO CONSUMERS a nosuch",
        "XINFO CONSUMERS nosuch g",
        "XSETID nosuch 1-1",
        "XSETID a x",
        "XSETID a 1-1 FOO",
        "XSETID a 1-1 ENTRIESADDED -1",
        "XSETID a 1-1 MAXDELETEDID 2-2",
        "SELECT x",
        "SELECT 16",
        "PING a b",
        "ECHO",
        "HELLO 9",
        "HELLO x",
        "HELLO 3 FOO",
        "AUTH a b c",
        "AUTH nobody x",
        "AUTH x",
        "CLIENT FOO",
        "CLIENT KILL ID x",
        "CLIENT KILL 1.2.3.4:5",
        "CLIENT KILL TYPE foo",
        "CLIENT LIST TYPE foo",
        "CLIENT LIST ID x",
        "CLIENT NO-EVICT x",
        "CLIENT UNBLOCK x",
        "CLIENT UNBLOCK 99999",
        "CLIENT UNBLOCK 99999 FOO",
        "CLIENT REPLY x",
        "CLIENT GETNAME",
        "CONFIG SET nosuch x",
        "CONFIG SET databases 7",
        "CONFIG SET a",
        "CONFIG GET nosuch",
        "SCAN x",
        "SCAN 0 COUNT 0",
        "SCAN 0 COUNT x",
        "SCAN 0 FOO",
        "SCAN 0 TYPE string",
        "SWAPDB x 1",
        "SWAPDB 1 16",
        "MOVE a 0",
        "RENAME nosuch a",
        "COPY a a",
        "RESTORE nosuch 0 abc",
        "EXPIRE a x",
        "EXPIRE a 1 NX XX",
        "OBJECT FOO",
        "OBJECT ENCODING nosuch",
        "MEMORY FOO",
        "MEMORY USAGE nosuch",
        "MEMORY USAGE nosuch SAMPLES x",
        "FLUSHALL FOO",
        "KEYS",
        "KEYS nosuch*",
        "TTL nosuch",
        "WAIT 0 0",
        "WAIT x 0",
        "WAIT 0 -1",
        "EXEC",
        "DISCARD",
        "WATCH",
        "UNWATCH",
        "RESET x",
        "COMMAND FOO",
        "COMMAND DOCS nosuch",
        "COMMAND INFO nosuch",
        "COMMAND GETKEYS nosuch a b",
        "COMMAND GETKEYS XADD a 1-1 f v",
        "COMMAND GETKEYS XADD a",
        "COMMAND GETKEYS XREAD COUNT 1 STREAMS a b 0 0",
        "COMMAND GETKEYS XGROUP CREATE a g 0",
        "COMMAND GETKEYS PING a b",
    };
    return Words(kMistakes[Below(kMistakes.size())]);
  }
  // One step of a transaction, so that other commands fall into it.
  Request Transaction() {
    return Words(Pick({"MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH a", "MULTI"}));
  }

  std::mt19937_64 random_;
  uint64_t last_ms_ = 3;
  uint64_t last_seq_ = 0;
};

// --- The test
// --------------------------------------------------------------------------------------

class DifferentialTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access(kRedisServer, X_OK) != 0) GTEST_SKIP() << "NOT RUN: no " << kRedisServer;
    catalog_ = *engine::Catalog::Open({});
    service_ = std::make_unique<Service>(*catalog_, ServiceOptions{.version = "7.0"});
    server_ = std::make_unique<net::Server>(*catalog_, 1);
    const std::string address = *server_->Listen("127.0.0.1:0", service_->session());
    server_->Start();
    real_ = std::make_unique<RealRedis>();
    const int fd = real_->Connect();
    ASSERT_GE(fd, 0) << "redis-server did not come up";
    theirs_ = std::make_unique<Wire>(fd);
    ours_ = std::make_unique<Wire>(ConnectTcp(address));
  }

  // Sends one request to both; what they say must agree.
  void Compare(const Request& request, const std::string& where) {
    // Since 7.2 these make their consumer whether or not it gets anything; before, only if it does.
    if (request[0] == "XCLAIM" || request[0] == "XAUTOCLAIM") {
      Compare({"XGROUP", "CREATECONSUMER", request[1], request[2], request[3]}, where);
    } else if (request[0] == "XREADGROUP" && request[1] == "GROUP") {
      const size_t key = request.size() - 2;
      Compare({"XGROUP", "CREATECONSUMER", request[key], request[2], request[3]}, where);
    }
    const std::string our_bytes = ours_->Call(request);
    const std::string ours = Comparable(request, queued_, our_bytes);
    const std::string theirs = Comparable(request, queued_, theirs_->Call(request));
    if (our_bytes == "+QUEUED\r\n") {
      queued_.push_back(request);
    } else if (request[0] == "EXEC" || request[0] == "DISCARD") {
      queued_.clear();
    }
    if (ours == theirs) return;
    std::string line;
    for (const std::string& arg : request) line += arg + " ";
    ADD_FAILURE() << where << ": " << line << "\n  redis: " << ::testing::PrintToString(theirs)
                  << "\n  braid: " << ::testing::PrintToString(ours);
  }

  // Both as they began.
  void StartOver(int version) {
    for (Wire* wire : {ours_.get(), theirs_.get()}) {
      wire->Call({"RESET"});
      wire->Call({"HELLO", std::to_string(version)});
      wire->Call({"FLUSHALL"});
    }
  }

  void RunRandom(int version) {
    const char* fixed = std::getenv("BRAID_SEED");
    const uint64_t seed = fixed != nullptr ? std::strtoull(fixed, nullptr, 10) : 20251123;
    for (int i = 0; i < kSequences && !HasFailure(); ++i) {
      Script script(seed + static_cast<uint64_t>(i));
      StartOver(version);
      for (int step = 0; step < kCommandsPerSequence && !HasFailure(); ++step) {
        Compare(script.Next(),
                fmt::format("BRAID_SEED={} step {}", seed + static_cast<uint64_t>(i), step));
      }
      Compare({"DISCARD"}, "end");
    }
  }

  std::unique_ptr<engine::Catalog> catalog_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<net::Server> server_;
  std::unique_ptr<RealRedis> real_;
  std::unique_ptr<Wire> theirs_;
  std::unique_ptr<Wire> ours_;
  std::vector<Request> queued_;  // since MULTI
};

TEST_F(DifferentialTest, RandomCommandsInResp2) {
  RunRandom(2);
}

TEST_F(DifferentialTest, RandomCommandsInResp3) {
  RunRandom(3);
}

TEST_F(DifferentialTest, ApproximateTrimLeavesWholeNodes) {
  StartOver(2);
  for (int i = 1; i <= 1000; ++i) {
    Compare({"XADD", "s", fmt::format("{}-1", i), "f", "v"}, "add");
  }
  for (const char* line :
       {"XTRIM s MAXLEN ~ 555", "XLEN s", "XTRIM s MAXLEN ~ 555 LIMIT 10", "XTRIM s MINID ~ 655",
        "XLEN s", "XADD s MAXLEN ~ 10 LIMIT 100 2000-1 f v", "XLEN s", "XTRIM s MAXLEN ~ 0 LIMIT 0",
        "XLEN s", "XINFO STREAM s"}) {
    Compare(Words(line), "trim");
  }
}

}  // namespace
}  // namespace braid::redis
