#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/writes.h"
#include "protocol/kafka/messages/delete_records.h"
#include "tests/protocol/kafka/kafka_test.h"

namespace braid::kafka {
namespace {

class FetchTest : public KafkaTest {
 protected:
  FetchTest() : client(*this, address), writer(*this, address) { client.Mention("orders"); }

  void Write(const std::vector<std::string>& values, std::string_view topic = "orders",
             int32_t partition = 0) {
    EXPECT_EQ(writer.Produce(topic, partition, BatchOf(values)).error_code, 0);
  }
  // What is in the records, with the offset of each batch.
  static std::vector<std::string> Values(const FetchResponse::Topic::Partition& partition) {
    std::vector<std::string> values;
    Buffer rest = Buffer::Copy(partition.records.Joined());
    while (!rest.empty()) {
      const auto batch = Batch::Parse(rest);
      if (!batch.ok()) return {"unreadable"};
      EXPECT_TRUE(batch->VerifyCrc().ok());
      const auto records = batch->Records();
      if (!records.ok()) return {"unreadable"};
      for (const Record& record : *records) {
        values.emplace_back(record.value.value_or("null"));
      }
      rest = rest.Slice(static_cast<size_t>(batch->header().total_bytes()));
    }
    return values;
  }

  KafkaClient client, writer;
};

using Strings = std::vector<std::string>;

TEST_F(FetchTest, ReadsWhatWasWrittenInEveryVersion) {
  Write({"a", "b"});
  for (int16_t version = 4; version <= 12; ++version) {
    const auto partition = client.Fetch("orders", 0, 0, version);
    EXPECT_EQ(partition.error_code, 0);
    EXPECT_EQ(partition.high_watermark, 2);
    EXPECT_EQ(partition.last_stable_offset, 2);
    EXPECT_EQ(Values(partition), (Strings{"a", "b"}));
  }
}

TEST_F(FetchTest, TopicIdTakesTheNamesPlaceFromVersionThirteen) {
  Write({"a"});
  FetchRequest request = KafkaClient::FetchOf("", 0, 0);
  request.topics[0].topic_id = catalog->FindTopic("orders")->uuid;
  for (int16_t version = 13; version <= 18; ++version) {
    const auto reply = client.Ask<FetchResponse>(request, version);
    EXPECT_EQ(Values(reply.responses[0].partitions[0]), Strings{"a"});
  }
  request.topics[0].topic_id[0] ^= 1;
  EXPECT_EQ(client.Ask<FetchResponse>(request, 13).responses[0].partitions[0].error_code,
            Wire(ErrorCode::kUnknownTopicId));
}

TEST_F(FetchTest, OffsetInsideABatchGivesTheWholeBatch) {
  Write({"a", "b", "c"});
  EXPECT_EQ(Values(client.Fetch("orders", 0, 2)), (Strings{"a", "b", "c"}));
}

TEST_F(FetchTest, NothingThereIsEmptyAndNeverNull) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  for (int16_t version : {int16_t{4}, int16_t{11}, int16_t{12}}) {
    const auto reply = client.Ask<FetchResponse>(request, version);
    EXPECT_FALSE(reply.responses[0].partitions[0].records.null);
    EXPECT_EQ(reply.responses[0].partitions[0].records.size(), 0u);
    EXPECT_EQ(reply.responses[0].partitions[0].error_code, 0);
  }
}

TEST_F(FetchTest, OffsetOutsideTheLogIsOutOfRange) {
  Write({"a", "b"});
  DeleteRecordsRequest trim;
  trim.topics.push_back({.name = "orders", .partitions = {{.partition_index = 0, .offset = 1}}});
  client.Ask<DeleteRecordsResponse>(trim, 1);
  for (const int64_t offset : {int64_t{0}, int64_t{3}, int64_t{-1}}) {
    const auto partition = client.Fetch("orders", 0, offset);
    EXPECT_EQ(partition.error_code, Wire(ErrorCode::kOffsetOutOfRange)) << offset;
    EXPECT_EQ(partition.high_watermark, -1);
    EXPECT_EQ(partition.log_start_offset, 1);
    EXPECT_FALSE(partition.records.null);
  }
}

TEST_F(FetchTest, MissingTopicIsAnsweredAtOnce) {
  FetchRequest request = KafkaClient::FetchOf("nowhere", 0, 0);
  request.max_wait_ms = 100'000;
  const auto reply = client.Ask<FetchResponse>(request, 11);
  EXPECT_EQ(reply.responses[0].partitions[0].error_code, Wire(ErrorCode::kUnknownTopicOrPartition));
}

TEST_F(FetchTest, NewerLeaderEpochIsUnknown) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.topics[0].partitions[0].current_leader_epoch = 1;
  EXPECT_EQ(client.Ask<FetchResponse>(request, 11).responses[0].partitions[0].error_code,
            Wire(ErrorCode::kUnknownLeaderEpoch));
}

TEST_F(FetchTest, WaitsForDataAndIsWokenByIt) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.max_wait_ms = 5'000;
  client.Send(request, 11);
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  Write({"late"});
  EXPECT_EQ(Values(client.Receive<FetchResponse>(11).responses[0].partitions[0]), Strings{"late"});
}

TEST_F(FetchTest, WaitEndsAtMaxWait) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.max_wait_ms = 5'000;
  client.Send(request, 11);
  Settle();
  clock.Advance(absl::Milliseconds(4'999));
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  clock.Advance(absl::Milliseconds(1));
  const auto reply = client.Receive<FetchResponse>(11);
  EXPECT_EQ(reply.responses[0].partitions[0].records.size(), 0u);
}

TEST_F(FetchTest, WaitsForMinBytes) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.max_wait_ms = 5'000;
  request.min_bytes = 150;
  client.Send(request, 11);
  Write({"a"});  // some seventy bytes
  Settle();
  EXPECT_FALSE(client.HasAnswer());
  Write({"b"});
  Write({"c"});
  EXPECT_EQ(Values(client.Receive<FetchResponse>(11).responses[0].partitions[0]),
            (Strings{"a", "b", "c"}));
}

TEST_F(FetchTest, WaitsOnEveryPartition) {
  client.Create("wide", 3);
  FetchRequest request = KafkaClient::FetchOf("wide", 0, 0);
  request.max_wait_ms = 5'000;
  for (int32_t i = 1; i < 3; ++i) {
    request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
    request.topics[0].partitions[i].partition = i;
  }
  client.Send(request, 11);
  Settle();
  Write({"third"}, "wide", 2);
  const auto reply = client.Receive<FetchResponse>(11);
  EXPECT_EQ(Values(reply.responses[0].partitions[0]), Strings());
  EXPECT_EQ(Values(reply.responses[0].partitions[2]), Strings{"third"});
}

TEST_F(FetchTest, FirstBatchComesHoweverLongAndTheNextOnesOnlyIfTheyFit) {
  client.Create("wide", 2);
  for (int32_t partition = 0; partition < 2; ++partition) {
    for (int i = 0; i < 3; ++i) Write({std::string(1000, 'x')}, "wide", partition);
  }
  FetchRequest request = KafkaClient::FetchOf("wide", 0, 0);
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  request.topics[0].partitions[1].partition = 1;
  request.max_bytes = 10;
  auto reply = client.Ask<FetchResponse>(request, 11);
  EXPECT_EQ(Values(reply.responses[0].partitions[0]).size(), 1u);
  EXPECT_EQ(Values(reply.responses[0].partitions[1]).size(), 0u);
  request.max_bytes = 4'500;
  reply = client.Ask<FetchResponse>(request, 11);
  EXPECT_EQ(Values(reply.responses[0].partitions[0]).size(), 3u);
  EXPECT_EQ(Values(reply.responses[0].partitions[1]).size(), 1u);
  request.max_bytes = 1 << 20;
  request.topics[0].partitions[0].partition_max_bytes = 2'500;
  reply = client.Ask<FetchResponse>(request, 11);
  EXPECT_EQ(Values(reply.responses[0].partitions[0]).size(), 2u);
  EXPECT_EQ(Values(reply.responses[0].partitions[1]).size(), 3u);
}

TEST_F(FetchTest, NeverCreatesASession) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.session_epoch = 0;
  EXPECT_EQ(client.Ask<FetchResponse>(request, 11).session_id, 0);
  request.session_id = 5;  // of a broker that was here before: closed, and a new one wanted
  for (const int32_t anew : {-1, 0}) {
    request.session_epoch = anew;
    EXPECT_EQ(client.Ask<FetchResponse>(request, 11).error_code, 0);
  }
  request.session_epoch = 1;
  EXPECT_EQ(client.Ask<FetchResponse>(request, 11).error_code,
            Wire(ErrorCode::kFetchSessionIdNotFound));
}

TEST_F(FetchTest, ReadCommittedGetsAnEmptyListOfAborted) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  EXPECT_FALSE(client.Ask<FetchResponse>(request, 11)
                   .responses[0]
                   .partitions[0]
                   .aborted_transactions.has_value());
  request.isolation_level = 1;
  const auto reply = client.Ask<FetchResponse>(request, 11);
  ASSERT_TRUE(reply.responses[0].partitions[0].aborted_transactions.has_value());
  EXPECT_TRUE(reply.responses[0].partitions[0].aborted_transactions->empty());
}

TEST_F(FetchTest, ClientThatGoesWhileWaitingLeavesNothingBehind) {
  {
    KafkaClient leaving(*this, address);
    FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
    request.max_wait_ms = 1'000'000;
    leaving.Send(request, 11);
    Settle();
  }
  EXPECT_TRUE(RunUntil([&] { return server->connections() == 2; }));
  Write({"a"});
  EXPECT_EQ(Values(client.Fetch("orders", 0, 0)), Strings{"a"});
}

TEST_F(FetchTest, DeletedTopicEndsTheWait) {
  FetchRequest request = KafkaClient::FetchOf("orders", 0, 0);
  request.max_wait_ms = 1'000'000;
  client.Send(request, 11);
  Settle();
  engine::Writes writes;
  ASSERT_TRUE(catalog->DeleteTopic("orders", writes).ok());
  EXPECT_EQ(client.Receive<FetchResponse>(11).responses[0].partitions[0].error_code,
            Wire(ErrorCode::kUnknownTopicOrPartition));
}

// A stream written through another model, as a Kafka consumer sees it.
class ForeignFetchTest : public FetchTest {
 protected:
  void Append(Origin origin, const RecordView& record) {
    engine::Writes writes;
    StreamOptions options;
    options.owner = origin;
    if (catalog->FindTopic("theirs") == nullptr) {
      ASSERT_TRUE(catalog->CreateTopic("theirs", 1, options, writes).ok());
    }
    engine::AppendOptions append;
    append.origin = origin;
    if (origin == Origin::kRedis) append.id = engine::EntryIdSpec{};
    const auto appended =
        catalog->FindTopic("theirs")->partitions[0]->Append(record, append, writes);
    ASSERT_TRUE(appended.ok()) << appended.status();
    ASSERT_TRUE(catalog->Commit(writes).ok());
  }
};

TEST_F(ForeignFetchTest, RedisEntryHasAJsonValue) {
  RecordView entry;
  entry.headers.push_back({"temperature", "21"});
  Append(Origin::kRedis, entry);
  const auto partition = client.Fetch("theirs", 0, 0);
  const auto batch = Batch::Parse(Buffer::Copy(partition.records.Joined()));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->VerifyCrc().ok());
  EXPECT_EQ(batch->header().attributes & storage::kPrivateBits, 0);
  const auto records = batch->Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].value, R"({"temperature":"21"})");
  EXPECT_EQ((*records)[0].attributes, 0);
}

TEST_F(ForeignFetchTest, NatsMessageHasItsSubjectAsKey) {
  RecordView message;
  message.key = "orders.new";
  message.value = "payload";
  Append(Origin::kNats, message);
  const auto partition = client.Fetch("theirs", 0, 0);
  const auto records = Batch::Parse(Buffer::Copy(partition.records.Joined()))->Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].key, "orders.new");
  EXPECT_EQ((*records)[0].value, "payload");
}

}  // namespace
}  // namespace braid::kafka
