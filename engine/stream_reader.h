// Reads records out of a stream without its lock: a snapshot of its log, of what is deleted in it,
// and of what its entry IDs need.
//
// Entry IDs are derived, not stored. An entry of a Redis client: milliseconds = record timestamp,
// sequence = one more than the record before it in the same batch and millisecond, else 0, unless
// the record says otherwise (kRecordHasEntrySeq). A foreign record: (running maximum timestamp,
// offset), where an IdFloor lifts the maximum in the rare case that this would not exceed the ID
// before it.
#ifndef BRAID_ENGINE_STREAM_READER_H_
#define BRAID_ENGINE_STREAM_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "engine/entry_id.h"
#include "engine/stream.h"
#include "roaring/roaring64map.hh"
#include "storage/block_cache.h"
#include "storage/log.h"

namespace braid::engine {

// From `offset` on, foreign records have at least this many milliseconds in their IDs.
struct IdFloor {
  Offset offset = 0;
  uint64_t ms = 0;
};

using OffsetSet = ::Roaring64Map;
// The members of `set` in [begin, end).
OffsetSet Within(const OffsetSet& set, Offset begin, Offset end);
int64_t CountWithin(const OffsetSet& set, Offset begin, Offset end);
// The set that was written as these bytes, in the library's portable form; nullopt when they are
// none.
std::optional<OffsetSet> ReadOffsetSet(std::string_view bytes);

// Bytes of a record that limits count: key, value, header names and values.
int64_t PayloadBytes(const RecordView& record);
// Bytes as JetStream accounts for a stored message: StreamState::record_bytes.
int64_t AccountedBytes(const RecordView& record);

struct StreamSnapshot {
  storage::LogView view;
  Offset start = 0;                                    // first offset that is served
  std::shared_ptr<const OffsetSet> deleted;            // null: none
  std::shared_ptr<const std::vector<IdFloor>> floors;  // null: none; ascending
  uint64_t stream_id = 0;
  storage::BlockCache* blocks = nullptr;  // of decompressed batches; null: none
  // Set by whatever read past damage, which its stream should then hear of.
  mutable bool met_damage = false;

  bool IsLive(Offset offset) const {
    return offset >= start && offset < view.next_offset() &&
           (deleted == nullptr || !deleted->contains(static_cast<uint64_t>(offset)));
  }

  // Calls `fn` for live records from `begin` on, ascending, until it returns false.
  absl::Status ForEach(Offset begin, absl::FunctionRef<bool(StoredRecord&&)> fn) const;
  absl::StatusOr<std::vector<StoredRecord>> Read(const RecordRange& range) const;
  absl::StatusOr<StoredRecord> ReadOne(Offset offset) const;
  absl::StatusOr<Offset> LowerBound(EntryId id) const;
  absl::StatusOr<std::optional<Stream::OffsetAndTime>> FindTime(int64_t timestamp_ms) const;
  // Live records in [from, end of the snapshot).
  int64_t CountFrom(Offset from) const;

 private:
  absl::StatusOr<std::vector<StoredRecord>> ReadReverse(const RecordRange& range) const;
  absl::StatusOr<storage::LogRead> ReadLog(Offset from, const storage::ReadLimits& limits) const;
  // Calls fn(record, block) for the records of `batch` in order, deleted ones included, with their
  // IDs, until it returns false. Who keeps a record gives it the block as its owner.
  // `running_max_ms` is that of all batches before it. Records before `wanted` lack their contents.
  template <typename Fn>
  absl::Status Walk(const Batch& batch, int64_t running_max_ms, Offset wanted, Fn fn) const;
  // All of them.
  absl::StatusOr<std::vector<StoredRecord>> Decode(const Batch& batch,
                                                   int64_t running_max_ms) const;
  uint64_t FloorAt(Offset offset) const;
};

}  // namespace braid::engine

#endif  // BRAID_ENGINE_STREAM_READER_H_
