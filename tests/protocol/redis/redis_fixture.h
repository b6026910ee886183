// A Redis service on a loopback server under a clock that stands still, and clients that say lines.
#ifndef BRAID_TESTS_PROTOCOL_REDIS_REDIS_FIXTURE_H_
#define BRAID_TESTS_PROTOCOL_REDIS_REDIS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/redis/service.h"
#include "tests/protocol/net/loopback.h"
#include "tests/protocol/redis/resp_value.h"

namespace braid::redis {

class RedisTest : public net::LoopbackTest {
 protected:
  class Talker {
   public:
    Talker(RedisTest* test, const std::string& address) : test_(test), wire_(address) {}

    // Sends a line of words as a request.
    void Say(std::string_view line) { SayRaw(EncodeRequest(Words(line))); }
    void Say(const std::vector<std::string>& request) { SayRaw(EncodeRequest(request)); }
    void SayRaw(std::string_view bytes) {
      constexpr size_t kChunk = 32
                                << 10;  // less than the kernel keeps while the server does not run
      while (bytes.size() > kChunk && !wire_.ended()) {
        wire_.Send(bytes.substr(0, kChunk));
        bytes.remove_prefix(kChunk);
        test_->Settle();
        received_ += wire_.Take();
      }
      if (!wire_.ended()) wire_.Send(bytes);
    }
    // The next reply, printed (resp_value.h); "closed" when none comes.
    std::string Hear() {
      received_ += wire_.Take();
      if (!HasReply()) {
        test_->RunUntil([&] {
          received_ += wire_.Take();
          return HasReply() || wire_.ended();
        });
      }
      std::string_view rest = received_;
      auto reply = TakeReply(rest);
      received_ = std::string(rest);
      return reply ? reply->Print() : "closed";
    }
    std::string Do(std::string_view line) {
      Say(line);
      return Hear();
    }
    std::string Do(const std::vector<std::string>& request) {
      Say(request);
      return Hear();
    }
    // Whether nothing arrives, once the server has nothing left to do.
    bool HearsNothing() {
      test_->SettleAll();
      received_ += wire_.Take();
      return received_.empty() && !wire_.ended();
    }
    // Whether the server closes the connection.
    bool IsClosed() {
      return test_->RunUntil([&] {
        received_ += wire_.Take();
        return wire_.ended();
      });
    }
    void HangUp() { wire_.Close(); }

   private:
    bool HasReply() const {
      std::string_view rest = received_;
      return TakeReply(rest).has_value();
    }

    RedisTest* test_;
    net::Client wire_;
    std::string received_;
  };

  explicit RedisTest(ServiceOptions options = {}, EngineOptions engine = {})
      : LoopbackTest(std::move(engine)), service_(*catalog, std::move(options)) {
    address_ = Serve(service_.session());
  }
  // The server and its sockets go first.
  ~RedisTest() override { server.reset(); }

  std::unique_ptr<Talker> Connect(int version = 2) {
    auto talker = std::make_unique<Talker>(this, address_);
    if (version == 3) talker->Do("HELLO 3");
    return talker;
  }
  // Two rounds: what a wake-up posts runs, too.
  void SettleAll() {
    for (int i = 0; i < 20; ++i) Settle();
  }
  // A virtual moment later.
  void Pass(absl::Duration time) {
    SettleAll();
    clock.Advance(time);
    SettleAll();
  }

  // A client for most tests.
  std::string Do(std::string_view line) {
    if (client_ == nullptr) client_ = Connect();
    return client_->Do(line);
  }
  std::string Do(const std::vector<std::string>& request) {
    if (client_ == nullptr) client_ = Connect();
    return client_->Do(request);
  }
  // Says all of it; expects nothing in particular.
  void Given(std::initializer_list<std::string_view> lines) {
    for (const std::string_view line : lines) {
      const std::string reply = Do(line);
      EXPECT_NE(reply.substr(0, 1), "-") << line << ": " << reply;
    }
  }

  Service service_;
  std::string address_;
  std::unique_ptr<Talker> client_;
};

}  // namespace braid::redis

#endif  // BRAID_TESTS_PROTOCOL_REDIS_REDIS_FIXTURE_H_
