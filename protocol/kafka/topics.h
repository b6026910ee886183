// Topics as Kafka clients name them: by a name of [A-Za-z0-9._-], which is the stream's own name
// escaped (engine/names.h), or by id.
#ifndef BRAID_PROTOCOL_KAFKA_TOPICS_H_
#define BRAID_PROTOCOL_KAFKA_TOPICS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/options.h"
#include "engine/catalog.h"
#include "engine/writes.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/fields.h"

namespace braid::kafka {

// nullptr when there is none.
engine::TopicPtr FindTopic(engine::Catalog& catalog, std::string_view name);

// As a request names one: by name, or by id in the versions that have ids.
struct TopicKey {
  std::string_view name;
  Uuid id{};
  bool by_id = false;

  engine::TopicPtr Find(engine::Catalog& catalog) const {
    return by_id ? catalog.FindTopic(id) : FindTopic(catalog, name);
  }
  ErrorCode missing() const {
    return by_id ? ErrorCode::kUnknownTopicId : ErrorCode::kUnknownTopicOrPartition;
  }
};

// nullptr when `topic` is, or has no such partition.
engine::StreamPtr PartitionOf(const engine::TopicPtr& topic, int32_t partition);

// How Kafka spells it.
std::string NameOf(const engine::Topic& topic);

// Ok for a name a topic may be created with: kInvalidName otherwise.
absl::Status CheckNewName(std::string_view name);

// Ok unless a topic of Kafka's has a name that differs only in dots and underscores, which Kafka
// does not allow: kInvalidName.
absl::Status CheckCollision(const engine::Catalog& catalog, std::string_view name);

// Creates a topic of Kafka's. Errors: those of CheckNewName and Catalog::CreateTopic.
absl::StatusOr<engine::TopicPtr> CreateTopic(engine::Catalog& catalog, std::string_view name,
                                             int partitions, StreamOptions options,
                                             engine::Writes& writes);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_TOPICS_H_
