#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "braid/batch.h"
#include "braid/error.h"
#include "engine/views.h"
#include "engine/waiter.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/fetch.h"
#include "protocol/kafka/quotas.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"
#include "storage/log.h"

namespace braid::kafka {
namespace {

constexpr int16_t kFirstZstdVersion = 10;
constexpr int16_t kFirstTopicIdVersion = 13;
constexpr int8_t kReadCommitted = 1;
// Of a session: to have one and to have none, each with everything that is wanted.
constexpr int32_t kOpeningEpoch = 0;
constexpr int32_t kClosingEpoch = -1;

using Reply = FetchResponse::Topic::Partition;

// One partition of a fetch: what was asked, and what there is.
struct Wanted {
  const FetchRequest::Topic::Partition* asked = nullptr;
  engine::StreamPtr stream;  // nullptr: `error` says why
  ErrorCode error = ErrorCode::kNone;
  std::vector<Batch> batches;
  int64_t high_watermark = -1;
  int64_t start_offset = -1;
  int64_t read_to = -1;  // behind the batches, and behind damage
  int64_t last_stable_offset = -1;
  std::vector<engine::AbortedTransaction> aborted;

  int64_t seen_end = -1;  // of the stream, before it was read
  bool held_back = false;

  // There is something new when the stream reaches past it: where the next read would begin, or,
  // where open transactions hold that back, what may be the end of one.
  int64_t position() const { return held_back ? seen_end : std::max(asked->fetch_offset, read_to); }
};

class Fetch {
 public:
  Fetch(Request& request, const FetchRequest& asked) : request_(request), asked_(asked) {
    const bool by_id = request.version() >= kFirstTopicIdVersion;
    for (const auto& topic : asked.topics) {
      const TopicKey key{topic.topic, topic.topic_id, by_id};
      const engine::TopicPtr found = key.Find(request.catalog());
      for (const auto& partition : topic.partitions) wanted_.push_back(Want(found, key, partition));
    }
  }

  // Reads every partition anew. True when that is answer enough: min_bytes are there, or an error.
  bool Read() {
    int64_t room = std::min(asked_.max_bytes, request_.service().options().max_fetch_bytes);
    // No more than the client's quota lets through in one go: it would wait for it for ever.
    const std::optional<double> burst =
        request_.service().quotas().Burst(kConsumerByteRate, Request::user(), request_.client_id());
    if (burst) room = static_cast<int64_t>(std::min(static_cast<double>(room), *burst));
    room_ = room;
    int64_t bytes = 0;
    bool failed = false;
    for (Wanted& wanted : wanted_) {
      if (wanted.stream != nullptr) {
        const int64_t got = Read(wanted, room, /*first=*/bytes == 0);
        bytes += got;
        room -= got;
      }
      failed = failed || wanted.error != ErrorCode::kNone;
    }
    return failed || wanted_.empty() || bytes >= asked_.min_bytes;
  }

  // Wakes `waiter` when a partition has more than was read.
  void Wait(const engine::WaiterPtr& waiter) {
    for (const Wanted& wanted : wanted_) {
      if (wanted.stream != nullptr) wanted.stream->Wait(wanted.position(), waiter);
    }
  }

  // Of records read.
  int64_t bytes() const {
    int64_t bytes = 0;
    for (const Wanted& wanted : wanted_) {
      for (const Batch& batch : wanted.batches) bytes += batch.header().total_bytes();
    }
    return bytes;
  }
  // One batch is more than may be read in one go: it is read all the same, and paid for after.
  bool exceeds_burst() const { return bytes() > room_; }
  // Answers without any: the client asks for them again.
  void DropRecords() {
    for (Wanted& wanted : wanted_) wanted.batches.clear();
  }

  FetchResponse Answer() {
    FetchResponse reply;
    reply.responses.reserve(asked_.topics.size());
    auto wanted = wanted_.begin();
    for (const auto& topic : asked_.topics) {
      auto& replied = reply.responses.emplace_back();
      replied.topic = topic.topic;
      replied.topic_id = topic.topic_id;
      replied.partitions.reserve(topic.partitions.size());
      for (size_t i = 0; i < topic.partitions.size(); ++i) {
        replied.partitions.push_back(Answer(*wanted++));
      }
    }
    return reply;
  }

 private:
  static Wanted Want(const engine::TopicPtr& topic, const TopicKey& key,
                     const FetchRequest::Topic::Partition& asked) {
    Wanted wanted;
    wanted.asked = &asked;
    wanted.stream = PartitionOf(topic, asked.partition);
    if (wanted.stream == nullptr) {
      wanted.error = topic == nullptr ? key.missing() : ErrorCode::kUnknownTopicOrPartition;
    } else if (asked.current_leader_epoch > kLeaderEpoch) {
      wanted.stream = nullptr;
      wanted.error = ErrorCode::kUnknownLeaderEpoch;
    }
    return wanted;
  }

  // Reads one partition within `room` bytes; the first one that has anything gives a whole batch,
  // however long. Returns the bytes read.
  int64_t Read(Wanted& wanted, int64_t room, bool first) {
    wanted.batches.clear();
    const int64_t limit = std::min<int64_t>(room, wanted.asked->partition_max_bytes);
    storage::ReadLimits limits;
    limits.max_bytes = std::max<int64_t>(0, limit);
    limits.at_least_one = first;
    wanted.seen_end = wanted.stream->next_offset();
    absl::StatusOr<storage::LogRead> read = ReadBatches(wanted, limits);
    wanted.start_offset = wanted.stream->start_offset();
    if (!read.ok()) {
      wanted.error = ErrorOf(read.status());
      return 0;
    }
    wanted.batches = std::move(read->batches);
    wanted.read_to = read->next_offset;
    wanted.high_watermark = wanted.stream->next_offset();
    int64_t bytes = 0;
    for (const Batch& batch : wanted.batches) {
      bytes += static_cast<int64_t>(batch.bytes().size());
      const BatchHeader& header = batch.header();
      if (header.codec() == Codec::kZstd && header.origin() == Origin::kKafka &&
          request_.version() < kFirstZstdVersion) {
        wanted.error = ErrorCode::kUnsupportedCompressionType;
      }
    }
    return bytes;
  }

  absl::StatusOr<storage::LogRead> ReadBatches(Wanted& wanted, const storage::ReadLimits& limits) {
    const Offset from = wanted.asked->fetch_offset;
    if (asked_.isolation_level != kReadCommitted) {
      auto read = wanted.stream->ReadBatches(from, limits);
      wanted.last_stable_offset = wanted.stream->last_stable_offset();
      return read;
    }
    auto committed = wanted.stream->ReadCommitted(from, limits);
    if (!committed.ok()) return committed.status();
    wanted.last_stable_offset = committed->last_stable_offset;
    wanted.held_back = wanted.last_stable_offset < wanted.seen_end;
    wanted.aborted = std::move(committed->aborted);
    return std::move(committed->read);
  }

  Reply Answer(Wanted& wanted) {
    Reply reply;
    reply.partition_index = wanted.asked->partition;
    reply.log_start_offset = wanted.start_offset;
    if (wanted.error == ErrorCode::kNone) Fill(wanted, reply);
    reply.error_code = Wire(wanted.error);
    return reply;
  }

  void Fill(Wanted& wanted, Reply& reply) {
    for (Batch& batch : wanted.batches) {
      absl::StatusOr<Batch> rendered = engine::RenderForKafka(std::move(batch));
      if (!rendered.ok()) {
        wanted.error = ErrorOf(rendered.status());
        reply.records.parts.clear();
        return;
      }
      reply.records.Append(rendered->bytes());
    }
    reply.high_watermark = wanted.high_watermark;
    reply.last_stable_offset = wanted.last_stable_offset;
    if (asked_.isolation_level != kReadCommitted) return;
    auto& aborted = reply.aborted_transactions.emplace();
    for (const engine::AbortedTransaction& transaction : wanted.aborted) {
      aborted.push_back({transaction.producer_id, transaction.first_offset});
    }
  }

  Request& request_;
  const FetchRequest& asked_;
  absl::InlinedVector<Wanted, 1> wanted_;
  int64_t room_ = 0;  // bytes of records that may be read at once
};

}  // namespace

net::asio::awaitable<void> ServeFetch(Request& request) {
  const auto asked = request.Read<FetchRequest>();
  if (!asked) co_return;
  if (asked->session_epoch != kOpeningEpoch && asked->session_epoch != kClosingEpoch) {
    // It goes on with a session, and none was ever given out: every answer says session 0, which is
    // "no session".
    FetchResponse reply;
    reply.error_code = Wire(ErrorCode::kFetchSessionIdNotFound);
    request.Reply(reply);
    co_return;
  }
  Fetch fetch(request, *asked);
  const absl::Time deadline = request.catalog().Now() + absl::Milliseconds(asked->max_wait_ms);
  const std::function<void(engine::WaiterPtr)> arm = [&fetch](const engine::WaiterPtr& waiter) {
    fetch.Wait(waiter);
  };
  while (!fetch.Read() && request.catalog().Now() < deadline) {
    const net::WakeReason reason = co_await request.connection().Wait(deadline, arm);
    if (reason == net::WakeReason::kClosed) break;
  }
  const auto bytes = static_cast<double>(fetch.bytes());
  const absl::Duration pause = request.Charge(kConsumerByteRate, bytes);
  if (pause > absl::ZeroDuration() && !fetch.exceeds_burst()) {
    request.Charge(kConsumerByteRate, -bytes);
    fetch.DropRecords();
  }
  request.Reply(fetch.Answer());
}

}  // namespace braid::kafka
