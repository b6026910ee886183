// How long commands took, as a histogram for each: what LATENCY HISTOGRAM shows. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_COMMAND_TIMES_H_
#define BRAID_PROTOCOL_REDIS_COMMAND_TIMES_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/redis/command.h"

namespace braid::redis {

class CommandTimes {
 public:
  // Bucket i has what took at most 2^i times 1024 nanoseconds and more than half of it; the last
  // one also what took longer.
  static constexpr size_t kBuckets = 31;
  using Counts = std::array<int64_t, kBuckets>;

  // Calls of one command that its client has yet to hand over, so that a run of them costs the
  // others nothing. Not thread-safe.
  class Batch {
   public:
    void Count(int64_t nanoseconds) {
      const size_t bucket = BucketOf(nanoseconds);
      ++counts_[bucket];
      used_ |= 1u << bucket;
    }

   private:
    friend class CommandTimes;
    std::array<uint32_t, kBuckets> counts_{};
    uint32_t used_ = 0;  // bits: buckets that are not zero
  };

  CommandTimes() : commands_(Commands().size()) {}

  // Empties the batch.
  void Add(const Command& command, Batch& batch);
  Counts counts(const Command& command) const;
  void Reset();

  // The upper end of a bucket as Redis names it, in microseconds.
  static int64_t BoundMicros(size_t bucket);

 private:
  static size_t BucketOf(int64_t nanoseconds) {
    if (nanoseconds <= 1024) return 0;
    const auto width = std::bit_width(static_cast<uint64_t>(nanoseconds - 1) >> 10);
    return static_cast<size_t>(width) < kBuckets ? static_cast<size_t>(width) : kBuckets - 1;
  }

  std::vector<std::array<std::atomic<int64_t>, kBuckets>> commands_;  // by row; constant size
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_COMMAND_TIMES_H_
