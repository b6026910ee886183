// The window in which an id may not be used twice: id -> what its first use made, of message ids
// the offset of the record.
//
// Ids leave by age (window, against the caller's `now`) or, when there are too many, oldest first;
// expiry happens within Record() and Expire(), and Find() never answers with an id that is too old.
// A clock that goes back makes ids live longer, never shorter. An id outlives its record:
// re-publishing after a purge is still a duplicate.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_DEDUP_H_
#define BRAID_ENGINE_DEDUP_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "braid/record.h"

namespace braid::engine {

struct DedupOptions {
  absl::Duration window = absl::ZeroDuration();  // zero: nothing is remembered
  int64_t max_ids = int64_t{1} << 20;            // oldest go first past this
  int64_t max_bytes = int64_t{64} << 20;         // of id text; oldest go first past this
};

template <typename Value>
class DedupWindow {
 public:
  explicit DedupWindow(DedupOptions options = {}) : options_(options) {}
  DedupWindow(DedupWindow&&) = default;
  DedupWindow& operator=(DedupWindow&&) = default;

  const DedupOptions& options() const { return options_; }
  // A shorter window drops what is too old at the next call; a longer one cannot bring ids back.
  void set_window(absl::Duration window) { options_.window = window; }

  // What was recorded for `id` less than a window ago.
  std::optional<Value> Find(std::string_view id, absl::Time now) const {
    auto it = places_.find(id);
    if (it == places_.end() || TooOld(At(it->second), now)) return std::nullopt;
    return At(it->second).value;
  }

  // Remembers `id` from `now` on; a second time, the later value and time hold. Also how a
  // snapshot is restored: entries in the order ForEach gave them, each with its own time.
  void Record(std::string_view id, Value value, absl::Time now) {
    if (options_.window <= absl::ZeroDuration()) return;
    // Keeps the entries in the order of their times when the clock goes back.
    if (!entries_.empty()) now = std::max(now, entries_.back().recorded_at);
    Expire(now);
    const Entry& entry = entries_.emplace_back(Entry{std::string(id), std::move(value), now});
    bytes_ += static_cast<int64_t>(id.size());
    // The key must view the new entry's own text: the older entry goes first.
    places_.erase(id);
    places_.emplace(entry.id, first_place_ + entries_.size() - 1);
    while (static_cast<int64_t>(entries_.size()) > options_.max_ids ||
           bytes_ > options_.max_bytes) {
      DropOldest();
    }
  }

  // Drops what is too old. Returns how many ids went.
  int64_t Expire(absl::Time now) {
    const int64_t before = size();
    while (!entries_.empty() && TooOld(entries_.front(), now)) DropOldest();
    return before - size();
  }

  // Oldest first.
  void ForEach(
      absl::FunctionRef<void(std::string_view id, const Value& value, absl::Time recorded_at)> fn)
      const {
    for (size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[i];
      if (places_.find(entry.id)->second != first_place_ + i) continue;  // recorded again since
      fn(entry.id, entry.value, entry.recorded_at);
    }
  }

  int64_t size() const { return static_cast<int64_t>(places_.size()); }
  int64_t bytes() const { return bytes_; }
  void Clear() {
    places_.clear();
    first_place_ += entries_.size();
    entries_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    std::string id;
    Value value;
    absl::Time recorded_at;
  };
  const Entry& At(uint64_t place) const { return entries_[place - first_place_]; }
  bool TooOld(const Entry& entry, absl::Time now) const {
    return now - entry.recorded_at >= options_.window;
  }
  void DropOldest() {
    const Entry& oldest = entries_.front();
    auto it = places_.find(oldest.id);
    if (it != places_.end() && it->second == first_place_) places_.erase(it);
    bytes_ -= static_cast<int64_t>(oldest.id.size());
    entries_.pop_front();
    ++first_place_;
  }

  DedupOptions options_;
  std::deque<Entry> entries_;  // oldest first; an id recorded again leaves its older entry behind
  uint64_t first_place_ = 0;   // of entries_.front()
  absl::flat_hash_map<std::string_view, uint64_t>
      places_;         // id (in its entry) -> place of its newest entry
  int64_t bytes_ = 0;  // id text in entries_
};

using Dedup = DedupWindow<Offset>;

}  // namespace braid::engine

#endif  // BRAID_ENGINE_DEDUP_H_
