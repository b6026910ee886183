// Partitions of topics, as the members of a consumer group share them out.
#ifndef BRAID_ENGINE_PARTITIONS_H_
#define BRAID_ENGINE_PARTITIONS_H_

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>

namespace braid::engine {

using TopicId = std::array<uint8_t, 16>;  // Topic::uuid: a re-created topic has another

struct TopicPartition {
  TopicId topic{};
  int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

using PartitionSet = std::set<TopicPartition>;
using TopicSizes = std::map<TopicId, int32_t>;  // -> number of partitions

}  // namespace braid::engine

#endif  // BRAID_ENGINE_PARTITIONS_H_
