// Appending several records all or none.
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "braid/error.h"
#include "engine/stream_parts.h"
#include "engine/stream_reader.h"
#include "engine/string_map.h"
#include "engine/subjects.h"

namespace braid::engine {
namespace {

// What of a batch has been found good so far.
struct Staged {
  StringMap<int64_t> keys;    // how many records each has
  StringMap<bool> schedules;  // whether the newest of a key is one
  absl::flat_hash_set<std::string_view> ids;
  int64_t adds = 0;  // records that do not replace others
  int64_t added_bytes = 0;

  bool Writes(std::string_view filter) const {
    if (!HasWildcard(filter)) return keys.contains(filter);
    for (const auto& [key, count] : keys) {
      if (Matches(filter, key)) return true;
    }
    return false;
  }
  void Add(const RecordView& record) {
    const std::string key(record.key.value_or(""));
    ++keys[key];
    schedules[key] = !record.headers.empty() && Schedule::Of(record.headers).has_value();
  }
};

// No number would be true for a client that does not see the batch yet.
absl::Status Meanwhile() {
  return MakeError(Errc::kWrongLastOffset, "");
}

}  // namespace

absl::StatusOr<AppendResult> StreamParts::AppendAtomic(absl::Span<const AtomicRecord> records,
                                                       absl::Time now, AfterUnlock& after,
                                                       std::vector<AppendResult>* each) {
  if (absl::Status s = CheckAlive(); !s.ok()) return s;
  if (absl::Status s = Flush(after); !s.ok()) return s;
  std::vector<std::string> mapped_keys(records.size());
  std::vector<RecordView> mapped;
  mapped.reserve(records.size());
  Staged staged;
  for (size_t i = 0; i < records.size(); ++i) {
    const AppendOptions& append = records[i].options;
    RecordView& record = mapped.emplace_back(records[i].record);
    if (absl::Status s = CheckSubject(record, append); !s.ok()) return s;
    if (auto key = MapKey(record, append)) {
      mapped_keys[i] = *std::move(key);
      record.key = mapped_keys[i];
    }
    const std::string_view key = record.key.value_or("");
    if (append.expected_last.has_value() && i > 0) {
      const Offset last = next() + static_cast<Offset>(i) - 1;
      if (*append.expected_last == last) return Meanwhile();
      return MakeError(Errc::kWrongLastOffset, absl::StrCat(last + 1));
    }
    const std::string_view expected =
        append.expected_key_filter.empty() ? key : append.expected_key_filter;
    if (append.expected_last_key.has_value() && staged.Writes(expected)) return Meanwhile();
    if (absl::Status s = CheckExpectations(record, append); !s.ok()) return s;
    if (!append.refusal_after_expectations.ok()) return append.refusal_after_expectations;
    const auto ended = staged.schedules.find(append.ends_schedule);
    if (ended == staged.schedules.end()) {
      if (absl::Status s = CheckEndsSchedule(append); !s.ok()) return s;
    } else if (!ended->second) {
      return MakeError(Errc::kInvalidRecordState, "no schedule has that key");
    }
    if (!append.msg_id.empty() &&
        (!staged.ids.insert(append.msg_id).second || dedup.Find(append.msg_id, now).has_value())) {
      return AppendResult{.duplicate = true};
    }
    if (!append.refusal_after_ids.ok()) return append.refusal_after_ids;
    if (absl::Status s = CheckSize(record); !s.ok()) return s;
    const auto same = staged.keys.find(key);
    const int64_t known = subjects.Count(key) + (same == staged.keys.end() ? 0 : same->second);
    const bool replaces =
        options.max_records_per_key > 0 && tracks_records() && known >= options.max_records_per_key;
    if (!replaces && append.rollup == Rollup::kNone) {
      ++staged.adds;
      staged.added_bytes += AccountedBytes(record);
    }
    staged.Add(record);
  }
  if (options.discard == Discard::kNew && staged.adds > 0) {
    if (options.max_records >= 0 && live() + staged.adds > options.max_records) {
      return MakeError(Errc::kLimitReached, "maximum messages exceeded");
    }
    if (options.max_bytes >= 0 && tracks_records() &&
        accounted_bytes + staged.added_bytes > options.max_bytes) {
      return MakeError(Errc::kLimitReached, "maximum bytes exceeded");
    }
  }
  AppendResult result{.base_offset = next(), .next_offset = next()};
  std::vector<AppendResult> results;
  for (size_t i = 0; i < records.size(); ++i) {
    auto appended = AppendChecked(mapped[i], records[i].options, now, after);
    if (!appended.ok()) return appended.status();  // only records with IDs of their own can fail
    result.next_offset = appended->next_offset;
    results.push_back(*appended);
  }
  if (absl::Status s = Flush(after); !s.ok()) return s;
  for (size_t i = 0; i < records.size(); ++i) {
    const std::string_view key = mapped[i].key.value_or("");
    if (options.max_records_per_key > 0 && tracks_records()) {
      if (absl::Status s = EnforcePerKey(key, after); !s.ok()) return s;
    }
    absl::Status replaced = ReplaceBy(records[i].options, key, results[i].base_offset, after);
    if (!replaced.ok()) return replaced;
  }
  if (each != nullptr) *each = std::move(results);
  return result;
}

absl::Status StreamParts::ReplaceBy(const AppendOptions& append, std::string_view key,
                                    Offset offset, AfterUnlock& after) {
  if (append.rollup != Rollup::kNone) {
    auto purged = Purge(append.rollup == Rollup::kKey ? key : "", offset, 0, after);
    if (!purged.ok()) return purged.status();
  }
  if (!append.ends_schedule.empty()) {
    auto purged = Purge(append.ends_schedule, std::nullopt, 0, after);
    if (!purged.ok()) return purged.status();
  }
  return absl::OkStatus();
}

absl::StatusOr<Offset> StreamParts::NewestMatching(std::string_view filter) {
  if (!HasWildcard(filter)) {
    const std::optional<SubjectState> state = subjects.Find(filter);
    if (!state.has_value()) return -1;
    return LastOf(filter, *state);
  }
  Offset newest = -1;
  std::vector<std::pair<std::string, SubjectState>> unsure;
  subjects.ForEachMatching(filter, [&](std::string_view subject, const SubjectState& state) {
    if (state.last_stale) {
      unsure.emplace_back(subject, state);
    } else {
      newest = std::max(newest, state.last);
    }
    return true;
  });
  for (const auto& [subject, state] : unsure) {
    if (state.last <= newest) continue;
    auto last = LastOf(subject, state);
    if (!last.ok()) return last;
    newest = std::max(newest, *last);
  }
  return newest;
}

// What was deleted was in the log, and so is all that lies before it.
absl::StatusOr<Offset> StreamParts::LastOf(std::string_view subject, const SubjectState& state) {
  if (!state.last_stale) return state.last;
  const StreamSnapshot snapshot = Snapshot();
  for (Offset end = state.last + 1; end > state.first;) {
    auto records =
        snapshot.Read({.begin = state.first, .end = end, .max_records = 256, .reverse = true});
    if (!records.ok()) return records.status();
    if (records->empty()) break;
    for (const StoredRecord& record : *records) {
      if (SubjectOf(record) != subject) continue;
      subjects.RefreshLast(subject, record.offset);
      return record.offset;
    }
    end = records->back().offset;
  }
  return state.first;
}

}  // namespace braid::engine
