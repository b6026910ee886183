// What a client learns of the cluster: one broker, and the topics it leads.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/describe_cluster.h"
#include "protocol/kafka/messages/describe_topic_partitions.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/operations.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

constexpr int8_t kBrokerEndpoints = 1;
constexpr int8_t kControllerEndpoints = 2;

// Fills a partition of either message: everything is led by this broker, which is all its replicas.
template <class Partition>
Partition PartitionOf(int32_t index, int32_t node_id) {
  Partition partition;
  partition.partition_index = index;
  partition.leader_id = node_id;
  partition.leader_epoch = kLeaderEpoch;
  partition.replica_nodes.push_back(node_id);
  partition.isr_nodes.push_back(node_id);
  return partition;
}

using TopicReply = MetadataResponse::Topic;

class Metadata {
 public:
  Metadata(Request& request, const MetadataRequest& asked) : request_(request), asked_(asked) {}

  MetadataResponse Answer() {
    MetadataResponse reply;
    const Options& options = request_.service().options();
    const BrokerAddress address = BrokerAddress::Of(request_);
    reply.brokers.push_back({options.node_id, address.host, address.port, std::nullopt});
    reply.cluster_id = request_.service().cluster_id();
    reply.controller_id = options.node_id;
    if (asked_.include_cluster_authorized_operations) {
      reply.cluster_authorized_operations = kClusterOperations;
    }
    if (AsksForAll()) {
      for (const engine::TopicPtr& topic : request_.catalog().Topics()) {
        reply.topics.push_back(Describe(*topic, request_.Keep(NameOf(*topic))));
      }
    } else {
      Mentions<std::pair<std::string_view, Uuid>> mentions;
      for (const auto& topic : *asked_.topics) {
        if (!mentions.IsNew({topic.name.value_or(""), topic.topic_id})) continue;
        reply.topics.push_back(Describe(topic));
      }
    }
    return reply;
  }

 private:
  bool AsksForAll() const {
    return !asked_.topics || (request_.version() == 0 && asked_.topics->empty());
  }

  TopicReply Describe(const engine::Topic& topic, std::string_view name) {
    TopicReply reply;
    reply.name = name;
    reply.topic_id = topic.uuid;
    if (asked_.include_topic_authorized_operations) {
      reply.topic_authorized_operations = kTopicOperations;
    }
    const auto count = static_cast<int32_t>(topic.partitions.size());
    reply.partitions.reserve(topic.partitions.size());
    for (int32_t i = 0; i < count; ++i) {
      reply.partitions.push_back(
          PartitionOf<TopicReply::Partition>(i, request_.service().options().node_id));
    }
    return reply;
  }

  TopicReply Describe(const MetadataRequest::Topic& asked) {
    // Java's client leaves the name empty beside an id, others leave it out.
    const bool by_id = !asked.name || (asked.name->empty() && asked.topic_id != Uuid{});
    const TopicKey key{asked.name.value_or(std::string_view()), asked.topic_id, by_id};
    const engine::TopicPtr topic = key.Find(request_.catalog());
    if (topic != nullptr) {
      return Describe(*topic, by_id ? request_.Keep(NameOf(*topic)) : key.name);
    }
    return by_id ? Missing(key, key.missing()) : CreateOrRefuse(key);
  }

  TopicReply Missing(const TopicKey& key, ErrorCode error) {
    TopicReply reply;
    reply.error_code = Wire(error);
    if (!key.by_id) reply.name = key.name;
    reply.topic_id = key.id;
    return reply;
  }

  TopicReply CreateOrRefuse(const TopicKey& key) {
    if (absl::Status s = CheckNewName(key.name); !s.ok()) return Missing(key, ErrorOf(s));
    const Options& options = request_.service().options();
    if (!options.auto_create_topics || !asked_.allow_auto_topic_creation) {
      return Missing(key, ErrorCode::kUnknownTopicOrPartition);
    }
    if (absl::Status s = CheckCollision(request_.catalog(), key.name); !s.ok()) {
      return Missing(key, ErrorOf(s));
    }
    StreamOptions settings;
    request_.service().configs().SetUp({}, settings);  // no settings, so no wrong ones
    absl::StatusOr<engine::TopicPtr> topic =
        CreateTopic(request_.catalog(), key.name, options.default_partitions, std::move(settings),
                    request_.writes());
    if (CodeOf(topic.status()) == Errc::kStreamExists) {
      // Somebody else was faster.
      if (engine::TopicPtr found = key.Find(request_.catalog())) topic = std::move(found);
    }
    if (!topic.ok()) return Missing(key, ErrorOf(topic.status()));
    return Describe(**topic, key.name);
  }

  Request& request_;
  const MetadataRequest& asked_;
};

// Pages through topics by name.
class TopicPages {
 public:
  TopicPages(Request& request, const DescribeTopicPartitionsRequest& asked)
      : request_(request),
        room_(std::clamp(asked.response_partition_limit, 1, kMostPartitions)),
        first_partition_(asked.cursor ? std::max(0, asked.cursor->partition_index) : 0) {
    if (asked.topics.empty()) {
      for (const engine::TopicPtr& topic : request.catalog().Topics()) {
        names_.push_back(request.Keep(NameOf(*topic)));
      }
    } else {
      for (const auto& topic : asked.topics) names_.push_back(topic.name);
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    if (asked.cursor) Skip(asked.cursor->topic_name);
  }

  DescribeTopicPartitionsResponse Answer() {
    DescribeTopicPartitionsResponse reply;
    for (const std::string_view name : names_) {
      const engine::TopicPtr topic = FindTopic(request_.catalog(), name);
      const auto count = topic == nullptr ? 0 : static_cast<int32_t>(topic->partitions.size());
      const int32_t first = std::min(std::exchange(first_partition_, 0), count);
      if (room_ == 0) {
        reply.next_cursor = TopicCursor{name, first};
        break;
      }
      const int32_t end = std::min(count, first + room_);
      reply.topics.push_back(Describe(topic, name, first, end));
      room_ -= end - first;
      if (end < count) {
        reply.next_cursor = TopicCursor{name, end};
        break;
      }
    }
    return reply;
  }

 private:
  static constexpr int32_t kMostPartitions = 2'000;
  using Topic = DescribeTopicPartitionsResponse::Topic;

  void Skip(std::string_view until) {
    const auto begin = std::lower_bound(names_.begin(), names_.end(), until);
    if (begin == names_.end() || *begin != until) first_partition_ = 0;
    names_.erase(names_.begin(), begin);
  }

  Topic Describe(const engine::TopicPtr& topic, std::string_view name, int32_t first, int32_t end) {
    Topic reply;
    reply.name = name;
    if (topic == nullptr) {
      reply.error_code = Wire(CheckNewName(name).ok() ? ErrorCode::kUnknownTopicOrPartition
                                                      : ErrorCode::kInvalidTopic);
      return reply;
    }
    reply.topic_id = topic->uuid;
    reply.topic_authorized_operations = kTopicOperations;
    for (int32_t i = first; i < end; ++i) {
      auto& partition = reply.partitions.emplace_back(
          PartitionOf<Topic::Partition>(i, request_.service().options().node_id));
      partition.eligible_leader_replicas.emplace();
      partition.last_known_elr.emplace();
    }
    return reply;
  }

  Request& request_;
  int32_t room_;
  int32_t first_partition_;
  std::vector<std::string_view> names_;
};

}  // namespace

void ServeMetadata(Request& request) {
  const auto asked = request.Read<MetadataRequest>();
  if (!asked) return;
  request.Reply(Metadata(request, *asked).Answer());
}

void ServeDescribeCluster(Request& request) {
  const auto asked = request.Read<DescribeClusterRequest>();
  if (!asked) return;
  DescribeClusterResponse reply;
  reply.endpoint_type = asked->endpoint_type;
  reply.cluster_id = request.service().cluster_id();
  if (asked->endpoint_type == kBrokerEndpoints) {
    const int32_t node_id = request.service().options().node_id;
    const BrokerAddress address = BrokerAddress::Of(request);
    reply.controller_id = node_id;
    reply.brokers.push_back({node_id, address.host, address.port, std::nullopt, false});
    if (asked->include_cluster_authorized_operations) {
      reply.cluster_authorized_operations = kClusterOperations;
    }
  } else {
    const bool known = asked->endpoint_type == kControllerEndpoints;
    reply.error_code =
        Wire(known ? ErrorCode::kMismatchedEndpointType : ErrorCode::kUnsupportedEndpointType);
    reply.error_message = "this listener speaks for the broker";
  }
  request.Reply(reply);
}

void ServeDescribeTopicPartitions(Request& request) {
  const auto asked = request.Read<DescribeTopicPartitionsRequest>();
  if (!asked) return;
  request.Reply(TopicPages(request, *asked).Answer());
}

}  // namespace braid::kafka
