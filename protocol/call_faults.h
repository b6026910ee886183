// The faults that are still to happen to the calls of one protocol. Which of a protocol's calls one
// is, the protocol says.
//
// Thread-safe. While there are none, asking costs one load.
#ifndef BRAID_PROTOCOL_CALL_FAULTS_H_
#define BRAID_PROTOCOL_CALL_FAULTS_H_

#include <atomic>
#include <list>
#include <optional>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/call_fault.h"

namespace braid::net {

class CallFaults {
 public:
  void Add(CallFault fault);
  void Clear();
  // What is to happen to this call, which counts; the fault added first goes first.
  std::optional<CallFault> Take(std::string_view call, std::string_view client_id);
  bool any() const { return any_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> any_{false};
  absl::Mutex mu_;
  std::list<CallFault> faults_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_CALL_FAULTS_H_
