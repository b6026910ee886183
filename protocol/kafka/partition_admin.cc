// Partitions: how many there are, who leads them, and who keeps them. There is one broker, so the
// last two never change.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/alter_partition_reassignments.h"
#include "protocol/kafka/messages/create_partitions.h"
#include "protocol/kafka/messages/elect_leaders.h"
#include "protocol/kafka/messages/list_partition_reassignments.h"
#include "protocol/kafka/refusal.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

Refusal CheckAssignments(const CreatePartitionsRequest::Topic& asked, int added, int32_t node_id) {
  if (!asked.assignments) return {};
  if (static_cast<int>(asked.assignments->size()) != added) {
    return {ErrorCode::kInvalidReplicaAssignment,
            fmt::format("{} partitions are new, and as many are to be placed", added)};
  }
  const bool here = std::all_of(
      asked.assignments->begin(), asked.assignments->end(),
      [&](const auto& placed) { return placed.broker_ids == std::vector<int32_t>{node_id}; });
  if (here) return {};
  return {ErrorCode::kInvalidReplicaAssignment, "partitions lie on the one broker"};
}

Refusal AddPartitions(Request& request, const CreatePartitionsRequest::Topic& asked,
                      bool validate_only) {
  const engine::TopicPtr topic = FindTopic(request.catalog(), asked.name);
  if (topic == nullptr) {
    return {ErrorCode::kUnknownTopicOrPartition, "there is no such topic"};
  }
  const auto before = static_cast<int32_t>(topic->partitions.size());
  if (asked.count <= before) {
    return {ErrorCode::kInvalidPartitions,
            fmt::format("the topic has {} partitions, and can only get more", before)};
  }
  if (asked.count > kMaxPartitions) {
    return {ErrorCode::kInvalidPartitions, "a topic has at most 10000 partitions"};
  }
  if (topic->partitions.front()->append_rules().owner != Origin::kKafka) {
    return {ErrorCode::kPolicyViolation,
            "the stream was created by another protocol, under whose name it is one"};
  }
  const Refusal placed =
      CheckAssignments(asked, asked.count - before, request.service().options().node_id);
  if (!placed.ok() || validate_only) return placed;
  if (!request.ChargePartitions(asked.count - before, request.version() >= 3)) {
    return TooManyPartitions();
  }
  return RefusalOf(
      request.catalog().AddPartitions(topic->name, asked.count, request.writes()).status());
}

ErrorCode ErrorOfPartition(const engine::TopicPtr& topic, int32_t partition, ErrorCode otherwise) {
  return PartitionOf(topic, partition) == nullptr ? ErrorCode::kUnknownTopicOrPartition : otherwise;
}

// A partition is where it is to be, or cannot go there.
ErrorCode Reassign(const std::optional<std::vector<int32_t>>& replicas, int32_t node_id) {
  if (!replicas) return ErrorCode::kNoReassignmentInProgress;  // so none can be called off
  const bool here = *replicas == std::vector<int32_t>{node_id};
  return here ? ErrorCode::kNone : ErrorCode::kInvalidReplicaAssignment;
}

}  // namespace

void ServeCreatePartitions(Request& request) {
  const auto asked = request.Read<CreatePartitionsRequest>();
  if (!asked) return;
  std::map<std::string_view, int> times;
  for (const auto& topic : asked->topics) ++times[topic.name];
  CreatePartitionsResponse reply;
  for (const auto& topic : asked->topics) {
    int& named = times[topic.name];
    if (named == 0) continue;  // refused already
    Refusal refusal = named == 1 ? AddPartitions(request, topic, asked->validate_only)
                                 : Refusal{ErrorCode::kInvalidRequest, "named twice"};
    named = 0;
    auto& result = reply.results.emplace_back();
    result.name = topic.name;
    result.error_code = Wire(refusal.code);
    if (!refusal.ok()) result.error_message = request.Keep(std::move(refusal.message));
  }
  request.Reply(reply);
}

void ServeElectLeaders(Request& request) {
  const auto asked = request.Read<ElectLeadersRequest>();
  if (!asked) return;
  ElectLeadersResponse reply;
  // Of all partitions only those are told where something was done: none.
  if (!asked->topic_partitions) return request.Reply(reply);
  for (const auto& topic : *asked->topic_partitions) {
    auto& result = reply.replica_election_results.emplace_back();
    result.topic = topic.topic;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic);
    for (const int32_t partition : topic.partitions) {
      const ErrorCode error = ErrorOfPartition(found, partition, ErrorCode::kElectionNotNeeded);
      result.partition_result.push_back({partition, Wire(error),
                                         error == ErrorCode::kElectionNotNeeded
                                             ? "the one replica leads"
                                             : "there is no such partition"});
    }
  }
  request.Reply(reply);
}

void ServeAlterPartitionReassignments(Request& request) {
  const auto asked = request.Read<AlterPartitionReassignmentsRequest>();
  if (!asked) return;
  AlterPartitionReassignmentsResponse reply;
  reply.allow_replication_factor_change = asked->allow_replication_factor_change;
  for (const auto& topic : asked->topics) {
    auto& response = reply.responses.emplace_back();
    response.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    for (const auto& partition : topic.partitions) {
      const ErrorCode error =
          ErrorOfPartition(found, partition.partition_index,
                           Reassign(partition.replicas, request.service().options().node_id));
      auto& answer = response.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      answer.error_code = Wire(error);
      if (error == ErrorCode::kInvalidReplicaAssignment) {
        answer.error_message = "partitions lie on the one broker";
      }
    }
  }
  request.Reply(reply);
}

void ServeListPartitionReassignments(Request& request) {
  if (!request.Read<ListPartitionReassignmentsRequest>()) return;
  request.Reply(ListPartitionReassignmentsResponse());
}

}  // namespace braid::kafka
