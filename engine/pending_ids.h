// Entry IDs of a group's outstanding entries, by offset. Both ascend together, so that one sorted
// set serves both: 22 bytes an entry, where they are added in that order.
//
// After XSETID has set an emptied stream back, newer entries may have smaller IDs than older ones
// that are still outstanding, or the same; then a search by ID goes through all of them.
//
// Not thread-safe: guarded by its stream.
#ifndef BRAID_ENGINE_PENDING_IDS_H_
#define BRAID_ENGINE_PENDING_IDS_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "braid/record.h"
#include "engine/entry_id.h"

namespace braid::engine {

class PendingIds {
 public:
  // Replaces what is known of `offset`.
  void Add(Offset offset, EntryId id);
  void Remove(Offset offset);
  // Removes the newest entry with that ID. Its offset.
  std::optional<Offset> Take(EntryId id);

  std::optional<EntryId> IdOf(Offset offset) const;
  // Of the newest entry with that ID.
  std::optional<Offset> Find(EntryId id) const;
  // Of the first entry with that ID or a larger one.
  std::optional<Offset> LowerBound(EntryId id) const;
  int64_t size() const { return static_cast<int64_t>(entries_.size()); }

 private:
  // 20 bytes: a million of them are an ordinary backlog. A sequence from kLarge on is in
  // large_seqs_.
  static constexpr uint32_t kLarge = std::numeric_limits<uint32_t>::max();
  struct [[gnu::packed, gnu::aligned(4)]] Entry {
    Offset offset;
    uint64_t ms;
    uint32_t seq;
    EntryId shown() const {
      return {ms, seq};
    }
  };
  struct Order {
    using is_transparent = void;
    bool operator()(const Entry& a, const Entry& b) const { return a.offset < b.offset; }
    bool operator()(const Entry& a, Offset b) const { return a.offset < b; }
    bool operator()(Offset a, const Entry& b) const { return a < b.offset; }
    bool operator()(const Entry& a, EntryId b) const { return a.shown() < b; }
    bool operator()(EntryId a, const Entry& b) const { return a < b.shown(); }
  };

  using Entries = absl::btree_set<Entry, Order>;
  EntryId IdOf(const Entry& entry) const;
  void Erase(Entries::iterator at);

  Entries entries_;
  absl::flat_hash_map<Offset, uint64_t> large_seqs_;
  bool disordered_ = false;  // until all have gone
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_PENDING_IDS_H_
