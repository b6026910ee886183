#include "protocol/redis/info.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include "fmt/format.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

template <typename Value>
void Line(std::string& out, std::string_view name, const Value& value) {
  out += fmt::format("{}:{}\r\n", name, value);
}

std::string Hex(const std::array<uint8_t, 16>& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

std::string OsName() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

int64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long long total = 0;
  long long resident = 0;
  const int read = std::fscanf(file, "%lld %lld", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * sysconf(_SC_PAGESIZE) : 0;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void Server(Call& call, std::string& out) {
  const absl::Duration uptime = call.catalog.Now() - call.service.started();
  const std::string& address = call.client.handle().local_address();
  Line(out, "redis_version", call.service.options().version);
  Line(out, "redis_mode", "standalone");
  Line(out, "server_name", "braid");
  Line(out, "os", OsName());
  Line(out, "arch_bits", sizeof(void*) * 8);
  Line(out, "process_id", getpid());
  Line(out, "run_id", Hex(call.catalog.cluster_id()));
  Line(out, "tcp_port", address.substr(address.rfind(':') + 1));
  Line(out, "server_time_usec", absl::ToUnixMicros(call.catalog.Now()));
  Line(out, "uptime_in_seconds", absl::ToInt64Seconds(uptime));
  Line(out, "uptime_in_days", absl::ToInt64Hours(uptime) / 24);
}

void ClientsSection(Call& call, std::string& out) {
  Line(out, "connected_clients", call.service.clients().size());
  Line(out, "blocked_clients", call.service.clients().blocked());
  const std::vector<ClientHandlePtr> clients = call.service.clients().All();
  Line(out, "pubsub_clients",
       std::count_if(clients.begin(), clients.end(),
                     [](const ClientHandlePtr& client) { return client->subscribed(); }));
}

void Memory(Call&, std::string& out) {
  const struct mallinfo2 info = mallinfo2();
  Line(out, "used_memory", info.uordblks + info.hblkhd);
  Line(out, "used_memory_rss", ResidentBytes());
  Line(out, "maxmemory", 0);
  Line(out, "maxmemory_policy", "noeviction");
}

void Persistence(Call& call, std::string& out) {
  Line(out, "loading", 0);
  Line(out, "rdb_changes_since_last_save", 0);
  Line(out, "rdb_bgsave_in_progress", 0);
  Line(out, "aof_enabled", call.catalog.in_memory() ? 0 : 1);
}

void StatsSection(Call& call, std::string& out) {
  Line(out, "total_connections_received", call.service.stats().connections());
  Line(out, "total_commands_processed", call.service.stats().calls());
  Line(out, "total_error_replies", call.service.stats().errors());
  Line(out, "pubsub_channels", call.service.channels().size(ChannelKind::kChannel));
  Line(out, "pubsub_patterns", call.service.channels().size(ChannelKind::kPattern));
  Line(out, "pubsubshard_channels", call.service.channels().size(ChannelKind::kShard));
  Line(out, "client_output_buffer_limit_disconnections", call.service.stats().output_disconnects());
}

void Replication(Call&, std::string& out) {
  Line(out, "role", "master");
  Line(out, "connected_slaves", 0);
}

void Cpu(Call&, std::string& out) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  Line(out, "used_cpu_sys", fmt::format("{:.6f}", Seconds(usage.ru_stime)));
  Line(out, "used_cpu_user", fmt::format("{:.6f}", Seconds(usage.ru_utime)));
}

void Modules(Call&, std::string&) {}

void CommandStats(Call& call, std::string& out) {
  for (const Command& command : Commands()) {
    const Stats::CommandCounts counts = call.service.stats().counts(command);
    if (counts.calls == 0 && counts.rejected == 0) continue;
    out += fmt::format("cmdstat_{}:calls={},rejected_calls={},failed_calls={}\r\n", command.name,
                       counts.calls, counts.rejected, counts.failed);
  }
}

void ErrorStats(Call& call, std::string& out) {
  for (const auto& [word, count] : call.service.stats().error_counts()) {
    out += fmt::format("errorstat_{}:count={}\r\n", word, count);
  }
}

void Cluster(Call&, std::string& out) {
  Line(out, "cluster_enabled", 0);
}

void Keyspace(Call& call, std::string& out) {
  int database = 0;
  for (const DatabaseStats& stats : StatsOf(call)) {
    if (stats.keys > 0) {
      out += fmt::format("db{}:keys={},expires={},avg_ttl={}\r\n", database, stats.keys,
                         stats.expires, stats.average_ttl_ms);
    }
    ++database;
  }
}

struct Section {
  std::string_view name;
  std::string_view title;
  void (*write)(Call&, std::string&);
  bool by_default = true;
};

constexpr auto kSections = std::to_array<Section>({
    {"server", "Server", Server},
    {"clients", "Clients", ClientsSection},
    {"memory", "Memory", Memory},
    {"persistence", "Persistence", Persistence},
    {"stats", "Stats", StatsSection},
    {"replication", "Replication", Replication},
    {"cpu", "CPU", Cpu},
    {"modules", "Modules", Modules},
    {"commandstats", "Commandstats", CommandStats, false},
    {"errorstats", "Errorstats", ErrorStats},
    {"cluster", "Cluster", Cluster},
    {"keyspace", "Keyspace", Keyspace},
});

bool Wants(const std::vector<std::string>& names, const Section& section) {
  if (names.empty()) return section.by_default;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return name == section.name || name == "all" || name == "everything" ||
           (name == "default" && section.by_default);
  });
}

}  // namespace

std::string InfoText(Call& call, const std::vector<std::string>& sections) {
  std::string out;
  for (const Section& section : kSections) {
    if (!Wants(sections, section)) continue;
    if (!out.empty()) out += "\r\n";
    out += fmt::format("# {}\r\n", section.title);
    section.write(call, out);
  }
  return out;
}

}  // namespace braid::redis
