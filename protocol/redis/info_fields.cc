#include "protocol/redis/info_fields.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "fmt/format.h"

namespace braid::redis {
namespace {

using M = const Measured&;

template <typename Value>
std::string Say(const Value& value) {
  return fmt::format("{}", value);
}
std::string Seconds(double seconds) {
  return fmt::format("{:.6f}", seconds);
}
std::string Ratio(int64_t part, int64_t whole) {
  return fmt::format("{:.2f}",
                     whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole));
}
std::string Percent(int64_t part, int64_t whole) {
  return fmt::format(
      "{:.2f}%", whole == 0 ? 0.0 : 100 * static_cast<double>(part) / static_cast<double>(whole));
}
std::string Kilobytes(double bytes) {
  return fmt::format("{:.2f}", bytes / 1024);
}
std::string Ok(bool ok) {
  return ok ? "ok" : "err";
}

absl::Duration Uptime(M m) {
  return m.call.catalog.Now() - m.service.started();
}
std::string Port(M m) {
  const std::string& address = m.call.client.handle().local_address();
  return address.substr(address.rfind(':') + 1);
}
std::string Listener(M m) {
  const std::string& address = m.call.client.handle().local_address();
  return fmt::format("name=tcp,bind={},port={}", address.substr(0, address.rfind(':')), Port(m));
}
// What CONFIG GET shows.
std::string Setting(M m, std::string_view name) {
  const InertSetting* setting = FindInertSetting(name);
  return setting == nullptr ? std::string() : m.service.inert_settings().Get(*setting);
}
int64_t SettingBytes(M m, std::string_view name) {
  return ParseBytes(Setting(m, name)).value_or(0);
}

template <typename Of>
int64_t Most(M m, Of of) {
  int64_t most = 0;
  for (const ClientHandlePtr& client : m.clients) most = std::max<int64_t>(most, of(*client));
  return most;
}
template <typename Of>
int64_t CountClients(M m, Of of) {
  return std::count_if(m.clients.begin(), m.clients.end(),
                       [&](const ClientHandlePtr& client) { return of(*client); });
}

int64_t Dataset(M m) {
  return std::max<int64_t>(0, m.memory.allocated - m.service.first_memory());
}
int64_t Overhead(M m) {
  return m.memory.allocated - Dataset(m);
}
int64_t Channels(M m, ChannelKind kind) {
  return static_cast<int64_t>(m.service.channels().size(kind));
}

Saves::State Snapshot(M m) {
  return m.service.saves().state(SaveKind::kSnapshot);
}
Saves::State Rewrite(M m) {
  return m.service.saves().state(SaveKind::kRewrite);
}
// How long it has been running; -1: it does not.
int64_t Running(M m, const Saves::State& state) {
  return state.running ? absl::ToInt64Seconds(m.call.catalog.Now() - state.begun) : -1;
}

constexpr std::string_view kNoId = "0000000000000000000000000000000000000000";

constexpr auto kFields = std::to_array<InfoField>({
    {"server", "redis_version", [](M m) { return m.service.options().version; }},
    {"server", "redis_git_sha1", [](M) { return Say("00000000"); }},
    {"server", "redis_git_dirty", [](M) { return Say(0); }},
    {"server", "redis_build_id", [](M) { return Say("braid"); }},
    {"server", "redis_mode", [](M) { return Say("standalone"); }},
    {"server", "server_name", [](M) { return Say("braid"); }},
    {"server", "os", [](M) { return OsName(); }},
    {"server", "arch_bits", [](M) { return Say(sizeof(void*) * 8); }},
    {"server", "monotonic_clock", [](M) { return Say("POSIX clock_gettime"); }},
    {"server", "multiplexing_api", [](M) { return Say("epoll"); }},
    {"server", "gcc_version",
     [](M) { return fmt::format("{}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__); }},
    {"server", "process_id", [](M) { return Say(getpid()); }},
    {"server", "process_supervised", [](M) { return Say("no"); }},
    {"server", "run_id", [](M m) { return m.service.run_id(); }},
    {"server", "tcp_port", Port},
    {"server", "server_time_usec",
     [](M m) { return Say(absl::ToUnixMicros(m.call.catalog.Now())); }},
    {"server", "uptime_in_seconds", [](M m) { return Say(absl::ToInt64Seconds(Uptime(m))); }},
    {"server", "uptime_in_days", [](M m) { return Say(absl::ToInt64Hours(Uptime(m)) / 24); }},
    {"server", "hz", [](M m) { return Setting(m, "hz"); }},
    {"server", "configured_hz", [](M m) { return Setting(m, "hz"); }},
    {"server", "lru_clock",
     [](M m) { return Say(absl::ToUnixSeconds(m.call.catalog.Now()) & 0xffffff); }},
    {"server", "executable", [](M) { return ExecutablePath(); }},
    {"server", "config_file", [](M) { return std::string(); }},
    {"server", "io_threads_active", [](M) { return Say(0); }},
    {"server", "listener0", Listener},

    {"clients", "connected_clients", [](M m) { return Say(m.clients.size()); }},
    {"clients", "cluster_connections", [](M) { return Say(0); }},
    {"clients", "maxclients", [](M m) { return Setting(m, "maxclients"); }},
    {"clients", "client_recent_max_input_buffer",
     [](M m) { return Say(Most(m, [](ClientHandle& c) { return c.input_bytes.load(); })); }},
    {"clients", "client_recent_max_output_buffer",
     [](M m) {
       return Say(Most(m, [](ClientHandle& c) { return static_cast<int64_t>(c.outbox_bytes()); }));
     }},
    {"clients", "blocked_clients", [](M m) { return Say(m.service.clients().blocked()); }},
    {"clients", "tracking_clients", [](M) { return Say(0); }},
    {"clients", "pubsub_clients",
     [](M m) { return Say(CountClients(m, [](ClientHandle& c) { return c.subscribed(); })); }},
    {"clients", "watching_clients",
     [](M m) { return Say(CountClients(m, [](ClientHandle& c) { return c.watched > 0; })); }},

    {"memory", "used_memory", [](M m) { return Say(m.memory.allocated); }},
    {"memory", "used_memory_human", [](M m) { return HumanBytes(m.memory.allocated); }},
    {"memory", "used_memory_rss", [](M m) { return Say(m.memory.resident); }},
    {"memory", "used_memory_rss_human", [](M m) { return HumanBytes(m.memory.resident); }},
    {"memory", "used_memory_peak", [](M m) { return Say(m.peak_memory); }},
    {"memory", "used_memory_peak_human", [](M m) { return HumanBytes(m.peak_memory); }},
    {"memory", "used_memory_peak_perc",
     [](M m) { return Percent(m.memory.allocated, m.peak_memory); }},
    {"memory", "used_memory_overhead", [](M m) { return Say(Overhead(m)); }},
    {"memory", "used_memory_startup", [](M m) { return Say(m.service.first_memory()); }},
    {"memory", "used_memory_dataset", [](M m) { return Say(Dataset(m)); }},
    {"memory", "used_memory_dataset_perc",
     [](M m) { return Percent(Dataset(m), m.memory.allocated); }},
    {"memory", "allocator_allocated", [](M m) { return Say(m.memory.allocated); }},
    {"memory", "allocator_active", [](M m) { return Say(m.memory.reserved); }},
    {"memory", "allocator_resident", [](M m) { return Say(m.memory.resident); }},
    {"memory", "total_system_memory", [](M) { return Say(SystemMemoryBytes()); }},
    {"memory", "total_system_memory_human", [](M) { return HumanBytes(SystemMemoryBytes()); }},
    {"memory", "number_of_cached_scripts", [](M) { return Say(0); }},
    {"memory", "number_of_functions", [](M) { return Say(0); }},
    {"memory", "number_of_libraries", [](M) { return Say(0); }},
    {"memory", "maxmemory", [](M m) { return Say(SettingBytes(m, "maxmemory")); }},
    {"memory", "maxmemory_human", [](M m) { return HumanBytes(SettingBytes(m, "maxmemory")); }},
    {"memory", "maxmemory_policy", [](M m) { return Setting(m, "maxmemory-policy"); }},
    {"memory", "allocator_frag_ratio",
     [](M m) { return Ratio(m.memory.reserved, m.memory.allocated); }},
    {"memory", "allocator_frag_bytes",
     [](M m) { return Say(m.memory.reserved - m.memory.allocated); }},
    {"memory", "mem_fragmentation_ratio",
     [](M m) { return Ratio(m.memory.resident, m.memory.allocated); }},
    {"memory", "mem_fragmentation_bytes",
     [](M m) { return Say(m.memory.resident - m.memory.allocated); }},
    {"memory", "mem_allocator", [](M) { return Say("libc"); }},

    {"persistence", "loading", [](M) { return Say(0); }},
    {"persistence", "async_loading", [](M) { return Say(0); }},
    {"persistence", "rdb_changes_since_last_save",
     [](M m) { return Say(m.service.stats().changes() - m.service.saves().saved_changes()); }},
    {"persistence", "rdb_bgsave_in_progress", [](M m) { return Say(Snapshot(m).running ? 1 : 0); }},
    {"persistence", "rdb_last_save_time",
     [](M m) { return Say(absl::ToUnixSeconds(m.service.saves().last_save())); }},
    {"persistence", "rdb_last_bgsave_status", [](M m) { return Ok(Snapshot(m).ok); }},
    {"persistence", "rdb_last_bgsave_time_sec", [](M m) { return Say(Snapshot(m).seconds); }},
    {"persistence", "rdb_current_bgsave_time_sec",
     [](M m) { return Say(Running(m, Snapshot(m))); }},
    {"persistence", "rdb_saves", [](M m) { return Say(Snapshot(m).count); }},
    {"persistence", "aof_enabled", [](M m) { return Say(m.call.catalog.in_memory() ? 0 : 1); }},
    {"persistence", "aof_rewrite_in_progress", [](M m) { return Say(Rewrite(m).running ? 1 : 0); }},
    {"persistence", "aof_rewrite_scheduled", [](M) { return Say(0); }},
    {"persistence", "aof_last_rewrite_time_sec", [](M m) { return Say(Rewrite(m).seconds); }},
    {"persistence", "aof_current_rewrite_time_sec",
     [](M m) { return Say(Running(m, Rewrite(m))); }},
    {"persistence", "aof_last_bgrewrite_status", [](M m) { return Ok(Rewrite(m).ok); }},
    {"persistence", "aof_rewrites", [](M m) { return Say(Rewrite(m).count); }},

    {"stats", "total_connections_received",
     [](M m) { return Say(m.service.stats().connections()); }},
    {"stats", "total_commands_processed", [](M m) { return Say(m.service.stats().calls()); }},
    {"stats", "instantaneous_ops_per_sec",
     [](M m) { return Say(static_cast<int64_t>(m.calls_per_second)); }},
    {"stats", "total_net_input_bytes", [](M m) { return Say(m.service.stats().input_bytes()); }},
    {"stats", "total_net_output_bytes", [](M m) { return Say(m.service.stats().output_bytes()); }},
    {"stats", "instantaneous_input_kbps", [](M m) { return Kilobytes(m.input_per_second); }},
    {"stats", "instantaneous_output_kbps", [](M m) { return Kilobytes(m.output_per_second); }},
    {"stats", "rejected_connections", [](M) { return Say(0); }},
    {"stats", "sync_full", [](M) { return Say(0); }},
    {"stats", "sync_partial_ok", [](M) { return Say(0); }},
    {"stats", "sync_partial_err", [](M) { return Say(0); }},
    {"stats", "expired_keys", [](M m) { return Say(m.service.stats().expired()); }},
    {"stats", "evicted_keys", [](M) { return Say(0); }},
    {"stats", "evicted_clients", [](M) { return Say(0); }},
    {"stats", "keyspace_hits", [](M m) { return Say(m.service.stats().hits()); }},
    {"stats", "keyspace_misses", [](M m) { return Say(m.service.stats().misses()); }},
    {"stats", "pubsub_channels", [](M m) { return Say(Channels(m, ChannelKind::kChannel)); }},
    {"stats", "pubsub_patterns", [](M m) { return Say(Channels(m, ChannelKind::kPattern)); }},
    {"stats", "pubsubshard_channels", [](M m) { return Say(Channels(m, ChannelKind::kShard)); }},
    {"stats", "latest_fork_usec", [](M) { return Say(0); }},
    {"stats", "total_forks", [](M) { return Say(0); }},
    {"stats", "total_error_replies", [](M m) { return Say(m.service.stats().errors()); }},
    {"stats", "total_reads_processed", [](M m) { return Say(m.service.stats().reads()); }},
    {"stats", "total_writes_processed", [](M m) { return Say(m.service.stats().writes()); }},
    {"stats", "client_output_buffer_limit_disconnections",
     [](M m) { return Say(m.service.stats().output_disconnects()); }},

    {"replication", "role", [](M) { return Say("master"); }},
    {"replication", "connected_slaves", [](M) { return Say(0); }},
    {"replication", "master_failover_state", [](M) { return Say("no-failover"); }},
    {"replication", "master_replid", [](M m) { return m.service.data_id(); }},
    {"replication", "master_replid2", [](M) { return Say(kNoId); }},
    {"replication", "master_repl_offset", [](M) { return Say(0); }},
    {"replication", "second_repl_offset", [](M) { return Say(-1); }},
    {"replication", "repl_backlog_active", [](M) { return Say(0); }},
    {"replication", "repl_backlog_size", [](M m) { return Setting(m, "repl-backlog-size"); }},
    {"replication", "repl_backlog_first_byte_offset", [](M) { return Say(0); }},
    {"replication", "repl_backlog_histlen", [](M) { return Say(0); }},

    {"cpu", "used_cpu_sys", [](M) { return Seconds(MeasureCpu(CpuOf::kProcess).system); }},
    {"cpu", "used_cpu_user", [](M) { return Seconds(MeasureCpu(CpuOf::kProcess).user); }},
    {"cpu", "used_cpu_sys_children",
     [](M) { return Seconds(MeasureCpu(CpuOf::kChildren).system); }},
    {"cpu", "used_cpu_user_children", [](M) { return Seconds(MeasureCpu(CpuOf::kChildren).user); }},
    {"cpu", "used_cpu_sys_main_thread",
     [](M) { return Seconds(MeasureCpu(CpuOf::kThread).system); }},
    {"cpu", "used_cpu_user_main_thread",
     [](M) { return Seconds(MeasureCpu(CpuOf::kThread).user); }},

    {"cluster", "cluster_enabled", [](M) { return Say(0); }},
});

}  // namespace

Measured::Measured(Call& made_by)
    : call(made_by),
      service(made_by.service),
      memory(MeasureMemory()),
      peak_memory(service.NotePeakMemory(memory.allocated)),
      clients(service.clients().All()) {
  const Stats& stats = service.stats();
  const auto rates = service.rates().Look(
      call.catalog.Now(), {stats.calls(), stats.input_bytes(), stats.output_bytes()});
  calls_per_second = rates[0];
  input_per_second = rates[1];
  output_per_second = rates[2];
}

absl::Span<const InfoField> InfoFields() {
  return kFields;
}

}  // namespace braid::redis
