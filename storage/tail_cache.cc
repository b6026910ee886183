#include "storage/tail_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace braid::storage {
namespace {

// `batch` in memory of its own when its owner is more than four times as large: one batch of a
// network frame must not keep the whole frame.
Batch WithoutBigOwner(Batch batch) {
  if (batch.bytes().owner_size() / 4 <= batch.bytes().size()) return batch;
  absl::StatusOr<Batch> copy = Batch::Parse(Buffer::Copy(batch.bytes().view()));
  return copy.ok() ? *std::move(copy) : batch;
}

}  // namespace

void TailCache::Add(Batch batch, int64_t running_max_before_ms) {
  Entry entry{WithoutBigOwner(std::move(batch)), running_max_before_ms, 0};
  entry.cost = static_cast<int64_t>(entry.batch.bytes().owner_size() + sizeof(Entry));
  absl::MutexLock lock(&mu_);
  while (!entries_.empty() && entries_.back().batch.next_offset() != entry.batch.base_offset()) {
    DropFront();  // the log was continued elsewhere
  }
  Count(entry.cost);
  entries_.push_back(std::move(entry));
  while (IsFull()) DropFront();
}

TailCache::~TailCache() {
  absl::MutexLock lock(&mu_);
  Count(-bytes_);
}

void TailCache::Count(int64_t bytes) {
  bytes_ += bytes;
  if (budget_ != nullptr) budget_->Add(bytes);
}

bool TailCache::IsFull() const {
  if (entries_.empty()) return false;
  return bytes_ > max_bytes_ || (budget_ != nullptr && budget_->exceeded());
}

std::vector<TailCache::Entry> TailCache::Read(Offset from, Offset end, size_t max_entries) const {
  std::vector<Entry> found;
  absl::MutexLock lock(&mu_);
  if (entries_.empty() || from < entries_.front().batch.base_offset()) return found;
  auto entry = std::partition_point(
      entries_.begin(), entries_.end(),
      [from](const Entry& candidate) { return candidate.batch.next_offset() <= from; });
  for (; entry != entries_.end() && found.size() < max_entries; ++entry) {
    if (entry->batch.base_offset() >= end) break;
    found.push_back(*entry);
  }
  return found;
}

void TailCache::DropBelow(Offset offset) {
  absl::MutexLock lock(&mu_);
  while (!entries_.empty() && entries_.front().batch.next_offset() <= offset) DropFront();
}

void TailCache::DropFront() {
  Count(-entries_.front().cost);
  entries_.pop_front();
}

}  // namespace braid::storage
