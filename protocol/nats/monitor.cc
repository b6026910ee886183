#include "protocol/nats/monitor.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "braid/error.h"
#include "protocol/nats/json.h"

namespace braid::nats {
namespace {

absl::Status Bad(std::string why) {
  return MakeError(Errc::kInvalidArgument, std::move(why));
}

std::string Unescaped(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    if (text[i] == '+') {
      plain.push_back(' ');
    } else if (text[i] == '%' && i + 2 < text.size() &&
               std::from_chars(&text[i + 1], &text[i + 3], byte, 16).ptr == &text[i + 3]) {
      plain.push_back(static_cast<char>(byte));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

std::pair<std::string, int64_t> HostPort(std::string_view address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return {std::string(address), 0};
  return {std::string(address.substr(0, colon)),
          ParseNumber(address.substr(colon + 1)).value_or(0)};
}

int64_t ResidentBytes() {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return int64_t{pages} * ::sysconf(_SC_PAGESIZE);
}

// Of the processor's time since the start, in percent of one core.
double CpuPercent(absl::Duration uptime) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const absl::Duration used =
      absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
  if (uptime <= absl::ZeroDuration()) return 0;
  return static_cast<double>(static_cast<int64_t>(1000 * absl::FDivDuration(used, uptime))) / 10;
}

std::string RootPage(std::string_view version) {
  std::string page =
      fmt::format("<html lang=\"en\"><body><h1>Braid, as nats-server {}</h1>\n", version);
  for (const auto& [path, name] :
       {std::pair("varz", "General"), std::pair("jsz", "JetStream"),
        std::pair("connz", "Connections"), std::pair("accountz", "Accounts"),
        std::pair("accstatz", "Account Stats"), std::pair("subsz", "Subscriptions"),
        std::pair("routez", "Routes"), std::pair("leafz", "LeafNodes"),
        std::pair("gatewayz", "Gateways"), std::pair("healthz", "Health Probe"),
        std::pair("metrics", "Metrics")}) {
    page += fmt::format("<a href=./{}>{}</a><br>\n", path, name);
  }
  return page + "</body></html>\n";
}

}  // namespace

MonitorQuery::MonitorQuery(std::string_view query) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    values_.emplace_back(Unescaped(pair.substr(0, equals)), Unescaped(value));
  }
}

std::string MonitorQuery::Text(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return {};
}

absl::StatusOr<bool> MonitorQuery::Flag(std::string_view name) const {
  const std::string text = Text(name);
  if (text.empty() || text == "0" || text == "false" || text == "f") return false;
  if (text == "1" || text == "true" || text == "t") return true;
  return Bad(
      fmt::format("Error decoding boolean for '{}': \"{}\" is neither true nor false", name, text));
}

absl::StatusOr<int64_t> MonitorQuery::Number(std::string_view name, int64_t otherwise) const {
  const std::string text = Text(name);
  if (text.empty()) return otherwise;
  const auto number = ParseNumber(text);
  if (number) return *number;
  return Bad(fmt::format("Error decoding int for '{}': \"{}\" is no number", name, text));
}

std::string MonitorTime(absl::Time time) {
  std::string text;
  AppendJsonTime(time, &text);
  return text.substr(1, text.size() - 2);
}

std::string MonitorDuration(absl::Duration duration) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  std::string text;
  const int64_t days = seconds / 86400, hours = seconds / 3600 % 24, minutes = seconds / 60 % 60;
  if (days > 0) text += fmt::format("{}d", days);
  if (seconds >= 3600) text += fmt::format("{}h", hours);
  if (seconds >= 60) text += fmt::format("{}m", minutes);
  return text + fmt::format("{}s", seconds % 60);
}

MonitorJson Monitor::Head() const {
  return {{"server_id", service_.server_id()}, {"now", MonitorTime(service_.catalog().Now())}};
}

std::optional<MonitorPage> Monitor::Answer(std::string_view target, std::string_view nats_address,
                                           std::string_view http_address) {
  const std::string_view path = target.substr(0, target.find('?'));
  const MonitorQuery query(target.substr(std::min(target.size(), path.size() + 1)));
  absl::StatusOr<MonitorJson> json = MonitorJson();
  if (path == "/") {
    return MonitorPage{.content_type = "text/html; charset=utf-8",
                       .body = RootPage(service_.options().version)};
  }
  if (path == "/healthz") return Healthz(query);
  if (path == "/varz") {
    json = Varz(nats_address, http_address);
  } else if (path == "/connz") {
    json = Connz(query);
  } else if (path == "/subsz" || path == "/subscriptionsz") {
    json = Subsz(query);
  } else if (path == "/jsz") {
    json = Jsz(query);
  } else if (path == "/accountz") {
    json = Accountz(query);
  } else if (path == "/accstatz") {
    json = Accstatz(query);
  } else if (path == "/routez") {
    json = Head();
    json->update({{"num_routes", 0}, {"routes", MonitorJson::array()}});
  } else if (path == "/leafz") {
    json = Head();
    json->update({{"leafnodes", 0}, {"leafs", MonitorJson::array()}});
  } else if (path == "/gatewayz") {
    json = Head();
    json->update({{"outbound_gateways", MonitorJson::object()},
                  {"inbound_gateways", MonitorJson::object()}});
  } else {
    return std::nullopt;
  }
  if (!json.ok()) {
    return MonitorPage{.status = 400,
                       .content_type = "text/plain; charset=utf-8",
                       .body = std::string(json.status().message())};
  }
  return MonitorPage{.body = json->dump(2, ' ', false, MonitorJson::error_handler_t::replace)};
}

absl::StatusOr<MonitorJson> Monitor::Varz(std::string_view nats_address,
                                          std::string_view http_address) {
  const ServiceOptions& options = service_.options();
  const absl::Time now = service_.catalog().Now();
  const auto [host, port] = HostPort(nats_address);
  const auto [http_host, http_port] = HostPort(http_address);
  const Traffic traffic = service_.clients().traffic();
  int64_t subscriptions = 0;
  for (const auto& account : service_.accounts()) subscriptions += account->router.sublist().size();
  MonitorJson json = {
      {"server_id", service_.server_id()},
      {"server_name", service_.server_name()},
      {"version", options.version},
      {"proto", 1},
      {"go", ServerInfo().go},
      {"host", host},
      {"port", port},
      {"max_connections", options.max_connections},
      {"ping_interval", absl::ToInt64Nanoseconds(options.ping_interval)},
      {"ping_max", options.max_pings_out},
      {"http_host", http_host},
      {"http_port", http_port},
      {"http_base_path", ""},
      {"https_port", 0},
      {"auth_required", service_.authorization()->required()},
      {"auth_timeout", absl::ToDoubleSeconds(service_.authorization()->timeout())},
      {"max_control_line", options.limits.max_control_line},
      {"max_payload", options.limits.max_payload},
      {"max_pending", options.max_pending},
      {"cluster", MonitorJson::object()},
      {"gateway", MonitorJson::object()},
      {"leaf", MonitorJson::object()},
      {"mqtt", MonitorJson::object()},
      {"websocket", MonitorJson::object()},
      {"jetstream", MonitorJson::object()},
      {"write_deadline", absl::ToInt64Nanoseconds(options.write_deadline)},
      {"start", MonitorTime(service_.start())},
      {"now", MonitorTime(now)},
      {"uptime", MonitorDuration(now - service_.start())},
      {"mem", ResidentBytes()},
      {"cores", std::thread::hardware_concurrency()},
      {"gomaxprocs", std::thread::hardware_concurrency()},
      {"cpu", CpuPercent(now - service_.start())},
      {"connections", service_.clients().count()},
      {"total_connections", service_.clients().total()},
      {"routes", 0},
      {"remotes", 0},
      {"leafnodes", 0},
      {"in_msgs", traffic.in_messages},
      {"out_msgs", traffic.out_messages},
      {"in_bytes", traffic.in_bytes},
      {"out_bytes", traffic.out_bytes},
      {"slow_consumers", service_.clients().slow_consumers()},
      {"subscriptions", subscriptions},
      {"config_load_time", MonitorTime(service_.start())},
      {"system_account", kSystemAccount},
  };
  if (options.jetstream) {
    auto jsz = Jsz(MonitorQuery(""));
    if (!jsz.ok()) return jsz;
    MonitorJson stats;
    for (const char* name : {"memory", "storage", "reserved_memory", "reserved_storage", "accounts",
                             "ha_assets", "api"}) {
      stats[name] = (*jsz)[name];
    }
    json["jetstream"] = {{"config", (*jsz)["config"]}, {"stats", stats}};
  }
  return json;
}

MonitorPage Monitor::Healthz(const MonitorQuery& query) {
  const auto enabled = query.Flag("js-enabled-only");
  const auto enabled_too = query.Flag("js-enabled");
  if (!service_.options().jetstream &&
      ((enabled.ok() && *enabled) || (enabled_too.ok() && *enabled_too))) {
    return {
        .status = 503,
        .body = R"({"status":"unavailable","status_code":503,"error":"JetStream not enabled"})"};
  }
  return {.body = R"({"status":"ok"})"};
}

}  // namespace braid::nats
