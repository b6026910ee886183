// The small parts: errors, integers, checksums, buffers, file names.
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "braid/buffer.h"
#include "braid/clock.h"
#include "braid/error.h"
#include "storage/coding.h"
#include "storage/crc32c.h"
#include "storage/crc32c_fold.h"
#include "storage/io_error.h"
#include "storage/segment_files.h"
#include "storage/varint.h"

namespace braid::storage {
namespace {

TEST(Error, CarriesItsCodeThroughCopies) {
  const absl::Status status = MakeError(Errc::kGroupExists, "group g exists");
  const absl::Status copy = status;
  EXPECT_EQ(CodeOf(copy), Errc::kGroupExists);
  EXPECT_TRUE(absl::IsAlreadyExists(copy));
  EXPECT_EQ(copy.message(), "group g exists");
}

TEST(Error, EveryCodeHasANameAndComesBack) {
  std::set<std::string_view> names;
  for (int i = 1; i <= static_cast<int>(kLastErrc); ++i) {
    const auto code = static_cast<Errc>(i);
    EXPECT_EQ(CodeOf(MakeError(code, "x")), code);
    EXPECT_FALSE(MakeError(code, "x").ok());
    names.insert(ErrcName(code));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kLastErrc));
  EXPECT_EQ(ErrcName(Errc::kStreamNotFound), "kStreamNotFound");
}

TEST(Error, ForeignStatusIsUnknownAndOkIsOk) {
  EXPECT_EQ(CodeOf(absl::OkStatus()), Errc::kOk);
  EXPECT_EQ(CodeOf(absl::InternalError("x")), Errc::kUnknown);
  EXPECT_EQ(ErrcName(static_cast<Errc>(12345)), "kUnknown");
}

TEST(IoError, SaysNotFoundAndOutOfSpace) {
  EXPECT_TRUE(absl::IsNotFound(ErrnoError(ENOENT, "open", "f")));
  EXPECT_EQ(CodeOf(ErrnoError(ENOENT, "open", "f")), Errc::kIo);
  EXPECT_EQ(CodeOf(ErrnoError(ENOSPC, "write", "f")), Errc::kOutOfSpace);
  EXPECT_EQ(CodeOf(ErrnoError(EIO, "write", "f")), Errc::kIo);
  EXPECT_NE(ErrnoError(EIO, "write", "some/file").message().find("some/file"), std::string::npos);
}

TEST(Clock, SystemMoves) {
  EXPECT_GT(Clock::System().Now(), absl::FromUnixSeconds(1600000000));
}

TEST(Coding, IsBigEndian) {
  char bytes[8];
  StoreBigEndian<int64_t>(bytes, 0x0102030405060708);
  EXPECT_EQ(std::string(bytes, 8), "\1\2\3\4\5\6\7\10");
  StoreBigEndian<int32_t>(bytes, -2);
  EXPECT_EQ(LoadBigEndian<int32_t>(bytes), -2);
  EXPECT_EQ(LoadBigEndian<uint16_t>(bytes), 0xffff);
}

TEST(Crc32c, CheckValue) {
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
}

TEST(Crc32c, CanBeExtended) {
  EXPECT_EQ(ExtendCrc32c(Crc32c("1234"), "56789"), Crc32c("123456789"));
}

// By the definition, a bit at a time. [n]: the state after n bytes.
std::vector<uint32_t> Crc32cStates(uint32_t state, std::string_view bytes) {
  std::vector<uint32_t> states = {state};
  for (const char byte : bytes) {
    state ^= static_cast<uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78u : 0);
    states.push_back(state);
  }
  return states;
}

constexpr size_t kCrcLengths = 2100;
constexpr size_t kCrcAlignments = 64;  // of the longest load

std::string CrcSample() {
  std::mt19937 random(7);
  std::string bytes(kCrcAlignments + kCrcLengths, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

TEST(Crc32c, IsTheDefinitionAtEveryLengthAndAlignment) {
  const std::string sample = CrcSample();
  for (size_t at = 0; at < kCrcAlignments; ++at) {
    const std::string_view bytes = std::string_view(sample).substr(at, kCrcLengths);
    const std::vector<uint32_t> states = Crc32cStates(~0u, bytes);
    for (size_t n = 0; n <= bytes.size(); ++n) {
      ASSERT_EQ(Crc32c(bytes.substr(0, n)), ~states[n]) << n << " bytes at " << at;
      ASSERT_EQ(ExtendCrc32cUnfolded(0, bytes.substr(0, n)), ~states[n]) << n << " at " << at;
    }
  }
}

TEST(Crc32c, FoldingIsTheDefinitionFromAnyState) {
  if (!CanFoldCrc32c()) GTEST_SKIP() << "NOT RUN: the processor has no AVX-512 with VPCLMULQDQ";
  const std::string sample = CrcSample();
  for (size_t at = 0; at < kCrcAlignments; ++at) {
    const std::string_view bytes = std::string_view(sample).substr(at, kCrcLengths);
    const uint32_t before = 0x9e3779b9u * static_cast<uint32_t>(at);
    const std::vector<uint32_t> states = Crc32cStates(before, bytes);
    for (size_t n = kMinFoldBytes; n <= bytes.size(); ++n) {
      ASSERT_EQ(FoldCrc32c(before, bytes.substr(0, n)), states[n]) << n << " bytes at " << at;
    }
  }
}

TEST(Crc32c, LongPiecesFollowFromShortOnes) {
  std::string bytes;
  while (bytes.size() < (1 << 20)) bytes += CrcSample();
  const std::string_view all = bytes;
  uint32_t crc = 0;
  for (size_t at = 0; at < all.size(); at += 100) crc = ExtendCrc32c(crc, all.substr(at, 100));
  EXPECT_EQ(crc, Crc32c(all));
  EXPECT_EQ(crc, ExtendCrc32cUnfolded(0, all));
}

std::string Encoded(int64_t value) {
  char bytes[kMaxVarint64Bytes];
  return std::string(bytes, PutVarint(bytes, value));
}

TEST(Varint, IsWhatTheFormatDocumentSays) {
  EXPECT_EQ(Encoded(0), std::string("\0", 1));
  EXPECT_EQ(Encoded(-1), "\1");
  EXPECT_EQ(Encoded(1), "\2");
  EXPECT_EQ(Encoded(63), "\x7e");
  EXPECT_EQ(Encoded(-64), "\x7f");
  EXPECT_EQ(Encoded(64), "\x80\1");
  EXPECT_EQ(Encoded(300), "\xd8\4");
}

TEST(Varint, RoundTripsAndKnowsItsSize) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20000; ++i) {
    const auto value = static_cast<int64_t>(random() >> (random() % 64));
    for (const int64_t signed_value : {value, -value, INT64_MIN, INT64_MAX}) {
      const std::string bytes = Encoded(signed_value);
      EXPECT_EQ(bytes.size(), VarintSize(signed_value));
      std::string_view cursor = bytes;
      EXPECT_EQ(TakeVarint64(cursor), signed_value);
      EXPECT_TRUE(cursor.empty());
    }
  }
}

TEST(Varint, NarrowValuesRoundTrip) {
  for (const int32_t value : {0, 1, -1, 63, 64, -65, 8191, 8192, INT32_MAX, INT32_MIN}) {
    const std::string bytes = Encoded(value) + "rest";
    std::string_view cursor = bytes;
    EXPECT_EQ(TakeVarint32(cursor), value);
    EXPECT_EQ(cursor, "rest");
  }
}

TEST(Varint, WideValueIsNoNarrowOne) {
  const std::string bytes = Encoded(int64_t{INT32_MAX} + 1);
  std::string_view cursor = bytes;
  EXPECT_EQ(TakeVarint32(cursor), std::nullopt);
  EXPECT_EQ(cursor, bytes) << "a cursor that failed stays where it was";
}

TEST(Varint, EndlessAndCutOnesFail) {
  const std::string endless(20, '\xff');
  for (size_t n = 0; n <= endless.size(); ++n) {
    std::string_view cursor = std::string_view(endless).substr(0, n);
    EXPECT_EQ(TakeVarint64(cursor), std::nullopt);
    EXPECT_EQ(TakeVarint32(cursor), std::nullopt);
    EXPECT_EQ(TakeUnsignedVarint32(cursor), std::nullopt);
    EXPECT_EQ(cursor.size(), n);
  }
}

TEST(Varint, BitsPastTheWidthFail) {
  std::string_view most = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(TakeUnsignedVarint64(most), UINT64_MAX);
  std::string_view over = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02";
  EXPECT_EQ(TakeUnsignedVarint64(over), std::nullopt);
  std::string_view narrow = "\xff\xff\xff\xff\x1f";
  EXPECT_EQ(TakeUnsignedVarint32(narrow), std::nullopt);
}

TEST(Buffer, SlicesShareTheOwner) {
  const Buffer whole = Buffer::Copy("header|payload");
  const Buffer part = whole.Slice(7);
  EXPECT_EQ(part.view(), "payload");
  EXPECT_EQ(part.data(), whole.data() + 7);
  EXPECT_EQ(part.owner(), whole.owner());
  EXPECT_EQ(part.owner_size(), whole.size());
  EXPECT_EQ(whole.Slice(14).size(), 0u);
}

TEST(Buffer, FrozenBufferKnowsWhatItKeeps) {
  MutableBuffer bytes(100);
  bytes.data()[0] = 'x';
  const Buffer frozen = std::move(bytes).Freeze(1);
  EXPECT_EQ(frozen.view(), "x");
  EXPECT_EQ(frozen.owner_size(), 100u);
}

TEST(SegmentFiles, NamesComeBack) {
  EXPECT_EQ(SegmentPath("d", 42, kLogSuffix), "d/00000000000000000042.log");
  EXPECT_EQ(SegmentPath("d", 42, 7, kIndexSuffix), "d/00000000000000000042.7.bindex");
  const auto name = [](Offset base, uint32_t generation) {
    return std::optional<SegmentName>({base, generation});
  };
  EXPECT_EQ(ParseSegmentName("00000000000000000042.log", kLogSuffix), name(42, 0));
  EXPECT_EQ(ParseSegmentName("00000000000000000042.7.log", kLogSuffix), name(42, 7));
  EXPECT_EQ(ParseSegmentName("09223372036854775807.bindex", kIndexSuffix), name(INT64_MAX, 0));
}

TEST(SegmentFiles, ForeignNamesAreNone) {
  for (const char* name : {"42.log", "00000000000000000042.index", "0000000000000000004x.log",
                           "-0000000000000000042.log", "99999999999999999999.log", "LOCK", "",
                           "00000000000000000042.log.tmp", "00000000000000000042..log",
                           "00000000000000000042.0.log", "00000000000000000042.07.log",
                           "00000000000000000042.x.log", "00000000000000000042.log.lost"}) {
    EXPECT_EQ(ParseSegmentName(name, kLogSuffix), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace braid::storage
