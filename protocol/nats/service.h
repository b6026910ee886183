// The NATS side of a broker: what all its sessions share.
//
//   nats::Service service(server, {});
//   server.Listen("127.0.0.1:4222", service.session());
//
// Outlives every session: destroy it after Server::Stop(), and before the Catalog. Thread-safe.
#ifndef BRAID_PROTOCOL_NATS_SERVICE_H_
#define BRAID_PROTOCOL_NATS_SERVICE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "engine/catalog.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/parser.h"
#include "protocol/nats/router.h"
#include "protocol/server.h"

namespace braid::nats {

struct ServiceOptions {
  // The release whose client-visible features are offered: clients choose what they try by it.
  std::string version = "2.10.0";
  std::string server_name = "braid";
  ParseLimits limits;
  size_t max_pending = size_t{64} << 20;  // unsent bytes at which a slow reader is closed
  absl::Duration ping_interval = absl::Minutes(2);
  int max_pings_out = 2;  // unanswered ones before the connection is stale
};

class Service {
 public:
  Service(net::Server& server, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For net::Server::Listen.
  net::SessionFn session();

  engine::Catalog& catalog() { return catalog_; }
  const ServiceOptions& options() const { return options_; }
  Router& router() { return router_; }
  JetStream& jetstream() { return *jetstream_; }
  // What this connection is told first.
  ServerInfo InfoFor(const net::Connection& connection) const;

 private:
  engine::Catalog& catalog_;
  const ServiceOptions options_;
  const std::string server_id_;
  Router router_;
  const std::shared_ptr<JetStream> jetstream_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_SERVICE_H_
