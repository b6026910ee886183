#include "engine/group_offsets.h"

#include <utility>

#include "braid/error.h"
#include "braid/options.h"

namespace braid::engine {

GroupPtr OffsetsOf(Stream& stream, std::string_view group) {
  GroupPtr found = stream.FindGroup(Origin::kKafka, group);
  return found != nullptr && !found->shared() ? found : nullptr;
}

absl::Status CommitOffset(Stream& stream, std::string_view group, Offset offset,
                          std::string_view metadata, int32_t leader_epoch, Writes& writes) {
  GroupPtr kept = OffsetsOf(stream, group);
  if (kept == nullptr) {
    GroupOptions options;
    options.owner = Origin::kKafka;
    options.start = StartAt::kOffset;
    options.start_offset = offset;
    absl::StatusOr<GroupPtr> founded = stream.CreateGroup(group, options, writes);
    if (founded.ok()) {
      kept = *std::move(founded);
    } else if (CodeOf(founded.status()) == Errc::kGroupExists) {
      kept = OffsetsOf(stream, group);  // another connection was faster
    } else {
      return founded.status();
    }
    if (kept == nullptr)
      return MakeError(Errc::kGroupNotFound, "the group shares, or was just deleted");
  }
  return kept->Commit(offset, metadata, leader_epoch, writes);
}

}  // namespace braid::engine
