// The part of ConsumerGroup that says who shall have what, and leads members there.
#include <algorithm>
#include <cassert>
#include <iterator>

#include "engine/consumer_group.h"
#include "re2/re2.h"

namespace braid::engine {

// --- The target ---

void ConsumerGroup::Refresh(bool changed, const TopicImage& topics) {
  if (changed || topics.version > topics_version_) {
    changed = ResolveSubscriptions(topics) || changed;
    topics_version_ = topics.version;
  }
  if (changed) ++epoch_;
  if (target_epoch_ < epoch_) MakeTarget();
}

// True when anybody's topics, or their partitions, are not what they were.
bool ConsumerGroup::ResolveSubscriptions(const TopicImage& topics) {
  std::map<std::string_view, std::set<TopicId>> by_pattern;  // members tend to have the same
  TopicSizes sizes;
  bool changed = false;
  for (auto& [id, member] : members_) {
    std::set<TopicId> subscribed;
    if (member.topic_pattern) {
      const auto [resolved, first] = by_pattern.try_emplace(member.topic_pattern->pattern());
      if (first) {
        for (const auto& [name, topic] : topics.topics) {
          if (!re2::RE2::FullMatch(name, *member.topic_pattern)) continue;
          resolved->second.insert(topic.id);
          sizes[topic.id] = topic.partitions;
        }
      }
      subscribed = resolved->second;
    }
    for (const std::string& name : member.topic_names) {
      const auto topic = topics.topics.find(name);
      if (topic == topics.topics.end()) continue;
      subscribed.insert(topic->second.id);
      sizes[topic->second.id] = topic->second.partitions;
    }
    changed = changed || subscribed != member.subscribed;
    member.subscribed = std::move(subscribed);
  }
  changed = changed || sizes != sizes_;
  sizes_ = std::move(sizes);
  return changed;
}

// Static members first, each kind by its ids, so that a static member's place outlives its member
// id.
void ConsumerGroup::MakeTarget() {
  std::vector<Member*> order;
  for (const auto& [instance, id] : instances_) order.push_back(Find(id));
  for (auto& [id, member] : members_) {
    if (!member.instance_id) order.push_back(&member);
  }
  std::vector<Subscriber> subscribers;
  subscribers.reserve(order.size());
  for (const Member* member : order) {
    subscribers.push_back({member->id, member->subscribed, member->target});
  }
  const Assignor& assignor = PreferredAssignor();
  Shares shares = assignor.assign(subscribers, sizes_);
  for (Member* member : order) member->target = std::move(shares.find(member->id)->second);
  target_epoch_ = epoch_;
}

// The one that most members wish for.
const Assignor& ConsumerGroup::PreferredAssignor() const {
  std::map<std::string_view, int> votes;
  for (const auto& [id, member] : members_) {
    if (!member.assignor.empty()) ++votes[member.assignor];
  }
  const absl::Span<const Assignor> assignors = Assignors();
  return *std::max_element(
      assignors.begin(), assignors.end(),
      [&votes](const Assignor& a, const Assignor& b) { return votes[a.name] < votes[b.name]; });
}

// --- The way there ---

PartitionSet ConsumerGroup::PartitionsOf(const Held& held) {
  PartitionSet partitions;
  for (const auto& [partition, since] : held) partitions.insert(partitions.end(), partition);
  return partitions;
}

bool ConsumerGroup::OwnsAny(const std::optional<PartitionSet>& owned, const Held& of) {
  if (!owned) return !of.empty();
  return std::any_of(of.begin(), of.end(),
                     [&owned](const auto& entry) { return owned->contains(entry.first); });
}

void ConsumerGroup::Reconcile(Member& member, const std::optional<PartitionSet>& owned,
                              absl::Time now) {
  if (member.progress == Progress::kStable && member.epoch == target_epoch_) return;
  if (member.progress == Progress::kUnrevoked && OwnsAny(owned, member.revoking)) return;

  Held keep, revoke;
  for (const auto& [partition, since] : member.assigned) {
    (member.target.contains(partition) ? keep : revoke).emplace(partition, since);
  }
  if (OwnsAny(owned, revoke)) {
    Hold(member, std::move(keep), std::move(revoke));
    member.progress = Progress::kUnrevoked;
    member.rebalance_deadline =
        member.classic ? absl::InfiniteFuture() : now + member.rebalance_timeout;
    return;
  }
  for (const TopicPartition& partition : member.target) {
    if (HeldByAnother(partition, member)) continue;
    keep.emplace(partition, target_epoch_);  // unless it has it already
  }
  const bool all = keep.size() == member.target.size();
  Hold(member, std::move(keep), {});
  member.progress = all ? Progress::kStable : Progress::kUnreleased;
  member.rebalance_deadline = absl::InfiniteFuture();
  if (member.epoch == target_epoch_) return;
  member.previous_epoch = member.epoch;
  member.epoch = target_epoch_;
}

bool ConsumerGroup::HeldByAnother(const TopicPartition& partition, const Member& member) const {
  const auto holder = holders_.find(partition);
  return holder != holders_.end() && holder->second != member.id;
}

// Whether nothing of what the member still lacks is to be had.
bool ConsumerGroup::WaitsForOthers(const Member& member) const {
  return std::all_of(member.target.begin(), member.target.end(), [&](const TopicPartition& p) {
    return member.assigned.contains(p) || HeldByAnother(p, member);
  });
}

void ConsumerGroup::Hold(Member& member, Held assigned, Held revoking) {
  Release(member);
  member.assigned = std::move(assigned);
  member.revoking = std::move(revoking);
  for (const Held* held : {&member.assigned, &member.revoking}) {
    for (const auto& [partition, since] : *held) {
      [[maybe_unused]] const bool free = holders_.emplace(partition, member.id).second;
      assert(free);
    }
  }
}

void ConsumerGroup::Release(const Member& member) {
  for (const Held* held : {&member.assigned, &member.revoking}) {
    for (const auto& [partition, since] : *held) holders_.erase(partition);
  }
}

}  // namespace braid::engine
