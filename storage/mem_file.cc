#include "storage/mem_file.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "braid/error.h"

namespace braid::storage {
namespace {

constexpr size_t kReferenceBytes =
    512;  // smaller appends are copied: a chunk costs about 100 bytes
constexpr size_t kMinChunkBytes = 512;
constexpr size_t kMaxChunkBytes = 64 << 10;

// Worth a reference instead of a copy: large, and most of what its owner keeps in memory.
bool MayKeep(const Buffer& bytes) {
  return bytes.size() >= kReferenceBytes && bytes.size() >= bytes.owner_size() / 2;
}

}  // namespace

bool ByteBudget::Take(uint64_t n) {
  if (limit_ == 0) return true;
  absl::MutexLock lock(&mu_);
  if (n > limit_ - used_) return false;
  used_ += n;
  return true;
}

void ByteBudget::GiveBack(uint64_t n) {
  if (limit_ == 0) return;
  absl::MutexLock lock(&mu_);
  used_ -= n;
}

absl::Status MemFile::Append(const Buffer& bytes) {
  if (bytes.empty()) return absl::OkStatus();
  absl::MutexLock lock(&mu_);
  if (!unlinked_ && !budget_->Take(bytes.size())) {
    return MakeError(Errc::kOutOfMemory, "the memory budget is used up");
  }
  if (MayKeep(bytes)) {
    chunks_.push_back({size_, bytes});
    open_ = nullptr;
  } else {
    AppendCopy(bytes);
  }
  size_ += bytes.size();
  return absl::OkStatus();
}

void MemFile::AppendCopy(const Buffer& bytes) {
  const size_t used = open_ == nullptr ? 0 : chunks_.back().bytes.size();
  if (open_ == nullptr || open_capacity_ - used < bytes.size()) {
    // Chunks grow with their file: many tiny files must not cost a large chunk each.
    const size_t step =
        static_cast<size_t>(std::clamp<uint64_t>(size_, kMinChunkBytes, kMaxChunkBytes));
    open_capacity_ = std::max(step, bytes.size());
    open_.reset(new char[open_capacity_]);
    std::memcpy(open_.get(), bytes.data(), bytes.size());
    chunks_.push_back({size_, Buffer::Own(open_, {open_.get(), bytes.size()}, open_capacity_)});
    return;
  }
  std::memcpy(open_.get() + used, bytes.data(), bytes.size());
  chunks_.back().bytes = Buffer::Own(open_, {open_.get(), used + bytes.size()}, open_capacity_);
}

void MemFile::Truncate(uint64_t size) {
  absl::MutexLock lock(&mu_);
  if (size >= size_) return;
  if (!unlinked_) budget_->GiveBack(size_ - size);
  while (!chunks_.empty() && chunks_.back().start >= size) chunks_.pop_back();
  if (!chunks_.empty()) {
    Chunk& last = chunks_.back();
    last.bytes = last.bytes.Slice(0, static_cast<size_t>(size - last.start));
  }
  size_ = size;
  open_ = nullptr;  // readers may hold the bytes that were cut: never write over them
}

Buffer MemFile::Read(uint64_t offset, size_t n) const {
  absl::MutexLock lock(&mu_);
  if (offset >= size_) return {};
  n = static_cast<size_t>(std::min<uint64_t>(n, size_ - offset));
  auto chunk = std::prev(
      std::upper_bound(chunks_.begin(), chunks_.end(), offset,
                       [](uint64_t at, const Chunk& candidate) { return at < candidate.start; }));
  const auto skip = static_cast<size_t>(offset - chunk->start);
  if (skip + n <= chunk->bytes.size()) return chunk->bytes.Slice(skip, n);
  MutableBuffer copy(n);
  size_t used = 0;
  for (size_t from = skip; used < n; from = 0, ++chunk) {
    const std::string_view part = chunk->bytes.view().substr(from, n - used);
    std::memcpy(copy.data() + used, part.data(), part.size());
    used += part.size();
  }
  return std::move(copy).Freeze(n);
}

uint64_t MemFile::size() const {
  absl::MutexLock lock(&mu_);
  return size_;
}

void MemFile::Unlink() {
  absl::MutexLock lock(&mu_);
  if (unlinked_) return;
  unlinked_ = true;
  budget_->GiveBack(size_);
}

}  // namespace braid::storage
