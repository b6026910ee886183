#include "protocol/kafka/dispatch.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/add_offsets_to_txn.h"
#include "protocol/kafka/messages/add_partitions_to_txn.h"
#include "protocol/kafka/messages/alter_client_quotas.h"
#include "protocol/kafka/messages/alter_configs.h"
#include "protocol/kafka/messages/alter_partition_reassignments.h"
#include "protocol/kafka/messages/alter_share_group_offsets.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/consumer_group_describe.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/messages/create_acls.h"
#include "protocol/kafka/messages/create_partitions.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_acls.h"
#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/delete_records.h"
#include "protocol/kafka/messages/delete_share_group_offsets.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/describe_acls.h"
#include "protocol/kafka/messages/describe_client_quotas.h"
#include "protocol/kafka/messages/describe_cluster.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/describe_log_dirs.h"
#include "protocol/kafka/messages/describe_producers.h"
#include "protocol/kafka/messages/describe_quorum.h"
#include "protocol/kafka/messages/describe_share_group_offsets.h"
#include "protocol/kafka/messages/describe_topic_partitions.h"
#include "protocol/kafka/messages/describe_transactions.h"
#include "protocol/kafka/messages/elect_leaders.h"
#include "protocol/kafka/messages/end_txn.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/list_config_resources.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/list_partition_reassignments.h"
#include "protocol/kafka/messages/list_transactions.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_delete.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/offset_for_leader_epoch.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/messages/share_acknowledge.h"
#include "protocol/kafka/messages/share_fetch.h"
#include "protocol/kafka/messages/share_group_describe.h"
#include "protocol/kafka/messages/share_group_heartbeat.h"
#include "protocol/kafka/messages/sync_group.h"
#include "protocol/kafka/messages/txn_offset_commit.h"
#include "protocol/kafka/messages/update_features.h"
#include "protocol/kafka/messages/write_txn_markers.h"

namespace braid::kafka {
namespace {

constexpr Endpoint Now(const Api& api, void (*serve)(Request&)) {
  return {api, api.min_version, serve, nullptr};
}
constexpr Endpoint Waiting(const Api& api, net::asio::awaitable<void> (*serve)(Request&)) {
  return {api, api.min_version, nullptr, serve};
}

constexpr Endpoint kEndpoints[] = {
    {kProduceApi, 0, ServeProduce, nullptr},
    Waiting(kFetchApi, ServeFetch),
    Now(kListOffsetsApi, ServeListOffsets),
    Now(kMetadataApi, ServeMetadata),
    Waiting(kOffsetCommitApi, ServeOffsetCommit),
    Now(kOffsetFetchApi, ServeOffsetFetch),
    Now(kFindCoordinatorApi, ServeFindCoordinator),
    Waiting(kJoinGroupApi, ServeJoinGroup),
    Now(kHeartbeatApi, ServeHeartbeat),
    Now(kLeaveGroupApi, ServeLeaveGroup),
    Waiting(kSyncGroupApi, ServeSyncGroup),
    Now(kDescribeGroupsApi, ServeDescribeGroups),
    Now(kListGroupsApi, ServeListGroups),
    Now(kApiVersionsApi, ServeApiVersions),
    Now(kCreateTopicsApi, ServeCreateTopics),
    Now(kDeleteTopicsApi, ServeDeleteTopics),
    Now(kDeleteRecordsApi, ServeDeleteRecords),
    Now(kInitProducerIdApi, ServeInitProducerId),
    Now(kOffsetForLeaderEpochApi, ServeOffsetForLeaderEpoch),
    Now(kAddPartitionsToTxnApi, ServeAddPartitionsToTxn),
    Now(kAddOffsetsToTxnApi, ServeAddOffsetsToTxn),
    Waiting(kEndTxnApi, ServeEndTxn),
    Now(kWriteTxnMarkersApi, ServeWriteTxnMarkers),
    Now(kTxnOffsetCommitApi, ServeTxnOffsetCommit),
    Now(kDescribeAclsApi, ServeDescribeAcls),
    Now(kCreateAclsApi, ServeCreateAcls),
    Now(kDeleteAclsApi, ServeDeleteAcls),
    Now(kDescribeConfigsApi, ServeDescribeConfigs),
    Now(kAlterConfigsApi, ServeAlterConfigs),
    Now(kDescribeLogDirsApi, ServeDescribeLogDirs),
    Now(kCreatePartitionsApi, ServeCreatePartitions),
    Now(kDeleteGroupsApi, ServeDeleteGroups),
    Now(kElectLeadersApi, ServeElectLeaders),
    Now(kIncrementalAlterConfigsApi, ServeIncrementalAlterConfigs),
    Now(kAlterPartitionReassignmentsApi, ServeAlterPartitionReassignments),
    Now(kListPartitionReassignmentsApi, ServeListPartitionReassignments),
    Now(kOffsetDeleteApi, ServeOffsetDelete),
    Now(kDescribeClientQuotasApi, ServeDescribeClientQuotas),
    Now(kAlterClientQuotasApi, ServeAlterClientQuotas),
    Now(kDescribeQuorumApi, ServeDescribeQuorum),
    Now(kUpdateFeaturesApi, ServeUpdateFeatures),
    Now(kDescribeClusterApi, ServeDescribeCluster),
    Now(kDescribeProducersApi, ServeDescribeProducers),
    Now(kDescribeTransactionsApi, ServeDescribeTransactions),
    Now(kListTransactionsApi, ServeListTransactions),
    Now(kConsumerGroupHeartbeatApi, ServeConsumerGroupHeartbeat),
    Now(kConsumerGroupDescribeApi, ServeConsumerGroupDescribe),
    Now(kListConfigResourcesApi, ServeListConfigResources),
    Now(kDescribeTopicPartitionsApi, ServeDescribeTopicPartitions),
    Now(kShareGroupHeartbeatApi, ServeShareGroupHeartbeat),
    Now(kShareGroupDescribeApi, ServeShareGroupDescribe),
    Waiting(kShareFetchApi, ServeShareFetch),
    Now(kShareAcknowledgeApi, ServeShareAcknowledge),
    Now(kDescribeShareGroupOffsetsApi, ServeDescribeShareGroupOffsets),
    Now(kAlterShareGroupOffsetsApi, ServeAlterShareGroupOffsets),
    Now(kDeleteShareGroupOffsetsApi, ServeDeleteShareGroupOffsets),
};

constexpr size_t kKeys = 128;  // more than the highest key

// Key -> place in kEndpoints, plus one; 0: not served.
constexpr std::array<uint8_t, kKeys> MakeIndex() {
  std::array<uint8_t, kKeys> index{};
  for (size_t i = 0; i < std::size(kEndpoints); ++i) {
    index[static_cast<size_t>(kEndpoints[i].api.key)] = static_cast<uint8_t>(i + 1);
  }
  return index;
}
constexpr std::array<uint8_t, kKeys> kIndex = MakeIndex();

}  // namespace

absl::Span<const Endpoint> Endpoints() {
  return kEndpoints;
}

const Endpoint* FindEndpoint(int16_t key) {
  if (key < 0 || static_cast<size_t>(key) >= kKeys) return nullptr;
  const uint8_t place = kIndex[static_cast<size_t>(key)];
  return place == 0 ? nullptr : &kEndpoints[place - 1];
}

}  // namespace braid::kafka
