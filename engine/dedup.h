// The window in which a message id may not be stored twice: id -> offset of the record that had it.
//
// Ids leave by age (window, against the caller's `now`) or, when there are too many, oldest first;
// expiry happens within Record() and Expire(), and Find() never answers with an id that is too old.
// A clock that goes back makes ids live longer, never shorter. An id outlives its record:
// re-publishing after a purge is still a duplicate.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_DEDUP_H_
#define BRAID_ENGINE_DEDUP_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

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

class Dedup {
 public:
  explicit Dedup(DedupOptions options = {}) : options_(options) {}
  Dedup(Dedup&&) = default;
  Dedup& operator=(Dedup&&) = default;

  const DedupOptions& options() const { return options_; }
  // A shorter window drops what is too old at the next call; a longer one cannot bring ids back.
  void set_window(absl::Duration window) { options_.window = window; }

  // The offset recorded for `id` less than a window ago.
  std::optional<Offset> Find(std::string_view id, absl::Time now) const;

  // Remembers `id` from `now` on; a second time, the later offset and time hold. Also how a
  // snapshot is restored: entries in the order ForEach gave them, each with its own time.
  void Record(std::string_view id, Offset offset, absl::Time now);

  // Drops what is too old. Returns how many ids went.
  int64_t Expire(absl::Time now);

  // Oldest first.
  void ForEach(
      absl::FunctionRef<void(std::string_view id, Offset offset, absl::Time recorded_at)> fn) const;

  int64_t size() const { return static_cast<int64_t>(places_.size()); }
  int64_t bytes() const { return bytes_; }
  void Clear();

 private:
  struct Entry {
    std::string id;
    Offset offset = 0;
    absl::Time recorded_at;
  };
  const Entry& At(uint64_t place) const { return entries_[place - first_place_]; }
  bool TooOld(const Entry& entry, absl::Time now) const;
  void DropOldest();

  DedupOptions options_;
  std::deque<Entry> entries_;  // oldest first; an id recorded again leaves its older entry behind
  uint64_t first_place_ = 0;   // of entries_.front()
  absl::flat_hash_map<std::string_view, uint64_t>
      places_;         // id (in its entry) -> place of its newest entry
  int64_t bytes_ = 0;  // id text in entries_
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_DEDUP_H_
