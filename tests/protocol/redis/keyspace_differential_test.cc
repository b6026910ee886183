// Random commands about keys, databases and values to Braid and to the real redis-server of this
// machine: the replies must be the same, but for the order of what has none.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/service.h"
#include "protocol/server.h"
#include "tests/protocol/redis/real_redis.h"
#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {
namespace {

constexpr int kSequences = 60;
constexpr int kCommandsPerSequence = 200;

// Replies whose elements have no order.
constexpr std::string_view kUnordered[] = {"SMEMBERS", "KEYS"};

// A command's words; K is any key, D a database, V a value, N a small number, E a time far off.
constexpr std::string_view kTemplates[] = {
    "SELECT D",
    "SELECT D",
    "SWAPDB D D",
    "MOVE K D",
    "DBSIZE",
    "KEYS *",
    "EXISTS K K",
    "TYPE K",
    "DEL K",
    "UNLINK K K",
    "TOUCH K K",
    "RENAME K K",
    "RENAME K K",
    "RENAMENX K K",
    "COPY K K",
    "COPY K K REPLACE",
    "COPY K K DB D",
    "COPY K K DB D REPLACE",
    "RANDOMKEY x",
    "EXPIREAT K E",
    "EXPIREAT K E NX",
    "EXPIREAT K E XX",
    "EXPIREAT K E GT",
    "EXPIREAT K E LT",
    "PEXPIREAT K E000",
    "EXPIRE K -1",
    "EXPIRE K N GT LT",
    "PERSIST K",
    "EXPIRETIME K",
    "PEXPIRETIME K",
    "EXPIREAT K 0",
    "SET K V",
    "SET K V NX",
    "SET K V XX",
    "SET K V GET",
    "SET K V EXAT E",
    "SET K V KEEPTTL",
    "SET K V NX GET",
    "SET K V PXAT E000 XX",
    "SET K V PXAT N",
    "SET K V EX 0",
    "SETNX K V",
    "SETEX K 0 V",
    "GET K",
    "GETSET K V",
    "GETDEL K",
    "GETEX K PERSIST",
    "GETEX K EXAT E",
    "GETEX K",
    "MSET K V K V",
    "MGET K K K",
    "APPEND K V",
    "STRLEN K",
    "INCR K",
    "DECR K",
    "INCRBY K N",
    "DECRBY K N",
    "INCRBYFLOAT K 0.5",
    "INCRBY K V",
    "OBJECT REFCOUNT nosuch",
    "LPUSH K V",
    "LPUSH K V V",
    "RPUSH K V V V",
    "LPUSHX K V",
    "RPUSHX K V",
    "LPOP K",
    "RPOP K",
    "LPOP K N",
    "RPOP K N",
    "LLEN K",
    "LRANGE K N N",
    "LRANGE K 0 -1",
    "LRANGE K -N N",
    "LINDEX K N",
    "LINDEX K -N",
    "LSET K N V",
    "LREM K N V",
    "LREM K -N V",
    "LREM K 0 V",
    "BLPOP K K 0.01",
    "BRPOP K 0.01",
    "SADD K V V",
    "SADD K V",
    "SREM K V V",
    "SISMEMBER K V",
    "SCARD K",
    "SMEMBERS K",
    "HSET K V V",
    "HGET K V",
    "HDEL K V V",
    "HLEN K",
    "XADD K N-* f V",
    "XADD K NOMKSTREAM N-N f V",
    "XADD K N-* f V",
    "XLEN K",
    "XRANGE K 0 5",
    "XDEL K N-N",
    "XREAD COUNT 1 STREAMS K K 0 0",
    "XGROUP CREATE K g 0 MKSTREAM",
    "XGROUP DESTROY K g",
    "XREADGROUP GROUP g c COUNT N STREAMS K 0",
    "XACK K g N-N",
    "MULTI",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH K",
    "FLUSHDB",
};

class Script {
 public:
  explicit Script(uint64_t seed) : random_(seed) {}

  Request Next() {
    const std::string_view pattern = kTemplates[Below(std::size(kTemplates))];
    Request request;
    for (const std::string& word : Words(pattern)) {
      request.push_back(request.empty() ? word : Filled(word));
    }
    return request;
  }

 private:
  size_t Below(size_t n) { return random_() % n; }
  std::string Filled(const std::string& word) {
    static constexpr std::string_view kValues[] = {"a", "b", "7", "-3", "", "0.5", "long value"};
    if (word == "DB" || word == "NX" || word == "GET") return word;
    std::string out;
    for (const char c : word) {
      const bool alone = word.size() == 1;
      if (c == 'K' && alone) {
        out += "abcd"[Below(4)];
      } else if (c == 'D' && alone) {
        out += "012"[Below(3)];
      } else if (c == 'V' && alone) {
        out += kValues[Below(std::size(kValues))];
      } else if (c == 'N' &&
                 (alone || word.find_first_of("ABCFGHIJKLMOPQRSTUVWXYZ") == std::string::npos)) {
        out += std::to_string(Below(5));
      } else if (c == 'E' && (alone || word == "E000")) {
        out += std::to_string(9999999990 + Below(10));
      } else {
        out += c;
      }
    }
    return out;
  }

  std::mt19937_64 random_;
};

class KeyspaceDifferentialTest : public ::testing::Test {
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

  // What must agree of a reply.
  std::string Comparable(const Request& request, const std::string& bytes) {
    std::string_view rest = bytes;
    auto reply = TakeReply(rest);
    if (!reply) return bytes;
    if (request[0] == "EXEC" && reply->items.size() == queued_.size()) {
      for (size_t i = 0; i < queued_.size(); ++i) Smooth(queued_[i], reply->items[i]);
    }
    Smooth(request, *reply);
    return reply->Print();
  }
  static void Smooth(const Request& request, RespValue& reply) {
    if (std::find(std::begin(kUnordered), std::end(kUnordered), request[0]) !=
        std::end(kUnordered)) {
      std::sort(reply.items.begin(), reply.items.end(),
                [](const RespValue& a, const RespValue& b) { return a.text < b.text; });
    }
  }

  void Compare(const Request& request, const std::string& where) {
    const std::string our_bytes = ours_->Call(request);
    const std::string ours = Comparable(request, our_bytes);
    const std::string theirs = Comparable(request, theirs_->Call(request));
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

  void RunRandom(int version) {
    const char* fixed = std::getenv("BRAID_SEED");
    const uint64_t seed = fixed != nullptr ? std::strtoull(fixed, nullptr, 10) : 20261125;
    for (int i = 0; i < kSequences && !HasFailure(); ++i) {
      Script script(seed + static_cast<uint64_t>(i));
      for (Wire* wire : {ours_.get(), theirs_.get()}) {
        wire->Call({"RESET"});
        wire->Call({"HELLO", std::to_string(version)});
        wire->Call({"FLUSHALL"});
      }
      queued_.clear();
      for (int step = 0; step < kCommandsPerSequence && !HasFailure(); ++step) {
        const Request request = script.Next();
        const std::string where =
            fmt::format("BRAID_SEED={} step {}", seed + static_cast<uint64_t>(i), step);
        Compare(request, where);
        // Redis counts a key whose time is over until somebody looks for it; here it is gone.
        if (std::count(request.begin(), request.end(), "PXAT") > 0) {
          Compare({"EXISTS", request[1]}, where);
        }
      }
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

TEST_F(KeyspaceDifferentialTest, RandomCommandsInResp2) {
  RunRandom(2);
}

TEST_F(KeyspaceDifferentialTest, RandomCommandsInResp3) {
  RunRandom(3);
}

}  // namespace
}  // namespace braid::redis
