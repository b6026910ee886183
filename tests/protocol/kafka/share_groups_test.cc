// Share groups on the wire: heartbeats, acquiring and acknowledging, sessions, offsets, what
// administrators see.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/group_offsets.h"
#include "engine/share_partitions.h"
#include "protocol/kafka/messages/alter_share_group_offsets.h"
#include "protocol/kafka/messages/api_versions.h"
#include "protocol/kafka/messages/consumer_group_heartbeat.h"
#include "protocol/kafka/messages/delete_groups.h"
#include "protocol/kafka/messages/delete_share_group_offsets.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/describe_share_group_offsets.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/join_group.h"
#include "protocol/kafka/messages/list_groups.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/share_acknowledge.h"
#include "protocol/kafka/messages/share_fetch.h"
#include "protocol/kafka/messages/share_group_describe.h"
#include "protocol/kafka/messages/share_group_heartbeat.h"
#include "protocol/kafka/messages/update_features.h"
#include "protocol/kafka/share_policy.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

constexpr int8_t kGap = 0, kAccept = 1, kRelease = 2, kReject = 3, kRenew = 4;

class ShareGroupsTest : public KafkaTest {
 protected:
  ShareGroupsTest() : one(*this, address), two(*this, address) {
    one.Create("jobs", 2);
    topic = catalog->FindTopic("jobs")->uuid;
  }

  // --- Members ---
  static ShareGroupHeartbeatRequest Beating(std::string_view member, int32_t epoch) {
    return requests::ShareBeat(member, epoch, "jobs");
  }
  ShareGroupHeartbeatResponse Beat(std::string_view member, int32_t epoch) {
    return one.Ask<ShareGroupHeartbeatResponse>(Beating(member, epoch), 1);
  }
  // "0 1": the partitions that are told; "as before".
  static std::string Told(const ShareGroupHeartbeatResponse& reply) {
    if (!reply.assignment) return "as before";
    std::string text;
    for (const auto& of_topic : reply.assignment->topic_partitions) {
      for (const int32_t p : of_topic.partitions) {
        absl::StrAppend(&text, text.empty() ? "" : " ", p);
      }
    }
    return text;
  }

  // --- Records ---
  void Produce(int n, int32_t partition = 0) {
    const auto produced = one.Produce(
        "jobs", partition, BatchOf(std::vector<std::string>(static_cast<size_t>(n), "x")));
    EXPECT_EQ(produced.error_code, 0);
  }
  ShareFetchRequest Fetching(std::string_view member, int32_t epoch) const {
    return requests::ShareFetch(member, epoch, topic);
  }
  ShareFetchResponse Fetch(const ShareFetchRequest& fetch, int16_t version = 2) {
    return one.Ask<ShareFetchResponse>(fetch, version);
  }
  // "0:0-4x1", of partition 0; or the error.
  static std::string Got(const ShareFetchResponse& reply) {
    if (reply.error_code != 0)
      return std::string(ErrorName(static_cast<ErrorCode>(reply.error_code)));
    std::string text;
    for (const auto& of_topic : reply.responses) {
      for (const auto& p : of_topic.partitions) {
        for (const auto& run : p.acquired_records) {
          absl::StrAppend(&text, text.empty() ? "" : " ", p.partition_index, ":", run.first_offset,
                          "-", run.last_offset, "x", run.delivery_count);
        }
        if (p.error_code != 0) absl::StrAppend(&text, " error ", p.error_code);
        if (p.acknowledge_error_code != 0) {
          absl::StrAppend(&text, " not acknowledged ", p.acknowledge_error_code);
        }
      }
    }
    return text;
  }
  static std::vector<AcknowledgedTopic> Acks(const Uuid& topic, int64_t first, int64_t last,
                                             std::vector<int8_t> types, int32_t partition = 0) {
    return {{topic, {{partition, {{first, last, std::move(types)}}}}}};
  }
  static ShareAcknowledgeRequest Acknowledging(std::string_view member, int32_t epoch) {
    return requests::Acknowledge(member, epoch);
  }
  ErrorCode Acknowledge(std::string_view member, int32_t epoch, int64_t first, int64_t last,
                        std::vector<int8_t> types, bool renews = false) {
    ShareAcknowledgeRequest request = Acknowledging(member, epoch);
    request.topics = Acks(topic, first, last, std::move(types));
    request.is_renew_ack = renews;
    const auto reply = one.Ask<ShareAcknowledgeResponse>(request, 2);
    if (reply.error_code != 0) return static_cast<ErrorCode>(reply.error_code);
    return static_cast<ErrorCode>(reply.responses.at(0).partitions.at(0).error_code);
  }
  // A member with a session, whose next epoch is 1.
  void Start(std::string_view member) {
    EXPECT_EQ(Beat(member, 0).error_code, 0);
    EXPECT_EQ(Got(Fetch(Fetching(member, 0))), "");
  }
  void Set(std::string_view name, std::string_view value, int8_t type = 32,
           std::string_view resource = "workers") {
    IncrementalAlterConfigsRequest request;
    auto& asked = request.resources.emplace_back();
    asked.resource_type = type;
    asked.resource_name = resource;
    asked.configs.push_back({name, 0, value});
    const auto reply = one.Ask<IncrementalAlterConfigsResponse>(request, 1);
    EXPECT_EQ(reply.responses.at(0).error_code, 0) << name;
  }
  std::string Offsets() {
    DescribeShareGroupOffsetsRequest request;
    request.groups.emplace_back().group_id = "workers";
    const auto reply = one.Ask<DescribeShareGroupOffsetsResponse>(request, 1);
    std::string text;
    if (reply.groups.at(0).error_code != 0) return "no group";
    for (const auto& of_topic : reply.groups.at(0).topics) {
      for (const auto& p : of_topic.partitions) {
        absl::StrAppend(&text, text.empty() ? "" : " ", p.partition_index, ":", p.start_offset, "+",
                        p.lag);
      }
    }
    return text;
  }

  KafkaClient one, two;
  Uuid topic{};
};

// --- Members ---

TEST_F(ShareGroupsTest, TheBrokerSaysThatItHasThem) {
  ApiVersionsRequest ask;
  ask.client_software_name = "test";
  ask.client_software_version = "1";
  const auto reply = one.Ask<ApiVersionsResponse>(ask, 4);
  int found = 0;
  for (const auto& feature : reply.finalized_features) {
    if (feature.name == "share.version") found = feature.max_version_level;
  }
  EXPECT_EQ(found, 2);
  int keys = 0;
  for (const auto& key : reply.api_keys) {
    if ((key.api_key >= 76 && key.api_key <= 79) || (key.api_key >= 90 && key.api_key <= 92))
      ++keys;
  }
  EXPECT_EQ(keys, 7);
}

TEST_F(ShareGroupsTest, CanBeSwitchedOff) {
  UpdateFeaturesRequest off;
  auto& update = off.feature_updates.emplace_back();
  update.feature = "share.version";
  update.max_version_level = 0;
  update.upgrade_type = 2;
  EXPECT_EQ(one.Ask<UpdateFeaturesResponse>(off, 1).error_code, 0);
  EXPECT_EQ(Beat("one", 0).error_code, Wire(ErrorCode::kUnsupportedVersion));
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "UNSUPPORTED_VERSION");
}

TEST_F(ShareGroupsTest, MembersAreToldWhatTheyMayRead) {
  const auto joined = Beat("one", 0);
  EXPECT_EQ(joined.error_code, 0);
  EXPECT_EQ(joined.member_epoch, 1);
  EXPECT_EQ(joined.heartbeat_interval_ms, 5'000);
  EXPECT_EQ(Told(joined), "0 1");
  EXPECT_EQ(Told(Beat("two", 0)), "1");
  EXPECT_EQ(Told(Beat("one", 1)), "0");
  EXPECT_EQ(Told(Beat("one", 2)), "as before");
  EXPECT_EQ(Beat("one", 9).error_code, Wire(ErrorCode::kFencedMemberEpoch));
  EXPECT_EQ(Beat("who", 1).error_code, Wire(ErrorCode::kUnknownMemberId));
  EXPECT_EQ(Beat("", 0).error_code, Wire(ErrorCode::kInvalidRequest));
  EXPECT_EQ(Beat("one", -1).member_epoch, -1);
}

TEST_F(ShareGroupsTest, SilentMembersAreForgotten) {
  Beat("one", 0);
  clock.Advance(absl::Seconds(45));
  Settle();
  EXPECT_EQ(Beat("one", 1).error_code, Wire(ErrorCode::kUnknownMemberId));
}

TEST_F(ShareGroupsTest, AreDescribed) {
  Beat("one", 0);
  ShareGroupDescribeRequest request;
  request.group_ids = {"workers", "nobody"};
  request.include_authorized_operations = true;
  const auto reply = one.Ask<ShareGroupDescribeResponse>(request, 1);
  const auto& group = reply.groups.at(0);
  EXPECT_EQ(group.group_state, "Stable");
  EXPECT_EQ(group.group_epoch, 1);
  EXPECT_EQ(group.assignor_name, "simple");
  EXPECT_NE(group.authorized_operations, kOperationsNotAsked);
  ASSERT_EQ(group.members.size(), 1u);
  EXPECT_EQ(group.members[0].member_id, "one");
  EXPECT_EQ(group.members[0].subscribed_topic_names.at(0), "jobs");
  EXPECT_EQ(group.members[0].assignment.topic_partitions.at(0).topic_name, "jobs");
  EXPECT_EQ(reply.groups.at(1).error_code, Wire(ErrorCode::kGroupIdNotFound));
}

TEST_F(ShareGroupsTest, AreListedAndDeletedWhenEmpty) {
  Beat("one", 0);
  ListGroupsRequest list;
  list.types_filter = {"Share"};
  const auto listed = one.Ask<ListGroupsResponse>(list, 5);
  ASSERT_EQ(listed.groups.size(), 1u);
  EXPECT_EQ(listed.groups[0].group_id, "workers");
  EXPECT_EQ(listed.groups[0].group_type, "share");
  EXPECT_EQ(listed.groups[0].group_state, "Stable");
  DeleteGroupsRequest request;
  request.groups_names = {"workers"};
  const auto remove = [&] {
    return one.Ask<DeleteGroupsResponse>(request, 2).results.at(0).error_code;
  };
  EXPECT_EQ(remove(), Wire(ErrorCode::kNonEmptyGroup));
  Beat("one", -1);
  EXPECT_EQ(remove(), 0);
  EXPECT_EQ(remove(), Wire(ErrorCode::kGroupIdNotFound));
  EXPECT_TRUE(one.Ask<ListGroupsResponse>(list, 5).groups.empty());
  EXPECT_TRUE(engine::GroupsThatShare(*catalog).empty());
}

TEST_F(ShareGroupsTest, AnIdIsOfOneKindOfGroup) {
  Beat("one", 0);
  JoinGroupRequest classic;
  classic.group_id = "workers";
  classic.session_timeout_ms = 10'000;
  classic.protocol_type = "consumer";
  classic.protocols.push_back({"range", {"x"}});
  EXPECT_EQ(one.Ask<JoinGroupResponse>(classic, 3).error_code,
            Wire(ErrorCode::kInconsistentGroupProtocol));
  ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "workers";
  beat.member_id = "two";
  beat.rebalance_timeout_ms = 1'000;
  beat.subscribed_topic_names = {{"jobs"}};
  beat.topic_partitions.emplace();
  EXPECT_EQ(one.Ask<ConsumerGroupHeartbeatResponse>(beat, 1).error_code,
            Wire(ErrorCode::kGroupIdNotFound));
  beat.group_id = "readers";
  EXPECT_EQ(one.Ask<ConsumerGroupHeartbeatResponse>(beat, 1).error_code, 0);
  ShareGroupHeartbeatRequest share = Beating("one", 0);
  share.group_id = "readers";
  EXPECT_EQ(one.Ask<ShareGroupHeartbeatResponse>(share, 1).error_code,
            Wire(ErrorCode::kGroupIdNotFound));
  DescribeGroupsRequest describe;
  describe.groups = {"workers"};
  EXPECT_EQ(one.Ask<DescribeGroupsResponse>(describe, 6).groups.at(0).error_code,
            Wire(ErrorCode::kGroupIdNotFound));
}

TEST_F(ShareGroupsTest, NobodyCommitsOffsetsInTheirName) {
  const auto commit = [&](std::string_view group, int16_t version) {
    OffsetCommitRequest request;
    request.group_id = group;
    request.topics.emplace_back().name = "jobs";
    request.topics[0].partitions.emplace_back().committed_offset = 0;
    const auto reply = one.Ask<OffsetCommitResponse>(request, version);
    return static_cast<ErrorCode>(reply.topics.at(0).partitions.at(0).error_code);
  };
  ShareGroupHeartbeatRequest join = Beating("one", 0);
  join.subscribed_topic_names = {{"later"}};  // it begins nowhere yet
  EXPECT_EQ(one.Ask<ShareGroupHeartbeatResponse>(join, 1).error_code, 0);
  EXPECT_EQ(commit("workers", 7), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(commit("workers", 9), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(commit("readers", 7), ErrorCode::kNone);
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "") << "and so it can begin";
}

TEST_F(ShareGroupsTest, NobodyAcquiresInTheNameOfAnotherKindOfGroup) {
  ConsumerGroupHeartbeatRequest beat;
  beat.group_id = "workers";
  beat.member_id = "one";
  beat.rebalance_timeout_ms = 1'000;
  beat.subscribed_topic_names = {{"jobs"}};
  beat.topic_partitions.emplace();
  const auto joined = one.Ask<ConsumerGroupHeartbeatResponse>(beat, 1);
  EXPECT_EQ(joined.error_code, 0);
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "GROUP_ID_NOT_FOUND");
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "GROUP_ID_NOT_FOUND");
  ConsumerGroupHeartbeatRequest stays;
  stays.group_id = "workers";
  stays.member_id = "one";
  stays.member_epoch = joined.member_epoch;
  EXPECT_EQ(one.Ask<ConsumerGroupHeartbeatResponse>(stays, 1).error_code, 0);
}

TEST_F(ShareGroupsTest, TheirCoordinatorIsFound) {
  FindCoordinatorRequest request;
  request.key_type = 2;
  request.coordinator_keys = {"workers:6Kp5Jk5KQYqWtNmkCL7DQQ:0", "workers"};
  const auto reply = one.Ask<FindCoordinatorResponse>(request, 6);
  EXPECT_EQ(reply.coordinators.at(0).error_code, 0);
  EXPECT_EQ(reply.coordinators.at(0).node_id, 1);
  EXPECT_EQ(reply.coordinators.at(1).error_code, Wire(ErrorCode::kInvalidRequest));
}

// --- Acquiring and acknowledging ---

TEST_F(ShareGroupsTest, RecordsAreAcquiredAndAcknowledged) {
  Start("one");
  Produce(3);
  const auto reply = Fetch(Fetching("one", 1));
  EXPECT_EQ(Got(reply), "0:0-2x1");
  EXPECT_EQ(reply.acquisition_lock_timeout_ms, 30'000);
  const auto& partition = reply.responses.at(0).partitions.at(0);
  EXPECT_FALSE(partition.records.null);
  const auto batch = Batch::Parse(Buffer::Copy(partition.records.Joined()));
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->header().record_count, 3);
  EXPECT_EQ(Acknowledge("one", 2, 0, 1, {kAccept}), ErrorCode::kNone);
  EXPECT_EQ(Offsets(), "0:2+1 1:0+0");
  EXPECT_EQ(Acknowledge("one", 3, 0, 1, {kAccept}), ErrorCode::kInvalidRecordState);
}

TEST_F(ShareGroupsTest, AcknowledgementsTravelWithTheNextFetch) {
  Start("one");
  Produce(3);
  Fetch(Fetching("one", 1));
  ShareFetchRequest next = Fetching("one", 2);
  next.topics = Acks(topic, 0, 2, {kAccept, kRelease, kReject});
  EXPECT_EQ(Got(Fetch(next)), "0:1-1x2");
  next.share_session_epoch = 3;
  const auto reply = Fetch(next);
  EXPECT_EQ(Got(reply), " not acknowledged 121");
  EXPECT_EQ(Offsets(), "0:1+1 1:0+0");
}

TEST_F(ShareGroupsTest, AFetchWaitsForRecords) {
  Start("one");
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.max_wait_ms = 500;
  two.Send(fetch, 2);
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  Produce(2, 1);
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "1:0-1x1");
  fetch.share_session_epoch = 2;
  two.Send(fetch, 2);
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "");
}

TEST_F(ShareGroupsTest, AFetchWaitsForEnough) {
  Start("one");
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.max_wait_ms = 500;
  fetch.min_bytes = 100;
  Produce(1);
  two.Send(fetch, 2);
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  Produce(1);
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "0:0-1x1");
  fetch.share_session_epoch = 2;
  Produce(1);
  two.Send(fetch, 2);
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  clock.Advance(absl::Milliseconds(500));
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "0:2-2x1") << "it is late";
}

TEST_F(ShareGroupsTest, RecordsReleasedWakeWhoWaits) {
  Start("one");
  Start("two");
  Produce(1);
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "0:0-0x1");
  ShareFetchRequest fetch = Fetching("two", 1);
  fetch.max_wait_ms = 60'000;
  two.Send(fetch, 2);
  Settle();
  EXPECT_FALSE(two.HasAnswer());
  EXPECT_EQ(Acknowledge("one", 2, 0, 0, {kRelease}), ErrorCode::kNone);
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "0:0-0x2");
  fetch.share_session_epoch = 2;
  two.Send(fetch, 2);
  Settle();
  clock.Advance(absl::Seconds(30));
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "0:0-0x3") << "its own lock was over";
}

TEST_F(ShareGroupsTest, WhoIsPutOutWhileItsFetchWaitsAcquiresNothing) {
  Start("one");
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.max_wait_ms = 600'000;
  two.Send(fetch, 2);
  Settle();
  EXPECT_EQ(Beat("one", -1).error_code, 0);
  Produce(1);
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "SHARE_SESSION_NOT_FOUND");
  EXPECT_EQ(Beat("two", 0).error_code, 0);
  EXPECT_EQ(Got(Fetch(Fetching("two", 0))), "0:0-0x1") << "nothing is locked, or counted";
}

TEST_F(ShareGroupsTest, AFetchOfASessionThatWasReplacedAcquiresNothing) {
  Start("one");
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.max_wait_ms = 600'000;
  two.Send(fetch, 2);
  Settle();
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "");
  Produce(1);
  EXPECT_EQ(Got(two.Receive<ShareFetchResponse>(2)), "SHARE_SESSION_NOT_FOUND");
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "0:0-0x1");
}

TEST_F(ShareGroupsTest, LimitsAreStrictOnlyWhenAskedToBe) {
  Start("one");
  Produce(10);
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.max_records = 4;
  fetch.share_acquire_mode = 1;
  EXPECT_EQ(Got(Fetch(fetch)), "0:0-3x1");
  fetch.share_session_epoch = 2;
  fetch.share_acquire_mode = 0;
  EXPECT_EQ(Got(Fetch(fetch)), "0:4-9x1");
  fetch.share_session_epoch = 3;
  EXPECT_EQ(Got(Fetch(fetch, 1)), "");
}

TEST_F(ShareGroupsTest, LocksAreRenewed) {
  Start("one");
  Produce(1);
  Fetch(Fetching("one", 1));
  clock.Advance(absl::Seconds(20));
  EXPECT_EQ(Acknowledge("one", 2, 0, 0, {kRenew}), ErrorCode::kInvalidRequest);
  EXPECT_EQ(Acknowledge("one", 3, 0, 0, {kRenew}, true), ErrorCode::kNone);
  clock.Advance(absl::Seconds(20));
  ShareFetchRequest renewing = Fetching("one", 4);
  renewing.is_renew_ack = true;
  renewing.topics = Acks(topic, 0, 0, {kRenew});
  EXPECT_EQ(Got(Fetch(renewing)), "INVALID_REQUEST") << "it may not fetch at the same time";
  renewing.min_bytes = renewing.max_bytes = renewing.max_records = renewing.max_wait_ms = 0;
  EXPECT_EQ(Got(Fetch(renewing)), "");
  EXPECT_EQ(Beat("one", 1).error_code, 0);
  clock.Advance(absl::Seconds(20));
  EXPECT_EQ(Acknowledge("one", 5, 0, 0, {kAccept}), ErrorCode::kNone);
  Set("share.renew.acknowledge.enable", "false");
  EXPECT_EQ(Acknowledge("one", 6, 0, 0, {kRenew}, true), ErrorCode::kInvalidRequest);
}

TEST_F(ShareGroupsTest, AcknowledgementsMustMakeSense) {
  Start("one");
  Produce(4);
  Fetch(Fetching("one", 1));
  int32_t epoch = 1;
  const auto refused = [&](int64_t first, int64_t last, std::vector<int8_t> types) {
    return Acknowledge("one", ++epoch, first, last, std::move(types)) == ErrorCode::kInvalidRequest;
  };
  EXPECT_TRUE(refused(1, 0, {kAccept}));
  EXPECT_TRUE(refused(-1, 0, {kAccept}));
  EXPECT_TRUE(refused(0, 1, {}));
  EXPECT_TRUE(refused(0, 3, {kAccept, kAccept}));
  EXPECT_TRUE(refused(0, 0, {5}));
  EXPECT_FALSE(refused(0, 0, {kGap}));
  ShareAcknowledgeRequest overlapping = Acknowledging("one", ++epoch);
  overlapping.topics = {{topic, {{0, {{1, 2, {kAccept}}, {2, 3, {kAccept}}}}}}};
  const auto reply = one.Ask<ShareAcknowledgeResponse>(overlapping, 1);
  EXPECT_EQ(reply.responses.at(0).partitions.at(0).error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(ShareGroupsTest, SettingsOfTheGroupCount) {
  Produce(3);
  Set("share.auto.offset.reset", "earliest");
  Set("share.delivery.count.limit", "2");
  Set("share.record.lock.duration.ms", "15000");
  Beat("one", 0);
  const auto reply = Fetch(Fetching("one", 0));
  EXPECT_EQ(Got(reply), "0:0-2x1");
  EXPECT_EQ(reply.acquisition_lock_timeout_ms, 15'000);
  clock.Advance(absl::Seconds(15));
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "0:0-2x2");
  clock.Advance(absl::Seconds(15));
  EXPECT_EQ(Got(Fetch(Fetching("one", 2))), "");
  EXPECT_EQ(Offsets(), "0:3+0 1:0+0");
}

TEST(ShareSettingsTest, DurationsAreReadAsIso8601HasThem) {
  EXPECT_EQ(ResetDuration("by_duration:P1DT2H3M4.5S"),
            absl::Hours(26) + absl::Minutes(3) + absl::Milliseconds(4'500));
  EXPECT_EQ(ResetDuration("by_duration:PT10M"), absl::Minutes(10));
  for (const char* bad : {"", "latest", "by_duration:", "by_duration:P", "by_duration:PT",
                          "by_duration:1D", "by_duration:-PT1H", "by_duration:PT-1H",
                          "by_duration:P1H", "by_duration:P1Y", "by_duration:PT1"}) {
    EXPECT_FALSE(ResetDuration(bad).has_value()) << bad;
  }
}

// --- Sessions ---

TEST_F(ShareGroupsTest, SessionsCountTheirRequests) {
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "SHARE_SESSION_NOT_FOUND");
  Start("one");
  EXPECT_EQ(Got(Fetch(Fetching("one", 2))), "INVALID_SHARE_SESSION_EPOCH");
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "");
  EXPECT_EQ(Acknowledge("one", 0, 0, 0, {kAccept}), ErrorCode::kInvalidShareSessionEpoch);
  EXPECT_EQ(Acknowledge("who", 1, 0, 0, {kAccept}), ErrorCode::kShareSessionNotFound);
  ShareFetchRequest opening = Fetching("one", 0);
  opening.topics = Acks(topic, 0, 0, {kAccept});
  EXPECT_EQ(Got(Fetch(opening)), "INVALID_REQUEST");
  ShareFetchRequest nameless = Fetching("", 0);
  EXPECT_EQ(Got(Fetch(nameless)), "INVALID_REQUEST");
}

TEST_F(ShareGroupsTest, PartitionsAreAddedAndForgotten) {
  Start("one");
  Produce(1, 0);
  Produce(1, 1);
  ShareFetchRequest fetch = Fetching("one", 1);
  fetch.forgotten_topics_data = {{topic, {0}}};
  EXPECT_EQ(Got(Fetch(fetch)), "1:0-0x1");
  fetch = Fetching("one", 2);
  fetch.topics = {{topic, {{0, {}}, {7, {}}}}, {Uuid{1}, {{0, {}}}}};
  const std::string got = Got(Fetch(fetch));
  EXPECT_NE(got.find("0:0-0x1"), std::string::npos) << got;
  EXPECT_NE(got.find(" error 3"), std::string::npos) << got;
  EXPECT_NE(got.find(" error 100"), std::string::npos) << got;
}

TEST_F(ShareGroupsTest, ASessionThatClosesGivesBackWhatItHas) {
  Start("one");
  Start("two");
  Produce(3);
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "0:0-2x1");
  ShareAcknowledgeRequest closing = Acknowledging("one", -1);
  closing.topics = Acks(topic, 0, 0, {kAccept});
  const auto closed = one.Ask<ShareAcknowledgeResponse>(closing, 1);
  EXPECT_EQ(closed.responses.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(Got(Fetch(Fetching("two", 1))), "0:1-2x1");
  EXPECT_EQ(Got(Fetch(Fetching("one", 2))), "SHARE_SESSION_NOT_FOUND");
  EXPECT_EQ(Got(Fetch(Fetching("two", -1))), "");
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "0:1-2x1");
}

TEST_F(ShareGroupsTest, AConnectionThatEndsTakesItsSessionsWithIt) {
  Start("two");
  {
    KafkaClient gone(*this, address);
    EXPECT_EQ(Got(gone.Ask<ShareFetchResponse>(Fetching("gone", 0), 2)), "");
    Produce(2);
    EXPECT_EQ(Got(gone.Ask<ShareFetchResponse>(Fetching("gone", 1), 2)), "0:0-1x1");
    EXPECT_EQ(Got(Fetch(Fetching("two", 1))), "");
  }
  ShareFetchRequest fetch = Fetching("two", 2);
  fetch.max_wait_ms = 1'000;
  EXPECT_EQ(Got(Fetch(fetch)), "0:0-1x1");
}

TEST_F(ShareGroupsTest, AMemberPutOutGivesBackWhatItHas) {
  Set("share.record.lock.duration.ms", "60000");
  Start("one");
  Start("two");
  Produce(2);
  EXPECT_EQ(Got(Fetch(Fetching("one", 1))), "0:0-1x1");
  EXPECT_EQ(Beat("one", -1).member_epoch, -1);
  EXPECT_EQ(Got(Fetch(Fetching("two", 1))), "0:0-1x1");
}

// --- Offsets ---

TEST_F(ShareGroupsTest, OffsetsAreAlteredWhileNobodyReads) {
  Start("one");
  Produce(5);
  AlterShareGroupOffsetsRequest request;
  request.group_id = "workers";
  request.topics = {{"jobs", {{0, 3}, {9, 0}}}, {"nothing", {{0, 0}}}};
  const auto alter = [&] { return one.Ask<AlterShareGroupOffsetsResponse>(request, 0); };
  EXPECT_EQ(alter().error_code, Wire(ErrorCode::kNonEmptyGroup));
  Beat("one", -1);
  const auto altered = alter();
  EXPECT_EQ(altered.error_code, 0);
  EXPECT_EQ(altered.responses.at(0).topic_id, topic);
  EXPECT_EQ(altered.responses.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(altered.responses.at(0).partitions.at(1).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(altered.responses.at(1).partitions.at(0).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Offsets(), "0:3+2 1:0+0");
  Beat("one", 0);
  EXPECT_EQ(Got(Fetch(Fetching("one", 0))), "0:3-4x1");
  request.group_id = "nobody";
  EXPECT_EQ(alter().error_code, Wire(ErrorCode::kGroupIdNotFound));
}

TEST_F(ShareGroupsTest, OffsetsAreDeletedWhileNobodyReads) {
  Start("one");
  DeleteShareGroupOffsetsRequest request;
  request.group_id = "workers";
  request.topics = {{"jobs"}, {"nothing"}};
  const auto remove = [&] { return one.Ask<DeleteShareGroupOffsetsResponse>(request, 0); };
  EXPECT_EQ(remove().error_code, Wire(ErrorCode::kNonEmptyGroup));
  Beat("one", -1);
  const auto removed = remove();
  EXPECT_EQ(removed.responses.at(0).error_code, 0);
  EXPECT_EQ(removed.responses.at(1).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(Offsets(), "");
}

TEST_F(ShareGroupsTest, OffsetsOfSomePartitionsAreDescribed) {
  Beat("one", 0);
  DescribeShareGroupOffsetsRequest request;
  request.groups.emplace_back().group_id = "workers";
  request.groups[0].topics = {{{"jobs", {0, 5}}}};
  request.groups.emplace_back().group_id = "nobody";
  const auto reply = one.Ask<DescribeShareGroupOffsetsResponse>(request, 0);
  const auto& partitions = reply.groups.at(0).topics.at(0).partitions;
  EXPECT_EQ(partitions.at(0).start_offset, 0);
  EXPECT_EQ(partitions.at(1).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(reply.groups.at(1).error_code, Wire(ErrorCode::kGroupIdNotFound));
}

// --- Dead letters ---

TEST_F(ShareGroupsTest, WhatIsGivenUpGoesToTheDeadLetterTopic) {
  one.Create("dlq.jobs", 1);
  Set("errors.deadletterqueue.group.enable", "true", 2, "dlq.jobs");
  Set("errors.deadletterqueue.topic.name", "dlq.jobs");
  Set("errors.deadletterqueue.copy.record.enable", "true");
  Set("share.delivery.count.limit", "2");
  Start("one");
  Produce(2);
  Fetch(Fetching("one", 1));
  EXPECT_EQ(Acknowledge("one", 2, 0, 1, {kReject, kRelease}), ErrorCode::kNone);
  EXPECT_EQ(Got(Fetch(Fetching("one", 3))), "0:1-1x2");
  clock.Advance(absl::Seconds(30));
  Settle();
  const auto letters = catalog->FindTopic("dlq.jobs")->partitions[0]->Read({});
  ASSERT_TRUE(letters.ok());
  ASSERT_EQ(letters->size(), 2u);
  const auto header = [&](size_t letter, std::string_view name) -> std::string {
    for (const HeaderView& h : letters->at(letter).headers) {
      if (h.key == name) return std::string(h.value.value_or("null"));
    }
    return "none";
  };
  EXPECT_EQ(letters->at(0).value, "x");
  EXPECT_EQ(header(0, "__dlq.errors.topic"), "jobs");
  EXPECT_EQ(header(0, "__dlq.errors.partition"), "0");
  EXPECT_EQ(header(0, "__dlq.errors.offset"), "0");
  EXPECT_EQ(header(0, "__dlq.errors.group"), "workers");
  EXPECT_EQ(header(0, "__dlq.errors.delivery.count"), "1");
  EXPECT_EQ(header(1, "__dlq.errors.offset"), "1");
  EXPECT_EQ(header(1, "__dlq.errors.delivery.count"), "2");
}

TEST_F(ShareGroupsTest, ADeadLetterTopicMustLetItselfBeUsed) {
  one.Create("dlq.jobs", 1);
  Set("errors.deadletterqueue.topic.name", "dlq.jobs");
  Start("one");
  Produce(2);
  Fetch(Fetching("one", 1));
  EXPECT_EQ(Acknowledge("one", 2, 0, 0, {kReject}), ErrorCode::kNone);
  EXPECT_EQ(catalog->FindTopic("dlq.jobs")->partitions[0]->next_offset(), 0);
  Set("errors.deadletterqueue.group.enable", "true", 2, "dlq.jobs");
  EXPECT_EQ(Acknowledge("one", 3, 1, 1, {kReject}), ErrorCode::kNone);
  const auto letters = catalog->FindTopic("dlq.jobs")->partitions[0]->Read({});
  ASSERT_TRUE(letters.ok());
  ASSERT_EQ(letters->size(), 1u);
  EXPECT_FALSE(letters->at(0).value.has_value()) << "only headers, unless it is asked to copy";
}

}  // namespace
}  // namespace braid::kafka
