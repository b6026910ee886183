#include "protocol/nats/hello.h"

namespace braid::nats {
namespace {

constexpr size_t kServerIdLength = 56;

}  // namespace

std::string InfoLine(const ServerInfo& info) {
  return fmt::format("INFO {} \r\n", WriteJson(info));
}

std::string ServerIdOf(const std::array<uint8_t, 16>& seed) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string id = "N";
  uint64_t state = 0x9E3779B97F4A7C15;
  for (const uint8_t byte : seed) state = (state ^ byte) * 0x100000001B3;
  while (id.size() < kServerIdLength) {
    state = state * 6364136223846793005 + 1442695040888963407;
    id.push_back(kAlphabet[state >> 59]);
  }
  return id;
}

}  // namespace braid::nats
