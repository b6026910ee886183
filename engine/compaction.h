// Keeping only the newest records of each key, in the background: Kafka's log compaction, and with
// more than one record a key what JetStream calls max_msgs_per_subject. This part decides; removing
// is deletion like any other, and repacking gives the bytes back.
//
// Rules, as Kafka's cleaner has them (its documentation, "Log Compaction"): the part behind the
// last compaction is dirty; the active segment and records younger than min_compaction_lag are left
// alone; a tombstone (key, no value) supersedes what is before it and goes itself once
// tombstone_retention has passed since the compaction that first went past it.
//
// Pure: no clock, no lock, no I/O.
#ifndef BRAID_ENGINE_COMPACTION_H_
#define BRAID_ENGINE_COMPACTION_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "braid/options.h"
#include "braid/record.h"

namespace braid::engine {

// How far compactions have come, and when. Kept in the journal.
class CompactionProgress {
 public:
  // Everything below was compacted once.
  Offset clean_end() const { return clean_end_; }
  // A compaction at `now` went up to `end`. Passes that are too old to matter are forgotten.
  void Note(Offset end, absl::Time now, absl::Duration tombstone_retention);
  // Whether a tombstone at `offset` has been kept for long enough.
  bool TombstoneIsDue(Offset offset, absl::Time now, absl::Duration tombstone_retention) const;
  // When the oldest pass whose tombstones may still be there falls due; InfiniteFuture: none.
  absl::Time NextTombstone(absl::Duration tombstone_retention) const;

  std::string Serialize() const;
  // kCorrupt, and nothing changes, when `bytes` are not Serialize()'s.
  absl::Status Restore(std::string_view bytes);

 private:
  struct Pass {
    Offset end = 0;
    absl::Time at;
  };
  Offset clean_end_ = 0;
  Offset due_end_ = 0;       // passes up to here have had their tombstones removed
  std::deque<Pass> passes_;  // by end and by time
};

// What is known of a stream when it is asked whether to compact it.
struct CompactionState {
  int64_t clean_bytes = 0;
  int64_t dirty_bytes = 0;       // of closed segments
  int64_t oldest_dirty_ms = -1;  // time of the oldest record there; -1: none
};

// Whether to compact now.
bool ShouldCompact(const StreamOptions& options, const CompactionState& state, absl::Time now);

// One pass over the records of a stream, in order: tells which ones are superseded.
class Compactor {
 public:
  // Remembers at most `max_keys` keys; records behind that are left to the next pass.
  Compactor(const StreamOptions& options, const CompactionProgress& progress, absl::Time now,
            int64_t max_keys);

  // The next live record, which is below the pass's end. False: no room for its key, the pass ends
  // before it.
  bool Add(Offset offset, const RecordView& record);

  // Offsets that go, ascending.
  std::vector<Offset> TakeSuperseded() &&;

 private:
  struct KeyState {
    std::vector<Offset> newest;  // at most keep_, oldest first
    bool last_is_tombstone = false;
  };
  using Hash = std::pair<uint64_t, uint64_t>;  // 128 bits of the key: keys themselves would not fit

  const int64_t keep_;
  const int64_t max_keys_;
  const CompactionProgress& progress_;
  const absl::Time now_;
  const absl::Duration tombstone_retention_;
  absl::flat_hash_map<Hash, KeyState> keys_;
  std::vector<Offset> superseded_;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_COMPACTION_H_
