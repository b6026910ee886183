// MEMORY: what the process takes; what a key takes is in object_commands.cc.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fmt/format.h"
#include "protocol/redis/handlers.h"
#include "protocol/redis/keyspace.h"
#include "protocol/redis/process.h"

namespace braid::redis {
namespace {

constexpr int64_t kSmall = int64_t{5} << 20;  // below this no ratio says anything
constexpr double kFragmented = 1.5;           // more resident than allocated
constexpr double kPeaked = 1.5;               // more once than now
constexpr int64_t kFragmentedBytes = int64_t{10} << 20;

double Ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The allocator's own report.
std::string AllocatorReport() {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* file = open_memstream(&text, &size);
  if (file == nullptr) return {};
  malloc_info(0, file);
  std::fclose(file);
  std::string report(text, size);
  std::free(text);
  return report;
}

}  // namespace

void MemoryDoctor(Call& call) {
  const MemoryUse memory = MeasureMemory();
  const int64_t peak = call.service.NotePeakMemory(memory.allocated);
  std::string advice;
  if (memory.allocated < kSmall) {
    return call.reply.Verbatim("Too little memory is in use to say anything about it.\n");
  }
  if (Ratio(peak, memory.allocated) > kPeaked) {
    advice += fmt::format(
        "The memory in use was {} once, and is {} now: the system may not have the rest back.\n",
        HumanBytes(peak), HumanBytes(memory.allocated));
  }
  if (Ratio(memory.resident, memory.allocated) > kFragmented &&
      memory.resident - memory.allocated > kFragmentedBytes) {
    advice += fmt::format(
        "Of memory {} are resident for {} in use: MEMORY PURGE gives back what is free.\n",
        HumanBytes(memory.resident), HumanBytes(memory.allocated));
  }
  call.reply.Verbatim(advice.empty() ? "Nothing is wrong with the memory in use.\n" : advice);
}

void MemoryMallocStats(Call& call) {
  call.reply.Verbatim(AllocatorReport());
}

void MemoryPurge(Call& call) {
  ReleaseMemory();
  call.reply.Ok();
}

void MemoryStats(Call& call) {
  const MemoryUse memory = MeasureMemory();
  const int64_t peak = call.service.NotePeakMemory(memory.allocated);
  const int64_t first = call.service.first_memory();
  const int64_t data = std::max<int64_t>(0, memory.allocated - first);
  int64_t keys = 0;
  for (const DatabaseStats& database : StatsOf(call)) keys += database.keys;
  Reply& reply = call.reply;
  const auto share = [&](std::string_view name, double value) {
    reply.Bulk(name);
    reply.Double(value);
  };
  reply.Map(15);
  reply.Field("peak.allocated", peak);
  reply.Field("total.allocated", memory.allocated);
  reply.Field("startup.allocated", first);
  reply.Field("overhead.total", std::min(first, memory.allocated));
  reply.Field("keys.count", keys);
  reply.Field("keys.bytes-per-key", keys == 0 ? 0 : data / keys);
  reply.Field("dataset.bytes", data);
  share("dataset.percentage", 100 * Ratio(data, memory.allocated));
  share("peak.percentage", 100 * Ratio(memory.allocated, peak));
  reply.Field("allocator.allocated", memory.allocated);
  reply.Field("allocator.active", memory.reserved);
  reply.Field("allocator.resident", memory.resident);
  share("allocator-fragmentation.ratio", Ratio(memory.reserved, memory.allocated));
  share("fragmentation", Ratio(memory.resident, memory.allocated));
  reply.Field("fragmentation.bytes", memory.resident - memory.allocated);
}

}  // namespace braid::redis
