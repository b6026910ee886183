#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/consumer_protocol.h"
#include "engine/coordinator.h"
#include "protocol/kafka/group_offsets.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/offset_delete.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

// Whether offsets of the group may be deleted.
ErrorCode CheckGroup(Request& request, std::string_view id) {
  if (id.empty()) return ErrorCode::kInvalidGroupId;
  if (request.service().share_groups().Has(id)) return ErrorCode::kGroupIdNotFound;
  const std::optional<engine::GroupKind> kind = request.coordinator().KindOf(id);
  if (kind == engine::GroupKind::kConsumer) return ErrorCode::kNone;
  const std::optional<engine::GroupDescription> group = request.coordinator().Describe(id);
  if (!group || group->state == engine::GroupState::kEmpty ||
      group->state == engine::GroupState::kDead) {
    const bool known = group.has_value() || HasOffsets(request.catalog(), id);
    return known ? ErrorCode::kNone : ErrorCode::kGroupIdNotFound;
  }
  const bool consumers = group->protocol_type == engine::kConsumerProtocolType;
  return consumers ? ErrorCode::kNone : ErrorCode::kNonEmptyGroup;
}

ErrorCode Delete(Request& request, std::string_view group, const engine::StreamPtr& stream,
                 bool subscribed) {
  if (stream == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  if (subscribed) return ErrorCode::kGroupSubscribedToTopic;
  return ErrorOf(stream->DeleteGroup(Origin::kKafka, group, request.writes()).status());
}

}  // namespace

void ServeOffsetDelete(Request& request) {
  const auto asked = request.Read<OffsetDeleteRequest>();
  if (!asked) return;
  OffsetDeleteResponse reply;
  const ErrorCode error = CheckGroup(request, asked->group_id);
  reply.error_code = Wire(error);
  if (error != ErrorCode::kNone) return request.Reply(reply);
  const std::set<std::string> subscribed = request.coordinator().SubscribedTopics(asked->group_id);
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    const bool in_use = subscribed.contains(std::string(topic.name));
    for (const auto& partition : topic.partitions) {
      const engine::StreamPtr stream = PartitionOf(found, partition.partition_index);
      replied.partitions.push_back(
          {partition.partition_index, Wire(Delete(request, asked->group_id, stream, in_use))});
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
