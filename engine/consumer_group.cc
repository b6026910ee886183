#include "engine/consumer_group.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "re2/re2.h"

namespace braid::engine {
namespace {

constexpr std::string_view kStateNames[] = {"Empty", "Assigning", "Reconciling", "Stable"};

bool IsEmpty(const std::optional<std::string>& text) {
  return text.has_value() && text->empty();
}

absl::Status Invalid(std::string_view why) {
  return MakeError(Errc::kInvalidArgument, why);
}

absl::Status CheckJoin(const ConsumerHeartbeat& heartbeat) {
  if (!heartbeat.rebalance_timeout) return Invalid("who joins says its rebalance timeout");
  if (!heartbeat.owned || !heartbeat.owned->empty()) {
    return Invalid("who joins says that it owns no partitions");
  }
  const bool by_name = heartbeat.topic_names && !heartbeat.topic_names->empty();
  const bool by_pattern = heartbeat.topic_pattern && !heartbeat.topic_pattern->empty();
  if (!by_name && !by_pattern) return Invalid("who joins says which topics it subscribes to");
  return absl::OkStatus();
}

// Everything that a member must say when it has lost its way.
bool SaysAll(const ConsumerHeartbeat& heartbeat) {
  return heartbeat.epoch == ConsumerHeartbeat::kJoins ||
         (heartbeat.rebalance_timeout && heartbeat.owned &&
          (heartbeat.topic_names || heartbeat.topic_pattern));
}

absl::Status UnknownMember(std::string_view id) {
  return MakeError(Errc::kUnknownMember, absl::StrCat("there is no member ", std::string(id)));
}

}  // namespace

std::string_view ConsumerGroupStateName(ConsumerGroupState state) {
  return kStateNames[static_cast<size_t>(state)];
}

absl::Status CheckForm(const ConsumerHeartbeat& heartbeat) {
  if (heartbeat.member_id.empty()) return Invalid("the member id is empty");
  if (IsEmpty(heartbeat.instance_id)) return Invalid("the instance id is empty");
  if (IsEmpty(heartbeat.rack_id)) return Invalid("the rack id is empty");
  if (heartbeat.epoch < ConsumerHeartbeat::kLeavesForAWhile) return Invalid("no such epoch");
  if (heartbeat.epoch == ConsumerHeartbeat::kLeavesForAWhile && !heartbeat.instance_id) {
    return Invalid("only a member with an instance id leaves for a while");
  }
  if (heartbeat.epoch == ConsumerHeartbeat::kJoins) {
    if (const absl::Status joins = CheckJoin(heartbeat); !joins.ok()) return joins;
  }
  if (heartbeat.assignor && FindAssignor(*heartbeat.assignor) == nullptr) {
    return MakeError(Errc::kUnsupportedAssignor,
                     absl::StrCat("there is no assignor ", *heartbeat.assignor));
  }
  if (heartbeat.topic_pattern) {
    const re2::RE2 pattern(*heartbeat.topic_pattern, re2::RE2::Quiet);
    if (!pattern.ok()) return MakeError(Errc::kInvalidPattern, pattern.error());
  }
  return absl::OkStatus();
}

ConsumerGroup::ConsumerGroup(ConsumerGroupOptions options)
    : options_(std::move(options)),
      epoch_(options_.first_epoch),
      target_epoch_(options_.first_epoch) {}

// --- Heartbeats ---

absl::StatusOr<ConsumerHeartbeatReply> ConsumerGroup::Heartbeat(const ConsumerHeartbeat& heartbeat,
                                                                const TopicImage& topics,
                                                                absl::Time now) {
  ConsumerHeartbeatReply reply;
  reply.member_id = heartbeat.member_id;
  reply.epoch = heartbeat.epoch;
  if (heartbeat.epoch < ConsumerHeartbeat::kJoins) {
    if (absl::Status left = Depart(heartbeat); !left.ok()) return left;
    return reply;
  }
  const absl::StatusOr<Member*> found = FindOrAdmit(heartbeat);
  if (!found.ok()) return found.status();
  Member& member = **found;
  const PartitionSet before = PartitionsOf(member.assigned);
  Refresh(Update(member, heartbeat), topics);
  Reconcile(member, heartbeat.owned, now);
  member.session_deadline = now + heartbeat.session_timeout;
  reply.epoch = member.epoch;
  PartitionSet after = PartitionsOf(member.assigned);
  if (SaysAll(heartbeat) || after != before) reply.assignment = std::move(after);
  return reply;
}

absl::Status ConsumerGroup::Depart(const ConsumerHeartbeat& heartbeat) {
  const absl::StatusOr<Member*> found = FindKnown(heartbeat);
  if (!found.ok()) return found.status();
  Member& member = **found;
  if (heartbeat.epoch == ConsumerHeartbeat::kLeaves) {
    Remove(std::string(member.id));
    return absl::OkStatus();
  }
  Hold(member, member.assigned, {});
  member.progress = Progress::kStable;
  member.rebalance_deadline = absl::InfiniteFuture();
  member.epoch = ConsumerHeartbeat::kLeavesForAWhile;
  return absl::OkStatus();
}

absl::StatusOr<ConsumerGroup::Member*> ConsumerGroup::FindKnown(
    const ConsumerHeartbeat& heartbeat) {
  if (!heartbeat.instance_id) {
    Member* member = Find(heartbeat.member_id);
    if (member == nullptr) return UnknownMember(heartbeat.member_id);
    return member;
  }
  Member* member = FindInstance(*heartbeat.instance_id);
  if (member == nullptr) return UnknownMember(*heartbeat.instance_id);
  if (member->id != heartbeat.member_id) {
    return MakeError(Errc::kFencedInstance,
                     absl::StrCat(*heartbeat.instance_id, " is another member by now"));
  }
  return member;
}

absl::StatusOr<ConsumerGroup::Member*> ConsumerGroup::FindOrAdmit(
    const ConsumerHeartbeat& heartbeat) {
  if (heartbeat.epoch != ConsumerHeartbeat::kJoins) {
    absl::StatusOr<Member*> found = FindKnown(heartbeat);
    if (!found.ok()) return found;
    if (absl::Status fenced = CheckEpoch(**found, heartbeat); !fenced.ok()) return fenced;
    return found;
  }
  if (heartbeat.instance_id) {
    if (Member* member = FindInstance(*heartbeat.instance_id); member != nullptr) {
      return Replace(*member, heartbeat);
    }
  }
  // One that is here already owns nothing any more, and says so.
  if (Member* member = Find(heartbeat.member_id); member != nullptr) return member;
  if (members_.size() >= options_.max_members) {
    return MakeError(Errc::kGroupFull, "the group is full");
  }
  return &Add(heartbeat.member_id, heartbeat.instance_id);
}

absl::StatusOr<ConsumerGroup::Member*> ConsumerGroup::Replace(Member& member,
                                                              const ConsumerHeartbeat& heartbeat) {
  if (member.id == heartbeat.member_id) return &member;
  const bool away = member.epoch == ConsumerHeartbeat::kLeavesForAWhile;
  if (!away && !member.classic) {
    return MakeError(Errc::kUnreleasedInstance,
                     absl::StrCat(*heartbeat.instance_id, " is in use by ", member.id));
  }
  return &TakeOver(member, heartbeat.member_id);
}

absl::Status ConsumerGroup::CheckEpoch(const Member& member,
                                       const ConsumerHeartbeat& heartbeat) const {
  if (heartbeat.epoch == member.epoch) return absl::OkStatus();
  // The answer with the newer epoch may have been lost on its way.
  const auto holds = [&member](const TopicPartition& p) { return member.assigned.contains(p); };
  if (heartbeat.epoch < member.epoch && heartbeat.epoch == member.previous_epoch &&
      heartbeat.owned && std::all_of(heartbeat.owned->begin(), heartbeat.owned->end(), holds)) {
    return absl::OkStatus();
  }
  return MakeError(Errc::kFencedMemberEpoch,
                   absl::StrCat("epoch ", heartbeat.epoch, " is not the member's ", member.epoch,
                                ": it must give up its partitions and join again"));
}

bool ConsumerGroup::Update(Member& member, const ConsumerHeartbeat& heartbeat) {
  member.client_id = heartbeat.client_id;
  member.client_host = heartbeat.client_host;
  member.classic.reset();
  if (heartbeat.rack_id) member.rack_id = heartbeat.rack_id;
  if (heartbeat.rebalance_timeout) member.rebalance_timeout = *heartbeat.rebalance_timeout;
  if (heartbeat.assignor) member.assignor = *heartbeat.assignor;
  bool changed = false;
  if (heartbeat.topic_names) {
    std::set<std::string> names(heartbeat.topic_names->begin(), heartbeat.topic_names->end());
    changed = names != member.topic_names;
    member.topic_names = std::move(names);
  }
  if (heartbeat.topic_pattern) {
    const std::string before = member.topic_pattern ? member.topic_pattern->pattern() : "";
    if (before != *heartbeat.topic_pattern) {
      changed = true;
      member.topic_pattern =
          heartbeat.topic_pattern->empty()
              ? nullptr
              : std::make_shared<const re2::RE2>(*heartbeat.topic_pattern, re2::RE2::Quiet);
    }
  }
  return changed;
}

// --- Offsets ---

CommitRight ConsumerGroup::MayCommit(std::string_view member_id, int32_t epoch) const {
  if (epoch < 0 && members_.empty()) return {};
  const auto found = members_.find(member_id);
  if (found == members_.end()) return {.error = Errc::kUnknownMember};
  const Member& member = found->second;
  CommitRight right{.epochs = !member.classic.has_value()};
  if (epoch == member.epoch) return right;
  if (member.classic || epoch < 0 || epoch > member.epoch) {
    right.error = EpochError(member);
    return right;
  }
  right.only.emplace();
  for (const Held* held : {&member.assigned, &member.revoking}) {
    for (const auto& [partition, since] : *held) {
      if (since <= epoch) right.only->insert(partition);
    }
  }
  return right;
}

Errc ConsumerGroup::MayFetch(std::string_view member_id, int32_t epoch) const {
  if (member_id.empty() && epoch < 0) return Errc::kOk;
  const auto found = members_.find(member_id);
  if (found == members_.end()) return Errc::kUnknownMember;
  return epoch == found->second.epoch ? Errc::kOk : EpochError(found->second);
}

// --- Members ---

ConsumerGroup::Member* ConsumerGroup::Find(std::string_view member_id) {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : &found->second;
}

ConsumerGroup::Member* ConsumerGroup::FindInstance(std::string_view instance_id) {
  const auto found = instances_.find(instance_id);
  return found == instances_.end() ? nullptr : Find(found->second);
}

ConsumerGroup::Member& ConsumerGroup::Add(const std::string& member_id,
                                          const std::optional<std::string>& instance_id) {
  Member& member = members_[member_id];
  member.id = member_id;
  member.instance_id = instance_id;
  if (instance_id) instances_[*instance_id] = member_id;
  return member;
}

ConsumerGroup::Member& ConsumerGroup::TakeOver(Member& member, const std::string& new_id) {
  auto node = members_.extract(member.id);
  Member& renamed = node.mapped();
  node.key() = new_id;
  renamed.id = new_id;
  renamed.epoch = 0;
  renamed.previous_epoch = 0;
  instances_[*renamed.instance_id] = new_id;
  for (const Held* held : {&renamed.assigned, &renamed.revoking}) {
    for (const auto& [partition, since] : *held) holders_[partition] = new_id;
  }
  return members_.insert(std::move(node)).position->second;
}

void ConsumerGroup::Remove(const std::string& member_id) {
  const auto found = members_.find(member_id);
  Release(found->second);
  if (found->second.instance_id) instances_.erase(*found->second.instance_id);
  members_.erase(found);
  ++epoch_;
  if (members_.empty()) target_epoch_ = epoch_;  // there is nobody to have a share
}

// --- Deadlines ---

void ConsumerGroup::Expire(absl::Time now) {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (std::min(member.session_deadline, member.rebalance_deadline) <= now) gone.push_back(id);
  }
  for (const std::string& id : gone) Remove(id);
}

absl::Time ConsumerGroup::NextDeadline() const {
  absl::Time next = absl::InfiniteFuture();
  for (const auto& [id, member] : members_) {
    next = std::min({next, member.session_deadline, member.rebalance_deadline});
  }
  return next;
}

// --- Looking ---

ConsumerGroupState ConsumerGroup::state() const {
  if (members_.empty()) return ConsumerGroupState::kEmpty;
  if (target_epoch_ < epoch_) return ConsumerGroupState::kAssigning;
  const bool settled = std::all_of(members_.begin(), members_.end(), [this](const auto& entry) {
    const Member& member = entry.second;
    return member.progress == Progress::kStable && member.epoch == target_epoch_;
  });
  return settled ? ConsumerGroupState::kStable : ConsumerGroupState::kReconciling;
}

ConsumerGroupDescription ConsumerGroup::Describe() const {
  ConsumerGroupDescription description{.state = state(),
                                       .epoch = epoch_,
                                       .target_epoch = target_epoch_,
                                       .assignor = PreferredAssignor().name,
                                       .members = {}};
  for (const auto& [id, member] : members_) {
    ConsumerMemberDescription& shown = description.members.emplace_back();
    shown.member_id = id;
    shown.instance_id = member.instance_id;
    shown.rack_id = member.rack_id;
    shown.epoch = member.epoch;
    shown.client_id = member.client_id;
    shown.client_host = member.client_host;
    shown.topic_names.assign(member.topic_names.begin(), member.topic_names.end());
    if (member.topic_pattern) shown.topic_pattern = member.topic_pattern->pattern();
    shown.assigned = PartitionsOf(member.assigned);
    shown.target = member.target;
    shown.classic = member.classic.has_value();
  }
  return description;
}

std::set<std::string> ConsumerGroup::SubscribedTopics(const TopicImage& topics) const {
  std::set<std::string> names;
  for (const auto& [id, member] : members_) {
    names.insert(member.topic_names.begin(), member.topic_names.end());
    if (!member.topic_pattern) continue;
    for (const auto& [name, topic] : topics.topics) {
      if (re2::RE2::FullMatch(name, *member.topic_pattern)) names.insert(name);
    }
  }
  return names;
}

}  // namespace braid::engine
