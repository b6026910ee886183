#include "engine/duration_text.h"

#include "absl/strings/str_cat.h"

namespace braid::engine {

std::optional<absl::Duration> ParseDurationText(std::string_view text) {
  // The other forms that Abseil reads are not Go's.
  if (text.find_first_not_of("+-.0123456789hmsunµ") != std::string_view::npos) return std::nullopt;
  std::string plain(text);
  for (size_t at = plain.find("µ"); at != std::string::npos; at = plain.find("µ")) {
    plain.replace(at, std::string_view("µ").size(), "u");
  }
  absl::Duration duration;
  if (!absl::ParseDuration(plain, &duration)) return std::nullopt;
  return duration;
}

std::string DurationText(absl::Duration duration) {
  if (duration == absl::ZeroDuration()) return "0s";
  if (duration < absl::ZeroDuration()) return absl::StrCat("-", DurationText(-duration));
  if (duration < absl::Seconds(1)) return absl::FormatDuration(duration);
  const int64_t hours = absl::ToInt64Hours(duration);
  const absl::Duration below_hour = duration - absl::Hours(hours);
  const int64_t minutes = absl::ToInt64Minutes(below_hour);
  const absl::Duration seconds = below_hour - absl::Minutes(minutes);
  std::string text;
  if (hours > 0) absl::StrAppend(&text, hours, "h");
  if (hours > 0 || minutes > 0) absl::StrAppend(&text, minutes, "m");
  if (seconds == absl::ZeroDuration()) return text.append("0s");
  // A part of a second counts in seconds here, whatever its size.
  std::string part = absl::StrCat(absl::ToInt64Seconds(seconds));
  int64_t nanos = absl::ToInt64Nanoseconds(seconds) % 1'000'000'000;
  if (nanos > 0) {
    std::string digits = absl::StrCat(1'000'000'000 + nanos).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    part.append(".").append(digits);
  }
  return text.append(part).append("s");
}

}  // namespace braid::engine
