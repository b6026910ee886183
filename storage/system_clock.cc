#include "absl/time/clock.h"
#include "braid/clock.h"

namespace braid {
namespace {

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock* const clock = new SystemClock;  // outlives every static destructor
  return *clock;
}

}  // namespace braid
