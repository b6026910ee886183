#include "engine/live_batches.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "storage/repack.h"

namespace braid::engine {
namespace {

// Offsets that have no record count as deleted too, and so do the markers of transactions, which
// are all that control batches hold.
bool HoldsDeleted(const StreamSnapshot& snapshot, const BatchHeader& header) {
  if (header.control() || header.record_count == 0) return false;
  const Offset begin = std::max(header.base_offset, snapshot.start);
  const int64_t deleted = CountWithin(*snapshot.deleted, begin, header.next_offset());
  // Of a batch that was trimmed in its middle nobody knows which part the missing ones are in.
  if (begin > header.base_offset) return deleted > 0;
  const int64_t missing = header.next_offset() - header.base_offset - header.record_count;
  return deleted > missing;
}

}  // namespace

absl::Status DropDeleted(const StreamSnapshot& snapshot, std::vector<Batch>& batches) {
  if (snapshot.deleted == nullptr) return absl::OkStatus();
  const auto holds = [&](const Batch& batch) { return HoldsDeleted(snapshot, batch.header()); };
  if (std::none_of(batches.begin(), batches.end(), holds)) return absl::OkStatus();
  storage::RepackOptions options;
  options.batch_bytes = std::numeric_limits<int32_t>::max();  // each stays one
  options.is_dead = [&](Offset offset) {
    return snapshot.deleted->contains(static_cast<uint64_t>(offset));
  };
  options.count_dead = [&](Offset begin, Offset end) {
    return CountWithin(*snapshot.deleted, begin, end);
  };
  std::vector<Batch> live;
  for (Batch& batch : batches) {
    if (!holds(batch)) {
      live.push_back(std::move(batch));
      continue;
    }
    options.codec = batch.header().codec();
    // Entry IDs follow from the log, not from what is made here: no time before counts.
    storage::Repacker repacker(options, batch.base_offset(), std::numeric_limits<int64_t>::max(),
                               [&](const Batch& written) {
                                 live.push_back(written);
                                 return absl::OkStatus();
                               });
    if (absl::Status s = repacker.Add(batch); !s.ok()) return s;
    if (absl::Status s = repacker.Finish(); !s.ok()) return s;
  }
  batches = std::move(live);
  return absl::OkStatus();
}

}  // namespace braid::engine
