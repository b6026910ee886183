// Commits, group commit, and checkpoints of the journal.
#include <algorithm>
#include <utility>

#include "engine/catalog.h"
#include "engine/definitions.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/recovery.h"
#include "engine/stream_parts.h"

namespace braid::engine {
namespace {

// A checkpoint is due when the journal has grown by this much and by its own size since the last
// one.
constexpr int64_t kCheckpointBytes = int64_t{8} << 20;

}  // namespace

absl::StatusOr<CommitTicket> Catalog::Commit(Writes& writes) {
  CommitTicket ticket;
  if (writes.empty()) return ticket;
  ticket.needs_sync = options_.durability == Durability::kSync;
  for (const StreamPtr& stream : writes.TakeStreams()) {
    if (absl::Status s = stream->Flush(); !s.ok()) return s;
    if (stream->options().durable_sync) ticket.needs_sync = true;
  }
  if (absl::Status s = journal_->Flush(); !s.ok()) return s;
  ArmCheckpointIfDue();
  absl::MutexLock lock(&commit_mu_);
  ticket.seq = ++commit_seq_;
  return ticket;
}

void Catalog::MarkDirty(StreamPtr stream) {
  absl::MutexLock lock(&commit_mu_);
  if (std::find(dirty_.begin(), dirty_.end(), stream) == dirty_.end()) {
    dirty_.push_back(std::move(stream));
  }
}

absl::StatusOr<bool> Catalog::IsDurable(const CommitTicket& ticket) const {
  absl::MutexLock lock(&commit_mu_);
  if (durable_seq_ >= ticket.seq) return true;
  if (!sync_status_.ok()) return sync_status_;
  return false;
}

void Catalog::WaitDurable(const CommitTicket& ticket, WaiterPtr waiter) {
  bool waits = false;
  {
    absl::MutexLock lock(&commit_mu_);
    if (durable_seq_ < ticket.seq && sync_status_.ok()) {
      durable_waiters_.emplace_back(ticket.seq, waiter);
      waits = true;
    }
  }
  if (!waits) {
    waiter->Wake();
  } else if (flush_hook_) {
    flush_hook_();
  }
}

void Catalog::SetFlushHook(std::function<void()> hook) {
  flush_hook_ = std::move(hook);
}

absl::Status Catalog::Flush() {
  absl::MutexLock one_at_a_time(&flush_mu_);
  std::vector<StreamPtr> dirty;
  uint64_t seq = 0;
  {
    absl::MutexLock lock(&commit_mu_);
    if (!sync_status_.ok()) return sync_status_;
    dirty.swap(dirty_);
    seq = commit_seq_;
  }
  absl::Status status;
  for (const StreamPtr& stream : dirty) {
    storage::LogSync sync;
    {
      absl::MutexLock lock(&stream->mu_);
      if (stream->parts_->erased) continue;
      sync = stream->parts_->log->PrepareSync();
    }
    if (absl::Status s = sync.Run(); !s.ok() && !stream->erased()) status = s;
  }
  if (status.ok()) status = journal_->PrepareSync().Run();
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock lock(&commit_mu_);
    // After a failed fsync nobody knows what is on the disk: no retry, no further promise.
    if (!status.ok()) sync_status_ = status;
    if (status.ok()) durable_seq_ = std::max(durable_seq_, seq);
    const uint64_t durable = durable_seq_;
    std::erase_if(durable_waiters_, [&](auto& waiting) {
      if (status.ok() && waiting.first > durable) return false;
      wake.push_back(std::move(waiting.second));
      return true;
    });
  }
  WakeAll(std::move(wake));
  return status;
}

absl::Status Catalog::SyncJournal() {
  absl::Status status = journal_->PrepareSync().Run();
  if (status.ok()) return status;
  absl::MutexLock lock(&commit_mu_);
  if (sync_status_.ok()) sync_status_ = status;
  return status;
}

void Catalog::RemoveDeleted() {
  std::vector<std::string> dirs;
  {
    absl::MutexLock lock(&commit_mu_);
    dirs.swap(deleted_dirs_);
  }
  if (dirs.empty() || !SyncJournal().ok()) return;
  for (const std::string& dir : dirs) RemoveStreamDir(*filesystem_, dir);
}

void Catalog::ArmCheckpointIfDue() {
  const int64_t base = journal_->checkpoint_bytes();
  if (journal_->bytes() - base < std::max(kCheckpointBytes, base)) return;
  if (checkpoint_armed_.exchange(true)) return;
  timers_.Add(Now(), [this] {
    Checkpoint().IgnoreError();  // one that fails leaves the journal as it was, and is tried again
    checkpoint_armed_ = false;
  });
}

absl::Status Catalog::Checkpoint() {
  auto boundary = journal_->BeginCheckpoint();
  if (!boundary.ok()) return boundary.status();
  std::vector<TopicPtr> topics;
  {
    absl::MutexLock lock(&mu_);
    journal_->Put(keys::Of(keys::kCluster),
                  {reinterpret_cast<const char*>(cluster_id_.data()), cluster_id_.size()});
    const int64_t block = 1000;
    const int64_t public_id = (next_public_id_ + block - 1) / block * block;
    journal_->Put(keys::Of(keys::kIds), Encoder().U64(next_object_id_).I64(public_id).bytes());
    for (const auto& [key, value] : settings_) {
      journal_->Put(keys::Of(keys::kSetting, key), value);
    }
    for (const auto& [name, topic] : topics_) {
      EmitTopic(*topic);
      topics.push_back(topic);
    }
  }
  for (const TopicPtr& topic : topics) {
    for (const StreamPtr& stream : topic->partitions) {
      absl::MutexLock lock(&stream->mu_);
      if (!stream->parts_->deleted) stream->parts_->Emit(*journal_);
    }
  }
  return journal_->EndCheckpoint(*boundary);
}

}  // namespace braid::engine
