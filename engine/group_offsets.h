// A Kafka group's committed offsets. They are kept with the streams: on each partition it has
// committed to, the group of its name and of origin Kafka, whose cursor is the offset. (Partitions
// of share groups are kept likewise: engine/share_partitions.h.)
#ifndef BRAID_ENGINE_GROUP_OFFSETS_H_
#define BRAID_ENGINE_GROUP_OFFSETS_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "engine/group.h"
#include "engine/stream.h"
#include "engine/writes.h"

namespace braid::engine {

// nullptr when the group has committed nothing there.
GroupPtr OffsetsOf(Stream& stream, std::string_view group);

// Keeps `offset`, founding the group on this partition if need be.
absl::Status CommitOffset(Stream& stream, std::string_view group, Offset offset,
                          std::string_view metadata, int32_t leader_epoch, Writes& writes);

}  // namespace braid::engine

#endif  // BRAID_ENGINE_GROUP_OFFSETS_H_
