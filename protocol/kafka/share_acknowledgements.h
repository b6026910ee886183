// What members of share groups say of records, as ShareFetch and ShareAcknowledge carry it.
#ifndef BRAID_PROTOCOL_KAFKA_SHARE_ACKNOWLEDGEMENTS_H_
#define BRAID_PROTOCOL_KAFKA_SHARE_ACKNOWLEDGEMENTS_H_

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "engine/partitions.h"
#include "protocol/kafka/messages/acknowledgement.h"
#include "protocol/kafka/refusal.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {

// By partition, of those in which anything was acknowledged.
using AcknowledgeResults = std::map<engine::TopicPartition, Refusal>;

// The partitions that are named; and whether anything is acknowledged in one.
engine::PartitionSet PartitionsNamed(const std::vector<AcknowledgedTopic>& topics);
bool AcknowledgesAny(const std::vector<AcknowledgedTopic>& topics);

// Settles it, each partition by itself: kInvalidRequest for batches that make no sense, or renew
// although that `may_renew` not be; kInvalidRecordState; kUnknownTopicId;
// kUnknownTopicOrPartition.
AcknowledgeResults Acknowledge(Request& request, std::string_view group, std::string_view member,
                               const std::vector<AcknowledgedTopic>& topics, bool may_renew);

// One answered partition: found, or added to `topics`, whose elements have a topic_id and
// partitions. Those of a topic come one after the other.
template <class Topic>
auto& PartitionIn(std::vector<Topic>& topics, const engine::TopicPartition& partition) {
  if (topics.empty() || topics.back().topic_id != partition.topic) {
    topics.emplace_back().topic_id = partition.topic;
  }
  auto& answered = topics.back().partitions.emplace_back();
  answered.partition_index = partition.partition;
  return answered;
}

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_SHARE_ACKNOWLEDGEMENTS_H_
