#include "protocol/kafka/share_acknowledgements.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/acquisition.h"
#include "engine/share_partitions.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int8_t kLastType = static_cast<int8_t>(engine::Verdict::kRenew);

// What is wrong with the batches of one partition, by themselves; empty when nothing is.
std::string_view FaultOf(const std::vector<AcknowledgementBatch>& batches, bool may_renew) {
  int64_t after = -1;
  for (const AcknowledgementBatch& batch : batches) {
    const std::vector<int8_t>& types = batch.acknowledge_types;
    if (batch.first_offset < 0 || batch.last_offset < batch.first_offset) {
      return "a batch ends before it begins";
    }
    if (batch.first_offset <= after) return "batches overlap, or are out of order";
    after = batch.last_offset;
    if (types.empty()) return "a batch has no acknowledge type";
    const auto many = static_cast<int64_t>(types.size());
    if (many > 1 && many - 1 != batch.last_offset - batch.first_offset) {
      return "a batch has neither one acknowledge type nor one for each offset";
    }
    for (const int8_t type : types) {
      if (type < 0 || type > kLastType) return "there is no such acknowledge type";
      if (type == kLastType && !may_renew) return "records cannot be renewed here";
    }
  }
  return {};
}

Refusal SettleIn(Request& request, std::string_view group, std::string_view member,
                 const Uuid& topic_id, const AcknowledgedTopic::Partition& asked, bool may_renew) {
  const engine::TopicPtr topic = request.catalog().FindTopic(topic_id);
  if (topic == nullptr) return {ErrorCode::kUnknownTopicId};
  const engine::StreamPtr stream = PartitionOf(topic, asked.partition_index);
  if (stream == nullptr) return {ErrorCode::kUnknownTopicOrPartition};
  const std::string_view fault = FaultOf(asked.acknowledgement_batches, may_renew);
  if (!fault.empty()) return {ErrorCode::kInvalidRequest, std::string(fault)};
  const engine::GroupPtr shared = engine::SharePartitionOf(*stream, group);
  if (shared == nullptr) {
    return {ErrorCode::kInvalidRecordState, "the group has acquired nothing there"};
  }
  std::vector<engine::Settlement> settlements;
  settlements.reserve(asked.acknowledgement_batches.size());
  for (const AcknowledgementBatch& batch : asked.acknowledgement_batches) {
    engine::Settlement& settlement = settlements.emplace_back();
    settlement.first = batch.first_offset;
    settlement.last = batch.last_offset;
    for (const int8_t type : batch.acknowledge_types) {
      settlement.verdicts.push_back(static_cast<engine::Verdict>(type));
    }
  }
  return RefusalOf(shared->Settle(member, settlements, request.writes()));
}

}  // namespace

engine::PartitionSet PartitionsNamed(const std::vector<AcknowledgedTopic>& topics) {
  engine::PartitionSet named;
  for (const AcknowledgedTopic& topic : topics) {
    for (const auto& partition : topic.partitions) {
      named.insert({topic.topic_id, partition.partition_index});
    }
  }
  return named;
}

bool AcknowledgesAny(const std::vector<AcknowledgedTopic>& topics) {
  return std::any_of(topics.begin(), topics.end(), [](const AcknowledgedTopic& topic) {
    return std::any_of(topic.partitions.begin(), topic.partitions.end(), [](const auto& partition) {
      return !partition.acknowledgement_batches.empty();
    });
  });
}

AcknowledgeResults Acknowledge(Request& request, std::string_view group, std::string_view member,
                               const std::vector<AcknowledgedTopic>& topics, bool may_renew) {
  AcknowledgeResults results;
  for (const AcknowledgedTopic& topic : topics) {
    for (const auto& partition : topic.partitions) {
      if (partition.acknowledgement_batches.empty()) continue;
      results[{topic.topic_id, partition.partition_index}] =
          SettleIn(request, group, member, topic.topic_id, partition, may_renew);
    }
  }
  return results;
}

}  // namespace braid::kafka
