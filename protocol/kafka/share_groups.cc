// Share groups: the heartbeats of their members, and how administrators see them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/share_groups.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/group_member.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/share_group_describe.h"
#include "protocol/kafka/messages/share_group_heartbeat.h"
#include "protocol/kafka/operations.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/share_policy.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using Asked = ShareGroupHeartbeatRequest;
using Described = ShareGroupDescribeResponse;

int64_t ConfigOf(Request& request, std::string_view group, std::string_view config) {
  return NumberOf(request.service().configs().GroupValue(group, config));
}

engine::ShareHeartbeat HeartbeatOf(Request& request, const Asked& asked) {
  engine::ShareHeartbeat heartbeat;
  heartbeat.member_id = asked.member_id;
  heartbeat.epoch = asked.member_epoch;
  heartbeat.rack_id = Owned(asked.rack_id);
  if (const auto& names = asked.subscribed_topic_names) {
    heartbeat.topic_names.emplace(names->begin(), names->end());
  }
  heartbeat.client_id = request.client_id();
  heartbeat.client_host = ClientHost(request);
  heartbeat.session_timeout =
      absl::Milliseconds(ConfigOf(request, asked.group_id, "share.session.timeout.ms"));
  return heartbeat;
}

absl::StatusOr<engine::ShareHeartbeatReply> Beat(Request& request, const Asked& asked) {
  if (asked.group_id.empty()) return MakeError(Errc::kInvalidArgument, "the group id is empty");
  const bool joins = asked.member_epoch == engine::ShareHeartbeat::kJoins;
  if (joins && IsNoShareGroup(request, asked.group_id)) {
    return MakeError(Errc::kGroupNotFound, "the group is not a share group");
  }
  return request.service().share_groups().Heartbeat(asked.group_id, HeartbeatOf(request, asked));
}

// The group begins on a partition when it is first told to a member, so that whatever is produced
// from then on is delivered.
absl::Status BeginOn(Request& request, std::string_view group,
                     const engine::PartitionSet& partitions) {
  if (partitions.empty()) return absl::OkStatus();
  const ShareSettings settings = ShareSettingsOf(request.service().configs(), group);
  for (const engine::TopicPartition& partition : partitions) {
    const engine::StreamPtr stream =
        PartitionOf(request.catalog().FindTopic(partition.topic), partition.partition);
    if (stream == nullptr) continue;
    const auto begun =
        engine::EnsureSharePartition(*stream, group, settings.policy, request.writes());
    if (!begun.ok()) return begun.status();
    request.service().dead_letters().Watch(*begun);
  }
  return absl::OkStatus();
}

// With each topic's partitions together: T has a topic_id and partitions.
template <class T>
std::vector<T> ByTopic(const engine::PartitionSet& partitions) {
  std::vector<T> topics;
  for (const engine::TopicPartition& partition : partitions) {
    if (topics.empty() || topics.back().topic_id != partition.topic) {
      topics.emplace_back().topic_id = partition.topic;
    }
    topics.back().partitions.push_back(partition.partition);
  }
  return topics;
}

Described::Group::Member MemberOf(Request& request, engine::ShareMemberDescription member) {
  Described::Group::Member reply;
  reply.member_id = request.Keep(std::move(member.member_id));
  if (member.rack_id) reply.rack_id = request.Keep(*std::move(member.rack_id));
  reply.member_epoch = member.epoch;
  reply.client_id = request.Keep(std::move(member.client_id));
  reply.client_host = request.Keep(std::move(member.client_host));
  for (std::string& name : member.topic_names) {
    reply.subscribed_topic_names.push_back(request.Keep(std::move(name)));
  }
  using TopicPartitions = Described::Assignment::TopicPartitions;
  for (TopicPartitions& topic : ByTopic<TopicPartitions>(member.assigned)) {
    const engine::TopicPtr found = request.catalog().FindTopic(topic.topic_id);
    if (found == nullptr) continue;  // deleted; its members will be told
    topic.topic_name = request.Keep(NameOf(*found));
    reply.assignment.topic_partitions.push_back(std::move(topic));
  }
  return reply;
}

Described::Group Describe(Request& request, std::string_view id, bool with_operations) {
  Described::Group reply;
  reply.group_id = id;
  if (id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
    return reply;
  }
  std::optional<engine::ShareGroupDescription> group =
      request.service().share_groups().Describe(id);
  if (!group) {
    reply.error_code = Wire(ErrorCode::kGroupIdNotFound);
    reply.error_message = "there is no such share group";
    return reply;
  }
  reply.group_state = group->state;
  reply.group_epoch = group->epoch;
  reply.assignment_epoch = group->target_epoch;
  reply.assignor_name = engine::kShareAssignor;
  for (engine::ShareMemberDescription& member : group->members) {
    reply.members.push_back(MemberOf(request, std::move(member)));
  }
  if (with_operations) reply.authorized_operations = kGroupOperations;
  return reply;
}

}  // namespace

void ServeShareGroupHeartbeat(Request& request) {
  const auto asked = request.Read<Asked>();
  if (!asked) return;
  ShareGroupHeartbeatResponse reply;
  reply.heartbeat_interval_ms =
      static_cast<int32_t>(ConfigOf(request, asked->group_id, "share.heartbeat.interval.ms"));
  if (!ServesShareGroups(request)) {
    reply.error_code = Wire(ErrorCode::kUnsupportedVersion);
    return request.Reply(reply);
  }
  absl::StatusOr<engine::ShareHeartbeatReply> answer = Beat(request, *asked);
  if (answer.ok() && answer->assignment) {
    const absl::Status begun = BeginOn(request, asked->group_id, *answer->assignment);
    if (!begun.ok()) answer = begun;
  }
  if (!answer.ok()) {
    reply.error_code = Wire(ErrorOf(answer.status()));
    reply.error_message = request.Keep(std::string(answer.status().message()));
    return request.Reply(reply);
  }
  reply.member_id = request.Keep(std::move(answer->member_id));
  reply.member_epoch = answer->epoch;
  if (answer->assignment) {
    using TopicPartitions = ShareGroupHeartbeatResponse::Assignment::TopicPartitions;
    reply.assignment.emplace().topic_partitions = ByTopic<TopicPartitions>(*answer->assignment);
  }
  request.Reply(reply);
}

void ServeShareGroupDescribe(Request& request) {
  const auto asked = request.Read<ShareGroupDescribeRequest>();
  if (!asked) return;
  ShareGroupDescribeResponse reply;
  Mentions<std::string_view> mentions;
  for (const std::string_view id : asked->group_ids) {
    if (!mentions.IsNew(id)) continue;
    reply.groups.push_back(Describe(request, id, asked->include_authorized_operations));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
