// What `braid serve` can be told, by flags and by a TOML file with the same names.
#ifndef BRAID_TOOLS_CLI_CONFIG_H_
#define BRAID_TOOLS_CLI_CONFIG_H_

#include <set>
#include <string>

#include "absl/status/status.h"
#include "braid/broker.h"

namespace braid::cli {

struct ServeConfig {
  std::string data;  // directory; empty: in memory
  bool memory = false;
  std::string kafka = "127.0.0.1:9092";
  std::string redis = "127.0.0.1:6379";
  std::string nats = "127.0.0.1:4222";
  std::string http = "127.0.0.1:8222";
  std::string nats_websocket;  // HOST:PORT; empty: none
  std::string ports_file;
  std::string durability = "os";  // os, sync, or interval:T with T as in 200ms
  std::string seal_codec = "lz4";
  std::string memory_limit;           // bytes, or with K, M, G; empty: none
  std::string segment_bytes = "64M";  // likewise
  std::string kafka_advertised;
  std::string profile = "local";  // or faithful
  std::string redis_version = "8.10.1";
  int kafka_partitions = 1;
  int threads = 0;
};

// Reads `path` over `config`, leaving alone what `flags` names: flags beat the file.
// kInvalidArgument with one line that says where and what; an unknown key names the nearest known
// one.
absl::Status LoadConfig(const std::string& path, const std::set<std::string>& flags,
                        ServeConfig& config);

// kInvalidArgument when the settings contradict each other.
absl::StatusOr<BrokerOptions> ToBrokerOptions(const ServeConfig& config);

}  // namespace braid::cli

#endif  // BRAID_TOOLS_CLI_CONFIG_H_
