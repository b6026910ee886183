#include "storage/batch_validate.h"

#include <gtest/gtest.h>

#include "braid/error.h"
#include "storage/varint.h"
#include "tests/storage/batches.h"

namespace braid::storage {
namespace {

// A good produced batch of two records, changed by each test at one place.
class ProducedBatch : public ::testing::Test {
 protected:
  template <typename T>
  void Set(size_t at, T value) {
    StoreBigEndian<T>(bytes_.data() + at, value);
  }
  absl::StatusOr<Batch> Parsed() const { return Batch::Parse(Buffer::Copy(WithRightCrc(bytes_))); }
  Errc Verdict() const {
    const absl::StatusOr<Batch> batch = Parsed();
    if (!batch.ok()) return CodeOf(batch.status());
    return CodeOf(ValidateProducedBatch(*batch));
  }

  std::string bytes_ = StringOf(BatchOf({"one", "two"}));
};

TEST_F(ProducedBatch, GoodOneIsAccepted) {
  EXPECT_EQ(Verdict(), Errc::kOk);
}

TEST_F(ProducedBatch, GoodOneIsAcceptedInEveryCodec) {
  for (int codec = 0; codec <= 4; ++codec) {
    const Batch batch = BatchOf({"one", "two"}, 1000, static_cast<Codec>(codec));
    EXPECT_TRUE(ValidateProducedBatch(batch).ok()) << codec;
  }
}

TEST_F(ProducedBatch, WrongCrcIsCorrupt) {
  bytes_.back() = static_cast<char>(bytes_.back() ^ 1);
  const auto batch = Batch::Parse(Buffer::Copy(bytes_));
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(CodeOf(ValidateProducedBatch(*batch)), Errc::kCorruptBatch);
}

TEST_F(ProducedBatch, BaseOffsetMustBeZero) {
  Set<int64_t>(kBaseOffsetAt, 1);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, CountMustAgreeWithOffsets) {
  Set<int32_t>(kRecordCountAt, 1);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
  Set<int32_t>(kRecordCountAt, 3);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, CountMustAgreeWithRecords) {
  Set<int32_t>(kRecordCountAt, 3);
  Set<int32_t>(kLastOffsetDeltaAt, 2);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
  Set<int32_t>(kRecordCountAt, 1);
  Set<int32_t>(kLastOffsetDeltaAt, 0);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, HugeCountIsRefusedWithoutBelievingIt) {
  Set<int32_t>(kRecordCountAt, INT32_MAX);
  Set<int32_t>(kLastOffsetDeltaAt, INT32_MAX - 1);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, EmptyOneIsInvalid) {
  bytes_ = RawBatch("", 0, 0);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, OffsetsMustBeDense) {
  const std::string block("\x0c\0\0\x02\x01\x01\0", 7);  // one record, offset delta 1
  bytes_ = RawBatch(block, 1, 1);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
  const std::string first("\x0c\0\0\0\x01\x01\0", 7);
  bytes_ = RawBatch(first + std::string("\x0c\0\0\x04\x01\x01\0", 7), 2, 1);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, ControlBatchIsInvalid) {
  Set<uint16_t>(kAttributesAt, kControlBit);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, TransactionalBatchIsAccepted) {
  Set<uint16_t>(kAttributesAt, kTransactionalBit);
  EXPECT_EQ(Verdict(), Errc::kOk);
}

TEST_F(ProducedBatch, LogAppendTimeIsTheBrokersToSet) {
  Set<uint16_t>(kAttributesAt, kLogAppendTimeBit);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
}

TEST_F(ProducedBatch, ProducerNeedsASequenceAndAnEpoch) {
  Set<int64_t>(kProducerIdAt, 5);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
  Set<int16_t>(kProducerEpochAt, 0);
  EXPECT_EQ(Verdict(), Errc::kInvalidBatch);
  Set<int32_t>(kBaseSequenceAt, 0);
  EXPECT_EQ(Verdict(), Errc::kOk);
}

TEST_F(ProducedBatch, UnknownCodecIsUnsupported) {
  Set<uint16_t>(kAttributesAt, 5);
  EXPECT_EQ(Verdict(), Errc::kUnsupportedCodec);
}

TEST_F(ProducedBatch, BlockThatDoesNotDecompressIsInvalid) {
  for (const uint16_t codec : {1, 2, 3, 4}) {
    Set<uint16_t>(kAttributesAt, codec);
    EXPECT_EQ(Verdict(), Errc::kInvalidBatch) << codec;
  }
}

TEST(RecordRulesTest, FaultyRecordsAreNamed) {
  BatchBuilder builder;
  for (const int64_t timestamp_ms : {5, 15, 25}) {
    RecordView record;
    if (timestamp_ms == 15) record.key = "k";
    record.timestamp_ms = timestamp_ms;
    builder.Add(record);
  }
  const Batch batch = builder.Build();
  const auto faults = [&](const RecordRules& rules) {
    std::vector<std::pair<int, RecordFault>> found;
    const auto faulty = ValidateProducedBatch(batch, rules);
    EXPECT_TRUE(faulty.ok());
    for (const FaultyRecord& record : *faulty) found.emplace_back(record.index, record.fault);
    return found;
  };
  using Faults = std::vector<std::pair<int, RecordFault>>;
  EXPECT_EQ(faults({}), Faults());
  EXPECT_EQ(faults({.keyed = true}), (Faults{{0, RecordFault::kNoKey}, {2, RecordFault::kNoKey}}));
  EXPECT_EQ(faults({.min_timestamp_ms = 15, .max_timestamp_ms = 24}),
            (Faults{{0, RecordFault::kTimestamp}, {2, RecordFault::kTimestamp}}));
}

TEST_F(ProducedBatch, PrivateAttributesAreStripped) {
  Set<uint16_t>(kAttributesAt, 0xff80 | kTransactionalBit);
  const Batch before = *Parsed();
  const Batch after = StripPrivateAttributes(before);
  EXPECT_EQ(after.header().attributes, kTransactionalBit);
  EXPECT_EQ(after.header().origin(), Origin::kKafka);
  EXPECT_TRUE(after.VerifyCrc().ok());
  EXPECT_EQ(ValuesOf(after), ValuesOf(before));
  EXPECT_EQ(before.header().attributes, 0xff80 | kTransactionalBit) << "others may be reading it";
}

TEST_F(ProducedBatch, CleanAttributesCostNoCopy) {
  const Batch before = *Parsed();
  EXPECT_EQ(StripPrivateAttributes(before).bytes().data(), before.bytes().data());
  EXPECT_EQ(AcceptProducedBatch(before)->bytes().data(), before.bytes().data());
}

TEST_F(ProducedBatch, WrongMaxTimestampIsPutRight) {
  Set<int64_t>(kMaxTimestampAt, 12);
  const auto accepted = AcceptProducedBatch(*Parsed());
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(accepted->header().max_timestamp_ms, 1000);
  EXPECT_TRUE(accepted->VerifyCrc().ok());
}

TEST_F(ProducedBatch, AcceptRefusesWhatValidateRefuses) {
  Set<int64_t>(kBaseOffsetAt, 1);
  EXPECT_EQ(CodeOf(AcceptProducedBatch(*Parsed()).status()), Errc::kInvalidBatch);
}

}  // namespace
}  // namespace braid::storage
