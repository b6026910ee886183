// Commits, group commit, and checkpoints of the journal.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/catalog.h"
#include "engine/definitions.h"
#include "engine/journal.h"
#include "engine/keys.h"
#include "engine/recovery.h"
#include "engine/stream_parts.h"
#include "engine/transactions.h"

namespace braid::engine {
namespace {

// A checkpoint is due when the journal has grown by this much and by its own size since the last
// one.
constexpr int64_t kCheckpointBytes = int64_t{8} << 20;
constexpr size_t kMaxDoubts = 1024;  // whoever waits asks at once; old ranges are of no use

}  // namespace

absl::StatusOr<CommitTicket> Catalog::Commit(Writes& writes) {
  auto ticket = CommitSome(writes);
  absl::Status refused = writes.first_refusal();
  writes.Forget();
  if (ticket.ok() && !refused.ok()) return refused;
  return ticket;
}

absl::StatusOr<CommitTicket> Catalog::CommitSome(Writes& writes) {
  CommitTicket ticket;
  if (writes.empty()) return ticket;
  const std::vector<Writes::Touched> streams = writes.TakeStreams();
  // What touches no stream, groups and definitions, is as durable as the server.
  bool interval = streams.empty() && options_.durability == Durability::kInterval;
  ticket.needs_sync = streams.empty() && options_.durability == Durability::kSync;
  for (const auto& [stream, undone] : streams) {
    if (absl::Status s = stream->FlushSince(undone); !s.ok()) {
      writes.Refuse(stream.get(), std::move(s));
      continue;
    }
    const absl::StatusOr<Durability> durability = stream->CheckDurability();
    if (!durability.ok()) return durability.status();
    ticket.needs_sync |= *durability == Durability::kSync;
    interval |= *durability == Durability::kInterval;
  }
  // What could not be written is kept there, and written with the next commit.
  if (absl::Status s = journal_->Flush(); !s.ok()) writes.Refuse(nullptr, std::move(s));
  ArmCheckpointIfDue();
  if (interval && !ticket.needs_sync) ArmInterval();
  absl::MutexLock lock(&commit_mu_);
  ticket.seq = ++commit_seq_;
  return ticket;
}

// A group commit comes within the interval, asked for or not.
void Catalog::ArmInterval() {
  {
    absl::MutexLock lock(&commit_mu_);
    if (std::exchange(interval_armed_, true)) return;
  }
  timers_.Add(Now() + options_.sync_interval, [this] {
    {
      absl::MutexLock lock(&commit_mu_);
      interval_armed_ = false;
    }
    if (flush_hook_) {
      flush_hook_();
    } else {
      Flush().IgnoreError();  // the log that could not be synced refuses the next append
    }
  });
}

void Catalog::MarkDirty(StreamPtr stream) {
  absl::MutexLock lock(&commit_mu_);
  if (std::find(dirty_.begin(), dirty_.end(), stream) == dirty_.end()) {
    dirty_.push_back(std::move(stream));
  }
}

absl::StatusOr<bool> Catalog::IsDurable(const CommitTicket& ticket) const {
  absl::MutexLock lock(&commit_mu_);
  for (const Doubt& doubt : doubts_) {
    if (ticket.seq > doubt.after && ticket.seq <= doubt.upto) return doubt.why;
  }
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
  absl::Status stream_status;
  bool newly_failed = false;
  for (const StreamPtr& stream : dirty) {
    storage::LogSync sync;
    {
      absl::MutexLock lock(&stream->mu_);
      if (stream->parts_->erased) continue;
      sync = stream->parts_->log->PrepareSync();
    }
    const absl::Status s = sync.Run();
    if (s.ok() || stream->erased()) continue;
    stream_status = s;
    MarkDirty(stream);  // what it holds is never durable, so no flush may say so
    if (!stream->NoteSyncFailure()) continue;
    newly_failed = true;
    const StreamIdentity& who = stream->identity();
    Say(absl::StrCat(who.topic.str(), ":", who.partition,
                     ": fsync failed, no more is written to it: ", s.message()));
  }
  const absl::Status journal_status = journal_->PrepareSync().Run();
  if (!journal_status.ok()) {
    Say(absl::StrCat("journal: fsync failed, nothing more can be promised: ",
                     journal_status.message()));
  }
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock lock(&commit_mu_);
    // After a failed fsync nobody knows what is on the disk: no retry. A log's own failure puts the
    // commits of this round in doubt, and that log stops; the journal's ends all promises.
    if (!journal_status.ok()) {
      sync_status_ = journal_status;
    } else {
      if (newly_failed) {
        if (doubts_.size() == kMaxDoubts) doubts_.erase(doubts_.begin());
        doubts_.push_back({durable_seq_, seq, stream_status});
      }
      durable_seq_ = std::max(durable_seq_, seq);
    }
    const uint64_t durable = durable_seq_;
    std::erase_if(durable_waiters_, [&](auto& waiting) {
      if (journal_status.ok() && waiting.first > durable) return false;
      wake.push_back(std::move(waiting.second));
      return true;
    });
  }
  WakeAll(std::move(wake));
  return stream_status.ok() ? journal_status : stream_status;
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
  if (maintain_hook_) {
    {
      absl::MutexLock lock(&upkeep_mu_);
      checkpoint_due_ = true;
    }
    maintain_hook_();
    return;
  }
  timers_.Add(Now(), [this] {
    Checkpoint().IgnoreError();  // one that fails leaves the journal as it was, and is tried again
    checkpoint_armed_ = false;
  });
}

absl::Status Catalog::Checkpoint() {
  // It writes what an atomic section has changed, as if that had ended.
  absl::MutexLock no_section(&section_mu_);
  auto boundary = journal_->BeginCheckpoint();
  if (!boundary.ok()) return boundary.status();
  std::vector<TopicPtr> topics;
  {
    absl::MutexLock settled(&definition_mu_);  // what is being changed is written by its changer
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
  transactions_->Emit(*journal_);
  if (absl::Status s = journal_->EndCheckpoint(*boundary); !s.ok()) return s;
  return journal_->Upkeep();
}

}  // namespace braid::engine
