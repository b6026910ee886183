#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include "braid/error.h"
#include "tools/cli/redis_server.h"

namespace braid::cli {
namespace {

absl::Status Bad(const Directive& directive, std::string_view why) {
  return MakeError(Errc::kInvalidArgument, fmt::format("{}\n>>> '{}'", why, directive.line));
}

constexpr std::string_view kBadDirective = "Bad directive or wrong number of arguments";

absl::Status TakeYesNo(const Directive& directive, bool& value) {
  const std::string text = directive.joined();
  if (text != "yes" && text != "no") return Bad(directive, "argument must be 'yes' or 'no'");
  value = text == "yes";
  return absl::OkStatus();
}

absl::Status TakePort(const Directive& directive, int& port) {
  const std::string text = directive.joined();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535) {
    return Bad(directive, "argument must be between 0 and 65535 inclusive");
  }
  return absl::OkStatus();
}

absl::Status TakeFsync(const Directive& directive, std::string& policy) {
  policy = directive.joined();
  if (policy == "always" || policy == "everysec" || policy == "no") return absl::OkStatus();
  return Bad(directive, "argument must be one of the following: everysec, always, no");
}

// An address of this machine, the first that is one: "-::1" may fail, and "*" is all.
std::string HostOf(const std::vector<std::string>& addresses) {
  for (std::string_view address : addresses) {
    if (address.starts_with('-')) address.remove_prefix(1);
    if (address == "*") return "0.0.0.0";
    if (address.find(':') == std::string_view::npos) return std::string(address);
  }
  return "127.0.0.1";
}

// What would make the server something that Braid is not; "" when it does not.
std::string_view Impossible(const Directive& directive) {
  const std::string value = directive.joined();
  if (directive.name == "cluster-enabled" && value == "yes") return "Braid is no cluster";
  if ((directive.name == "replicaof" || directive.name == "slaveof") && value != "no one") {
    return "Braid has no replicas";
  }
  if (directive.name == "loadmodule") return "Braid has no modules";
  if (directive.name == "tls-port" && value != "0") return "Braid's Redis listener has no TLS yet";
  if (directive.name == "databases") {
    int count = 0;
    std::from_chars(value.data(), value.data() + value.size(), count);
    if (count < 1 || count > 16) return "Braid has 16 databases";
  }
  if (directive.name == "aclfile" && !value.empty()) return "Braid has one user, default";
  return {};
}

absl::Status Take(const Directive& directive, RedisServerConfig& config) {
  const std::map<std::string_view, std::string RedisServerConfig::*> texts = {
      {"dir", &RedisServerConfig::dir},
      {"dbfilename", &RedisServerConfig::snapshot_file},
      {"appenddirname", &RedisServerConfig::append_dir},
      {"logfile", &RedisServerConfig::log_file},
      {"loglevel", &RedisServerConfig::log_level},
      {"pidfile", &RedisServerConfig::pid_file},
      {"redis-version", &RedisServerConfig::version},
  };
  if (directive.values.empty()) return Bad(directive, kBadDirective);
  if (const std::string_view why = Impossible(directive); !why.empty()) return Bad(directive, why);
  if (directive.name == "port") return TakePort(directive, config.port);
  if (directive.name == "appendonly") return TakeYesNo(directive, config.append_only);
  if (directive.name == "daemonize") return TakeYesNo(directive, config.daemonize);
  if (directive.name == "appendfsync") return TakeFsync(directive, config.append_fsync);
  if (directive.name == "bind") {
    config.bind = HostOf(directive.values);
  } else if (directive.name == "save") {
    // Each one adds save points; the empty one takes them all away.
    if (directive.joined().empty()) {
      config.save.clear();
    } else {
      config.save += (config.save.empty() ? "" : " ") + directive.joined();
    }
  } else if (const auto text = texts.find(directive.name); text != texts.end()) {
    if (directive.values.size() != 1) return Bad(directive, kBadDirective);
    config.*(text->second) = directive.values.front();
  } else if (directive.name != "replicaof" && directive.name != "slaveof" &&
             directive.name != "aclfile" && directive.name != "cluster-enabled" &&
             directive.name != "databases") {
    config.settings.emplace_back(directive.name, directive.joined());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RedisServerConfig> ToRedisServerConfig(const std::vector<Directive>& directives) {
  RedisServerConfig config;
  // Save points that are given replace those that nobody gave.
  if (std::any_of(directives.begin(), directives.end(),
                  [](const Directive& directive) { return directive.name == "save"; })) {
    config.save.clear();
  }
  for (const Directive& directive : directives) {
    if (absl::Status s = Take(directive, config); !s.ok()) return s;
  }
  if (config.port == 0) {
    return MakeError(Errc::kInvalidArgument,
                     "port 0 would leave a Unix socket only, which Braid does not listen on");
  }
  config.settings.emplace_back("save", config.save);
  config.settings.emplace_back("dbfilename", config.snapshot_file);
  config.settings.emplace_back("logfile", config.log_file);
  config.settings.emplace_back("loglevel", config.log_level);
  config.settings.emplace_back("pidfile", config.pid_file);
  config.settings.emplace_back("daemonize", config.daemonize ? "yes" : "no");
  return config;
}

BrokerOptions ToBrokerOptions(const RedisServerConfig& config) {
  BrokerOptions options;
  options.kafka.clear();
  options.nats.clear();
  options.http.clear();
  options.redis = fmt::format("{}:{}", config.bind, config.port);
  options.redis_version = config.version;
  options.redis_settings = config.settings;
  if (config.append_only) {
    options.engine.data_dir = config.append_dir;
  } else if (!config.save.empty()) {
    options.engine.data_dir = config.snapshot_file + ".d";
  }
  if (config.append_only && config.append_fsync == "always") {
    options.engine.durability = Durability::kSync;
  } else if (config.append_only && config.append_fsync == "everysec") {
    options.engine.durability = Durability::kInterval;
    options.engine.sync_interval = absl::Seconds(1);
  }
  return options;
}

}  // namespace braid::cli
