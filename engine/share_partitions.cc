#include "engine/share_partitions.h"

#include <utility>

#include "braid/error.h"
#include "engine/catalog.h"

namespace braid::engine {
namespace {

absl::StatusOr<GroupOptions> OptionsOf(Stream& stream, const SharePolicy& policy) {
  GroupOptions options;
  options.owner = Origin::kKafka;
  options.ack_wait = policy.lock;
  options.max_deliver = policy.max_deliveries;
  options.max_ack_pending = policy.max_locks;
  options.start = policy.start;
  if (policy.past > absl::ZeroDuration()) {
    const int64_t since = absl::ToUnixMillis(stream.catalog().Now() - policy.past);
    const auto found = stream.FindTime(since);
    if (!found.ok()) return found.status();
    options.start = *found ? StartAt::kOffset : StartAt::kLatest;
    if (*found) options.start_offset = (*found)->offset;
  }
  return options;
}

absl::Status Adapt(Group& group, const SharePolicy& policy, Writes& writes) {
  GroupOptions options = group.options();
  if (options.ack_wait == policy.lock && options.max_deliver == policy.max_deliveries &&
      options.max_ack_pending == policy.max_locks) {
    return absl::OkStatus();
  }
  options.ack_wait = policy.lock;
  options.max_deliver = policy.max_deliveries;
  options.max_ack_pending = policy.max_locks;
  return group.SetOptions(std::move(options), writes);
}

}  // namespace

GroupPtr SharePartitionOf(Stream& stream, std::string_view group) {
  GroupPtr found = stream.FindGroup(Origin::kKafka, group);
  return found != nullptr && found->shared() ? found : nullptr;
}

absl::StatusOr<GroupPtr> EnsureSharePartition(Stream& stream, std::string_view group,
                                              const SharePolicy& policy, Writes& writes) {
  GroupPtr kept = SharePartitionOf(stream, group);
  if (kept == nullptr) {
    auto options = OptionsOf(stream, policy);
    if (!options.ok()) return options.status();
    auto founded = stream.CreateGroup(group, *std::move(options), writes);
    if (founded.ok() || CodeOf(founded.status()) != Errc::kGroupExists) return founded;
    kept = SharePartitionOf(stream, group);  // another connection was faster
    if (kept == nullptr) return founded;
  }
  if (absl::Status s = Adapt(*kept, policy, writes); !s.ok()) return s;
  return kept;
}

std::set<std::string> GroupsThatShare(Catalog& catalog) {
  std::set<std::string> groups;
  for (const TopicPtr& topic : catalog.Topics()) {
    for (const StreamPtr& stream : topic->partitions) {
      for (const GroupPtr& group : stream->Groups(Origin::kKafka)) {
        if (group->shared()) groups.insert(group->name());
      }
    }
  }
  return groups;
}

absl::Status DeleteSharePartitions(Catalog& catalog, std::string_view group, Writes& writes) {
  for (const TopicPtr& topic : catalog.Topics()) {
    for (const StreamPtr& stream : topic->partitions) {
      if (SharePartitionOf(*stream, group) == nullptr) continue;
      const auto deleted = stream->DeleteGroup(Origin::kKafka, group, writes);
      if (!deleted.ok()) return deleted.status();
    }
  }
  return absl::OkStatus();
}

}  // namespace braid::engine
