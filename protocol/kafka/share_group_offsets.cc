// Where share groups are in their partitions: telling it, and starting over.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/share_partitions.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/alter_share_group_offsets.h"
#include "protocol/kafka/messages/delete_share_group_offsets.h"
#include "protocol/kafka/messages/describe_share_group_offsets.h"
#include "protocol/kafka/options.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/share_policy.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using Described = DescribeShareGroupOffsetsResponse::Group;
using DescribedPartition = Described::Topic::Partition;

DescribedPartition DescribePartition(const engine::TopicPtr& topic, int32_t partition,
                                     std::string_view group) {
  DescribedPartition reply;
  reply.partition_index = partition;
  reply.start_offset = -1;
  const engine::StreamPtr stream = PartitionOf(topic, partition);
  if (stream == nullptr) {
    reply.error_code = Wire(ErrorCode::kUnknownTopicOrPartition);
    reply.error_message = "there is no such partition";
    return reply;
  }
  const engine::GroupPtr shared = engine::SharePartitionOf(*stream, group);
  if (shared == nullptr) return reply;  // it has not begun there
  const engine::GroupInfo info = shared->Info();
  reply.start_offset = shared->FirstUnsettled();
  reply.leader_epoch = kLeaderEpoch;
  reply.lag = info.lag + info.pending;
  return reply;
}

// Every partition that the group has begun on.
std::vector<Described::Topic> DescribeAll(Request& request, std::string_view group) {
  std::vector<Described::Topic> topics;
  for (const engine::TopicPtr& topic : request.catalog().Topics()) {
    Described::Topic described;
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      if (engine::SharePartitionOf(*topic->partitions[i], group) == nullptr) continue;
      described.partitions.push_back(DescribePartition(topic, static_cast<int32_t>(i), group));
    }
    if (described.partitions.empty()) continue;
    described.topic_name = request.Keep(NameOf(*topic));
    described.topic_id = topic->uuid;
    topics.push_back(std::move(described));
  }
  return topics;
}

Described Describe(Request& request, const DescribeShareGroupOffsetsRequest::Group& asked) {
  Described reply;
  reply.group_id = asked.group_id;
  if (!request.service().share_groups().Has(asked.group_id)) {
    reply.error_code = Wire(ErrorCode::kGroupIdNotFound);
    reply.error_message = "there is no such share group";
    return reply;
  }
  if (!asked.topics) {
    reply.topics = DescribeAll(request, asked.group_id);
    return reply;
  }
  for (const auto& topic : *asked.topics) {
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic_name);
    Described::Topic& described = reply.topics.emplace_back();
    described.topic_name = topic.topic_name;
    if (found != nullptr) described.topic_id = found->uuid;
    for (const int32_t partition : topic.partitions) {
      described.partitions.push_back(DescribePartition(found, partition, asked.group_id));
    }
  }
  return reply;
}

// Whether the group may be told to start over.
Refusal CheckIdle(Request& request, std::string_view id) {
  if (id.empty()) return {ErrorCode::kInvalidGroupId, "the group id is empty"};
  switch (request.service().share_groups().CheckEmpty(id)) {
    case Errc::kOk:
      return {};
    case Errc::kGroupNotEmpty:
      return {ErrorCode::kNonEmptyGroup, "the share group has members"};
    default:
      return {ErrorCode::kGroupIdNotFound, "there is no such share group"};
  }
}

Refusal Alter(Request& request, std::string_view group, const engine::StreamPtr& stream,
              int64_t offset) {
  if (stream == nullptr) {
    return {ErrorCode::kUnknownTopicOrPartition, "there is no such partition"};
  }
  const ShareSettings settings = ShareSettingsOf(request.service().configs(), group);
  const auto shared =
      engine::EnsureSharePartition(*stream, group, settings.policy, request.writes());
  if (!shared.ok()) return RefusalOf(shared.status());
  request.service().dead_letters().Watch(*shared);
  return RefusalOf((*shared)->StartOver(offset, request.writes()));
}

Refusal Delete(Request& request, std::string_view group, const engine::TopicPtr& topic) {
  bool any = false;
  if (topic != nullptr) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (engine::SharePartitionOf(*stream, group) == nullptr) continue;
      const auto deleted = stream->DeleteGroup(Origin::kKafka, group, request.writes());
      if (!deleted.ok()) return RefusalOf(deleted.status());
      any = true;
    }
  }
  if (any) return {};
  return {ErrorCode::kUnknownTopicOrPartition, "the share group has nothing there"};
}

}  // namespace

void ServeDescribeShareGroupOffsets(Request& request) {
  const auto asked = request.Read<DescribeShareGroupOffsetsRequest>();
  if (!asked) return;
  DescribeShareGroupOffsetsResponse reply;
  Mentions<std::string_view> whole;
  for (const auto& group : asked->groups) {
    if (!group.topics && !whole.IsNew(group.group_id)) continue;
    reply.groups.push_back(Describe(request, group));
  }
  request.Reply(reply);
}

void ServeAlterShareGroupOffsets(Request& request) {
  const auto asked = request.Read<AlterShareGroupOffsetsRequest>();
  if (!asked) return;
  AlterShareGroupOffsetsResponse reply;
  const Refusal refusal = CheckIdle(request, asked->group_id);
  reply.error_code = Wire(refusal.code);
  if (!refusal.ok()) {
    reply.error_message = refusal.message;
    return request.Reply(reply);
  }
  for (const auto& topic : asked->topics) {
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic_name);
    auto& replied = reply.responses.emplace_back();
    replied.topic_name = topic.topic_name;
    if (found != nullptr) replied.topic_id = found->uuid;
    for (const auto& partition : topic.partitions) {
      const engine::StreamPtr stream = PartitionOf(found, partition.partition_index);
      Refusal altered = Alter(request, asked->group_id, stream, partition.start_offset);
      auto& answer = replied.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      answer.error_code = Wire(altered.code);
      if (!altered.ok()) answer.error_message = request.Keep(std::move(altered.message));
    }
  }
  request.Reply(reply);
}

void ServeDeleteShareGroupOffsets(Request& request) {
  const auto asked = request.Read<DeleteShareGroupOffsetsRequest>();
  if (!asked) return;
  DeleteShareGroupOffsetsResponse reply;
  const Refusal refusal = CheckIdle(request, asked->group_id);
  reply.error_code = Wire(refusal.code);
  if (!refusal.ok()) {
    reply.error_message = refusal.message;
    return request.Reply(reply);
  }
  for (const auto& topic : asked->topics) {
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic_name);
    auto& replied = reply.responses.emplace_back();
    replied.topic_name = topic.topic_name;
    if (found != nullptr) replied.topic_id = found->uuid;
    Refusal deleted = Delete(request, asked->group_id, found);
    replied.error_code = Wire(deleted.code);
    if (!deleted.ok()) replied.error_message = request.Keep(std::move(deleted.message));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
