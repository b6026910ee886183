#include "protocol/kafka/share_sessions.h"

#include <limits>

#include "engine/share_partitions.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {

ShareSessions::Outcome ShareSessions::Take(const ShareSessionStep& step) {
  Key key{std::string(step.group), std::string(step.member)};
  absl::MutexLock lock(&mu_);
  auto found = sessions_.find(key);
  const bool keeps = found != sessions_.end() && step.epoch != kShareSessionOpens;
  const size_t partitions = step.add.size() + (keeps ? found->second.partitions.size() : 0);
  if (partitions > kMaxPartitions && step.epoch != kShareSessionCloses) {
    return {ErrorCode::kShareSessionLimitReached};
  }
  if (step.epoch == kShareSessionOpens) {
    if (found == sessions_.end()) {
      if (sessions_.size() >= kMaxSessions) return {ErrorCode::kShareSessionLimitReached};
      found = sessions_.emplace(std::move(key), Session()).first;
    }
    found->second = {.number = ++opened_,
                     .next_epoch = 1,
                     .connection = step.connection,
                     .partitions = step.add};
    return {ErrorCode::kNone, found->second.partitions, found->second.number};
  }
  if (found == sessions_.end()) return {ErrorCode::kShareSessionNotFound};
  Session& session = found->second;
  if (step.epoch == kShareSessionCloses) {
    Outcome outcome{ErrorCode::kNone, std::move(session.partitions), session.number};
    sessions_.erase(found);
    return outcome;
  }
  if (step.epoch != session.next_epoch) return {ErrorCode::kInvalidShareSessionEpoch};
  const bool wraps = session.next_epoch == std::numeric_limits<int32_t>::max();
  session.next_epoch = wraps ? 1 : session.next_epoch + 1;
  session.connection = step.connection;
  session.partitions.insert(step.add.begin(), step.add.end());
  for (const engine::TopicPartition& forgotten : step.forget) session.partitions.erase(forgotten);
  return {ErrorCode::kNone, session.partitions, session.number};
}

bool ShareSessions::IsOpen(std::string_view group, std::string_view member,
                           uint64_t session) const {
  const Key key{std::string(group), std::string(member)};
  absl::MutexLock lock(&mu_);
  const auto found = sessions_.find(key);
  return found != sessions_.end() && found->second.number == session;
}

void ShareSessions::Release(std::string_view group, std::string_view member,
                            const engine::PartitionSet& partitions, engine::Writes& writes) {
  for (const engine::TopicPartition& partition : partitions) {
    const engine::StreamPtr stream =
        PartitionOf(catalog_.FindTopic(partition.topic), partition.partition);
    if (stream == nullptr) continue;
    const engine::GroupPtr shared = engine::SharePartitionOf(*stream, group);
    if (shared != nullptr) shared->ReleaseAll(member, writes);
  }
}

// Nobody waits for this to be true on disk: what is not given back there comes back with its lock.
void ShareSessions::End(const Key& key, const Session& session) {
  engine::Writes writes;
  Release(key.first, key.second, session.partitions, writes);
  if (!writes.empty()) catalog_.Commit(writes).IgnoreError();
}

void ShareSessions::MemberGone(std::string_view group, std::string_view member) {
  const Key key{std::string(group), std::string(member)};
  Session session;
  {
    absl::MutexLock lock(&mu_);
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return;
    session = std::move(found->second);
    sessions_.erase(found);
  }
  End(key, session);
}

void ShareSessions::Disconnected(const net::Connection* connection) {
  std::vector<std::pair<Key, Session>> ended;
  {
    absl::MutexLock lock(&mu_);
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      if (it->second.connection != connection) {
        ++it;
        continue;
      }
      ended.emplace_back(it->first, std::move(it->second));
      it = sessions_.erase(it);
    }
  }
  for (const auto& [key, session] : ended) End(key, session);
}

}  // namespace braid::kafka
