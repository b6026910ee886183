#include "tools/load/kafka_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/time/clock.h"
#include "braid/batch.h"
#include "braid/error.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_records.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/produce.h"
#include "tools/load/text.h"

namespace braid::load {
namespace {

constexpr int16_t kProduceVersion = 9;
constexpr int16_t kFetchVersion = 12;
constexpr int16_t kListOffsetsVersion = 6;
constexpr int16_t kOffsetCommitVersion = 8;
constexpr int16_t kOffsetFetchVersion = 7;
constexpr int16_t kCreateTopicsVersion = 5;
constexpr int16_t kDeleteRecordsVersion = 2;

constexpr int64_t kEarliest = -2;
constexpr int64_t kLatest = -1;
constexpr int32_t kFetchBytes = 1 << 20;
constexpr int32_t kTimeoutMs = 10'000;
constexpr size_t kMaxFrameBytes = size_t{256} << 20;

absl::Status Check(int16_t error_code, std::string_view what) {
  if (error_code == 0) return absl::OkStatus();
  return MakeError(Errc::kIo, Text("Kafka ", what, ": error ", error_code));
}

absl::Status Odd(std::string_view what) {
  return MakeError(Errc::kIo, Text("a Kafka answer of an unexpected form: ", what));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> KafkaClient::Connect(std::string_view address) {
  auto socket = Socket::Connect(address);
  if (!socket.ok()) return socket.status();
  return std::unique_ptr<Client>(new KafkaClient(*std::move(socket)));
}

// --- Frames ---

template <class Request>
absl::Status KafkaClient::SendRequest(const Request& request, int16_t version) {
  kafka::Writer out;
  out.PutInt<int32_t>(0);
  out.PutInt<int16_t>(static_cast<int16_t>(Request::kApi.key));
  out.PutInt<int16_t>(version);
  out.PutInt<int32_t>(correlation_++);
  out.PutHeaderString("braid-load");
  if (version >= Request::kApi.flexible_from) out.PutVarint(0);
  out.Write(request, version);
  out.PatchInt32(0, static_cast<int32_t>(out.total_size() - sizeof(int32_t)));
  return socket_->Send(out.Joined());
}

absl::StatusOr<Buffer> KafkaClient::TakeFrame() {
  if (absl::Status s = socket_->Need(sizeof(int32_t)); !s.ok()) return s;
  const auto size = storage::LoadBigEndian<uint32_t>(socket_->unread().data());
  if (size > kMaxFrameBytes) return Odd("frame size");
  if (absl::Status s = socket_->Need(sizeof(int32_t) + size); !s.ok()) return s;
  Buffer frame = Buffer::Copy(socket_->unread().substr(sizeof(int32_t), size));
  socket_->Consume(sizeof(int32_t) + size);
  return frame;
}

template <class Response>
absl::StatusOr<Response> KafkaClient::TakeResponse(int16_t version, Buffer& frame) {
  auto taken = TakeFrame();
  if (!taken.ok()) return taken.status();
  frame = *std::move(taken);
  kafka::Reader header(frame, 0);
  header.TakeInt<int32_t>();  // answers come in the order of their requests
  if (kafka::FlexibleResponseHeader(Response::kApi, version)) header.SkipTags();
  kafka::Reader reader(frame, header.position());
  auto response = reader.Read<Response>(version);
  if (!response.has_value()) return Odd(Response::kApi.name);
  return *std::move(response);
}

template <class Response, class Request>
absl::StatusOr<Response> KafkaClient::Call(const Request& request, int16_t version, Buffer& frame) {
  if (absl::Status s = SendRequest(request, version); !s.ok()) return s;
  return TakeResponse<Response>(version, frame);
}

// --- Topics ---

absl::Status KafkaClient::CreateStream(std::string_view name) {
  UseStream(name);
  kafka::CreateTopicsRequest request;
  request.topics.push_back({.name = topic_,
                            .num_partitions = 1,
                            .replication_factor = 1,
                            .assignments = {},
                            .configs = {}});
  Buffer frame;
  auto created = Call<kafka::CreateTopicsResponse>(request, kCreateTopicsVersion, frame);
  if (!created.ok()) return created.status();
  if (created->topics.empty()) return Odd("CreateTopics");
  return Check(created->topics.front().error_code, "CreateTopics");
}

absl::Status KafkaClient::Send(absl::Span<const std::string> values) {
  const int64_t now_ms = absl::ToUnixMillis(absl::Now());
  for (const std::string& value : values) {
    RecordView record;
    record.value = value;
    record.timestamp_ms = now_ms;
    builder_.Add(record);
  }
  kafka::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = kTimeoutMs;
  auto& topic = request.topic_data.emplace_back();
  topic.name = topic_;
  topic.partition_data.emplace_back().records.parts.push_back(builder_.Build().bytes());
  sent_.push_back(static_cast<int64_t>(values.size()));
  return SendRequest(request, kProduceVersion);
}

absl::Status KafkaClient::TakeAcks(int64_t records) {
  while (records > 0 && !sent_.empty()) {
    records -= sent_.front();
    sent_.pop_front();
    Buffer frame;
    auto produced = TakeResponse<kafka::ProduceResponse>(kProduceVersion, frame);
    if (!produced.ok()) return produced.status();
    if (produced->responses.empty() || produced->responses[0].partition_responses.empty()) {
      return Odd("Produce");
    }
    const int16_t error = produced->responses[0].partition_responses[0].error_code;
    if (absl::Status s = Check(error, "Produce"); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> KafkaClient::End(int64_t which) {
  kafka::ListOffsetsRequest request;
  request.topics.push_back({.name = topic_, .partitions = {{.timestamp = which}}});
  Buffer frame;
  auto listed = Call<kafka::ListOffsetsResponse>(request, kListOffsetsVersion, frame);
  if (!listed.ok()) return listed.status();
  if (listed->topics.empty() || listed->topics[0].partitions.empty()) return Odd("ListOffsets");
  const auto& partition = listed->topics[0].partitions[0];
  if (absl::Status s = Check(partition.error_code, "ListOffsets"); !s.ok()) return s;
  return partition.offset;
}

absl::Status KafkaClient::Trim(int64_t keep) {
  auto end = End(kLatest);
  if (!end.ok()) return end.status();
  kafka::DeleteRecordsRequest request;
  request.timeout_ms = kTimeoutMs;
  request.topics.push_back(
      {.name = topic_, .partitions = {{.offset = std::max<int64_t>(0, *end - keep)}}});
  Buffer frame;
  auto deleted = Call<kafka::DeleteRecordsResponse>(request, kDeleteRecordsVersion, frame);
  if (!deleted.ok()) return deleted.status();
  if (deleted->topics.empty() || deleted->topics[0].partitions.empty()) {
    return Odd("DeleteRecords");
  }
  return Check(deleted->topics[0].partitions[0].error_code, "DeleteRecords");
}

// --- Groups ---

absl::Status KafkaClient::CreateGroup(std::string_view name, absl::Duration) {
  group_ = name;
  auto first = End(kEarliest);
  if (!first.ok()) return first.status();
  position_ = *first;
  fetched_.clear();
  return absl::OkStatus();
}

absl::Status KafkaClient::JoinGroup(std::string_view name) {
  if (absl::Status s = CreateGroup(name, absl::ZeroDuration()); !s.ok()) return s;
  kafka::OffsetFetchRequest request;
  request.group_id = group_;
  request.topics.emplace().push_back({.name = topic_, .partition_indexes = {0}});
  Buffer frame;
  auto fetched = Call<kafka::OffsetFetchResponse>(request, kOffsetFetchVersion, frame);
  if (!fetched.ok()) return fetched.status();
  if (absl::Status s = Check(fetched->error_code, "OffsetFetch"); !s.ok()) return s;
  if (fetched->topics.empty() || fetched->topics[0].partitions.empty()) return Odd("OffsetFetch");
  const int64_t committed = fetched->topics[0].partitions[0].committed_offset;
  if (committed >= 0) position_ = committed;
  return absl::OkStatus();
}

absl::Status KafkaClient::Ask(int64_t max, absl::Duration wait) {
  asked_ = max;
  fetching_ = fetched_.empty();
  if (!fetching_) return absl::OkStatus();
  kafka::FetchRequest request;
  request.max_wait_ms = static_cast<int32_t>(absl::ToInt64Milliseconds(wait));
  request.min_bytes = wait > absl::ZeroDuration() ? 1 : 0;
  request.max_bytes = kFetchBytes;
  auto& topic = request.topics.emplace_back();
  topic.topic = topic_;
  auto& partition = topic.partitions.emplace_back();
  partition.fetch_offset = position_;
  partition.partition_max_bytes = kFetchBytes;
  return SendRequest(request, kFetchVersion);
}

// Whole batches come, from the one that has the position on.
absl::Status KafkaClient::TakeRecords(const Buffer& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    auto batch = Batch::Parse(bytes.Slice(at));
    if (!batch.ok()) return at > 0 ? absl::OkStatus() : batch.status();  // the last may be cut
    at += static_cast<size_t>(batch->header().total_bytes());
    auto records = batch->Records();
    if (!records.ok()) return records.status();
    for (const Record& record : *records) {
      if (record.offset < position_) continue;
      fetched_.push_back(
          {.value = std::string(record.value.value_or("")), .ack = {}, .offset = record.offset});
    }
    position_ = std::max(position_, batch->next_offset());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Message>> KafkaClient::Take() {
  if (fetching_) {
    Buffer frame;
    auto answer = TakeResponse<kafka::FetchResponse>(kFetchVersion, frame);
    if (!answer.ok()) return answer.status();
    if (absl::Status s = Check(answer->error_code, "Fetch"); !s.ok()) return s;
    for (const auto& topic : answer->responses) {
      for (const auto& partition : topic.partitions) {
        if (absl::Status s = Check(partition.error_code, "Fetch"); !s.ok()) return s;
        for (const Buffer& part : partition.records.parts) {
          if (absl::Status s = TakeRecords(part); !s.ok()) return s;
        }
      }
    }
  }
  const auto end = fetched_.begin() + std::min<std::ptrdiff_t>(asked_, std::ssize(fetched_));
  std::vector<Message> messages(std::make_move_iterator(fetched_.begin()),
                                std::make_move_iterator(end));
  fetched_.erase(fetched_.begin(), end);
  return messages;
}

absl::Status KafkaClient::Ack(absl::Span<const Message> messages) {
  if (messages.empty()) return absl::OkStatus();
  kafka::OffsetCommitRequest request;
  request.group_id = group_;
  request.topics.emplace_back().name = topic_;
  request.topics.back().partitions.emplace_back().committed_offset = messages.back().offset + 1;
  Buffer frame;
  auto committed = Call<kafka::OffsetCommitResponse>(request, kOffsetCommitVersion, frame);
  if (!committed.ok()) return committed.status();
  if (committed->topics.empty() || committed->topics[0].partitions.empty()) {
    return Odd("OffsetCommit");
  }
  return Check(committed->topics[0].partitions[0].error_code, "OffsetCommit");
}

absl::StatusOr<std::vector<Message>> KafkaClient::TakeOver(int64_t max) {
  // Reading on from the committed position is all there is to it.
  std::vector<Message> all;
  while (static_cast<int64_t>(all.size()) < max) {
    auto more = Fetch(max - static_cast<int64_t>(all.size()), absl::ZeroDuration());
    if (!more.ok()) return more.status();
    if (more->empty()) break;
    std::move(more->begin(), more->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace braid::load
