// What the loads of every protocol share: a connection, an end when the peer misbehaves, and what a
// load says of itself.
#ifndef BRAID_BENCH_LOAD_H_
#define BRAID_BENCH_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/measure.h"

namespace braid::bench {

// A benchmark whose peer misbehaves has nothing to say: prints it and exits 1.
[[noreturn]] void Fail(const std::string& what);

// Connected to 127.0.0.1, without delay. The caller closes it.
int ConnectTo(int port);
// Writes all of it to a blocking socket.
void SendAll(int fd, std::string_view bytes);

// Memory that a guest had returned to its host is slow at its first touch, page cache too: touches
// so much of it and gives it back.
void Warm(size_t bytes);
// Buffers of megabytes are then used again, and not given back to the kernel in between.
void KeepMemory();

// One result: printed as a JSON object on one line.
class LoadResult {
 public:
  void Add(const std::string& name, double value) { values_.emplace_back(name, value); }
  void Print() const;

 private:
  std::vector<std::pair<std::string, double>> values_;
};

// Wall time and this process's CPU time, from construction on. A share near 1 of a single-threaded
// load says that the client was measured.
class Effort {
 public:
  // Adds "messages", "seconds", "messages_per_s", "mb_per_s" and "client_cpu".
  void Tell(int64_t messages, int64_t bytes, LoadResult& result) const;

 private:
  static double CpuSeconds();
  const WallStopwatch wall_{};
  const double cpu_ = CpuSeconds();
};

}  // namespace braid::bench

#endif  // BRAID_BENCH_LOAD_H_
