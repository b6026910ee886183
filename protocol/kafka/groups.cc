// Members of classic groups: finding the coordinator, joining, syncing, staying, leaving.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "engine/coordinator.h"
#include "protocol/kafka/broker_address.h"
#include "protocol/kafka/group_member.h"
#include "protocol/kafka/handlers.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/heartbeat.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/sync_group.h"
#include "protocol/kafka/request.h"

namespace braid::kafka {
namespace {

constexpr int8_t kGroupKey = 0;
constexpr int8_t kTransactionKey = 1;
constexpr int8_t kShareKey = 2;
constexpr int16_t kShareKeyVersion = 6;  // of FindCoordinator
constexpr int16_t kManyKeysVersion = 4;
constexpr int16_t kMemberIdRequiredVersion = 4;  // of JoinGroup
constexpr int16_t kNullProtocolVersion = 7;
constexpr int16_t kSkipAssignmentVersion = 9;
constexpr int16_t kManyMembersVersion = 3;  // of LeaveGroup

// Suspends until there is an answer; nullopt when the connection ends first. The member stays as it
// is then: it may come back on another connection.
template <class Reply>
net::asio::awaitable<std::optional<Reply>> Await(
    Request& request, std::shared_ptr<engine::PendingReply<Reply>> pending) {
  const std::function<void(engine::WaiterPtr)> arm = [&pending](engine::WaiterPtr waiter) {
    pending->Wait(std::move(waiter));
  };
  while (true) {
    std::optional<Reply> reply = pending->Take();
    if (reply) co_return reply;
    const net::WakeReason reason = co_await request.connection().Wait(absl::InfiniteFuture(), arm);
    if (reason == net::WakeReason::kClosed) co_return std::nullopt;
  }
}

// "group:topic id:partition"; the group may have colons itself.
bool IsSharePartitionKey(std::string_view key) {
  const size_t last = key.rfind(':');
  if (last == std::string_view::npos || last == 0) return false;
  const size_t first = key.rfind(':', last - 1);
  int32_t partition = 0;
  return first != std::string_view::npos && first > 0 && last > first + 1 &&
         absl::SimpleAtoi(std::string(key.substr(last + 1)), &partition) && partition >= 0;
}

FindCoordinatorResponse::Coordinator Coordinate(Request& request, std::string_view key,
                                                int8_t key_type) {
  FindCoordinatorResponse::Coordinator reply;
  reply.key = key;
  reply.node_id = -1;
  reply.port = -1;
  const bool share = key_type == kShareKey && request.version() >= kShareKeyVersion;
  if (share && !IsSharePartitionKey(key)) {
    reply.error_code = Wire(ErrorCode::kInvalidRequest);
    reply.error_message = "the key is not group:topic id:partition";
  } else if (share || key_type == kGroupKey || key_type == kTransactionKey) {
    const BrokerAddress address = BrokerAddress::Of(request);
    reply.node_id = request.service().options().node_id;
    reply.host = address.host;
    reply.port = address.port;
  } else {
    reply.error_code = Wire(ErrorCode::kInvalidRequest);
    reply.error_message = "this broker coordinates groups and transactions";
  }
  return reply;
}

engine::JoinRequest JoinOf(Request& request, const JoinGroupRequest& asked) {
  engine::JoinRequest join;
  join.member_id = asked.member_id;
  join.instance_id = Owned(asked.group_instance_id);
  join.client_id = request.client_id();
  join.client_host = ClientHost(request);
  join.session_timeout = absl::Milliseconds(asked.session_timeout_ms);
  if (asked.rebalance_timeout_ms > 0) {
    join.rebalance_timeout = absl::Milliseconds(asked.rebalance_timeout_ms);
  }
  join.protocol_type = asked.protocol_type;
  join.protocols.reserve(asked.protocols.size());
  for (const auto& protocol : asked.protocols) {
    join.protocols.push_back({std::string(protocol.name), std::string(protocol.metadata.data)});
  }
  join.require_known_member_id = request.version() >= kMemberIdRequiredVersion;
  join.can_skip_assignment = request.version() >= kSkipAssignmentVersion;
  return join;
}

void ReplyJoined(Request& request, const engine::JoinReply& joined) {
  JoinGroupResponse reply;
  reply.error_code = Wire(ErrorOf(joined.error));
  reply.generation_id = joined.generation;
  if (joined.error == Errc::kOk) {
    reply.protocol_type = joined.protocol_type;
    reply.protocol_name = joined.protocol;
  } else if (request.version() < kNullProtocolVersion) {
    reply.protocol_name = "";
  }
  reply.leader = joined.leader;
  reply.skip_assignment = joined.skip_assignment;
  reply.member_id = joined.member_id;
  for (const engine::JoinMember& member : joined.members) {
    reply.members.push_back({.member_id = member.member_id,
                             .group_instance_id = member.instance_id,
                             .metadata = {member.metadata}});
  }
  request.Reply(reply);
}

engine::SyncRequest SyncOf(const SyncGroupRequest& asked) {
  engine::SyncRequest sync;
  sync.member_id = asked.member_id;
  sync.instance_id = Owned(asked.group_instance_id);
  sync.generation = asked.generation_id;
  sync.protocol_type = Owned(asked.protocol_type);
  sync.protocol = Owned(asked.protocol_name);
  sync.assignments.reserve(asked.assignments.size());
  for (const auto& assignment : asked.assignments) {
    sync.assignments.emplace_back(assignment.member_id, assignment.assignment.data);
  }
  return sync;
}

void ReplySynced(Request& request, const engine::SyncReply& synced) {
  SyncGroupResponse reply;
  reply.error_code = Wire(ErrorOf(synced.error));
  if (synced.error == Errc::kOk) {
    reply.protocol_type = synced.protocol_type;
    reply.protocol_name = synced.protocol;
  }
  reply.assignment.data = synced.assignment;
  request.Reply(reply);
}

}  // namespace

void ServeFindCoordinator(Request& request) {
  const auto asked = request.Read<FindCoordinatorRequest>();
  if (!asked) return;
  FindCoordinatorResponse reply;
  if (request.version() >= kManyKeysVersion) {
    for (const std::string_view key : asked->coordinator_keys) {
      reply.coordinators.push_back(Coordinate(request, key, asked->key_type));
    }
  } else {
    const auto found = Coordinate(request, asked->key, asked->key_type);
    reply.error_code = found.error_code;
    reply.error_message = found.error_message;
    reply.node_id = found.node_id;
    reply.host = found.host;
    reply.port = found.port;
  }
  request.Reply(reply);
}

net::asio::awaitable<void> ServeJoinGroup(Request& request) {
  const auto asked = request.Read<JoinGroupRequest>();
  if (!asked) co_return;
  const bool shares = request.service().share_groups().Has(asked->group_id);
  if (shares || asked->group_id.empty()) {
    engine::JoinReply refusal;
    refusal.error = shares ? Errc::kInconsistentProtocol : Errc::kInvalidGroup;
    refusal.member_id = asked->member_id;
    ReplyJoined(request, refusal);
    co_return;
  }
  engine::PendingJoin pending =
      request.coordinator().Join(asked->group_id, JoinOf(request, *asked));
  const std::optional<engine::JoinReply> joined = co_await Await(request, pending);
  if (joined) ReplyJoined(request, *joined);
}

net::asio::awaitable<void> ServeSyncGroup(Request& request) {
  const auto asked = request.Read<SyncGroupRequest>();
  if (!asked) co_return;
  if (asked->group_id.empty()) {
    engine::SyncReply refusal;
    refusal.error = Errc::kInvalidGroup;
    ReplySynced(request, refusal);
    co_return;
  }
  engine::PendingSync pending = request.coordinator().Sync(asked->group_id, SyncOf(*asked));
  const std::optional<engine::SyncReply> synced = co_await Await(request, pending);
  if (synced) ReplySynced(request, *synced);
}

void ServeHeartbeat(Request& request) {
  const auto asked = request.Read<HeartbeatRequest>();
  if (!asked) return;
  const Errc answer =
      asked->group_id.empty()
          ? Errc::kInvalidGroup
          : request.coordinator().Heartbeat(asked->group_id, asked->member_id,
                                            Owned(asked->group_instance_id), asked->generation_id);
  HeartbeatResponse reply;
  reply.error_code = Wire(ErrorOf(answer));
  request.Reply(reply);
}

void ServeLeaveGroup(Request& request) {
  const auto asked = request.Read<LeaveGroupRequest>();
  if (!asked) return;
  LeaveGroupResponse reply;
  if (asked->group_id.empty()) {
    reply.error_code = Wire(ErrorCode::kInvalidGroupId);
  } else if (request.version() < kManyMembersVersion) {
    const Errc left = request.coordinator().Leave(asked->group_id, asked->member_id, std::nullopt);
    reply.error_code = Wire(ErrorOf(left));
  } else {
    for (const auto& member : asked->members) {
      const Errc left = request.coordinator().Leave(asked->group_id, member.member_id,
                                                    Owned(member.group_instance_id));
      reply.members.push_back({.member_id = member.member_id,
                               .group_instance_id = member.group_instance_id,
                               .error_code = Wire(ErrorOf(left))});
    }
  }
  request.Reply(reply);
}

}  // namespace braid::kafka
