// Clients that MONITOR: every command that runs is told to them, on a line of its own.
//
// Lines reach each of them in the order in which commands ran. Thread-safe.
#ifndef BRAID_PROTOCOL_REDIS_MONITORS_H_
#define BRAID_PROTOCOL_REDIS_MONITORS_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "protocol/redis/clients.h"
#include "protocol/redis/settings.h"

namespace braid::redis {

// `+<seconds>.<micros> [<database> <address>] "arg" ...` and its line end; quotes, backslashes and
// what cannot be printed are escaped.
std::string MonitorLine(absl::Time when, int database, std::string_view address,
                        absl::Span<const std::string_view> args);

class Monitors {
 public:
  void Add(const ClientHandlePtr& client);
  void Remove(const ClientHandle& client);
  // Whether nobody watches; costs one relaxed load.
  bool empty() const { return count_.load(std::memory_order_relaxed) == 0; }

  // Tells all of them. Returns how many were disconnected because they do not read.
  int64_t Show(const std::string& line, const OutputLimit& limit, absl::Time now);

 private:
  std::atomic<int64_t> count_{0};
  absl::Mutex mu_;
  std::vector<ClientHandlePtr> clients_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_MONITORS_H_
