// Where a broker listens, for whoever started it with port 0.
#ifndef BRAID_TOOLS_CLI_PORTS_FILE_H_
#define BRAID_TOOLS_CLI_PORTS_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "braid/broker.h"

namespace braid::cli {

// {"kafka":"127.0.0.1:PORT","redis":..,"nats":..,"http":..,"pid":..}, and with one
// "nats_websocket"; appears whole or not at all.
absl::Status WritePortsFile(const std::string& path, const Broker& broker);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_PORTS_FILE_H_
