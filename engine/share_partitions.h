// The partitions of a Kafka share group. They are kept with the streams, as committed offsets are
// (engine/group_offsets.h): on each partition that it reads, the group of its name and of origin
// Kafka, which has an ack wait.
#ifndef BRAID_ENGINE_SHARE_PARTITIONS_H_
#define BRAID_ENGINE_SHARE_PARTITIONS_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "braid/options.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "engine/writes.h"

namespace braid::engine {

class Catalog;

struct SharePolicy {
  absl::Duration lock = absl::Seconds(30);  // a record that is acquired comes back after this
  int64_t max_deliveries = 5;
  int64_t max_locks = 2000;  // records that are out, of one partition
  // Where a partition begins that the group has not read from; a `past` that is not zero: at the
  // first record that is no older.
  StartAt start = StartAt::kLatest;
  absl::Duration past = absl::ZeroDuration();
};

// nullptr when the group has not read from there.
GroupPtr SharePartitionOf(Stream& stream, std::string_view group);

// The same, made as `policy` says if need be, and going by it from now on. kGroupExists when the
// name belongs to a group that commits offsets.
absl::StatusOr<GroupPtr> EnsureSharePartition(Stream& stream, std::string_view group,
                                              const SharePolicy& policy, Writes& writes);

// Every share group that has read from a partition.
std::set<std::string> GroupsThatShare(Catalog& catalog);
// Forgets all its partitions.
absl::Status DeleteSharePartitions(Catalog& catalog, std::string_view group, Writes& writes);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_SHARE_PARTITIONS_H_
