// Entries as replies.
#ifndef BRAID_PROTOCOL_REDIS_STREAM_REPLY_H_
#define BRAID_PROTOCOL_REDIS_STREAM_REPLY_H_

#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "engine/entry_id.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "protocol/redis/reply.h"

namespace braid::redis {

// [id, [field, value, ...]].
void WriteEntry(Reply& reply, const engine::StoredRecord& record);
// The same, with how many milliseconds ago it was delivered before this time, and how often; 0 and
// 0 of a new entry, -1 milliseconds of one that was given back.
void WriteClaimedEntry(Reply& reply, const engine::DeliveredRecord& record);

struct EntryRange {
  engine::EntryId first = engine::EntryId::kMin;
  engine::EntryId last = engine::EntryId::kMax;  // inclusive
  int64_t count = 0;                             // at most so many; 0: all
  bool reverse = false;                          // from `last` back
  std::function<bool()> admit = nullptr;         // asked before each entry: false ends the range
};

// Writes the entries one after the other, without the array around them, and returns how many.
// After an error what was written is of no use: the caller takes it back.
absl::StatusOr<size_t> WriteEntries(Reply& reply, engine::Stream& stream, const EntryRange& range);

// All of it: the array of entries, or the error. False: it was the error.
bool WriteEntryArray(Reply& reply, engine::Stream& stream, const EntryRange& range);

}  // namespace braid::redis

#endif  // BRAID_PROTOCOL_REDIS_STREAM_REPLY_H_
