#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/kafka/messages/create_topics.h"
#include "protocol/kafka/messages/init_producer_id.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

class ProduceTest : public KafkaTest {
 protected:
  ProduceTest() : client(*this, address) { client.Mention("orders"); }

  ErrorCode Refusal(const Buffer& batch, int16_t version = 8) {
    const auto reply = client.Produce("orders", 0, batch, version);
    EXPECT_EQ(reply.base_offset, -1);
    return static_cast<ErrorCode>(reply.error_code);
  }
  int64_t end() { return catalog->FindKafka("orders", 0)->next_offset(); }

  KafkaClient client;
};

TEST_F(ProduceTest, OffsetsFollowEachOther) {
  for (int16_t version = 3; version <= 12; ++version) {
    const auto reply = client.Produce("orders", 0, BatchOf({"a", "b"}), version);
    EXPECT_EQ(reply.error_code, 0);
    EXPECT_EQ(reply.base_offset, 2 * (version - 3));
    EXPECT_EQ(reply.log_append_time_ms, -1);
    EXPECT_EQ(reply.log_start_offset, version >= 5 ? 0 : -1);
  }
}

TEST_F(ProduceTest, TopicIdTakesTheNamesPlaceFromVersionThirteen) {
  ProduceRequest request = KafkaClient::ProduceOf("", 0, BatchOf({"a"}));
  request.topic_data[0].topic_id = catalog->FindTopic("orders")->uuid;
  const auto reply = client.Ask<ProduceResponse>(request, 13);
  EXPECT_EQ(reply.responses[0].topic_id, request.topic_data[0].topic_id);
  EXPECT_EQ(reply.responses[0].partition_responses[0].error_code, 0);
  request.topic_data[0].topic_id[3] ^= 1;
  const auto unknown = client.Ask<ProduceResponse>(request, 13);
  EXPECT_EQ(unknown.responses[0].partition_responses[0].error_code,
            Wire(ErrorCode::kUnknownTopicId));
}

TEST_F(ProduceTest, MissingTopicAndPartitionAreNamed) {
  EXPECT_EQ(client.Produce("nowhere", 0, BatchOf({"a"})).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(client.Produce("orders", 1, BatchOf({"a"})).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(client.Produce("orders", -1, BatchOf({"a"})).error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
  EXPECT_EQ(catalog->FindTopic("nowhere"), nullptr) << "producing creates nothing";
}

TEST_F(ProduceTest, AcksZeroIsNotAnswered) {
  client.Send(KafkaClient::ProduceOf("orders", 0, BatchOf({"a"}), 0), 8);
  // The next answer is the next request's.
  EXPECT_EQ(client.Produce("orders", 0, BatchOf({"b"})).base_offset, 1);
}

TEST_F(ProduceTest, AcksZeroThatFailsClosesTheConnection) {
  client.Send(KafkaClient::ProduceOf("nowhere", 0, BatchOf({"a"}), 0), 8);
  EXPECT_TRUE(RunUntil([&] { return client.wire().ended(); }));
}

TEST_F(ProduceTest, OtherAcksAreRefused) {
  EXPECT_EQ(client.Produce("orders", 0, BatchOf({"a"}), 8, 2).error_code,
            Wire(ErrorCode::kInvalidRequiredAcks));
  EXPECT_EQ(end(), 0);
}

TEST_F(ProduceTest, OneBatchAndNoMore) {
  const Buffer batch = BatchOf({"a"});
  const Buffer two = Buffer::Copy(std::string(batch.view()) + std::string(batch.view()));
  EXPECT_EQ(Refusal(two), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Refusal(Buffer()), ErrorCode::kInvalidRecord);
  ProduceRequest null = KafkaClient::ProduceOf("orders", 0, {});
  null.topic_data[0].partition_data[0].records = {.parts = {}, .null = true};
  EXPECT_EQ(client.Ask<ProduceResponse>(null, 8).responses[0].partition_responses[0].error_code,
            Wire(ErrorCode::kInvalidRecord));
}

TEST_F(ProduceTest, DamageIsCorruptAndRuleBreakingIsInvalid) {
  std::string damaged(BatchOf({"abc"}).view());
  damaged.back() ^= 1;
  EXPECT_EQ(Refusal(Buffer::Copy(damaged)), ErrorCode::kCorruptMessage);
  EXPECT_EQ(Refusal(Buffer::Copy(damaged.substr(0, 40))), ErrorCode::kCorruptMessage);
  const Buffer batch = BatchOf({"abc"});
  EXPECT_EQ(Refusal(WithField<int8_t>(batch, storage::kMagicAt, 1)), ErrorCode::kInvalidRecord);
  EXPECT_EQ(Refusal(WithField<int32_t>(batch, storage::kRecordCountAt, 2)),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(Refusal(WithField<int32_t>(batch, storage::kLastOffsetDeltaAt, 5)),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(Refusal(WithField<int16_t>(batch, storage::kAttributesAt, storage::kControlBit)),
            ErrorCode::kInvalidRecord);
  EXPECT_EQ(Refusal(WithField<int64_t>(batch, storage::kProducerIdAt, 9)),
            ErrorCode::kInvalidRecord)
      << "a producer id wants a sequence";
  EXPECT_EQ(end(), 0);
}

TEST_F(ProduceTest, RefusalComesWithASentence) {
  const auto reply = client.Produce("orders", 0, Buffer(), 8);
  ASSERT_TRUE(reply.error_message.has_value());
  EXPECT_NE(reply.error_message->find("one batch"), std::string_view::npos);
}

TEST_F(ProduceTest, TransactionalBatchesNeedATransactionalId) {
  const Buffer batch = WithField<int16_t>(WithSequence(BatchOf({"a"}), 1, 0, 0),
                                          storage::kAttributesAt, storage::kTransactionalBit);
  EXPECT_EQ(Refusal(batch), ErrorCode::kTransactionalIdAuthorizationFailed);
  ProduceRequest request = KafkaClient::ProduceOf("orders", 0, BatchOf({"a"}));
  request.transactional_id = "tx";
  EXPECT_EQ(client.Ask<ProduceResponse>(request, 8).responses[0].partition_responses[0].error_code,
            0)
      << "a batch outside of any transaction";
}

TEST_F(ProduceTest, BatchAboveMaxMessageBytesIsTooLarge) {
  const size_t overhead = BatchOf({""}).size();
  const auto limit = static_cast<size_t>(service->options().max_batch_bytes);
  // Four more bytes of length than an empty value needs: one for the value's, one for the record's.
  EXPECT_EQ(Refusal(BatchOf({std::string(limit, 'x')})), ErrorCode::kMessageTooLarge);
  EXPECT_EQ(
      client.Produce("orders", 0, BatchOf({std::string(limit - overhead - 8, 'x')})).error_code, 0);
}

TEST_F(ProduceTest, TopicMayHaveItsOwnMaxMessageBytes) {
  CreateTopicsRequest create;
  auto& topic = create.topics.emplace_back();
  topic.name = "small";
  topic.num_partitions = topic.replication_factor = 1;
  topic.configs.push_back({"max.message.bytes", "200"});
  ASSERT_EQ(client.Ask<CreateTopicsResponse>(create, 5).topics[0].error_code, 0);
  EXPECT_EQ(client.Produce("small", 0, BatchOf({std::string(300, 'x')})).error_code,
            Wire(ErrorCode::kMessageTooLarge));
  EXPECT_EQ(client.Produce("small", 0, BatchOf({std::string(100, 'x')})).error_code, 0);
}

TEST_F(ProduceTest, ZstdTakesVersionSeven) {
  // Whether it is zstd is said in the attributes; what it holds is not looked at before the
  // version.
  const Buffer zstd = WithField<int16_t>(BatchOf({"a"}), storage::kAttributesAt, 4);
  EXPECT_EQ(Refusal(zstd, 6), ErrorCode::kUnsupportedCompressionType);
}

TEST_F(ProduceTest, CompressedBatchIsKeptAsItCame) {
  const Buffer batch = BatchOf(std::vector<std::string>(50, "the same again"), Codec::kLz4);
  EXPECT_EQ(client.Produce("orders", 0, batch).error_code, 0);
  const auto fetched = client.Fetch("orders", 0, 0);
  EXPECT_EQ(fetched.records.Joined(), batch.view());
}

TEST_F(ProduceTest, ForgedOriginIsCleared) {
  const Buffer forged = WithField<int16_t>(BatchOf({"a"}), storage::kAttributesAt, 0x0100);
  EXPECT_EQ(client.Produce("orders", 0, forged).error_code, 0);
  const auto fetched = client.Fetch("orders", 0, 0);
  EXPECT_EQ(Batch::Parse(fetched.records.parts[0])->header().attributes, 0);
}

TEST_F(ProduceTest, RetriedBatchIsAnsweredWithItsOffset) {
  InitProducerIdRequest init;
  const auto id = client.Ask<InitProducerIdResponse>(init, 4);
  ASSERT_EQ(id.error_code, 0);
  EXPECT_EQ(id.producer_epoch, 0);
  for (int32_t i = 0; i < 5; ++i) {
    const auto reply =
        client.Produce("orders", 0, WithSequence(BatchOf({"a", "b"}), id.producer_id, 0, 2 * i));
    EXPECT_EQ(reply.error_code, 0);
    EXPECT_EQ(reply.base_offset, 2 * i);
  }
  const auto retried =
      client.Produce("orders", 0, WithSequence(BatchOf({"a", "b"}), id.producer_id, 0, 4));
  EXPECT_EQ(retried.error_code, 0);
  EXPECT_EQ(retried.base_offset, 4);
  EXPECT_EQ(end(), 10);
}

TEST_F(ProduceTest, GapInTheSequenceIsRefused) {
  EXPECT_EQ(client.Produce("orders", 0, WithSequence(BatchOf({"a"}), 7, 0, 0)).error_code, 0);
  EXPECT_EQ(Refusal(WithSequence(BatchOf({"a"}), 7, 0, 2)), ErrorCode::kOutOfOrderSequenceNumber);
  EXPECT_EQ(client.Produce("orders", 0, WithSequence(BatchOf({"a"}), 7, 1, 0)).error_code, 0);
  EXPECT_EQ(Refusal(WithSequence(BatchOf({"a"}), 7, 0, 1)), ErrorCode::kInvalidProducerEpoch);
}

TEST_F(ProduceTest, ProducerIdsAreAllDifferent) {
  const auto one = client.Ask<InitProducerIdResponse>(InitProducerIdRequest{}, 0);
  const auto two = client.Ask<InitProducerIdResponse>(InitProducerIdRequest{}, 5);
  EXPECT_NE(one.producer_id, two.producer_id);
}

TEST_F(ProduceTest, ManyPartitionsInOneRequest) {
  client.Create("wide", 8);
  ProduceRequest request;
  request.acks = 1;
  auto& topic = request.topic_data.emplace_back();
  topic.name = "wide";
  for (int32_t i = 0; i < 9; ++i) {
    auto& partition = topic.partition_data.emplace_back();
    partition.index = i;
    partition.records.parts.push_back(BatchOf({"a"}));
  }
  const auto reply = client.Ask<ProduceResponse>(request, 9);
  for (int32_t i = 0; i < 9; ++i) {
    EXPECT_EQ(reply.responses[0].partition_responses[i].index, i);
    EXPECT_EQ(reply.responses[0].partition_responses[i].error_code,
              i < 8 ? 0 : Wire(ErrorCode::kUnknownTopicOrPartition));
  }
}

}  // namespace
}  // namespace braid::kafka
