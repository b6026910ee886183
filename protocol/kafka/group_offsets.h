// A Kafka group's committed offsets. They are kept with the streams: on each partition it has
// committed to, the group of its name and of origin Kafka, whose cursor is the offset.
#ifndef BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/writes.h"

namespace braid::kafka {

// Keeps `offset`, founding the group on this partition if need be.
absl::Status CommitOffset(engine::Stream& stream, std::string_view group, Offset offset,
                          std::string_view metadata, int32_t leader_epoch, engine::Writes& writes);

// nullptr when the group has committed nothing there.
engine::GroupPtr OffsetsOf(engine::Stream& stream, std::string_view group);

bool HasOffsets(engine::Catalog& catalog, std::string_view group);
// False when there were none.
absl::StatusOr<bool> DeleteOffsets(engine::Catalog& catalog, std::string_view group,
                                   engine::Writes& writes);
// Every group that has committed something.
std::set<std::string> GroupsWithOffsets(engine::Catalog& catalog);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_
