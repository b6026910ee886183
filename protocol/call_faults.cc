#include "protocol/call_faults.h"

#include <utility>

namespace braid::net {

void CallFaults::Add(CallFault fault) {
  if (fault.times == 0) return;
  absl::MutexLock lock(&mu_);
  faults_.push_back(std::move(fault));
  any_ = true;
}

void CallFaults::Clear() {
  absl::MutexLock lock(&mu_);
  faults_.clear();
  any_ = false;
}

std::optional<CallFault> CallFaults::Take(std::string_view call, std::string_view client_id) {
  if (!any()) return std::nullopt;
  absl::MutexLock lock(&mu_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->call != call) continue;
    if (!fault->client_id.empty() && fault->client_id != client_id) continue;
    if (fault->after > 0) {
      --fault->after;
      return std::nullopt;  // this call was counted
    }
    std::optional<CallFault> taken = *fault;
    if (fault->times > 0 && --fault->times == 0) faults_.erase(fault);
    any_ = !faults_.empty();
    return taken;
  }
  return std::nullopt;
}

}  // namespace braid::net
