#include "protocol/redis/info.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "fmt/format.h"
#include "protocol/redis/info_fields.h"
#include "protocol/redis/keyspace.h"

namespace braid::redis {
namespace {

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
  void (*list)(Call&, std::string&) = nullptr;  // of sections that are lists
  bool by_default = true;
};

constexpr auto kSections = std::to_array<Section>({
    {"server", "Server"},
    {"clients", "Clients"},
    {"memory", "Memory"},
    {"persistence", "Persistence"},
    {"stats", "Stats"},
    {"replication", "Replication"},
    {"cpu", "CPU"},
    {"modules", "Modules"},
    {"commandstats", "Commandstats", CommandStats, false},
    {"errorstats", "Errorstats", ErrorStats},
    {"latencystats", "Latencystats", nullptr, false},  // nothing of it is measured
    {"cluster", "Cluster"},
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
  const Measured measured(call);
  std::string out;
  for (const Section& section : kSections) {
    if (!Wants(sections, section)) continue;
    if (!out.empty()) out += "\r\n";
    out += fmt::format("# {}\r\n", section.title);
    for (const InfoField& field : InfoFields()) {
      if (field.section != section.name) continue;
      out += fmt::format("{}:{}\r\n", field.name, field.value(measured));
    }
    if (section.list != nullptr) section.list(call, out);
  }
  return out;
}

}  // namespace braid::redis
