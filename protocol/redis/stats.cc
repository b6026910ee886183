#include "protocol/redis/stats.h"

namespace braid::redis {

void Stats::CountError(std::string_view reply) {
  ++errors_;
  absl::MutexLock lock(&mu_);
  ++error_counts_[std::string(reply.substr(0, reply.find(' ')))];
}

int64_t Stats::calls() const {
  int64_t sum = 0;
  for (const Counters& command : commands_) sum += command.calls;
  return sum;
}

int64_t Stats::ChangesSinceReset() const {
  int64_t sum = 0;
  for (const Command& command : Commands()) {
    if ((command.flags & kWrite) == 0) continue;
    const Counters& counters = commands_[IndexOf(command)];
    sum += counters.calls - counters.failed;
  }
  return sum;
}

Stats::CommandCounts Stats::counts(const Command& command) const {
  const Counters& counters = commands_[IndexOf(command)];
  return {counters.calls, counters.rejected, counters.failed};
}

std::vector<std::pair<std::string, int64_t>> Stats::error_counts() const {
  absl::MutexLock lock(&mu_);
  return {error_counts_.begin(), error_counts_.end()};
}

void Stats::Reset() {
  forgotten_changes_ += ChangesSinceReset();
  for (Counters& command : commands_) {
    command.calls = 0;
    command.rejected = 0;
    command.failed = 0;
  }
  connections_ = 0;
  errors_ = 0;
  output_disconnects_ = 0;
  hits_ = 0;
  misses_ = 0;
  expired_ = 0;
  input_bytes_ = 0;
  output_bytes_ = 0;
  reads_ = 0;
  writes_ = 0;
  absl::MutexLock lock(&mu_);
  error_counts_.clear();
}

}  // namespace braid::redis
