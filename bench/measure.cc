#include "bench/measure.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace braid::bench {
namespace {

clockid_t stopwatch_clock = CLOCK_MONOTONIC;

}  // namespace

void Stopwatch::UseCpuTime() {
  stopwatch_clock = CLOCK_THREAD_CPUTIME_ID;
}

double Stopwatch::Now() {
  timespec now;
  ::clock_gettime(stopwatch_clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

double Percentile(std::vector<double> values, double percent) {
  if (values.empty()) return 0;
  const double rank = percent / 100 * static_cast<double>(values.size() - 1);
  const auto place = values.begin() + static_cast<ptrdiff_t>(std::lround(rank));
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

ScratchDir::ScratchDir(const std::string& parent) : path_(parent + "/braid-bench-XXXXXX") {
  std::filesystem::create_directories(parent);
  if (::mkdtemp(path_.data()) == nullptr) Check(absl::ErrnoToStatus(errno, "mkdtemp " + path_));
}

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int64_t BytesBelow(const std::string& dir) {
  int64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
    if (entry.is_regular_file()) bytes += static_cast<int64_t>(entry.file_size());
  }
  return bytes;
}

double ResidentMib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  double kib = 0;
  while (status >> word) {
    if (word == "VmRSS:" && status >> kib) break;
  }
  return kib / 1024;
}

}  // namespace braid::bench
