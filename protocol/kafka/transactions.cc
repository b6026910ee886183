// Transactions as producers drive them: taking the id, adding partitions and groups, ending.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "braid/error.h"
#include "engine/transactions.h"
#include "protocol/connection.h"
#include "protocol/kafka/group_member.h"
#include "protocol/kafka/group_offsets.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/add_offsets_to_txn.h"
#include "protocol/kafka/messages/add_partitions_to_txn.h"
#include "protocol/kafka/messages/end_txn.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/messages/txn_offset_commit.h"
#include "protocol/kafka/options.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int16_t kNoProducer = -1;        // as an id, and as an epoch
constexpr int16_t kFencedInitVersion = 4;  // of InitProducerId: older ones know no error 90
constexpr int16_t kFencedVersion = 2;      // of the others
constexpr int16_t kManyTransactions = 4;   // of AddPartitionsToTxn
constexpr int16_t kAbortableVersion = 5;   // of AddPartitionsToTxn and TxnOffsetCommit
constexpr int16_t kAddsGroupVersion = 5;   // of TxnOffsetCommit: the group need not be added
constexpr int16_t kBumpsEpochVersion = 5;  // of EndTxn
constexpr int16_t kMembershipVersion = 3;  // of TxnOffsetCommit

using TopicResult = AddPartitionsToTxnResponse::Topic;

// What clients of before KIP-588 are told of a fenced producer.
ErrorCode Told(const absl::Status& status, bool knows_fenced) {
  const ErrorCode code = ErrorOf(status);
  const bool fenced = code == ErrorCode::kProducerFenced;
  return fenced && !knows_fenced ? ErrorCode::kInvalidProducerEpoch : code;
}

TopicResult ResultOf(const AddPartitionsToTxnRequest::Topic& topic, ErrorCode error) {
  TopicResult result;
  result.name = topic.name;
  for (const int32_t partition : topic.partitions) {
    result.results_by_partition.push_back({partition, Wire(error)});
  }
  return result;
}

// All partitions or none: where one is unknown, the others are not attempted.
std::vector<TopicResult> AddPartitions(Request& request,
                                       const AddPartitionsToTxnRequest::Transaction& asked) {
  std::vector<TopicResult> results;
  std::vector<engine::StreamPtr> streams;
  bool all_known = true;
  for (const auto& topic : asked.topics) {
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    TopicResult& result = results.emplace_back(ResultOf(topic, ErrorCode::kNone));
    for (auto& partition : result.results_by_partition) {
      const engine::StreamPtr stream = PartitionOf(found, partition.partition_index);
      partition.partition_error_code = Wire(stream == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                                              : ErrorCode::kOperationNotAttempted);
      if (stream == nullptr) all_known = false;
      if (stream != nullptr) streams.push_back(stream);
    }
  }
  if (!all_known) return results;
  const engine::ProducerIdentity producer{asked.producer_id, asked.producer_epoch};
  engine::Transactions& transactions = request.catalog().transactions();
  auto stream = streams.begin();
  absl::Status status;
  if (asked.transactional_id.empty()) {
    status = MakeError(Errc::kInvalidArgument, "no transactional id");
  } else if (!asked.verify_only) {
    status = transactions.AddStreams(asked.transactional_id, producer, streams, request.writes());
  }
  for (TopicResult& result : results) {
    for (auto& partition : result.results_by_partition) {
      absl::Status each = status;
      if (each.ok() && asked.verify_only) {
        each = transactions.Verify(asked.transactional_id, producer, **stream);
      }
      ErrorCode told = Told(each, request.version() >= kFencedVersion);
      if (told == ErrorCode::kTransactionAbortable && request.version() < kAbortableVersion) {
        told = ErrorCode::kInvalidTxnState;
      }
      partition.partition_error_code = Wire(told);
      ++stream;
    }
  }
  return results;
}

// Whether the sender may commit for the group: those that say nothing of a member may.
ErrorCode CheckMember(Request& request, const TxnOffsetCommitRequest& asked) {
  if (asked.group_id.empty()) return ErrorCode::kInvalidGroupId;
  const bool is_member = asked.generation_id >= 0 || !asked.member_id.empty();
  if (request.version() < kMembershipVersion || !is_member) return ErrorCode::kNone;
  const engine::CommitRight right = request.coordinator().MayCommit(
      asked.group_id, asked.member_id, Owned(asked.group_instance_id), asked.generation_id);
  if (right.error == Errc::kGroupNotFound && MayHaveHadMembers(request.catalog(), asked.group_id)) {
    return ErrorCode::kUnknownMemberId;
  }
  // Epochs that are over are told in the words of generations.
  const bool over = right.error == Errc::kGroupNotFound || right.error == Errc::kStaleMemberEpoch;
  return over || right.only ? ErrorCode::kIllegalGeneration : ErrorOf(right.error);
}

// The offset of a partition joins those to be sent, unless something is wrong with it.
ErrorCode Gather(const engine::TopicPtr& topic,
                 const TxnOffsetCommitRequest::Topic::Partition& partition,
                 engine::Transactions::SentOffsets& offsets) {
  const engine::StreamPtr stream = PartitionOf(topic, partition.partition_index);
  if (stream == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  engine::PendingOffset pending;
  pending.offset = partition.committed_offset;
  pending.leader_epoch = partition.committed_leader_epoch;
  pending.metadata = partition.committed_metadata.value_or(std::string_view());
  if (pending.metadata.size() > kMaxOffsetMetadataBytes) {
    return ErrorCode::kOffsetMetadataTooLarge;
  }
  if (pending.offset < 0) return ErrorCode::kOffsetOutOfRange;
  offsets.emplace_back(stream, std::move(pending));
  return ErrorCode::kNone;
}

ErrorCode SendOffsets(Request& request, const TxnOffsetCommitRequest& asked,
                      engine::Transactions::SentOffsets offsets) {
  if (offsets.empty()) return ErrorCode::kNone;
  const absl::Status sent = request.catalog().transactions().SendOffsets(
      asked.transactional_id, {asked.producer_id, asked.producer_epoch}, asked.group_id,
      std::move(offsets), request.version() >= kAddsGroupVersion, request.writes());
  const ErrorCode told = Told(sent, request.version() >= kFencedVersion);
  const bool abortable = told == ErrorCode::kTransactionAbortable;
  return abortable && request.version() < kAbortableVersion ? ErrorCode::kInvalidTxnState : told;
}

}  // namespace

void ServeInitProducerId(Request& request) {
  const auto asked = request.Read<InitProducerIdRequest>();
  if (!asked) return;
  InitProducerIdResponse reply;
  absl::StatusOr<engine::ProducerIdentity> producer;
  // Who was a producer before says both, and who was none neither.
  const bool names_producer = asked->producer_id != kNoProducer;
  if (names_producer != (asked->producer_epoch != kNoProducer)) {
    producer = MakeError(Errc::kInvalidArgument, "a producer is an id and an epoch");
  } else if (!asked->transactional_id.has_value()) {
    const absl::StatusOr<int64_t> id = request.catalog().NextId(request.writes());
    if (id.ok()) producer = engine::ProducerIdentity{*id, 0};
    if (!id.ok()) producer = id.status();
  } else if (asked->transactional_id->empty()) {
    producer = MakeError(Errc::kInvalidArgument, "an empty transactional id");
  } else {
    std::optional<engine::ProducerIdentity> asker;
    if (names_producer) asker = engine::ProducerIdentity{asked->producer_id, asked->producer_epoch};
    producer = request.catalog().transactions().Init(
        *asked->transactional_id, absl::Milliseconds(asked->transaction_timeout_ms), asker,
        request.writes());
  }
  reply.error_code = Wire(Told(producer.status(), request.version() >= kFencedInitVersion));
  if (producer.ok()) {
    reply.producer_id = producer->id;
    reply.producer_epoch = producer->epoch;
  }
  request.Reply(reply);
}

void ServeAddPartitionsToTxn(Request& request) {
  const auto asked = request.Read<AddPartitionsToTxnRequest>();
  if (!asked) return;
  AddPartitionsToTxnResponse reply;
  if (request.version() >= kManyTransactions) {
    for (const auto& transaction : asked->transactions) {
      reply.results_by_transaction.push_back(
          {transaction.transactional_id, AddPartitions(request, transaction)});
    }
  } else {
    AddPartitionsToTxnRequest::Transaction one;
    one.transactional_id = asked->transactional_id;
    one.producer_id = asked->producer_id;
    one.producer_epoch = asked->producer_epoch;
    one.topics = asked->topics;
    reply.results_by_topic = AddPartitions(request, one);
  }
  request.Reply(reply);
}

void ServeAddOffsetsToTxn(Request& request) {
  const auto asked = request.Read<AddOffsetsToTxnRequest>();
  if (!asked) return;
  AddOffsetsToTxnResponse reply;
  absl::Status added;
  if (asked->transactional_id.empty()) {
    added = MakeError(Errc::kInvalidArgument, "no transactional id");
  } else if (asked->group_id.empty()) {
    added = MakeError(Errc::kInvalidGroup, "no group");
  } else {
    added = request.catalog().transactions().AddGroup(asked->transactional_id,
                                                      {asked->producer_id, asked->producer_epoch},
                                                      asked->group_id, request.writes());
  }
  reply.error_code = Wire(Told(added, request.version() >= kFencedVersion));
  request.Reply(reply);
}

void ServeTxnOffsetCommit(Request& request) {
  const auto asked = request.Read<TxnOffsetCommitRequest>();
  if (!asked) return;
  const ErrorCode refused = CheckMember(request, *asked);
  TxnOffsetCommitResponse reply;
  engine::Transactions::SentOffsets offsets;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    for (const auto& partition : topic.partitions) {
      const ErrorCode error =
          refused != ErrorCode::kNone ? refused : Gather(found, partition, offsets);
      replied.partitions.push_back({partition.partition_index, Wire(error)});
    }
  }
  const int16_t told = Wire(SendOffsets(request, *asked, std::move(offsets)));
  for (auto& replied : reply.topics) {
    for (auto& partition : replied.partitions) {
      if (partition.error_code == 0) partition.error_code = told;
    }
  }
  request.Reply(reply);
}

// The decision is as durable as anything is promised to be before anybody hears of it: a power cut
// leaves a transaction decided everywhere or nowhere.
net::asio::awaitable<void> ServeEndTxn(Request& request) {
  const auto asked = request.Read<EndTxnRequest>();
  if (!asked) co_return;
  EndTxnResponse reply;
  engine::Transactions& transactions = request.catalog().transactions();
  const auto ended =
      asked->transactional_id.empty()
          ? absl::StatusOr<engine::Transactions::Ended>(
                MakeError(Errc::kInvalidArgument, "no transactional id"))
          : transactions.Prepare(asked->transactional_id,
                                 {asked->producer_id, asked->producer_epoch}, asked->committed,
                                 request.version() >= kBumpsEpochVersion, request.writes());
  reply.error_code = Wire(Told(ended.status(), request.version() >= kFencedVersion));
  if (ended.ok()) {
    reply.producer_id = ended->producer.id;
    reply.producer_epoch = ended->producer.epoch;
    if (ended->finish) {
      const absl::Status decided =
          co_await net::Commit(request.connection(), request.catalog(), request.writes());
      if (!decided.ok()) {
        request.Close();
        co_return;
      }
      // What cannot be told now is told by a later try: the decision stands.
      transactions.Finish(asked->transactional_id, *ended, request.writes()).IgnoreError();
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
