// Transactions over the wire: both generations of producers, readers of committed records, offsets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/group_offsets.h"
#include "engine/share_partitions.h"
#include "engine/transactions.h"
#include "protocol/kafka/messages/add_offsets_to_txn.h"
#include "protocol/kafka/messages/add_partitions_to_txn.h"
#include "protocol/kafka/messages/describe_transactions.h"
#include "protocol/kafka/messages/end_txn.h"
#include "protocol/kafka/messages/find_coordinator.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "protocol/kafka/messages/list_offsets.h"
#include "protocol/kafka/messages/list_transactions.h"
#include "protocol/kafka/messages/offset_fetch.h"
#include "protocol/kafka/messages/txn_offset_commit.h"
#include "protocol/kafka/messages/write_txn_markers.h"
#include "tests/protocol/kafka/kafka_test.h"
#include "tests/protocol/kafka/requests.h"

namespace braid::kafka {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TransactionsTest : public KafkaTest {
 protected:
  TransactionsTest() : client(*this, address) { client.Create("orders", 2); }

  InitProducerIdResponse Init(std::string_view id = "t", int16_t version = 4, int64_t producer = -1,
                              int16_t epoch = -1) {
    return client.Ask<InitProducerIdResponse>(requests::Init(id, producer, epoch), version);
  }

  AddPartitionsToTxnResponse AddPartitions(const InitProducerIdResponse& producer,
                                           std::vector<int32_t> partitions, int16_t version = 3) {
    AddPartitionsToTxnRequest request = requests::AddPartitions(producer, std::move(partitions));
    if (version >= 4) {
      auto& transaction = request.transactions.emplace_back();
      transaction.transactional_id = "t";
      transaction.producer_id = producer.producer_id;
      transaction.producer_epoch = producer.producer_epoch;
      transaction.topics = request.topics;
    }
    return client.Ask<AddPartitionsToTxnResponse>(request, version);
  }

  ProduceResponse::Topic::Partition Produce(const InitProducerIdResponse& producer,
                                            int32_t sequence, int16_t version,
                                            int32_t partition = 0,
                                            std::optional<std::string_view> id = "t") {
    const Buffer batch = WithSequence(
        WithField<int16_t>(BatchOf({"a"}), storage::kAttributesAt, storage::kTransactionalBit),
        producer.producer_id, producer.producer_epoch, sequence);
    ProduceRequest request = KafkaClient::ProduceOf("orders", partition, batch);
    request.transactional_id = id;
    return client.Ask<ProduceResponse>(request, version).responses.at(0).partition_responses.at(0);
  }

  EndTxnResponse End(const InitProducerIdResponse& producer, bool commit, int16_t version) {
    return client.Ask<EndTxnResponse>(requests::End(producer, commit), version);
  }

  FetchResponse::Topic::Partition FetchCommitted(int64_t offset, int32_t max_wait_ms = 0) {
    FetchRequest request = KafkaClient::FetchOf("orders", 0, offset);
    request.isolation_level = 1;
    request.max_wait_ms = max_wait_ms;
    return client.Ask<FetchResponse>(request, 11).responses.at(0).partitions.at(0);
  }

  int64_t LatestCommitted() {
    ListOffsetsRequest request;
    request.isolation_level = 1;
    auto& topic = request.topics.emplace_back();
    topic.name = "orders";
    topic.partitions.emplace_back().timestamp = -1;
    return client.Ask<ListOffsetsResponse>(request, 5).topics.at(0).partitions.at(0).offset;
  }

  TxnOffsetCommitResponse SendOffset(const InitProducerIdResponse& producer, int64_t offset,
                                     int16_t version) {
    return client.Ask<TxnOffsetCommitResponse>(requests::SendOffset(producer, offset), version);
  }
  OffsetFetchResponse::Topic::Partition FetchOffset(bool stable) {
    OffsetFetchRequest request;
    request.group_id = "g";
    request.require_stable = stable;
    auto& topic = request.topics.emplace().emplace_back();
    topic.name = "orders";
    topic.partition_indexes = {0};
    return client.Ask<OffsetFetchResponse>(request, 7).topics.at(0).partitions.at(0);
  }

  KafkaClient client;
};

TEST_F(TransactionsTest, CoordinatorOfTransactionsIsThisNode) {
  FindCoordinatorRequest request;
  request.key = "t";
  request.key_type = 1;
  const auto reply = client.Ask<FindCoordinatorResponse>(request, 2);
  EXPECT_EQ(reply.error_code, 0);
  EXPECT_EQ(reply.node_id, 1);
}

TEST_F(TransactionsTest, FirstGenerationCommits) {
  const auto producer = Init("t", 1);
  EXPECT_EQ(producer.error_code, 0);
  EXPECT_EQ(producer.producer_epoch, 0);
  EXPECT_EQ(Produce(producer, 0, 8).error_code, Wire(ErrorCode::kInvalidTxnState))
      << "the partition was not added";
  EXPECT_EQ(Produce(producer, 0, 11).error_code, Wire(ErrorCode::kTransactionAbortable));
  const auto added = AddPartitions(producer, {0, 1}, 1);
  ASSERT_EQ(added.results_by_topic.at(0).results_by_partition.size(), 2u);
  EXPECT_EQ(added.results_by_topic[0].results_by_partition[1].partition_error_code, 0);
  EXPECT_EQ(Produce(producer, 0, 8).base_offset, 0);
  EXPECT_EQ(LatestCommitted(), 0);
  const auto waiting = FetchCommitted(0);
  EXPECT_EQ(waiting.error_code, 0);
  EXPECT_EQ(waiting.records.size(), 0u);
  EXPECT_EQ(waiting.last_stable_offset, 0);
  EXPECT_EQ(waiting.high_watermark, 1);
  EXPECT_EQ(End(producer, true, 1).error_code, 0);
  EXPECT_EQ(LatestCommitted(), 2);
  const auto committed = FetchCommitted(0);
  EXPECT_GT(committed.records.size(), 0u);
  EXPECT_EQ(committed.last_stable_offset, 2);
  ASSERT_TRUE(committed.aborted_transactions.has_value());
  EXPECT_THAT(*committed.aborted_transactions, IsEmpty());
  EXPECT_EQ(catalog->FindKafka("orders", 1)->next_offset(), 0) << "nothing to end there";
}

TEST_F(TransactionsTest, SecondGenerationAddsByProducingAndMovesOn) {
  auto producer = Init("t", 5);
  EXPECT_EQ(Produce(producer, 0, 12).error_code, 0);
  const auto ended = End(producer, false, 5);
  EXPECT_EQ(ended.error_code, 0);
  EXPECT_EQ(ended.producer_id, producer.producer_id);
  EXPECT_EQ(ended.producer_epoch, producer.producer_epoch + 1);
  EXPECT_EQ(Produce(producer, 1, 12).error_code, Wire(ErrorCode::kInvalidProducerEpoch));
  producer.producer_epoch = ended.producer_epoch;
  EXPECT_EQ(Produce(producer, 0, 12).base_offset, 2);
  EXPECT_EQ(End(producer, true, 5).error_code, 0);
  const auto fetched = FetchCommitted(0);
  ASSERT_TRUE(fetched.aborted_transactions.has_value());
  ASSERT_THAT(*fetched.aborted_transactions, SizeIs(1));
  EXPECT_EQ(fetched.aborted_transactions->at(0).producer_id, producer.producer_id);
  EXPECT_EQ(fetched.aborted_transactions->at(0).first_offset, 0);
  const auto all = client.Fetch("orders", 0, 0);
  EXPECT_FALSE(all.aborted_transactions.has_value()) << "who reads everything is told nothing";
}

TEST_F(TransactionsTest, LongPollEndsWithTheTransaction) {
  const auto producer = Init("t", 5);
  EXPECT_EQ(Produce(producer, 0, 12).error_code, 0);
  KafkaClient reader(*this, address);
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.isolation_level = 1;
  request.max_wait_ms = 10'000;
  reader.Send(request, 11);
  EXPECT_EQ(Produce(producer, 1, 12).error_code, 0) << "more of what does not count yet";
  EXPECT_FALSE(reader.HasAnswer());
  EXPECT_EQ(End(producer, true, 5).error_code, 0);
  EXPECT_GT(reader.Receive<FetchResponse>(11).responses.at(0).partitions.at(0).records.size(), 0u);
}

TEST_F(TransactionsTest, FencedProducersAreToldInTheWordsTheyKnow) {
  const auto first = Init();
  const auto second = Init();
  EXPECT_EQ(second.producer_id, first.producer_id);
  EXPECT_EQ(second.producer_epoch, first.producer_epoch + 1);
  EXPECT_EQ(End(first, true, 1).error_code, Wire(ErrorCode::kInvalidProducerEpoch));
  EXPECT_EQ(End(first, true, 2).error_code, Wire(ErrorCode::kProducerFenced));
  const auto old_words = AddPartitions(first, {0}, 1);
  EXPECT_EQ(old_words.results_by_topic.at(0).results_by_partition.at(0).partition_error_code,
            Wire(ErrorCode::kInvalidProducerEpoch));
  const auto third = Init("t", 4, first.producer_id, first.producer_epoch);
  EXPECT_EQ(third.error_code, Wire(ErrorCode::kProducerFenced));
  EXPECT_EQ(Init("t", 3, first.producer_id, first.producer_epoch).error_code,
            Wire(ErrorCode::kInvalidProducerEpoch));
}

TEST_F(TransactionsTest, BadRequestsHaveKafkasCodes) {
  const auto producer = Init();
  EXPECT_EQ(Init("").error_code, Wire(ErrorCode::kInvalidRequest));
  InitProducerIdRequest hasty;
  hasty.transactional_id = "t";
  EXPECT_EQ(client.Ask<InitProducerIdResponse>(hasty, 4).error_code,
            Wire(ErrorCode::kInvalidTransactionTimeout));
  auto stranger = producer;
  ++stranger.producer_id;
  EXPECT_EQ(End(stranger, true, 3).error_code, Wire(ErrorCode::kInvalidProducerIdMapping));
  EXPECT_EQ(End(producer, true, 3).error_code, Wire(ErrorCode::kInvalidTxnState));
  EXPECT_EQ(Produce(producer, 0, 12, 0, std::nullopt).error_code,
            Wire(ErrorCode::kTransactionalIdAuthorizationFailed));
  // One partition that is not there, and none is added.
  const auto added = AddPartitions(producer, {0, 7});
  EXPECT_EQ(added.results_by_topic.at(0).results_by_partition.at(0).partition_error_code,
            Wire(ErrorCode::kOperationNotAttempted));
  EXPECT_EQ(added.results_by_topic.at(0).results_by_partition.at(1).partition_error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  const auto many = AddPartitions(producer, {0}, 5);
  ASSERT_THAT(many.results_by_transaction, SizeIs(1));
  EXPECT_EQ(many.results_by_transaction[0]
                .topic_results.at(0)
                .results_by_partition.at(0)
                .partition_error_code,
            0);
}

TEST_F(TransactionsTest, OffsetsAreUnstableUntilTheEnd) {
  const auto producer = Init();
  EXPECT_EQ(SendOffset(producer, 7, 3).topics.at(0).partitions.at(0).error_code,
            Wire(ErrorCode::kInvalidTxnState))
      << "the group was not added";
  AddOffsetsToTxnRequest add;
  add.transactional_id = "t";
  add.producer_id = producer.producer_id;
  add.producer_epoch = producer.producer_epoch;
  add.group_id = "g";
  EXPECT_EQ(client.Ask<AddOffsetsToTxnResponse>(add, 3).error_code, 0);
  EXPECT_EQ(SendOffset(producer, 7, 3).topics.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(FetchOffset(/*stable=*/false).committed_offset, -1);
  EXPECT_EQ(FetchOffset(/*stable=*/true).error_code, Wire(ErrorCode::kUnstableOffsetCommit));
  EXPECT_EQ(End(producer, true, 3).error_code, 0);
  EXPECT_EQ(FetchOffset(/*stable=*/true).committed_offset, 7);
  EXPECT_EQ(SendOffset(producer, 9, 5).topics.at(0).partitions.at(0).error_code, 0)
      << "from version 5 on it adds the group";
}

TEST_F(TransactionsTest, GroupsThatShareHaveNoOffsetsToCommit) {
  engine::Writes made;
  ASSERT_TRUE(engine::EnsureSharePartition(*catalog->FindKafka("orders", 0), "g", {}, made).ok());
  const auto producer = Init();
  EXPECT_EQ(SendOffset(producer, 7, 5).topics.at(0).partitions.at(0).error_code,
            Wire(ErrorCode::kGroupIdNotFound));
}

TEST_F(TransactionsTest, ManyPartitionsOfARequestJoinTogether) {
  constexpr int32_t kPartitions = 50;
  client.Create("many", kPartitions);
  const auto producer = Init("t", 5);
  ProduceRequest produce;
  produce.acks = -1;
  produce.transactional_id = "t";
  TxnOffsetCommitRequest commit;
  commit.transactional_id = "t";
  commit.group_id = "g";
  commit.producer_id = producer.producer_id;
  commit.producer_epoch = producer.producer_epoch;
  auto& produced = produce.topic_data.emplace_back();
  auto& committed = commit.topics.emplace_back();
  produced.name = committed.name = "many";
  const Buffer batch = WithSequence(
      WithField<int16_t>(BatchOf({"a"}), storage::kAttributesAt, storage::kTransactionalBit),
      producer.producer_id, producer.producer_epoch, 0);
  for (int32_t i = 0; i < kPartitions; ++i) {
    auto& records = produced.partition_data.emplace_back();
    records.index = i;
    records.records.parts.push_back(batch);
    auto& partition = committed.partitions.emplace_back();
    partition.partition_index = i;
    partition.committed_offset = 7;
  }
  auto& odd = produced.partition_data.emplace_back();
  odd.index = kPartitions;
  odd.records.parts.push_back(batch);
  const auto reply = client.Ask<ProduceResponse>(produce, 12).responses.at(0).partition_responses;
  for (size_t i = 0; i < kPartitions; ++i) EXPECT_EQ(reply.at(i).error_code, 0);
  EXPECT_EQ(reply.at(kPartitions).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  committed.partitions.emplace_back().partition_index = kPartitions;
  const auto sent = client.Ask<TxnOffsetCommitResponse>(commit, 5).topics.at(0).partitions;
  for (size_t i = 0; i < kPartitions; ++i) EXPECT_EQ(sent.at(i).error_code, 0);
  EXPECT_EQ(sent.at(kPartitions).error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(End(producer, true, 5).error_code, 0);
  for (int32_t i = 0; i < kPartitions; ++i) {
    const engine::StreamPtr stream = catalog->FindKafka("many", i);
    EXPECT_EQ(stream->last_stable_offset(), 2);
    EXPECT_EQ(engine::OffsetsOf(*stream, "g")->committed().offset, 7);
  }
}

TEST_F(TransactionsTest, LatestOffsetIsNotBelowTheFirst) {
  const auto producer = Init("t", 5);
  EXPECT_EQ(Produce(producer, 0, 12).error_code, 0);
  client.Produce("orders", 0, BatchOf({"b", "c"}));
  engine::Writes trim;
  ASSERT_TRUE(catalog->FindKafka("orders", 0)->TrimTo(3, trim).ok());
  EXPECT_EQ(LatestCommitted(), 3);
  const auto fetched = FetchCommitted(3);
  EXPECT_EQ(fetched.error_code, 0);
  EXPECT_EQ(fetched.last_stable_offset, 3);
}

TEST_F(TransactionsTest, AdministratorsSeeWhatGoesOn) {
  const auto producer = Init();
  Init("idle");
  EXPECT_EQ(Produce(producer, 0, 12).error_code, 0);
  ListTransactionsRequest list;
  EXPECT_THAT(client.Ask<ListTransactionsResponse>(list, 0).transaction_states, SizeIs(2));
  list.state_filters = {"Ongoing", "Odd"};
  const auto ongoing = client.Ask<ListTransactionsResponse>(list, 1);
  ASSERT_THAT(ongoing.transaction_states, SizeIs(1));
  EXPECT_EQ(ongoing.transaction_states[0].transactional_id, "t");
  EXPECT_THAT(ongoing.unknown_state_filters, ElementsAre("Odd"));
  list = {};
  list.transactional_id_pattern = "i.*";
  EXPECT_EQ(client.Ask<ListTransactionsResponse>(list, 2).transaction_states.at(0).transactional_id,
            "idle");
  list.transactional_id_pattern = "(";
  EXPECT_EQ(client.Ask<ListTransactionsResponse>(list, 2).error_code,
            Wire(ErrorCode::kInvalidRegularExpression));

  DescribeTransactionsRequest describe;
  describe.transactional_ids = {"t", "nobody"};
  const auto described = client.Ask<DescribeTransactionsResponse>(describe, 0);
  const auto& state = described.transaction_states.at(0);
  EXPECT_EQ(state.transaction_state, "Ongoing");
  EXPECT_EQ(state.producer_id, producer.producer_id);
  EXPECT_EQ(state.transaction_timeout_ms, 60'000);
  ASSERT_THAT(state.topics, SizeIs(1));
  EXPECT_EQ(state.topics[0].topic, "orders");
  EXPECT_THAT(state.topics[0].partitions, ElementsAre(0));
  EXPECT_EQ(described.transaction_states.at(1).error_code,
            Wire(ErrorCode::kTransactionalIdNotFound));

  WriteTxnMarkersRequest write;
  auto& marker = write.markers.emplace_back();
  marker.producer_id = producer.producer_id;
  marker.producer_epoch = producer.producer_epoch;
  auto& topic = marker.topics.emplace_back();
  topic.name = "orders";
  topic.partition_indexes = {0, 9};
  const auto written = client.Ask<WriteTxnMarkersResponse>(write, 1);
  EXPECT_EQ(written.markers.at(0).topics.at(0).partitions.at(0).error_code, 0);
  EXPECT_EQ(written.markers.at(0).topics.at(0).partitions.at(1).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(LatestCommitted(), 2) << "nothing hangs there any more";
}

}  // namespace
}  // namespace braid::kafka
