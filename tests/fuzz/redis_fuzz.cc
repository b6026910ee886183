// libFuzzer target: bytes as a Redis client sends them, parsed and executed against an engine in
// memory.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/protocol/redis/run_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (!braid::redis::RunInput(input).empty()) __builtin_trap();
  return 0;
}
