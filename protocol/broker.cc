#include "braid/broker.h"

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "absl/strings/str_split.h"
#include "braid/error.h"
#include "engine/catalog.h"
#include "protocol/http/service.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/service.h"
#include "protocol/nats/monitor.h"
#include "protocol/nats/service.h"
#include "protocol/redis/configure.h"
#include "protocol/redis/service.h"
#include "protocol/server.h"

namespace braid {
namespace {

// One thread serves a laptop's load without ever paying for a wake-up on another core; more are for
// whoever asks (docs/performance.md).
constexpr int kDefaultThreads = 1;

// An empty part is one; an empty text has none.
std::vector<std::string> ByCommas(std::string_view text) {
  if (text.empty()) return {};
  return absl::StrSplit(absl::string_view(text.data(), text.size()), ',');
}

redis::ServiceOptions RedisOptions(const BrokerOptions& options) {
  redis::ServiceOptions out;
  out.version = options.redis_version;
  out.shutdown = options.redis_shutdown;
  return out;
}

kafka::Options KafkaOptions(const BrokerOptions& options) {
  kafka::Options out;
  out.advertised = ByCommas(options.kafka_advertised);
  out.default_partitions = options.kafka_partitions;
  out.initial_rebalance_delay = options.kafka_rebalance_delay;
  return out;
}

}  // namespace

BrokerOptions BrokerOptions::Faithful() {
  BrokerOptions options;
  options.kafka_rebalance_delay = absl::Seconds(3);
  return options;
}

// Destroyed from the bottom up: first the connections end, then what they used.
struct Broker::Impl {
  Impl(std::unique_ptr<Engine> opened, const BrokerOptions& options)
      : engine(std::move(opened)),
        server(engine->catalog(), options.threads > 0 ? options.threads : kDefaultThreads),
        kafka(engine->catalog(), KafkaOptions(options)),
        redis(engine->catalog(), RedisOptions(options)),
        nats(server, options.nats_options ? *options.nats_options : nats::ServiceOptions()),
        nats_monitor(nats),
        http(
            engine->catalog(), [this] { return Connections(); },
            [this](std::string_view target) { return NatsPage(target); }) {}
  ~Impl() { server.Stop(); }

  std::vector<std::pair<std::string, int64_t>> Connections() const {
    std::vector<std::pair<std::string, int64_t>> counts;
    if (!kafka_addresses.empty()) {
      int64_t clients = 0;
      for (const std::string& address : kafka_addresses) {
        clients += static_cast<int64_t>(server.connections(address));
      }
      counts.emplace_back("kafka", clients);
    }
    for (const auto& [protocol, address] :
         {std::pair("redis", &redis_address), std::pair("nats", &nats_address),
          std::pair("http", &http_address)}) {
      if (address->empty()) continue;
      counts.emplace_back(protocol, static_cast<int64_t>(server.connections(*address)));
    }
    return counts;
  }

  // The pages of nats-server's monitoring port.
  std::optional<http::Response> NatsPage(std::string_view target) {
    std::optional<nats::MonitorPage> page = nats_monitor.Answer(target, nats_address, http_address);
    if (!page) return std::nullopt;
    http::Response response;
    response.status = page->status;
    response.content_type = page->content_type;
    response.body = std::move(page->body);
    return response;
  }

  absl::Status Listen(const std::string& wanted, net::SessionFn session, std::string& bound) {
    if (wanted.empty()) return absl::OkStatus();
    auto address = server.Listen(wanted, std::move(session));
    if (!address.ok()) return address.status();
    bound = *std::move(address);
    return absl::OkStatus();
  }

  absl::Status ListenKafka(const BrokerOptions& options) {
    if (!kafka::IsAdvertisedSetting(kafka::AdvertisedSetting(kafka.options().advertised))) {
      return MakeError(
          Errc::kInvalidArgument,
          fmt::format("kafka-advertised is HOST:PORT, not \"{}\"", options.kafka_advertised));
    }
    for (const std::string& wanted : ByCommas(options.kafka)) {
      const int listener = static_cast<int>(kafka_addresses.size());
      std::string bound;
      if (absl::Status s = Listen(wanted, kafka.session(listener), bound); !s.ok()) return s;
      kafka_addresses.push_back(std::move(bound));
    }
    return absl::OkStatus();
  }

  std::unique_ptr<Engine> engine;
  std::vector<std::string> kafka_addresses;  // by listener
  std::string redis_address, nats_address, nats_websocket_address, http_address;
  net::Server server;
  kafka::Service kafka;
  redis::Service redis;
  nats::Service nats;
  nats::Monitor nats_monitor;
  http::Service http;
};

absl::StatusOr<std::unique_ptr<Broker>> Broker::Start(BrokerOptions options) {
  auto engine = Engine::Open(options.engine);
  if (!engine.ok()) return engine.status();
  auto impl = std::make_unique<Impl>(*std::move(engine), options);
  Impl& broker = *impl;
  if (!redis::Release::Parse(options.redis_version)) {
    return MakeError(
        Errc::kInvalidArgument,
        fmt::format("redis-version is as in 7.2 or 8.10.1, not \"{}\"", options.redis_version));
  }
  if (options.nats_options) {
    absl::Status valid = nats::Authorization::Validate(options.nats_options->authorization);
    if (!valid.ok()) return valid;
  }
  absl::Status configured = redis::Configure(broker.redis, options.redis_settings);
  if (!configured.ok()) return configured;
  for (absl::Status status :
       {broker.ListenKafka(options),
        broker.Listen(options.redis, broker.redis.session(), broker.redis_address),
        broker.Listen(options.nats, broker.nats.session(), broker.nats_address),
        broker.Listen(options.nats_websocket, broker.nats.websocket_session(),
                      broker.nats_websocket_address),
        broker.Listen(options.http, broker.http.session(), broker.http_address)}) {
    if (!status.ok()) return status;
  }
  broker.server.Start();
  return std::unique_ptr<Broker>(new Broker(std::move(impl)));
}

Broker::Broker(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Broker::Broker() {
  auto broker = Start({});
  if (!broker.ok()) {
    std::fprintf(stderr, "braid: %s\n", broker.status().ToString().c_str());
    std::abort();
  }
  impl_ = std::move((*broker)->impl_);
}

Broker::~Broker() = default;

std::string Broker::kafka_address() const {
  return impl_->kafka_addresses.empty() ? std::string() : impl_->kafka_addresses.front();
}
std::vector<std::string> Broker::kafka_addresses() const {
  return impl_->kafka_addresses;
}
std::string Broker::redis_address() const {
  return impl_->redis_address;
}
std::string Broker::nats_address() const {
  return impl_->nats_address;
}
std::string Broker::nats_websocket_address() const {
  return impl_->nats_websocket_address;
}
std::string Broker::http_address() const {
  return impl_->http_address;
}

absl::Status Broker::AdvertiseKafka(std::string_view addresses) {
  return impl_->kafka.Advertise(ByCommas(addresses));
}

absl::Status Broker::InjectKafka(CallFault fault) {
  return impl_->kafka.Inject(std::move(fault));
}

void Broker::ClearKafkaFaults() {
  impl_->kafka.faults().Clear();
}

nats::Service& Broker::nats() {
  return impl_->nats;
}

Engine& Broker::engine() {
  return *impl_->engine;
}

}  // namespace braid
