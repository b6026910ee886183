// One function an API: reads the request, acts on the engine, replies. dispatch.cc lists them.
#ifndef BRAID_PROTOCOL_KAFKA_HANDLERS_H_
#define BRAID_PROTOCOL_KAFKA_HANDLERS_H_

#include <boost/asio/awaitable.hpp>

#include "protocol/connection.h"

namespace braid::kafka {

class Request;

void ServeApiVersions(Request& request);  // api_versions.cc
// The answer to a version of ApiVersions that nobody knows: in version 0, with error 35.
void RefuseApiVersions(Request& request);

void ServeProduce(Request& request);                      // produce.cc
net::asio::awaitable<void> ServeFetch(Request& request);  // fetch.cc

void ServeInitProducerId(Request& request);  // transactions.cc
void ServeAddPartitionsToTxn(Request& request);
void ServeAddOffsetsToTxn(Request& request);
void ServeTxnOffsetCommit(Request& request);
net::asio::awaitable<void> ServeEndTxn(Request& request);
void ServeDescribeTransactions(Request& request);  // transaction_admin.cc
void ServeListTransactions(Request& request);
void ServeWriteTxnMarkers(Request& request);

void ServeListOffsets(Request& request);  // positions.cc
void ServeOffsetForLeaderEpoch(Request& request);
void ServeDeleteRecords(Request& request);

void ServeMetadata(Request& request);  // metadata.cc
void ServeDescribeCluster(Request& request);
void ServeDescribeTopicPartitions(Request& request);

void ServeCreateTopics(Request& request);  // topic_admin.cc
void ServeDeleteTopics(Request& request);
void ServeDescribeConfigs(Request& request);  // describe_configs.cc
void ServeAlterConfigs(Request& request);     // alter_configs.cc
void ServeIncrementalAlterConfigs(Request& request);
void ServeListConfigResources(Request& request);

void ServeCreatePartitions(Request& request);  // partition_admin.cc
void ServeElectLeaders(Request& request);
void ServeAlterPartitionReassignments(Request& request);
void ServeListPartitionReassignments(Request& request);

void ServeDescribeLogDirs(Request& request);  // partition_state.cc
void ServeDescribeProducers(Request& request);

void ServeDescribeQuorum(Request& request);  // cluster_admin.cc
void ServeUpdateFeatures(Request& request);

void ServeDescribeClientQuotas(Request& request);  // quota_admin.cc
void ServeAlterClientQuotas(Request& request);

void ServeDescribeAcls(Request& request);  // acls.cc
void ServeCreateAcls(Request& request);
void ServeDeleteAcls(Request& request);

void ServeFindCoordinator(Request& request);  // groups.cc
net::asio::awaitable<void> ServeJoinGroup(Request& request);
net::asio::awaitable<void> ServeSyncGroup(Request& request);
void ServeHeartbeat(Request& request);
void ServeLeaveGroup(Request& request);

void ServeConsumerGroupHeartbeat(Request& request);  // consumer_groups.cc
void ServeConsumerGroupDescribe(Request& request);

void ServeShareGroupHeartbeat(Request& request);  // share_groups.cc
void ServeShareGroupDescribe(Request& request);
net::asio::awaitable<void> ServeShareFetch(Request& request);  // share_fetch.cc
void ServeShareAcknowledge(Request& request);
void ServeDescribeShareGroupOffsets(Request& request);  // share_group_offsets.cc
void ServeAlterShareGroupOffsets(Request& request);
void ServeDeleteShareGroupOffsets(Request& request);

void ServeDescribeGroups(Request& request);  // group_admin.cc
void ServeListGroups(Request& request);
void ServeDeleteGroups(Request& request);

net::asio::awaitable<void> ServeOffsetCommit(Request& request);  // offsets.cc
void ServeOffsetFetch(Request& request);
void ServeOffsetDelete(Request& request);  // offset_delete.cc

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_HANDLERS_H_
