#include "engine/share_group.h"

#include <algorithm>
#include <utility>

#include "braid/error.h"

namespace braid::engine {

absl::Status CheckForm(const ShareHeartbeat& heartbeat) {
  const auto refuse = [](std::string_view why) { return MakeError(Errc::kInvalidArgument, why); };
  if (heartbeat.member_id.empty()) return refuse("the member id is empty");
  if (heartbeat.epoch < ShareHeartbeat::kLeaves) return refuse("there is no such epoch");
  if (heartbeat.rack_id && heartbeat.rack_id->empty()) return refuse("the rack id is empty");
  if (heartbeat.epoch == ShareHeartbeat::kJoins &&
      (!heartbeat.topic_names || heartbeat.topic_names->empty())) {
    return refuse("who joins must subscribe to topics");
  }
  return absl::OkStatus();
}

std::map<std::string, PartitionSet> ShareOut(
    const std::map<TopicId, std::vector<std::string>>& subscribers, const TopicSizes& sizes) {
  std::map<std::string, PartitionSet> shares;
  size_t first = 0;  // topics begin with different members
  for (const auto& [topic, members] : subscribers) {
    const auto partitions = static_cast<size_t>(sizes.at(topic));
    const size_t shares_of_topic = std::max(partitions, members.size());
    for (size_t i = 0; i < shares_of_topic; ++i) {
      const std::string& member = members[(first + i) % members.size()];
      shares[member].insert({topic, static_cast<int32_t>(i % partitions)});
    }
    first += partitions;
  }
  return shares;
}

// --- Requests ---

absl::StatusOr<ShareGroup::Member*> ShareGroup::FindOrAdmit(const ShareHeartbeat& heartbeat) {
  const auto found = members_.find(heartbeat.member_id);
  if (found == members_.end()) {
    if (heartbeat.epoch != ShareHeartbeat::kJoins) {
      return MakeError(Errc::kUnknownMember, "there is no such member");
    }
    if (members_.size() >= kMaxMembers) {
      return MakeError(Errc::kGroupFull, "the group has as many members as it may have");
    }
    changed_ = true;
    return &members_[heartbeat.member_id];
  }
  Member& member = found->second;
  const int32_t epoch = heartbeat.epoch;
  if (epoch > member.epoch ||
      (epoch > 0 && epoch < member.epoch && epoch != member.previous_epoch)) {
    return MakeError(Errc::kFencedMemberEpoch, "the member has another epoch");
  }
  return &member;
}

absl::StatusOr<ShareHeartbeatReply> ShareGroup::Heartbeat(const ShareHeartbeat& heartbeat,
                                                          const TopicImage& topics,
                                                          absl::Time now) {
  if (heartbeat.epoch == ShareHeartbeat::kLeaves) {
    if (members_.erase(heartbeat.member_id) == 0) {
      return MakeError(Errc::kUnknownMember, "there is no such member");
    }
    changed_ = true;
    Refresh(topics);
    return ShareHeartbeatReply{.member_id = heartbeat.member_id,
                               .epoch = ShareHeartbeat::kLeaves,
                               .assignment = std::nullopt};
  }
  const absl::StatusOr<Member*> known = FindOrAdmit(heartbeat);
  if (!known.ok()) return known.status();
  Member& member = **known;
  member.client_id = heartbeat.client_id;
  member.client_host = heartbeat.client_host;
  member.deadline = now + heartbeat.session_timeout;
  if (heartbeat.rack_id) member.rack_id = heartbeat.rack_id;
  if (heartbeat.topic_names) {
    std::set<std::string> names(heartbeat.topic_names->begin(), heartbeat.topic_names->end());
    changed_ = changed_ || names != member.topic_names;
    member.topic_names = std::move(names);
  }
  Refresh(topics);
  // Whoever is not known to have heard of the newest share is told it.
  bool tell = heartbeat.topic_names.has_value() || heartbeat.epoch != member.epoch;
  if (member.epoch != epoch_) {
    member.previous_epoch = std::exchange(member.epoch, epoch_);
    const PartitionSet& target = target_[heartbeat.member_id];
    tell = tell || target != member.assigned;
    member.assigned = target;
  }
  ShareHeartbeatReply reply{
      .member_id = heartbeat.member_id, .epoch = member.epoch, .assignment = std::nullopt};
  if (tell) reply.assignment = member.assigned;
  return reply;
}

// --- The target ---

void ShareGroup::Refresh(const TopicImage& topics) {
  if (!changed_ && topics_version_ >= topics.version) return;  // nullopt is less than any
  topics_version_ = topics.version;
  std::map<TopicId, std::vector<std::string>> subscribers;
  TopicSizes sizes;
  for (const auto& [id, member] : members_) {
    for (const std::string& name : member.topic_names) {
      const auto topic = topics.topics.find(name);
      if (topic == topics.topics.end() || topic->second.partitions <= 0) continue;
      subscribers[topic->second.id].push_back(id);
      sizes[topic->second.id] = topic->second.partitions;
    }
  }
  if (!changed_ && sizes == sizes_) return;
  changed_ = false;
  sizes_ = std::move(sizes);
  target_ = ShareOut(subscribers, sizes_);
  ++epoch_;
}

// --- Time ---

std::vector<std::string> ShareGroup::Expire(absl::Time now) {
  std::vector<std::string> silent;
  for (const auto& [id, member] : members_) {
    if (member.deadline <= now) silent.push_back(id);
  }
  for (const std::string& id : silent) members_.erase(id);
  changed_ = changed_ || !silent.empty();
  return silent;
}

absl::Time ShareGroup::NextDeadline() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [id, member] : members_) next = std::min(next, member.deadline);
  return next;
}

ShareGroupDescription ShareGroup::Describe() const {
  ShareGroupDescription description;
  description.state = state();
  description.epoch = description.target_epoch = epoch_;
  for (const auto& [id, member] : members_) {
    description.members.push_back(
        {.member_id = id,
         .rack_id = member.rack_id,
         .epoch = member.epoch,
         .client_id = member.client_id,
         .client_host = member.client_host,
         .topic_names = {member.topic_names.begin(), member.topic_names.end()},
         .assigned = member.assigned});
  }
  return description;
}

}  // namespace braid::engine
