// How long records live that say so themselves.
//
// The header Nats-TTL has a number of seconds, a duration ("1h30m"), both at least one second, or
// "never", which keeps a record however old the stream lets others become. Time counts from the
// record's timestamp. A limit that the stream has ends a life sooner, but for "never".
//
// Sources: ADR-43 of NATS.
#ifndef BRAID_ENGINE_EXPIRIES_H_
#define BRAID_ENGINE_EXPIRIES_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "braid/record.h"

namespace braid::engine {

inline constexpr std::string_view kTtlHeader = "Nats-TTL";
inline constexpr std::string_view kMarkerReasonHeader = "Nats-Marker-Reason";

// InfiniteDuration is "never"; nullopt: none of the forms above. Parts of a second are cut off.
std::optional<absl::Duration> ParseTtl(std::string_view text);

// The record tells readers that its key is gone, and needs no other to say so when it goes itself:
// a delete marker, or what a key-value client leaves when it purges a key.
bool IsDeleteMarker(const RecordView& record);

// The records of a stream that say how long they live. Not thread-safe: guarded by its stream.
class Expiries {
 public:
  // `record` has been appended, or found in the log.
  void Note(const RecordView& record);
  // The record has gone.
  void Forget(Offset offset);

  bool empty() const { return ends_.empty(); }
  bool any_immortal() const { return immortal_ > 0; }
  bool IsImmortal(Offset offset) const;
  absl::Time next() const;  // when the first is due; InfiniteFuture: none is
  // Those whose time has come, ascending by offset; at most `max` of them.
  std::vector<Offset> DueBy(absl::Time now, size_t max) const;
  void Clear();

 private:
  absl::flat_hash_map<Offset, int64_t> ends_;            // in ms since 1970; INT64_MAX: never
  absl::btree_set<std::pair<int64_t, Offset>> by_time_;  // but the immortal ones
  int64_t immortal_ = 0;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_EXPIRIES_H_
