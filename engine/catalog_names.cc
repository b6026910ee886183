// How topics get another name, and how they go by themselves.
#include <utility>

#include "braid/error.h"
#include "engine/catalog.h"
#include "engine/definitions.h"
#include "engine/journal.h"
#include "engine/keys.h"

namespace braid::engine {

// --- Renaming ---

absl::Status Catalog::RenameTopics(absl::Span<const Renaming> renamings, Writes& writes) {
  std::vector<TopicPtr> moved;
  std::vector<TopicPtr> replaced;
  std::vector<WaiterPtr> wake;
  {
    absl::MutexLock one_at_a_time(&definition_mu_);
    absl::MutexLock lock(&mu_);
    for (const Renaming& renaming : renamings) {
      auto it = topics_.find(renaming.from);
      if (it == topics_.end() || Expired(*it->second)) {
        return MakeError(Errc::kStreamNotFound, "there is no such stream");
      }
      moved.push_back(it->second);
    }
    // One change in the journal: no crash may leave a stream under two names, or under none.
    std::vector<Journal::Change> changes;
    for (const Renaming& renaming : renamings) {
      topics_.erase(renaming.from);
      changes.push_back({keys::Of(keys::kTopic, renaming.from), std::nullopt});
    }
    for (size_t i = 0; i < renamings.size(); ++i) {
      const std::string& to = renamings[i].to;
      if (auto it = topics_.find(to); it != topics_.end()) {
        replaced.push_back(it->second);
        changes.push_back({keys::Of(keys::kTopic, to), std::nullopt});
      }
      auto renamed = std::make_shared<Topic>(*moved[i]);
      renamed->name = to;
      for (const StreamPtr& stream : renamed->partitions) stream->identity_.topic.Change(to);
      changes.push_back({keys::Of(keys::kTopic, to), EncodeTopic(DefinitionOf(*renamed))});
      topics_[to] = std::move(renamed);
    }
    journal_->PutTogether(changes);
    wake = topic_waiters_.Take();
  }
  writes.TouchJournal();
  absl::Status written = journal_->Flush();
  if (!replaced.empty()) Retire(replaced, written);
  topics_version_.fetch_add(1);
  for (const TopicPtr& topic : moved) {
    for (const StreamPtr& stream : topic->partitions) stream->WakeAllWaiters();
  }
  WakeAll(std::move(wake));
  return written;
}

// --- Expiry ---

bool Catalog::Expired(const Topic& topic) const {
  const int64_t expiry = topic.partitions.front()->expiry_ms();
  return expiry != kNeverMs && expiry <= NowMs();
}

absl::Status Catalog::SetExpiry(std::string_view name, int64_t when_ms, Writes& writes) {
  TopicPtr topic;
  {
    absl::MutexLock one_at_a_time(&definition_mu_);
    absl::MutexLock lock(&mu_);
    auto it = topics_.find(name);
    if (it == topics_.end() || Expired(*it->second)) {
      return MakeError(Errc::kStreamNotFound, "there is no such stream");
    }
    topic = it->second;
    for (const StreamPtr& stream : topic->partitions) stream->expiry_ms_ = when_ms;
    EmitTopic(*topic);
  }
  writes.TouchJournal();
  topics_version_.fetch_add(1);
  ArmExpiry(topic->partitions.front());
  return absl::OkStatus();
}

void Catalog::ArmExpiry(const StreamPtr& stream) {
  DisarmExpiry(*stream);
  const int64_t when = stream->expiry_ms();
  if (when == kNeverMs) return;
  const auto expire = [this, weak = std::weak_ptr<Stream>(stream)] {
    if (StreamPtr alive = weak.lock()) Expire(alive);
  };
  const TimerId timer = timers_.Add(absl::FromUnixMillis(when), expire);
  absl::MutexLock lock(&expiry_mu_);
  expiry_timers_[stream->identity().id] = timer;
}

void Catalog::DisarmExpiry(const Stream& stream) {
  absl::MutexLock lock(&expiry_mu_);
  const auto it = expiry_timers_.find(stream.identity().id);
  if (it == expiry_timers_.end()) return;
  timers_.Cancel(it->second);
  expiry_timers_.erase(it);
}

// Unless its time was changed meanwhile: then another timer comes.
void Catalog::Expire(const StreamPtr& stream) {
  const std::string name = stream->identity().topic;
  Writes writes;
  const auto is_due = [&](const Topic& topic) {
    return topic.partitions.front() == stream && Expired(topic);
  };
  if (!DeleteTopicIf(name, is_due, writes).ok()) return;
  Commit(writes)
      .IgnoreError();  // what the journal could not take is tried again by the next commit
  SayExpired(name);
}

void Catalog::SetExpiredHook(std::function<void(const std::string&)> hook) {
  absl::MutexLock lock(&expired_mu_);
  expired_hook_ = std::move(hook);
}

void Catalog::SayExpired(const std::string& name) {
  absl::MutexLock lock(&expired_mu_);
  if (expired_hook_) expired_hook_(name);
}

void Catalog::SetProducedHook(ProducedHook hook) {
  absl::MutexLock lock(&produced_mu_);
  produced_hook_ = std::move(hook);
}

void Catalog::SayProduced(const StreamPtr& stream, const StoredRecord& record, Offset previous) {
  absl::MutexLock lock(&produced_mu_);
  if (produced_hook_) produced_hook_(stream, record, previous);
}

}  // namespace braid::engine
