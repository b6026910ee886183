#include "braid/batch.h"

#include <gtest/gtest.h>

#include "storage/batch_builder.h"
#include "storage/crc32c.h"

namespace braid::storage {
namespace {

TEST(Smoke, RoundTrip) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  for (int codec = 0; codec < 5; ++codec) {
    BatchBuilder builder({.codec = static_cast<Codec>(codec), .origin = Origin::kNats});
    RecordView r;
    r.key = "k";
    r.value = "v";
    r.timestamp_ms = 5;
    r.headers.push_back({"h", std::nullopt});
    builder.Add(r);
    builder.Add(r);
    Batch b = builder.Build();
    EXPECT_TRUE(b.VerifyCrc().ok());
    auto records = b.Records();
    ASSERT_TRUE(records.ok());
    ASSERT_EQ(records->size(), 2u);
    EXPECT_EQ((*records)[1].offset, 1);
    EXPECT_EQ((*records)[1].key, "k");
    EXPECT_EQ(b.header().origin(), Origin::kNats);
  }
}

}  // namespace
}  // namespace braid::storage
