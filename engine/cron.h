// Times in the manner of cron, in six fields: second, minute, hour, day of month, month, day of
// week.
//
//   "0 30 9 * * mon-fri"   half past nine on working days
//   "@hourly"              also @daily (@midnight), @weekly, @monthly, @yearly (@annually)
//
// A field is a list of numbers, ranges and steps: 1,15  8-11  */5  0-23/2  7/10 (7, 17, ...).
// Months and days of the week have names of three letters, in any case; 0 is Sunday. When both day
// fields are restricted, either may match.
//
// A constant value: thread-safe.
#ifndef BRAID_ENGINE_CRON_H_
#define BRAID_ENGINE_CRON_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace braid::engine {

class Cron {
 public:
  static std::optional<Cron> Parse(std::string_view pattern);

  // The first matching second after `time`, by the clocks of `zone`: where those are put back, what
  // lies in the hour comes twice, and where they are put forward, what they leave out does not
  // come. nullopt when there is none within five years.
  std::optional<absl::Time> Next(absl::Time time, absl::TimeZone zone) const;

 private:
  struct Field {
    uint64_t values = 0;  // a bit each
    bool open = false;    // begins with an asterisk
    bool Has(int value) const { return (values >> value & 1) != 0; }
  };
  struct Bounds;
  static std::optional<Field> ReadField(std::string_view text, const Bounds& bounds);
  static bool AddRange(std::string_view text, const Bounds& bounds, Field& field);
  bool MatchesDay(absl::CivilDay day) const;

  Field seconds_, minutes_, hours_, days_, months_, weekdays_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_CRON_H_
