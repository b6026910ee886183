#include "engine/membership.h"

#include <algorithm>
#include <cassert>
#include <set>

#include "engine/consumer_protocol.h"

namespace braid::engine {
namespace {

constexpr std::string_view kStateNames[] = {"Empty", "PreparingRebalance", "CompletingRebalance",
                                            "Stable", "Dead"};

}  // namespace

std::string_view GroupStateName(GroupState state) {
  return kStateNames[static_cast<size_t>(state)];
}

Membership::Membership(MembershipOptions options)
    : options_(std::move(options)), generation_(options_.first_generation) {}

// --- From and to the other kind of group ---

Membership::Membership(MembershipOptions options, const std::vector<ClassicMember>& members,
                       absl::Time now)
    : Membership(std::move(options)) {
  protocol_type_ = kConsumerProtocolType;
  for (const ClassicMember& other : members) {
    Member& member = members_[other.id];
    member.id = other.id;
    member.instance_id = other.instance_id;
    member.client_id = other.client_id;
    member.client_host = other.client_host;
    member.session_timeout = other.session_timeout;
    member.rebalance_timeout = other.rebalance_timeout;
    member.protocols = other.protocols;
    member.assignment = other.assignment;
    member.is_new = false;
    Touch(member, now);
    if (member.instance_id.has_value()) instances_[*member.instance_id] = member.id;
  }
  leader_ = members_.begin()->first;
  state_ = GroupState::kStable;
  Rebalance(now);
}

std::vector<ClassicMember> Membership::Members() const {
  std::vector<ClassicMember> members;
  members.reserve(members_.size());
  for (const auto& [id, member] : members_) {
    members.push_back({id, member.instance_id, member.client_id, member.client_host,
                       member.session_timeout, member.rebalance_timeout, member.protocols,
                       member.assignment});
  }
  return members;
}

void Membership::HandOver() {
  for (auto& [id, member] : members_) RefuseWaiting(member, Errc::kRebalanceInProgress);
  members_.clear();
  instances_.clear();
  pending_.clear();
  unsynced_.clear();
  barrier_ = Barrier();
  sync_deadline_ = absl::InfiniteFuture();
  state_ = GroupState::kDead;
}

// --- Join ---

Ticket Membership::Join(const JoinRequest& request, absl::Time now) {
  const Ticket ticket = ++last_ticket_;
  Errc error = Errc::kInvalidSessionTimeout;
  if (request.session_timeout >= options_.min_session_timeout &&
      request.session_timeout <= options_.max_session_timeout) {
    error =
        request.member_id.empty() ? JoinNew(request, ticket, now) : JoinKnown(request, ticket, now);
  }
  if (error != Errc::kOk) {
    RefuseJoin(ticket, error, request.member_id);
  }
  return ticket;
}

Errc Membership::JoinNew(const JoinRequest& request, Ticket ticket, absl::Time now) {
  assert(!request.new_member_id.empty() && !members_.contains(request.new_member_id));
  const bool back = request.instance_id.has_value() && instances_.contains(*request.instance_id);
  if (!back && !HasRoom("")) return Errc::kGroupFull;
  if (!Accepts(request)) return Errc::kInconsistentProtocol;
  if (back) {
    RejoinStatic(request, ticket, now);
    return Errc::kOk;
  }
  if (state_ == GroupState::kDead) state_ = GroupState::kEmpty;
  if (request.require_known_member_id && !request.instance_id.has_value()) {
    if (pending_.size() >= options_.max_members) return Errc::kGroupFull;
    pending_[request.new_member_id] = now + request.session_timeout;
    RefuseJoin(ticket, Errc::kMemberIdRequired, request.new_member_id);
    return Errc::kOk;
  }
  AddMember(request, request.new_member_id, ticket, now);
  return Errc::kOk;
}

Errc Membership::JoinKnown(const JoinRequest& request, Ticket ticket, absl::Time now) {
  if (state_ == GroupState::kDead) return Errc::kUnknownMember;
  if (!HasRoom(request.member_id)) {
    pending_.erase(request.member_id);
    if (Find(request.member_id) != nullptr) {
      RemoveAndRebalance(request.member_id, Errc::kGroupFull, now);
    }
    return Errc::kGroupFull;
  }
  const bool pending = !request.instance_id.has_value() && pending_.contains(request.member_id);
  if (!pending) {
    const Errc error = CheckMember(request.member_id, request.instance_id);
    if (error != Errc::kOk) return error;
  }
  if (!Accepts(request)) return Errc::kInconsistentProtocol;
  if (pending) {
    AddMember(request, request.member_id, ticket, now);
    return Errc::kOk;
  }

  Member& member = *Find(request.member_id);
  const bool unchanged = member.protocols == request.protocols;
  const bool answered = state_ == GroupState::kCompletingRebalance ||
                        (state_ == GroupState::kStable && member.id != leader_);
  if (answered && unchanged) {  // its answer was lost on the way
    Touch(member, now);
    AnswerJoin(ticket, CurrentGeneration(member));
    return Errc::kOk;
  }
  RefuseWaiting(member, Errc::kRebalanceInProgress);  // by an older request of the same member
  Update(member, request);
  member.join_ticket = ticket;
  Rebalance(now);
  return Errc::kOk;
}

void Membership::AddMember(const JoinRequest& request, const std::string& id, Ticket ticket,
                           absl::Time now) {
  if (members_.empty()) protocol_type_ = request.protocol_type;
  pending_.erase(id);
  Member& member = members_[id];
  member.id = id;
  member.instance_id = request.instance_id;
  Update(member, request);
  member.join_ticket = ticket;
  Touch(member, now);
  if (member.instance_id.has_value()) instances_[*member.instance_id] = id;
  if (leader_.empty()) leader_ = id;
  if (state_ == GroupState::kPreparingRebalance) barrier_.new_member = true;
  Rebalance(now);
}

// The rest of the metadata may differ: a member that comes back owns nothing, where the one before
// may have named the partitions it owned. What cannot be read counts as the same.
bool Membership::AskForSameTopics(const std::vector<GroupProtocol>& before,
                                  const std::vector<GroupProtocol>& now) const {
  const auto topics = [&](const std::vector<GroupProtocol>& protocols) {
    const auto used = std::find_if(protocols.begin(), protocols.end(), [&](const auto& protocol) {
      return protocol.name == protocol_;
    });
    std::optional<std::set<std::string>> read;
    if (protocol_type_ != kConsumerProtocolType || used == protocols.end()) return read;
    const auto subscription = DecodeSubscription(used->metadata);
    if (subscription.has_value())
      read.emplace(subscription->topics.begin(), subscription->topics.end());
    return read;
  };
  const auto old_topics = topics(before);
  const auto new_topics = topics(now);
  return !old_topics.has_value() || !new_topics.has_value() || *old_topics == *new_topics;
}

void Membership::RejoinStatic(const JoinRequest& request, Ticket ticket, absl::Time now) {
  const std::string old_leader = leader_;
  Member& member = RenameStatic(*request.instance_id, request.new_member_id);
  const bool same_topics = AskForSameTopics(member.protocols, request.protocols);
  Update(member, request);
  if (state_ != GroupState::kStable || !same_topics || SelectProtocol() != protocol_) {
    member.join_ticket = ticket;
    Touch(member, now);
    Rebalance(now);
    return;
  }
  Touch(member, now);
  JoinReply reply = CurrentGeneration(member);
  const bool leads = member.id == leader_;
  if (request.can_skip_assignment) {
    reply.skip_assignment = leads;
    if (leads) reply.members = MembersForLeader();
  } else {
    // One that cannot skip must not think that it leads: it would assign, and nobody would look.
    reply.leader = old_leader;
    reply.members.clear();
  }
  AnswerJoin(ticket, std::move(reply));
}

// The member keeps its place under a new id; whoever still uses the old one is fenced.
Membership::Member& Membership::RenameStatic(const std::string& instance_id,
                                             const std::string& new_id) {
  std::string& member_id = instances_.find(instance_id)->second;
  auto node = members_.extract(member_id);
  RefuseWaiting(node.mapped(), Errc::kFencedInstance);
  if (leader_ == member_id) leader_ = new_id;
  if (unsynced_.erase(member_id) > 0) unsynced_.insert(new_id);
  member_id = new_id;
  node.key() = new_id;
  node.mapped().id = new_id;
  return members_.insert(std::move(node)).position->second;
}

bool Membership::HasRoom(const std::string& member_id) const {
  const auto member = members_.find(member_id);
  const bool known = member != members_.end();
  switch (state_) {
    case GroupState::kEmpty:
    case GroupState::kDead:
      return options_.max_members > 0;
    case GroupState::kPreparingRebalance: {
      // A place is held by who has joined (again), and for a static member until its session ends.
      const auto holds = [](const Member& m) {
        return m.join_ticket != 0 || m.instance_id.has_value();
      };
      if (known && holds(member->second)) return true;
      const auto held = std::count_if(members_.begin(), members_.end(),
                                      [&](const auto& entry) { return holds(entry.second); });
      return static_cast<size_t>(held) < options_.max_members;
    }
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      return known || members_.size() < options_.max_members;
  }
  return false;
}

// True when a member with these protocols, in place of the one it is or was, leaves a protocol that
// all members can use.
bool Membership::Accepts(const JoinRequest& request) const {
  if (request.protocol_type.empty() || request.protocols.empty()) return false;
  std::string_view self = request.member_id;
  if (request.instance_id.has_value()) {
    const auto instance = instances_.find(*request.instance_id);
    if (instance != instances_.end()) self = instance->second;
  }
  const bool alone = members_.empty() || (members_.size() == 1 && members_.contains(self));
  if (alone) return members_.empty() || request.protocol_type == protocol_type_;
  return request.protocol_type == protocol_type_ &&
         std::any_of(request.protocols.begin(), request.protocols.end(),
                     [&](const auto& protocol) { return SupportedByAll(protocol.name, self); });
}

void Membership::Update(Member& member, const JoinRequest& request) {
  member.client_id = request.client_id;
  member.client_host = request.client_host;
  member.session_timeout = request.session_timeout;
  member.rebalance_timeout = request.rebalance_timeout > absl::ZeroDuration()
                                 ? request.rebalance_timeout
                                 : std::max(request.session_timeout, absl::Milliseconds(1));
  member.protocols = request.protocols;
}

void Membership::Touch(Member& member, absl::Time now) {
  member.deadline = now + (member.is_new ? kNewMemberJoinTimeout : member.session_timeout);
}

Membership::Member* Membership::Find(std::string_view member_id) {
  auto it = members_.find(member_id);
  return it == members_.end() ? nullptr : &it->second;
}

// --- Sync, Heartbeat, Leave, Commit ---

Errc Membership::CheckMember(std::string_view member_id,
                             const std::optional<std::string>& instance_id) const {
  if (state_ == GroupState::kDead) return Errc::kUnknownMember;
  if (instance_id.has_value()) {
    const auto instance = instances_.find(*instance_id);
    if (instance == instances_.end()) return Errc::kUnknownMember;
    return instance->second == member_id ? Errc::kOk : Errc::kFencedInstance;
  }
  return members_.contains(member_id) ? Errc::kOk : Errc::kUnknownMember;
}

Errc Membership::CheckSync(const SyncRequest& request) const {
  const Errc error = CheckMember(request.member_id, request.instance_id);
  if (error != Errc::kOk) return error;
  if (request.generation != generation_) return Errc::kIllegalGeneration;
  if (state_ == GroupState::kPreparingRebalance) return Errc::kRebalanceInProgress;
  if ((request.protocol_type.has_value() && *request.protocol_type != protocol_type_) ||
      (request.protocol.has_value() && *request.protocol != protocol_)) {
    return Errc::kInconsistentProtocol;
  }
  return Errc::kOk;
}

Ticket Membership::Sync(const SyncRequest& request, absl::Time now) {
  const Ticket ticket = ++last_ticket_;
  const Errc error = CheckSync(request);
  if (error != Errc::kOk) {
    RefuseSync(ticket, error);
    return ticket;
  }
  Member& member = *Find(request.member_id);
  Touch(member, now);
  RefuseSync(member, Errc::kRebalanceInProgress);  // an older request of the same member
  member.sync_ticket = ticket;
  Synced(member.id);
  if (state_ == GroupState::kStable) {
    GiveAssignment(member);
  } else if (member.id == leader_) {
    CompleteSync(request, now);
  }
  return ticket;
}

Errc Membership::Heartbeat(std::string_view member_id,
                           const std::optional<std::string>& instance_id, int32_t generation,
                           absl::Time now) {
  const Errc error = CheckMember(member_id, instance_id);
  if (error != Errc::kOk) return error;
  if (generation != generation_) return Errc::kIllegalGeneration;
  Touch(*Find(member_id), now);
  return state_ == GroupState::kPreparingRebalance ? Errc::kRebalanceInProgress : Errc::kOk;
}

Errc Membership::Leave(std::string_view member_id, const std::optional<std::string>& instance_id,
                       absl::Time now) {
  if (state_ == GroupState::kDead) return Errc::kUnknownMember;
  if (auto pending = pending_.find(member_id); pending != pending_.end()) {
    pending_.erase(pending);
    TryCompleteJoin(now);
    return Errc::kOk;
  }
  std::string leaving(member_id);
  if (instance_id.has_value() && member_id.empty()) {
    const auto instance = instances_.find(*instance_id);
    if (instance == instances_.end()) return Errc::kUnknownMember;
    leaving = instance->second;
  } else {
    const Errc error = CheckMember(member_id, instance_id);
    if (error != Errc::kOk) return error;
  }
  RemoveAndRebalance(leaving, Errc::kUnknownMember, now);
  return Errc::kOk;
}

Errc Membership::ValidateCommit(std::string_view member_id,
                                const std::optional<std::string>& instance_id, int32_t generation,
                                absl::Time now) {
  if (state_ == GroupState::kDead) {
    return generation < 0 ? Errc::kOk : Errc::kIllegalGeneration;
  }
  if (generation < 0 && state_ == GroupState::kEmpty) return Errc::kOk;
  const Errc error = CheckMember(member_id, instance_id);
  if (error != Errc::kOk) return error;
  if (generation != generation_) return Errc::kIllegalGeneration;
  if (state_ == GroupState::kCompletingRebalance) return Errc::kRebalanceInProgress;
  Touch(*Find(member_id), now);
  return Errc::kOk;
}

Errc Membership::Delete() {
  if (state_ == GroupState::kDead) return Errc::kGroupNotFound;
  if (state_ != GroupState::kEmpty) return Errc::kGroupNotEmpty;
  state_ = GroupState::kDead;
  pending_.clear();
  return Errc::kOk;
}

// --- Looking ---

GroupDescription Membership::Describe() const {
  const bool stable = state_ == GroupState::kStable;
  GroupDescription description{.state = state_,
                               .generation = generation_,
                               .protocol_type = protocol_type_,
                               .protocol = stable ? protocol_ : std::string(),
                               .leader = leader_,
                               .members = {}};
  for (const auto& [id, member] : members_) {
    MemberDescription& shown = description.members.emplace_back();
    shown.member_id = id;
    shown.instance_id = member.instance_id;
    shown.client_id = member.client_id;
    shown.client_host = member.client_host;
    if (!stable) continue;
    shown.assignment = member.assignment;
    for (const GroupProtocol& protocol : member.protocols) {
      if (protocol.name == protocol_) shown.metadata = protocol.metadata;
    }
  }
  return description;
}

std::vector<std::string> Membership::Subscriptions() const {
  std::vector<std::string> subscriptions;
  for (const auto& [id, member] : members_) {
    const auto used = std::find_if(member.protocols.begin(), member.protocols.end(),
                                   [this](const auto& p) { return p.name == protocol_; });
    subscriptions.push_back(used != member.protocols.end() ? used->metadata
                                                           : member.protocols.front().metadata);
  }
  return subscriptions;
}

}  // namespace braid::engine
