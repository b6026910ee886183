// What the protocol calls an API: a key, a range of versions, and the version from which its
// messages are "flexible" (compact lengths, tagged fields). Each header of messages/ defines one
// Api beside its request and response; dispatch.cc lists the ones that are served.
#ifndef BRAID_PROTOCOL_KAFKA_API_H_
#define BRAID_PROTOCOL_KAFKA_API_H_

#include <cstdint>
#include <string_view>

namespace braid::kafka {

enum class ApiKey : int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kLeaveGroup = 13,
  kSyncGroup = 14,
  kDescribeGroups = 15,
  kListGroups = 16,
  kApiVersions = 18,
  kCreateTopics = 19,
  kDeleteTopics = 20,
  kDeleteRecords = 21,
  kInitProducerId = 22,
  kOffsetForLeaderEpoch = 23,
  kAddPartitionsToTxn = 24,
  kAddOffsetsToTxn = 25,
  kEndTxn = 26,
  kWriteTxnMarkers = 27,
  kTxnOffsetCommit = 28,
  kDescribeAcls = 29,
  kCreateAcls = 30,
  kDeleteAcls = 31,
  kDescribeConfigs = 32,
  kAlterConfigs = 33,
  kDescribeLogDirs = 35,
  kCreatePartitions = 37,
  kDeleteGroups = 42,
  kElectLeaders = 43,
  kIncrementalAlterConfigs = 44,
  kAlterPartitionReassignments = 45,
  kListPartitionReassignments = 46,
  kOffsetDelete = 47,
  kDescribeClientQuotas = 48,
  kAlterClientQuotas = 49,
  kDescribeQuorum = 55,
  kUpdateFeatures = 57,
  kDescribeCluster = 60,
  kDescribeProducers = 61,
  kDescribeTransactions = 65,
  kListTransactions = 66,
  kConsumerGroupHeartbeat = 68,
  kConsumerGroupDescribe = 69,
  kListConfigResources = 74,
  kDescribeTopicPartitions = 75,
  kShareGroupHeartbeat = 76,
  kShareGroupDescribe = 77,
  kShareFetch = 78,
  kShareAcknowledge = 79,
  kDescribeShareGroupOffsets = 90,
  kAlterShareGroupOffsets = 91,
  kDeleteShareGroupOffsets = 92,
};

struct Api {
  ApiKey key;
  std::string_view name;
  int16_t min_version;  // the lowest and the highest version that can be read and written
  int16_t max_version;
  int16_t flexible_from;  // above max_version: never
};

// Response headers carry tags exactly when the body is flexible, but for ApiVersions, whose asker
// cannot know yet what the broker speaks.
constexpr bool FlexibleResponseHeader(const Api& api, int16_t version) {
  return api.key != ApiKey::kApiVersions && version >= api.flexible_from;
}

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_API_H_
