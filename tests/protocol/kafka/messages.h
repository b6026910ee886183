// Every message of protocol/kafka/messages, for tests that hold for all of them.
#ifndef BRAID_TESTS_PROTOCOL_KAFKA_MESSAGES_H_
#define BRAID_TESTS_PROTOCOL_KAFKA_MESSAGES_H_

#include <cstdint>

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

// Calls visit.operator()<Message>("message_name") for each.
template <class Visit>
void ForEachMessage(Visit&& visit) {
  visit.template operator()<AddOffsetsToTxnRequest>("add_offsets_to_txn_request");
  visit.template operator()<AddOffsetsToTxnResponse>("add_offsets_to_txn_response");
  visit.template operator()<AddPartitionsToTxnRequest>("add_partitions_to_txn_request");
  visit.template operator()<AddPartitionsToTxnResponse>("add_partitions_to_txn_response");
  visit.template operator()<AlterClientQuotasRequest>("alter_client_quotas_request");
  visit.template operator()<AlterClientQuotasResponse>("alter_client_quotas_response");
  visit.template operator()<AlterConfigsRequest>("alter_configs_request");
  visit.template operator()<AlterConfigsResponse>("alter_configs_response");
  visit.template operator()<AlterPartitionReassignmentsRequest>(
      "alter_partition_reassignments_request");
  visit.template operator()<AlterPartitionReassignmentsResponse>(
      "alter_partition_reassignments_response");
  visit.template operator()<AlterShareGroupOffsetsRequest>("alter_share_group_offsets_request");
  visit.template operator()<AlterShareGroupOffsetsResponse>("alter_share_group_offsets_response");
  visit.template operator()<ApiVersionsRequest>("api_versions_request");
  visit.template operator()<ApiVersionsResponse>("api_versions_response");
  visit.template operator()<ConsumerGroupDescribeRequest>("consumer_group_describe_request");
  visit.template operator()<ConsumerGroupDescribeResponse>("consumer_group_describe_response");
  visit.template operator()<ConsumerGroupHeartbeatRequest>("consumer_group_heartbeat_request");
  visit.template operator()<ConsumerGroupHeartbeatResponse>("consumer_group_heartbeat_response");
  visit.template operator()<CreateAclsRequest>("create_acls_request");
  visit.template operator()<CreateAclsResponse>("create_acls_response");
  visit.template operator()<CreatePartitionsRequest>("create_partitions_request");
  visit.template operator()<CreatePartitionsResponse>("create_partitions_response");
  visit.template operator()<CreateTopicsRequest>("create_topics_request");
  visit.template operator()<CreateTopicsResponse>("create_topics_response");
  visit.template operator()<DeleteAclsRequest>("delete_acls_request");
  visit.template operator()<DeleteAclsResponse>("delete_acls_response");
  visit.template operator()<DeleteGroupsRequest>("delete_groups_request");
  visit.template operator()<DeleteGroupsResponse>("delete_groups_response");
  visit.template operator()<DeleteRecordsRequest>("delete_records_request");
  visit.template operator()<DeleteRecordsResponse>("delete_records_response");
  visit.template operator()<DeleteShareGroupOffsetsRequest>("delete_share_group_offsets_request");
  visit.template operator()<DeleteShareGroupOffsetsResponse>("delete_share_group_offsets_response");
  visit.template operator()<DeleteTopicsRequest>("delete_topics_request");
  visit.template operator()<DeleteTopicsResponse>("delete_topics_response");
  visit.template operator()<DescribeAclsRequest>("describe_acls_request");
  visit.template operator()<DescribeAclsResponse>("describe_acls_response");
  visit.template operator()<DescribeClientQuotasRequest>("describe_client_quotas_request");
  visit.template operator()<DescribeClientQuotasResponse>("describe_client_quotas_response");
  visit.template operator()<DescribeClusterRequest>("describe_cluster_request");
  visit.template operator()<DescribeClusterResponse>("describe_cluster_response");
  visit.template operator()<DescribeConfigsRequest>("describe_configs_request");
  visit.template operator()<DescribeConfigsResponse>("describe_configs_response");
  visit.template operator()<DescribeGroupsRequest>("describe_groups_request");
  visit.template operator()<DescribeGroupsResponse>("describe_groups_response");
  visit.template operator()<DescribeLogDirsRequest>("describe_log_dirs_request");
  visit.template operator()<DescribeLogDirsResponse>("describe_log_dirs_response");
  visit.template operator()<DescribeProducersRequest>("describe_producers_request");
  visit.template operator()<DescribeProducersResponse>("describe_producers_response");
  visit.template operator()<DescribeQuorumRequest>("describe_quorum_request");
  visit.template operator()<DescribeQuorumResponse>("describe_quorum_response");
  visit.template operator()<DescribeShareGroupOffsetsRequest>(
      "describe_share_group_offsets_request");
  visit.template operator()<DescribeShareGroupOffsetsResponse>(
      "describe_share_group_offsets_response");
  visit.template operator()<DescribeTopicPartitionsRequest>("describe_topic_partitions_request");
  visit.template operator()<DescribeTopicPartitionsResponse>("describe_topic_partitions_response");
  visit.template operator()<DescribeTransactionsRequest>("describe_transactions_request");
  visit.template operator()<DescribeTransactionsResponse>("describe_transactions_response");
  visit.template operator()<ElectLeadersRequest>("elect_leaders_request");
  visit.template operator()<ElectLeadersResponse>("elect_leaders_response");
  visit.template operator()<EndTxnRequest>("end_txn_request");
  visit.template operator()<EndTxnResponse>("end_txn_response");
  visit.template operator()<FetchRequest>("fetch_request");
  visit.template operator()<FetchResponse>("fetch_response");
  visit.template operator()<FindCoordinatorRequest>("find_coordinator_request");
  visit.template operator()<FindCoordinatorResponse>("find_coordinator_response");
  visit.template operator()<HeartbeatRequest>("heartbeat_request");
  visit.template operator()<HeartbeatResponse>("heartbeat_response");
  visit.template operator()<IncrementalAlterConfigsRequest>("incremental_alter_configs_request");
  visit.template operator()<IncrementalAlterConfigsResponse>("incremental_alter_configs_response");
  visit.template operator()<InitProducerIdRequest>("init_producer_id_request");
  visit.template operator()<InitProducerIdResponse>("init_producer_id_response");
  visit.template operator()<JoinGroupRequest>("join_group_request");
  visit.template operator()<JoinGroupResponse>("join_group_response");
  visit.template operator()<LeaveGroupRequest>("leave_group_request");
  visit.template operator()<LeaveGroupResponse>("leave_group_response");
  visit.template operator()<ListConfigResourcesRequest>("list_config_resources_request");
  visit.template operator()<ListConfigResourcesResponse>("list_config_resources_response");
  visit.template operator()<ListGroupsRequest>("list_groups_request");
  visit.template operator()<ListGroupsResponse>("list_groups_response");
  visit.template operator()<ListOffsetsRequest>("list_offsets_request");
  visit.template operator()<ListOffsetsResponse>("list_offsets_response");
  visit.template operator()<ListPartitionReassignmentsRequest>(
      "list_partition_reassignments_request");
  visit.template operator()<ListPartitionReassignmentsResponse>(
      "list_partition_reassignments_response");
  visit.template operator()<ListTransactionsRequest>("list_transactions_request");
  visit.template operator()<ListTransactionsResponse>("list_transactions_response");
  visit.template operator()<MetadataRequest>("metadata_request");
  visit.template operator()<MetadataResponse>("metadata_response");
  visit.template operator()<OffsetCommitRequest>("offset_commit_request");
  visit.template operator()<OffsetCommitResponse>("offset_commit_response");
  visit.template operator()<OffsetDeleteRequest>("offset_delete_request");
  visit.template operator()<OffsetDeleteResponse>("offset_delete_response");
  visit.template operator()<OffsetFetchRequest>("offset_fetch_request");
  visit.template operator()<OffsetFetchResponse>("offset_fetch_response");
  visit.template operator()<OffsetForLeaderEpochRequest>("offset_for_leader_epoch_request");
  visit.template operator()<OffsetForLeaderEpochResponse>("offset_for_leader_epoch_response");
  visit.template operator()<ProduceRequest>("produce_request");
  visit.template operator()<ProduceResponse>("produce_response");
  visit.template operator()<ShareAcknowledgeRequest>("share_acknowledge_request");
  visit.template operator()<ShareAcknowledgeResponse>("share_acknowledge_response");
  visit.template operator()<ShareFetchRequest>("share_fetch_request");
  visit.template operator()<ShareFetchResponse>("share_fetch_response");
  visit.template operator()<ShareGroupDescribeRequest>("share_group_describe_request");
  visit.template operator()<ShareGroupDescribeResponse>("share_group_describe_response");
  visit.template operator()<ShareGroupHeartbeatRequest>("share_group_heartbeat_request");
  visit.template operator()<ShareGroupHeartbeatResponse>("share_group_heartbeat_response");
  visit.template operator()<SyncGroupRequest>("sync_group_request");
  visit.template operator()<SyncGroupResponse>("sync_group_response");
  visit.template operator()<TxnOffsetCommitRequest>("txn_offset_commit_request");
  visit.template operator()<TxnOffsetCommitResponse>("txn_offset_commit_response");
  visit.template operator()<UpdateFeaturesRequest>("update_features_request");
  visit.template operator()<UpdateFeaturesResponse>("update_features_response");
  visit.template operator()<WriteTxnMarkersRequest>("write_txn_markers_request");
  visit.template operator()<WriteTxnMarkersResponse>("write_txn_markers_response");
}

// Calls act(version) for each version of M.
template <class M, class Act>
void ForEachVersion(const Act& act) {
  for (int version = M::kApi.min_version; version <= M::kApi.max_version; ++version) {
    act(static_cast<int16_t>(version));
  }
}

}  // namespace braid::kafka

#endif  // BRAID_TESTS_PROTOCOL_KAFKA_MESSAGES_H_
