// CONFIG: settings under the names Redis gives them, with the values that hold here.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "braid/error.h"
#include "fmt/format.h"
#include "protocol/redis/configure.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/inert_settings.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/setting_checks.h"

namespace braid::redis {
namespace {

struct Parameter {
  std::string_view name;
  std::string (*get)(Call&);
  bool (*check)(std::string_view, std::string& error) = nullptr;  // null: cannot be changed
  void (*set)(Service&, std::string_view) = nullptr;
  bool fixed = false;  // set at the start only
};

std::string HostOf(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}
std::string PortOf(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
}

// A default of streams and groups (stream_defaults.h).
template <int64_t StreamDefaults::*member>
std::string ShowDefault(Call& call) {
  return std::to_string(call.service.stream_defaults().Get().*member);
}
template <int64_t StreamDefaults::*member>
void SetDefault(Service& service, std::string_view value) {
  service.stream_defaults().Set(
      [&](StreamDefaults& defaults) { defaults.*member = ParseInt64(value).value_or(0); });
}

// A number or a size (settings.h).
template <std::atomic<int64_t> Settings::*member>
std::string ShowNumber(Call& call) {
  return std::to_string(call.service.settings().*member);
}
template <std::atomic<int64_t> Settings::*member>
void SetNumber(Service& service, std::string_view value) {
  const auto number = ParseInt64(value);
  service.settings().*member = number ? *number : ParseBytes(value).value_or(0);
}

// By name.
constexpr auto kParameters = std::to_array<Parameter>({
    {"appendfsync",
     [](Call& call) -> std::string {
       return call.catalog.options().durability == Durability::kSync ? "always" : "no";
     }},
    {"appendonly",
     [](Call& call) -> std::string { return call.catalog.in_memory() ? "no" : "yes"; }},
    {"bind", [](Call& call) { return HostOf(call.client.handle().local_address()); }},
    {"braid-dead-letter-suffix",
     [](Call& call) { return call.service.stream_defaults().Get().dead_letter_suffix; }, CheckAny,
     [](Service& service, std::string_view value) {
       service.stream_defaults().Set([&](StreamDefaults& d) { d.dead_letter_suffix = value; });
     }},
    {"braid-max-age", ShowDefault<&StreamDefaults::max_age_ms>, CheckCount,
     SetDefault<&StreamDefaults::max_age_ms>},
    {"braid-max-deliver", ShowDefault<&StreamDefaults::max_deliver>, CheckCount,
     SetDefault<&StreamDefaults::max_deliver>},
    {"braid-max-groups", ShowDefault<&StreamDefaults::max_groups>, CheckCount,
     SetDefault<&StreamDefaults::max_groups>},
    {"braid-max-pending", ShowDefault<&StreamDefaults::max_pending>, CheckCount,
     SetDefault<&StreamDefaults::max_pending>},
    {"client-output-buffer-limit",
     [](Call& call) { return call.service.settings().output_limits(); }, CheckOutputLimits,
     [](Service& service, std::string_view value) {
       std::string error;
       service.settings().SetOutputLimits(value, /*apply=*/true, error);
     }},
    {"client-query-buffer-limit", ShowNumber<&Settings::query_buffer_limit>, CheckBytes<1 << 20>,
     SetNumber<&Settings::query_buffer_limit>},
    {"cluster-enabled", [](Call&) -> std::string { return "no"; }},
    {"databases", [](Call&) -> std::string { return std::to_string(kDatabases); }},
    {"dir",
     [](Call& call) {
       return call.catalog.in_memory() ? std::string() : call.catalog.options().data_dir;
     }},
    {"enable-debug-command",
     [](Call& call) { return std::string(NameOf(call.service.settings().debug_access)); },
     CheckDebugAccess,
     [](Service& service, std::string_view value) {
       service.settings().debug_access = ParseDebugAccess(value).value_or(DebugAccess::kNobody);
     },
     /*fixed=*/true},
    {"latency-monitor-threshold", ShowNumber<&Settings::latency_threshold_ms>, CheckCount,
     SetNumber<&Settings::latency_threshold_ms>},
    {"latency-tracking",
     [](Call& call) -> std::string {
       return call.service.settings().latency_tracking ? "yes" : "no";
     },
     CheckYesNo,
     [](Service& service, std::string_view value) {
       service.settings().latency_tracking = SameWord(value, "yes");
     }},
    {"notify-keyspace-events",
     [](Call& call) { return KeyEventLetters(call.service.settings().key_events); }, CheckKeyEvents,
     [](Service& service, std::string_view value) {
       service.settings().key_events = ParseKeyEvents(value).value_or(0);
     }},
    {"port", [](Call& call) { return PortOf(call.client.handle().local_address()); }},
    {"proto-max-bulk-len", ShowNumber<&Settings::max_bulk_bytes>, CheckBytes<1 << 20>,
     SetNumber<&Settings::max_bulk_bytes>},
    {"requirepass", [](Call& call) { return call.service.password(); }, CheckAny,
     [](Service& service, std::string_view value) { service.set_password(value); }},
    {"slowlog-log-slower-than", ShowNumber<&Settings::slowlog_slower_than>,
     CheckWithin<-1, INT64_MAX>, SetNumber<&Settings::slowlog_slower_than>},
    {"slowlog-max-len", ShowNumber<&Settings::slowlog_max_len>, CheckCount,
     SetNumber<&Settings::slowlog_max_len>},
    {"stream-idmp-duration",
     [](Call& call) { return std::to_string(call.service.idmp_duration()); }, CheckWithin<1, 86400>,
     [](Service& service, std::string_view value) {
       service.set_idmp_duration(ParseInt64(value).value_or(0));
     }},
    {"stream-idmp-maxsize", [](Call& call) { return std::to_string(call.service.idmp_max_size()); },
     CheckWithin<1, 10000>,
     [](Service& service, std::string_view value) {
       service.set_idmp_max_size(ParseInt64(value).value_or(0));
     }},
    {"stream-node-max-bytes", [](Call&) -> std::string { return "0"; }},
    {"stream-node-max-entries",
     [](Call& call) { return std::to_string(call.service.node_entries()); }, CheckCount,
     [](Service& service, std::string_view value) {
       service.set_node_entries(ParseInt64(value).value_or(0));
     }},
    {"timeout", [](Call&) -> std::string { return "0"; }},
});

// A setting, of whichever table.
struct Found {
  const Parameter* parameter = nullptr;
  const InertSetting* inert = nullptr;

  bool exists() const { return parameter != nullptr || inert != nullptr; }
  std::string_view name() const { return parameter != nullptr ? parameter->name : inert->name; }
  // While running, or at the start.
  bool Changeable(bool running) const {
    if (parameter == nullptr) return !running || !inert->fixed;
    return parameter->set != nullptr && (!running || !parameter->fixed);
  }
  std::string Get(Call& call) const {
    return parameter != nullptr ? parameter->get(call) : call.service.inert_settings().Get(*inert);
  }
  // What is wrong with the value; "" when nothing is.
  std::string Check(std::string_view value) const {
    if (inert != nullptr) return std::string(CheckValue(inert->kind, value));
    std::string error;
    parameter->check(value, error);
    return error;
  }
  void Set(Service& service, std::string_view value) const {
    if (inert != nullptr) {
      service.inert_settings().Set(*inert, value);
    } else {
      parameter->set(service, value);
    }
  }
  friend bool operator<(const Found& a, const Found& b) { return a.name() < b.name(); }
};

Found Find(std::string_view name) {
  Found found;
  for (const Parameter& parameter : kParameters) {
    if (SameWord(parameter.name, name)) found.parameter = &parameter;
  }
  if (found.parameter == nullptr) found.inert = FindInertSetting(name);
  return found;
}

std::vector<Found> All() {
  std::vector<Found> all;
  for (const Parameter& parameter : kParameters) all.push_back({&parameter, nullptr});
  for (const InertSetting& setting : AllInertSettings()) all.push_back({nullptr, &setting});
  std::sort(all.begin(), all.end());
  return all;
}

std::string CannotSet(std::string_view name, std::string_view why) {
  return fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why);
}

// Why the setting cannot be given that value; "" when it can.
std::string WhyNot(const Found& found, std::string_view value, bool running) {
  if (!found.Changeable(running)) return "can't set immutable config";
  return found.Check(value);
}

}  // namespace

absl::Status Configure(Service& service, const SettingList& settings) {
  for (const auto& [name, value] : settings) {
    const Found found = Find(name);
    const std::string why =
        found.exists() ? WhyNot(found, value, /*running=*/false) : "no such setting";
    if (!why.empty()) {
      return MakeError(Errc::kInvalidArgument, fmt::format("{} '{}': {}", name, value, why));
    }
  }
  for (const auto& [name, value] : settings) Find(name).Set(service, value);
  return absl::OkStatus();
}

void ConfigGet(Call& call) {
  std::vector<Found> found = All();
  std::erase_if(found, [&](const Found& setting) {
    const absl::Span<const std::string_view> patterns = call.args.rest();
    return std::none_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
      return GlobMatch(pattern, setting.name(), /*ignore_case=*/true);
    });
  });
  call.reply.Map(found.size());
  for (const Found& setting : found) call.reply.Field(setting.name(), setting.Get(call));
}

void ConfigSet(Call& call) {
  if (call.args.size() % 2 != 0) return call.reply.Error(WrongArity(call.command.name));
  std::map<Found, std::string_view> changes;
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    const std::string_view value = call.args.Next();
    const Found found = Find(name);
    if (!found.exists()) {
      return call.reply.Error(fmt::format(
          "ERR Unknown option or number of arguments for CONFIG SET - '{:.128}'", name));
    }
    std::string why = WhyNot(found, value, /*running=*/true);
    if (why.empty() && !changes.emplace(found, value).second) why = "duplicate parameter";
    if (!why.empty()) return call.reply.Error(CannotSet(name, why));
  }
  for (const auto& [found, value] : changes) found.Set(call.service, value);
  call.reply.Ok();
}

void ConfigRewrite(Call& call) {
  call.reply.Error("ERR The server is running without a config file");
}

void ConfigResetStat(Call& call) {
  call.service.stats().Reset();
  call.service.rates().Reset(call.catalog.Now());
  call.service.times().Reset();
  call.reply.Ok();
}

}  // namespace braid::redis
