// Loads any server that speaks RESP2 from raw sockets, with the least work of its own: one thread,
// requests made before the clock starts, replies counted and looked at for errors. See kUsage.
#include "bench/redis_load.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace braid::bench {
namespace {

constexpr const char kUsage[] =
    R"(redis_load add|group|pend|wake|warm --port N [option value]...

  --key NAME (bench)        --group NAME (readers)
  --connections N (1)       of add, and the consumers of group and pend
  --pipeline N (1)          requests of add that are sent together
  --count N (100)           of XREADGROUP
  --bytes N (1024)          of an entry's value, varied JSON events; what warm is to touch
  --messages N (1000000)    of add, in all
  --rate N (5000)           messages a second      --seconds N (5)    of wake

add fills the stream; group makes a group and reads and acknowledges all of it; pend reads it
without an XACK; wake adds at a rate while a consumer waits in XREADGROUP BLOCK 0. Prints one JSON
object: client_cpu is the share of one core that the client used; near 1, the client was the limit.
)";

[[noreturn]] void Usage(int status) {
  std::fputs(kUsage, status == 0 ? stdout : stderr);
  std::exit(status);
}

RedisLoadOptions Parse(int argc, char** argv) {
  RedisLoadOptions options;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view flag = argv[i];
    if (i + 1 == argc) Usage(2);
    const char* value = argv[i + 1];
    if (flag == "--port") {
      options.port = std::atoi(value);
    } else if (flag == "--key") {
      options.key = value;
    } else if (flag == "--group") {
      options.group = value;
    } else if (flag == "--connections") {
      options.connections = std::atoi(value);
    } else if (flag == "--pipeline") {
      options.pipeline = std::atoi(value);
    } else if (flag == "--count") {
      options.count = std::atoi(value);
    } else if (flag == "--bytes") {
      options.bytes = static_cast<size_t>(std::atoll(value));
    } else if (flag == "--messages") {
      options.messages = std::atoll(value);
    } else if (flag == "--rate") {
      options.rate = std::atoi(value);
    } else if (flag == "--seconds") {
      options.seconds = std::atof(value);
    } else {
      Usage(2);
    }
  }
  return options;
}

int Run(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "--help") == 0) Usage(argc < 2 ? 2 : 0);
  KeepMemory();
  const std::string_view load = argv[1];
  RedisLoadOptions options = Parse(argc, argv);
  if (load == "warm") return Warm(options.bytes), 0;
  if (options.port == 0) Usage(2);
  options.ack = load != "pend";
  if (load == "add") return RunAddLoad(options).Print(), 0;
  if (load == "group" || load == "pend") return RunReadGroupLoad(options).Print(), 0;
  if (load == "wake") return RunWakeLoad(options).Print(), 0;
  Usage(2);
}

}  // namespace
}  // namespace braid::bench

int main(int argc, char** argv) {
  return braid::bench::Run(argc, argv);
}
