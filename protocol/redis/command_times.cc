#include "protocol/redis/command_times.h"

#include <utility>

namespace braid::redis {

void CommandTimes::Add(const Command& command, Batch& batch) {
  auto& counts = commands_[IndexOf(command)];
  while (batch.used_ != 0) {
    const auto bucket = static_cast<size_t>(std::countr_zero(batch.used_));
    batch.used_ &= batch.used_ - 1;
    counts[bucket].fetch_add(std::exchange(batch.counts_[bucket], 0), std::memory_order_relaxed);
  }
}

CommandTimes::Counts CommandTimes::counts(const Command& command) const {
  Counts out{};
  const auto& counts = commands_[IndexOf(command)];
  for (size_t i = 0; i < kBuckets; ++i) out[i] = counts[i].load(std::memory_order_relaxed);
  return out;
}

void CommandTimes::Reset() {
  for (auto& counts : commands_) {
    for (auto& count : counts) count = 0;
  }
}

int64_t CommandTimes::BoundMicros(size_t bucket) {
  // Its histograms tell values of one power of two apart in 128 steps; the bound is the end of the
  // first of them.
  const int64_t bound = int64_t{1024} << bucket;
  return (bound + bound / 128 - 1) / 1000;
}

}  // namespace braid::redis
