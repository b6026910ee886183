// Groups of the newer consumer protocol: the heartbeats of their members, and how administrators
// see them.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/coordinator.h"
#include "protocol/kafka/config_rule.h"
#include "protocol/kafka/group_member.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/consumer_group_describe.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/operations.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int16_t kOwnMemberIdVersion = 1;  // of the heartbeat: clients choose their ids from here
constexpr int8_t kClassicMember = 0;
constexpr int8_t kConsumerMember = 1;

using Asked = ConsumerGroupHeartbeatRequest;
using Described = ConsumerGroupDescribeResponse;

absl::Duration MsOf(Request& request, std::string_view group, std::string_view config) {
  return absl::Milliseconds(NumberOf(request.service().configs().GroupValue(group, config)));
}

engine::ConsumerHeartbeat HeartbeatOf(Request& request, const Asked& asked) {
  engine::ConsumerHeartbeat heartbeat;
  heartbeat.member_id = asked.member_id;
  if (asked.member_id.empty() && asked.member_epoch == engine::ConsumerHeartbeat::kJoins &&
      request.version() < kOwnMemberIdVersion) {
    heartbeat.member_id = request.coordinator().NewMemberId();
  }
  heartbeat.epoch = asked.member_epoch;
  heartbeat.instance_id = Owned(asked.instance_id);
  heartbeat.rack_id = Owned(asked.rack_id);
  if (asked.rebalance_timeout_ms >= 0) {
    heartbeat.rebalance_timeout = absl::Milliseconds(asked.rebalance_timeout_ms);
  }
  if (const auto& names = asked.subscribed_topic_names) {
    heartbeat.topic_names.emplace(names->begin(), names->end());
  }
  heartbeat.topic_pattern = Owned(asked.subscribed_topic_regex);
  heartbeat.assignor = Owned(asked.server_assignor);
  if (asked.topic_partitions) {
    heartbeat.owned.emplace();
    for (const auto& topic : *asked.topic_partitions) {
      for (const int32_t partition : topic.partitions) {
        heartbeat.owned->insert({topic.topic_id, partition});
      }
    }
  }
  heartbeat.client_id = request.client_id();
  heartbeat.client_host = ClientHost(request);
  heartbeat.session_timeout = MsOf(request, asked.group_id, "consumer.session.timeout.ms");
  return heartbeat;
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

Described::Assignment Named(Request& request, const engine::PartitionSet& partitions) {
  Described::Assignment assignment;
  using TopicPartitions = Described::Assignment::TopicPartitions;
  for (TopicPartitions& topic : ByTopic<TopicPartitions>(partitions)) {
    const engine::TopicPtr found = request.catalog().FindTopic(topic.topic_id);
    if (found == nullptr) continue;  // deleted; its members will be told
    topic.topic_name = request.Keep(NameOf(*found));
    assignment.topic_partitions.push_back(std::move(topic));
  }
  return assignment;
}

Described::Group::Member MemberOf(Request& request, engine::ConsumerMemberDescription member) {
  Described::Group::Member reply;
  reply.member_id = request.Keep(std::move(member.member_id));
  if (member.instance_id) reply.instance_id = request.Keep(*std::move(member.instance_id));
  if (member.rack_id) reply.rack_id = request.Keep(*std::move(member.rack_id));
  reply.member_epoch = member.epoch;
  reply.client_id = request.Keep(std::move(member.client_id));
  reply.client_host = request.Keep(std::move(member.client_host));
  for (std::string& name : member.topic_names) {
    reply.subscribed_topic_names.push_back(request.Keep(std::move(name)));
  }
  if (!member.topic_pattern.empty()) {
    reply.subscribed_topic_regex = request.Keep(std::move(member.topic_pattern));
  }
  reply.assignment = Named(request, member.assigned);
  reply.target_assignment = Named(request, member.target);
  reply.member_type = member.classic ? kClassicMember : kConsumerMember;
  return reply;
}

Described::Group Describe(Request& request, std::string_view id, bool with_operations) {
  Described::Group reply;
  reply.group_id = id;
  if (id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
    return reply;
  }
  std::optional<engine::ConsumerGroupDescription> group =
      request.coordinator().DescribeConsumerGroup(id);
  if (!group) {
    reply.error_code = Wire(ErrorCode::kGroupIdNotFound);
    reply.error_message = "there is no such consumer group";
    return reply;
  }
  reply.group_state = engine::ConsumerGroupStateName(group->state);
  reply.group_epoch = group->epoch;
  reply.assignment_epoch = group->target_epoch;
  reply.assignor_name = group->assignor;
  for (engine::ConsumerMemberDescription& member : group->members) {
    reply.members.push_back(MemberOf(request, std::move(member)));
  }
  if (with_operations) reply.authorized_operations = kGroupOperations;
  return reply;
}

}  // namespace

void ServeConsumerGroupHeartbeat(Request& request) {
  const auto asked = request.Read<Asked>();
  if (!asked) return;
  ConsumerGroupHeartbeatResponse reply;
  reply.heartbeat_interval_ms = static_cast<int32_t>(
      absl::ToInt64Milliseconds(MsOf(request, asked->group_id, "consumer.heartbeat.interval.ms")));
  absl::StatusOr<engine::ConsumerHeartbeatReply> answer =
      MakeError(Errc::kInvalidArgument, "the group id is empty");
  if (request.service().share_groups().Has(asked->group_id)) {
    answer = MakeError(Errc::kGroupNotFound, "the group is a share group");
  } else if (!asked->group_id.empty()) {
    answer =
        request.coordinator().ConsumerGroupHeartbeat(asked->group_id, HeartbeatOf(request, *asked));
  }
  if (!answer.ok()) {
    reply.error_code = Wire(ErrorOf(answer.status()));
    reply.error_message = request.Keep(std::string(answer.status().message()));
    return request.Reply(reply);
  }
  reply.member_id = request.Keep(std::move(answer->member_id));
  reply.member_epoch = answer->epoch;
  if (answer->assignment) {
    using TopicPartitions = ConsumerGroupHeartbeatResponse::Assignment::TopicPartitions;
    reply.assignment.emplace().topic_partitions = ByTopic<TopicPartitions>(*answer->assignment);
  }
  request.Reply(reply);
}

void ServeConsumerGroupDescribe(Request& request) {
  const auto asked = request.Read<ConsumerGroupDescribeRequest>();
  if (!asked) return;
  ConsumerGroupDescribeResponse reply;
  Mentions<std::string_view> mentions;
  for (const std::string_view id : asked->group_ids) {
    if (!mentions.IsNew(id)) continue;
    reply.groups.push_back(Describe(request, id, asked->include_authorized_operations));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
