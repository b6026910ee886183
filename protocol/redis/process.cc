#include "protocol/redis/process.h"

#include <malloc.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "fmt/format.h"

namespace braid::redis {
namespace {

int64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long long total = 0;
  long long resident = 0;
  const int read = std::fscanf(file, "%lld %lld", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * sysconf(_SC_PAGESIZE) : 0;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

MemoryUse MeasureMemory() {
  const struct mallinfo2 info = mallinfo2();
  return {.allocated = static_cast<int64_t>(info.uordblks + info.hblkhd),
          .reserved = static_cast<int64_t>(info.arena + info.hblkhd),
          .resident = ResidentBytes()};
}

void ReleaseMemory() {
  malloc_trim(0);
}

int64_t SystemMemoryBytes() {
  return int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
}

CpuUse MeasureCpu(CpuOf whose) {
  rusage usage{};
  switch (whose) {
    case CpuOf::kProcess:
      getrusage(RUSAGE_SELF, &usage);
      break;
    case CpuOf::kChildren:
      getrusage(RUSAGE_CHILDREN, &usage);
      break;
    case CpuOf::kThread:
      getrusage(RUSAGE_THREAD, &usage);
      break;
  }
  return {.system = Seconds(usage.ru_stime), .user = Seconds(usage.ru_utime)};
}

std::string OsName() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string ExecutablePath() {
  std::array<char, 4096> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  return size <= 0 ? std::string() : std::string(path.data(), static_cast<size_t>(size));
}

std::string HumanBytes(int64_t bytes) {
  if (bytes < 1024) return fmt::format("{}B", bytes);
  constexpr std::string_view kUnits = "KMGTP";
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (amount >= 1024 && unit + 1 < kUnits.size()) {
    amount /= 1024;
    ++unit;
  }
  return fmt::format("{:.2f}{}", amount, kUnits[unit]);
}

}  // namespace braid::redis
