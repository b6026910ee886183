// The command line of nats-server, and the broker that it asks for.
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "braid/error.h"
#include "tools/cli/nats_server.h"

namespace braid::cli {
namespace {

absl::Status Bad(std::string why) {
  return MakeError(Errc::kInvalidArgument, std::move(why));
}

enum class Takes : uint8_t { kNothing, kText, kNumber, kIgnored, kIgnoredText, kRefused };

struct FlagRow {
  std::string_view name;  // without dashes
  Takes takes;
  bool* (*flag)(NatsServerConfig&) = nullptr;
  std::string* (*text)(NatsServerConfig&) = nullptr;
  int64_t* (*number)(NatsServerConfig&) = nullptr;
};

#define BRAID_FLAG(member) \
  Takes::kNothing, [](NatsServerConfig& c) { return &c.member; }, nullptr, nullptr
#define BRAID_TEXT(member) \
  Takes::kText, nullptr, [](NatsServerConfig& c) { return &c.member; }, nullptr
#define BRAID_NUMBER(member) \
  Takes::kNumber, nullptr, nullptr, [](NatsServerConfig& c) { return &c.member; }

constexpr FlagRow kFlags[] = {
    {"a", BRAID_TEXT(host)},
    {"addr", BRAID_TEXT(host)},
    {"net", BRAID_TEXT(host)},
    {"p", BRAID_NUMBER(port)},
    {"port", BRAID_NUMBER(port)},
    {"n", BRAID_TEXT(service.server_name)},
    {"name", BRAID_TEXT(service.server_name)},
    {"server_name", BRAID_TEXT(service.server_name)},
    {"P", BRAID_TEXT(pid_file)},
    {"pid", BRAID_TEXT(pid_file)},
    {"ports_file_dir", BRAID_TEXT(ports_dir)},
    {"m", BRAID_NUMBER(http_port)},
    {"http_port", BRAID_NUMBER(http_port)},
    {"c", BRAID_TEXT(config_file)},
    {"config", BRAID_TEXT(config_file)},
    {"t", BRAID_FLAG(check_only)},
    {"sl", BRAID_TEXT(signal)},
    {"signal", BRAID_TEXT(signal)},
    {"js", BRAID_FLAG(jetstream)},
    {"jetstream", BRAID_FLAG(jetstream)},
    {"sd", BRAID_TEXT(store_dir)},
    {"store_dir", BRAID_TEXT(store_dir)},
    {"user", BRAID_TEXT(user)},
    {"pass", BRAID_TEXT(password)},
    {"auth", BRAID_TEXT(token)},
    {"client_advertise", BRAID_TEXT(service.advertised)},
    {"l", BRAID_TEXT(log_file)},
    {"log", BRAID_TEXT(log_file)},
    {"T", BRAID_FLAG(log_time)},
    {"logtime", BRAID_FLAG(log_time)},
    {"D", BRAID_FLAG(debug)},
    {"debug", BRAID_FLAG(debug)},
    {"V", BRAID_FLAG(trace)},
    {"trace", BRAID_FLAG(trace)},
    {"VV", BRAID_FLAG(trace)},
    {"DV", BRAID_FLAG(debug)},
    {"DVV", BRAID_FLAG(debug)},
    {"v", BRAID_FLAG(version)},
    {"version", BRAID_FLAG(version)},
    {"h", BRAID_FLAG(help)},
    {"help", BRAID_FLAG(help)},
    {"nats-version", BRAID_TEXT(service.version)},
    // Of a cluster, which this never is, or of looking into the process.
    {"cluster", Takes::kIgnoredText},
    {"cluster_listen", Takes::kIgnoredText},
    {"cluster_name", Takes::kIgnoredText},
    {"cluster_advertise", Takes::kIgnoredText},
    {"routes", Takes::kIgnoredText},
    {"connect_retries", Takes::kIgnoredText},
    {"no_advertise", Takes::kIgnored},
    {"profile", Takes::kIgnoredText},
    {"log_size_limit", Takes::kIgnoredText},
    {"max_traced_msg_len", Takes::kIgnoredText},
    {"s", Takes::kRefused},
    {"syslog", Takes::kRefused},
    {"r", Takes::kRefused},
    {"remote_syslog", Takes::kRefused},
    {"ms", Takes::kRefused},
    {"https_port", Takes::kRefused},
    {"tls", Takes::kRefused},
    {"tlscert", Takes::kRefused},
    {"tlskey", Takes::kRefused},
    {"tlscacert", Takes::kRefused},
    {"tlsverify", Takes::kRefused},
};

#undef BRAID_FLAG
#undef BRAID_TEXT
#undef BRAID_NUMBER

// One flag and what it is given. "-k v", "-k=v", "--k v"; a flag that takes nothing may be
// "=false".
absl::Status TakeFlag(const FlagRow& row, const std::string& value, NatsServerConfig& config) {
  switch (row.takes) {
    case Takes::kNothing:
      *row.flag(config) = value.empty() || ConfWord(value).flag;
      if (row.name.starts_with("DV")) config.trace = config.debug;
      break;
    case Takes::kText:
      *row.text(config) = value;
      break;
    case Takes::kNumber: {
      const ConfValue number = ConfWord(value);
      if (number.kind != ConfValue::Kind::kNumber) {
        return Bad(fmt::format("invalid value \"{}\" for flag -{}: parse error", value, row.name));
      }
      *row.number(config) = number.number;
      break;
    }
    case Takes::kRefused:
      return Bad(fmt::format("flag -{} is not supported", row.name));
    case Takes::kIgnored:
    case Takes::kIgnoredText:
      break;
  }
  return absl::OkStatus();
}

absl::Status TakeFlags(const std::vector<std::string>& arguments, NatsServerConfig& config) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") continue;
    if (argument.size() < 2 || argument[0] != '-') {
      if (argument == "version") config.version = true;
      if (argument == "help") config.help = true;
      if (config.version || config.help) continue;
      return Bad(fmt::format("unrecognized command: \"{}\"", argument));
    }
    const size_t begin = argument[1] == '-' ? 2 : 1;
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(begin, equals - begin);
    const FlagRow* row = nullptr;
    for (const FlagRow& known : kFlags) {
      if (known.name == name) row = &known;
    }
    if (row == nullptr) return Bad(fmt::format("flag provided but not defined: -{}", name));
    const bool valued = row->takes == Takes::kText || row->takes == Takes::kNumber ||
                        row->takes == Takes::kIgnoredText;
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (valued) {
      if (++i == arguments.size()) return Bad(fmt::format("flag needs an argument: -{}", name));
      value = arguments[i];
    }
    if (absl::Status s = TakeFlag(*row, value, config); !s.ok()) return s;
  }
  return absl::OkStatus();
}

std::string Address(const std::string& host, int64_t port) {
  const bool v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port < 0 ? 0 : port);
}

}  // namespace

absl::StatusOr<NatsServerConfig> ToNatsServerConfig(const std::vector<std::string>& arguments) {
  NatsServerConfig config;
  config.service.server_name = "";
  NatsServerConfig flags = config;
  if (absl::Status s = TakeFlags(arguments, flags); !s.ok()) return s;
  if (flags.version || flags.help || flags.config_file.empty()) return flags;
  const auto conf = ReadConf(flags.config_file);
  if (!conf.ok()) return conf.status();
  if (absl::Status s = ApplyConf(*conf, config); !s.ok()) return s;
  if (absl::Status s = TakeFlags(arguments, config); !s.ok()) return s;  // flags beat the file
  return config;
}

absl::StatusOr<BrokerOptions> ToBrokerOptions(const NatsServerConfig& config) {
  nats::ServiceOptions service = config.service;
  service.jetstream = config.jetstream;
  if (!config.token.empty()) service.authorization.token = config.token;
  if (!config.user.empty()) {
    service.authorization.users.push_back({.user = config.user, .password = config.password});
  }
  if (absl::Status s = nats::Authorization::Validate(service.authorization); !s.ok()) return s;
  if (config.lame_duck.duration < config.lame_duck.grace_period) {
    return MakeError(Errc::kInvalidArgument,
                     "lame_duck_grace_period has to be less than lame_duck_duration");
  }
  if (service.limits.max_payload > (size_t{64} << 20) ||
      service.limits.max_payload > service.max_pending) {
    return MakeError(Errc::kInvalidArgument,
                     "max_payload can be 64MB at most, and not more than max_pending");
  }
  BrokerOptions options;
  options.kafka.clear();
  options.redis.clear();
  options.http.clear();
  options.nats = Address(config.host, config.port == 0 ? NatsServerConfig().port : config.port);
  if (config.http_port != 0) {
    options.http =
        Address(config.http_host.empty() ? config.host : config.http_host, config.http_port);
  }
  if (config.websocket_port != 0) {
    options.nats_websocket = Address(
        config.websocket_host.empty() ? config.host : config.websocket_host, config.websocket_port);
  }
  if (config.jetstream) {
    const std::filesystem::path dir = config.store_dir.empty()
                                          ? std::filesystem::temp_directory_path() / "nats"
                                          : std::filesystem::path(config.store_dir);
    options.engine.data_dir = dir.filename() == "jetstream" ? dir : dir / "jetstream";
    service.store_dir = options.engine.data_dir;
  }
  if (config.sync_interval == "always") {
    options.engine.durability = Durability::kSync;
  } else if (!config.sync_interval.empty()) {
    ConfValue value;
    value.kind = ConfValue::Kind::kText;
    value.text = config.sync_interval;
    const auto interval = ConfDuration(value);
    if (!interval.ok()) return interval.status();
    options.engine.durability = Durability::kInterval;
    options.engine.sync_interval = *interval;
  }
  options.nats_options = std::make_shared<nats::ServiceOptions>(std::move(service));
  return options;
}

}  // namespace braid::cli
