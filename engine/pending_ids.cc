#include "engine/pending_ids.h"

#include <algorithm>
#include <iterator>

namespace braid::engine {

void PendingIds::Add(Offset offset, EntryId id) {
  Remove(offset);
  const auto at = entries_.insert({offset, id}).first;
  const bool above_lower = at == entries_.begin() || std::prev(at)->id < id;
  const bool below_upper = std::next(at) == entries_.end() || id < std::next(at)->id;
  if (!above_lower || !below_upper) disordered_ = true;
}

void PendingIds::Remove(Offset offset) {
  const auto at = entries_.find(offset);
  if (at == entries_.end()) return;
  entries_.erase(at);
  if (entries_.empty()) disordered_ = false;
}

std::optional<EntryId> PendingIds::IdOf(Offset offset) const {
  const auto at = entries_.find(offset);
  if (at == entries_.end()) return std::nullopt;
  return at->id;
}

std::optional<Offset> PendingIds::Find(EntryId id) const {
  if (!disordered_) {
    const auto at = entries_.lower_bound(id);
    if (at == entries_.end() || at->id != id) return std::nullopt;
    return at->offset;
  }
  const auto at = std::find_if(entries_.rbegin(), entries_.rend(),
                               [&](const Entry& entry) { return entry.id == id; });
  if (at == entries_.rend()) return std::nullopt;
  return at->offset;
}

std::optional<Offset> PendingIds::LowerBound(EntryId id) const {
  const auto at = disordered_ ? std::find_if(entries_.begin(), entries_.end(),
                                             [&](const Entry& entry) { return entry.id >= id; })
                              : entries_.lower_bound(id);
  if (at == entries_.end()) return std::nullopt;
  return at->offset;
}

}  // namespace braid::engine
