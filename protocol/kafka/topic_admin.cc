#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "braid/error.h"
#include "protocol/kafka/configs.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/delete_topics.h"
#include "protocol/kafka/refusal.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

using NewTopic = CreateTopicsRequest::Topic;
using Created = CreateTopicsResponse::Topic;
using Deleted = DeleteTopicsResponse::Topic;

// What a request for a topic comes to, or why it is refused.
struct Plan {
  Refusal refusal;
  int partitions = 0;
  StreamOptions options = {};
};

Plan Refuse(ErrorCode error, std::string_view why) {
  Plan plan;
  plan.refusal = {error, std::string(why)};
  return plan;
}

// Partitions placed by hand: 0, 1, 2 ..., each on this broker alone.
bool IsAssignmentHere(const NewTopic& asked, int32_t node_id) {
  std::vector<int32_t> indexes;
  for (const auto& assignment : asked.assignments) {
    if (assignment.broker_ids != std::vector<int32_t>{node_id}) return false;
    indexes.push_back(assignment.partition_index);
  }
  std::sort(indexes.begin(), indexes.end());
  for (size_t i = 0; i < indexes.size(); ++i) {
    if (indexes[i] != static_cast<int32_t>(i)) return false;
  }
  return true;
}

Plan PlanPartitions(Request& request, const NewTopic& asked) {
  const Options& options = request.service().options();
  Plan plan;
  if (!asked.assignments.empty()) {
    if (asked.num_partitions != -1 || asked.replication_factor != -1) {
      return Refuse(ErrorCode::kInvalidRequest,
                    "with assignments, partitions and replication factor must be -1");
    }
    if (!IsAssignmentHere(asked, options.node_id)) {
      return Refuse(ErrorCode::kInvalidReplicaAssignment,
                    "partitions count from 0 and lie on the one broker");
    }
    plan.partitions = static_cast<int>(asked.assignments.size());
  } else {
    if (asked.num_partitions < -1 || asked.num_partitions == 0) {
      return Refuse(ErrorCode::kInvalidPartitions, "a topic has at least one partition");
    }
    if (asked.replication_factor != -1 && asked.replication_factor != 1) {
      return Refuse(ErrorCode::kInvalidReplicationFactor,
                    "there is one broker, so the replication factor is 1");
    }
    plan.partitions =
        asked.num_partitions == -1 ? options.default_partitions : asked.num_partitions;
  }
  if (plan.partitions > kMaxPartitions) {
    return Refuse(ErrorCode::kInvalidPartitions, "a topic has at most 10000 partitions");
  }
  return plan;
}

Plan PlanTopic(Request& request, const NewTopic& asked) {
  Plan plan;
  if (absl::Status s = CheckNewName(asked.name); !s.ok()) return {.refusal = RefusalOf(s)};
  if (FindTopic(request.catalog(), asked.name) != nullptr) {
    return Refuse(ErrorCode::kTopicAlreadyExists, "there is a topic of that name");
  }
  if (absl::Status s = CheckCollision(request.catalog(), asked.name); !s.ok()) {
    return {.refusal = RefusalOf(s)};
  }
  plan = PlanPartitions(request, asked);
  if (!plan.refusal.ok()) return plan;
  ConfigMap configs;
  for (const auto& config : asked.configs) {
    if (!config.value) return Refuse(ErrorCode::kInvalidConfig, "a setting needs a value");
    configs[std::string(config.name)] = *config.value;
  }
  plan.refusal = request.service().configs().SetUp(std::move(configs), plan.options);
  return plan;
}

void Describe(Request& request, const Plan& plan, Created& reply) {
  reply.num_partitions = plan.partitions;
  reply.replication_factor = 1;
  auto& configs = reply.configs.emplace();
  for (const Config& config : request.service().configs().DescribeTopic(plan.options)) {
    configs.push_back({.name = config.name,
                       .value = request.Keep(config.value()),
                       .read_only = config.read_only,
                       .config_source = static_cast<int8_t>(config.source()),
                       .is_sensitive = false});
  }
}

Created Create(Request& request, const NewTopic& asked, bool repeated, bool validate_only) {
  Created reply;
  reply.name = asked.name;
  Plan plan = repeated ? Refuse(ErrorCode::kInvalidRequest, "the topic is named twice")
                       : PlanTopic(request, asked);
  if (plan.refusal.ok() && !validate_only &&
      !request.ChargePartitions(plan.partitions, request.version() >= 6)) {
    plan.refusal = TooManyPartitions();
  }
  if (plan.refusal.ok() && !validate_only) {
    const absl::StatusOr<engine::TopicPtr> topic =
        CreateTopic(request.catalog(), asked.name, plan.partitions, plan.options, request.writes());
    if (topic.ok()) reply.topic_id = (*topic)->uuid;
    plan.refusal = RefusalOf(topic.status());
  }
  if (plan.refusal.ok()) {
    Describe(request, plan, reply);
  } else {
    reply.error_code = Wire(plan.refusal.code);
    reply.error_message = request.Keep(std::move(plan.refusal.message));
  }
  return reply;
}

// Which topics a request to delete some names more than once, whichever way: none of them is.
class Repetitions {
 public:
  Repetitions(engine::Catalog& catalog, const DeleteTopicsRequest& asked) {
    for (const std::string_view name : asked.topic_names) Count(catalog, {name, {}, false});
    for (const auto& topic : asked.topics) {
      const bool by_id = !topic.name.has_value();
      if (!by_id && topic.topic_id != Uuid{}) continue;  // refused for that
      Count(catalog, {topic.name.value_or(std::string_view()), topic.topic_id, by_id});
    }
  }
  bool contains(const engine::TopicPtr& topic) const {
    const auto times = times_.find(topic.get());
    return times != times_.end() && times->second > 1;
  }

 private:
  void Count(engine::Catalog& catalog, const TopicKey& key) {
    if (const engine::TopicPtr topic = key.Find(catalog)) ++times_[topic.get()];
  }
  std::map<const engine::Topic*, int> times_;
};

Deleted Delete(Request& request, const Repetitions& repetitions,
               std::optional<std::string_view> name, const Uuid& id) {
  Deleted reply;
  reply.name = name;
  reply.topic_id = id;
  const TopicKey key{name.value_or(std::string_view()), id, !name.has_value()};
  ErrorCode error = key.missing();
  if (!name && id == Uuid{}) {
    error = ErrorCode::kInvalidRequest;
    reply.error_message = "a topic is named or numbered";
  } else if (name && id != Uuid{}) {
    error = ErrorCode::kInvalidRequest;
    reply.error_message = "a topic is named or numbered, not both";
  } else if (const engine::TopicPtr topic = key.Find(request.catalog())) {
    reply.topic_id = topic->uuid;
    if (!name) reply.name = request.Keep(NameOf(*topic));
    if (repetitions.contains(topic)) {
      reply.error_code = Wire(ErrorCode::kInvalidRequest);
      reply.error_message = "the topic is named twice";
      return reply;
    }
    const auto partitions = static_cast<int>(topic->partitions.size());
    if (request.ChargePartitions(partitions, request.version() >= 5)) {
      error = ErrorOf(request.catalog().DeleteTopic(topic->name, request.writes()));
    } else {
      Refusal refusal = TooManyPartitions();
      error = refusal.code;
      reply.error_message = request.Keep(std::move(refusal.message));
    }
  }
  reply.error_code = Wire(error);
  return reply;
}

}  // namespace

void ServeCreateTopics(Request& request) {
  const auto asked = request.Read<CreateTopicsRequest>();
  if (!asked) return;
  std::map<std::string_view, int> times;
  for (const NewTopic& topic : asked->topics) ++times[topic.name];
  Mentions<std::string_view> mentions;
  CreateTopicsResponse reply;
  for (const NewTopic& topic : asked->topics) {
    if (!mentions.IsNew(topic.name)) continue;  // refused once
    const bool repeated = times[topic.name] > 1;
    reply.topics.push_back(Create(request, topic, repeated, asked->validate_only));
  }
  request.Reply(reply);
}

void ServeDeleteTopics(Request& request) {
  const auto asked = request.Read<DeleteTopicsRequest>();
  if (!asked) return;
  const Repetitions repetitions(request.catalog(), *asked);
  DeleteTopicsResponse reply;
  for (const std::string_view name : asked->topic_names) {
    reply.responses.push_back(Delete(request, repetitions, name, {}));
  }
  for (const auto& topic : asked->topics) {
    reply.responses.push_back(Delete(request, repetitions, topic.name, topic.topic_id));
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
