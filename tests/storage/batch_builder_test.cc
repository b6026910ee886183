#include "storage/batch_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/storage/batches.h"

namespace braid::storage {
namespace {

using ::testing::ElementsAre;

class BatchBuilderCodecs : public ::testing::TestWithParam<Codec> {};

TEST_P(BatchBuilderCodecs, RoundTrip) {
  BatchBuilder builder({.codec = GetParam(), .origin = Origin::kNats});
  std::vector<std::string> values;
  for (int i = 0; i < 500; ++i) values.push_back("value number " + std::to_string(i));
  for (const std::string& value : values) builder.Add(ValueRecord(value));
  const Batch batch = builder.Build();
  EXPECT_TRUE(batch.VerifyCrc().ok());
  EXPECT_EQ(batch.header().codec(), GetParam());
  EXPECT_EQ(batch.header().origin(), Origin::kNats);
  EXPECT_EQ(batch.header().record_count, 500);
  EXPECT_EQ(ValuesOf(batch), values);
  EXPECT_EQ(static_cast<size_t>(batch.header().total_bytes()), batch.bytes().size());
}

INSTANTIATE_TEST_SUITE_P(All, BatchBuilderCodecs,
                         ::testing::Values(Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4,
                                           Codec::kZstd),
                         [](const auto& codec) {
                           return "Codec" + std::to_string(static_cast<int>(codec.param));
                         });

TEST(BatchBuilder, IsEmptyAfterBuildAndMayBeUsedAgain) {
  BatchBuilder builder;
  EXPECT_TRUE(builder.empty());
  builder.Add(ValueRecord("first", 9000));
  EXPECT_EQ(builder.record_count(), 1);
  const Batch first = builder.Build();
  EXPECT_TRUE(builder.empty());
  EXPECT_EQ(builder.size_bytes(), 0u);
  builder.Add(ValueRecord("second", 10));
  const Batch second = builder.Build();
  EXPECT_THAT(ValuesOf(first), ElementsAre("first"));
  EXPECT_THAT(ValuesOf(second), ElementsAre("second"));
  EXPECT_EQ(second.header().max_timestamp_ms, 10) << "nothing of the first batch is left";
}

TEST(BatchBuilder, SizeIsThatOfTheUncompressedBatch) {
  BatchBuilder builder;
  builder.Add(ValueRecord("some value"));
  builder.Add(ValueRecord(std::string(300, 'x')));
  const size_t size = builder.size_bytes();
  EXPECT_EQ(builder.Build().bytes().size(), size);
}

TEST(BatchBuilder, NegativeTimesHaveANegativeMaximum) {
  BatchBuilder builder;
  builder.Add(ValueRecord("a", -500));
  builder.Add(ValueRecord("b", -200));
  EXPECT_EQ(builder.Build().header().max_timestamp_ms, -200);
}

TEST(BatchBuilder, LengthsAroundTheVarintStepsSurvive) {
  for (const size_t n : {0, 1, 62, 63, 64, 65, 8190, 8191, 8192, 1048575, 1048576}) {
    const std::string value(n, 'v');
    RecordView record = ValueRecord(value);
    record.key = value;
    record.headers.push_back({value, value});
    BatchBuilder builder;
    builder.Add(record);
    builder.Add(record);
    const auto records = builder.Build().Records();
    ASSERT_TRUE(records.ok()) << n;
    EXPECT_EQ((*records)[1].key, value);
    EXPECT_EQ((*records)[1].value, value);
    EXPECT_EQ((*records)[1].headers, record.headers);
  }
}

TEST(BatchBuilder, UncompressedBatchKeepsLittleMoreThanItself) {
  BatchBuilder builder;
  for (int i = 0; i < 1000; ++i) builder.Add(ValueRecord(std::string(i % 50, 'x')));
  const Batch batch = builder.Build();
  EXPECT_LE(batch.bytes().owner_size(), batch.bytes().size() * 4 / 3 + 1);
}

TEST(BatchBuilder, BaseOffsetCanBeGiven) {
  BatchBuilder builder({.codec = Codec::kNone, .origin = Origin::kKafka, .base_offset = 77});
  builder.Add(ValueRecord("a"));
  builder.Add(ValueRecord("b"));
  const Batch batch = builder.Build();
  EXPECT_EQ(batch.base_offset(), 77);
  EXPECT_EQ(batch.Records()->back().offset, 78);
}

}  // namespace
}  // namespace braid::storage
