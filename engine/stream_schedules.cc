// What schedules produce.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/record_headers.h"
#include "engine/stream_parts.h"

namespace braid::engine {
namespace {

constexpr size_t kMaxAtOnce = 1024;  // the rest follows at once
constexpr absl::Duration kRetry = absl::Seconds(1);

// Headers of a schedule, or of its source, that what is produced must not have.
bool StaysBehind(std::string_view key) {
  return key.starts_with("Nats-Schedule") || key.starts_with("Nats-Expected-") ||
         key == "Nats-Msg-Id" || key == kTtlHeader || key == "Nats-Rollup";
}

}  // namespace

void StreamParts::RunSchedules(absl::Time now, AfterUnlock& after) {
  if (schedules.empty()) return;
  const int64_t now_ms = absl::ToUnixMillis(now);
  if (schedules.next_due_ms() <= now_ms) {
    const std::vector<Schedules::Due> due = schedules.DueBy(now_ms, kMaxAtOnce);
    absl::Status status = Flush(after);
    for (const Schedules::Due& one : due) {
      if (absl::Status s = Produce(one, now, after); !s.ok()) {
        schedules.Postpone(one.key, absl::ToUnixMillis(now + kRetry));
      }
    }
    if (status.ok()) status = Flush(after);
    if (!status.ok()) {  // none was produced
      for (const Schedules::Due& one : due) {
        schedules.Postpone(one.key, absl::ToUnixMillis(now + kRetry));
      }
    }
    journal().Flush().IgnoreError();  // the log says the same, and the next commit writes it
  }
  ArmTracked(after);
}

absl::Status StreamParts::Produce(const Schedules::Due& due, absl::Time now, AfterUnlock& after) {
  auto holder = Snapshot().ReadOne(due.offset);
  const auto schedule = holder.ok() ? Schedule::Of(holder->headers) : std::nullopt;
  if (!schedule.has_value()) {
    Forget(due.key, due.offset);
    return absl::OkStatus();
  }
  if (due.done) return Purge(due.key, std::nullopt, 0, after).status();
  StoredRecord content = *holder;
  if (!schedule->source.empty()) {
    const Offset newest = NewestMatching(schedule->source).value_or(-1);
    if (newest >= 0) {
      if (absl::Status s = Flush(after); !s.ok()) return s;
      if (auto record = Snapshot().ReadOne(newest); record.ok()) content = *std::move(record);
    }
  }
  RecordView produced;
  produced.key = schedule->target;
  produced.value = content.value;
  for (const HeaderView& header : content.headers) {
    if (!StaysBehind(header.key)) produced.headers.push_back(header);
  }
  produced.headers.push_back({kSchedulerHeader, due.key});
  // What should have happened several times meanwhile happens once.
  std::optional<absl::Time> next_due;
  if (schedule->times.repeats()) {
    next_due = schedule->times.After(absl::FromUnixMillis(due.due_ms));
    if (next_due.has_value() && *next_due < now) next_due = schedule->times.After(now);
  }
  const std::string next_text =
      next_due.has_value() ? schedule->times.Text(*next_due) : std::string(kSchedulePurge);
  produced.headers.push_back({kScheduleNextHeader, next_text});
  std::string ttl(schedule->ttl);
  if (!ttl.empty()) produced.headers.push_back({kTtlHeader, ttl});
  AppendOptions append{.origin = Origin::kNats, .tell_previous = true};
  if (!schedule->rollup.empty()) {
    produced.headers.push_back({"Nats-Rollup", schedule->rollup});
    append.rollup = Rollup::kKey;
  }
  if (!next_due.has_value()) append.ends_schedule = due.key;
  auto appended = Append(produced, append, now, after);
  if (!appended.ok()) return appended.status();
  Announce(appended->base_offset, appended->previous, after);
  if (next_due.has_value()) {
    schedules.NoteJournaled(due.offset);
    journal().Put(keys::Of(keys::kScheduled, stream_id(), static_cast<uint64_t>(due.offset)),
                  Encoder().I64(absl::ToUnixMillis(*next_due)).bytes());
  }
  return absl::OkStatus();
}

}  // namespace braid::engine
