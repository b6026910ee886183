#include "storage/block_cache.h"

#include <utility>

#include "storage/compression.h"

namespace braid::storage {

absl::StatusOr<Buffer> BlockCache::RecordsOf(uint64_t log, const Batch& batch) {
  const BatchHeader& header = batch.header();
  if (header.codec() == Codec::kNone) return RecordsBlock(batch);
  const Key key{log, header.base_offset, header.crc};
  {
    absl::MutexLock lock(&mu_);
    if (const auto place = places_.find(key); place != places_.end()) {
      entries_.splice(entries_.begin(), entries_, place->second);
      return place->second->block;
    }
  }
  absl::StatusOr<Buffer> block = RecordsBlock(batch);
  if (!block.ok()) return block;
  const auto cost = static_cast<int64_t>(block->owner_size());
  if (cost > max_bytes_ / 4) return block;  // one batch must not push out all others
  absl::MutexLock lock(&mu_);
  if (places_.contains(key)) return block;
  entries_.push_front({key, *block});
  places_[key] = entries_.begin();
  bytes_ += cost;
  while (bytes_ > max_bytes_) {
    bytes_ -= static_cast<int64_t>(entries_.back().block.owner_size());
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return block;
}

int64_t BlockCache::bytes() const {
  absl::MutexLock lock(&mu_);
  return bytes_;
}

}  // namespace braid::storage
