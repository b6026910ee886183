// Durations in words, as Go programs write them: "1h30m", "1.5s", "250ms", "-2s". Pure.
#ifndef BRAID_ENGINE_DURATION_TEXT_H_
#define BRAID_ENGINE_DURATION_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace braid::engine {

// One or more numbers with units (h, m, s, ms, us, ns), or a plain "0". nullopt: something else.
std::optional<absl::Duration> ParseDurationText(std::string_view text);

// The form that Go prints: hours, minutes and seconds from the largest that is not zero on
// ("1h0m0s", "1m30s", "2.5s"), and below a second one unit ("250ms").
std::string DurationText(absl::Duration duration);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_DURATION_TEXT_H_
