#include "engine/dedup.h"

#include <algorithm>

namespace braid::engine {

bool Dedup::TooOld(const Entry& entry, absl::Time now) const {
  return now - entry.recorded_at >= options_.window;
}

std::optional<Offset> Dedup::Find(std::string_view id, absl::Time now) const {
  auto it = places_.find(id);
  if (it == places_.end() || TooOld(At(it->second), now)) return std::nullopt;
  return At(it->second).offset;
}

void Dedup::Record(std::string_view id, Offset offset, absl::Time now) {
  if (options_.window <= absl::ZeroDuration()) return;
  // Keeps the entries in the order of their times when the clock goes back.
  if (!entries_.empty()) now = std::max(now, entries_.back().recorded_at);
  Expire(now);
  const Entry& entry = entries_.emplace_back(Entry{std::string(id), offset, now});
  bytes_ += static_cast<int64_t>(id.size());
  // The key must view the new entry's own text: the older entry goes first.
  places_.erase(id);
  places_.emplace(entry.id, first_place_ + entries_.size() - 1);
  while (static_cast<int64_t>(entries_.size()) > options_.max_ids || bytes_ > options_.max_bytes) {
    DropOldest();
  }
}

int64_t Dedup::Expire(absl::Time now) {
  const int64_t before = size();
  while (!entries_.empty() && TooOld(entries_.front(), now)) DropOldest();
  return before - size();
}

void Dedup::DropOldest() {
  const Entry& oldest = entries_.front();
  auto it = places_.find(oldest.id);
  if (it != places_.end() && it->second == first_place_) places_.erase(it);
  bytes_ -= static_cast<int64_t>(oldest.id.size());
  entries_.pop_front();
  ++first_place_;
}

void Dedup::ForEach(absl::FunctionRef<void(std::string_view, Offset, absl::Time)> fn) const {
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (places_.find(entry.id)->second != first_place_ + i) continue;  // recorded again since
    fn(entry.id, entry.offset, entry.recorded_at);
  }
}

void Dedup::Clear() {
  places_.clear();
  first_place_ += entries_.size();
  entries_.clear();
  bytes_ = 0;
}

}  // namespace braid::engine
