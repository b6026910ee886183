#include "braid/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "braid/error.h"
#include "storage/batch_builder.h"
#include "storage/compression.h"
#include "storage/record_cursor.h"
#include "storage/varint.h"
#include "tests/storage/batches.h"

namespace braid::storage {
namespace {

using ::testing::ElementsAre;

Errc ParseError(const std::string& bytes) {
  return CodeOf(Batch::Parse(Buffer::Copy(bytes)).status());
}

Batch MustParse(const std::string& bytes) {
  absl::StatusOr<Batch> batch = Batch::Parse(Buffer::Copy(bytes));
  EXPECT_TRUE(batch.ok()) << batch.status();
  return batch.ok() ? *batch : Batch();
}

Errc RecordsError(const std::string& bytes) {
  return CodeOf(MustParse(bytes).Records().status());
}

// A record with that many bytes of padding as its value, and hand-made lengths.
std::string RecordBytes(std::string_view body) {
  std::string bytes(kMaxVarint64Bytes, '\0');
  bytes.resize(static_cast<size_t>(PutVarint(bytes.data(), static_cast<int64_t>(body.size())) -
                                   bytes.data()));
  return bytes + std::string(body);
}

TEST(Batch, IsTheBytesDrawnInTheFormatDocument) {
  BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kNats});
  RecordView record;
  record.key = "a.b";
  record.value = "hi";
  record.timestamp_ms = 1767225600000;
  record.headers.push_back({"h", "1"});
  builder.Add(record);
  const unsigned char drawn[] = {
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,   0x41, 0,    0,    0,    0,
      2,    0x05, 0x15, 0x99, 0x18, 2,    0,    0,    0,    0,    0,   0,    0,    1,    0x9b, 0x76,
      0xda, 0xa8, 0,    0,    0,    1,    0x9b, 0x76, 0xda, 0xa8, 0,   0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,    0,   0,    1,    0x1e, 0,    0,
      0,    6,    'a',  '.',  'b',  4,    'h',  'i',  2,    2,    'h', 2,    '1'};
  EXPECT_EQ(StringOf(builder.Build()),
            std::string(reinterpret_cast<const char*>(drawn), sizeof(drawn)));
}

TEST(Batch, GivesBackWhatWasBuilt) {
  BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kRedis});
  RecordView first;
  first.timestamp_ms = 5000;
  first.attributes = kRecordHasEntrySeq;
  first.headers = {{"city", "Ulm"}, {"city", std::nullopt}, {"", ""}};
  RecordView second;
  second.key = "";
  second.value = std::string_view("a\0b", 3);
  second.timestamp_ms = 4000;  // times may step back
  builder.Add(first);
  builder.Add(second);
  const Batch batch = builder.Build();

  EXPECT_EQ(batch.header().origin(), Origin::kRedis);
  EXPECT_EQ(batch.header().record_count, 2);
  EXPECT_EQ(batch.next_offset(), 2);
  EXPECT_EQ(batch.header().base_timestamp_ms, 5000);
  EXPECT_EQ(batch.header().max_timestamp_ms, 5000);
  EXPECT_EQ(batch.header().producer_id, -1);
  ASSERT_TRUE(batch.VerifyCrc().ok());
  const auto records = batch.Records();
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  const Record& one = (*records)[0];
  EXPECT_EQ(one.key, std::nullopt);
  EXPECT_EQ(one.value, std::nullopt);
  EXPECT_EQ(one.attributes, kRecordHasEntrySeq);
  EXPECT_EQ(one.timestamp_ms, 5000);
  EXPECT_EQ(one.offset, 0);
  EXPECT_EQ(one.headers, first.headers);
  const Record& two = (*records)[1];
  EXPECT_EQ(two.key, "");
  EXPECT_EQ(two.value, second.value);
  EXPECT_EQ(two.timestamp_ms, 4000);
  EXPECT_EQ(two.offset, 1);
}

TEST(Batch, RecordsBeforeTheWantedOneComeWithoutTheirContents) {
  BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kRedis});
  for (int i = 0; i < 4; ++i) {
    RecordView record;
    record.key = "k";
    record.value = "v";
    record.headers = {{"h", "1"}};
    record.timestamp_ms = 100 * i;
    if (i == 1) record.attributes = kRecordHasEntrySeq;
    builder.Add(record);
  }
  const Batch batch = builder.Build();
  const auto block = RecordsBlock(batch);
  ASSERT_TRUE(block.ok());
  RecordCursor cursor(batch.header(), block->view());
  for (int i = 0; i < 4; ++i) {
    RecordView record;
    ASSERT_TRUE(cursor.Take(record, /*wanted=*/2).ok());
    EXPECT_EQ(record.offset, i);
    EXPECT_EQ(record.timestamp_ms, 100 * i);
    const bool whole = i != 0;  // of the second its sequence is needed
    EXPECT_EQ(record.key.has_value(), whole) << i;
    EXPECT_EQ(record.value.has_value(), whole) << i;
    EXPECT_EQ(record.headers.size(), whole ? 1u : 0u) << i;
  }
  EXPECT_TRUE(cursor.done());
  EXPECT_EQ(cursor.rest_bytes(), 0u);
}

TEST(Batch, RecordsOutliveTheBatch) {
  std::vector<Record> records;
  {
    const Batch batch = BatchOf({"kept alive"}, 1000, Codec::kLz4);
    records = *batch.Records();
  }
  EXPECT_EQ(records[0].value, "kept alive");
}

TEST(Batch, RecordsOfAnUncompressedBatchAreSlicesOfIt) {
  const Batch batch = BatchOf({"value"});
  const auto records = batch.Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].owner.owner(), batch.bytes().owner());
  EXPECT_EQ((*records)[0].value->data(), batch.bytes().data() + batch.bytes().size() - 6);
}

TEST(Batch, FarApartTimestampsSurvive) {
  BatchBuilder builder;
  builder.Add(ValueRecord("a", INT64_MIN));
  builder.Add(ValueRecord("b", INT64_MAX));
  builder.Add(ValueRecord("c", 0));
  const auto records = builder.Build().Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].timestamp_ms, INT64_MIN);
  EXPECT_EQ((*records)[1].timestamp_ms, INT64_MAX);
  EXPECT_EQ((*records)[2].timestamp_ms, 0);
}

TEST(Batch, LogAppendTimeIsEveryRecordsTime) {
  std::string bytes = StringOf(BatchOf({"a", "b"}, 1000));
  StoreBigEndian<uint16_t>(bytes.data() + kAttributesAt, kLogAppendTimeBit);
  StoreBigEndian<int64_t>(bytes.data() + kMaxTimestampAt, 7777);
  const auto records = MustParse(WithRightCrc(bytes)).Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].timestamp_ms, 7777);
  EXPECT_EQ((*records)[1].timestamp_ms, 7777);
}

TEST(Batch, ParseTakesTheFirstOfSeveral) {
  const std::string one = StringOf(BatchOf({"one"}));
  const Batch batch = MustParse(one + StringOf(BatchOf({"two"})) + "garbage");
  EXPECT_EQ(batch.bytes().size(), one.size());
  EXPECT_THAT(ValuesOf(batch), ElementsAre("one"));
}

TEST(Batch, DefaultBatchIsEmptyAndHarmless) {
  const Batch batch;
  EXPECT_FALSE(batch.VerifyCrc().ok());
  EXPECT_TRUE(batch.Records()->empty());
}

TEST(BatchParse, EveryTruncationIsCorrupt) {
  const std::string bytes = StringOf(BatchOf({"some", "records"}));
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_EQ(ParseError(bytes.substr(0, n)), Errc::kCorruptBatch) << n << " bytes";
  }
}

TEST(BatchParse, RefusesAnotherMagic) {
  std::string bytes = StringOf(BatchOf({"x"}));
  for (const char magic : {'\0', '\1', '\3', '\xff'}) {
    bytes[kMagicAt] = magic;
    EXPECT_EQ(ParseError(bytes), Errc::kCorruptBatch);
  }
}

TEST(BatchParse, RefusesImpossibleLengths) {
  const std::string good = StringOf(BatchOf({"x"}));
  for (const int32_t length : {INT32_MIN, -1, 0, 48, INT32_MAX, INT32_MAX - 12}) {
    std::string bytes = good;
    StoreBigEndian<int32_t>(bytes.data() + kBatchLengthAt, length);
    EXPECT_EQ(ParseError(bytes), Errc::kCorruptBatch) << length;
  }
}

TEST(BatchParse, RefusesOffsetsThatCannotBeCounted) {
  const std::string good = StringOf(BatchOf({"x"}));
  for (const int64_t base : {INT64_MIN, int64_t{-1}, INT64_MAX, INT64_MAX - INT32_MAX}) {
    std::string bytes = good;
    StoreBigEndian<int64_t>(bytes.data() + kBaseOffsetAt, base);
    EXPECT_EQ(ParseError(bytes), Errc::kCorruptBatch) << base;
  }
  std::string bytes = good;
  StoreBigEndian<int32_t>(bytes.data() + kLastOffsetDeltaAt, -1);
  EXPECT_EQ(ParseError(bytes), Errc::kCorruptBatch);
  bytes = good;
  StoreBigEndian<int32_t>(bytes.data() + kRecordCountAt, -1);
  EXPECT_EQ(ParseError(bytes), Errc::kCorruptBatch);
}

TEST(BatchCrc, EveryFlippedBitBehindItIsSeen) {
  const std::string good = StringOf(BatchOf({"some value"}));
  for (size_t at = kAttributesAt; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const auto batch = Batch::Parse(Buffer::Copy(bytes));
      if (batch.ok()) {
        EXPECT_EQ(CodeOf(batch->VerifyCrc()), Errc::kCorruptBatch) << at;
      }
    }
  }
}

TEST(BatchCrc, DoesNotCoverWhatTheBrokerWrites) {
  std::string bytes = StringOf(BatchOf({"x"}));
  StoreBigEndian<int64_t>(bytes.data() + kBaseOffsetAt, 123456);
  StoreBigEndian<int32_t>(bytes.data() + kLeaderEpochAt, 9);
  const Batch batch = MustParse(bytes);
  EXPECT_TRUE(batch.VerifyCrc().ok());
  EXPECT_EQ(batch.Records()->front().offset, 123456);
}

TEST(BatchRecords, CountThatTheBytesCannotHoldIsCorruptAndCheap) {
  const std::string good = StringOf(BatchOf({"x"}));
  for (const int32_t count : {0, 2, 1000, INT32_MAX}) {
    std::string bytes = good;
    StoreBigEndian<int32_t>(bytes.data() + kRecordCountAt, count);
    EXPECT_EQ(RecordsError(WithRightCrc(bytes)), Errc::kCorruptBatch) << count;
  }
}

TEST(BatchRecords, MalformedRecordsAreCorrupt) {
  using std::string_literals::operator""s;
  // Bodies: attributes, time delta, offset delta, key, value, header count, headers.
  const std::string bad_bodies[] = {
      ""s,                                    // nothing at all
      "\0"s,                                  // ends after the attributes
      "\0\0\0"s,                              // ends before the key
      "\0\0\0\x01\x01"s,                      // ends before the header count
      "\0\0\0\x01\x01\0more"s,                // goes on after the headers
      "\0\0\0\x03\x01\0"s,                    // key length -2
      "\0\0\0\x01\x03\0"s,                    // value length -2
      "\0\0\0\x7e\x01\0"s,                    // key longer than the record
      "\0\0\0\xfe\xff\xff\xff\x0f\x01\0"s,    // key of INT32_MAX bytes
      "\0\0\0\x01\x01\x01"s,                  // header count -1
      "\0\0\0\x01\x01\xfe\xff\xff\xff\x0f"s,  // INT32_MAX headers
      "\0\0\0\x01\x01\x02\x01\x01"s,          // header key null
      "\0\0\0\x01\x01\x02\0"s,                // header ends before its value
      "\0\0\0\x01\x01\x02\0\x03"s,            // header value length -2
      "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\x01\x01\0"s,  // time of eleven bytes
      "\0\0\xff\xff\xff\xff\xff\x01\x01\x01\0"s,                      // offset delta of six bytes
      "\0\0\x02\x01\x01\0"s,                                          // offset delta past the last
      "\0\0\x01\x01\x01\0"s,                                          // offset delta -1
  };
  for (const std::string& body : bad_bodies) {
    const std::string bytes = RawBatch(RecordBytes(body), 1, 0);
    EXPECT_EQ(RecordsError(bytes), Errc::kCorruptBatch) << ::testing::PrintToString(body);
  }
  EXPECT_EQ(RecordsError(RawBatch(RecordBytes("\0\0\0\x01\x01\0"s), 1, 0)), Errc::kOk);
}

TEST(BatchRecords, MalformedLengthsAreCorrupt) {
  using std::string_literals::operator""s;
  const std::string bad_blocks[] = {
      ""s, "\x01"s, "\x7e"s, "\xfe\xff\xff\xff\x0f"s, "\xff\xff\xff\xff\xff\xff"s, "\x80"s,
  };
  for (const std::string& block : bad_blocks) {
    EXPECT_EQ(RecordsError(RawBatch(block, 1, 0)), Errc::kCorruptBatch)
        << ::testing::PrintToString(block);
  }
}

TEST(BatchRecords, OffsetsMustRise) {
  using std::string_literals::operator""s;
  const std::string record = RecordBytes("\0\0\0\x01\x01\0"s);
  EXPECT_EQ(RecordsError(RawBatch(record + record, 2, 1)), Errc::kCorruptBatch);
}

TEST(BatchRecords, HolesBetweenOffsetsAreKept) {
  using std::string_literals::operator""s;
  const std::string block = RecordBytes("\0\0\x02\x01\x01\0"s) + RecordBytes("\0\0\x08\x01\x01\0"s);
  const auto records = MustParse(RawBatch(block, 2, 9)).Records();
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ((*records)[0].offset, 1);
  EXPECT_EQ((*records)[1].offset, 4);
}

TEST(BatchRecords, UnknownCodecIsUnsupported) {
  for (const uint16_t codec : {5, 6, 7}) {
    EXPECT_EQ(RecordsError(RawBatch("anything", 1, 0, codec)), Errc::kUnsupportedCodec);
  }
}

TEST(BatchRecords, GarbageInPlaceOfACompressedBlockIsCorrupt) {
  for (const uint16_t codec : {1, 2, 3, 4}) {
    EXPECT_EQ(RecordsError(RawBatch("no such block", 1, 0, codec)), Errc::kCorruptBatch) << codec;
    EXPECT_EQ(RecordsError(RawBatch("", 1, 0, codec)), Errc::kCorruptBatch) << codec;
  }
}

}  // namespace
}  // namespace braid::storage
