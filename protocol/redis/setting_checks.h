// What CONFIG SET takes for a setting. Each check is false, with the reason in Redis's words in
// `error` (which is empty before), for a value that is none. Pure.
#ifndef BRAID_PROTOCOL_REDIS_SETTING_CHECKS_H_
#define BRAID_PROTOCOL_REDIS_SETTING_CHECKS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "fmt/format.h"
#include "protocol/redis/inert_settings.h"
#include "protocol/redis/notify.h"
#include "protocol/redis/numbers.h"
#include "protocol/redis/settings.h"

namespace braid::redis {

inline bool CheckAny(std::string_view, std::string&) {
  return true;
}

inline bool CheckCount(std::string_view value, std::string& error) {
  const auto count = ParseInt64(value);
  if (!count) error = "argument couldn't be parsed into an integer";
  if (count && *count < 0) {
    error = "argument must be between 0 and 9223372036854775807 inclusive";
  }
  return error.empty();
}

inline bool CheckKeyEvents(std::string_view value, std::string& error) {
  if (!ParseKeyEvents(value)) {
    error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
  }
  return error.empty();
}

inline bool CheckOutputLimits(std::string_view value, std::string& error) {
  return Settings().SetOutputLimits(value, /*apply=*/false, error);
}

template <int64_t low, int64_t high>
inline bool CheckWithin(std::string_view value, std::string& error) {
  const auto number = ParseInt64(value);
  if (!number) {
    error = "argument couldn't be parsed into an integer";
  } else if (*number < low || *number > high) {
    error = fmt::format("argument must be between {} and {} inclusive", low, high);
  }
  return error.empty();
}

template <int64_t low>
inline bool CheckBytes(std::string_view value, std::string& error) {
  const auto bytes = ParseBytes(value);
  if (!bytes) {
    error = "argument must be a memory value";
  } else if (*bytes < low) {
    error = fmt::format("argument must be between {} and {} inclusive", low, INT64_MAX);
  }
  return error.empty();
}

inline bool CheckYesNo(std::string_view value, std::string& error) {
  error = CheckValue(InertSetting::Kind::kYesNo, value);
  return error.empty();
}

inline bool CheckDebugAccess(std::string_view value, std::string& error) {
  if (!ParseDebugAccess(value)) {
    error = "argument(s) must be one of the following: no, yes, local";
  }
  return error.empty();
}

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_SETTING_CHECKS_H_
