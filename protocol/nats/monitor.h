// The monitoring pages of nats-server: /varz, /connz, /subsz, /jsz, /healthz, /accountz, /accstatz,
// and /routez, /leafz and /gatewayz, which have nothing to show.
//
// Source: the field names of NATS's monitoring documentation. Numbers are sampled when asked for.
#ifndef BRAID_PROTOCOL_NATS_MONITOR_H_
#define BRAID_PROTOCOL_NATS_MONITOR_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "protocol/nats/service.h"

namespace braid::nats {

using MonitorJson = nlohmann::ordered_json;

struct MonitorPage {
  int status = 200;
  std::string_view content_type = "application/json";
  std::string body;
};

// What stands behind the `?` of a target.
class MonitorQuery {
 public:
  explicit MonitorQuery(std::string_view query);

  // Empty when it is not there.
  std::string Text(std::string_view name) const;
  // 1, true and yes. kInvalidArgument with the words for the page.
  absl::StatusOr<bool> Flag(std::string_view name) const;
  absl::StatusOr<int64_t> Number(std::string_view name, int64_t otherwise) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// Thread-safe.
class Monitor {
 public:
  explicit Monitor(Service& service) : service_(service) {}

  // The page of `target`, a path with its query; nullopt when that is none of these. The addresses
  // are those where clients and this page are served.
  std::optional<MonitorPage> Answer(std::string_view target, std::string_view nats_address,
                                    std::string_view http_address);

 private:
  absl::StatusOr<MonitorJson> Varz(std::string_view nats_address, std::string_view http_address);
  absl::StatusOr<MonitorJson> Connz(const MonitorQuery& query);
  absl::StatusOr<MonitorJson> Subsz(const MonitorQuery& query);
  absl::StatusOr<MonitorJson> Jsz(const MonitorQuery& query);
  absl::StatusOr<MonitorJson> Accountz(const MonitorQuery& query);
  absl::StatusOr<MonitorJson> Accstatz(const MonitorQuery& query);
  MonitorPage Healthz(const MonitorQuery& query);
  // server_id and now, which most pages begin with.
  MonitorJson Head() const;

  Service& service_;
};

// As the pages write them.
std::string MonitorTime(absl::Time time);
std::string MonitorDuration(absl::Duration duration);  // "3m7s"

}  // namespace braid::nats

#endif  // BRAID_PROTOCOL_NATS_MONITOR_H_
