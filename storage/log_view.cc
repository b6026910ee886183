#include <algorithm>
#include <utility>

#include "braid/error.h"
#include "fmt/format.h"
#include "storage/batch_cursor.h"
#include "storage/batch_format.h"
#include "storage/log_impl.h"
#include "storage/recovery.h"
#include "storage/segment_files.h"

namespace braid::storage {
namespace {

constexpr size_t kCacheStep = 64;                    // batches taken per hold of the cache's mutex
constexpr size_t kMaxWindowBytes = size_t{1} << 20;  // read from a file at a time

// Collects batches up to the limits of a read.
class Collector {
 public:
  Collector(Offset from, const ReadLimits& limits) : limits_(limits) { read_.next_offset = from; }

  bool empty() const { return read_.batches.empty(); }
  // Whether the batch with that header may still come in.
  bool Wants(const BatchHeader& header) const {
    if (limits_.end && header.base_offset >= *limits_.end) return false;
    if (empty() && limits_.at_least_one) return true;
    return bytes_ + header.total_bytes() <= limits_.max_bytes;
  }
  // Whether any batch that starts at or past `offset` could: if not, its header need not be read.
  bool WantsMore(Offset offset) const {
    if (limits_.end && offset >= *limits_.end) return false;
    if (empty() && limits_.at_least_one) return true;
    return bytes_ + static_cast<int64_t>(kBatchHeaderBytes) <= limits_.max_bytes;
  }
  void Take(Batch batch, int64_t running_max_before_ms) {
    if (empty()) read_.running_max_timestamp_ms = running_max_before_ms;
    bytes_ += batch.header().total_bytes();
    read_.next_offset = batch.next_offset();
    read_.batches.push_back(std::move(batch));
  }
  // Nothing can be read there.
  void PassOver(OffsetRange lost) {
    read_.lost.push_back(lost);
    read_.next_offset = lost.end;
  }
  // How much of a file to read at once, from the beginning of an index step of `step_bytes`: all of
  // the step, so that one read brings the first batch wherever in the step it lies, and as much
  // behind it as is asked for.
  size_t window_bytes(uint64_t step_bytes, bool first_is_wanted) const {
    const auto left =
        static_cast<uint64_t>(std::clamp<int64_t>(limits_.max_bytes - bytes_, 0, kMaxWindowBytes));
    // It may well be one batch that is too long: its header says so for less.
    if (!limits_.at_least_one && step_bytes > left) return kBatchHeaderBytes;
    const uint64_t step = std::min<uint64_t>(step_bytes, kMaxWindowBytes);
    return static_cast<size_t>(first_is_wanted ? std::max(step, left) : step + left);
  }
  LogRead Finish() && { return std::move(read_); }

 private:
  const ReadLimits limits_;
  LogRead read_;
  int64_t bytes_ = 0;
};

enum class Next { kContinue, kStop };

// Reads one segment from the batch that holds `from`, or is the next after it, to the segment's
// end.
class SegmentReader {
 public:
  SegmentReader(const LogSegment& segment, bool in_memory, Collector& out)
      : segment_(segment), in_memory_(in_memory), out_(out) {}

  absl::StatusOr<Next> Read(Offset from) {
    const std::vector<Damage>& damage = segment_.summary.damage;
    if (!damage.empty() && damage.front().offset == segment_.summary.base_offset &&
        damage.front().next_offset == segment_.summary.next_offset) {
      PassOver(from, damage.front().next_offset);  // there may not even be a file
      return Next::kContinue;
    }
    const absl::StatusOr<IndexStep> step = segment_.segment->FloorOffset(from);
    if (!step.ok()) return step.status();
    const absl::StatusOr<std::shared_ptr<const ReadFile>> file = segment_.segment->File();
    if (!file.ok()) return file.status();
    const IndexEntry& begin = step->begin;
    const uint64_t step_end = std::min(step->end_position.value_or(end()), end());
    const size_t window_bytes = out_.window_bytes(step_end - begin.position, begin.offset == from);
    BatchCursor cursor(**file, begin.position, end(),
                       {.window_bytes = in_memory_ ? 0 : window_bytes});
    offset_ = begin.offset;
    running_max_ms_ = begin.running_max_before_ms;
    while (!cursor.done() && offset_ < segment_.summary.next_offset) {
      if (!out_.WantsMore(offset_)) return Next::kStop;
      absl::StatusOr<Next> next = Step(**file, cursor, from);
      if (!next.ok() || *next == Next::kStop) return next;
    }
    if (offset_ < segment_.summary.next_offset) PassMissing(from);
    return Next::kContinue;
  }

 private:
  uint64_t end() const { return static_cast<uint64_t>(segment_.summary.bytes); }

  absl::StatusOr<Next> Step(const ReadFile& file, BatchCursor& cursor, Offset from) {
    const uint64_t position = cursor.position();
    const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(offset_);
    if (!header.ok()) return Pass(file, cursor, from, header.status());
    if (header->next_offset() > segment_.summary.next_offset) {
      // What came next would be read as if it went back.
      return Pass(file, cursor, from, MakeError(Errc::kCorrupt, "record batch leaves its segment"));
    }
    const bool wanted = header->next_offset() > from;
    if (wanted && !out_.Wants(*header)) return Next::kStop;
    if (!wanted && in_memory_) {
      cursor.Skip(*header);
    } else {
      // Memory is trusted; a disk is not, not even of a batch that is passed: its time counts for
      // the entry IDs of what follows.
      absl::StatusOr<Batch> batch = cursor.Take(*header);
      if (batch.ok() && !in_memory_ && !batch->VerifyCrc().ok()) {
        batch = MakeError(Errc::kCorrupt, "record batch fails its CRC");
      }
      if (!batch.ok()) {
        cursor.Seek(position);
        return Pass(file, cursor, from, batch.status());
      }
      if (wanted) out_.Take(*std::move(batch), running_max_ms_);
    }
    offset_ = header->next_offset();
    running_max_ms_ = std::max(running_max_ms_, header->max_timestamp_ms);
    return Next::kContinue;
  }

  // There is no batch at the cursor: the way goes on behind the damage.
  absl::StatusOr<Next> Pass(const ReadFile& file, BatchCursor& cursor, Offset from,
                            const absl::Status& why) {
    const Errc code = CodeOf(why);
    if (code != Errc::kCorrupt && code != Errc::kCorruptBatch) return why;
    const uint64_t position = cursor.position();
    if (std::exchange(suspect_, position) != position) tries_ = 0;
    if (++tries_ < kReadsOfASuspect) {
      cursor.SeekAnew(position);
      return Next::kContinue;
    }
    const absl::StatusOr<Damage> damage = DamageAt(file, cursor.position());
    if (!damage.ok()) return damage.status();
    // What lies behind begins a read of its own: the times that were lost count for its entry IDs,
    // and the index may still tell them.
    if (!out_.empty()) return Next::kStop;
    if (damage->next_offset > from) PassOver(std::max(from, damage->offset), damage->next_offset);
    cursor.Seek(damage->position + damage->bytes);
    offset_ = damage->next_offset;
    if (const absl::StatusOr<IndexStep> behind = segment_.segment->FloorOffset(offset_);
        behind.ok() && behind->begin.offset <= offset_) {
      running_max_ms_ = std::max(running_max_ms_, behind->begin.running_max_before_ms);
    }
    return Next::kContinue;
  }

  // The file is whole by its length, and yet its batches end before the segment does.
  void PassMissing(Offset from) {
    const Damage damage{end(), 0, offset_, segment_.summary.next_offset};
    segment_.segment->home().NoteDamage(segment_.segment->name(), damage);
    PassOver(std::max(from, damage.offset), damage.next_offset);
  }

  // What is known of the damage there, or can be found out.
  absl::StatusOr<Damage> DamageAt(const ReadFile& file, uint64_t position) {
    for (const Damage& damage : segment_.summary.damage) {
      if (position >= damage.position && position < damage.position + damage.bytes) return damage;
    }
    const absl::StatusOr<std::optional<BatchPlace>> place =
        FindNextBatch(file, position, end(), offset_);
    if (!place.ok()) return place.status();
    Damage damage{position, end() - position, offset_, segment_.summary.next_offset};
    if (*place && (*place)->base_offset < damage.next_offset) {
      damage.bytes = (*place)->position - position;
      damage.next_offset = (*place)->base_offset;
    }
    segment_.segment->home().NoteDamage(segment_.segment->name(), damage);
    return damage;
  }

  void PassOver(Offset begin, Offset end) { out_.PassOver({begin, end}); }

  const LogSegment& segment_;
  const bool in_memory_;
  Collector& out_;
  Offset offset_ = 0;              // of the batch at the cursor
  int64_t running_max_ms_ = -1;    // of everything before it
  uint64_t suspect_ = UINT64_MAX;  // where a batch seemed damaged ...
  int tries_ = 0;                  // ... so many times
};

// Reads from `from` to the end of the log out of `cache`. False when it does not reach back that
// far.
bool ReadCache(const TailCache& cache, Offset from, Offset end, Collector& out) {
  while (from < end) {
    std::vector<TailCache::Entry> entries = cache.Read(from, end, kCacheStep);
    // Evicted while we read: what was collected is good, and the caller will come again for the
    // rest.
    if (entries.empty()) return !out.empty();
    for (TailCache::Entry& entry : entries) {
      if (!out.Wants(entry.batch.header())) return true;
      from = entry.batch.next_offset();
      out.Take(std::move(entry.batch), entry.running_max_before_ms);
    }
  }
  return true;
}

}  // namespace

LogView::LogView() = default;
LogView::~LogView() = default;
LogView::LogView(const LogView&) = default;
LogView::LogView(LogView&&) noexcept = default;
LogView& LogView::operator=(const LogView&) = default;
LogView& LogView::operator=(LogView&&) noexcept = default;

Offset LogView::start_offset() const {
  return snapshot_ == nullptr ? 0 : snapshot_->start_offset;
}
Offset LogView::next_offset() const {
  return snapshot_ == nullptr ? 0 : snapshot_->next_offset();
}

absl::StatusOr<LogRead> LogView::Read(Offset from, const ReadLimits& limits) const {
  if (from < start_offset() || from > next_offset()) {
    return MakeError(Errc::kOffsetOutOfRange, fmt::format("offset {} is not in [{}, {}]", from,
                                                          start_offset(), next_offset()));
  }
  LogRead nothing;
  nothing.next_offset = from;
  if (snapshot_ == nullptr) return nothing;
  nothing.running_max_timestamp_ms = snapshot_->active.summary.running_max_after_ms();
  if (from == next_offset()) return nothing;

  Collector out(from, limits);
  // Of reads that are one of many.
  ReadMemo* const memo = limits.one_segment && !limits.end ? snapshot_->memo.get() : nullptr;
  if (snapshot_->cache != nullptr && ReadCache(*snapshot_->cache, from, next_offset(), out)) {
    return std::move(out).Finish();
  }
  for (size_t i = snapshot_->FindSegment(from); i < snapshot_->segment_count(); ++i) {
    const LogSegment& segment = snapshot_->segment(i);
    if (from >= segment.summary.next_offset) continue;
    if (memo != nullptr && out.empty()) {
      auto known = memo->Find(segment.segment, from, next_offset(), limits.max_bytes);
      if (known.has_value()) return *std::move(known);
    }
    const absl::StatusOr<Next> next = SegmentReader(segment, snapshot_->in_memory, out).Read(from);
    if (!next.ok()) {
      if (!out.empty()) break;
      return next.status();
    }
    if (*next == Next::kStop || (limits.one_segment && !out.empty())) {
      if (memo == nullptr) break;
      LogRead read = std::move(out).Finish();
      memo->Keep(segment.segment, read);
      return read;
    }
    from = segment.summary.next_offset;
  }
  return std::move(out).Finish();
}

Offset LogView::SeekTimestamp(int64_t timestamp_ms) const {
  if (snapshot_ == nullptr) return 0;
  // The last segment before which everything is older.
  size_t i = snapshot_->segment_count();
  while (i > 0 && snapshot_->segment(i - 1).summary.running_max_before_ms >= timestamp_ms) --i;
  if (i == 0) return start_offset();
  const LogSegment& segment = snapshot_->segment(i - 1);
  const std::optional<IndexEntry> entry =
      segment.segment->FloorTimestamp(timestamp_ms, static_cast<uint64_t>(segment.summary.bytes));
  const Offset found = entry ? entry->offset : segment.summary.base_offset;
  // The index of a damaged segment may have been made from batches that are out of place.
  return std::max(std::min(found, segment.summary.next_offset), start_offset());
}

}  // namespace braid::storage
