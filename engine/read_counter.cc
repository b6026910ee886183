#include "engine/read_counter.h"

namespace braid::engine {

bool MayHaveHoles(const EntryCounts& counts, EntryId from) {
  if (counts.length == 0 || counts.max_deleted == EntryId::kMin) return false;
  return from <= counts.max_deleted;
}

std::optional<int64_t> EntriesUpTo(const EntryCounts& counts, EntryId id) {
  if (counts.added == 0) return 0;
  if (counts.length == 0 && id <= counts.last) return counts.added;
  if (id != EntryId::kMin && id < counts.max_deleted) return std::nullopt;
  if (id == counts.last) return counts.added;
  if (id > counts.last) return std::nullopt;
  // What was deleted before the first entry that is left is a prefix, as if trimmed.
  if (counts.max_deleted != EntryId::kMin && counts.max_deleted >= counts.first) {
    return std::nullopt;
  }
  if (id < counts.first) return counts.added - counts.length;
  if (id == counts.first) return counts.added - counts.length + 1;
  return std::nullopt;
}

std::optional<int64_t> LagOf(const EntryCounts& counts, EntryId last_delivered,
                             std::optional<int64_t> entries_read) {
  if (counts.added == 0 || counts.length == 0) return 0;
  if (last_delivered < counts.first && counts.max_deleted < counts.first) return counts.length;
  if (entries_read.has_value() && !MayHaveHoles(counts, last_delivered)) {
    return counts.added - *entries_read;
  }
  const std::optional<int64_t> read = EntriesUpTo(counts, last_delivered);
  if (!read.has_value()) return std::nullopt;
  return counts.added - *read;
}

}  // namespace braid::engine
