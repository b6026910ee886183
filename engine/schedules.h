// Records that produce other records when their time comes.
//
// A record is a schedule when it has these headers; its key is the schedule's name, and the newest
// record of the key is the one that counts:
//
//   Nats-Schedule: @at 2026-09-01T02:17:55Z    once; a time that has passed is due at once
//                  @every 5m                   again and again, at least a second apart
//                  0 30 9 * * *, @hourly       engine/cron.h; in UTC or in Nats-Schedule-Time-Zone
//   Nats-Schedule-Target: orders               key of what is produced
//   Nats-Schedule-Source: sensors.raw          its content is the newest record's of that key, if
//                                              there is one, and not the schedule's own
//   Nats-Schedule-TTL, -Rollup                 of what is produced
//
// What is produced says which schedule it is of and what becomes of that: Nats-Scheduler, and
// Nats-Schedule-Next with a time, or "purge" when the schedule has done its work and goes. So a log
// tells what has happened by itself. Since what is produced may be consumed and gone before a
// restart, the journal has it, too.
//
// Sources: ADR-51 of NATS. Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_SCHEDULES_H_
#define BRAID_ENGINE_SCHEDULES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "braid/record.h"
#include "engine/cron.h"
#include "engine/string_map.h"

namespace braid::engine {

inline constexpr std::string_view kScheduleHeader = "Nats-Schedule";
inline constexpr std::string_view kSchedulerHeader = "Nats-Scheduler";
inline constexpr std::string_view kScheduleNextHeader = "Nats-Schedule-Next";
inline constexpr std::string_view kSchedulePurge = "purge";

// When a schedule is due. A constant value.
class ScheduleTimes {
 public:
  // The zone that a schedule names; nullopt when there is none of that name here. Offsets are no
  // names.
  static std::optional<absl::TimeZone> FindZone(std::string_view name);
  // nullopt: no pattern, or one with a zone that is not cron's.
  static std::optional<ScheduleTimes> Parse(std::string_view pattern,
                                            std::optional<absl::TimeZone> zone);

  bool repeats() const { return !once_.has_value(); }
  // When it is due, of a schedule that was written or has last been due at `time`; nullopt: never.
  std::optional<absl::Time> After(absl::Time time) const;
  // The time in words, by the clocks that it goes by.
  std::string Text(absl::Time time) const;

 private:
  std::optional<absl::Time> once_;
  absl::Duration every_ = absl::ZeroDuration();
  std::optional<Cron> cron_;
  absl::TimeZone zone_ = absl::UTCTimeZone();
};

// What a record's headers say; views into them.
struct Schedule {
  ScheduleTimes times;
  std::string_view target, source, ttl, rollup;

  // nullopt: the record is no schedule.
  static std::optional<Schedule> Of(absl::Span<const HeaderView> headers);
};

// The schedules of a stream: which are due when.
class Schedules {
 public:
  // `record` has been appended, or found in the log, under `key`.
  void Note(std::string_view key, const RecordView& record);
  // The record has gone. True when the journal knew of it.
  bool Forget(std::string_view key, Offset offset);
  // The schedule is due at `due_ms`, and not when it was.
  void Postpone(std::string_view key, int64_t due_ms);
  // The journal is told when the schedule is due.
  void NoteJournaled(Offset offset) { journaled_.insert(offset); }
  std::optional<int64_t> DueOf(std::string_view key) const;

  bool Has(std::string_view key) const { return entries_.contains(key); }
  bool empty() const { return entries_.empty(); }
  int64_t next_due_ms() const;  // INT64_MAX: none is
  struct Due {
    std::string key;
    Offset offset = 0;
    int64_t due_ms = 0;
    bool done = false;  // it has done its work, and is only to go
  };
  std::vector<Due> DueBy(int64_t now_ms, size_t max) const;

  // Forgets everything but when those known were due: all that live are noted again next.
  void BeginRebuild();
  // What the journal says of a record that will be noted.
  void Remember(Offset offset, int64_t due_ms) {
    remembered_[offset] = due_ms;
    journaled_.insert(offset);
  }
  void EndRebuild() { remembered_.clear(); }
  // Of those that the journal knows.
  void ForEachJournaled(absl::FunctionRef<void(Offset offset, int64_t due_ms)> fn) const;

 private:
  struct Entry {
    Offset offset = 0;
    int64_t due_ms = 0;
    bool done = false;
  };
  void Move(std::string_view key, Entry& entry, int64_t due_ms);
  void NoteProduced(const RecordView& record);

  StringMap<Entry> entries_;                              // by key
  absl::btree_set<std::pair<int64_t, std::string>> due_;  // due_ms and key
  absl::flat_hash_map<Offset, int64_t> remembered_;       // due_ms
  absl::flat_hash_set<Offset> journaled_;                 // the journal has when they are due
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SCHEDULES_H_
