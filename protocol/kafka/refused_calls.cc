#include "protocol/kafka/refused_calls.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>

#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/messages/add_offsets_to_txn.h"
#include "protocol/kafka/messages/add_partitions_to_txn.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/messages/end_txn.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/messages/share_acknowledge.h"
#include "protocol/kafka/messages/share_fetch.h"
#include "protocol/kafka/messages/share_group_heartbeat.h"
#include "protocol/kafka/messages/sync_group.h"
#include "protocol/kafka/messages/txn_offset_commit.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

using Refuser = void (*)(Request& request, int16_t error);

// Calls that either go well or do not.
template <class Asked, class Answer>
void Whole(Request& request, int16_t error) {
  if (!request.Read<Asked>()) return;
  Answer reply;
  reply.error_code = error;
  request.Reply(reply);
}

void Produce(Request& request, int16_t error) {
  const auto asked = request.Read<ProduceRequest>();
  if (!asked || asked->acks == 0) return;
  ProduceResponse reply;
  for (const auto& topic : asked->topic_data) {
    auto& replied = reply.responses.emplace_back();
    replied.name = topic.name;
    replied.topic_id = topic.topic_id;
    for (const auto& partition : topic.partition_data) {
      auto& answer = replied.partition_responses.emplace_back();
      answer.index = partition.index;
      answer.error_code = error;
    }
  }
  request.Reply(reply);
}

void Fetch(Request& request, int16_t error) {
  const auto asked = request.Read<FetchRequest>();
  if (!asked) return;
  FetchResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.responses.emplace_back();
    replied.topic = topic.topic;
    replied.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      answer.partition_index = partition.partition;
      answer.error_code = error;
    }
  }
  request.Reply(reply);
}

// Of calls whose answers have topics with partitions by index.
template <class Asked, class Answer>
void EachPartition(Request& request, int16_t error) {
  const auto asked = request.Read<Asked>();
  if (!asked) return;
  Answer reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    if constexpr (requires { replied.topic_id; }) replied.topic_id = topic.topic_id;
    for (const auto& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      answer.error_code = error;
    }
  }
  request.Reply(reply);
}

// The brokers are told, so that the client knows where to ask again.
void Metadata(Request& request, int16_t error) {
  const auto asked = request.Read<MetadataRequest>();
  if (!asked) return;
  const BrokerAddress address = BrokerAddress::Of(request);
  const int32_t node = request.service().options().node_id;
  MetadataResponse reply;
  auto& broker = reply.brokers.emplace_back();
  broker.node_id = node;
  broker.host = address.host;
  broker.port = address.port;
  reply.cluster_id = request.service().cluster_id();
  reply.controller_id = node;
  if (asked->topics) {
    for (const auto& topic : *asked->topics) {
      auto& replied = reply.topics.emplace_back();
      replied.error_code = error;
      replied.name = topic.name;
      replied.topic_id = topic.topic_id;
    }
  }
  request.Reply(reply);
}

void FindCoordinator(Request& request, int16_t error) {
  const auto asked = request.Read<FindCoordinatorRequest>();
  if (!asked) return;
  constexpr int32_t kNobody = -1;
  FindCoordinatorResponse reply;
  reply.error_code = error;
  reply.node_id = kNobody;
  for (const std::string_view key : asked->coordinator_keys) {
    auto& coordinator = reply.coordinators.emplace_back();
    coordinator.key = key;
    coordinator.node_id = kNobody;
    coordinator.error_code = error;
  }
  request.Reply(reply);
}

void OffsetFetch(Request& request, int16_t error) {
  const auto asked = request.Read<OffsetFetchRequest>();
  if (!asked) return;
  OffsetFetchResponse reply;
  reply.error_code = error;
  for (const auto& group : asked->groups) {
    auto& replied = reply.groups.emplace_back();
    replied.group_id = group.group_id;
    replied.error_code = error;
  }
  if (asked->topics) {  // before version 2 there is no other place for it
    for (const auto& topic : *asked->topics) {
      auto& replied = reply.topics.emplace_back();
      replied.name = topic.name;
      for (const int32_t index : topic.partition_indexes) {
        auto& answer = replied.partitions.emplace_back();
        answer.partition_index = index;
        answer.error_code = error;
      }
    }
  }
  request.Reply(reply);
}

void AddPartitionsToTxn(Request& request, int16_t error) {
  const auto asked = request.Read<AddPartitionsToTxnRequest>();
  if (!asked) return;
  AddPartitionsToTxnResponse reply;
  const auto add = [error](const auto& topics, auto& out) {
    for (const auto& topic : topics) {
      auto& replied = out.emplace_back();
      replied.name = topic.name;
      for (const int32_t index : topic.partitions) {
        replied.results_by_partition.push_back({index, error});
      }
    }
  };
  add(asked->topics, reply.results_by_topic);
  for (const auto& transaction : asked->transactions) {
    auto& result = reply.results_by_transaction.emplace_back();
    result.transactional_id = transaction.transactional_id;
    add(transaction.topics, result.topic_results);
  }
  request.Reply(reply);
}

void CreateTopics(Request& request, int16_t error) {
  const auto asked = request.Read<CreateTopicsRequest>();
  if (!asked) return;
  CreateTopicsResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    replied.error_code = error;
  }
  request.Reply(reply);
}

void DeleteTopics(Request& request, int16_t error) {
  const auto asked = request.Read<DeleteTopicsRequest>();
  if (!asked) return;
  DeleteTopicsResponse reply;
  for (const std::string_view name : asked->topic_names) {
    auto& replied = reply.responses.emplace_back();
    replied.name = name;
    replied.error_code = error;
  }
  for (const auto& topic : asked->topics) {
    auto& replied = reply.responses.emplace_back();
    replied.name = topic.name;
    replied.topic_id = topic.topic_id;
    replied.error_code = error;
  }
  request.Reply(reply);
}

struct Refusable {
  ApiKey key;
  Refuser refuse;
};

constexpr Refusable kCalls[] = {
    {ApiKey::kProduce, Produce},
    {ApiKey::kFetch, Fetch},
    {ApiKey::kListOffsets, EachPartition<ListOffsetsRequest, ListOffsetsResponse>},
    {ApiKey::kMetadata, Metadata},
    {ApiKey::kOffsetCommit, EachPartition<OffsetCommitRequest, OffsetCommitResponse>},
    {ApiKey::kOffsetFetch, OffsetFetch},
    {ApiKey::kFindCoordinator, FindCoordinator},
    {ApiKey::kJoinGroup, Whole<JoinGroupRequest, JoinGroupResponse>},
    {ApiKey::kHeartbeat, Whole<HeartbeatRequest, HeartbeatResponse>},
    {ApiKey::kLeaveGroup, Whole<LeaveGroupRequest, LeaveGroupResponse>},
    {ApiKey::kSyncGroup, Whole<SyncGroupRequest, SyncGroupResponse>},
    {ApiKey::kCreateTopics, CreateTopics},
    {ApiKey::kDeleteTopics, DeleteTopics},
    {ApiKey::kInitProducerId, Whole<InitProducerIdRequest, InitProducerIdResponse>},
    {ApiKey::kAddPartitionsToTxn, AddPartitionsToTxn},
    {ApiKey::kAddOffsetsToTxn, Whole<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>},
    {ApiKey::kEndTxn, Whole<EndTxnRequest, EndTxnResponse>},
    {ApiKey::kTxnOffsetCommit, EachPartition<TxnOffsetCommitRequest, TxnOffsetCommitResponse>},
    {ApiKey::kConsumerGroupHeartbeat,
     Whole<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>},
    {ApiKey::kShareGroupHeartbeat, Whole<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>},
    {ApiKey::kShareFetch, Whole<ShareFetchRequest, ShareFetchResponse>},
    {ApiKey::kShareAcknowledge, Whole<ShareAcknowledgeRequest, ShareAcknowledgeResponse>},
};

const Refusable* Find(ApiKey key) {
  const auto* found = std::find_if(std::begin(kCalls), std::end(kCalls),
                                   [key](const Refusable& call) { return call.key == key; });
  return found == std::end(kCalls) ? nullptr : found;
}

}  // namespace

bool CanBeRefused(ApiKey key) {
  return Find(key) != nullptr;
}

void RefuseCall(Request& request, ApiKey key, ErrorCode error) {
  if (const Refusable* call = Find(key)) call->refuse(request, Wire(error));
}

}  // namespace braid::kafka
