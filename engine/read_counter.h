// How many of a stream's entries a Redis group has read, and how many it has not, as far as Redis
// can tell from counters: an entry deleted out of the middle leaves no count behind, and then
// nobody knows until the group has passed it. Pure.
#ifndef BRAID_ENGINE_READ_COUNTER_H_
#define BRAID_ENGINE_READ_COUNTER_H_

#include <cstdint>
#include <optional>

#include "engine/entry_id.h"

namespace braid::engine {

// What is known of a stream.
struct EntryCounts {
  int64_t added = 0;   // ever
  int64_t length = 0;  // live
  EntryId first;       // live; 0-0 when there is none
  EntryId last;        // ever generated
  EntryId max_deleted;
};

// Whether an entry past `from` may have been deleted out of the middle.
bool MayHaveHoles(const EntryCounts& counts, EntryId from);
// How many were added up to and including `id`; nullopt when that is not known.
std::optional<int64_t> EntriesUpTo(const EntryCounts& counts, EntryId id);
// What a group that was last given `last_delivered`, its `entries_read`th entry, has before it;
// nullopt when that is not known.
std::optional<int64_t> LagOf(const EntryCounts& counts, EntryId last_delivered,
                             std::optional<int64_t> entries_read);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_READ_COUNTER_H_
