// Repacking: a run of sealed segments is read through and written anew as one segment of the next
// generation. The new file is whole and durable before the log hears of it; the manifest that lists
// it instead of the old ones comes after that, with the next sealing.
#include <utility>

#include "braid/error.h"
#include "storage/batch_cursor.h"
#include "storage/log_impl.h"
#include "storage/repack.h"

namespace braid::storage {
namespace {

constexpr size_t kReadWindowBytes = size_t{1} << 20;
constexpr size_t kWriteBytes = size_t{1} << 20;  // gathered for one write

// The new segment's file, as it is written.
class SegmentWriter {
 public:
  SegmentWriter(SegmentHome& home, SegmentSummary begin)
      : home_(home), summary_(std::move(begin)) {}

  absl::Status Open() {
    absl::StatusOr<std::unique_ptr<AppendFile>> file = home_.filesystem->OpenAppend(Path());
    if (!file.ok()) return file.status();
    file_ = *std::move(file);
    return file_->size() > 0 ? file_->Truncate(0) : absl::OkStatus();
  }

  absl::Status Add(const Batch& batch) {
    const auto position = static_cast<uint64_t>(summary_.bytes);
    if (index_.IsDue(position, home_.index_interval_bytes)) {
      index_.Add({batch.base_offset(), summary_.running_max_after_ms(), position});
    }
    gathered_.append(batch.bytes().view());
    summary_.bytes += static_cast<int64_t>(batch.bytes().size());
    summary_.next_offset = batch.next_offset();
    summary_.max_timestamp_ms =
        std::max(summary_.max_timestamp_ms, batch.header().max_timestamp_ms);
    return gathered_.size() >= kWriteBytes ? WriteOut() : absl::OkStatus();
  }

  // All of it becomes durable, its names with the next SyncDir.
  absl::Status Finish() {
    if (absl::Status status = WriteOut(); !status.ok()) return status;
    if (absl::Status status = file_->Sync(); !status.ok()) return status;
    return WriteIndexFile(*home_.filesystem, home_.dir, summary_, index_);
  }

  const SegmentSummary& summary() const { return summary_; }
  std::string Path() const {
    return SegmentPath(home_.dir, summary_.base_offset, summary_.generation, kLogSuffix);
  }

 private:
  absl::Status WriteOut() {
    if (gathered_.empty()) return absl::OkStatus();
    return file_->Append(Buffer::Take(std::exchange(gathered_, {})));
  }

  SegmentHome& home_;
  SegmentSummary summary_;
  SegmentIndex index_;
  std::unique_ptr<AppendFile> file_;
  std::string gathered_;
};

class RepackTask : public LogWork::Task {
 public:
  RepackTask(std::shared_ptr<SegmentHome> home, RepackOptions options, LogSegments inputs,
             uint32_t generation)
      : home_(std::move(home)), options_(std::move(options)), inputs_(std::move(inputs)) {
    result_.base_offset = result_.next_offset = inputs_.front().summary.base_offset;
    result_.running_max_before_ms = inputs_.front().summary.running_max_before_ms;
    result_.generation = generation;
    result_.repacked = true;
  }

  absl::Status Run(const std::atomic<bool>* cancel) override {
    SegmentWriter writer(*home_, result_);
    // Most segments of batches that clients made stay as they are: of a single one nothing is
    // written before the first batch that comes out other than it went in.
    writes_ = inputs_.size() > 1;
    if (writes_) {
      if (absl::Status status = writer.Open(); !status.ok()) return status;
    }
    int64_t same_bytes = 0;
    Repacker repacker(options_, result_.base_offset, result_.running_max_before_ms,
                      [&](const Batch& batch) {
                        if (!writes_) {
                          if (batch.bytes().data() == fed_) {
                            same_bytes += static_cast<int64_t>(batch.bytes().size());
                            return absl::OkStatus();
                          }
                          absl::Status status = BeginWriting(writer, same_bytes);
                          if (!status.ok()) return status;
                        }
                        return writer.Add(batch);
                      });
    for (const LogSegment& input : inputs_) {
      if (absl::Status status = Feed(input, repacker, cancel); !status.ok()) return status;
    }
    if (absl::Status status = repacker.Finish(); !status.ok()) return status;
    bytes_written = writer.summary().bytes;
    gains_nothing_ =
        !writes_ || (inputs_.size() == 1 && repacker.batches_in() == repacker.batches_out() &&
                     writer.summary().bytes >= inputs_.front().summary.bytes);
    if (gains_nothing_) return absl::OkStatus();
    if (absl::Status status = writer.Finish(); !status.ok()) return status;
    result_ = writer.summary();
    result_.dropped = result_.next_offset - result_.base_offset - repacker.records_kept();
    return home_->filesystem->SyncDir(home_->dir);
  }

  void Finish(Log::Impl& log, const absl::Status& outcome) override {
    LogSegments segments = *log.closed;
    const auto first = Find(segments);
    const bool stands = first != segments.end();  // nothing was trimmed from under it
    if (!outcome.ok() || gains_nothing_ || !stands) {
      for (const std::string_view suffix : {kLogSuffix, kIndexSuffix}) {
        if (!writes_) break;
        log.garbage.push_back(
            {SegmentPath(home_->dir, result_.base_offset, result_.generation, suffix), false});
      }
      log.manifest_is_stale = true;
      if (stands && outcome.ok()) first->summary.repacked = true;
      // Damage is left to the readers' rules and to repair; trying again would find it again.
      const Errc code = CodeOf(outcome);
      const bool damaged = code == Errc::kCorrupt || code == Errc::kCorruptBatch;
      if (stands && damaged) {
        for (size_t i = 0; i < inputs_.size(); ++i)
          first[static_cast<ptrdiff_t>(i)].summary.repacked = true;
      }
      log.ReplaceClosed(std::move(segments));
      return;
    }
    const auto end = segments.erase(first, first + static_cast<ptrdiff_t>(inputs_.size()));
    segments.insert(end, LogSegment{result_, Segment::Sealed(home_, result_), nullptr});
    log.ReplaceClosed(std::move(segments));
    for (const LogSegment& input : inputs_) log.Discard(input, /*repacked=*/true);
  }

 private:
  // The first `bytes` of the input come first, as they are.
  absl::Status BeginWriting(SegmentWriter& writer, int64_t bytes) {
    writes_ = true;
    if (absl::Status status = writer.Open(); !status.ok()) return status;
    const LogSegment& input = inputs_.front();
    const absl::StatusOr<std::shared_ptr<const ReadFile>> file = input.segment->File();
    if (!file.ok()) return file.status();
    BatchCursor cursor(**file, 0, static_cast<uint64_t>(bytes), WindowOptions());
    for (Offset next = input.summary.base_offset; !cursor.done();) {
      const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(next);
      if (!header.ok()) return header.status();
      const absl::StatusOr<Batch> batch = cursor.Take(*header);
      if (!batch.ok()) return batch.status();
      if (absl::Status status = batch->VerifyCrc(); !status.ok()) return status;
      if (absl::Status status = writer.Add(*batch); !status.ok()) return status;
      next = batch->next_offset();
    }
    return absl::OkStatus();
  }

  BatchCursor::Options WindowOptions() const {
    return {.window_bytes = home_->filesystem->in_memory() ? 0 : kReadWindowBytes};
  }

  absl::Status Feed(const LogSegment& input, Repacker& repacker, const std::atomic<bool>* cancel) {
    const absl::StatusOr<std::shared_ptr<const ReadFile>> file = input.segment->File();
    if (!file.ok()) return file.status();
    BatchCursor cursor(**file, 0, static_cast<uint64_t>(input.summary.bytes), WindowOptions());
    Offset next = input.summary.base_offset;
    while (!cursor.done()) {
      if (cancel != nullptr && cancel->load(std::memory_order_relaxed)) {
        return absl::CancelledError("upkeep was told to stop");
      }
      const absl::StatusOr<BatchHeader> header = cursor.PeekHeader(next);
      if (!header.ok()) return header.status();
      const absl::StatusOr<Batch> batch = cursor.Take(*header);
      if (!batch.ok()) return batch.status();
      if (absl::Status status = batch->VerifyCrc(); !status.ok()) return status;
      fed_ = batch->bytes().data();
      absl::Status added = repacker.Add(*batch);
      fed_ = nullptr;  // its memory may be another's from here on
      if (!added.ok()) return added;
      next = batch->next_offset();
    }
    if (next != input.summary.next_offset) {
      return MakeError(Errc::kCorrupt, "segment ends before its manifest says");
    }
    return absl::OkStatus();
  }

  LogSegments::iterator Find(LogSegments& segments) const {
    return std::search(
        segments.begin(), segments.end(), inputs_.begin(), inputs_.end(),
        [](const LogSegment& a, const LogSegment& b) { return a.segment == b.segment; });
  }

  const std::shared_ptr<SegmentHome> home_;
  const RepackOptions options_;
  const LogSegments inputs_;
  SegmentSummary result_;
  const char* fed_ = nullptr;  // the batch that went in last
  bool writes_ = false;        // the new file is there
  bool gains_nothing_ = false;
};

// Whether enough has died in a segment since it was written.
bool IsWornOut(const SegmentSummary& summary, const RepackOptions& options) {
  if (options.count_dead == nullptr) return false;
  const int64_t offsets = summary.next_offset - summary.base_offset;
  const int64_t dead = options.count_dead(summary.base_offset, summary.next_offset);
  const int64_t had = offsets - summary.dropped;
  const int64_t died = dead - summary.dropped;
  if (dead >= offsets) return died > 0;  // nothing lives there
  return died > 0 && static_cast<double>(died) >= options.dead_share * static_cast<double>(had);
}

}  // namespace

// The oldest segment with something to gain, and as many after it as fit in one.
std::unique_ptr<LogWork::Task> Log::Impl::PrepareRepack(const RepackOptions& repack) {
  const auto can = [](const LogSegment& segment) {
    return segment.unsealed_file == nullptr && segment.summary.damage.empty();
  };
  const auto is_small = [&](const LogSegment& segment) {
    return segment.summary.bytes < options.segment_bytes / 4;
  };
  for (size_t i = 0; i < closed->size(); ++i) {
    const LogSegment& candidate = (*closed)[i];
    if (!can(candidate)) continue;
    const LogSegment* next = i + 1 < closed->size() ? &(*closed)[i + 1] : nullptr;
    const bool merges = next != nullptr && can(*next) && is_small(candidate) && is_small(*next) &&
                        next->summary.repacked;
    if (candidate.summary.repacked && !merges && !IsWornOut(candidate.summary, repack)) continue;
    LogSegments inputs = {candidate};
    int64_t bytes = candidate.summary.bytes;
    for (size_t j = i + 1; j < closed->size(); ++j) {
      const LogSegment& more = (*closed)[j];
      bytes += more.summary.bytes;
      if (!can(more) || bytes > options.segment_bytes) break;
      if (!is_small(more) && more.summary.repacked) break;
      inputs.push_back(more);
    }
    return std::make_unique<RepackTask>(home, repack, std::move(inputs), ++last_generation);
  }
  return nullptr;
}

}  // namespace braid::storage
