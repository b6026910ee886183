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
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"
#include "protocol/redis/channels.h"
#include "protocol/redis/clients.h"
#include "protocol/redis/command.h"
#include "protocol/redis/command_times.h"
#include "protocol/redis/inert_settings.h"
#include "protocol/redis/latency_events.h"
#include "protocol/redis/monitors.h"
#include "protocol/redis/pause.h"
#include "protocol/redis/pop_queue.h"
#include "protocol/redis/rates.h"
#include "protocol/redis/release.h"
#include "protocol/redis/request_parser.h"
#include "protocol/redis/saves.h"
#include "protocol/redis/settings.h"
#include "protocol/redis/slow_log.h"
#include "protocol/redis/stats.h"
#include "protocol/redis/stream_defaults.h"
#include "protocol/redis/watches.h"
#include "protocol/server.h"

namespace braid::redis {

struct ServiceOptions {
  std::string password;  // of the only user, "default"; empty: none is asked for
  std::string version =
      "8.10.1";  // the Redis release whose commands are offered, as HELLO and INFO say
  int64_t node_entries = 100;  // what "~" trims at once: stream-node-max-entries
  RequestLimits limits;
  int64_t max_queued_commands = 1024 * 1024;      // of one MULTI
  int64_t max_queued_bytes = int64_t{512} << 20;  // of one MULTI
  size_t reply_chunk_bytes = size_t{256} << 10;   // replies gathered before they are sent
  size_t outbox_bytes = size_t{4} << 20;  // unsent replies at which a client's requests wait
  // Ends the server, soon and not in here; any thread. Empty: SHUTDOWN is refused.
  std::function<void()> shutdown = {};
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
  // Whether that release has the command.
  bool Knows(const Command& command) const { return known_[IndexOf(command)]; }
  absl::Time started() const { return started_; }
  Clients& clients() { return clients_; }
  Stats& stats() { return stats_; }
  Rates& rates() { return rates_; }
  Saves& saves() { return saves_; }
  // 40 hex digits: another one each time the server starts; and one that stays with the data.
  const std::string& run_id() const { return run_id_; }
  std::string data_id() const;
  // Memory in use when the service began, and the most that anybody has seen since, in bytes.
  int64_t first_memory() const { return first_memory_; }
  int64_t NotePeakMemory(int64_t bytes);
  PopQueue& pops() { return pops_; }
  Settings& settings() { return settings_; }
  Channels& channels() { return channels_; }
  // Tells whoever listens, now.
  void Deliver(const Message& message);
  Watches& watches() { return watches_; }
  Pause& pause() { return pause_; }
  Monitors& monitors() { return monitors_; }
  // Tells whoever monitors, now.
  void Show(const std::string& line);
  SlowLog& slow_log() { return slow_log_; }
  LatencyEvents& latency_events() { return latency_events_; }
  CommandTimes& times() { return times_; }

  // Settings that CONFIG SET changes.
  std::string password() const;
  void set_password(std::string_view password);
  InertSettings& inert_settings() { return inert_settings_; }
  SharedStreamDefaults& stream_defaults() { return stream_defaults_; }
  int64_t node_entries() const { return node_entries_; }
  void set_node_entries(int64_t entries) { node_entries_ = entries; }
  // How long, and how many of each producer, idempotent IDs are remembered in streams that do not
  // say so themselves: stream-idmp-duration (seconds) and stream-idmp-maxsize.
  int64_t idmp_duration() const { return idmp_duration_; }
  void set_idmp_duration(int64_t seconds) { idmp_duration_ = seconds; }
  int64_t idmp_max_size() const { return idmp_max_size_; }
  void set_idmp_max_size(int64_t ids) { idmp_max_size_ = ids; }

  // Batches of requests run under a shared lock of this, transactions under an exclusive one, so
  // that nothing comes between their commands. Never held while a session is suspended.
  absl::Mutex& gate() ABSL_LOCK_RETURNED(gate_) { return gate_; }

 private:
  engine::Catalog& catalog_;
  const ServiceOptions options_;
  const Release release_;
  const std::vector<bool> known_;  // by row of the command table
  const absl::Time started_;
  Clients clients_;
  const std::string run_id_;
  const int64_t first_memory_;
  std::atomic<int64_t> peak_memory_{0};
  Stats stats_;
  Rates rates_;
  Saves saves_;
  PopQueue pops_;
  Settings settings_;
  Channels channels_;
  Watches watches_;
  Pause pause_;
  Monitors monitors_;
  SlowLog slow_log_;
  LatencyEvents latency_events_;
  CommandTimes times_;
  absl::Mutex gate_;
  InertSettings inert_settings_;
  SharedStreamDefaults stream_defaults_;
  std::atomic<int64_t> node_entries_;
  std::atomic<int64_t> idmp_duration_{100};
  std::atomic<int64_t> idmp_max_size_{100};
  mutable absl::Mutex mu_;
  std::string password_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SERVICE_H_
