// The same for the newer groups: consumers that heartbeat, and share groups.
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/kafka/messages/consumer_group_describe.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/offset_commit.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/share_group_describe.h"
#include "tests/protocol/kafka/bad_input.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

using Test = BadInputTest;

// --- Consumers ---

int16_t Beat(Test& test, const ConsumerGroupHeartbeatRequest& beat, int16_t version = 1) {
  return test.CodeOf<ConsumerGroupHeartbeatResponse>(beat, version);
}
// "me" is there, at epoch 1, and has everything.
void Join(Test& test, const std::function<void(ConsumerGroupHeartbeatRequest&)>& change = {}) {
  auto join = requests::JoinNewly("me");
  if (change) change(join);
  EXPECT_EQ(Beat(test, join), 0);
}
using Spoil = std::function<void(ConsumerGroupHeartbeatRequest&)>;
// A join into the group of "me".
Refused Joining(const char* name, ErrorCode code, const Spoil& spoil, int16_t version = 1) {
  return {name, code, [=](Test& test) {
            Join(test);
            auto join = requests::JoinNewly("you");
            spoil(join);
            return Beat(test, join, version);
          }};
}
// A heartbeat of "me".
Refused Staying(const char* name, ErrorCode code, const Spoil& spoil) {
  return {name, code, [=](Test& test) {
            Join(test);
            auto beat = requests::Stay("me", 1, test.topic_id, {0, 1});
            spoil(beat);
            return Beat(test, beat);
          }};
}
OffsetCommitRequest Commit(Test& test, std::string_view member, int32_t epoch) {
  OffsetCommitRequest commit;
  commit.group_id = "readers";
  commit.member_id = member;
  commit.generation_id_or_member_epoch = epoch;
  commit.topics.push_back(
      {"orders",
       test.topic_id,
       {{.partition_index = 0, .committed_offset = 1, .committed_metadata = {}}}});
  return commit;
}
Refused Committing(const char* name, ErrorCode code, std::string_view member, int32_t epoch,
                   int16_t version) {
  return {name, code, [=](Test& test) {
            Join(test);
            return test.client.Ask<OffsetCommitResponse>(Commit(test, member, epoch), version)
                .topics.at(0)
                .partitions.at(0)
                .error_code;
          }};
}
Refused Fetching(const char* name, ErrorCode code, std::string_view member, int32_t epoch) {
  return {name, code, [=](Test& test) {
            Join(test);
            OffsetFetchRequest fetch;
            auto& group = fetch.groups.emplace_back();
            group.group_id = "readers";
            group.member_id = member;
            group.member_epoch = epoch;
            return test.client.Ask<OffsetFetchResponse>(fetch, 9).groups.at(0).error_code;
          }};
}

const Refused kConsumers[] = {
    Joining("EmptyGroupId", ErrorCode::kInvalidRequest, [](auto& j) { j.group_id = ""; }),
    Joining("NoMemberId", ErrorCode::kInvalidRequest, [](auto& j) { j.member_id = ""; }),
    Joining("NoRebalanceTimeout", ErrorCode::kInvalidRequest,
            [](auto& j) { j.rebalance_timeout_ms = -1; }),
    Joining("NoTopics", ErrorCode::kInvalidRequest,
            [](auto& j) { j.subscribed_topic_names.reset(); }),
    Joining("PartitionsThatItCannotHaveYet", ErrorCode::kInvalidRequest,
            [](auto& j) {
              j.topic_partitions->push_back({{1}, {0}});
            }),
    Joining("OwnershipUnsaid", ErrorCode::kInvalidRequest,
            [](auto& j) { j.topic_partitions.reset(); }),
    Joining("EmptyInstance", ErrorCode::kInvalidRequest, [](auto& j) { j.instance_id = ""; }),
    Joining("EmptyRack", ErrorCode::kInvalidRequest, [](auto& j) { j.rack_id = ""; }),
    Joining("EpochOfMinusThree", ErrorCode::kInvalidRequest, [](auto& j) { j.member_epoch = -3; }),
    Joining("UnknownAssignor", ErrorCode::kUnsupportedAssignor,
            [](auto& j) { j.server_assignor = "sticky"; }),
    Joining("PatternThatIsNone", ErrorCode::kInvalidRegularExpression,
            [](auto& j) { j.subscribed_topic_regex = "("; }),
    {"InstanceInUse", ErrorCode::kUnreleasedInstanceId,
     [](Test& test) {
       Join(test, [](auto& j) { j.instance_id = "i"; });
       auto join = requests::JoinNewly("you");
       join.instance_id = "i";
       return Beat(test, join);
     }},
    {"LeavingOfWhoHasBeenReplaced", ErrorCode::kFencedInstanceId,
     [](Test& test) {
       const auto is_static = [](auto& beat) { beat.instance_id = "i"; };
       Join(test, is_static);
       auto leave = requests::Stay("me", -2);
       is_static(leave);
       EXPECT_EQ(Beat(test, leave), 0);
       Join(test, [&](auto& j) { is_static(j), j.member_id = "you"; });
       return Beat(test, leave);
     }},
    {"TemporaryLeaveWithoutAnInstance", ErrorCode::kInvalidRequest,
     [](Test& test) {
       Join(test);
       return Beat(test, requests::Stay("me", -2));
     }},
    Staying("Stranger", ErrorCode::kUnknownMemberId, [](auto& b) { b.member_id = "who"; }),
    Staying("EpochOfTheFuture", ErrorCode::kFencedMemberEpoch, [](auto& b) { b.member_epoch = 7; }),
    Staying("InstanceThatItIsNot", ErrorCode::kUnknownMemberId,
            [](auto& b) { b.instance_id = "i"; }),
    {"MemberOfAGroupThatIsNotThere", ErrorCode::kFencedMemberEpoch,
     [](Test& test) { return Beat(test, requests::Stay("me", 1)); }},
    {"EpochOfThePast", ErrorCode::kFencedMemberEpoch,
     [](Test& test) {
       Join(test);
       for (int epoch = 1; epoch <= 3; ++epoch) {  // others come and go
         const std::string other = "other" + std::to_string(epoch);
         Beat(test, requests::JoinNewly(other));
         Beat(test, requests::Stay(other, -1));
         for (int i = 0; i < 3; ++i) {
           const auto told = test.client.Ask<ConsumerGroupHeartbeatResponse>(
               requests::Stay("me", 2 * epoch - 1, test.topic_id, {0, 1}), 1);
           if (told.member_epoch == 2 * epoch + 1) break;
         }
       }
       return Beat(test, requests::Stay("me", 1, test.topic_id, {0, 1}));
     }},
    Committing("CommitOfAStranger", ErrorCode::kUnknownMemberId, "who", 1, 9),
    Committing("CommitOfTheFuture", ErrorCode::kStaleMemberEpoch, "me", 2, 9),
    Committing("CommitOfNobody", ErrorCode::kUnknownMemberId, "", -1, 9),
    Committing("CommitInAVersionWithoutEpochs", ErrorCode::kUnsupportedVersion, "me", 1, 8),
    Fetching("FetchOfAStranger", ErrorCode::kUnknownMemberId, "who", 1),
    Fetching("FetchOfTheFuture", ErrorCode::kStaleMemberEpoch, "me", 4),
    {"ClassicClientOfAnotherType", ErrorCode::kInconsistentGroupProtocol,
     [](Test& test) {
       Join(test);
       JoinGroupRequest join = requests::Join();
       join.protocol_type = "connect";
       return test.CodeOf<JoinGroupResponse>(join, 3);
     }},
    {"DescriptionOfAGroupThatIsNotThere", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       ConsumerGroupDescribeRequest request;
       request.group_ids = {"nobody"};
       return test.client.Ask<ConsumerGroupDescribeResponse>(request, 1).groups.at(0).error_code;
     }},
};

// --- Share groups ---

constexpr int8_t kAccept = 1;

int16_t ShareBeat(Test& test, std::string_view member, int32_t epoch,
                  std::string_view group = "workers") {
  auto beat = requests::ShareBeat(member, epoch, "orders");
  beat.group_id = group;
  return test.CodeOf<ShareGroupHeartbeatResponse>(beat, 1);
}
int16_t Fetch(Test& test, const ShareFetchRequest& fetch) {
  return test.CodeOf<ShareFetchResponse>(fetch, 2);
}
// "me" has a session, whose next epoch is 1, and reads from the first record on.
void Open(Test& test) {
  IncrementalAlterConfigsRequest earliest;
  earliest.resources.push_back({32, "workers", {{"share.auto.offset.reset", 0, "earliest"}}});
  EXPECT_EQ(test.client.Ask<IncrementalAlterConfigsResponse>(earliest, 1).responses[0].error_code,
            0);
  EXPECT_EQ(ShareBeat(test, "me", 0), 0);
  EXPECT_EQ(Fetch(test, requests::ShareFetch("me", 0, test.topic_id)), 0);
}
std::vector<AcknowledgedTopic> Acks(const Uuid& topic, int64_t first, int64_t last,
                                    std::vector<int8_t> types, int32_t partition = 0) {
  return {{topic, {{partition, {{first, last, std::move(types)}}}}}};
}
// An acknowledgement of "me", and what is said of its partition.
Refused Acknowledging(const char* name, ErrorCode code, int64_t first, int64_t last,
                      const std::vector<int8_t>& types, int32_t partition = 0) {
  return {name, code, [=](Test& test) {
            Open(test);
            const auto reply = test.client.Ask<ShareAcknowledgeResponse>(
                requests::Acknowledge("me", 1, Acks(test.topic_id, first, last, types, partition)),
                2);
            if (reply.error_code != 0) return reply.error_code;
            return reply.responses.at(0).partitions.at(0).error_code;
          }};
}

const Refused kSharers[] = {
    {"EmptyGroupId", ErrorCode::kInvalidRequest,
     [](Test& test) { return ShareBeat(test, "me", 0, ""); }},
    {"NoMemberId", ErrorCode::kInvalidRequest, [](Test& test) { return ShareBeat(test, "", 0); }},
    {"NoTopics", ErrorCode::kInvalidRequest,
     [](Test& test) {
       auto beat = requests::ShareBeat("me", 0, "orders");
       beat.subscribed_topic_names.reset();
       return test.CodeOf<ShareGroupHeartbeatResponse>(beat, 1);
     }},
    {"Stranger", ErrorCode::kUnknownMemberId,
     [](Test& test) {
       Open(test);
       return ShareBeat(test, "who", 1);
     }},
    {"EpochOfTheFuture", ErrorCode::kFencedMemberEpoch,
     [](Test& test) {
       Open(test);
       return ShareBeat(test, "me", 9);
     }},
    {"GroupOfAnotherKind", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       Join(test);
       return ShareBeat(test, "you", 0, "readers");
     }},
    {"DescriptionOfAGroupThatIsNotThere", ErrorCode::kGroupIdNotFound,
     [](Test& test) {
       ShareGroupDescribeRequest request;
       request.group_ids = {"nobody"};
       return test.client.Ask<ShareGroupDescribeResponse>(request, 1).groups.at(0).error_code;
     }},
    {"SessionThatWasNotOpened", ErrorCode::kShareSessionNotFound,
     [](Test& test) { return Fetch(test, requests::ShareFetch("me", 1, test.topic_id)); }},
    {"SessionOfAnother", ErrorCode::kShareSessionNotFound,
     [](Test& test) {
       Open(test);
       return Fetch(test, requests::ShareFetch("you", 1, test.topic_id));
     }},
    {"SessionOutOfStep", ErrorCode::kInvalidShareSessionEpoch,
     [](Test& test) {
       Open(test);
       return Fetch(test, requests::ShareFetch("me", 3, test.topic_id));
     }},
    {"ClosingWhatIsNotOpen", ErrorCode::kShareSessionNotFound,
     [](Test& test) { return Fetch(test, requests::ShareFetch("me", -1, test.topic_id)); }},
    {"OneSessionTooMany", ErrorCode::kShareSessionLimitReached,
     [](Test& test) {
       constexpr int kMostSessions = 2000;
       Open(test);
       for (int i = 1; i < kMostSessions; ++i) {
         const std::string member = std::to_string(i);
         EXPECT_EQ(Fetch(test, requests::ShareFetch(member, 0, test.topic_id)), 0);
       }
       return Fetch(test, requests::ShareFetch("you", 0, test.topic_id));
     }},
    {"FetchOfNoMember", ErrorCode::kInvalidRequest,
     [](Test& test) { return Fetch(test, requests::ShareFetch("", 0, test.topic_id)); }},
    {"FetchOfNoGroup", ErrorCode::kInvalidRequest,
     [](Test& test) {
       auto fetch = requests::ShareFetch("me", 0, test.topic_id);
       fetch.group_id = "";
       return Fetch(test, fetch);
     }},
    {"OpeningWithAcknowledgements", ErrorCode::kInvalidRequest,
     [](Test& test) {
       auto fetch = requests::ShareFetch("me", 0, test.topic_id);
       fetch.topics = Acks(test.topic_id, 0, 0, {kAccept});
       return Fetch(test, fetch);
     }},
    {"FetchOfATopicIdThatIsNotThere", ErrorCode::kUnknownTopicId,
     [](Test& test) {
       EXPECT_EQ(ShareBeat(test, "me", 0), 0);
       const auto reply =
           test.client.Ask<ShareFetchResponse>(requests::ShareFetch("me", 0, {1, 2, 3}), 2);
       EXPECT_EQ(reply.error_code, 0);
       return reply.responses.at(0).partitions.at(0).error_code;
     }},
    {"AcknowledgementOutsideASession", ErrorCode::kShareSessionNotFound,
     [](Test& test) {
       return test.CodeOf<ShareAcknowledgeResponse>(
           requests::Acknowledge("me", 1, Acks(test.topic_id, 0, 0, {kAccept})), 2);
     }},
    {"AcknowledgementThatOpens", ErrorCode::kInvalidShareSessionEpoch,
     [](Test& test) {
       Open(test);
       return test.CodeOf<ShareAcknowledgeResponse>(
           requests::Acknowledge("me", 0, Acks(test.topic_id, 0, 0, {kAccept})), 2);
     }},
    {"AcknowledgedTwice", ErrorCode::kInvalidRecordState,
     [](Test& test) {
       Open(test);
       const auto acknowledge = [&](int32_t epoch) {
         return test.client
             .Ask<ShareAcknowledgeResponse>(
                 requests::Acknowledge("me", epoch, Acks(test.topic_id, 0, 0, {kAccept})), 2)
             .responses.at(0)
             .partitions.at(0)
             .error_code;
       };
       EXPECT_EQ(acknowledge(1), 0);
       return acknowledge(2);
     }},
    Acknowledging("NeverAcquired", ErrorCode::kInvalidRecordState, 5, 6, {kAccept}),
    Acknowledging("EndsBeforeItBegins", ErrorCode::kInvalidRequest, 1, 0, {kAccept}),
    Acknowledging("BeginsBeforeTheLog", ErrorCode::kInvalidRequest, -1, 0, {kAccept}),
    Acknowledging("NoType", ErrorCode::kInvalidRequest, 0, 0, {}),
    Acknowledging("MoreTypesThanOneAndFewerThanRecords", ErrorCode::kInvalidRequest, 0, 3,
                  {kAccept, kAccept}),
    Acknowledging("UnknownType", ErrorCode::kInvalidRequest, 0, 0, {5}),
    Acknowledging("NegativeType", ErrorCode::kInvalidRequest, 0, 0, {-1}),
    Acknowledging("AllOffsetsThereAre", ErrorCode::kInvalidRecordState, 0, INT64_MAX, {kAccept}),
    Acknowledging("NoSuchPartition", ErrorCode::kUnknownTopicOrPartition, 0, 0, {kAccept}, 9),
};

INSTANTIATE_TEST_SUITE_P(Consumers, RefusedTest, testing::ValuesIn(kConsumers), NameOf());
INSTANTIATE_TEST_SUITE_P(Sharers, RefusedTest, testing::ValuesIn(kSharers), NameOf());

}  // namespace
}  // namespace braid::kafka
