// What every table needs: time, medians, two ways in turn, a place for files, and an end to a run
// that went wrong.
#ifndef BRAID_BENCH_MEASURE_H_
#define BRAID_BENCH_MEASURE_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace braid::bench {

// A benchmark whose subject fails has nothing to say: prints why and exits 1.
void Check(const absl::Status& status);
template <typename T>
T Must(absl::StatusOr<T> result) {
  Check(result.status());
  return *std::move(result);
}

class WallStopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// For work of one thread. After UseCpuTime() it tells that thread's CPU time instead, which others
// on the machine change less; waiting for a disk then counts for nothing.
class Stopwatch {
 public:
  static void UseCpuTime();
  double seconds() const { return Now() - began_; }

 private:
  static double Now();
  const double began_ = Now();
};

// Of `values` in any order; 0 when there are none.
double Percentile(std::vector<double> values, double percent);
inline double Median(std::vector<double> values) {
  return Percentile(std::move(values), 50);
}

// Two ways of the same work, A B A B: medians, and the median of the rounds' ratios.
struct InTurnResult {
  double a = 0;
  double b = 0;
  double ratio = 0;  // a / b
};
template <typename A, typename B>
InTurnResult InTurn(int rounds, A a, B b) {
  std::vector<double> as, bs, ratios;
  for (int i = 0; i < rounds; ++i) {
    as.push_back(a());
    bs.push_back(b());
    ratios.push_back(as.back() / bs.back());
  }
  return {Median(as), Median(bs), Median(ratios)};
}

// A new directory, removed with all that is in it at the end.
class ScratchDir {
 public:
  explicit ScratchDir(const std::string& parent);
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Bytes of all files below `dir`, as their sizes say.
int64_t BytesBelow(const std::string& dir);
// VmRSS of this process.
double ResidentMib();

}  // namespace braid::bench

#endif  // BRAID_BENCH_MEASURE_H_
