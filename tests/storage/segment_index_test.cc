#include "storage/segment_index.h"

#include <gtest/gtest.h>

#include "braid/error.h"

namespace braid::storage {
namespace {

SegmentIndex SampleIndex() {
  SegmentIndex index;
  index.Add({.offset = 100, .running_max_before_ms = 50, .position = 0});
  index.Add({.offset = 110, .running_max_before_ms = 60, .position = 4100});
  index.Add({.offset = 130, .running_max_before_ms = 60, .position = 8300});
  index.Add({.offset = 131, .running_max_before_ms = 90, .position = 12500});
  return index;
}

const SegmentSummary kSummary{.base_offset = 100,
                              .next_offset = 140,
                              .bytes = 16000,
                              .max_timestamp_ms = 95,
                              .running_max_before_ms = 50,
                              .generation = 3};

TEST(SegmentIndex, FindsTheEntryAtOrBeforeAnOffset) {
  const SegmentIndex index = SampleIndex();
  EXPECT_EQ(index.FloorOffset(99), nullptr);
  EXPECT_EQ(index.FloorOffset(100)->position, 0u);
  EXPECT_EQ(index.FloorOffset(129)->position, 4100u);
  EXPECT_EQ(index.FloorOffset(130)->position, 8300u);
  EXPECT_EQ(index.FloorOffset(INT64_MAX)->position, 12500u);
}

TEST(SegmentIndex, AStepEndsWhereTheNextEntryIs) {
  const SegmentIndex index = SampleIndex();
  const IndexEntry begin{90, 40, 0};
  EXPECT_EQ(index.StepOf(95, begin).begin, begin);
  EXPECT_EQ(index.StepOf(95, begin).end_position, 0u);
  EXPECT_EQ(index.StepOf(129, begin).begin, *index.FloorOffset(129));
  EXPECT_EQ(index.StepOf(129, begin).end_position, 8300u);
  EXPECT_EQ(index.StepOf(139, begin).begin, *index.FloorOffset(139));
  EXPECT_EQ(index.StepOf(139, begin).end_position, std::nullopt);
  EXPECT_EQ(SegmentIndex().StepOf(95, begin).end_position, std::nullopt);
}

TEST(SegmentIndex, FindsTheLastEntryWithOnlyOlderTimesBefore) {
  const SegmentIndex index = SampleIndex();
  EXPECT_EQ(index.FloorTimestamp(50, 99999), nullptr);
  EXPECT_EQ(index.FloorTimestamp(51, 99999)->offset, 100);
  EXPECT_EQ(index.FloorTimestamp(60, 99999)->offset, 100);
  EXPECT_EQ(index.FloorTimestamp(61, 99999)->offset, 130);
  EXPECT_EQ(index.FloorTimestamp(1000, 99999)->offset, 131);
  EXPECT_EQ(index.FloorTimestamp(1000, 8300)->offset, 110) << "entries past the end do not count";
}

TEST(SegmentIndex, FirstBatchAndEveryIntervalAreDue) {
  SegmentIndex index;
  EXPECT_TRUE(index.IsDue(0, 4096));
  index.Add({.offset = 0, .running_max_before_ms = -1, .position = 0});
  EXPECT_FALSE(index.IsDue(4095, 4096));
  EXPECT_TRUE(index.IsDue(4096, 4096));
}

TEST(SegmentIndexFile, ComesBack) {
  const auto file = DecodeIndexFile(EncodeIndexFile(kSummary, SampleIndex()));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->summary.base_offset, 100);
  EXPECT_EQ(file->summary.next_offset, 140);
  EXPECT_EQ(file->summary.bytes, 16000);
  EXPECT_EQ(file->summary.max_timestamp_ms, 95);
  EXPECT_EQ(file->summary.running_max_before_ms, 50);
  EXPECT_EQ(file->summary.running_max_after_ms(), 95);
  EXPECT_EQ(file->summary.generation, 3u);
  EXPECT_EQ(file->index.entries(), SampleIndex().entries());
}

TEST(SegmentIndexFile, IsTheBytesDrawnInTheFormatDocument) {
  const std::string bytes = EncodeIndexFile(kSummary, SampleIndex());
  EXPECT_EQ(bytes.size(), 60u + 4 * 24 + 4);
  EXPECT_EQ(bytes.substr(0, 8), std::string("BIDX\0\2\0\0", 8));
  EXPECT_EQ(bytes.substr(8, 8), std::string("\0\0\0\0\0\0\0\x64", 8));
  EXPECT_EQ(bytes.substr(48, 8), std::string("\0\0\0\3\0\0\0\4", 8));
  EXPECT_EQ(bytes.substr(60 + 24, 24),
            std::string("\0\0\0\0\0\0\0\x6e\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\x10\x04", 24));
}

TEST(SegmentIndexFile, EveryFlippedBitIsSeen) {
  const std::string good = EncodeIndexFile(kSummary, SampleIndex());
  for (size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      EXPECT_EQ(CodeOf(DecodeIndexFile(bytes).status()), Errc::kCorrupt) << at;
    }
  }
}

TEST(SegmentIndexFile, EveryTruncationAndExtensionIsSeen) {
  const std::string good = EncodeIndexFile(kSummary, SampleIndex());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(CodeOf(DecodeIndexFile(good.substr(0, n)).status()), Errc::kCorrupt) << n;
  }
  EXPECT_EQ(CodeOf(DecodeIndexFile(good + "x").status()), Errc::kCorrupt);
}

// Right in every checksum, and yet no index that could be searched.
TEST(SegmentIndexFile, ImpossibleRangesAreSeen) {
  const auto code = [](const SegmentSummary& summary, const SegmentIndex& index = {}) {
    return CodeOf(DecodeIndexFile(EncodeIndexFile(summary, index)).status());
  };
  SegmentSummary negative = kSummary, backwards = kSummary, no_size = kSummary;
  negative.base_offset = -1;
  backwards.next_offset = kSummary.base_offset - 1;
  no_size.bytes = -1;
  EXPECT_EQ(code(negative), Errc::kCorrupt);
  EXPECT_EQ(code(backwards), Errc::kCorrupt);
  EXPECT_EQ(code(no_size), Errc::kCorrupt);
  for (const IndexEntry& entry :
       {IndexEntry{131, 90, 13000}, IndexEntry{135, 90, 12500}, IndexEntry{135, 89, 13000},
        IndexEntry{140, 90, 13000}, IndexEntry{135, 90, 16000}}) {
    SegmentIndex index = SampleIndex();
    index.Add(entry);
    EXPECT_EQ(code(kSummary, index), Errc::kCorrupt) << entry.offset << " " << entry.position;
  }
  SegmentIndex before;
  before.Add({.offset = 99, .running_max_before_ms = 50, .position = 0});
  EXPECT_EQ(code(kSummary, before), Errc::kCorrupt);
}

TEST(SegmentIndexFile, WritingReplacesAndLeavesNothingElse) {
  auto fs = FileSystem::Memory();
  ASSERT_TRUE(fs->CreateDirs("d").ok());
  ASSERT_TRUE(WriteIndexFile(*fs, "d", kSummary, SegmentIndex()).ok());
  ASSERT_TRUE(WriteIndexFile(*fs, "d", kSummary, SampleIndex()).ok());
  EXPECT_EQ(fs->List("d")->size(), 1u);
  EXPECT_EQ(ReadIndexFile(*fs, "d", 100, 3)->index.entries().size(), 4u);
  EXPECT_TRUE(absl::IsNotFound(ReadIndexFile(*fs, "d", 100, 2).status()));
  EXPECT_TRUE(absl::IsNotFound(ReadIndexFile(*fs, "d", 101, 3).status()));
}

}  // namespace
}  // namespace braid::storage
