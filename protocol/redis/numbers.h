// Numbers as Redis reads and prints them. Pure.
#ifndef BRAID_PROTOCOL_REDIS_NUMBERS_H_
#define BRAID_PROTOCOL_REDIS_NUMBERS_H_

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::redis {

// A decimal integer in its one canonical spelling: no spaces, no '+', no leading zeros, no "-0".
inline std::optional<int64_t> ParseInt64(std::string_view text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  std::string_view digits = text;
  if (digits.front() == '-') digits.remove_prefix(1);
  if (digits.front() == '0' && text.size() > 1) return std::nullopt;
  return value;
}

template <typename Integer>
void AppendNumber(std::string& out, Integer value) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), value);
  (void)error;  // 24 characters hold any 64-bit number
  out.append(digits, end);
}

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_NUMBERS_H_
