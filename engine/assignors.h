// How a broker shares partitions among the members of a consumer group. Pure functions: the same
// question always has the same answer.
#ifndef BRAID_ENGINE_ASSIGNORS_H_
#define BRAID_ENGINE_ASSIGNORS_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "engine/partitions.h"

namespace braid::engine {

struct Subscriber {
  std::string id;
  std::set<TopicId> topics;
  PartitionSet current;  // what it was given last time
};

// Every subscriber has an entry, and every partition that anybody subscribes to is in one of them.
using Shares = std::map<std::string, PartitionSet, std::less<>>;

// Balanced: no series of hand-overs between subscribers of the same topics would bring two shares
// that differ by more than one closer together. And sticky: nothing moves that need not.
Shares AssignUniform(const std::vector<Subscriber>& subscribers, const TopicSizes& topics);

// Of each topic, each of its subscribers in their order has a run of neighbouring partitions; the
// first ones have one more where they do not divide. So topics with as many partitions and the same
// subscribers are cut at the same places.
Shares AssignRange(const std::vector<Subscriber>& subscribers, const TopicSizes& topics);

struct Assignor {
  std::string_view name;
  Shares (*assign)(const std::vector<Subscriber>& subscribers, const TopicSizes& topics);
};

// The first is the one for who has no wish.
absl::Span<const Assignor> Assignors();
// nullptr when there is none of this name.
const Assignor* FindAssignor(std::string_view name);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_ASSIGNORS_H_
