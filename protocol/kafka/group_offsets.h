// A Kafka group's committed offsets, over all partitions; engine/group_offsets.h has those of one.
#ifndef BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_
#define BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "engine/catalog.h"
#include "engine/group.h"
#include "engine/group_offsets.h"
#include "engine/writes.h"

namespace braid::kafka {

using engine::CommitOffset;
using engine::OffsetsOf;

bool HasOffsets(engine::Catalog& catalog, std::string_view group);
// Of a group that has no members: it may have had some that still take themselves for members. It
// has committed something, or it was there before a restart, which members do not outlive.
bool MayHaveHadMembers(engine::Catalog& catalog, std::string_view group);
// False when there were none.
absl::StatusOr<bool> DeleteOffsets(engine::Catalog& catalog, std::string_view group,
                                   engine::Writes& writes);
// Every group that has committed something.
std::set<std::string> GroupsWithOffsets(engine::Catalog& catalog);

}  // namespace braid::kafka

#endif  // BRAID_PROTOCOL_KAFKA_GROUP_OFFSETS_H_
