// A request that names one thing a hundred thousand times: some bytes each, and it would be
// answered with thousands.
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "protocol/kafka/messages/consumer_group_describe.h"
#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/describe_configs.h"
#include "protocol/kafka/messages/describe_groups.h"
#include "protocol/kafka/messages/describe_share_group_offsets.h"
#include "protocol/kafka/messages/describe_transactions.h"
#include "protocol/kafka/messages/metadata.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/share_group_describe.h"
#include "tests/protocol/kafka/bad_input.h"

namespace braid::kafka {
namespace {

constexpr size_t kTimes = 100'000;

class RepeatsTest : public BadInputTest {
 protected:
  ~RepeatsTest() override { CheckThatOthersDidNotNotice(); }
};

TEST_F(RepeatsTest, TopicsAreDescribedOnce) {
  MetadataRequest request;
  request.topics.emplace(kTimes);
  for (auto& topic : *request.topics) topic.name = "orders";
  EXPECT_EQ(client.Ask<MetadataResponse>(request, 12).topics.size(), 1u);
  for (auto& topic : *request.topics) topic = {topic_id, std::nullopt};
  EXPECT_EQ(client.Ask<MetadataResponse>(request, 12).topics.size(), 1u);
}

TEST_F(RepeatsTest, TopicsAreRefusedOnce) {
  CreateTopicsRequest request;
  request.topics.resize(kTimes);
  for (auto& topic : request.topics) topic.name = "new";
  const auto reply = client.Ask<CreateTopicsResponse>(request, 5);
  ASSERT_EQ(reply.topics.size(), 1u);
  EXPECT_EQ(reply.topics[0].error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(RepeatsTest, SettingsAreDescribedOnce) {
  DescribeConfigsRequest request;
  request.resources.resize(kTimes);
  for (auto& resource : request.resources) resource = {2, "orders", std::nullopt};
  EXPECT_EQ(client.Ask<DescribeConfigsResponse>(request, 4).results.size(), 1u);
}

TEST_F(RepeatsTest, GroupsAndTransactionsAreDescribedOnce) {
  const std::vector<std::string_view> ids(kTimes, "readers");
  DescribeGroupsRequest classic;
  classic.groups = ids;
  EXPECT_EQ(client.Ask<DescribeGroupsResponse>(classic, 6).groups.size(), 1u);
  ConsumerGroupDescribeRequest newer;
  newer.group_ids = ids;
  EXPECT_EQ(client.Ask<ConsumerGroupDescribeResponse>(newer, 1).groups.size(), 1u);
  ShareGroupDescribeRequest share;
  share.group_ids = ids;
  EXPECT_EQ(client.Ask<ShareGroupDescribeResponse>(share, 1).groups.size(), 1u);
  DescribeTransactionsRequest transactions;
  transactions.transactional_ids = ids;
  EXPECT_EQ(client.Ask<DescribeTransactionsResponse>(transactions, 0).transaction_states.size(),
            1u);
}

TEST_F(RepeatsTest, AllOffsetsOfAGroupAreToldOnce) {
  OffsetFetchRequest request;
  request.groups.resize(kTimes);
  for (auto& group : request.groups) group.group_id = "readers";
  EXPECT_EQ(client.Ask<OffsetFetchResponse>(request, 8).groups.size(), 1u);
  DescribeShareGroupOffsetsRequest share;
  share.groups.resize(kTimes);
  for (auto& group : share.groups) group.group_id = "workers";
  EXPECT_EQ(client.Ask<DescribeShareGroupOffsetsResponse>(share, 0).groups.size(), 1u);
}

}  // namespace
}  // namespace braid::kafka
