#include "storage/manifest.h"

#include <gtest/gtest.h>

#include "braid/error.h"
#include "braid/testing.h"

namespace braid::storage {
namespace {

Manifest Sample() {
  Manifest manifest;
  manifest.tail_base = 300;
  manifest.tail_running_max_ms = 99;
  manifest.sealed.push_back(
      {.base_offset = 100,
       .next_offset = 140,
       .bytes = 16000,
       .max_timestamp_ms = 95,
       .running_max_before_ms = 50,
       .generation = 3,
       .repacked = true,
       .dropped = 7,
       .damage = {{.position = 10, .bytes = 20, .offset = 110, .next_offset = 112},
                  {.position = 90, .bytes = 5, .offset = 120, .next_offset = 121}}});
  manifest.sealed.push_back({.base_offset = 140,
                             .next_offset = 300,
                             .bytes = 1,
                             .max_timestamp_ms = 99,
                             .running_max_before_ms = 95});
  return manifest;
}

TEST(Manifest, ComesBack) {
  const auto manifest = DecodeManifest(EncodeManifest(Sample()));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(*manifest, Sample());
  EXPECT_EQ(*DecodeManifest(EncodeManifest(Manifest())), Manifest());
}

TEST(Manifest, IsTheBytesDrawnInTheFormatDocument) {
  const std::string bytes = EncodeManifest(Sample());
  EXPECT_EQ(bytes.size(), 28u + 2 * 60 + 2 * 32 + 4);
  EXPECT_EQ(bytes.substr(0, 8), std::string("BMAN\0\1\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 8), std::string("\0\0\0\0\0\0\1\x2c", 8));
  EXPECT_EQ(bytes.substr(24, 4), std::string("\0\0\0\2", 4));
  EXPECT_EQ(bytes.substr(28, 8), std::string("\0\0\0\0\0\0\0\x64", 8));
}

TEST(Manifest, EveryFlippedBitIsSeen) {
  const std::string good = EncodeManifest(Sample());
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      EXPECT_EQ(CodeOf(DecodeManifest(bytes).status()), Errc::kCorrupt) << at;
    }
  }
}

TEST(Manifest, EveryTruncationAndExtensionIsSeen) {
  const std::string good = EncodeManifest(Sample());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(CodeOf(DecodeManifest(good.substr(0, n)).status()), Errc::kCorrupt) << n;
  }
  EXPECT_EQ(CodeOf(DecodeManifest(good + "x").status()), Errc::kCorrupt);
}

TEST(Manifest, SegmentsThatDoNotFollowEachOtherAreRefused) {
  Manifest gap = Sample();
  gap.sealed[1].base_offset = 141;
  EXPECT_EQ(CodeOf(DecodeManifest(EncodeManifest(gap)).status()), Errc::kCorrupt);
  Manifest early_end = Sample();
  early_end.tail_base = 301;
  EXPECT_EQ(CodeOf(DecodeManifest(EncodeManifest(early_end)).status()), Errc::kCorrupt);
  Manifest empty = Sample();
  empty.sealed[0].next_offset = 100;
  EXPECT_EQ(CodeOf(DecodeManifest(EncodeManifest(empty)).status()), Errc::kCorrupt);
}

// What readers would follow out of the segment, with every checksum right.
TEST(Manifest, DamageBeyondItsSegmentIsRefused) {
  const auto refused = [](const Damage& damage) {
    Manifest manifest = Sample();
    manifest.sealed[0].damage = {damage};
    return CodeOf(DecodeManifest(EncodeManifest(manifest)).status()) == Errc::kCorrupt;
  };
  EXPECT_FALSE(refused({0, 16000, 100, 140}));
  EXPECT_TRUE(refused({1, 16000, 100, 140}));
  EXPECT_TRUE(refused({16001, 0, 100, 140}));
  EXPECT_TRUE(refused({1, UINT64_MAX, 100, 140}));
  EXPECT_TRUE(refused({0, 10, 99, 140}));
  EXPECT_TRUE(refused({0, 10, 100, 141}));
  EXPECT_TRUE(refused({0, 10, 120, 119}));
}

TEST(Manifest, SegmentWithoutBytesIsAllDamage) {
  Manifest manifest = Sample();
  manifest.sealed[0].bytes = 0;
  manifest.sealed[0].damage = {{0, 0, 100, 140}};
  EXPECT_TRUE(DecodeManifest(EncodeManifest(manifest)).ok());
  manifest.sealed[0].damage = {};
  EXPECT_EQ(CodeOf(DecodeManifest(EncodeManifest(manifest)).status()), Errc::kCorrupt);
}

// At every point at which writing may fail or the power may go there is a whole manifest.
TEST(Manifest, ReplacingIsOneStep) {
  for (int64_t n = 0; n < 8; ++n) {
    for (uint64_t seed = 0; seed < 20; ++seed) {
      auto fs = FaultFileSystem::Create(seed);
      ASSERT_TRUE(fs->CreateDirs("d").ok());
      ASSERT_TRUE(fs->SyncDir("").ok());
      ASSERT_TRUE(WriteManifest(*fs, "d", Manifest()).ok());
      fs->FailOperation(n);
      const bool replaced = WriteManifest(*fs, "d", Sample()).ok();
      fs->FailOperation(-1);
      fs->Crash();
      const auto found = ReadManifest(*fs, "d");
      ASSERT_TRUE(found.ok()) << n << " " << seed << " " << found.status();
      if (replaced) {
        EXPECT_EQ(*found, Sample());
      } else {
        EXPECT_TRUE(*found == Sample() || *found == Manifest());
      }
    }
  }
}

}  // namespace
}  // namespace braid::storage
