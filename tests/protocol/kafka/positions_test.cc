#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/kafka/messages/delete_records.h"
#include "protocol/kafka/messages/incremental_alter_configs.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/offset_for_leader_epoch.h"
#include "storage/batch_builder.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

class PositionsTest : public KafkaTest {
 protected:
  PositionsTest() : client(*this, address) { client.Mention("orders"); }

  void WriteAt(const std::vector<int64_t>& times) {
    storage::BatchBuilder builder;
    for (const int64_t time : times) {
      RecordView record;
      record.value = "x";
      record.timestamp_ms = time;
      builder.Add(record);
    }
    EXPECT_EQ(client.Produce("orders", 0, builder.Build().bytes()).error_code, 0);
  }
  ListOffsetsResponse::Topic::Partition List(int64_t timestamp, int16_t version = 7,
                                             int32_t partition = 0) {
    ListOffsetsRequest request;
    request.topics.push_back({"orders", {{.partition_index = partition, .timestamp = timestamp}}});
    return client.Ask<ListOffsetsResponse>(request, version).topics.at(0).partitions.at(0);
  }
  DeleteRecordsResponse::Topic::Partition DeleteBefore(int64_t offset) {
    DeleteRecordsRequest request;
    request.topics.push_back({"orders", {{.partition_index = 0, .offset = offset}}});
    return client.Ask<DeleteRecordsResponse>(request, 2).topics.at(0).partitions.at(0);
  }

  KafkaClient client;
};

using OffsetAndTime = std::pair<int64_t, int64_t>;
OffsetAndTime Of(const ListOffsetsResponse::Topic::Partition& reply) {
  EXPECT_EQ(reply.error_code, 0);
  return {reply.offset, reply.timestamp};
}

TEST_F(PositionsTest, EndsOfAPartitionInEveryVersion) {
  WriteAt({100, 200, 300});
  for (int16_t version = 1; version <= 11; ++version) {
    EXPECT_EQ(Of(List(-1, version)), OffsetAndTime(3, -1));
    EXPECT_EQ(Of(List(-2, version)), OffsetAndTime(0, -1));
    EXPECT_EQ(List(-1, version).leader_epoch, version >= 4 ? 0 : -1);
  }
}

TEST_F(PositionsTest, FirstRecordAtOrAfterATime) {
  WriteAt({100, 200});
  WriteAt({300});
  EXPECT_EQ(Of(List(0)), OffsetAndTime(0, 100));
  EXPECT_EQ(Of(List(101)), OffsetAndTime(1, 200));
  EXPECT_EQ(Of(List(300)), OffsetAndTime(2, 300));
  EXPECT_EQ(Of(List(301)), OffsetAndTime(-1, -1));
}

TEST_F(PositionsTest, RecordWithTheLargestTime) {
  EXPECT_EQ(Of(List(-3)), OffsetAndTime(-1, -1));
  WriteAt({100, 900, 300});
  WriteAt({50, 900, 20});
  EXPECT_EQ(Of(List(-3)), OffsetAndTime(1, 900));
  WriteAt({901});
  EXPECT_EQ(Of(List(-3)), OffsetAndTime(6, 901));
}

TEST_F(PositionsTest, TieredPositionsOfABrokerWithoutTiers) {
  WriteAt({100});
  EXPECT_EQ(Of(List(-4, 8)), OffsetAndTime(0, -1));
  EXPECT_EQ(Of(List(-5, 9)), OffsetAndTime(-1, -1));
  EXPECT_EQ(Of(List(-6, 11)), OffsetAndTime(-1, -1));
}

TEST_F(PositionsTest, TimestampNewerThanTheVersionIsRefused) {
  for (const auto& [timestamp, first] : {std::pair{-3, 7}, {-4, 8}, {-5, 9}, {-6, 11}, {-7, 12}}) {
    EXPECT_EQ(List(timestamp, static_cast<int16_t>(first - 1)).error_code,
              Wire(ErrorCode::kUnsupportedVersion))
        << timestamp;
  }
}

TEST_F(PositionsTest, PartitionAskedTwiceIsRefusedTheSecondTime) {
  ListOffsetsRequest request;
  request.topics.push_back(
      {"orders",
       {{.partition_index = 0, .timestamp = -1}, {.partition_index = 0, .timestamp = -2}}});
  const auto reply = client.Ask<ListOffsetsResponse>(request, 5);
  EXPECT_EQ(reply.topics[0].partitions[0].error_code, 0);
  EXPECT_EQ(reply.topics[0].partitions[1].error_code, Wire(ErrorCode::kInvalidRequest));
}

TEST_F(PositionsTest, MissingPartitionIsNamed) {
  EXPECT_EQ(List(-1, 7, 4).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
}

TEST_F(PositionsTest, DeleteRecordsMovesTheStart) {
  WriteAt({100, 200, 300});
  const auto deleted = DeleteBefore(2);
  EXPECT_EQ(deleted.error_code, 0);
  EXPECT_EQ(deleted.low_watermark, 2);
  EXPECT_EQ(Of(List(-2)), OffsetAndTime(2, -1));
  EXPECT_EQ(DeleteBefore(-1).low_watermark, 3);
  EXPECT_EQ(DeleteBefore(4).error_code, Wire(ErrorCode::kOffsetOutOfRange));
  EXPECT_EQ(DeleteBefore(-2).error_code, Wire(ErrorCode::kOffsetOutOfRange));
}

TEST_F(PositionsTest, OnlyCompactionTakesRecordsOutOfACompactedTopic) {
  WriteAt({100, 200});
  IncrementalAlterConfigsRequest request;
  auto& topic = request.resources.emplace_back();
  topic.resource_type = 2;
  topic.resource_name = "orders";
  topic.configs = {{"cleanup.policy", 0, "compact"}};
  client.Ask<IncrementalAlterConfigsResponse>(request, 1);
  EXPECT_EQ(DeleteBefore(1).error_code, Wire(ErrorCode::kPolicyViolation));
  topic.configs = {{"cleanup.policy", 0, "compact,delete"}};
  client.Ask<IncrementalAlterConfigsResponse>(request, 1);
  EXPECT_EQ(DeleteBefore(1).error_code, 0);
}

TEST_F(PositionsTest, TheOneEpochEndsWithTheLog) {
  WriteAt({100, 200});
  for (int16_t version = 2; version <= 4; ++version) {
    OffsetForLeaderEpochRequest request;
    request.topics.push_back({"orders",
                              {{.partition = 0, .current_leader_epoch = 0, .leader_epoch = 0},
                               {.partition = 0, .current_leader_epoch = 0, .leader_epoch = 3},
                               {.partition = 0, .current_leader_epoch = 9, .leader_epoch = 0},
                               {.partition = 7, .current_leader_epoch = 0, .leader_epoch = 0}}});
    const auto reply = client.Ask<OffsetForLeaderEpochResponse>(request, version);
    const auto& partitions = reply.topics.at(0).partitions;
    EXPECT_EQ(partitions[0].end_offset, 2);
    EXPECT_EQ(partitions[0].leader_epoch, 0);
    EXPECT_EQ(partitions[1].end_offset, -1);
    EXPECT_EQ(partitions[2].error_code, Wire(ErrorCode::kUnknownLeaderEpoch));
    EXPECT_EQ(partitions[3].error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  }
}

}  // namespace
}  // namespace braid::kafka
