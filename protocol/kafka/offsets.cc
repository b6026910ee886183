// OffsetCommit and OffsetFetch.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "braid/error.h"
#include "engine/coordinator.h"
#include "engine/transactions.h"
#include "engine/writes.h"
#include "protocol/connection.h"
#include "protocol/kafka/group_member.h"
#include "protocol/kafka/group_offsets.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/request.h"
#include "protocol/kafka/topics.h"

namespace braid::kafka {
namespace {

// From here on members may count in epochs, and a group that is not there is said so.
constexpr int16_t kEpochVersion = 9;
constexpr int16_t kFirstTopicIdVersion = 10;
constexpr int16_t kManyGroupsVersion = 8;

using CommitPartition = OffsetCommitRequest::Topic::Partition;
using FetchTopic = OffsetFetchResponse::Topic;

// What the sender may commit for the group: error, if it is nothing at all.
struct Permission {
  ErrorCode error = ErrorCode::kNone;
  std::optional<engine::PartitionSet> only;

  ErrorCode Of(const engine::TopicPtr& topic, int32_t partition) const {
    if (error != ErrorCode::kNone || !only) return error;
    const bool may = topic != nullptr && only->contains({topic->uuid, partition});
    return may ? ErrorCode::kNone : ErrorCode::kStaleMemberEpoch;
  }
};

Permission PermissionOf(Request& request, const OffsetCommitRequest& asked) {
  if (asked.group_id.empty()) return {ErrorCode::kInvalidGroupId, {}};
  if (request.service().share_groups().Has(asked.group_id)) {
    return {ErrorCode::kGroupIdNotFound, {}};
  }
  engine::CommitRight right = request.coordinator().MayCommit(asked.group_id, asked.member_id,
                                                              Owned(asked.group_instance_id),
                                                              asked.generation_id_or_member_epoch);
  const bool knows_epochs = request.version() >= kEpochVersion;
  if (right.epochs && !knows_epochs) return {ErrorCode::kUnsupportedVersion, {}};
  if (right.error == Errc::kGroupNotFound) {
    // One that is told to join again does; of a group that is not there it would think no more.
    if (MayHaveHadMembers(request.catalog(), asked.group_id)) {
      return {ErrorCode::kUnknownMemberId, {}};
    }
    if (!knows_epochs) return {ErrorCode::kIllegalGeneration, {}};
  }
  return {ErrorOf(right.error), std::move(right.only)};
}

ErrorCode Commit(Request& request, std::string_view group, const engine::TopicPtr& topic,
                 const TopicKey& key, const CommitPartition& asked) {
  if (topic == nullptr) return key.missing();
  const engine::StreamPtr stream = PartitionOf(topic, asked.partition_index);
  if (stream == nullptr) return ErrorCode::kUnknownTopicOrPartition;
  const std::string_view metadata = asked.committed_metadata.value_or(std::string_view());
  if (metadata.size() > kMaxOffsetMetadataBytes) return ErrorCode::kOffsetMetadataTooLarge;
  if (asked.committed_offset < 0) return ErrorCode::kOffsetOutOfRange;
  return ErrorOf(CommitOffset(*stream, group, asked.committed_offset, metadata,
                              asked.committed_leader_epoch, request.writes()));
}

// There is no room to keep it. Clients then look for the coordinator and try again.
void RefuseWhatWasTaken(OffsetCommitResponse& reply) {
  for (auto& topic : reply.topics) {
    for (auto& partition : topic.partitions) {
      if (partition.error_code == 0) partition.error_code = Wire(ErrorCode::kNotCoordinator);
    }
  }
}

// A group whose offsets are asked for.
struct Asked {
  Asked(Request& request, std::string_view id, bool stable) : group(id) {
    if (stable) pending = request.catalog().transactions().PendingStreams(id);
  }

  std::string_view group;
  std::set<uint64_t> pending;  // not to be told: transactions may change what it has there
};

// What a group has committed of one partition: offset -1 when it is nothing.
FetchTopic::Partition Fetch(Request& request, const Asked& asked, const engine::TopicPtr& topic,
                            int32_t index) {
  FetchTopic::Partition reply;
  reply.partition_index = index;
  reply.metadata = "";
  const engine::StreamPtr stream = PartitionOf(topic, index);
  if (stream == nullptr) return reply;
  if (asked.pending.contains(stream->identity().id)) {
    reply.error_code = Wire(ErrorCode::kUnstableOffsetCommit);
    return reply;
  }
  const engine::GroupPtr kept = OffsetsOf(*stream, asked.group);
  if (kept == nullptr) return reply;
  engine::Group::Committed committed = kept->committed();
  reply.committed_offset = committed.offset;
  reply.committed_leader_epoch = committed.leader_epoch;
  reply.metadata = request.Keep(std::move(committed.metadata));
  return reply;
}

FetchTopic Fetch(Request& request, const Asked& asked, const TopicKey& key,
                 absl::Span<const int32_t> partitions) {
  FetchTopic reply;
  reply.name = key.name;
  reply.topic_id = key.id;
  const engine::TopicPtr topic = key.Find(request.catalog());
  for (const int32_t index : partitions) {
    reply.partitions.push_back(Fetch(request, asked, topic, index));
    if (topic == nullptr && key.by_id) reply.partitions.back().error_code = Wire(key.missing());
  }
  return reply;
}

// Every topic the group has committed to.
std::vector<FetchTopic> FetchAll(Request& request, const Asked& asked) {
  std::vector<FetchTopic> replies;
  for (const engine::TopicPtr& topic : request.catalog().Topics()) {
    FetchTopic reply;
    for (size_t i = 0; i < topic->partitions.size(); ++i) {
      if (OffsetsOf(*topic->partitions[i], asked.group) == nullptr) continue;
      reply.partitions.push_back(Fetch(request, asked, topic, static_cast<int32_t>(i)));
    }
    if (reply.partitions.empty()) continue;
    reply.name = request.Keep(NameOf(*topic));
    reply.topic_id = topic->uuid;
    replies.push_back(std::move(reply));
  }
  return replies;
}

OffsetFetchResponse::Group FetchGroup(Request& request, bool stable,
                                      const OffsetFetchRequest::Group& asked) {
  OffsetFetchResponse::Group reply;
  reply.group_id = asked.group_id;
  if (asked.group_id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
  } else if (const Errc may = request.coordinator().MayFetch(
                 asked.group_id, asked.member_id.value_or(std::string_view()), asked.member_epoch);
             may != Errc::kOk) {
    reply.error_code = Wire(ErrorOf(may));
  } else if (!asked.topics) {
    reply.topics = FetchAll(request, Asked(request, asked.group_id, stable));
  } else {
    const Asked group(request, asked.group_id, stable);
    const bool by_id = request.version() >= kFirstTopicIdVersion;
    for (const auto& topic : *asked.topics) {
      const TopicKey key{topic.name, topic.topic_id, by_id};
      reply.topics.push_back(Fetch(request, group, key, topic.partition_indexes));
    }
  }
  return reply;
}

}  // namespace

net::asio::awaitable<void> ServeOffsetCommit(Request& request) {
  const auto asked = request.Read<OffsetCommitRequest>();
  if (!asked) co_return;
  const Permission permission = PermissionOf(request, *asked);
  OffsetCommitResponse reply;
  for (const auto& topic : asked->topics) {
    auto& replied = reply.topics.emplace_back();
    replied.name = topic.name;
    replied.topic_id = topic.topic_id;
    const TopicKey key{topic.name, topic.topic_id, request.version() >= kFirstTopicIdVersion};
    const engine::TopicPtr found = key.Find(request.catalog());
    for (const CommitPartition& partition : topic.partitions) {
      auto& answer = replied.partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      const ErrorCode refused = permission.Of(found, partition.partition_index);
      answer.error_code = Wire(refused != ErrorCode::kNone
                                   ? refused
                                   : Commit(request, asked->group_id, found, key, partition));
    }
  }
  engine::Writes& writes = request.writes();
  const absl::Status kept =
      co_await net::CommitSome(request.connection(), request.catalog(), writes);
  if (!kept.ok()) co_return request.Close();
  if (writes.refused()) RefuseWhatWasTaken(reply);
  writes.Forget();
  request.Reply(reply);
}

void ServeOffsetFetch(Request& request) {
  const auto asked = request.Read<OffsetFetchRequest>();
  if (!asked) return;
  OffsetFetchResponse reply;
  if (request.version() >= kManyGroupsVersion) {
    Mentions<std::string_view> whole;
    for (const auto& group : asked->groups) {
      if (!group.topics && !whole.IsNew(group.group_id)) continue;
      reply.groups.push_back(FetchGroup(request, asked->require_stable, group));
    }
  } else if (asked->group_id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
  } else if (!asked->topics) {
    reply.topics = FetchAll(request, Asked(request, asked->group_id, asked->require_stable));
  } else {
    const Asked group(request, asked->group_id, asked->require_stable);
    for (const auto& topic : *asked->topics) {
      const TopicKey key{topic.name, {}, false};
      reply.topics.push_back(Fetch(request, group, key, topic.partition_indexes));
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
