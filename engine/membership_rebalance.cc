// The part of Membership that moves from one generation to the next: barriers, leaders, deadlines,
// answers.
#include <algorithm>
#include <cassert>

#include "engine/membership.h"

namespace braid::engine {

// --- Into a rebalance ---

// Somebody joined, left or changed.
void Membership::Rebalance(absl::Time now) {
  if (state_ == GroupState::kPreparingRebalance) {
    TryCompleteJoin(now);
  } else {
    PrepareRebalance(now);
  }
}

void Membership::PrepareRebalance(absl::Time now) {
  for (auto& [id, member] : members_) {
    if (member.sync_ticket == 0) continue;
    Touch(member, now);  // it waited, perhaps for longer than its session
    RefuseSync(member, Errc::kRebalanceInProgress);
  }
  unsynced_.clear();
  sync_deadline_ = absl::InfiniteFuture();
  barrier_ = Barrier();
  if (state_ == GroupState::kEmpty) {
    barrier_.initial = true;
    barrier_.deadline = now + options_.initial_rebalance_delay;
    barrier_.remaining =
        std::max(RebalanceTimeout() - options_.initial_rebalance_delay, absl::ZeroDuration());
  } else {
    barrier_.deadline = now + RebalanceTimeout();
  }
  state_ = GroupState::kPreparingRebalance;
  TryCompleteJoin(now);
}

void Membership::TryCompleteJoin(absl::Time now) {
  if (state_ != GroupState::kPreparingRebalance) return;
  if (barrier_.initial) {
    if (barrier_.deadline <= now) BarrierTimedOut(now);
    return;
  }
  const bool all_joined =
      pending_.empty() && std::all_of(members_.begin(), members_.end(), [](const auto& entry) {
        return entry.second.join_ticket != 0;
      });
  if (all_joined) CompleteJoin(now);
}

void Membership::BarrierTimedOut(absl::Time now) {
  if (barrier_.initial && barrier_.new_member && barrier_.remaining > absl::ZeroDuration()) {
    const absl::Duration delay = std::min(options_.initial_rebalance_delay, barrier_.remaining);
    barrier_.new_member = false;
    barrier_.remaining -= delay;
    barrier_.deadline = now + delay;
    return;
  }
  CompleteJoin(now);
}

// --- Out of it ---

void Membership::CompleteJoin(absl::Time now) {
  std::vector<std::string> absent;  // a static member's place is kept for its session's length
  for (const auto& [id, member] : members_) {
    if (member.join_ticket == 0 && !member.instance_id.has_value()) absent.push_back(id);
  }
  for (const std::string& id : absent) RemoveMember(id, Errc::kUnknownMember);
  if (!members_.empty() && !ElectLeader()) {  // static members, all of them away
    barrier_ = Barrier{.deadline = now + RebalanceTimeout()};
    return;
  }
  barrier_ = Barrier();
  ++generation_;
  if (members_.empty()) {
    protocol_.clear();
    state_ = GroupState::kEmpty;
    return;
  }
  protocol_ = SelectProtocol();
  state_ = GroupState::kCompletingRebalance;
  sync_deadline_ = now + RebalanceTimeout();
  for (auto& [id, member] : members_) {
    member.assignment.clear();
    if (member.join_ticket == 0) continue;
    unsynced_.insert(id);
    AnswerJoin(std::exchange(member.join_ticket, 0), CurrentGeneration(member));
    member.is_new = false;
    Touch(member, now);
  }
}

// The leader stays when it is here, else the first one that is. False when nobody is.
bool Membership::ElectLeader() {
  const Member* leader = Find(leader_);
  if (leader != nullptr && leader->join_ticket != 0) return true;
  for (const auto& [id, member] : members_) {
    if (member.join_ticket == 0) continue;
    leader_ = id;
    return true;
  }
  return false;
}

// Each member votes for the first of its protocols that all support; of two with as many votes, the
// one that the leader prefers.
std::string Membership::SelectProtocol() const {
  std::map<std::string_view, int> votes;
  for (const auto& [id, member] : members_) {
    for (const GroupProtocol& protocol : member.protocols) {
      if (!SupportedByAll(protocol.name, "")) continue;
      ++votes[protocol.name];
      break;
    }
  }
  std::string_view selected;
  for (const GroupProtocol& protocol : members_.find(leader_)->second.protocols) {
    const auto voted = votes.find(protocol.name);
    if (voted == votes.end()) continue;
    if (selected.empty() || voted->second > votes[selected]) selected = protocol.name;
  }
  return std::string(selected);
}

bool Membership::SupportedByAll(std::string_view protocol, std::string_view except_member) const {
  return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
    if (entry.first == except_member) return true;
    const auto& offered = entry.second.protocols;
    return std::any_of(offered.begin(), offered.end(),
                       [&](const GroupProtocol& candidate) { return candidate.name == protocol; });
  });
}

absl::Duration Membership::RebalanceTimeout() const {
  absl::Duration longest = absl::ZeroDuration();
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

void Membership::CompleteSync(const SyncRequest& request, absl::Time now) {
  for (const auto& [id, assignment] : request.assignments) {
    if (Member* member = Find(id); member != nullptr) member->assignment = assignment;
  }
  state_ = GroupState::kStable;
  for (auto& [id, member] : members_) {
    if (member.sync_ticket == 0) continue;
    Touch(member, now);
    GiveAssignment(member);
  }
}

void Membership::Synced(const std::string& member_id) {
  unsynced_.erase(member_id);
  if (unsynced_.empty()) sync_deadline_ = absl::InfiniteFuture();
}

// --- Leaving ---

void Membership::RemoveMember(const std::string& id, Errc why) {
  auto it = members_.find(id);
  RefuseWaiting(it->second, why);
  if (it->second.instance_id.has_value()) instances_.erase(*it->second.instance_id);
  const bool led = leader_ == id;
  members_.erase(it);
  if (led) leader_ = members_.empty() ? std::string() : members_.begin()->first;
}

void Membership::RemoveAndRebalance(const std::string& id, Errc why, absl::Time now) {
  RemoveMember(id, why);
  Rebalance(now);
}

// --- Deadlines ---

absl::Time Membership::NextDeadline() const {
  absl::Time next = std::min(sync_deadline_, barrier_.deadline);
  for (const auto& [id, expiry] : pending_) next = std::min(next, expiry);
  for (const auto& [id, member] : members_) {
    if (member.MayExpire()) next = std::min(next, member.deadline);
  }
  return next;
}

void Membership::Expire(absl::Time now) {
  assert(now < absl::InfiniteFuture());
  while (ExpireOne(now)) {
  }
}

// Silent members first: a barrier that times out in the same moment need not wait for them.
bool Membership::ExpireOne(absl::Time now) {
  for (const auto& [id, member] : members_) {
    if (!member.MayExpire() || member.deadline > now) continue;
    RemoveAndRebalance(std::string(id), Errc::kUnknownMember, now);
    return true;
  }
  for (auto it = pending_.begin(); it != pending_.end(); ++it) {
    if (it->second > now) continue;
    pending_.erase(it);
    TryCompleteJoin(now);
    return true;
  }
  if (sync_deadline_ <= now) {
    SyncTimedOut(now);
    return true;
  }
  if (barrier_.deadline <= now) {
    BarrierTimedOut(now);
    return true;
  }
  return false;
}

// Joined, but never came for its assignment, or, the leader, never brought one.
void Membership::SyncTimedOut(absl::Time now) {
  sync_deadline_ = absl::InfiniteFuture();
  const std::set<std::string, std::less<>> absent = std::exchange(unsynced_, {});
  for (const std::string& id : absent) RemoveMember(id, Errc::kUnknownMember);
  if (!absent.empty()) Rebalance(now);
}

// --- Answers ---

JoinReply Membership::CurrentGeneration(const Member& member) const {
  JoinReply reply;
  reply.generation = generation_;
  reply.protocol_type = protocol_type_;
  reply.protocol = protocol_;
  reply.leader = leader_;
  reply.member_id = member.id;
  if (member.id == leader_) reply.members = MembersForLeader();
  return reply;
}

std::vector<JoinMember> Membership::MembersForLeader() const {
  std::vector<JoinMember> members;
  members.reserve(members_.size());
  for (const auto& [id, member] : members_) {
    JoinMember& shown = members.emplace_back(JoinMember{id, member.instance_id, {}});
    for (const GroupProtocol& protocol : member.protocols) {
      if (protocol.name == protocol_) shown.metadata = protocol.metadata;
    }
  }
  return members;
}

void Membership::AnswerJoin(Ticket ticket, JoinReply reply) {
  replies_.push_back({ticket, std::move(reply)});
}

void Membership::RefuseJoin(Ticket ticket, Errc error, std::string_view member_id) {
  JoinReply reply;
  reply.error = error;
  reply.member_id = member_id;
  AnswerJoin(ticket, std::move(reply));
}

void Membership::RefuseSync(Ticket ticket, Errc error) {
  SyncReply reply;
  reply.error = error;
  replies_.push_back({ticket, std::move(reply)});
}

void Membership::RefuseWaiting(Member& member, Errc error) {
  if (member.join_ticket != 0) RefuseJoin(std::exchange(member.join_ticket, 0), error, member.id);
  RefuseSync(member, error);
}

void Membership::RefuseSync(Member& member, Errc error) {
  if (member.sync_ticket != 0) RefuseSync(std::exchange(member.sync_ticket, 0), error);
}

void Membership::GiveAssignment(Member& member) {
  SyncReply reply{Errc::kOk, protocol_type_, protocol_, member.assignment};
  replies_.push_back({std::exchange(member.sync_ticket, 0), std::move(reply)});
}

}  // namespace braid::engine
