// Groups as administrators see them. A group is what has members, or had some (the coordinator
// knows it), or has committed offsets; or a share group.
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "braid/error.h"
#include "engine/coordinator.h"
#include "engine/share_partitions.h"
#include "protocol/kafka/group_offsets.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/mentions.h"
#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/operations.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr int16_t kNoSuchGroupVersion = 6;  // of DescribeGroups: before it, such a group is Dead

// By engine::GroupKind.
constexpr std::string_view kTypes[] = {"classic", "consumer"};
constexpr std::string_view kShareType = "share";

using Described = DescribeGroupsResponse::Group;

bool SameWord(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool Passes(const std::vector<std::string_view>& filter, std::string_view word) {
  return filter.empty() || std::any_of(filter.begin(), filter.end(), [word](std::string_view one) {
           return SameWord(one, word);
         });
}

void Fill(Request& request, engine::GroupDescription group, Described& reply) {
  reply.group_state = engine::GroupStateName(group.state);
  reply.protocol_type = request.Keep(std::move(group.protocol_type));
  reply.protocol_data = request.Keep(std::move(group.protocol));
  for (engine::MemberDescription& member : group.members) {
    auto& replied = reply.members.emplace_back();
    replied.member_id = request.Keep(std::move(member.member_id));
    if (member.instance_id) {
      replied.group_instance_id = request.Keep(*std::move(member.instance_id));
    }
    replied.client_id = request.Keep(std::move(member.client_id));
    replied.client_host = request.Keep(std::move(member.client_host));
    replied.member_metadata.data = request.Keep(std::move(member.metadata));
    replied.member_assignment.data = request.Keep(std::move(member.assignment));
  }
}

Described Describe(Request& request, std::string_view id, bool with_operations) {
  Described reply;
  reply.group_id = id;
  if (id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
    return reply;
  }
  if (with_operations) reply.authorized_operations = kGroupOperations;
  if (std::optional<engine::GroupDescription> group = request.coordinator().Describe(id)) {
    Fill(request, *std::move(group), reply);
  } else if (!request.coordinator().KindOf(id) && HasOffsets(request.catalog(), id)) {
    reply.group_state = engine::GroupStateName(engine::GroupState::kEmpty);
  } else {
    reply.group_state = engine::GroupStateName(engine::GroupState::kDead);
    if (request.version() >= kNoSuchGroupVersion) {
      reply.error_code = Wire(ErrorCode::kGroupIdNotFound);
      reply.error_message = "there is no such classic group";
    }
  }
  return reply;
}

ErrorCode DeleteShareGroup(Request& request, std::string_view id) {
  const Errc forgotten = request.service().share_groups().Delete(id);
  if (forgotten != Errc::kOk) return ErrorOf(forgotten);
  return ErrorOf(engine::DeleteSharePartitions(request.catalog(), id, request.writes()));
}

ErrorCode Delete(Request& request, std::string_view id) {
  if (id.empty()) return ErrorCode::kInvalidGroupId;
  if (request.service().share_groups().Has(id)) return DeleteShareGroup(request, id);
  const Errc forgotten = request.coordinator().Delete(id);
  if (forgotten != Errc::kOk && forgotten != Errc::kGroupNotFound) return ErrorOf(forgotten);
  const absl::StatusOr<bool> deleted = DeleteOffsets(request.catalog(), id, request.writes());
  if (!deleted.ok()) return ErrorOf(deleted.status());
  return forgotten == Errc::kOk || *deleted ? ErrorCode::kNone : ErrorCode::kGroupIdNotFound;
}

}  // namespace

void ServeDescribeGroups(Request& request) {
  const auto asked = request.Read<DescribeGroupsRequest>();
  if (!asked) return;
  DescribeGroupsResponse reply;
  Mentions<std::string_view> mentions;
  for (const std::string_view id : asked->groups) {
    if (!mentions.IsNew(id)) continue;
    reply.groups.push_back(Describe(request, id, asked->include_authorized_operations));
  }
  request.Reply(reply);
}

void ServeListGroups(Request& request) {
  const auto asked = request.Read<ListGroupsRequest>();
  if (!asked) return;
  std::map<std::string, engine::GroupSummary> groups;
  for (const std::string& id : GroupsWithOffsets(request.catalog())) {
    groups[id].id = id;
    groups[id].state = engine::GroupStateName(engine::GroupState::kEmpty);
  }
  for (engine::GroupSummary& group : request.coordinator().List()) {
    groups[group.id] = std::move(group);
  }
  ListGroupsResponse reply;
  const auto list = [&](const ListGroupsResponse::Group& group) {
    if (!Passes(asked->states_filter, group.group_state)) return;
    if (Passes(asked->types_filter, group.group_type)) reply.groups.push_back(group);
  };
  for (const auto& [id, group] : groups) {
    list({.group_id = id,
          .protocol_type = group.protocol_type,
          .group_state = group.state,
          .group_type = kTypes[static_cast<size_t>(group.kind)]});
  }
  const std::vector<engine::ShareGroups::Summary> sharing = request.service().share_groups().List();
  for (const engine::ShareGroups::Summary& group : sharing) {
    list({.group_id = group.id,
          .protocol_type = kShareType,
          .group_state = group.state,
          .group_type = kShareType});
  }
  request.Reply(reply);
}

void ServeDeleteGroups(Request& request) {
  const auto asked = request.Read<DeleteGroupsRequest>();
  if (!asked) return;
  DeleteGroupsResponse reply;
  for (const std::string_view id : asked->groups_names) {
    reply.results.push_back({id, Wire(Delete(request, id))});
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
