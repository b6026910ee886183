// Requests as a well-behaved client sends them, for tests to send or to spoil.
#ifndef BRAID_TESTS_PROTOCOL_KAFKA_REQUESTS_H_
#define BRAID_TESTS_PROTOCOL_KAFKA_REQUESTS_H_

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/kafka/messages/add_partitions_to_txn.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/messages/end_txn.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/share_acknowledge.h"
#include "protocol/kafka/messages/share_fetch.h"
#include "protocol/kafka/messages/share_group_heartbeat.h"
#include "protocol/kafka/messages/sync_group.h"
#include "protocol/kafka/messages/txn_offset_commit.h"

namespace braid::kafka::requests {

// --- Classic groups: the group "readers" ---

inline JoinGroupRequest Join(std::string_view member_id = "") {
  JoinGroupRequest join;
  join.group_id = "readers";
  join.session_timeout_ms = 10'000;
  join.rebalance_timeout_ms = 30'000;
  join.member_id = member_id;
  join.protocol_type = "consumer";
  join.protocols.push_back({"range", {"subscription"}});
  return join;
}
inline SyncGroupRequest Sync(
    std::string_view member_id, int32_t generation,
    const std::vector<std::pair<std::string_view, std::string_view>>& shares = {}) {
  SyncGroupRequest sync;
  sync.group_id = "readers";
  sync.generation_id = generation;
  sync.member_id = member_id;
  for (const auto& [id, share] : shares) sync.assignments.push_back({id, {share}});
  return sync;
}

// --- The newer protocol: the same group, of "orders" ---

inline ConsumerGroupHeartbeatRequest JoinNewly(std::string_view member_id) {
  ConsumerGroupHeartbeatRequest join;
  join.group_id = "readers";
  join.member_id = member_id;
  join.rebalance_timeout_ms = 60'000;
  join.subscribed_topic_names = {{"orders"}};
  join.topic_partitions.emplace();
  return join;
}
// Of a member that owns these.
inline ConsumerGroupHeartbeatRequest Stay(std::string_view member_id, int32_t epoch,
                                          const Uuid& topic = {},
                                          const std::vector<int32_t>& owned = {}) {
  ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "readers";
  beat.member_id = member_id;
  beat.member_epoch = epoch;
  beat.topic_partitions.emplace();
  if (!owned.empty()) beat.topic_partitions->push_back({topic, owned});
  return beat;
}

// --- Share groups: the group "workers" ---

inline ShareGroupHeartbeatRequest ShareBeat(std::string_view member, int32_t epoch,
                                            std::string_view topic) {
  ShareGroupHeartbeatRequest beat;
  beat.group_id = "workers";
  beat.member_id = member;
  beat.member_epoch = epoch;
  if (epoch == 0) beat.subscribed_topic_names = {{topic}};
  return beat;
}
// Of two partitions.
inline ShareFetchRequest ShareFetch(std::string_view member, int32_t epoch, const Uuid& topic) {
  ShareFetchRequest fetch;
  fetch.group_id = "workers";
  fetch.member_id = member;
  fetch.share_session_epoch = epoch;
  fetch.min_bytes = 1;
  fetch.max_records = 500;
  fetch.batch_size = 500;
  if (epoch == 0) fetch.topics = {{topic, {{0, {}}, {1, {}}}}};
  return fetch;
}
inline ShareAcknowledgeRequest Acknowledge(std::string_view member, int32_t epoch,
                                           std::vector<AcknowledgedTopic> topics = {}) {
  ShareAcknowledgeRequest request;
  request.group_id = "workers";
  request.member_id = member;
  request.share_session_epoch = epoch;
  request.topics = std::move(topics);
  return request;
}

// --- Transactions of "t", on "orders" ---

inline InitProducerIdRequest Init(std::string_view id = "t", int64_t producer = -1,
                                  int16_t epoch = -1) {
  InitProducerIdRequest request;
  request.transactional_id = id;
  request.transaction_timeout_ms = 60'000;
  request.producer_id = producer;
  request.producer_epoch = epoch;
  return request;
}
inline AddPartitionsToTxnRequest AddPartitions(const InitProducerIdResponse& producer,
                                               std::vector<int32_t> partitions) {
  AddPartitionsToTxnRequest request;
  request.transactional_id = "t";
  request.producer_id = producer.producer_id;
  request.producer_epoch = producer.producer_epoch;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  topic.partitions = std::move(partitions);
  return request;
}
inline EndTxnRequest End(const InitProducerIdResponse& producer, bool commit) {
  EndTxnRequest request;
  request.transactional_id = "t";
  request.producer_id = producer.producer_id;
  request.producer_epoch = producer.producer_epoch;
  request.committed = commit;
  return request;
}
inline TxnOffsetCommitRequest SendOffset(const InitProducerIdResponse& producer, int64_t offset) {
  TxnOffsetCommitRequest request;
  request.transactional_id = "t";
  request.group_id = "g";
  request.producer_id = producer.producer_id;
  request.producer_epoch = producer.producer_epoch;
  auto& topic = request.topics.emplace_back();
  topic.name = "orders";
  topic.partitions.emplace_back().committed_offset = offset;
  return request;
}

}  // namespace braid::kafka::requests

#endif  // BRAID_TESTS_PROTOCOL_KAFKA_REQUESTS_H_
