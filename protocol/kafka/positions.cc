// Where things lie in a partition: offsets by time, its ends, its one epoch; and moving its start.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/delete_records.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/offset_for_leader_epoch.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using ListReply = ListOffsetsResponse::Topic::Partition;

// Timestamps that are no times, and the first version that knows each.
constexpr int64_t kLatest = -1;
constexpr int64_t kEarliest = -2;
constexpr int64_t kMaxTimestamp = -3;
constexpr int64_t kEarliestLocal = -4;
constexpr int64_t kLatestTiered = -5;
constexpr int64_t kEarliestPendingUpload = -6;
constexpr int8_t kReadCommitted = 1;

bool KnowsTimestamp(int64_t timestamp, int16_t version) {
  switch (timestamp) {
    case kMaxTimestamp:
      return version >= 7;
    case kEarliestLocal:
      return version >= 8;
    case kLatestTiered:
      return version >= 9;
    case kEarliestPendingUpload:
      return version >= 11;
    default:
      return timestamp >= kEarliest;
  }
}

ErrorCode CheckEpoch(int32_t current_leader_epoch) {
  if (current_leader_epoch > kLeaderEpoch) return ErrorCode::kUnknownLeaderEpoch;
  const bool older = current_leader_epoch < kLeaderEpoch && current_leader_epoch != kNoLeaderEpoch;
  return older ? ErrorCode::kFencedLeaderEpoch : ErrorCode::kNone;
}

using Found = absl::StatusOr<std::optional<engine::Stream::OffsetAndTime>>;

// The first record with the largest timestamp. Looks up times until it has the largest that is
// answered; where timestamps only grow, the last record's is that one, at once.
Found FindMaxTimestamp(engine::Stream& stream) {
  const engine::StreamState state = stream.State();
  if (state.records == 0) return std::nullopt;
  Found best = stream.FindTime(state.last_timestamp_ms);
  if (!best.ok() || !*best) return best;
  // Doubling steps up, then halving: `low` is answered, `high` is not.
  constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t low = (*best)->timestamp_ms;
  int64_t high = kNever;
  for (int64_t step = 1; low < high - 1;) {
    const bool climbing = high == kNever && step <= kNever / 2 - std::max<int64_t>(low, 0);
    const int64_t probe = climbing ? low + step : low + (high - low) / 2;
    Found found = stream.FindTime(probe);
    if (!found.ok()) return found;
    if (*found) {
      low = (*found)->timestamp_ms;
      best = std::move(found);
      step *= 2;
    } else {
      high = probe;
    }
  }
  return best;
}

// `committed`: as a reader of what is committed sees it.
void List(engine::Stream& stream, int64_t timestamp, bool committed, ListReply& reply) {
  reply.leader_epoch = kLeaderEpoch;
  switch (timestamp) {
    case kLatest:
      reply.offset = committed ? stream.last_stable_offset() : stream.next_offset();
      return;
    case kEarliest:
    case kEarliestLocal:
      reply.offset = stream.start_offset();
      return;
    case kLatestTiered:
    case kEarliestPendingUpload:
      reply.leader_epoch = -1;  // nothing is tiered
      return;
    default:
      break;
  }
  const Found found =
      timestamp == kMaxTimestamp ? FindMaxTimestamp(stream) : stream.FindTime(timestamp);
  if (!found.ok()) {
    reply.error_code = Wire(ErrorOf(found.status()));
  } else if (*found && !(committed && (*found)->offset >= stream.last_stable_offset())) {
    reply.offset = (*found)->offset;
    reply.timestamp = (*found)->timestamp_ms;
  } else {
    reply.leader_epoch = -1;
  }
}

ListReply List(const engine::TopicPtr& topic, int16_t version, bool committed,
               const ListOffsetsRequest::Topic::Partition& asked) {
  ListReply reply;
  reply.partition_index = asked.partition_index;
  const engine::StreamPtr stream = PartitionOf(topic, asked.partition_index);
  ErrorCode error = CheckEpoch(asked.current_leader_epoch);
  if (stream == nullptr) error = ErrorCode::kUnknownTopicOrPartition;
  if (!KnowsTimestamp(asked.timestamp, version)) error = ErrorCode::kUnsupportedVersion;
  reply.error_code = Wire(error);
  if (error == ErrorCode::kNone) List(*stream, asked.timestamp, committed, reply);
  return reply;
}

}  // namespace

void ServeListOffsets(Request& request) {
  const auto asked = request.Read<ListOffsetsRequest>();
  if (!asked) return;
  ListOffsetsResponse reply;
  std::set<std::pair<std::string_view, int32_t>> seen;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    for (const auto& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      if (seen.emplace(topic.name, partition.partition_index).second) {
        answer =
            List(found, request.version(), asked->isolation_level == kReadCommitted, partition);
      } else {
        answer.partition_index = partition.partition_index;
        answer.error_code = Wire(ErrorCode::kInvalidRequest);
      }
    }
  }
  request.Reply(reply);
}

void ServeOffsetForLeaderEpoch(Request& request) {
  const auto asked = request.Read<OffsetForLeaderEpochRequest>();
  if (!asked) return;
  OffsetForLeaderEpochResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.topic = topic.topic;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic);
    for (const auto& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      answer.partition = partition.partition;
      const engine::StreamPtr stream = PartitionOf(found, partition.partition);
      const ErrorCode error = stream == nullptr ? ErrorCode::kUnknownTopicOrPartition
                                                : CheckEpoch(partition.current_leader_epoch);
      answer.error_code = Wire(error);
      // The one epoch ends where the log does; of any other nothing is known.
      if (error == ErrorCode::kNone && partition.leader_epoch == kLeaderEpoch) {
        answer.leader_epoch = kLeaderEpoch;
        answer.end_offset = stream->next_offset();
      }
    }
  }
  request.Reply(reply);
}

namespace {

// Nothing but compaction may take records out of such a topic.
bool CompactsOnly(Request& request, const engine::Topic& topic) {
  const StreamOptions options = topic.partitions.front()->options();
  if (!options.compact) return false;
  const std::vector<Config> configs = request.service().configs().DescribeTopic(options);
  const auto policy = std::find_if(configs.begin(), configs.end(), [](const Config& config) {
    return config.name == "cleanup.policy";
  });
  if (policy == configs.end()) return false;
  const std::vector<std::string> words = ListOf(policy->value());
  return std::find(words.begin(), words.end(), "delete") == words.end();
}

}  // namespace

void ServeDeleteRecords(Request& request) {
  const auto asked = request.Read<DeleteRecordsRequest>();
  if (!asked) return;
  DeleteRecordsResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    const bool compacts_only = found != nullptr && CompactsOnly(request, *found);
    for (const auto& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      const engine::StreamPtr stream = PartitionOf(found, partition.partition_index);
      if (stream == nullptr) {
        answer.error_code = Wire(ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      if (compacts_only) {
        answer.error_code = Wire(ErrorCode::kPolicyViolation);
        continue;
      }
      const Offset end = stream->next_offset();
      const Offset start = partition.offset == -1 ? end : partition.offset;
      if (start < 0 || start > end) {
        answer.error_code = Wire(ErrorCode::kOffsetOutOfRange);
        continue;
      }
      const auto trimmed = stream->TrimTo(start, request.writes());
      answer.error_code = Wire(ErrorOf(trimmed.status()));
      if (trimmed.ok()) answer.low_watermark = stream->start_offset();
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
