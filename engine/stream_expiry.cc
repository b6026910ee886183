// The ends of lives: records that are too old for their stream, or for what they said themselves,
// and the markers that tell of the last one of a key.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog.h"
#include "engine/duration_text.h"
#include "engine/retention.h"
#include "engine/stream_parts.h"
#include "engine/string_map.h"

namespace braid::engine {
namespace {

// Records that end in one go, so that a stream is not locked for long; the rest follows at once.
constexpr size_t kMaxEndings = 4096;
constexpr absl::Duration kRetry = absl::Seconds(1);  // after the disk refused a marker

}  // namespace

absl::StatusOr<absl::Time> StreamParts::EnforceAge(absl::Time now, AfterUnlock& after) {
  const bool aging = options.max_age > absl::ZeroDuration();
  if (!aging && expiries.empty()) return absl::InfiniteFuture();
  if (absl::Status s = Flush(after); !s.ok()) return s;
  std::vector<Ending> endings;
  absl::Time aged_next = absl::InfiniteFuture();
  if (aging) {
    const bool one_by_one =
        expiries.any_immortal() || options.delete_marker_ttl > absl::ZeroDuration();
    auto next = one_by_one ? CollectAged(now, &endings) : TrimAged(now, after);
    if (!next.ok()) return next.status();
    aged_next = *next;
  }
  const StreamSnapshot snapshot = Snapshot();
  for (const Offset offset : expiries.DueBy(now, kMaxEndings)) {
    auto record = snapshot.ReadOne(offset);
    if (!record.ok()) {
      expiries.Forget(offset);
      continue;
    }
    endings.push_back({.record = Doom(*record), .is_marker = IsDeleteMarker(*record)});
  }
  if (!endings.empty()) {
    if (absl::Status s = EndLives(std::move(endings), now, after); !s.ok()) {
      aged_below = 0;
      return now + kRetry;
    }
  }
  return std::min(aged_next, expiries.next());
}

// Where age takes everything from the front on.
absl::StatusOr<absl::Time> StreamParts::TrimAged(absl::Time now, AfterUnlock& after) {
  const RetentionLimits limits{.max_age = options.max_age};
  Offset new_start = next();
  absl::Time next_deadline = absl::InfiniteFuture();
  absl::Status status = Snapshot().ForEach(start, [&](StoredRecord&& record) {
    const absl::Time ages_out = AgesOutAt(limits, record.timestamp_ms);
    if (ages_out <= now) return true;
    new_start = record.offset;
    next_deadline = ages_out;
    return false;
  });
  if (!status.ok()) return status;
  auto trimmed = TrimTo(new_start, /*journaled=*/false, after);
  if (!trimmed.ok()) return trimmed.status();
  return next_deadline;
}

// Where some stay, or leave a marker. Looks at each of those that stay once.
absl::StatusOr<absl::Time> StreamParts::CollectAged(absl::Time now, std::vector<Ending>* endings) {
  const RetentionLimits limits{.max_age = options.max_age};
  absl::Time next_deadline = absl::InfiniteFuture();
  Offset seen_below = next();
  absl::Status status = Snapshot().ForEach(std::max(start, aged_below), [&](StoredRecord&& record) {
    const absl::Time ages_out = AgesOutAt(limits, record.timestamp_ms);
    if (ages_out > now || endings->size() == kMaxEndings) {
      next_deadline = std::max(now, ages_out);
      seen_below = record.offset;
      return false;
    }
    if (!expiries.IsImmortal(record.offset)) {
      endings->push_back({.record = Doom(record), .is_marker = IsDeleteMarker(record)});
    }
    return true;
  });
  if (!status.ok()) return status;
  aged_below = seen_below;
  return next_deadline;
}

// Markers come first: a crash between the two leaves records that end again, and then are not the
// last of their key.
absl::Status StreamParts::EndLives(std::vector<Ending> endings, absl::Time now,
                                   AfterUnlock& after) {
  std::sort(endings.begin(), endings.end(),
            [](const Ending& a, const Ending& b) { return a.record.offset < b.record.offset; });
  const auto same = [](const Ending& a, const Ending& b) {
    return a.record.offset == b.record.offset;
  };
  endings.erase(std::unique(endings.begin(), endings.end(), same), endings.end());
  StringMap<int64_t> ending;
  std::vector<DoomedRecord> doomed;
  for (Ending& end : endings) {
    const std::string& subject = end.record.subject;
    const bool last = subjects.Count(subject) == ++ending[subject];
    if (last && !end.is_marker && options.delete_marker_ttl > absl::ZeroDuration()) {
      if (absl::Status s = PlaceMarker(subject, now, after); !s.ok()) return s;
      ending[subject] = 0;
    }
    doomed.push_back(std::move(end.record));
  }
  if (absl::Status s = Flush(after); !s.ok()) return s;
  auto deleted = DeleteRecords(std::move(doomed), after);
  return deleted.ok() ? absl::OkStatus() : deleted.status();
}

absl::Status StreamParts::PlaceMarker(std::string_view subject, absl::Time now,
                                      AfterUnlock& after) {
  const std::string ttl = DurationText(absl::Floor(options.delete_marker_ttl, absl::Seconds(1)));
  RecordView marker;
  marker.key = subject;
  marker.value = "";
  marker.headers = {{kMarkerReasonHeader, "MaxAge"}, {kTtlHeader, ttl}, {"Nats-Rollup", "sub"}};
  AppendOptions append{.origin = Origin::kNats, .tell_previous = true};
  if (!open.empty() && open_origin != Origin::kNats) {
    if (absl::Status s = Flush(after); !s.ok()) return s;
  }
  auto appended = AppendChecked(marker, append, now, after);
  if (!appended.ok()) return appended.status();
  Announce(appended->base_offset, appended->previous, after);
  return absl::OkStatus();
}

// Tells whoever listens to what the engine appends, once the lock is free.
void StreamParts::Announce(Offset offset, Offset previous, AfterUnlock& after) {
  after.Call([stream = stream->shared_from_this(), offset, previous] {
    if (auto record = stream->ReadOne(offset); record.ok()) {
      stream->catalog().SayProduced(stream, *record, previous);
    }
  });
}

}  // namespace braid::engine
