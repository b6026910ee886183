#include "engine/compaction.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "engine/encoding.h"

namespace braid::engine {
namespace {

constexpr size_t kMaxPasses = 256;  // older ones are taken for as young as the next

}  // namespace

void CompactionProgress::Note(Offset end, absl::Time now, absl::Duration tombstone_retention) {
  while (!passes_.empty() && passes_.front().at + tombstone_retention <= now) {
    due_end_ = std::max(due_end_, passes_.front().end);  // this very pass removed those
    passes_.pop_front();
  }
  if (end <= clean_end_) return;
  clean_end_ = end;
  passes_.push_back({end, now});
  if (passes_.size() > kMaxPasses)
    passes_.pop_front();  // its offsets fall to the next, a bit later
}

bool CompactionProgress::TombstoneIsDue(Offset offset, absl::Time now,
                                        absl::Duration tombstone_retention) const {
  if (offset < due_end_) return true;
  for (const Pass& pass : passes_) {
    if (offset < pass.end) return pass.at + tombstone_retention <= now;
  }
  return false;
}

absl::Time CompactionProgress::NextTombstone(absl::Duration tombstone_retention) const {
  return passes_.empty() ? absl::InfiniteFuture() : passes_.front().at + tombstone_retention;
}

std::string CompactionProgress::Serialize() const {
  Encoder out;
  out.I64(clean_end_).I64(due_end_).U64(passes_.size());
  for (const Pass& pass : passes_) out.I64(pass.end).Time(pass.at);
  return out.Take();
}

absl::Status CompactionProgress::Restore(std::string_view bytes) {
  Decoder in(bytes);
  CompactionProgress restored;
  restored.clean_end_ = in.I64();
  restored.due_end_ = in.I64();
  const uint64_t count = in.Count();
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const Offset end = in.I64();
    restored.passes_.push_back({end, in.Time()});
  }
  if (!in.ok()) return MakeError(Errc::kCorrupt, "malformed progress of a compaction");
  *this = std::move(restored);
  return absl::OkStatus();
}

bool ShouldCompact(const StreamOptions& options, const CompactionState& state, absl::Time now) {
  if (!options.compact || state.dirty_bytes <= 0) return false;
  const auto dirty = static_cast<double>(state.dirty_bytes);
  const double ratio = dirty / (dirty + static_cast<double>(state.clean_bytes));
  if (ratio >= options.min_dirty_ratio) return true;
  return state.oldest_dirty_ms >= 0 &&
         absl::FromUnixMillis(state.oldest_dirty_ms) + options.max_compaction_lag <= now;
}

Compactor::Compactor(const StreamOptions& options, const CompactionProgress& progress,
                     absl::Time now, int64_t max_keys)
    : keep_(std::max<int64_t>(1, options.max_records_per_key)),
      max_keys_(max_keys),
      progress_(progress),
      now_(now),
      tombstone_retention_(options.tombstone_retention) {}

bool Compactor::Add(Offset offset, const RecordView& record) {
  if (!record.key.has_value()) return true;  // nothing supersedes it
  const XXH128_hash_t hash = XXH3_128bits(record.key->data(), record.key->size());
  const Hash key{hash.low64, hash.high64};
  auto found = keys_.find(key);
  if (found == keys_.end()) {
    if (static_cast<int64_t>(keys_.size()) >= max_keys_) return false;
    found = keys_.emplace(key, KeyState()).first;
  }
  KeyState& state = found->second;
  const bool tombstone = !record.value.has_value();
  if (tombstone || state.last_is_tombstone) {
    // A tombstone supersedes all before it, and is superseded by whatever comes next.
    superseded_.insert(superseded_.end(), state.newest.begin(), state.newest.end());
    state.newest.clear();
  } else if (static_cast<int64_t>(state.newest.size()) == keep_) {
    superseded_.push_back(state.newest.front());
    state.newest.erase(state.newest.begin());
  }
  state.newest.push_back(offset);
  state.last_is_tombstone = tombstone;
  return true;
}

std::vector<Offset> Compactor::TakeSuperseded() && {
  for (const auto& [key, state] : keys_) {
    if (!state.last_is_tombstone) continue;
    const Offset tombstone = state.newest.back();
    if (progress_.TombstoneIsDue(tombstone, now_, tombstone_retention_)) {
      superseded_.push_back(tombstone);
    }
  }
  std::sort(superseded_.begin(), superseded_.end());
  return std::move(superseded_);
}

}  // namespace braid::engine
