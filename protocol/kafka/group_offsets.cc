#include "protocol/kafka/group_offsets.h"

#include <utility>

#include "braid/error.h"
#include "braid/options.h"

namespace braid::kafka {

engine::GroupPtr OffsetsOf(engine::Stream& stream, std::string_view group) {
  return stream.FindGroup(Origin::kKafka, group);
}

absl::Status CommitOffset(engine::Stream& stream, std::string_view group, Offset offset,
                          std::string_view metadata, int32_t leader_epoch, engine::Writes& writes) {
  engine::GroupPtr kept = OffsetsOf(stream, group);
  if (kept == nullptr) {
    GroupOptions options;
    options.owner = Origin::kKafka;
    options.start = StartAt::kOffset;
    options.start_offset = offset;
    absl::StatusOr<engine::GroupPtr> founded = stream.CreateGroup(group, options, writes);
    if (founded.ok()) {
      kept = *std::move(founded);
    } else if (CodeOf(founded.status()) == Errc::kGroupExists) {
      kept = OffsetsOf(stream, group);  // another connection was faster
    } else {
      return founded.status();
    }
    if (kept == nullptr) return MakeError(Errc::kGroupNotFound, "the group was just deleted");
  }
  return kept->Commit(offset, metadata, leader_epoch, writes);
}

bool HasOffsets(engine::Catalog& catalog, std::string_view group) {
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
      if (OffsetsOf(*stream, group) != nullptr) return true;
    }
  }
  return false;
}

absl::StatusOr<bool> DeleteOffsets(engine::Catalog& catalog, std::string_view group,
                                   engine::Writes& writes) {
  bool any = false;
  for (const engine::TopicPtr& topic : catalog.Topics()) {
    for (const engine::StreamPtr& stream : topic->partitions) {
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
        groups.insert(group->name());
      }
    }
  }
  return groups;
}

}  // namespace braid::kafka
