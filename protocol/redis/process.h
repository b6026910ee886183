// What the operating system tells of this process. Pure readings; thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_PROCESS_H_
#define BRAID_PROTOCOL_REDIS_PROCESS_H_

#include <cstdint>
#include <string>

namespace braid::redis {

// In bytes.
struct MemoryUse {
  int64_t allocated = 0;  // handed out by the allocator and not given back
  int64_t reserved = 0;   // what the allocator took from the system for that
  int64_t resident = 0;   // of the whole process, in memory
};
MemoryUse MeasureMemory();
// Gives free memory back to the system.
void ReleaseMemory();
int64_t SystemMemoryBytes();

struct CpuUse {
  double system = 0;  // seconds
  double user = 0;
};
// Of the process, of its children that have ended, or of the calling thread.
enum class CpuOf { kProcess, kChildren, kThread };
CpuUse MeasureCpu(CpuOf whose);

std::string OsName();          // "Linux 6.1.0 x86_64"
std::string ExecutablePath();  // "" when it cannot be told

// "1.50M", as INFO writes sizes for people.
std::string HumanBytes(int64_t bytes);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_PROCESS_H_
