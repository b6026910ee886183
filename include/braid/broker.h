// One call, three ports: an Engine with its listeners and threads, in this process.
//
//   braid::Broker broker;                     // in memory, free ports on 127.0.0.1
//   setenv("REDIS_URL", broker.redis_url().c_str(), 1);
//   ...                                       // the destructor drains and closes
#ifndef BRAID_BROKER_H_
#define BRAID_BROKER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/engine.h"
#include "braid/options.h"

namespace braid {

struct BrokerOptions {
  EngineOptions engine;
  // "HOST:PORT"; port 0 takes any free one; empty: that listener stays closed.
  std::string kafka = "127.0.0.1:0";
  std::string redis = "127.0.0.1:0";
  std::string nats = "127.0.0.1:0";
  std::string http = "127.0.0.1:0";
  // "HOST:PORT" that Kafka clients are told to connect to; empty: the address they dialled.
  std::string kafka_advertised;
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

  std::string kafka_address() const;  // "127.0.0.1:41234"
  std::string redis_address() const;
  std::string nats_address() const;
  std::string http_address() const;
  std::string kafka_url() const { return kafka_address(); }  // a bootstrap.servers value
  std::string redis_url() const { return "redis://" + redis_address(); }
  std::string nats_url() const { return "nats://" + nats_address(); }
  std::string http_url() const { return "http://" + http_address(); }

  // The engine under the listeners; safe to use from any thread beside them.
  Engine& engine();

 private:
  struct Impl;
  explicit Broker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid

#endif  // BRAID_BROKER_H_
