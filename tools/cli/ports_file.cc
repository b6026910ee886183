#include "tools/cli/ports_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "braid/error.h"

namespace braid::cli {

absl::Status WritePortsFile(const std::string& path, const Broker& broker) {
  nlohmann::ordered_json ports = {{"kafka", broker.kafka_address()},
                                  {"redis", broker.redis_address()},
                                  {"nats", broker.nats_address()},
                                  {"http", broker.http_address()},
                                  {"pid", getpid()}};
  if (!broker.nats_websocket_address().empty()) {
    ports["nats_websocket"] = broker.nats_websocket_address();
  }
  const std::string text = ports.dump() + "\n";
  const std::string temporary = fmt::format("{}.{}", path, getpid());
  std::FILE* file = std::fopen(temporary.c_str(), "we");
  bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr) written = std::fclose(file) == 0 && written;
  if (written && std::rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int error = errno;
  std::remove(temporary.c_str());
  return MakeError(Errc::kIo, fmt::format("cannot write {}: {}", path, std::strerror(error)));
}

}  // namespace braid::cli
