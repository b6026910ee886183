// What partitions take up, and whom they remember.
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/describe_log_dirs.h"
#include "protocol/kafka/messages/describe_producers.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using DirTopic = DescribeLogDirsResponse::Result::Topic;

// `partitions`: nullopt for all.
void AddSizes(Request& request, const engine::TopicPtr& topic,
              const std::optional<std::vector<int32_t>>& partitions, std::vector<DirTopic>& out) {
  DirTopic sizes;
  const auto add = [&](int32_t index) {
    const engine::StreamPtr stream = PartitionOf(topic, index);
    if (stream != nullptr) sizes.partitions.push_back({index, stream->disk_bytes(), 0, false});
  };
  if (partitions) {
    for (const int32_t index : *partitions) add(index);
  } else {
    for (size_t i = 0; i < topic->partitions.size(); ++i) add(static_cast<int32_t>(i));
  }
  if (sizes.partitions.empty()) return;
  sizes.name = request.Keep(NameOf(*topic));
  out.push_back(std::move(sizes));
}

}  // namespace

void ServeDescribeLogDirs(Request& request) {
  const auto asked = request.Read<DescribeLogDirsRequest>();
  if (!asked) return;
  DescribeLogDirsResponse reply;
  auto& dir = reply.results.emplace_back();
  dir.log_dir = request.catalog().options().data_dir;
  if (!dir.log_dir.empty()) {
    std::error_code error;
    const std::filesystem::space_info space = std::filesystem::space(dir.log_dir, error);
    if (!error) {
      dir.total_bytes = static_cast<int64_t>(space.capacity);
      dir.usable_bytes = static_cast<int64_t>(space.available);
    }
  }
  if (asked->topics) {
    for (const auto& topic : *asked->topics) {
      const engine::TopicPtr found = FindTopic(request.catalog(), topic.topic);
      if (found != nullptr) AddSizes(request, found, topic.partitions, dir.topics);
    }
  } else {
    for (const engine::TopicPtr& topic : request.catalog().Topics()) {
      AddSizes(request, topic, std::nullopt, dir.topics);
    }
  }
  request.Reply(reply);
}

void ServeDescribeProducers(Request& request) {
  const auto asked = request.Read<DescribeProducersRequest>();
  if (!asked) return;
  DescribeProducersResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    const engine::TopicPtr found = FindTopic(request.catalog(), topic.name);
    for (const int32_t index : topic.partition_indexes) {
      auto& partition = replied.partitions.emplace_back();
      partition.partition_index = index;
      const engine::StreamPtr stream = PartitionOf(found, index);
      if (stream == nullptr) {
        partition.error_code = Wire(ErrorCode::kUnknownTopicOrPartition);
        continue;
      }
      for (const engine::ProducerState& producer : stream->ProducerStates()) {
        partition.active_producers.push_back(
            {.producer_id = producer.producer_id,
             .producer_epoch = producer.epoch,
             .last_sequence = producer.last_sequence,
             .last_timestamp = producer.last_timestamp_ms,
             .coordinator_epoch = 0,
             .current_txn_start_offset = producer.transaction_start.value_or(-1)});
      }
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
