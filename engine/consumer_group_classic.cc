// The part of ConsumerGroup for members of the classic protocol. They learn from a heartbeat that
// they must join again, say in the join what they own, and fetch their share with a sync. There is
// no barrier and no leader: each goes its own way, like a member of the newer protocol.
#include <algorithm>
#include <iterator>

#include "engine/consumer_group.h"
#include "engine/consumer_protocol.h"
#include "re2/re2.h"

namespace braid::engine {
namespace {

PartitionSet Resolve(const NamedPartitions& named, const TopicImage& topics) {
  PartitionSet partitions;
  for (const auto& [name, of_topic] : named) {
    const auto topic = topics.topics.find(name);
    if (topic == topics.topics.end()) continue;
    for (const int32_t partition : of_topic) partitions.insert({topic->second.id, partition});
  }
  return partitions;
}

std::optional<ConsumerSubscription> SubscriptionOf(const std::vector<GroupProtocol>& protocols) {
  return protocols.empty() ? std::nullopt : DecodeSubscription(protocols.front().metadata);
}

bool Offers(const std::vector<GroupProtocol>& protocols, std::string_view name) {
  return std::any_of(protocols.begin(), protocols.end(),
                     [name](const GroupProtocol& protocol) { return protocol.name == name; });
}

}  // namespace

// --- From a classic group, and back ---

bool ConsumerGroup::CanConvert(const std::vector<ClassicMember>& members) {
  return std::all_of(members.begin(), members.end(), [](const ClassicMember& member) {
    return SubscriptionOf(member.protocols) && DecodeAssignment(member.assignment);
  });
}

ConsumerGroup::ConsumerGroup(ConsumerGroupOptions options,
                             const std::vector<ClassicMember>& members, const TopicImage& topics,
                             absl::Time now)
    : ConsumerGroup(std::move(options)) {
  for (const ClassicMember& old : members) {
    const ConsumerSubscription subscription = *SubscriptionOf(old.protocols);
    Member& member = Add(old.id, old.instance_id);
    member.rack_id = subscription.rack_id;
    member.client_id = old.client_id;
    member.client_host = old.client_host;
    member.rebalance_timeout = old.rebalance_timeout;
    member.topic_names.insert(subscription.topics.begin(), subscription.topics.end());
    member.classic = Classic{old.session_timeout, old.protocols};
    member.epoch = member.previous_epoch = epoch_;
    member.session_deadline = now + old.session_timeout;
    // What it has been given, or else says that it kept: the assignors of clients need not be
    // right, so the first to name a partition has it.
    const NamedPartitions named =
        old.assignment.empty() ? subscription.owned : *DecodeAssignment(old.assignment);
    Held held;
    for (const TopicPartition& partition : Resolve(named, topics)) {
      if (!holders_.contains(partition)) held.emplace(partition, epoch_);
    }
    member.target = PartitionsOf(held);
    Hold(member, std::move(held), {});
  }
  ResolveSubscriptions(topics);
  topics_version_ = topics.version;
}

bool ConsumerGroup::AllClassic() const {
  return !members_.empty() && std::all_of(members_.begin(), members_.end(), [](const auto& entry) {
    return entry.second.classic.has_value();
  });
}

std::vector<ClassicMember> ConsumerGroup::ClassicMembers(const TopicImage& topics) const {
  std::vector<ClassicMember> members;
  for (const auto& [id, member] : members_) {
    if (!member.classic) continue;
    ClassicMember& shown = members.emplace_back();
    shown.id = id;
    shown.instance_id = member.instance_id;
    shown.client_id = member.client_id;
    shown.client_host = member.client_host;
    shown.session_timeout = member.classic->session_timeout;
    shown.rebalance_timeout = member.rebalance_timeout;
    shown.protocols = member.classic->protocols;
    shown.assignment = ShareOf(member, topics);
  }
  return members;
}

// --- Requests ---

// True when there is a way of sharing that all members of the classic protocol could use, should
// they be alone one day.
bool ConsumerGroup::Accepts(const JoinRequest& request) const {
  if (request.protocol_type != kConsumerProtocolType || !SubscriptionOf(request.protocols)) {
    return false;
  }
  return std::any_of(request.protocols.begin(), request.protocols.end(), [&](const auto& protocol) {
    return std::all_of(members_.begin(), members_.end(), [&](const auto& entry) {
      const Member& member = entry.second;
      return !member.classic || member.id == request.member_id ||
             Offers(member.classic->protocols, protocol.name);
    });
  });
}

JoinReply ConsumerGroup::Join(const JoinRequest& request, const TopicImage& topics,
                              absl::Time now) {
  JoinReply reply;
  reply.member_id = request.member_id;
  Member* member = nullptr;
  reply.error = AdmitClassic(request, member);
  if (member == nullptr) {
    if (reply.error == Errc::kMemberIdRequired) reply.member_id = request.new_member_id;
    return reply;
  }
  const ConsumerSubscription subscription = *SubscriptionOf(request.protocols);
  member->rack_id = subscription.rack_id;
  member->client_id = request.client_id;
  member->client_host = request.client_host;
  member->rebalance_timeout = request.rebalance_timeout > absl::ZeroDuration()
                                  ? request.rebalance_timeout
                                  : request.session_timeout;
  member->assignor.clear();
  member->classic = Classic{request.session_timeout, request.protocols};
  std::set<std::string> names(subscription.topics.begin(), subscription.topics.end());
  const bool changed = names != member->topic_names || member->topic_pattern != nullptr;
  member->topic_names = std::move(names);
  member->topic_pattern = nullptr;
  Refresh(changed, topics);
  Reconcile(*member, Resolve(subscription.owned, topics), now);
  member->session_deadline = now + request.session_timeout;
  member->rebalance_deadline = now + member->rebalance_timeout;  // to come for its share

  reply.generation = member->epoch;
  reply.protocol_type = kConsumerProtocolType;
  reply.protocol = request.protocols.front().name;
  reply.member_id = member->id;
  return reply;
}

Errc ConsumerGroup::AdmitClassic(const JoinRequest& request, Member*& admitted) {
  if (request.session_timeout < options_.classic.min_session_timeout ||
      request.session_timeout > options_.classic.max_session_timeout) {
    return Errc::kInvalidSessionTimeout;
  }
  if (!Accepts(request)) return Errc::kInconsistentProtocol;
  const bool is_new = request.member_id.empty();
  const std::string& id = is_new ? request.new_member_id : request.member_id;
  Member* member = request.instance_id ? FindInstance(*request.instance_id) : Find(id);
  if (request.instance_id && !is_new) {
    if (member == nullptr) return Errc::kUnknownMember;
    if (member->id != id) return Errc::kFencedInstance;
  }
  if (member != nullptr) {
    admitted = member->id == id ? member : &TakeOver(*member, id);
    return Errc::kOk;
  }
  // An id that was only given out owns nothing: this one was put out, and must give up what it had.
  if (!SubscriptionOf(request.protocols)->owned.empty()) return Errc::kUnknownMember;
  if (members_.size() >= options_.max_members) return Errc::kGroupFull;
  if (is_new && !request.instance_id && request.require_known_member_id) {
    return Errc::kMemberIdRequired;
  }
  admitted = &Add(id, request.instance_id);
  return Errc::kOk;
}

Errc ConsumerGroup::FindClassic(std::string_view member_id,
                                const std::optional<std::string>& instance_id, Member*& found) {
  Member* member = instance_id ? FindInstance(*instance_id) : Find(member_id);
  if (member == nullptr) return Errc::kUnknownMember;
  if (member->id != member_id) return Errc::kFencedInstance;
  if (!member->classic) return Errc::kUnknownMember;
  found = member;
  return Errc::kOk;
}

SyncReply ConsumerGroup::Sync(const SyncRequest& request, const TopicImage& topics,
                              absl::Time now) {
  SyncReply reply;
  Member* member = nullptr;
  reply.error = FindClassic(request.member_id, request.instance_id, member);
  if (member == nullptr) return reply;
  const std::string& protocol = member->classic->protocols.front().name;
  if (request.generation != member->epoch) {
    reply.error = Errc::kIllegalGeneration;
  } else if (request.protocol_type.value_or(std::string(kConsumerProtocolType)) !=
                 kConsumerProtocolType ||
             request.protocol.value_or(protocol) != protocol) {
    reply.error = Errc::kInconsistentProtocol;
  } else if (member->epoch < epoch_ && member->progress != Progress::kUnrevoked) {
    reply.error = Errc::kRebalanceInProgress;
    ActBy(*member, now + member->rebalance_timeout);
  } else {
    reply.protocol_type = kConsumerProtocolType;
    reply.protocol = protocol;
    reply.assignment = ShareOf(*member, topics);
    member->session_deadline = now + member->classic->session_timeout;
    member->rebalance_deadline = absl::InfiniteFuture();
  }
  return reply;
}

Errc ConsumerGroup::ClassicHeartbeat(std::string_view member_id,
                                     const std::optional<std::string>& instance_id,
                                     int32_t generation, absl::Time now) {
  Member* member = nullptr;
  const Errc error = FindClassic(member_id, instance_id, member);
  if (member == nullptr) return error;
  if (generation != member->epoch) return Errc::kIllegalGeneration;
  member->session_deadline = now + member->classic->session_timeout;
  if (!MustRejoin(*member)) return Errc::kOk;
  ActBy(*member, now + member->rebalance_timeout);
  return Errc::kRebalanceInProgress;
}

// There is something to give up or to be had, and only a join gets it there.
bool ConsumerGroup::MustRejoin(const Member& member) const {
  return member.epoch < epoch_ || member.progress == Progress::kUnrevoked ||
         (member.progress == Progress::kUnreleased && !WaitsForOthers(member));
}

// Until then it must do what it was told to, unless there is an earlier limit already.
void ConsumerGroup::ActBy(Member& member, absl::Time deadline) {
  member.rebalance_deadline = std::min(member.rebalance_deadline, deadline);
}

Errc ConsumerGroup::Leave(std::string_view member_id,
                          const std::optional<std::string>& instance_id) {
  Member* member = nullptr;
  if (member_id.empty() && instance_id) {
    member = FindInstance(*instance_id);
    if (member == nullptr) return Errc::kUnknownMember;
  } else {
    const Errc error = FindClassic(member_id, instance_id, member);
    if (member == nullptr) return error;
  }
  Remove(std::string(member->id));
  return Errc::kOk;
}

// Its share as its clients read it.
std::string ConsumerGroup::ShareOf(const Member& member, const TopicImage& topics) const {
  NamedPartitions named;
  for (const std::string& name : member.topic_names) {
    const auto topic = topics.topics.find(name);
    if (topic == topics.topics.end()) continue;
    auto it = member.assigned.lower_bound({topic->second.id, 0});
    for (; it != member.assigned.end() && it->first.topic == topic->second.id; ++it) {
      named[name].push_back(it->first.partition);
    }
  }
  return EncodeAssignment(SubscriptionOf(member.classic->protocols)->version, named);
}

}  // namespace braid::engine
