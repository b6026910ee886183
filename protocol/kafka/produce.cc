#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "braid/batch.h"
#include "braid/error.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/produce.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"
#include "storage/batch_format.h"
#include "storage/batch_validate.h"

namespace braid::kafka {
namespace {

constexpr int16_t kFirstZstdVersion = 7;
constexpr int16_t kFirstTopicIdVersion = 13;

struct Refusal {
  ErrorCode code = ErrorCode::kNone;
  std::string message;
};

Refusal RefusalOf(const absl::Status& status) {
  return {ErrorOf(status), std::string(status.message())};
}

int64_t MaxBatchBytes(Request& request, const engine::Stream& stream) {
  const StreamOptions options = stream.options();
  const bool own = options.owner == Origin::kKafka && options.max_record_bytes >= 0;
  return own ? options.max_record_bytes : request.service().options().max_batch_bytes;
}

// The one batch of a partition's records, whole and fit to be stored, or why not.
absl::StatusOr<Batch> BatchOf(const Records& records) {
  if (records.parts.empty()) {
    return MakeError(Errc::kInvalidBatch, "a partition's records are one batch, and not none");
  }
  const Buffer& bytes = records.parts.front();
  if (bytes.size() > storage::kMagicAt &&
      static_cast<int8_t>(bytes.data()[storage::kMagicAt]) != storage::kMagic) {
    return MakeError(Errc::kInvalidBatch, "only record batches of format 2 are taken");
  }
  absl::StatusOr<Batch> batch = Batch::Parse(bytes);
  if (!batch.ok()) return batch.status();
  if (batch->header().total_bytes() != static_cast<int64_t>(bytes.size())) {
    return MakeError(Errc::kInvalidBatch, "a partition's records are one batch, and not several");
  }
  return batch;
}

Refusal Check(Request& request, const engine::Stream& stream, const Batch& batch) {
  const BatchHeader& header = batch.header();
  if (header.total_bytes() > MaxBatchBytes(request, stream)) {
    return {ErrorCode::kMessageTooLarge, "the batch is larger than the topic's max.message.bytes"};
  }
  if (header.transactional()) {
    return {ErrorCode::kInvalidTxnState, "this broker has no transactions"};
  }
  if (header.codec() == Codec::kZstd && request.version() < kFirstZstdVersion) {
    return {ErrorCode::kUnsupportedCompressionType, "zstd takes Produce version 7"};
  }
  if (absl::Status s = storage::ValidateProducedBatch(batch); !s.ok()) return RefusalOf(s);
  return {};
}

Refusal Append(Request& request, engine::Stream& stream, const Records& records,
               ProduceResponse::Topic::Partition& reply) {
  absl::StatusOr<Batch> batch = BatchOf(records);
  if (!batch.ok()) return RefusalOf(batch.status());
  if (Refusal refusal = Check(request, stream, *batch); refusal.code != ErrorCode::kNone) {
    return refusal;
  }
  const absl::StatusOr<engine::AppendResult> appended =
      stream.AppendBatch(storage::StripPrivateAttributes(*std::move(batch)), request.writes());
  if (!appended.ok()) return RefusalOf(appended.status());
  reply.base_offset = appended->base_offset;
  if (request.version() >= 5) reply.log_start_offset = stream.start_offset();
  return {};
}

ProduceResponse::Topic::Partition Serve(Request& request, const engine::TopicPtr& topic,
                                        ErrorCode missing,
                                        const ProduceRequest::Topic::Partition& asked) {
  ProduceResponse::Topic::Partition reply;
  reply.index = asked.index;
  Refusal refusal;
  if (const engine::StreamPtr stream = PartitionOf(topic, asked.index)) {
    refusal = Append(request, *stream, asked.records, reply);
  } else {
    refusal.code = topic == nullptr ? missing : ErrorCode::kUnknownTopicOrPartition;
  }
  reply.error_code = Wire(refusal.code);
  if (!refusal.message.empty()) reply.error_message = request.Keep(std::move(refusal.message));
  return reply;
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
      replied.partition_responses.push_back(Serve(request, found, key.missing(), partition));
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
  } else if (asked->transactional_id.has_value()) {
    RefuseAll(*asked, ErrorCode::kTransactionalIdAuthorizationFailed, reply);
  } else {
    all = ServeAll(request, *asked, reply);
  }
  if (asked->acks != 0) return request.Reply(reply);
  // Nobody awaits an answer; a closed connection is the only way to say that something is wrong.
  if (!all) request.Close();
}

}  // namespace braid::kafka
