// Batches that are not stored, and the code each is refused with.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/kafka/messages/create_topics.h"
#include "storage/compression.h"
#include "tests/protocol/kafka/bad_input.h"

namespace braid::kafka {
namespace {

Buffer Good() {
  return BatchOf({"a", "b"});
}

// A batch, and the Produce version it comes in.
Refused Batch(const char* name, ErrorCode code, Buffer batch, int16_t version = 8) {
  return {name, code, [batch, version](BadInputTest& test) {
            const auto reply = test.client.Produce("orders", 0, batch, version);
            EXPECT_EQ(reply.base_offset, -1);
            return reply.error_code;
          }};
}
// The same with a field of a good batch changed, and the CRC right.
template <class T>
Refused Field(const char* name, ErrorCode code, size_t at, T value) {
  return Batch(name, code, WithField<T>(Good(), at, value));
}

Buffer Edited(std::string bytes, const std::function<void(std::string&)>& edit) {
  edit(bytes);
  return Buffer::Take(std::move(bytes));
}
Buffer Damaged(size_t at) {
  return Edited(std::string(Good().view()), [at](std::string& bytes) { bytes[at] ^= 1; });
}
// `records` in place of a good batch's own, the length and the CRC right.
Buffer WithRecords(std::string_view records, int16_t attributes = 0) {
  std::string bytes(Good().view().substr(0, storage::kBatchHeaderBytes));
  bytes += records;
  storage::StoreBigEndian<int32_t>(bytes.data() + storage::kBatchLengthAt,
                                   static_cast<int32_t>(bytes.size() - storage::kLogOverheadBytes));
  return WithField<int16_t>(Buffer::Take(std::move(bytes)), storage::kAttributesAt, attributes);
}
std::string_view RecordsOf(const Buffer& batch) {
  return batch.view().substr(storage::kBatchHeaderBytes);
}
// Zeros that decompress to more than a batch may hold.
Refused Bomb(const char* name, Codec codec) {
  return {name, ErrorCode::kInvalidRecord, [codec](BadInputTest& test) {
            const std::string zeros(storage::kMaxDecompressedBytes + 1, '\0');
            std::string packed;
            EXPECT_TRUE(storage::CompressTo(codec, zeros, packed).ok());
            const Buffer bomb = WithRecords(packed, static_cast<int16_t>(codec));
            return test.client.Produce("orders", 0, bomb).error_code;
          }};
}
std::string Twice(const Buffer& batch) {
  return std::string(batch.view()) + std::string(batch.view());
}

const Refused kDamage[] = {
    Batch("WrongCrc", ErrorCode::kCorruptMessage, Damaged(storage::kCrcAt)),
    Batch("DamagedRecord", ErrorCode::kCorruptMessage, Damaged(Good().size() - 1)),
    Batch("DamagedAttributes", ErrorCode::kCorruptMessage, Damaged(storage::kAttributesAt + 1)),
    Batch("CutInItsHeader", ErrorCode::kCorruptMessage, Buffer::Copy(Good().view().substr(0, 40))),
    Batch("CutInItsRecords", ErrorCode::kCorruptMessage,
          Buffer::Copy(Good().view().substr(0, Good().size() - 1))),
    Batch("ShorterThanAMagic", ErrorCode::kCorruptMessage, Buffer::Copy("short")),
    Field<int32_t>("LengthBeyondItsBytes", ErrorCode::kCorruptMessage, storage::kBatchLengthAt,
                   1'000'000),
    Field<int32_t>("LengthWithinItsHeader", ErrorCode::kCorruptMessage, storage::kBatchLengthAt, 1),
    Field<int32_t>("NegativeLength", ErrorCode::kCorruptMessage, storage::kBatchLengthAt, -1),
};

const Refused kRules[] = {
    Batch("None", ErrorCode::kInvalidRecord, Buffer()),
    Batch("Several", ErrorCode::kInvalidRecord, Buffer::Copy(Twice(Good()))),
    Batch("SeveralOfTheLatestVersionByName", ErrorCode::kInvalidRecord, Buffer::Copy(Twice(Good())),
          12),
    Field<int8_t>("MagicOfOldMessages", ErrorCode::kInvalidRecord, storage::kMagicAt, 1),
    Field<int8_t>("MagicOfTheFuture", ErrorCode::kInvalidRecord, storage::kMagicAt, 3),
    Field<int64_t>("BaseOffsetIsNotZero", ErrorCode::kInvalidRecord, storage::kBaseOffsetAt, 5),
    Field<int64_t>("BaseOffsetIsNegative", ErrorCode::kInvalidRecord, storage::kBaseOffsetAt, -1),
    Field<int32_t>("CountIsTooHigh", ErrorCode::kInvalidRecord, storage::kRecordCountAt, 3),
    Field<int32_t>("CountIsTooLow", ErrorCode::kInvalidRecord, storage::kRecordCountAt, 1),
    Field<int32_t>("CountIsZero", ErrorCode::kInvalidRecord, storage::kRecordCountAt, 0),
    Field<int32_t>("CountIsNegative", ErrorCode::kInvalidRecord, storage::kRecordCountAt, -1),
    Field<int32_t>("CountIsHuge", ErrorCode::kInvalidRecord, storage::kRecordCountAt, INT32_MAX),
    Field<int32_t>("LastOffsetLies", ErrorCode::kInvalidRecord, storage::kLastOffsetDeltaAt, 5),
    Field<int32_t>("LastOffsetIsNegative", ErrorCode::kInvalidRecord, storage::kLastOffsetDeltaAt,
                   -1),
    Field<int32_t>("LastOffsetIsHuge", ErrorCode::kInvalidRecord, storage::kLastOffsetDeltaAt,
                   INT32_MAX),
    Field<int16_t>("ControlBatch", ErrorCode::kInvalidRecord, storage::kAttributesAt,
                   storage::kControlBit),
    Field<int16_t>("TimeOfTheAppend", ErrorCode::kInvalidTimestamp, storage::kAttributesAt,
                   storage::kLogAppendTimeBit),
    Batch("RecordsOutOfOrder", ErrorCode::kInvalidRecord,
          WithRecords(std::string(RecordsOf(BatchOf({"a"}))) +
                      std::string(RecordsOf(BatchOf({"b"}))))),
    Batch("BytesBehindTheRecords", ErrorCode::kInvalidRecord,
          WithRecords(std::string(RecordsOf(Good())) + "more")),
    Batch("RecordsOfNoBytes", ErrorCode::kInvalidRecord, WithRecords("")),
    Batch("RecordLongerThanItsBatch", ErrorCode::kInvalidRecord, WithRecords("\x7e\1\2\3")),
    Field<int64_t>("ProducerWithoutASequence", ErrorCode::kInvalidRecord, storage::kProducerIdAt,
                   9),
};

const Refused kCodecs[] = {
    Field<int16_t>("NobodyDefined", ErrorCode::kUnsupportedCompressionType, storage::kAttributesAt,
                   7),
    Batch("ZstdBeforeItsTime", ErrorCode::kUnsupportedCompressionType,
          WithField<int16_t>(Good(), storage::kAttributesAt, 4), 6),
    Field<int16_t>("NoGzip", ErrorCode::kInvalidRecord, storage::kAttributesAt, 1),
    Field<int16_t>("NoSnappy", ErrorCode::kInvalidRecord, storage::kAttributesAt, 2),
    Field<int16_t>("NoLz4", ErrorCode::kInvalidRecord, storage::kAttributesAt, 3),
    Field<int16_t>("NoZstd", ErrorCode::kInvalidRecord, storage::kAttributesAt, 4),
    Batch("SnappyThatClaimsFourGigabytes", ErrorCode::kInvalidRecord,
          WithRecords("\xff\xff\xff\xff\x0f\0", 2)),
    Bomb("GzipBomb", Codec::kGzip),
    Bomb("Lz4Bomb", Codec::kLz4),
    Bomb("ZstdBomb", Codec::kZstd),
};

// A request as a whole, and the code of its first partition.
Refused Produce(const char* name, ErrorCode code,
                const std::function<void(ProduceRequest&)>& change, int16_t version = 8) {
  return {name, code, [change, version](BadInputTest& test) {
            ProduceRequest request = BadInputTest::Client::ProduceOf("orders", 0, Good());
            change(request);
            const auto reply = test.client.Ask<ProduceResponse>(request, version);
            return reply.responses.at(0).partition_responses.at(0).error_code;
          }};
}

const Refused kRequests[] = {
    Produce("AcksOfTwo", ErrorCode::kInvalidRequiredAcks, [](auto& r) { r.acks = 2; }),
    Produce("AcksOfMinusTwo", ErrorCode::kInvalidRequiredAcks, [](auto& r) { r.acks = -2; }),
    Produce("NoSuchTopic", ErrorCode::kUnknownTopicOrPartition,
            [](auto& r) { r.topic_data[0].name = "nowhere"; }),
    Produce("NoTopicCanBeCalledSo", ErrorCode::kUnknownTopicOrPartition,
            [](auto& r) { r.topic_data[0].name = "no/where"; }),
    Produce("NoSuchPartition", ErrorCode::kUnknownTopicOrPartition,
            [](auto& r) { r.topic_data[0].partition_data[0].index = 2; }),
    Produce("NegativePartition", ErrorCode::kUnknownTopicOrPartition,
            [](auto& r) { r.topic_data[0].partition_data[0].index = INT32_MIN; }),
    Produce(
        "NoSuchTopicId", ErrorCode::kUnknownTopicId,
        [](auto& r) {
          r.topic_data[0].topic_id = {1, 2, 3};
        },
        13),
    Produce(
        "TopicIdOfZeros", ErrorCode::kUnknownTopicId, [](auto&) {}, 13),
    Produce(
        "NullRecords", ErrorCode::kInvalidRecord,
        [](auto& r) { r.topic_data[0].partition_data[0].records = {.parts = {}, .null = true}; }),
};

// Into a topic with a setting of its own.
Refused Into(const char* name, ErrorCode code, std::string_view setting, std::string_view value,
             const Buffer& batch) {
  return {name, code, [=](BadInputTest& test) {
            CreateTopicsRequest create;
            auto& topic = create.topics.emplace_back();
            topic.name = "special";
            topic.num_partitions = topic.replication_factor = 1;
            topic.configs.push_back({setting, value});
            EXPECT_EQ(test.innocent.Ask<CreateTopicsResponse>(create, 5).topics.at(0).error_code,
                      0);
            const int16_t refused = test.client.Produce("special", 0, batch).error_code;
            EXPECT_EQ(test.catalog->FindKafka("special", 0)->next_offset(), 0);
            return refused;
          }};
}

const Refused kSettings[] = {
    Into("LargerThanTheTopicTakes", ErrorCode::kMessageTooLarge, "max.message.bytes", "200",
         BatchOf({std::string(300, 'x')})),
    Into("LargerThanASegment", ErrorCode::kRecordListTooLarge, "segment.bytes", "1048576",
         BatchOf({std::string((1 << 20) - 68, 'x')})),
    Into("NoKeyInACompactedTopic", ErrorCode::kInvalidRecord, "cleanup.policy", "compact", Good()),
    Into("TooOld", ErrorCode::kInvalidTimestamp, "message.timestamp.before.max.ms", "1000",
         WithField<int64_t>(Good(), storage::kBaseTimestampAt, -100'000'000'000)),
    Into("FromTheFuture", ErrorCode::kInvalidTimestamp, "message.timestamp.after.max.ms", "1000",
         WithField<int64_t>(Good(), storage::kBaseTimestampAt, int64_t{1} << 60)),
};

INSTANTIATE_TEST_SUITE_P(BatchDamage, RefusedTest, testing::ValuesIn(kDamage), NameOf());
INSTANTIATE_TEST_SUITE_P(BatchRules, RefusedTest, testing::ValuesIn(kRules), NameOf());
INSTANTIATE_TEST_SUITE_P(BatchCodecs, RefusedTest, testing::ValuesIn(kCodecs), NameOf());
INSTANTIATE_TEST_SUITE_P(ProduceRequests, RefusedTest, testing::ValuesIn(kRequests), NameOf());
INSTANTIATE_TEST_SUITE_P(TopicSettings, RefusedTest, testing::ValuesIn(kSettings), NameOf());

}  // namespace
}  // namespace braid::kafka
