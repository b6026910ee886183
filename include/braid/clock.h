// Time comes in through a constructor. The engine never asks the operating system what time it is.
#ifndef BRAID_CLOCK_H_
#define BRAID_CLOCK_H_

#include "absl/time/time.h"

namespace braid {

// Thread-safe: any thread may ask at any time.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time; may step backwards when the operating system's does.
  virtual absl::Time Now() const = 0;

  // The machine's real clock; lives for ever.
  static const Clock& System();
};

}  // namespace braid

#endif  // BRAID_CLOCK_H_
