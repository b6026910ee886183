#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "bench/kafka_load.h"
#include "bench/kafka_wire.h"
#include "bench/measure.h"
#include "protocol/kafka/errors.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/leave_group.h"
#include "protocol/kafka/messages/sync_group.h"

namespace braid::bench {
namespace {

constexpr int16_t kFindCoordinatorVersion = 3;
constexpr int16_t kJoinGroupVersion = 3;  // the last one that takes a new member at once
constexpr int16_t kSyncGroupVersion = 2;
constexpr int16_t kLeaveGroupVersion = 2;
constexpr int kAttempts = 600;
constexpr auto kPause = std::chrono::milliseconds(50);
constexpr int kGroups = 5;

// Groups are not part of what is measured until their coordinator answers.
void AwaitCoordinator(KafkaWire& wire, const std::string& group) {
  kafka::FindCoordinatorRequest request;
  request.key = group;
  for (int i = 0; i < kAttempts; ++i) {
    const auto answer = wire.Call<kafka::FindCoordinatorResponse>(request, kFindCoordinatorVersion);
    if (answer.error_code == 0) return;
    std::this_thread::sleep_for(kPause);
  }
  Fail("the group has no coordinator");
}

kafka::JoinGroupResponse Join(KafkaWire& wire, const std::string& group) {
  kafka::JoinGroupRequest request;
  request.group_id = group;
  request.session_timeout_ms = 10'000;
  request.rebalance_timeout_ms = 10'000;
  request.protocol_type = "consumer";
  auto& protocol = request.protocols.emplace_back();
  protocol.name = "range";
  using namespace std::string_view_literals;
  protocol.metadata.data = "\0\0\0\1\0\5bench\xff\xff\xff\xff"sv;  // subscribed to "bench"
  return wire.Call<kafka::JoinGroupResponse>(request, kJoinGroupVersion);
}

// Joins, leads and is assigned; returns the milliseconds from its joining on.
double FirstAssignmentMs(KafkaWire& wire, const std::string& group) {
  AwaitCoordinator(wire, group);
  for (int i = 0; i < kAttempts; ++i) {
    const WallStopwatch watch;
    const auto joined = Join(wire, group);
    if (joined.error_code != 0) {  // the coordinator still loads
      std::this_thread::sleep_for(kPause);
      continue;
    }
    const std::string member(joined.member_id);
    kafka::SyncGroupRequest sync;
    sync.group_id = group;
    sync.generation_id = joined.generation_id;
    sync.member_id = member;
    auto& assignment = sync.assignments.emplace_back();
    assignment.member_id = member;
    using namespace std::string_view_literals;
    assignment.assignment.data = "\0\0\0\0\0\1\0\5bench\0\0\0\1\0\0\0\0\xff\xff\xff\xff"sv;
    const auto synced = wire.Call<kafka::SyncGroupResponse>(sync, kSyncGroupVersion);
    const double took_ms = watch.seconds() * 1000;
    if (synced.error_code != 0) Fail("SyncGroup failed");
    kafka::LeaveGroupRequest leave;
    leave.group_id = group;
    leave.member_id = member;
    wire.Call<kafka::LeaveGroupResponse>(leave, kLeaveGroupVersion);
    return took_ms;
  }
  Fail("JoinGroup failed");
}

}  // namespace

LoadResult RunGroupLoad(const KafkaLoadOptions& options) {
  KafkaWire wire(options.port);
  std::vector<double> took_ms;
  for (int i = 0; i < kGroups; ++i) {
    const std::string group = "bench-" + std::to_string(::getpid()) + "-" + std::to_string(i);
    took_ms.push_back(FirstAssignmentMs(wire, group));
  }
  LoadResult result;
  result.Add("assignment_ms", Median(took_ms));
  return result;
}

}  // namespace braid::bench
