#include "storage/compression.h"

#include <gtest/gtest.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zstd.h>

#include <random>

#include "braid/error.h"
#include "storage/coding.h"

namespace braid::storage {
namespace {

constexpr size_t kPlenty = size_t{16} << 20;

std::string Compressed(Codec codec, std::string_view bytes) {
  std::string out;
  EXPECT_TRUE(CompressTo(codec, bytes, out).ok());
  return out;
}

// Text that compresses, with some noise in it.
std::string Sample(size_t size) {
  std::mt19937_64 random(7);
  std::string text;
  while (text.size() < size) text += "{\"order\":" + std::to_string(random() % 100000) + "},";
  text.resize(size);
  return text;
}

class EachCodec : public ::testing::TestWithParam<Codec> {};

TEST_P(EachCodec, RoundTripsEverySize) {
  for (const size_t size : {0, 1, 10, 1000, 70000, 3000000}) {
    const std::string bytes = Sample(size);
    const auto decoded = Decompress(GetParam(), Compressed(GetParam(), bytes), kPlenty);
    ASSERT_TRUE(decoded.ok()) << size << " " << decoded.status();
    EXPECT_TRUE(decoded->view() == bytes) << size;
  }
}

TEST_P(EachCodec, AppendsBehindWhatIsThere) {
  std::string out = "header";
  ASSERT_TRUE(CompressTo(GetParam(), "body", out).ok());
  EXPECT_EQ(out.substr(0, 6), "header");
  EXPECT_EQ(Decompress(GetParam(), std::string_view(out).substr(6), kPlenty)->view(), "body");
}

TEST_P(EachCodec, StopsAtTheLimit) {
  const std::string bytes(1 << 20, 'z');  // a bomb of its kind
  const std::string encoded = Compressed(GetParam(), bytes);
  EXPECT_TRUE(Decompress(GetParam(), encoded, bytes.size()).ok());
  EXPECT_EQ(CodeOf(Decompress(GetParam(), encoded, bytes.size() - 1).status()),
            Errc::kCorruptBatch);
  EXPECT_EQ(CodeOf(Decompress(GetParam(), encoded, 100).status()), Errc::kCorruptBatch);
}

TEST_P(EachCodec, DamageIsAnErrorOrOtherBytesButNeverMore) {
  const std::string encoded = Compressed(GetParam(), Sample(3000));
  std::mt19937_64 random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = encoded;
    for (int flips = 0; flips <= i % 4; ++flips) {
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << (random() % 8));
    }
    const auto decoded = Decompress(GetParam(), bytes, 20000);
    if (decoded.ok()) {
      EXPECT_LE(decoded->size(), 20000u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachCodec,
                         ::testing::Values(Codec::kNone, Codec::kGzip, Codec::kSnappy, Codec::kLz4,
                                           Codec::kZstd),
                         [](const auto& codec) {
                           return "Codec" + std::to_string(static_cast<int>(codec.param));
                         });

TEST(Compression, UnknownCodecIsUnsupported) {
  std::string out;
  EXPECT_EQ(CodeOf(Decompress(static_cast<Codec>(5), "x", kPlenty).status()),
            Errc::kUnsupportedCodec);
  EXPECT_EQ(CodeOf(CompressTo(static_cast<Codec>(7), "x", out)), Errc::kUnsupportedCodec);
}

TEST(Compression, NoTruncationPassesForTheWhole) {
  for (const Codec codec : {Codec::kGzip, Codec::kSnappy, Codec::kLz4, Codec::kZstd}) {
    const std::string encoded = Compressed(codec, Sample(3000));
    for (size_t n = 0; n < encoded.size(); ++n) {
      const auto decoded = Decompress(codec, std::string_view(encoded).substr(0, n), kPlenty);
      EXPECT_EQ(CodeOf(decoded.status()), Errc::kCorruptBatch) << n << " of " << encoded.size();
    }
  }
}

TEST(Gzip, MembersFollowEachOther) {
  const std::string two = Compressed(Codec::kGzip, "one,") + Compressed(Codec::kGzip, "two");
  EXPECT_EQ(Decompress(Codec::kGzip, two, kPlenty)->view(), "one,two");
}

// The framing of the xerial library, which Java clients write.
class Xerial : public ::testing::Test {
 protected:
  void AddBlock(std::string_view plain) {
    std::string block;
    snappy::Compress(plain.data(), plain.size(), &block);
    AddRaw(static_cast<uint32_t>(block.size()), block);
  }
  void AddRaw(uint32_t length, std::string_view block) {
    char prefix[4];
    StoreBigEndian<uint32_t>(prefix, length);
    bytes_.append(prefix, sizeof(prefix)).append(block);
  }
  absl::StatusOr<Buffer> Decoded() const { return Decompress(Codec::kSnappy, bytes_, kPlenty); }

  std::string bytes_ = std::string("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
};

TEST_F(Xerial, BlocksAreJoined) {
  AddBlock("first block, ");
  AddBlock(Sample(40000));
  ASSERT_TRUE(Decoded().ok());
  EXPECT_EQ(std::string(Decoded()->view()), "first block, " + Sample(40000));
}

TEST_F(Xerial, NoBlocksAreNoBytes) {
  EXPECT_EQ(Decoded()->size(), 0u);
}

TEST_F(Xerial, BlockLongerThanTheBytesIsCorrupt) {
  AddRaw(1000, "short");
  EXPECT_EQ(CodeOf(Decoded().status()), Errc::kCorruptBatch);
}

TEST_F(Xerial, GiantBlockLengthIsCorrupt) {
  AddRaw(0xffffffff, "x");
  EXPECT_EQ(CodeOf(Decoded().status()), Errc::kCorruptBatch);
}

TEST_F(Xerial, CutHeaderIsCorrupt) {
  bytes_.resize(12);
  EXPECT_EQ(CodeOf(Decoded().status()), Errc::kCorruptBatch);
}

TEST(Snappy, ImpossibleClaimIsRefusedBeforeAllocating) {
  // A raw block whose varint claims 60 MiB, and nothing to make it of.
  const std::string claim("\x80\x80\x80\x1e\x00", 5);
  EXPECT_EQ(CodeOf(Decompress(Codec::kSnappy, claim, size_t{64} << 20).status()),
            Errc::kCorruptBatch);
}

TEST(Lz4, LinkedBlocksAndContentSizeAreRead) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  const std::string plain = Sample(300000);
  preferences.frameInfo.blockMode = LZ4F_blockLinked;
  preferences.frameInfo.contentSize = plain.size();
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  std::string frame(LZ4F_compressFrameBound(plain.size(), &preferences), '\0');
  frame.resize(
      LZ4F_compressFrame(frame.data(), frame.size(), plain.data(), plain.size(), &preferences));
  EXPECT_TRUE(Decompress(Codec::kLz4, frame, kPlenty)->view() == plain);
}

TEST(Zstd, FramesWithoutAContentSizeAreRead) {
  const std::string plain = Sample(300000);
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string frame(ZSTD_compressBound(plain.size()), '\0');
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), plain.data(), plain.size()));
  ZSTD_freeCCtx(context);
  EXPECT_TRUE(Decompress(Codec::kZstd, frame, kPlenty)->view() == plain);
}

TEST(Compression, FailureDoesNotSpoilTheNextCall) {  // contexts are kept per thread
  for (const Codec codec : {Codec::kLz4, Codec::kZstd}) {
    const std::string frame = Compressed(codec, Sample(50000));
    EXPECT_FALSE(Decompress(codec, std::string_view(frame).substr(0, 500), kPlenty).ok());
    EXPECT_TRUE(Decompress(codec, frame, kPlenty)->view() == Sample(50000));
  }
}

}  // namespace
}  // namespace braid::storage
