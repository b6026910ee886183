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
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"
#include "protocol/nats/authorization.h"
#include "protocol/nats/clients.h"
#include "protocol/nats/hello.h"
#include "protocol/nats/jetstream.h"
#include "protocol/nats/lame_duck.h"
#include "protocol/nats/parser.h"
#include "protocol/nats/router.h"
#include "protocol/nats/version.h"
#include "protocol/server.h"

namespace braid::nats {

struct ServiceOptions {
  std::string version = std::string(kNatsVersion);
  std::string server_name = "braid";  // empty: the server id
  // HOST:PORT that clients are told; empty: what they dialled.
  std::string advertised = {};
  ParseLimits limits = {};
  int64_t max_connections = 65536;
  int64_t max_subscriptions = 0;          // of one client; 0: any number
  size_t max_pending = size_t{64} << 20;  // unsent bytes at which a slow reader is closed
  absl::Duration write_deadline = absl::Seconds(10);  // of bytes to leave; likewise
  absl::Duration ping_interval = absl::Minutes(2);
  int max_pings_out = 2;  // unanswered ones before the connection is stale
  bool jetstream = true;
  bool strict = true;  // API requests with members that nobody knows are refused
  // Shown by the monitoring pages.
  std::string store_dir = {};
  int64_t max_memory = -1, max_store = -1;  // bytes; -1: no limit
  AuthorizationOptions authorization = {};
};

// Who hears each other. JetStream belongs to one of them.
struct Account {
  std::string name;
  bool jetstream = false;
  Router router = {};
};

class Service {
 public:
  // `options.authorization` is valid (Authorization::Validate).
  Service(net::Server& server, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For net::Server::Listen: clients over TCP, and inside of WebSockets.
  net::SessionFn session();
  net::SessionFn websocket_session();

  engine::Catalog& catalog() { return catalog_; }
  const ServiceOptions& options() const { return options_; }
  const std::string& server_id() const { return server_id_; }
  const std::string& server_name() const {
    return options_.server_name.empty() ? server_id_ : options_.server_name;
  }
  absl::Time start() const { return start_; }
  JetStream& jetstream() { return *jetstream_; }
  Clients& clients() { return clients_; }

  Account& account(std::string_view name);
  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
  std::shared_ptr<const Authorization> authorization() const;
  // Puts other rules in force, which are valid and know the same accounts. Clients that they refuse
  // are told and closed; the others go on under them.
  void SetAuthorization(AuthorizationOptions options);

  // What this client is told.
  ServerInfo InfoFor(const Client& client) const;
  // Tells all clients to go elsewhere, waits, and closes them by and by; then calls `done`. Whoever
  // still connects is closed. Once.
  void LameDuck(const LameDuckOptions& options, std::function<void()> done);
  bool lame_duck() const { return lame_duck_; }

 private:
  engine::Catalog& catalog_;
  const ServiceOptions options_;
  const std::string server_id_;
  const absl::Time start_;
  std::vector<std::unique_ptr<Account>> accounts_;  // the global one first
  Clients clients_;
  mutable absl::Mutex mu_;
  std::shared_ptr<const Authorization> authorization_ ABSL_GUARDED_BY(mu_);
  std::atomic<bool> lame_duck_{false};
  absl::Mutex leave_mu_;
  std::shared_ptr<nats::LameDuck> leaving_ ABSL_GUARDED_BY(leave_mu_);
  const std::shared_ptr<JetStream> jetstream_;
};

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_SERVICE_H_
