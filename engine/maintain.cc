// Upkeep: what is done in the background so that appends and reads need not do it.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/catalog.h"
#include "engine/compaction.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/stream_parts.h"
#include "storage/log_work.h"

namespace braid::engine {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(10);  // upkeep that failed: a full disk, say
constexpr absl::Duration kCompactionPause = absl::Seconds(15);  // as Kafka's log.cleaner.backoff.ms
constexpr int64_t kMaxCompactionKeys = int64_t{4} << 20;        // of one pass: about 400 MiB

// What a repack may drop: deletions as they stand now.
// Markers count as deleted, but are not dropped.
storage::RepackOptions RepackOptionsOf(const EngineOptions& engine, const StreamOptions& stream,
                                       std::shared_ptr<const OffsetSet> deleted,
                                       const OffsetSet& markers) {
  storage::RepackOptions repack;
  repack.codec = stream.codec.value_or(engine.seal_codec);
  repack.kafka_codec = stream.codec;
  if (stream.compact) repack.dead_share = 0.1;  // compaction is asked for to have the bytes back
  if (deleted == nullptr) return repack;
  if (!markers.isEmpty()) deleted = std::make_shared<const OffsetSet>(*deleted - markers);
  repack.is_dead = [deleted](Offset offset) {
    return deleted->contains(static_cast<uint64_t>(offset));
  };
  repack.count_dead = [deleted](Offset begin, Offset end) {
    return CountWithin(*deleted, begin, end);
  };
  return repack;
}

// What one pass of compaction looks at, taken under the stream's lock.
struct CompactionView {
  StreamOptions options;
  CompactionProgress progress;
  StreamSnapshot snapshot;
  CompactionState state;
  StreamTransactions transactions;
  Offset end = 0;  // the active segment is left alone, and what open transactions hold
};

CompactionView ViewOf(const StreamParts& parts) {
  CompactionView view{.options = parts.options,
                      .progress = parts.compaction,
                      .snapshot = parts.Snapshot(),
                      .state = {},
                      .transactions = parts.transactions};
  const std::vector<storage::SegmentInfo> segments = parts.log->segments();
  view.end = parts.transactions.LastStable(segments.back().base_offset);
  for (size_t i = 0; i + 1 < segments.size(); ++i) {
    const bool clean = segments[i].next_offset <= view.progress.clean_end();
    (clean ? view.state.clean_bytes : view.state.dirty_bytes) += segments[i].bytes;
  }
  return view;
}

// The time of the first record that was never compacted; -1: there is none.
int64_t OldestDirty(const CompactionView& view) {
  int64_t oldest_ms = -1;
  if (view.progress.clean_end() >= view.end) return oldest_ms;
  view.snapshot
      .ForEach(view.progress.clean_end(),
               [&](StoredRecord&& record) {
                 oldest_ms = record.timestamp_ms;
                 return false;
               })
      .IgnoreError();  // damage is for readers to report
  return oldest_ms;
}

}  // namespace

void Catalog::SetMaintainHook(std::function<void()> hook) {
  maintain_hook_ = std::move(hook);
  if (maintain_hook_) maintain_hook_();  // opening may have asked for some already
}

void Catalog::SetLogHook(std::function<void(const std::string&)> hook) {
  absl::MutexLock lock(&upkeep_mu_);
  log_hook_ = std::move(hook);
}

void Catalog::Say(const std::string& line) {
  std::function<void(const std::string&)> hook;
  {
    absl::MutexLock lock(&upkeep_mu_);
    hook = log_hook_;
  }
  if (hook) hook(line);
}

void Catalog::AskForUpkeep(StreamPtr stream) {
  {
    absl::MutexLock lock(&upkeep_mu_);
    if (!upkeep_known_.insert(stream.get()).second) return;
    upkeep_.push_back(std::move(stream));
  }
  if (maintain_hook_) maintain_hook_();
}

void Catalog::AskForUpkeepAt(absl::Time when, const StreamPtr& stream) {
  timers_.Add(when, [this, weak = std::weak_ptr<Stream>(stream)] {
    if (StreamPtr alive = weak.lock()) AskForUpkeep(std::move(alive));
  });
}

Catalog::Maintained Catalog::Maintain(const std::atomic<bool>* cancel) {
  absl::MutexLock one_at_a_time(&maintain_mu_);
  Maintained result;
  StreamPtr stream;
  bool checkpoint = false;
  {
    absl::MutexLock lock(&upkeep_mu_);
    checkpoint = std::exchange(checkpoint_due_, false);
    if (!checkpoint && !upkeep_.empty()) {
      stream = std::move(upkeep_.front());
      upkeep_.pop_front();
      upkeep_known_.erase(stream.get());
    }
  }
  bool again = false;
  if (checkpoint) {
    Checkpoint().IgnoreError();  // one that fails leaves the journal as it was, and is tried again
    checkpoint_armed_ = false;
  } else if (stream != nullptr) {
    again = Upkeep(stream, cancel, result);
  }
  absl::MutexLock lock(&upkeep_mu_);
  // To the back: others come first.
  if (again && upkeep_known_.insert(stream.get()).second) upkeep_.push_back(stream);
  result.more = checkpoint_due_ || !upkeep_.empty();
  return result;
}

// One piece for one stream; false when there was none to do.
bool Catalog::Upkeep(const StreamPtr& stream, const std::atomic<bool>* cancel, Maintained& result) {
  return QuarantineDamage(*stream) || Compact(stream) || UpkeepOfLog(stream, cancel, result);
}

bool Catalog::UpkeepOfLog(const StreamPtr& stream, const std::atomic<bool>* cancel,
                          Maintained& result) {
  std::optional<storage::LogWork> work;
  {
    absl::MutexLock lock(&stream->mu_);
    const StreamParts& parts = *stream->parts_;
    if (parts.deleted) return false;
    work = parts.log->PrepareWork(
        {.repack = RepackOptionsOf(options_, parts.options, parts.deleted_offsets,
                                   parts.transactions.markers())});
  }
  if (!work) return false;
  // Nothing is dropped from a log whose deletion a power cut could take back.
  absl::Status outcome = journal_->FlushAndSync();
  if (outcome.ok()) outcome = work->Run(cancel);
  result.bytes_written += work->bytes_written();
  {
    absl::MutexLock lock(&stream->mu_);
    stream->parts_->log->FinishWork(*std::move(work), outcome).IgnoreError();
  }
  if (outcome.ok()) return true;
  if (absl::IsCancelled(outcome)) return false;
  Say(absl::StrCat(stream->identity().topic.str(), ":", stream->identity().partition,
                   ": upkeep is put off: ", outcome.message()));
  AskForUpkeepAt(Now() + kRetryAfter, stream);
  return false;
}

// What readers found damaged is reported, and counts as deleted from now on.
bool Catalog::QuarantineDamage(Stream& stream) {
  std::vector<storage::DamageReport> found;
  {
    absl::MutexLock lock(&stream.mu_);
    if (stream.parts_->deleted) return false;
    found = stream.parts_->log->TakeDamage();
    for (const storage::DamageReport& damage : found) stream.parts_->MarkLost(damage.lost);
  }
  for (const storage::DamageReport& damage : found) Say(damage.description);
  return !found.empty();
}

// One pass of compaction, if one is due.
bool Catalog::Compact(const StreamPtr& stream) {
  const absl::Time now = Now();
  CompactionView view;
  {
    absl::MutexLock lock(&stream->mu_);
    if (stream->parts_->deleted || !stream->parts_->options.compact) return false;
    view = ViewOf(*stream->parts_);
  }
  const absl::Duration retention = view.options.tombstone_retention;
  if (view.options.max_compaction_lag < absl::InfiniteDuration()) {
    view.state.oldest_dirty_ms = OldestDirty(view);
  }
  const bool tombstones_are_due = view.progress.NextTombstone(retention) <= now;
  bool did = false;
  if (tombstones_are_due || ShouldCompact(view.options, view.state, now)) {
    Compactor compactor(view.options, view.progress, now, kMaxCompactionKeys);
    std::vector<Offset> aborted;
    absl::Status status = view.snapshot.ForEach(view.snapshot.start, [&](StoredRecord&& record) {
      if (record.offset >= view.end) return false;
      const bool too_young =
          absl::FromUnixMillis(record.timestamp_ms) + view.options.min_compaction_lag > now;
      if (record.transaction >= 0 &&
          view.transactions.IsAborted(record.transaction, record.offset)) {
        aborted.push_back(record.offset);
        return true;
      }
      if (!too_young && compactor.Add(record.offset, record)) return true;
      view.end = record.offset;  // the rest is the next pass's
      return false;
    });
    if (!status.ok()) return false;
    std::vector<Offset> superseded = std::move(compactor).TakeSuperseded();
    superseded.insert(superseded.end(), aborted.begin(), aborted.end());
    did = !superseded.empty() || view.end > view.progress.clean_end();
    AfterUnlock after(stream.get());
    absl::MutexLock lock(&stream->mu_);
    if (stream->parts_->deleted) return false;
    stream->parts_->ApplyCompaction(superseded, view.end, now, after);
    view.progress = stream->parts_->compaction;
  }
  if (did) return true;
  absl::Time again = view.progress.NextTombstone(retention);
  if (view.state.dirty_bytes > 0) again = now + kCompactionPause;
  if (again < absl::InfiniteFuture()) {
    AskForUpkeepAt(std::max(again, now + kCompactionPause), stream);
  }
  return false;
}

void StreamParts::ApplyCompaction(const std::vector<Offset>& superseded, Offset end, absl::Time now,
                                  AfterUnlock& after) {
  absl::StatusOr<int64_t> deleted;
  if (tracks_records()) {
    deleted = Delete(superseded, after);  // what is accounted for each has to be read
  } else {
    std::vector<DoomedRecord> doomed;
    doomed.reserve(superseded.size());
    for (const Offset offset : superseded) doomed.push_back({.offset = offset});
    deleted = DeleteRecords(std::move(doomed), after);
  }
  if (!deleted.ok()) return;  // a full disk: what is left is found by the next pass
  compaction.Note(end, now, options.tombstone_retention);
  journal().Put(keys::Of(keys::kCompaction, stream_id()), compaction.Serialize());
}

}  // namespace braid::engine
