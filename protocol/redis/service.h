// The Redis side of a broker: what all its sessions share.
//
//   redis::Service service(catalog, {});
//   server.Listen("127.0.0.1:6379", service.session());
//
// Outlives every session. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_SERVICE_H_
#define BRAID_PROTOCOL_REDIS_SERVICE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"
#include "protocol/redis/clients.h"
#include "protocol/redis/pop_queue.h"
#include "protocol/redis/release.h"
#include "protocol/redis/request_parser.h"
#include "protocol/redis/stats.h"
#include "protocol/redis/watches.h"
#include "protocol/server.h"

namespace braid::redis {

struct ServiceOptions {
  std::string password;  // of the only user, "default"; empty: none is asked for
  std::string version =
      "7.4.0";  // the Redis release whose commands are offered, as HELLO and INFO say
  int64_t node_entries = 100;  // what "~" trims at once: stream-node-max-entries
  RequestLimits limits;
  int64_t max_queued_commands = 1024 * 1024;      // of one MULTI
  int64_t max_queued_bytes = int64_t{512} << 20;  // of one MULTI
  size_t reply_chunk_bytes = size_t{256} << 10;   // replies gathered before they are sent
  size_t outbox_bytes = size_t{4} << 20;  // unsent replies at which a client's requests wait
};

class Service {
 public:
  Service(engine::Catalog& catalog, ServiceOptions options);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // For net::Server::Listen.
  net::SessionFn session();

  engine::Catalog& catalog() { return catalog_; }
  const ServiceOptions& options() const { return options_; }
  // The release that this server is: what came later is unknown to it.
  Release release() const { return release_; }
  bool Offers(Release since) const { return since <= release_; }
  absl::Time started() const { return started_; }
  Clients& clients() { return clients_; }
  Stats& stats() { return stats_; }
  PopQueue& pops() { return pops_; }
  Watches& watches() { return watches_; }

  // Settings that CONFIG SET changes.
  std::string password() const;
  void set_password(std::string_view password);
  int64_t node_entries() const { return node_entries_; }
  void set_node_entries(int64_t entries) { node_entries_ = entries; }

  // Batches of requests run under a shared lock of this, transactions under an exclusive one, so
  // that nothing comes between their commands. Never held while a session is suspended.
  absl::Mutex& gate() ABSL_LOCK_RETURNED(gate_) { return gate_; }

 private:
  engine::Catalog& catalog_;
  const ServiceOptions options_;
  const Release release_;
  const absl::Time started_;
  Clients clients_;
  Stats stats_;
  PopQueue pops_;
  Watches watches_;
  absl::Mutex gate_;
  std::atomic<int64_t> node_entries_;
  mutable absl::Mutex mu_;
  std::string password_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SERVICE_H_
