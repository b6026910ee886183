// What LATENCY knows of events that took longer than latency-monitor-threshold: the worst of each
// second, the newest of them. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_LATENCY_EVENTS_H_
#define BRAID_PROTOCOL_REDIS_LATENCY_EVENTS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/synchronization/mutex.h"

namespace braid::redis {

class LatencyEvents {
 public:
  struct Sample {
    int64_t unix_seconds = 0;
    int64_t ms = 0;
  };
  struct Event {
    std::string name;
    std::deque<Sample> samples;  // oldest first
    int64_t max_ms = 0;          // ever
  };
  // Samples kept of an event.
  static constexpr size_t kMaxSamples = 160;

  void Add(std::string_view name, Sample sample);
  // By name.
  std::vector<Event> All() const;
  std::vector<Sample> Samples(std::string_view name) const;
  // Forgets an event; false when it was not known.
  bool Reset(std::string_view name);
  // Forgets all of them, and says how many.
  size_t ResetAll();

 private:
  mutable absl::Mutex mu_;
  absl::btree_map<std::string, Event, std::less<>> events_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_LATENCY_EVENTS_H_
