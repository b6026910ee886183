#include "protocol/kafka/group_offsets.h"

#include <utility>

#include "braid/options.h"

namespace braid::kafka {

bool HasOffsets(engine::Catalog& catalog, std::string_view group) {
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (OffsetsOf(*stream, group) != nullptr) return true;
    }
  }
  return false;
}

bool MayHaveHadMembers(engine::Catalog& catalog, std::string_view group) {
  return catalog.reopened() || HasOffsets(catalog, group);
}

absl::StatusOr<bool> DeleteOffsets(engine::Catalog& catalog, std::string_view group,
                                   engine::Writes& writes) {
  bool any = false;
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (OffsetsOf(*stream, group) == nullptr) continue;
      const absl::StatusOr<bool> deleted = stream->DeleteGroup(Origin::kKafka, group, writes);
      if (!deleted.ok()) return deleted.status();
      any = any || *deleted;
    }
  }
  return any;
}

std::set<std::string> GroupsWithOffsets(engine::Catalog& catalog) {
  std::set<std::string> groups;
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      for (const engine::GroupPtr& group : stream->Groups(Origin::kKafka)) {
        if (!group->shared()) groups.insert(group->name());
      }
    }
  }
  return groups;
}

}  // namespace braid::kafka
