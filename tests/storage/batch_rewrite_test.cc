#include "storage/batch_rewrite.h"

#include <gtest/gtest.h>

#include <string>

#include "storage/batch_builder.h"
#include "storage/batch_format.h"

namespace braid::storage {
namespace {

Batch Produced(Codec codec) {
  BatchBuilder builder({.codec = codec,
                        .attributes = kTransactionalBit,
                        .producer_id = 5,
                        .producer_epoch = 2,
                        .base_sequence = 9});
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key" + std::to_string(i);
    RecordView record;
    record.key = key;
    if (i % 2 == 0) record.value = "value";
    record.headers.push_back({"h", std::nullopt});
    record.timestamp_ms = 1000 - i;
    builder.Add(record);
  }
  return builder.Build();
}

TEST(BatchRewriteTest, RecompressingKeepsAllButTheCodec) {
  for (const Codec from : {Codec::kNone, Codec::kGzip}) {
    for (const Codec to : {Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
      const Batch before = Produced(from);
      const auto after = Recompress(before, to);
      ASSERT_TRUE(after.ok()) << after.status();
      EXPECT_TRUE(after->VerifyCrc().ok());
      const BatchHeader& header = after->header();
      EXPECT_EQ(header.codec(), to);
      EXPECT_TRUE(header.transactional());
      EXPECT_EQ(header.producer_id, 5);
      EXPECT_EQ(header.producer_epoch, 2);
      EXPECT_EQ(header.base_sequence, 9);
      EXPECT_EQ(header.last_offset_delta, 19);
      EXPECT_EQ(header.max_timestamp_ms, 1000);
      const auto was = before.Records();
      const auto is = after->Records();
      ASSERT_TRUE(was.ok() && is.ok());
      ASSERT_EQ(is->size(), was->size());
      for (size_t i = 0; i < is->size(); ++i) {
        EXPECT_EQ(is->at(i).key, was->at(i).key);
        EXPECT_EQ(is->at(i).value, was->at(i).value);
        EXPECT_EQ(is->at(i).timestamp_ms, was->at(i).timestamp_ms);
        EXPECT_EQ(is->at(i).offset, was->at(i).offset);
        EXPECT_EQ(is->at(i).headers.size(), 1u);
      }
    }
  }
}

TEST(BatchRewriteTest, DamageIsNotWrittenAnew) {
  Batch whole = Produced(Codec::kGzip);
  std::string bytes(whole.bytes().view());
  bytes[kBatchHeaderBytes + 20] ^= 1;
  const auto broken = Batch::Parse(Buffer::Copy(bytes));
  ASSERT_TRUE(broken.ok());
  EXPECT_FALSE(Recompress(*broken, Codec::kNone).ok());
}

TEST(BatchRewriteTest, AppendTimeIsEveryRecords) {
  const Batch before = Produced(Codec::kLz4);
  const Batch after = WithAppendTime(before, 77);
  EXPECT_TRUE(after.VerifyCrc().ok());
  EXPECT_TRUE(after.header().log_append_time());
  EXPECT_FALSE(before.header().log_append_time()) << "others may be reading it";
  EXPECT_EQ(after.header().max_timestamp_ms, 77);
  for (const Record& record : *after.Records()) EXPECT_EQ(record.timestamp_ms, 77);
  EXPECT_EQ(WithAppendTime(after, 77).bytes().data(), after.bytes().data());
}

}  // namespace
}  // namespace braid::storage
