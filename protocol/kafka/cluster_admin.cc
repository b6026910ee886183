// The cluster's own state: its quorum, which is this broker, and the levels of its features.
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/features.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/describe_quorum.h"
#include "protocol/kafka/messages/update_features.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr std::string_view kMetadataTopic = "__cluster_metadata";
constexpr int16_t kFirstDowngradeType = 1;  // of UpdateFeatures: before it there is a flag
constexpr int16_t kFirstOnlyTopLevelError = 2;

using QuorumPartition = DescribeQuorumResponse::Topic::Partition;

QuorumPartition QuorumOf(Request& request, std::string_view topic, int32_t index) {
  QuorumPartition partition;
  partition.partition_index = index;
  if (topic != kMetadataTopic || index != 0) {
    partition.error_code = Wire(ErrorCode::kUnknownTopicOrPartition);
    return partition;
  }
  const int32_t node_id = request.service().options().node_id;
  const int64_t now_ms = request.catalog().NowMs();
  partition.leader_id = node_id;
  partition.leader_epoch = kLeaderEpoch;
  partition.high_watermark = static_cast<int64_t>(request.catalog().topics_version());
  partition.current_voters.push_back({.replica_id = node_id,
                                      .log_end_offset = partition.high_watermark,
                                      .last_fetch_timestamp = now_ms,
                                      .last_caught_up_timestamp = now_ms});
  return partition;
}

FeatureUpgrade KindOf(const UpdateFeaturesRequest::Update& update, int16_t version) {
  if (version >= kFirstDowngradeType) return static_cast<FeatureUpgrade>(update.upgrade_type);
  return update.allow_downgrade ? FeatureUpgrade::kSafeDowngrade : FeatureUpgrade::kUpgrade;
}

}  // namespace

void ServeDescribeQuorum(Request& request) {
  const auto asked = request.Read<DescribeQuorumRequest>();
  if (!asked) return;
  DescribeQuorumResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      replied.partitions.push_back(QuorumOf(request, topic.topic_name, partition.partition_index));
    }
  }
  const BrokerAddress address = BrokerAddress::Of(request);
  auto& node = reply.nodes.emplace_back();
  node.node_id = request.service().options().node_id;
  node.listeners.push_back(
      {"PLAINTEXT", request.Keep(std::string(address.host)), static_cast<uint16_t>(address.port)});
  request.Reply(reply);
}

// All updates or none.
void ServeUpdateFeatures(Request& request) {
  const auto asked = request.Read<UpdateFeaturesRequest>();
  if (!asked) return;
  UpdateFeaturesResponse reply;
  const auto update_all = [&](bool validate_only) {
    for (const auto& update : asked->feature_updates) {
      Refusal refusal = request.service().features().Update(
          update.feature, update.max_version_level, KindOf(update, request.version()),
          validate_only, request.writes());
      if (!refusal.ok()) return refusal;
    }
    return Refusal();
  };
  Refusal refusal = update_all(/*validate_only=*/true);
  if (refusal.ok() && !asked->validate_only) refusal = update_all(/*validate_only=*/false);
  reply.error_code = Wire(refusal.code);
  if (!refusal.ok()) reply.error_message = request.Keep(std::move(refusal.message));
  if (request.version() < kFirstOnlyTopLevelError && refusal.ok()) {
    for (const auto& update : asked->feature_updates) {
      reply.results.push_back({update.feature, 0, std::nullopt});
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
