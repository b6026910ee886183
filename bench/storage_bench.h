// The sections of storage_bench: each measures one promise of the segment store and adds its
// figures to the report.
#ifndef BRAID_BENCH_STORAGE_BENCH_H_
#define BRAID_BENCH_STORAGE_BENCH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "bench/report.h"
#include "engine/catalog.h"
#include "engine/stream.h"

namespace braid {
class ManualClock;
}

namespace braid::bench {

struct StorageBenchOptions {
  bool smoke = false;
  std::string dir;           // where scratch directories are made
  double seconds = 0.5;      // of one timed round in memory
  int rounds = 5;            // of what is timed in turn
  int64_t disk_bytes = 0;    // written by one round of appends to disk
  int64_t sync_appends = 0;  // by each of the threads
  int64_t read_events = 0;   // in the log that is read
  int64_t events = 0;        // stored once by each model
  int64_t big_bytes = 0;     // of the log that is searched
  int64_t seeks = 0;         // of each kind
};

void BenchMemoryAppend(const StorageBenchOptions& options, Report& report);
void BenchDiskAppend(const StorageBenchOptions& options, Report& report);
void BenchSync(const StorageBenchOptions& options, Report& report);
void BenchRead(const StorageBenchOptions& options, Report& report);
void BenchSize(const StorageBenchOptions& options, Report& report);
void BenchSeek(const StorageBenchOptions& options, Report& report);

// --- What they share ---
std::unique_ptr<engine::Catalog> OpenCatalog(EngineOptions options);
engine::StreamPtr MakeStream(engine::Catalog& catalog, StreamOptions options = {});
// Closes the active segment and does all upkeep there is. Moves `clock`, the catalogue's own, past
// the age of its segments.
void SealAll(engine::Catalog& catalog, ManualClock& clock);

}  // namespace braid::bench

#endif  // BRAID_BENCH_STORAGE_BENCH_H_
