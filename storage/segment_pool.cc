#include "storage/segment_pool.h"

#include <utility>

#include "storage/segment.h"

namespace braid::storage {

std::shared_ptr<Segment> SegmentPool::Admit(std::weak_ptr<Segment> segment) {
  absl::MutexLock lock(&mu_);
  open_.push_back(std::move(segment));
  if (open_.size() <= max_open_) return nullptr;
  std::shared_ptr<Segment> victim = open_.front().lock();  // null: it died, and closed, by itself
  open_.pop_front();
  return victim;
}

std::vector<std::shared_ptr<Segment>> SegmentPool::TakeAll() {
  std::deque<std::weak_ptr<Segment>> taken;
  {
    absl::MutexLock lock(&mu_);
    taken.swap(open_);
  }
  std::vector<std::shared_ptr<Segment>> segments;
  for (const std::weak_ptr<Segment>& weak : taken) {
    if (std::shared_ptr<Segment> segment = weak.lock()) segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace braid::storage
