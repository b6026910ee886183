#include "engine/cron.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"

namespace braid::engine {
namespace {

constexpr std::string_view kMonths[] = {"",    "jan", "feb", "mar", "apr", "may", "jun",
                                        "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Predefined {
  std::string_view name, pattern;
};
constexpr Predefined kPredefined[] = {
    {"@yearly", "0 0 0 1 1 *"}, {"@annually", "0 0 0 1 1 *"}, {"@monthly", "0 0 0 1 * *"},
    {"@weekly", "0 0 0 * * 0"}, {"@daily", "0 0 0 * * *"},    {"@midnight", "0 0 0 * * *"},
    {"@hourly", "0 0 * * * *"},
};

constexpr int kMaxYears = 5;

std::optional<int> NumberOf(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

struct Cron::Bounds {
  int min, max;
  absl::Span<const std::string_view> names = {};

  std::optional<int> ValueOf(std::string_view text) const {
    for (size_t i = 0; i < names.size(); ++i) {
      const bool same = absl::EqualsIgnoreCase(absl::string_view(text.data(), text.size()),
                                               absl::string_view(names[i].data(), names[i].size()));
      if (same && !text.empty()) return static_cast<int>(i);
    }
    return NumberOf(text);
  }
};

std::optional<Cron> Cron::Parse(std::string_view pattern) {
  for (const Predefined& row : kPredefined) {
    if (pattern == row.name) pattern = row.pattern;
  }
  const std::vector<std::string> fields = absl::StrSplit(
      absl::string_view(pattern.data(), pattern.size()), absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (fields.size() != 6) return std::nullopt;
  const Bounds bounds[] = {{0, 59, {}}, {0, 59, {}},      {0, 23, {}},
                           {1, 31, {}}, {1, 12, kMonths}, {0, 6, kWeekdays}};
  Cron cron;
  Field* const into[] = {&cron.seconds_, &cron.minutes_, &cron.hours_,
                         &cron.days_,    &cron.months_,  &cron.weekdays_};
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto field = ReadField(fields[i], bounds[i]);
    if (!field.has_value()) return std::nullopt;
    *into[i] = *field;
  }
  return cron;
}

std::optional<Cron::Field> Cron::ReadField(std::string_view text, const Bounds& bounds) {
  Field field;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    if (!AddRange(text.substr(0, comma), bounds, field)) return std::nullopt;
    if (comma == std::string_view::npos) return field;
    text.remove_prefix(comma + 1);
  }
  return std::nullopt;
}

// number | number-number | *, each with /step; number/step goes on to the end.
bool Cron::AddRange(std::string_view text, const Bounds& bounds, Field& field) {
  const size_t slash = text.find('/');
  const std::string_view range = text.substr(0, slash);
  std::optional<int> begin = bounds.min, end = bounds.max, step = 1;
  if (slash != std::string_view::npos) step = NumberOf(text.substr(slash + 1));
  const bool all = range == "*" || range == "?";
  if (!all) {
    const size_t hyphen = range.find('-');
    begin = bounds.ValueOf(range.substr(0, hyphen));
    if (hyphen != std::string_view::npos) {
      end = bounds.ValueOf(range.substr(hyphen + 1));
    } else if (slash == std::string_view::npos) {
      end = begin;
    }
  }
  if (!begin || !end || !step || *step < 1) return false;
  if (*begin < bounds.min || *end > bounds.max || *begin > *end) return false;
  field.open |= all && *step == 1;
  for (int value = *begin; value <= *end; value += *step) field.values |= uint64_t{1} << value;
  return true;
}

bool Cron::MatchesDay(absl::CivilDay day) const {
  const bool by_date = days_.Has(day.day());
  // Sunday is the last of Abseil's week.
  const int weekday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
  const bool by_weekday = weekdays_.Has(weekday);
  return days_.open || weekdays_.open ? by_date && by_weekday : by_date || by_weekday;
}

std::optional<absl::Time> Cron::Next(absl::Time time, absl::TimeZone zone) const {
  // The largest part that does not match moves on to its next value; real time is what advances, so
  // that hours that come twice are seen twice.
  absl::Time at = absl::FromUnixSeconds(absl::ToUnixSeconds(time)) + absl::Seconds(1);
  const int64_t last_year = absl::ToCivilYear(at, zone).year() + kMaxYears;
  const auto start_of = [&](absl::CivilSecond second) {
    const absl::TimeZone::TimeInfo info = zone.At(second);
    const bool skipped = info.kind == absl::TimeZone::TimeInfo::SKIPPED;
    return std::max(at + absl::Seconds(1), skipped ? info.trans : info.pre);
  };
  while (true) {
    const absl::CivilSecond now = zone.At(at).cs;
    if (now.year() > last_year) return std::nullopt;
    if (!months_.Has(now.month())) {
      at = start_of(absl::CivilSecond(absl::CivilMonth(now) + 1));
    } else if (!MatchesDay(absl::CivilDay(now))) {
      at = start_of(absl::CivilSecond(absl::CivilDay(now) + 1));
    } else if (!hours_.Has(now.hour())) {
      at += absl::Seconds(3600 - now.minute() * 60 - now.second());
    } else if (!minutes_.Has(now.minute())) {
      at += absl::Seconds(60 - now.second());
    } else if (!seconds_.Has(now.second())) {
      at += absl::Seconds(1);
    } else {
      return at;
    }
  }
}

}  // namespace braid::engine
