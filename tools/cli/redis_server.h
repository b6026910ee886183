// Braid under the name redis-server: the Redis side alone, told what to do by redis.conf and
// Redis's flags, for whatever starts that binary and waits for its words.
//
//   ln -s braid redis-server; ./redis-server --port 7000 --appendonly yes --dir /tmp/r
//
// Where messages are kept: --appendonly yes: in DIR/appendonlydir, each survives kill -9, and a
// power cut with --appendfsync always; --appendonly no and save points: in DIR/<dbfilename>.d,
// likewise; neither (--save ""): in memory.
#ifndef BRAID_TOOLS_CLI_REDIS_SERVER_H_
#define BRAID_TOOLS_CLI_REDIS_SERVER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/broker.h"
#include "tools/cli/redis_directives.h"

namespace braid::cli {

struct RedisServerConfig {
  int port = 6379;
  std::string bind = "127.0.0.1";  // Redis's protected mode refuses everybody else, too
  std::string dir = ".";
  std::string save = "3600 1 300 100 60 10000";
  std::string snapshot_file = "dump.rdb";
  std::string append_dir = "appendonlydir";
  bool append_only = false;
  std::string append_fsync = "everysec";
  std::string log_file;  // empty: standard output
  std::string log_level = "notice";
  std::string pid_file;
  bool daemonize = false;
  std::string version = "8.10.1";                             // --redis-version, Braid's own
  std::vector<std::pair<std::string, std::string>> settings;  // all others
};

// kInvalidArgument for what Braid cannot be: a replica, a cluster node, one behind TLS.
absl::StatusOr<RedisServerConfig> ToRedisServerConfig(const std::vector<Directive>& directives);
// Its directory relative to the one this runs in.
BrokerOptions ToBrokerOptions(const RedisServerConfig& config);

// The whole program. Its exit status.
int RedisServerMain(const std::vector<std::string>& arguments);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_REDIS_SERVER_H_
