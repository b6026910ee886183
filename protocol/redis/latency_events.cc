#include "protocol/redis/latency_events.h"

#include <algorithm>

namespace braid::redis {

void LatencyEvents::Add(std::string_view name, Sample sample) {
  absl::MutexLock lock(&mu_);
  Event& event = events_[std::string(name)];
  event.name = name;
  event.max_ms = std::max(event.max_ms, sample.ms);
  if (!event.samples.empty() && event.samples.back().unix_seconds == sample.unix_seconds) {
    event.samples.back().ms = std::max(event.samples.back().ms, sample.ms);
    return;
  }
  event.samples.push_back(sample);
  if (event.samples.size() > kMaxSamples) event.samples.pop_front();
}

std::vector<LatencyEvents::Event> LatencyEvents::All() const {
  absl::MutexLock lock(&mu_);
  std::vector<Event> all;
  for (const auto& [name, event] : events_) all.push_back(event);
  return all;
}

std::vector<LatencyEvents::Sample> LatencyEvents::Samples(std::string_view name) const {
  absl::MutexLock lock(&mu_);
  const auto it = events_.find(name);
  if (it == events_.end()) return {};
  return {it->second.samples.begin(), it->second.samples.end()};
}

bool LatencyEvents::Reset(std::string_view name) {
  absl::MutexLock lock(&mu_);
  const auto it = events_.find(name);
  if (it == events_.end()) return false;
  events_.erase(it);
  return true;
}

size_t LatencyEvents::ResetAll() {
  absl::MutexLock lock(&mu_);
  const size_t count = events_.size();
  events_.clear();
  return count;
}

}  // namespace braid::redis
