#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/batch.h"
#include "braid/error.h"
#include "engine/transactions.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/quotas.h"
#include "protocol/kafka/refusal.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"
#include "storage/batch_format.h"
#include "storage/batch_validate.h"
#include "storage/coding.h"

namespace braid::kafka {
namespace {

constexpr int16_t kFirstZstdVersion = 7;
constexpr int16_t kFirstAbortableVersion = 11;
constexpr int16_t kFirstAddingVersion = 12;  // partitions become part of a transaction by it
constexpr int16_t kFirstTopicIdVersion = 13;

using Reply = ProduceResponse::Topic::Partition;

int64_t MaxBatchBytes(Request& request, const engine::AppendRules& rules) {
  const bool own = rules.owner == Origin::kKafka && rules.max_record_bytes >= 0;
  return own ? rules.max_record_bytes : request.service().options().max_batch_bytes;
}

// What each record has to keep to.
storage::RecordRules RecordRulesOf(Request& request, const engine::AppendRules& rules) {
  storage::RecordRules records{.keyed = rules.compact};
  if (rules.append_time) return records;  // the broker's time is right by definition
  const absl::Time now = request.catalog().Now();
  if (rules.max_time_behind < absl::InfiniteDuration()) {
    records.min_timestamp_ms = absl::ToUnixMillis(now - rules.max_time_behind);
  }
  if (rules.max_time_ahead < absl::InfiniteDuration()) {
    records.max_timestamp_ms = absl::ToUnixMillis(now + rules.max_time_ahead);
  }
  return records;
}

// Refuses the batch for its faulty records, and names them.
Refusal RefuseRecords(const std::vector<storage::FaultyRecord>& faulty, Reply& reply) {
  bool timely = true;
  for (const storage::FaultyRecord& record : faulty) {
    const bool unkeyed = record.fault == storage::RecordFault::kNoKey;
    timely = timely && unkeyed;
    reply.record_errors.push_back(
        {record.index, unkeyed ? "a record of a compacted topic needs a key"
                               : "the timestamp is too far from the broker's time"});
  }
  return {timely ? ErrorCode::kInvalidRecord : ErrorCode::kInvalidTimestamp,
          "some records of the batch are refused"};
}

Refusal CheckHeader(Request& request, const engine::AppendRules& rules, const Batch& batch) {
  const BatchHeader& header = batch.header();
  if (header.total_bytes() > MaxBatchBytes(request, rules)) {
    return {ErrorCode::kMessageTooLarge, "the batch is larger than the topic's max.message.bytes"};
  }
  if (header.total_bytes() > rules.segment_bytes) {
    return {ErrorCode::kRecordListTooLarge, "the batch is larger than the topic's segment.bytes"};
  }
  if (header.codec() == Codec::kZstd && request.version() < kFirstZstdVersion) {
    return {ErrorCode::kUnsupportedCompressionType, "zstd takes Produce version 7"};
  }
  if (header.log_append_time()) {
    return {ErrorCode::kInvalidTimestamp, "only the broker gives records the time of the append"};
  }
  return {};
}

// A producer that was fenced is told so in the words of Produce.
Refusal RefusalOfAppend(Request& request, const absl::Status& status) {
  Refusal refusal = RefusalOf(status);
  if (refusal.code == ErrorCode::kProducerFenced) {
    refusal.code = ErrorCode::kInvalidProducerEpoch;
  } else if (refusal.code == ErrorCode::kTransactionAbortable &&
             request.version() < kFirstAbortableVersion) {
    refusal.code = ErrorCode::kInvalidTxnState;
  }
  return refusal;
}

absl::StatusOr<engine::AppendResult> AppendTo(Request& request, const engine::StreamPtr& stream,
                                              std::optional<std::string_view> transactional_id,
                                              Batch batch) {
  if (!batch.header().transactional()) {
    return stream->AppendBatch(std::move(batch), request.writes());
  }
  const engine::ProducerIdentity producer{batch.header().producer_id,
                                          batch.header().producer_epoch};
  const bool adds = request.version() >= kFirstAddingVersion;
  return request.catalog().transactions().Append(transactional_id.value_or(std::string_view()),
                                                 producer, stream, std::move(batch), adds,
                                                 request.writes());
}

Refusal Append(Request& request, const engine::StreamPtr& stream_ptr,
               std::optional<std::string_view> transactional_id, const Records& records,
               Reply& reply) {
  engine::Stream& stream = *stream_ptr;
  absl::StatusOr<Batch> batch =
      storage::ParseProducedBatch(records.parts.empty() ? Buffer() : records.parts.front());
  if (!batch.ok()) return RefusalOf(batch.status());
  const engine::AppendRules rules = stream.append_rules();
  if (Refusal refusal = CheckHeader(request, rules, *batch); !refusal.ok()) return refusal;
  const auto faulty = storage::ValidateProducedBatch(*batch, RecordRulesOf(request, rules));
  if (!faulty.ok()) return RefusalOf(faulty.status());
  if (!faulty->empty()) return RefuseRecords(*faulty, reply);
  if (batch->header().transactional() && !transactional_id.has_value()) {
    return {ErrorCode::kTransactionalIdAuthorizationFailed, "a transaction of no transactional id"};
  }
  const absl::StatusOr<engine::AppendResult> appended = AppendTo(
      request, stream_ptr, transactional_id, storage::StripPrivateAttributes(*std::move(batch)));
  if (!appended.ok()) return RefusalOfAppend(request, appended.status());
  reply.base_offset = appended->base_offset;
  reply.log_append_time_ms = appended->append_time_ms;
  if (request.version() >= 5) reply.log_start_offset = stream.start_offset();
  return {};
}

Reply Serve(Request& request, const engine::TopicPtr& topic, ErrorCode missing,
            std::optional<std::string_view> transactional_id,
            const ProduceRequest::Topic::Partition& asked) {
  Reply reply;
  reply.index = asked.index;
  Refusal refusal;
  if (const engine::StreamPtr stream = PartitionOf(topic, asked.index)) {
    refusal = Append(request, stream, transactional_id, asked.records, reply);
  } else {
    refusal.code = topic == nullptr ? missing : ErrorCode::kUnknownTopicOrPartition;
  }
  reply.error_code = Wire(refusal.code);
  if (!refusal.message.empty()) reply.error_message = request.Keep(std::move(refusal.message));
  return reply;
}

// The producer of a batch that is part of a transaction, as far as that can be told unchecked.
std::optional<engine::ProducerIdentity> TransactionalProducerOf(const Records& records) {
  if (records.parts.empty()) return std::nullopt;
  const std::string_view bytes = records.parts.front().view();
  if (bytes.size() < storage::kBatchHeaderBytes) return std::nullopt;
  const auto attributes = storage::LoadBigEndian<int16_t>(bytes.data() + storage::kAttributesAt);
  if ((attributes & storage::kTransactionalBit) == 0) return std::nullopt;
  return engine::ProducerIdentity{
      storage::LoadBigEndian<int64_t>(bytes.data() + storage::kProducerIdAt),
      storage::LoadBigEndian<int16_t>(bytes.data() + storage::kProducerEpochAt)};
}

// Makes the partitions part of the transaction together, for each time it is journaled whole. The
// appends would do it one by one; they also say what is wrong with any.
void AddPartitions(Request& request, const ProduceRequest& asked) {
  if (request.version() < kFirstAddingVersion || !asked.transactional_id.has_value()) return;
  std::optional<engine::ProducerIdentity> producer;
  std::vector<engine::StreamPtr> streams;
  for (const auto& topic : asked.topic_data) {
    const TopicKey key{topic.name, topic.topic_id, request.version() >= kFirstTopicIdVersion};
    const engine::TopicPtr found = key.Find(request.catalog());
    for (const auto& partition : topic.partition_data) {
      const engine::StreamPtr stream = PartitionOf(found, partition.index);
      const auto writer = TransactionalProducerOf(partition.records);
      if (stream == nullptr || !writer.has_value()) continue;
      if (!producer.has_value()) producer = writer;
      if (writer == producer) streams.push_back(stream);
    }
  }
  if (streams.size() < 2) return;
  request.catalog()
      .transactions()
      .AddStreams(*asked.transactional_id, *producer, streams, request.writes())
      .IgnoreError();
}

void RefuseAll(const ProduceRequest& asked, ErrorCode error, ProduceResponse& reply) {
  for (const auto& topic : asked.topic_data) {
    auto& replied = reply.responses.emplace_back();
    replied.name = topic.name;
    replied.topic_id = topic.topic_id;
    for (const auto& partition : topic.partition_data) {
      auto& refused = replied.partition_responses.emplace_back();
      refused.index = partition.index;
      refused.error_code = Wire(error);
    }
  }
}

// Appends everything; false when something was refused.
bool ServeAll(Request& request, const ProduceRequest& asked, ProduceResponse& reply) {
  bool all = true;
  reply.responses.reserve(asked.topic_data.size());
  for (const auto& topic : asked.topic_data) {
    auto& replied = reply.responses.emplace_back();
    replied.name = topic.name;
    replied.topic_id = topic.topic_id;
    const TopicKey key{topic.name, topic.topic_id, request.version() >= kFirstTopicIdVersion};
    const engine::TopicPtr found = key.Find(request.catalog());
    replied.partition_responses.reserve(topic.partition_data.size());
    for (const auto& partition : topic.partition_data) {
      replied.partition_responses.push_back(
          Serve(request, found, key.missing(), asked.transactional_id, partition));
      all = all && replied.partition_responses.back().error_code == 0;
    }
  }
  return all;
}

}  // namespace

void ServeProduce(Request& request) {
  const auto asked = request.Read<ProduceRequest>();
  if (!asked) return;
  ProduceResponse reply;
  bool all = false;
  if (asked->acks < -1 || asked->acks > 1) {
    RefuseAll(*asked, ErrorCode::kInvalidRequiredAcks, reply);
  } else {
    AddPartitions(request, *asked);
    all = ServeAll(request, *asked, reply);
  }
  request.Charge(kProducerByteRate, static_cast<double>(request.size()));
  if (asked->acks != 0) return request.Reply(reply);
  // Nobody awaits an answer; a closed connection is the only way to say that something is wrong.
  if (!all) request.Close();
}

}  // namespace braid::kafka
