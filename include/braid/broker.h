// One call, three ports: an Engine with its listeners and threads, in this process.
//
//   braid::Broker broker;                     // in memory, free ports on 127.0.0.1
//   setenv("REDIS_URL", broker.redis_url().c_str(), 1);
//   ...                                       // the destructor drains and closes
#ifndef BRAID_BROKER_H_
#define BRAID_BROKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/call_fault.h"
#include "braid/engine.h"
#include "braid/options.h"

namespace braid {

namespace nats {
class Service;
struct ServiceOptions;
}  // namespace nats

struct BrokerOptions {
  // With the delays of the real brokers, where Braid has none: the first rebalance of a consumer
  // group waits 3 s for more members, as Kafka's does.
  static BrokerOptions Faithful();

  EngineOptions engine;
  // "HOST:PORT"; port 0 takes any free one; empty: that listener stays closed. Kafka may have more
  // than one, by commas, for clients that have to be told different addresses.
  std::string kafka = "127.0.0.1:0";
  std::string redis = "127.0.0.1:0";
  std::string nats = "127.0.0.1:0";
  std::string http = "127.0.0.1:0";
  // "HOST:PORT" that Kafka clients are told to connect to; empty: the address they dialled. Of more
  // than one listener, by commas in their order ("a:1,,b:2").
  std::string kafka_advertised;
  // The release of Redis that is spoken: what came later is unknown to Redis clients.
  std::string redis_version = "8.10.1";
  // More of it, under the names of redis.conf ("requirepass", "notify-keyspace-events").
  std::vector<std::pair<std::string, std::string>> redis_settings;
  // What the command SHUTDOWN of Redis clients does: end the broker, soon and not in the call,
  // which comes from any thread. Empty: it is refused.
  std::function<void()> redis_shutdown = {};
  // HOST:PORT where NATS clients come inside of WebSockets; empty: nowhere.
  std::string nats_websocket = {};
  // More of NATS (protocol/nats/service.h): limits, users, accounts. nullptr: what that defaults
  // to.
  std::shared_ptr<const nats::ServiceOptions> nats_options = {};
  int threads = 0;           // network threads; 0: chosen from the machine
  int kafka_partitions = 1;  // of a topic created by being mentioned
  absl::Duration kafka_rebalance_delay = absl::ZeroDuration();  // wait of a group's first rebalance
};

class Broker {
 public:
  // Opens everything or nothing. Errors: those of Engine::Open, and kInvalidArgument or kIo naming
  // the address that could not be bound.
  static absl::StatusOr<std::unique_ptr<Broker>> Start(BrokerOptions options);
  // As Start({}); ends the process with a message when even that fails.
  Broker();
  // Stops listening, answers what is in flight, closes, flushes.
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::string kafka_address() const;  // "127.0.0.1:41234", of the first listener
  std::vector<std::string> kafka_addresses() const;
  std::string redis_address() const;
  std::string nats_address() const;
  std::string nats_websocket_address() const;
  std::string http_address() const;
  std::string kafka_url() const { return kafka_address(); }  // a bootstrap.servers value
  std::string redis_url() const { return "redis://" + redis_address(); }
  std::string nats_url() const { return "nats://" + nats_address(); }
  std::string http_url() const { return "http://" + http_address(); }

  // Tells Kafka clients from now on to connect elsewhere, as BrokerOptions::kafka_advertised does
  // at the start: for a port known late, as one mapped by a container. Kept with the data, and the
  // same as altering the setting advertised.listeners. kInvalidArgument: not such addresses.
  absl::Status AdvertiseKafka(std::string_view addresses);

  // Faults of calls of Kafka clients, for tests of what clients do then. kInvalidArgument: there is
  // no such call, or none that can be refused.
  absl::Status InjectKafka(CallFault fault);
  void ClearKafkaFaults();

  // The NATS side, for programs built with its headers: its clients, its rules, its farewell.
  nats::Service& nats();

  // The engine under the listeners; safe to use from any thread beside them.
  Engine& engine();

 private:
  struct Impl;
  explicit Broker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid

#endif  // BRAID_BROKER_H_
