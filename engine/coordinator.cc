#include "engine/coordinator.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/consumer_protocol.h"

namespace braid::engine {

using View = CoordinatedGroup::View;
using For = CoordinatedGroup::For;

Coordinator::Coordinator(Catalog& catalog, MembershipOptions options)
    : catalog_(catalog), options_(options), topics_(std::make_shared<TopicImages>(catalog)) {}

Coordinator::~Coordinator() = default;

// --- The classic protocol ---

PendingJoin Coordinator::Join(std::string_view id, JoinRequest request) {
  const std::string& name = request.instance_id ? *request.instance_id : request.client_id;
  request.new_member_id = absl::StrCat(name, "-", NewMemberId());
  auto pending = std::make_shared<PendingReply<JoinReply>>();
  while (true) {
    const bool first = request.member_id.empty();
    const GroupPtr group = first ? FindOrFound(id) : Find(id);
    if (group == nullptr) {
      JoinReply refusal;
      refusal.error = first ? Errc::kGroupFull : Errc::kUnknownMember;
      refusal.member_id = request.member_id;
      pending->Complete(std::move(refusal));
      return pending;
    }
    if (group->Join(request, pending)) return pending;
  }
}

PendingSync Coordinator::Sync(std::string_view id, const SyncRequest& request) {
  auto pending = std::make_shared<PendingReply<SyncReply>>();
  const GroupPtr group = Find(id);
  if (group == nullptr || !group->Sync(request, pending)) {
    SyncReply refusal;
    refusal.error = Errc::kUnknownMember;
    pending->Complete(std::move(refusal));
  }
  return pending;
}

Errc Coordinator::Heartbeat(std::string_view id, std::string_view member_id,
                            const std::optional<std::string>& instance_id, int32_t generation) {
  Errc answer = Errc::kUnknownMember;
  if (const GroupPtr group = Find(id)) {
    group->With(For::kAny, [&](const View& view) {
      answer = view.classic != nullptr
                   ? view.classic->Heartbeat(member_id, instance_id, generation, view.now)
                   : view.consumer->ClassicHeartbeat(member_id, instance_id, generation, view.now);
    });
  }
  return answer;
}

Errc Coordinator::Leave(std::string_view id, std::string_view member_id,
                        const std::optional<std::string>& instance_id) {
  Errc answer = Errc::kUnknownMember;
  if (const GroupPtr group = Find(id)) {
    group->With(For::kAny, [&](const View& view) {
      answer = view.classic != nullptr ? view.classic->Leave(member_id, instance_id, view.now)
                                       : view.consumer->Leave(member_id, instance_id);
    });
  }
  return answer;
}

// --- The newer one ---

absl::StatusOr<ConsumerHeartbeatReply> Coordinator::ConsumerGroupHeartbeat(
    std::string_view id, const ConsumerHeartbeat& heartbeat) {
  if (absl::Status form = CheckForm(heartbeat); !form.ok()) return form;
  const bool joins = heartbeat.epoch == ConsumerHeartbeat::kJoins;
  absl::StatusOr<ConsumerHeartbeatReply> reply =
      MakeError(Errc::kUnknownMember, "there is no such member");
  const bool stays = heartbeat.epoch > ConsumerHeartbeat::kJoins;
  while (true) {
    const GroupPtr group = joins ? FindOrFound(id) : Find(id);
    if (group == nullptr && joins) return MakeError(Errc::kGroupFull, "there are too many groups");
    if (group == nullptr && stays) {
      return MakeError(Errc::kFencedMemberEpoch, "the group is gone: the member must join again");
    }
    if (group == nullptr) return reply;
    const bool ran = group->With(joins ? For::kConsumerJoin : For::kAny, [&](const View& view) {
      if (view.consumer != nullptr) {
        reply = view.consumer->Heartbeat(heartbeat, *view.topics, view.now);
      } else if (joins) {
        reply = MakeError(Errc::kGroupNotFound, "the group is a classic one, and not of consumers");
      }
    });
    if (ran) return reply;
  }
}

// --- Offsets ---

CommitRight Coordinator::MayCommit(std::string_view id, std::string_view member_id,
                                   const std::optional<std::string>& instance_id,
                                   int32_t generation) {
  CommitRight right;
  if (generation >= 0) right.error = Errc::kUnknownMember;  // of a group that is not there any more
  if (const GroupPtr group = Find(id)) {
    group->With(For::kAny, [&](const View& view) {
      if (view.classic != nullptr) {
        right.error = view.classic->ValidateCommit(member_id, instance_id, generation, view.now);
      } else {
        right = view.consumer->MayCommit(member_id, generation);
      }
    });
  }
  return right;
}

Errc Coordinator::MayFetch(std::string_view id, std::string_view member_id, int32_t epoch) const {
  Errc answer = Errc::kOk;
  if (const GroupPtr group = Find(id)) {
    group->Look([&](const View& view) {
      if (view.consumer != nullptr) answer = view.consumer->MayFetch(member_id, epoch);
    });
  }
  return answer;
}

// --- Administration ---

Errc Coordinator::Delete(std::string_view id) {
  const GroupPtr group = Find(id);
  if (group == nullptr) return Errc::kGroupNotFound;
  Errc answer = Errc::kGroupNotFound;
  const bool forgotten = group->ForgetIf([&](const View& view) {
    if (view.classic != nullptr) {
      answer = view.classic->Delete();
    } else {
      answer = view.consumer->member_count() == 0 ? Errc::kOk : Errc::kGroupNotEmpty;
    }
    return answer == Errc::kOk;
  });
  if (!forgotten) return answer;
  absl::MutexLock lock(&mu_);
  const auto it = groups_.find(id);
  if (it != groups_.end() && it->second == group) groups_.erase(it);
  return answer;
}

std::vector<GroupSummary> Coordinator::List() const {
  std::vector<std::pair<std::string, GroupPtr>> groups;
  {
    absl::ReaderMutexLock lock(&mu_);
    groups.assign(groups_.begin(), groups_.end());
  }
  std::vector<GroupSummary> summaries;
  summaries.reserve(groups.size());
  for (const auto& [id, group] : groups) {
    GroupSummary& summary = summaries.emplace_back();
    summary.id = id;
    group->Look([&summary](const View& view) {
      if (view.classic != nullptr) {
        summary.protocol_type = view.classic->protocol_type();
        summary.state = GroupStateName(view.classic->state());
      } else {
        summary.protocol_type = kConsumerProtocolType;
        summary.kind = GroupKind::kConsumer;
        summary.state = ConsumerGroupStateName(view.consumer->state());
      }
    });
  }
  return summaries;
}

std::optional<GroupKind> Coordinator::KindOf(std::string_view id) const {
  std::optional<GroupKind> kind;
  if (const GroupPtr group = Find(id)) {
    group->Look([&kind](const View& view) {
      kind = view.classic != nullptr ? GroupKind::kClassic : GroupKind::kConsumer;
    });
  }
  return kind;
}

std::optional<GroupDescription> Coordinator::Describe(std::string_view id) const {
  std::optional<GroupDescription> description;
  if (const GroupPtr group = Find(id)) {
    group->Look([&description](const View& view) {
      if (view.classic != nullptr) description = view.classic->Describe();
    });
  }
  return description;
}

std::optional<ConsumerGroupDescription> Coordinator::DescribeConsumerGroup(
    std::string_view id) const {
  std::optional<ConsumerGroupDescription> description;
  if (const GroupPtr group = Find(id)) {
    group->Look([&description](const View& view) {
      if (view.consumer != nullptr) description = view.consumer->Describe();
    });
  }
  return description;
}

std::set<std::string> Coordinator::SubscribedTopics(std::string_view id) const {
  std::set<std::string> topics;
  const GroupPtr group = Find(id);
  if (group == nullptr) return topics;
  group->Look([&topics](const View& view) {
    if (view.consumer != nullptr) {
      topics = view.consumer->SubscribedTopics(*view.topics);
      return;
    }
    if (view.classic->protocol_type() != kConsumerProtocolType) return;
    for (const std::string& bytes : view.classic->Subscriptions()) {
      const std::optional<ConsumerSubscription> subscription = DecodeSubscription(bytes);
      if (subscription) topics.insert(subscription->topics.begin(), subscription->topics.end());
    }
  });
  return topics;
}

// --- The registry ---

Coordinator::GroupPtr Coordinator::Find(std::string_view id) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : it->second;
}

Coordinator::GroupPtr Coordinator::FindOrFound(std::string_view id) {
  if (GroupPtr group = Find(id)) return group;
  absl::MutexLock lock(&mu_);
  if (groups_.size() >= kMaxGroups) ForgetEmptyGroups();
  if (groups_.size() >= kMaxGroups) return nullptr;
  GroupPtr& group = groups_[std::string(id)];
  if (group == nullptr) group = std::make_shared<CoordinatedGroup>(catalog_, topics_, options_);
  return group;
}

void Coordinator::ForgetEmptyGroups() {
  const auto memberless = [](const View& view) { return view.member_count() == 0; };
  for (auto it = groups_.begin(); it != groups_.end();) {
    it = it->second->ForgetIf(memberless) ? groups_.erase(it) : std::next(it);
  }
}

std::string Coordinator::NewMemberId() {
  return absl::StrFormat("%016x%016x", catalog_.Random(), catalog_.Random());
}

}  // namespace braid::engine
