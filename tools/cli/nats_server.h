// Braid under the name nats-server: the NATS side alone, told what to do by NATS's flags and
// configuration files, for whatever starts that binary and waits for its words.
//
//   ln -s braid nats-server; ./nats-server -p 4222 -js -sd /tmp/n -m 8222
//
// Without JetStream nothing is kept. With it, messages are kept in STORE_DIR/jetstream, where each
// one acknowledged survives kill -9; with `sync_interval: always` a power cut too.
#ifndef BRAID_TOOLS_CLI_NATS_SERVER_H_
#define BRAID_TOOLS_CLI_NATS_SERVER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/broker.h"
#include "protocol/nats/service.h"
#include "tools/cli/conf.h"

namespace braid::cli {

struct NatsServerConfig {
  std::string host = "0.0.0.0";
  int64_t port = 4222;  // -1: any free one
  std::string http_host;
  int64_t http_port = 0;  // 0: no monitoring; -1: any free one
  std::string websocket_host;
  int64_t websocket_port = 0;  // likewise
  bool websocket_no_tls = false;
  std::string store_dir;  // empty: in the directory for temporary files
  bool jetstream = false;
  std::string sync_interval;  // empty: os; or always, or a duration
  nats::ServiceOptions service;
  nats::LameDuckOptions lame_duck;
  std::string user, password, token;  // of --user, --pass and --auth
  std::string log_file;               // empty: standard error
  bool log_time = true;
  bool debug = false;
  bool trace = false;
  std::string pid_file;
  std::string ports_dir;

  std::string config_file;
  bool check_only = false;  // -t
  bool version = false;     // -v
  bool help = false;        // -h
  std::string signal;       // -sl COMMAND[=PID]
};

// The command line, over the file that it names. kInvalidArgument, kIo.
absl::StatusOr<NatsServerConfig> ToNatsServerConfig(const std::vector<std::string>& arguments);
// What a file says, over `config`. Refuses what Braid cannot be: a node of a cluster, one behind
// TLS, one with accounts that import from each other.
absl::Status ApplyConf(const ConfValue& conf, NatsServerConfig& config);
// `authorization { }` and `accounts { }`. In nats_authorization.cc.
absl::Status ApplyAuthorization(const ConfValue& conf, nats::AuthorizationOptions& options);
absl::Status ApplyAccounts(const ConfValue& conf, nats::AuthorizationOptions& options);
absl::StatusOr<BrokerOptions> ToBrokerOptions(const NatsServerConfig& config);

// The whole program. Its exit status.
int NatsServerMain(const std::vector<std::string>& arguments);
// -sl: signals another nats-server. In nats_signal.cc.
int SendNatsSignal(std::string_view command);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_NATS_SERVER_H_
