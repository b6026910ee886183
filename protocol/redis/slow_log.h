// The slow log: commands that took long to execute, the newest of them. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_SLOW_LOG_H_
#define BRAID_PROTOCOL_REDIS_SLOW_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"

namespace braid::redis {

class SlowLog {
 public:
  struct Entry {
    int64_t id = 0;  // counts up, whatever is forgotten
    int64_t unix_seconds = 0;
    int64_t micros = 0;             // it took
    std::vector<std::string> args;  // cut (CutArgs)
    std::string address;
    std::string name;  // of the client
  };

  // Gives the entry its id; the oldest beyond `max_len` go.
  void Add(Entry entry, int64_t max_len);
  // The newest `count`, newest first; -1: all.
  std::vector<Entry> Newest(int64_t count) const;
  size_t size() const;
  void Reset();

 private:
  mutable absl::Mutex mu_;
  int64_t next_id_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mu_);  // newest first
};

// Copies of at most 32 arguments of at most 128 bytes each; what was cut is counted in words.
std::vector<std::string> CutArgs(absl::Span<const std::string_view> args);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SLOW_LOG_H_
