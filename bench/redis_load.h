// The loads of the Redis tool.
#ifndef BRAID_BENCH_REDIS_LOAD_H_
#define BRAID_BENCH_REDIS_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/load.h"

namespace braid::bench {

struct RedisLoadOptions {
  int port = 0;
  std::string key = "bench";
  std::string group = "readers";
  int connections = 1;
  int pipeline = 1;              // requests sent together; the next when all of them are answered
  int count = 100;               // of XREADGROUP
  size_t bytes = 1024;           // of the value of an entry's one field
  int64_t messages = 1'000'000;  // all of them; a latency load's are rate * seconds
  int rate = 5000;
  double seconds = 5;
  bool ack = true;  // else all that is read stays pending
};

// XADD from every connection; adds "p50_us" and "p99_us", from a pipeline's sending to its last
// reply.
LoadResult RunAddLoad(const RedisLoadOptions& options);
// XREADGROUP of all that the stream has, by a consumer a connection of a group that is new, each
// read sent together with one XACK of all of the one before.
LoadResult RunReadGroupLoad(const RedisLoadOptions& options);
// XADD at a fixed rate, from when each was due until a consumer that waits in XREADGROUP has it.
LoadResult RunWakeLoad(const RedisLoadOptions& options);

}  // namespace braid::bench

#endif  // BRAID_BENCH_REDIS_LOAD_H_
