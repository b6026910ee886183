// CONFIG: settings under the names Redis gives them, with the values that hold here.
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fmt/format.h"
#include "protocol/redis/glob.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/notify.h"

namespace braid::redis {
namespace {

struct Parameter {
  std::string_view name;
  std::string (*get)(Call&);
  bool (*check)(std::string_view, std::string& error) = nullptr;  // null: cannot be changed
  void (*set)(Service&, std::string_view) = nullptr;
};

bool CheckAny(std::string_view, std::string&) {
  return true;
}

bool CheckCount(std::string_view value, std::string& error) {
  const auto count = ParseInt64(value);
  if (!count) error = "argument couldn't be parsed into an integer";
  if (count && *count < 0) {
    error = "argument must be between 0 and 9223372036854775807 inclusive";
  }
  return error.empty();
}

bool CheckKeyEvents(std::string_view value, std::string& error) {
  if (!ParseKeyEvents(value)) {
    error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
  }
  return error.empty();
}

bool CheckOutputLimits(std::string_view value, std::string& error) {
  return Settings().SetOutputLimits(value, /*apply=*/false, error);
}

std::string HostOf(const std::string& address) {
  return address.substr(0, address.rfind(':'));
}
std::string PortOf(const std::string& address) {
  return address.substr(address.rfind(':') + 1);
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
    {"client-output-buffer-limit",
     [](Call& call) { return call.service.settings().output_limits(); }, CheckOutputLimits,
     [](Service& service, std::string_view value) {
       std::string error;
       service.settings().SetOutputLimits(value, /*apply=*/true, error);
     }},
    {"cluster-enabled", [](Call&) -> std::string { return "no"; }},
    {"databases", [](Call&) -> std::string { return "1"; }},
    {"dir",
     [](Call& call) {
       return call.catalog.in_memory() ? std::string() : call.catalog.options().data_dir;
     }},
    {"maxmemory", [](Call&) -> std::string { return "0"; }},
    {"maxmemory-policy", [](Call&) -> std::string { return "noeviction"; }},
    {"notify-keyspace-events",
     [](Call& call) { return KeyEventLetters(call.service.settings().key_events); }, CheckKeyEvents,
     [](Service& service, std::string_view value) {
       service.settings().key_events = ParseKeyEvents(value).value_or(0);
     }},
    {"port", [](Call& call) { return PortOf(call.client.handle().local_address()); }},
    {"proto-max-bulk-len",
     [](Call& call) { return std::to_string(call.service.options().limits.max_bulk_bytes); }},
    {"requirepass", [](Call& call) { return call.service.password(); }, CheckAny,
     [](Service& service, std::string_view value) { service.set_password(value); }},
    {"save", [](Call&) -> std::string { return ""; }},
    {"stream-node-max-bytes", [](Call&) -> std::string { return "0"; }},
    {"stream-node-max-entries",
     [](Call& call) { return std::to_string(call.service.node_entries()); }, CheckCount,
     [](Service& service, std::string_view value) {
       service.set_node_entries(ParseInt64(value).value_or(0));
     }},
    {"timeout", [](Call&) -> std::string { return "0"; }},
});

const Parameter* FindParameter(std::string_view name) {
  for (const Parameter& parameter : kParameters) {
    if (SameWord(parameter.name, name)) return &parameter;
  }
  return nullptr;
}

std::string CannotSet(std::string_view name, std::string_view why) {
  return fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why);
}

}  // namespace

void ConfigGet(Call& call) {
  std::vector<const Parameter*> found;
  for (const Parameter& parameter : kParameters) {
    for (const std::string_view pattern : call.args.rest()) {
      if (!GlobMatch(pattern, parameter.name, /*ignore_case=*/true)) continue;
      found.push_back(&parameter);
      break;
    }
  }
  call.reply.Map(found.size());
  for (const Parameter* parameter : found) {
    call.reply.Field(parameter->name, parameter->get(call));
  }
}

void ConfigSet(Call& call) {
  if (call.args.size() % 2 != 0) return call.reply.Error(WrongArity(call.command.name));
  std::vector<std::pair<const Parameter*, std::string_view>> changes;
  std::set<const Parameter*> seen;
  while (!call.args.empty()) {
    const std::string_view name = call.args.Next();
    const std::string_view value = call.args.Next();
    const Parameter* parameter = FindParameter(name);
    if (parameter == nullptr) {
      return call.reply.Error(fmt::format(
          "ERR Unknown option or number of arguments for CONFIG SET - '{:.128}'", name));
    }
    if (parameter->set == nullptr) {
      return call.reply.Error(CannotSet(name, "can't set immutable config"));
    }
    if (!seen.insert(parameter).second) {
      return call.reply.Error(CannotSet(name, "duplicate parameter"));
    }
    std::string error;
    if (!parameter->check(value, error)) return call.reply.Error(CannotSet(name, error));
    changes.emplace_back(parameter, value);
  }
  for (const auto& [parameter, value] : changes) parameter->set(call.service, value);
  call.reply.Ok();
}

void ConfigResetStat(Call& call) {
  call.service.stats().Reset();
  call.reply.Ok();
}

}  // namespace braid::redis
