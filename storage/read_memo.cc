#include "storage/read_memo.h"

#include <algorithm>
#include <vector>

namespace braid::storage {

void ReadMemo::Keep(const std::shared_ptr<const void>& segment, const LogRead& read) {
  if (read.batches.empty() || !read.lost.empty()) return;
  // Slices of one window, mostly.
  const Buffer& last = read.batches.back().bytes();
  int64_t bytes = static_cast<int64_t>(last.owner_size());
  for (const Batch& batch : read.batches) {
    if (batch.bytes().owner() != last.owner()) bytes += batch.header().total_bytes();
  }
  if (bytes > kMaxBytes) return;
  absl::MutexLock lock(&mu_);
  Known& known = known_[oldest_];
  known.segment = segment;
  known.read = read;
  oldest_ = (oldest_ + 1) % known_.size();
}

std::optional<LogRead> ReadMemo::Find(const std::shared_ptr<const void>& segment, Offset from,
                                      Offset end, int64_t max_bytes) const {
  absl::MutexLock lock(&mu_);
  for (const Known& known : known_) {
    const std::vector<Batch>& batches = known.read.batches;
    if (batches.empty() || from < batches.front().base_offset()) continue;
    if (from >= batches.back().next_offset() || known.segment.lock() != segment) continue;
    const auto first = std::upper_bound(
        batches.begin(), batches.end(), from,
        [](Offset wanted, const Batch& batch) { return wanted < batch.next_offset(); });
    LogRead read;
    read.running_max_timestamp_ms = known.read.running_max_timestamp_ms;
    for (auto before = batches.begin(); before != first; ++before) {
      read.running_max_timestamp_ms =
          std::max(read.running_max_timestamp_ms, before->header().max_timestamp_ms);
    }
    int64_t bytes = 0;
    for (auto batch = first; batch != batches.end() && batch->next_offset() <= end; ++batch) {
      bytes += batch->header().total_bytes();
      if (batch != first && bytes > max_bytes) break;
      read.next_offset = batch->next_offset();
      read.batches.push_back(*batch);
    }
    if (!read.batches.empty()) return read;
  }
  return std::nullopt;
}

}  // namespace braid::storage
