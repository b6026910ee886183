#include "engine/pending_ids.h"

#include <algorithm>
#include <iterator>

namespace braid::engine {

EntryId PendingIds::IdOf(const Entry& entry) const {
  if (entry.seq != kLarge) return entry.shown();
  return {entry.ms, large_seqs_.at(entry.offset)};
}

void PendingIds::Add(Offset offset, EntryId id) {
  const bool newest = entries_.empty() || entries_.rbegin()->offset < offset;
  if (!newest) Remove(offset);
  const bool large = id.seq >= kLarge;
  const auto seq = large ? kLarge : static_cast<uint32_t>(id.seq);
  if (large) large_seqs_[offset] = id.seq;
  const auto at = entries_.insert(entries_.end(), {offset, id.ms, seq});
  const bool above_lower = at == entries_.begin() || std::prev(at)->shown() < id;
  const bool below_upper = std::next(at) == entries_.end() || id < std::next(at)->shown();
  if (large || !above_lower || !below_upper) disordered_ = true;
}

void PendingIds::Remove(Offset offset) {
  const auto at = entries_.find(offset);
  if (at != entries_.end()) Erase(at);
}

void PendingIds::Erase(Entries::iterator at) {
  if (at->seq == kLarge) large_seqs_.erase(at->offset);
  entries_.erase(at);
  if (entries_.empty()) disordered_ = false;
}

std::optional<Offset> PendingIds::Take(EntryId id) {
  if (disordered_) {
    const std::optional<Offset> offset = Find(id);
    if (offset.has_value()) Remove(*offset);
    return offset;
  }
  const auto at = entries_.lower_bound(id);
  if (at == entries_.end() || at->shown() != id) return std::nullopt;
  const Offset offset = at->offset;
  Erase(at);
  return offset;
}

std::optional<EntryId> PendingIds::IdOf(Offset offset) const {
  const auto at = entries_.find(offset);
  if (at == entries_.end()) return std::nullopt;
  return IdOf(*at);
}

std::optional<Offset> PendingIds::Find(EntryId id) const {
  if (!disordered_) {
    const auto at = entries_.lower_bound(id);
    if (at == entries_.end() || at->shown() != id) return std::nullopt;
    return at->offset;
  }
  const auto at = std::find_if(entries_.rbegin(), entries_.rend(),
                               [&](const Entry& entry) { return IdOf(entry) == id; });
  if (at == entries_.rend()) return std::nullopt;
  return at->offset;
}

std::optional<Offset> PendingIds::LowerBound(EntryId id) const {
  const auto at = disordered_ ? std::find_if(entries_.begin(), entries_.end(),
                                             [&](const Entry& entry) { return IdOf(entry) >= id; })
                              : entries_.lower_bound(id);
  if (at == entries_.end()) return std::nullopt;
  return at->offset;
}

}  // namespace braid::engine
