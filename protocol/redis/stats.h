// Counters behind INFO stats, commandstats and errorstats. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_STATS_H_
#define BRAID_PROTOCOL_REDIS_STATS_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"
#include "protocol/redis/command.h"

namespace braid::redis {

class Stats {
 public:
  struct CommandCounts {
    int64_t calls = 0;
    int64_t rejected = 0;  // refused before it ran
    int64_t failed = 0;    // ran and answered an error
  };

  Stats() : commands_(Commands().size()) {}

  void CountConnection() { ++connections_; }
  void CountCalls(const Command& command, int64_t calls) { At(command).calls += calls; }
  void CountRejected(const Command& command) { ++At(command).rejected; }
  void CountFailed(const Command& command) { ++At(command).failed; }
  // `reply` is the error text, which begins with its code word.
  void CountError(std::string_view reply);

  void CountOutputDisconnects(int64_t clients) { output_disconnects_ += clients; }
  // A key that a command wanted to read was there, or not.
  void CountLookup(bool found) { ++(found ? hits_ : misses_); }
  void CountExpired() { ++expired_; }
  void CountInput(int64_t bytes) {
    input_bytes_ += bytes;
    ++reads_;
  }
  void CountOutput(int64_t bytes) {
    output_bytes_ += bytes;
    ++writes_;
  }

  int64_t connections() const { return connections_; }
  int64_t output_disconnects() const { return output_disconnects_; }
  int64_t errors() const { return errors_; }
  int64_t hits() const { return hits_; }
  int64_t misses() const { return misses_; }
  int64_t expired() const { return expired_; }
  int64_t input_bytes() const { return input_bytes_; }
  int64_t output_bytes() const { return output_bytes_; }
  int64_t reads() const { return reads_; }    // of input
  int64_t writes() const { return writes_; }  // of output
  int64_t calls() const;
  // Commands that may have changed something, and did not fail. Never reset.
  int64_t changes() const { return forgotten_changes_ + ChangesSinceReset(); }
  CommandCounts counts(const Command& command) const;
  // (code word, count), by code word.
  std::vector<std::pair<std::string, int64_t>> error_counts() const;
  void Reset();

 private:
  struct Counters {
    std::atomic<int64_t> calls{0};
    std::atomic<int64_t> rejected{0};
    std::atomic<int64_t> failed{0};
  };
  Counters& At(const Command& command) { return commands_[IndexOf(command)]; }

  int64_t ChangesSinceReset() const;

  std::vector<Counters> commands_;  // by row of the command table; constant size
  std::atomic<int64_t> connections_{0};
  std::atomic<int64_t> errors_{0};
  std::atomic<int64_t> output_disconnects_{0};
  std::atomic<int64_t> hits_{0};
  std::atomic<int64_t> misses_{0};
  std::atomic<int64_t> expired_{0};
  std::atomic<int64_t> input_bytes_{0};
  std::atomic<int64_t> output_bytes_{0};
  std::atomic<int64_t> reads_{0};
  std::atomic<int64_t> writes_{0};
  std::atomic<int64_t> forgotten_changes_{0};  // those before the last Reset
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, int64_t> error_counts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_STATS_H_
