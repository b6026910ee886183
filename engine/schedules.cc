#include "engine/schedules.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/duration_text.h"
#include "engine/record_headers.h"

namespace braid::engine {
namespace {

constexpr std::string_view kAt = "@at ";
constexpr std::string_view kEvery = "@every ";
constexpr absl::Duration kShortest = absl::Seconds(1);
constexpr absl::string_view kTimeText = "%Y-%m-%d%ET%H:%M:%E*S";

std::optional<absl::Time> ParseTimeText(std::string_view text) {
  // The other forms that Abseil reads have no digit there.
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  absl::Time time;
  const absl::string_view plain(text.data(), text.size());
  if (!absl::ParseTime(absl::RFC3339_full, plain, &time, nullptr)) return std::nullopt;
  return time;
}

absl::Time ToSecond(absl::Time time) {
  return absl::UnixEpoch() +
         absl::Floor(time - absl::UnixEpoch() + absl::Milliseconds(500), absl::Seconds(1));
}

}  // namespace

std::optional<absl::TimeZone> ScheduleTimes::FindZone(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name == "UTC") return absl::UTCTimeZone();
  if (name == "Local") return absl::LocalTimeZone();
  // Names are files of the time zone database, and nothing else that Abseil would open or make up.
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '_' || c == '-' || c == '+';
  });
  if (!plain || name.front() == '/' || name.front() == '+' || name.front() == '-' ||
      name.starts_with("Fixed/") || name == "localtime") {
    return std::nullopt;
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(name), &zone)) return std::nullopt;
  return zone;
}

std::optional<ScheduleTimes> ScheduleTimes::Parse(std::string_view pattern,
                                                  std::optional<absl::TimeZone> zone) {
  ScheduleTimes times;
  if (pattern.starts_with(kAt)) {
    times.once_ = ParseTimeText(pattern.substr(kAt.size()));
    if (!times.once_.has_value() || zone.has_value()) return std::nullopt;
    return times;
  }
  if (pattern.starts_with(kEvery)) {
    const auto every = ParseDurationText(pattern.substr(kEvery.size()));
    if (!every.has_value() || *every < kShortest || zone.has_value()) return std::nullopt;
    times.every_ = *every;
    return times;
  }
  times.cron_ = Cron::Parse(pattern);
  if (!times.cron_.has_value()) return std::nullopt;
  times.zone_ = zone.value_or(absl::UTCTimeZone());
  return times;
}

std::optional<absl::Time> ScheduleTimes::After(absl::Time time) const {
  if (once_.has_value()) return once_;
  if (cron_.has_value()) return cron_->Next(time, zone_);
  return ToSecond(time) + every_;
}

std::string ScheduleTimes::Text(absl::Time time) const {
  std::string text = absl::FormatTime(kTimeText, time, zone_);
  return text.append(zone_ == absl::UTCTimeZone() ? "Z" : absl::FormatTime("%Ez", time, zone_));
}

std::optional<Schedule> Schedule::Of(absl::Span<const HeaderView> headers) {
  const auto pattern = HeaderOf(headers, kScheduleHeader);
  if (!pattern.has_value() || pattern->empty()) return std::nullopt;
  std::optional<absl::TimeZone> zone;
  if (const auto name = HeaderOf(headers, "Nats-Schedule-Time-Zone")) {
    zone = ScheduleTimes::FindZone(*name);
    if (!zone.has_value()) return std::nullopt;
  }
  const auto times = ScheduleTimes::Parse(*pattern, zone);
  const std::string_view target = HeaderOf(headers, "Nats-Schedule-Target").value_or("");
  if (!times.has_value() || target.empty()) return std::nullopt;
  return Schedule{.times = *times,
                  .target = target,
                  .source = HeaderOf(headers, "Nats-Schedule-Source").value_or(""),
                  .ttl = HeaderOf(headers, "Nats-Schedule-TTL").value_or(""),
                  .rollup = HeaderOf(headers, "Nats-Schedule-Rollup").value_or("")};
}

void Schedules::Note(std::string_view key, const RecordView& record) {
  const auto schedule = record.headers.empty() ? std::nullopt : Schedule::Of(record.headers);
  const auto known = entries_.find(key);
  if (known != entries_.end()) {  // it is replaced, if only by a record that is no schedule
    due_.erase({known->second.due_ms, known->first});
    entries_.erase(known);
  }
  if (!record.headers.empty()) NoteProduced(record);
  if (!schedule.has_value()) return;
  Entry entry{.offset = record.offset};
  const auto remembered = remembered_.find(record.offset);
  if (remembered != remembered_.end()) {
    entry.due_ms = remembered->second;
  } else {
    const auto due = schedule->times.After(absl::FromUnixMillis(record.timestamp_ms));
    if (!due.has_value()) return;
    entry.due_ms = absl::ToUnixMillis(*due);
  }
  due_.emplace(entry.due_ms, std::string(key));
  entries_.emplace(std::string(key), entry);
}

// A record that was produced says how its schedule goes on.
void Schedules::NoteProduced(const RecordView& record) {
  const auto next = HeaderOf(record.headers, kScheduleNextHeader);
  const auto scheduler = HeaderOf(record.headers, kSchedulerHeader);
  if (!next.has_value() || !scheduler.has_value()) return;
  const auto it = entries_.find(*scheduler);
  if (it == entries_.end()) return;
  if (*next == kSchedulePurge) {
    it->second.done = true;
    Move(it->first, it->second, 0);
  } else if (const auto time = ParseTimeText(*next)) {
    Move(it->first, it->second, std::max(it->second.due_ms, absl::ToUnixMillis(*time)));
  }
}

bool Schedules::Forget(std::string_view key, Offset offset) {
  const bool journaled = journaled_.erase(offset) > 0;
  const auto it = entries_.find(key);
  if (it == entries_.end() || it->second.offset != offset) return journaled;
  due_.erase({it->second.due_ms, it->first});
  entries_.erase(it);
  return journaled;
}

void Schedules::Postpone(std::string_view key, int64_t due_ms) {
  const auto it = entries_.find(key);
  if (it != entries_.end()) Move(it->first, it->second, due_ms);
}

std::optional<int64_t> Schedules::DueOf(std::string_view key) const {
  const auto it = entries_.find(key);
  return it == entries_.end() ? std::nullopt : std::optional(it->second.due_ms);
}

void Schedules::Move(std::string_view key, Entry& entry, int64_t due_ms) {
  due_.erase({entry.due_ms, std::string(key)});
  entry.due_ms = due_ms;
  due_.emplace(due_ms, std::string(key));
}

int64_t Schedules::next_due_ms() const {
  return due_.empty() ? INT64_MAX : due_.begin()->first;
}

std::vector<Schedules::Due> Schedules::DueBy(int64_t now_ms, size_t max) const {
  std::vector<Due> due;
  for (const auto& [due_ms, key] : due_) {
    if (due_ms > now_ms || due.size() == max) break;
    const Entry& entry = entries_.find(key)->second;
    due.push_back({.key = key, .offset = entry.offset, .due_ms = due_ms, .done = entry.done});
  }
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) { return a.offset < b.offset; });
  return due;
}

void Schedules::BeginRebuild() {
  for (const auto& [key, entry] : entries_) remembered_[entry.offset] = entry.due_ms;
  entries_.clear();
  due_.clear();
}

void Schedules::ForEachJournaled(absl::FunctionRef<void(Offset, int64_t)> fn) const {
  for (const auto& [key, entry] : entries_) {
    if (journaled_.contains(entry.offset)) fn(entry.offset, entry.due_ms);
  }
}

}  // namespace braid::engine
