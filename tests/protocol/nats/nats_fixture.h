// A NATS service under a clock that stands still, and clients that speak its lines.
#ifndef BRAID_TESTS_PROTOCOL_NATS_NATS_FIXTURE_H_
#define BRAID_TESTS_PROTOCOL_NATS_NATS_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "fmt/format.h"
#include "protocol/nats/service.h"
#include "protocol/nats/text.h"
#include "tests/protocol/net/loopback.h"

namespace braid::nats {

using Json = nlohmann::json;

// MSG or HMSG, as received.
struct Received {
  std::string subject;
  std::string sid;
  std::string reply;
  std::string headers;
  std::string payload;
  bool with_headers = false;  // HMSG

  Json json() const { return Json::parse(payload, nullptr, false); }
  // "404 No Messages"; empty when the message carries no status.
  std::string status() const {
    if (headers.size() < 11 || headers[8] != ' ') return {};
    return headers.substr(9, headers.find('\r') - 9);
  }
  // Token `n` of the ack subject in `reply`: 4 deliveries, 5 stream seq, 6 consumer seq, 8 pending.
  int64_t ack_token(int n) const {
    std::string_view rest = reply;
    for (; n > 0; --n) rest.remove_prefix(rest.find('.') + 1);
    return ParseNumber(rest.substr(0, rest.find('.'))).value_or(-1);
  }
  std::string header(std::string_view key) const {
    const std::string line = fmt::format("\r\n{}: ", key);
    const size_t at = headers.find(line);
    if (at == std::string::npos) return {};
    const size_t begin = at + line.size();
    return headers.substr(begin, headers.find('\r', begin) - begin);
  }
};

using Headers = std::vector<std::pair<std::string, std::string>>;

class NatsTest : public net::LoopbackTest {
 protected:
  NatsTest() : NatsTest(Durability::kOs, {}) {}
  explicit NatsTest(Durability durability, ServiceOptions options = {})
      : NatsTest(EngineOptions{.durability = durability}, std::move(options)) {}
  explicit NatsTest(EngineOptions engine, ServiceOptions options = {})
      : net::LoopbackTest(std::move(engine)),
        service(std::make_unique<Service>(*server, std::move(options))),
        address(Serve(service->session())) {}
  ~NatsTest() override { server->Stop(); }

  class Peer {
   public:
    // Connects, reads INFO, and says CONNECT with these options (nothing: no CONNECT).
    explicit Peer(NatsTest& test,
                  std::string_view connect = R"({"verbose":false,"pedantic":false,"headers":true,)"
                                             R"("no_responders":true,"protocol":1})")
        : test_(test), socket_(test.address) {
      info = Line();
      if (!connect.empty()) Send(fmt::format("CONNECT {}\r\n", connect));
    }

    void Send(std::string_view bytes) { socket_.Send(bytes); }

    // The next line; nullopt when none comes.
    std::optional<std::string> TryLine() {
      test_.RunUntil([&] { return Fill().find("\r\n") != std::string::npos || socket_.ended(); });
      const size_t end = Fill().find("\r\n");
      if (end == std::string::npos) return std::nullopt;
      std::string line = bytes_.substr(0, end);
      bytes_.erase(0, end + 2);
      return line;
    }
    std::string Line() { return TryLine().value_or("(nothing)"); }
    // Everything the server has to say right now.
    std::string Take() {
      test_.Settle();
      Fill();
      return std::exchange(bytes_, {});
    }
    bool ended() {
      test_.RunUntil([&] { return socket_.ended(); });
      return socket_.ended();
    }
    // Waits for the PONG; what came before must have been read, but for PINGs.
    void Ping() {
      Send("PING\r\n");
      std::string line = Line();
      while (line == "PING") line = Line();
      EXPECT_EQ(line, "PONG");
    }
    // Everything up to the next PONG, line by line, without it.
    std::vector<std::string> UntilPong() {
      Send("PING\r\n");
      std::vector<std::string> lines;
      for (std::string line = Line(); line != "PONG" && line != "(nothing)"; line = Line()) {
        lines.push_back(line);
      }
      return lines;
    }

    void Subscribe(std::string_view subject, std::string_view sid, std::string_view queue = "") {
      Send(fmt::format("SUB {} {} {}\r\n", subject, queue, sid));
      test_.Settle();
    }
    void Publish(std::string_view subject, std::string_view payload, std::string_view reply = "",
                 const Headers& headers = {}) {
      Send(Frame(subject, payload, reply, headers));
    }
    static std::string Frame(std::string_view subject, std::string_view payload,
                             std::string_view reply = "", const Headers& headers = {}) {
      if (headers.empty()) {
        return fmt::format("PUB {} {} {}\r\n{}\r\n", subject, reply, payload.size(), payload);
      }
      std::string block = "NATS/1.0\r\n";
      for (const auto& [key, value] : headers) block += fmt::format("{}: {}\r\n", key, value);
      block += "\r\n";
      return fmt::format("HPUB {} {} {} {}\r\n{}{}\r\n", subject, reply, block.size(),
                         block.size() + payload.size(), block, payload);
    }

    // The next message; nullopt when the server has none to send now.
    std::optional<Received> TryNext() {
      test_.Settle();
      Fill();
      while (!bytes_.starts_with("MSG ") && !bytes_.starts_with("HMSG ")) {
        const size_t end = bytes_.find("\r\n");
        if (end == std::string::npos) return std::nullopt;
        bytes_.erase(0, end + 2);  // PING, INFO, +OK
      }
      return TakeMessage();
    }
    Received Next() {
      std::optional<Received> message = TryNext();
      EXPECT_TRUE(message.has_value()) << "no message came";
      return message.value_or(Received{});
    }
    std::vector<Received> All() {
      std::vector<Received> all;
      while (std::optional<Received> message = TryNext()) all.push_back(*std::move(message));
      return all;
    }
    bool Silent() { return !TryNext().has_value(); }

    // Publishes with a reply subject of its own and waits for the answer.
    Received Request(std::string_view subject, std::string_view payload = "",
                     const Headers& headers = {}) {
      if (std::exchange(inbox_open_, true) == false) Subscribe("_INBOX.request.*", "inbox");
      Publish(subject, payload, fmt::format("_INBOX.request.{}", ++requests_), headers);
      return Next();
    }
    Json Api(std::string_view subject, const Json& body = nullptr) {
      return Request(fmt::format("$JS.API.{}", subject), body.is_null() ? "" : body.dump()).json();
    }

    std::string info;

   private:
    std::string& Fill() { return bytes_ += socket_.Take(); }

    Received TakeMessage() {
      const size_t end = bytes_.find("\r\n");
      std::vector<std::string> words;
      for (size_t at = 0; at < end;) {
        const size_t blank = std::min(bytes_.find(' ', at), end);
        if (blank > at) words.push_back(bytes_.substr(at, blank - at));
        at = blank + 1;
      }
      Received message;
      message.with_headers = words[0] == "HMSG";
      const size_t numbers = message.with_headers ? 2 : 1;
      const size_t total = std::stoul(words.back());
      const size_t header_bytes = message.with_headers ? std::stoul(words[words.size() - 2]) : 0;
      message.subject = words[1];
      message.sid = words[2];
      if (words.size() == 4 + numbers) message.reply = words[3];
      message.headers = bytes_.substr(end + 2, header_bytes);
      message.payload = bytes_.substr(end + 2 + header_bytes, total - header_bytes);
      EXPECT_EQ(bytes_.substr(end + 2 + total, 2), "\r\n");
      bytes_.erase(0, end + 2 + total + 2);
      return message;
    }

    NatsTest& test_;
    net::Client socket_;
    std::string bytes_;
    bool inbox_open_ = false;
    int requests_ = 0;
  };

  // What was sent is served; then the clock moves, and what is due happens.
  void Pass(absl::Duration time) {
    Settle();
    clock.Advance(time);
    Settle();
  }

  // Creates a stream; the configuration's other members in `more`.
  Json MakeStream(Peer& peer, const std::string& name, const std::vector<std::string>& subjects,
                  Json more = Json::object()) {
    more["name"] = name;
    more["subjects"] = subjects;
    const Json answer = peer.Api("STREAM.CREATE." + name, more);
    EXPECT_FALSE(answer.contains("error")) << answer;
    return answer;
  }
  Json MakeConsumer(Peer& peer, const std::string& stream, const std::string& name,
                    Json config = Json::object()) {
    if (!config.contains("ack_policy")) config["ack_policy"] = "explicit";
    config["durable_name"] = name;
    const Json answer = peer.Api("CONSUMER.CREATE." + stream + "." + name,
                                 {{"stream_name", stream}, {"config", config}});
    EXPECT_FALSE(answer.contains("error")) << answer;
    return answer;
  }
  static int64_t ErrorOf(const Json& answer) {
    return answer.contains("error") ? answer["error"]["err_code"].get<int64_t>() : 0;
  }

  std::unique_ptr<Service> service;
  std::string address;
};

inline int64_t Nanoseconds(absl::Duration duration) {
  return absl::ToInt64Nanoseconds(duration);
}

}  // namespace braid::nats

#endif  // BRAID_TESTS_PROTOCOL_NATS_NATS_FIXTURE_H_
