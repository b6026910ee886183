// What a configuration file of nats-server means for Braid.
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <type_traits>

#include "absl/types/span.h"

#include "braid/error.h"
#include "tools/cli/nats_server.h"

namespace braid::cli {
namespace {

using Kind = ConfValue::Kind;

absl::Status Bad(const ConfValue& value, std::string_view why) {
  return MakeError(Errc::kInvalidArgument, fmt::format("{}: {}", value.place, why));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

using Apply = absl::Status (*)(const ConfValue& value, NatsServerConfig& config);

struct Row {
  std::string_view key;  // lower case
  Apply apply;
};

template <auto Member>
absl::Status Text(const ConfValue& value, NatsServerConfig& config) {
  if (value.kind == Kind::kMap || value.kind == Kind::kArray)
    return Bad(value, "a text was expected");
  std::invoke(Member, config) = value.text;
  return absl::OkStatus();
}

template <auto Member>
absl::Status Flag(const ConfValue& value, NatsServerConfig& config) {
  if (value.kind != Kind::kFlag) return Bad(value, "true or false was expected");
  std::invoke(Member, config) = value.flag;
  return absl::OkStatus();
}

template <auto Member>
absl::Status Time(const ConfValue& value, NatsServerConfig& config) {
  const auto time = ConfDuration(value);
  if (!time.ok()) return time.status();
  std::invoke(Member, config) = *time;
  return absl::OkStatus();
}

// Into any integer.
template <auto Member>
absl::Status Number(const ConfValue& value, NatsServerConfig& config) {
  if (value.kind != Kind::kNumber) return Bad(value, "a number was expected");
  auto& target = std::invoke(Member, config);
  target = static_cast<std::remove_reference_t<decltype(target)>>(value.number);
  return absl::OkStatus();
}

// "host:port", ":port" or a port.
absl::Status HostPort(const ConfValue& value, std::string& host, int64_t& port) {
  const size_t colon = value.text.rfind(':');
  if (value.kind == Kind::kNumber) {
    port = value.number;
  } else if (value.kind == Kind::kText && colon != std::string::npos) {
    if (colon > 0) host = value.text.substr(0, colon);
    char* end = nullptr;
    port = std::strtol(value.text.c_str() + colon + 1, &end, 10);
    if (*end != '\0' || end == value.text.c_str() + colon + 1) return Bad(value, "no port");
  } else {
    return Bad(value, "HOST:PORT or a port was expected");
  }
  return absl::OkStatus();
}

// Lets the members of a structure of the options be named as one template argument.
#define BRAID_OPTION(path)            \
  [](NatsServerConfig & c) -> auto& { \
    return c.path;                    \
  }

absl::Status Refused(const ConfValue& value, NatsServerConfig&) {
  if (value.kind == Kind::kFlag && !value.flag) return absl::OkStatus();
  return Bad(value, "not supported");
}
// What can only matter in a cluster, or to somebody who looks into the process.
absl::Status Ignored(const ConfValue&, NatsServerConfig&) {
  return absl::OkStatus();
}

absl::Status ApplyRows(const ConfValue& map, absl::Span<const Row> rows, NatsServerConfig& config) {
  if (map.kind != Kind::kMap) return Bad(map, "a map was expected");
  for (const ConfEntry& entry : map.map) {
    const std::string key = Lower(entry.key);
    const Row* found = nullptr;
    for (const Row& row : rows) {
      if (row.key == key) found = &row;
    }
    if (found == nullptr) return Bad(entry.value, fmt::format("unknown field \"{}\"", entry.key));
    absl::Status applied = found->apply(entry.value, config);
    if (!applied.ok() && applied.message() == fmt::format("{}: not supported", entry.value.place)) {
      return Bad(entry.value, fmt::format("\"{}\" is not supported", entry.key));
    }
    if (!applied.ok()) return applied;
  }
  return absl::OkStatus();
}

absl::Status SyncInterval(const ConfValue& value, NatsServerConfig& config) {
  if (value.text != "always") {
    if (const auto time = ConfDuration(value); !time.ok()) return time.status();
  }
  config.sync_interval = value.text;
  return absl::OkStatus();
}

constexpr Row kJetStream[] = {
    {"enabled", &Flag<&NatsServerConfig::jetstream>},
    {"enable", &Flag<&NatsServerConfig::jetstream>},
    {"store_dir", &Text<&NatsServerConfig::store_dir>},
    {"storedir", &Text<&NatsServerConfig::store_dir>},
    {"max_memory_store", &Number<BRAID_OPTION(service.max_memory)>},
    {"max_mem_store", &Number<BRAID_OPTION(service.max_memory)>},
    {"max_mem", &Number<BRAID_OPTION(service.max_memory)>},
    {"max_file_store", &Number<BRAID_OPTION(service.max_store)>},
    {"max_file", &Number<BRAID_OPTION(service.max_store)>},
    {"sync_interval", &SyncInterval},
    {"sync", &SyncInterval},
    {"strict", &Flag<BRAID_OPTION(service.strict)>},
    {"max_outstanding_catchup", &Ignored},
    {"unique_tag", &Ignored},
    {"extension_hint", &Ignored},
    {"domain", &Refused},
    {"cipher", &Refused},
    {"key", &Refused},
    {"limits", &Refused},
};

absl::Status JetStream(const ConfValue& value, NatsServerConfig& config) {
  const std::string text = Lower(value.text);
  config.jetstream = value.kind == Kind::kMap || (value.kind == Kind::kFlag && value.flag) ||
                     text == "enabled" || text == "enable";
  return value.kind == Kind::kMap ? ApplyRows(value, kJetStream, config) : absl::OkStatus();
}

absl::Status WebsocketListen(const ConfValue& value, NatsServerConfig& config) {
  return HostPort(value, config.websocket_host, config.websocket_port);
}

constexpr Row kWebsocket[] = {
    {"host", &Text<&NatsServerConfig::websocket_host>},
    {"net", &Text<&NatsServerConfig::websocket_host>},
    {"port", &Number<&NatsServerConfig::websocket_port>},
    {"listen", &WebsocketListen},
    {"no_tls", &Flag<BRAID_OPTION(websocket_no_tls)>},
    {"compression", &Ignored},  // declined in each handshake
    {"handshake_timeout", &Ignored},
    {"same_origin", &Refused},
    {"allowed_origins", &Refused},
    {"tls", &Refused},
    {"authorization", &Refused},
    {"jwt_cookie", &Refused},
};

absl::Status Websocket(const ConfValue& value, NatsServerConfig& config) {
  if (absl::Status s = ApplyRows(value, kWebsocket, config); !s.ok()) return s;
  if (!config.websocket_no_tls) {
    return Bad(value, "websocket requires TLS configuration, or no_tls: true");
  }
  return absl::OkStatus();
}

absl::Status Listen(const ConfValue& value, NatsServerConfig& config) {
  return HostPort(value, config.host, config.port);
}
absl::Status Http(const ConfValue& value, NatsServerConfig& config) {
  return HostPort(value, config.http_host, config.http_port);
}
absl::Status Authorize(const ConfValue& value, NatsServerConfig& config) {
  return ApplyAuthorization(value, config.service.authorization);
}
absl::Status Accounts(const ConfValue& value, NatsServerConfig& config) {
  return ApplyAccounts(value, config.service.authorization);
}
absl::Status SystemAccount(const ConfValue& value, NatsServerConfig&) {
  if (value.text == nats::kSystemAccount) return absl::OkStatus();
  return Bad(value, "not supported");
}

constexpr Row kServer[] = {
    {"listen", &Listen},
    {"host", &Text<&NatsServerConfig::host>},
    {"net", &Text<&NatsServerConfig::host>},
    {"addr", &Text<&NatsServerConfig::host>},
    {"port", &Number<&NatsServerConfig::port>},
    {"server_name", &Text<BRAID_OPTION(service.server_name)>},
    {"client_advertise", &Text<BRAID_OPTION(service.advertised)>},
    {"http", &Http},
    {"http_port", &Number<&NatsServerConfig::http_port>},
    {"monitor_port", &Number<&NatsServerConfig::http_port>},
    {"max_payload", &Number<BRAID_OPTION(service.limits.max_payload)>},
    {"max_control_line", &Number<BRAID_OPTION(service.limits.max_control_line)>},
    {"max_connections", &Number<BRAID_OPTION(service.max_connections)>},
    {"max_conn", &Number<BRAID_OPTION(service.max_connections)>},
    {"max_subscriptions", &Number<BRAID_OPTION(service.max_subscriptions)>},
    {"max_subs", &Number<BRAID_OPTION(service.max_subscriptions)>},
    {"max_pending", &Number<BRAID_OPTION(service.max_pending)>},
    {"write_deadline", &Time<BRAID_OPTION(service.write_deadline)>},
    {"ping_interval", &Time<BRAID_OPTION(service.ping_interval)>},
    {"ping_max", &Number<BRAID_OPTION(service.max_pings_out)>},
    {"lame_duck_duration", &Time<BRAID_OPTION(lame_duck.duration)>},
    {"lame_duck_grace_period", &Time<BRAID_OPTION(lame_duck.grace_period)>},
    {"authorization", &Authorize},
    {"accounts", &Accounts},
    {"no_auth_user", &Text<BRAID_OPTION(service.authorization.no_auth_user)>},
    {"system_account", &SystemAccount},
    {"jetstream", &JetStream},
    {"websocket", &Websocket},
    {"debug", &Flag<&NatsServerConfig::debug>},
    {"trace", &Flag<&NatsServerConfig::trace>},
    {"logtime", &Flag<&NatsServerConfig::log_time>},
    {"log_file", &Text<&NatsServerConfig::log_file>},
    {"logfile", &Text<&NatsServerConfig::log_file>},
    {"pidfile", &Text<&NatsServerConfig::pid_file>},
    {"pid_file", &Text<&NatsServerConfig::pid_file>},
    {"ports_file_dir", &Text<&NatsServerConfig::ports_dir>},
    {"server_tags", &Ignored},
    {"connect_error_reports", &Ignored},
    {"reconnect_error_reports", &Ignored},
    {"prof_port", &Ignored},
    {"logfile_size_limit", &Ignored},
    {"max_traced_msg_len", &Ignored},
    {"disable_sublist_cache", &Ignored},
    {"cluster", &Refused},
    {"gateway", &Refused},
    {"leafnodes", &Refused},
    {"leaf", &Refused},
    {"mqtt", &Refused},
    {"tls", &Refused},
    {"https", &Refused},
    {"https_port", &Refused},
    {"operator", &Refused},
    {"resolver", &Refused},
    {"resolver_preload", &Refused},
    {"mappings", &Refused},
    {"default_permissions", &Refused},
    {"syslog", &Refused},
    {"remote_syslog", &Refused},
};

#undef BRAID_OPTION

}  // namespace

absl::Status ApplyConf(const ConfValue& conf, NatsServerConfig& config) {
  // A key of one's own may be there for $NAME to name it.
  ConfValue known = conf;
  std::erase_if(known.map, [](const ConfEntry& entry) {
    return entry.key.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") ==
           std::string::npos;
  });
  return ApplyRows(known, kServer, config);
}

}  // namespace braid::cli
