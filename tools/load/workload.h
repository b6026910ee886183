// One small workload, run over one client after the other, and what was measured.
#ifndef BRAID_TOOLS_LOAD_WORKLOAD_H_
#define BRAID_TOOLS_LOAD_WORKLOAD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tools/load/client.h"

namespace braid::load {

struct WorkloadOptions {
  int64_t records = 10'000;
  int64_t size_bytes = 200;        // of each record's value, at least kMinSizeBytes
  std::string stream_prefix = {};  // of the streams' names: they must be new
};

inline constexpr int64_t kMinSizeBytes = 32;
inline constexpr int64_t kSendRecords = 100;  // published in one write, fetched in one call
inline constexpr int64_t kUnackedSends = 10;  // of those in flight at most
inline constexpr int64_t kAckSamples = 1000;  // at most; fewer when there are fewer records
inline constexpr int64_t kDeliverySamples = 300;
inline constexpr int64_t kCrashRecords = 200;
inline constexpr absl::Duration kCrashAckWait = absl::Seconds(1);

struct Latency {
  double p50_us = 0;
  double p99_us = 0;
  int64_t samples = 0;
};

struct Figures {
  double publish_per_s = 0;
  double consume_per_s = 0;
  Latency ack;         // publish -> acknowledged, one at a time
  Latency end_to_end;  // publish -> a reader that was waiting has it
  double disk_bytes_per_record = 0;
  int64_t crash_read = 0;        // given to a reader that then died
  int64_t crash_acked = 0;       // of those acknowledged before
  int64_t crash_duplicates = 0;  // of those given to the second reader again
  int64_t crash_missing = 0;     // given to neither; anything but 0 is a fault
  int64_t trim_published = 0;
  int64_t trim_kept = 0;          // asked for
  int64_t late_reader_reads = 0;  // what a new group from the start then gets
};

// A model under test. Every client of it is on its own connection.
struct Target {
  std::function<absl::StatusOr<std::unique_ptr<Client>>()> connect;
  // Bytes of a stream's segment files.
  std::function<absl::StatusOr<int64_t>(const std::string& stream)> disk_bytes;
};

// Runs everything; takes seconds. Errors: the first thing that failed.
absl::StatusOr<Figures> Measure(const Target& target, const WorkloadOptions& options);

}  // namespace braid::load

#endif  // BRAID_TOOLS_LOAD_WORKLOAD_H_
