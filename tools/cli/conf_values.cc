// What the words of a configuration stand for.
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <optional>

#include "braid/error.h"
#include "tools/cli/conf.h"

namespace braid::cli {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

std::optional<int64_t> UnitOf(std::string_view suffix) {
  if (suffix.empty()) return 1;
  const size_t power = std::string_view("kmgtpe").find(suffix.front());
  if (power == std::string_view::npos) return std::nullopt;
  const std::string_view rest = suffix.substr(1);
  if (!rest.empty() && rest != "b" && rest != "i" && rest != "ib") return std::nullopt;
  int64_t unit = 1;
  for (size_t i = 0; i <= power; ++i) unit *= rest.empty() ? 1000 : 1024;
  return unit;
}

}  // namespace

ConfValue ConfWord(std::string_view word) {
  ConfValue value;
  value.text = std::string(word);
  const std::string lower = Lower(word);
  const char* const begin = lower.data();
  const char* const end = begin + lower.size();
  for (const std::string_view yes : {"true", "yes", "on"}) {
    if (lower != yes) continue;
    value.kind = ConfValue::Kind::kFlag;
    value.flag = true;
    return value;
  }
  value.kind = ConfValue::Kind::kFlag;
  for (const std::string_view no : {"false", "no", "off"}) {
    if (lower == no) return value;
  }
  const auto [stop, error] = std::from_chars(begin, end, value.number);
  if (error == std::errc()) {
    const auto unit = UnitOf({stop, static_cast<size_t>(end - stop)});
    if (unit && !__builtin_mul_overflow(value.number, *unit, &value.number)) {
      value.kind = ConfValue::Kind::kNumber;
      return value;
    }
    char* real_end = nullptr;
    value.real = std::strtod(begin, &real_end);
    if (real_end == end) {
      value.kind = ConfValue::Kind::kReal;
      return value;
    }
  }
  value.kind = ConfValue::Kind::kText;
  return value;
}

const ConfValue* ConfValue::Find(std::string_view name) const {
  const std::string lower = Lower(name);
  const ConfValue* found = nullptr;
  for (const ConfEntry& entry : map) {
    if (Lower(entry.key) == lower) found = &entry.value;
  }
  return found;
}

absl::StatusOr<absl::Duration> ConfDuration(const ConfValue& value) {
  if (value.kind == ConfValue::Kind::kNumber) return absl::Seconds(value.number);
  if (value.kind == ConfValue::Kind::kReal) return absl::Seconds(value.real);
  absl::Duration duration;
  if (value.kind == ConfValue::Kind::kText && absl::ParseDuration(value.text, &duration)) {
    return duration;
  }
  return MakeError(Errc::kInvalidArgument,
                   fmt::format("{}: \"{}\" is no duration, as in 2m", value.place, value.text));
}

}  // namespace braid::cli
