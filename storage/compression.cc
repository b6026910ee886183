#include "storage/compression.h"

#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

#include "braid/error.h"
#include "storage/batch_format.h"
#include "storage/coding.h"
#include "storage/output_buffer.h"

namespace braid::storage {
namespace {

absl::Status Malformed(std::string_view what) {
  return MakeError(Errc::kCorruptBatch, what);
}
absl::Status TooLong() {
  return MakeError(Errc::kCorruptBatch, "records decompress past the limit");
}

// A first guess at the decoded size; generous enough for JSON, far from what a bomb promises.
size_t GuessDecodedSize(std::string_view bytes) {
  return bytes.size() * 4;
}

// ---- gzip

class Inflater {
 public:
  Inflater() { ok_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~Inflater() {
    if (ok_) inflateEnd(&stream_);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool ok() const { return ok_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
  bool ok_ = false;
};

absl::StatusOr<Buffer> Gunzip(std::string_view bytes, size_t max_bytes) {
  Inflater inflater;
  if (!inflater.ok()) return MakeError(Errc::kOutOfMemory, "no memory to inflate");
  z_stream& stream = inflater.stream();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  OutputBuffer out(GuessDecodedSize(bytes), max_bytes);
  while (true) {
    if (out.room() == 0 && !out.Grow()) return TooLong();
    const auto room = static_cast<uInt>(out.room());
    stream.next_out = reinterpret_cast<Bytef*>(out.end());
    stream.avail_out = room;
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.Advance(room - stream.avail_out);
    if (result == Z_STREAM_END) {
      if (stream.avail_in == 0) return std::move(out).Freeze();
      if (inflateReset(&stream) != Z_OK) return Malformed("gzip stream is damaged");
      continue;  // another member follows
    }
    const bool starved = stream.avail_in == 0 && stream.avail_out != 0;
    if ((result != Z_OK && result != Z_BUF_ERROR) || starved) {
      return Malformed("gzip stream is damaged");
    }
  }
}

absl::Status Gzip(std::string_view bytes, std::string& out) {
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return MakeError(Errc::kOutOfMemory, "no memory to deflate");
  }
  const size_t start = out.size();
  out.resize(start + deflateBound(&stream, bytes.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + start);
  stream.avail_out = static_cast<uInt>(out.size() - start);
  const int result = deflate(&stream, Z_FINISH);
  out.resize(start + stream.total_out);
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return MakeError(Errc::kUnknown, "deflate did not finish");
  return absl::OkStatus();
}

// ---- snappy

constexpr std::string_view kXerialMagic("\x82SNAPPY\0", 8);
constexpr size_t kXerialHeaderBytes = 16;  // magic, version, oldest compatible version

absl::Status UnsnappyBlock(std::string_view block, OutputBuffer& out) {
  size_t decoded = 0;
  if (!snappy::GetUncompressedLength(block.data(), block.size(), &decoded)) {
    return Malformed("snappy block is damaged");
  }
  // No element of the format yields more than 64 bytes from two: a larger claim is a lie.
  if (decoded > block.size() * 32) return Malformed("snappy block claims an impossible length");
  if (!out.Reserve(decoded)) return TooLong();
  if (!snappy::RawUncompress(block.data(), block.size(), out.end())) {
    return Malformed("snappy block is damaged");
  }
  out.Advance(decoded);
  return absl::OkStatus();
}

absl::StatusOr<Buffer> Unsnappy(std::string_view bytes, size_t max_bytes) {
  OutputBuffer out(GuessDecodedSize(bytes), max_bytes);
  if (bytes.substr(0, kXerialMagic.size()) != kXerialMagic) {
    if (absl::Status status = UnsnappyBlock(bytes, out); !status.ok()) return status;
    return std::move(out).Freeze();
  }
  if (bytes.size() < kXerialHeaderBytes) return Malformed("snappy header is cut short");
  bytes.remove_prefix(kXerialHeaderBytes);
  while (!bytes.empty()) {
    if (bytes.size() < sizeof(uint32_t)) return Malformed("snappy block length is cut short");
    const size_t length = LoadBigEndian<uint32_t>(bytes.data());
    bytes.remove_prefix(sizeof(uint32_t));
    if (length > bytes.size()) return Malformed("snappy block is cut short");
    if (absl::Status status = UnsnappyBlock(bytes.substr(0, length), out); !status.ok()) {
      return status;
    }
    bytes.remove_prefix(length);
  }
  return std::move(out).Freeze();
}

absl::Status Snappy(std::string_view bytes, std::string& out) {
  const size_t start = out.size();
  out.resize(start + snappy::MaxCompressedLength(bytes.size()));
  size_t written = 0;
  snappy::RawCompress(bytes.data(), bytes.size(), out.data() + start, &written);
  out.resize(start + written);
  return absl::OkStatus();
}

// ---- lz4. Contexts are kept per thread: making one costs more than decoding a small batch.

struct Lz4Free {
  void operator()(LZ4F_dctx* context) const { LZ4F_freeDecompressionContext(context); }
};

LZ4F_dctx* Lz4Context() {
  thread_local std::unique_ptr<LZ4F_dctx, Lz4Free> context;
  if (context == nullptr) {
    LZ4F_dctx* fresh = nullptr;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&fresh, LZ4F_VERSION))) return nullptr;
    context.reset(fresh);
  }
  LZ4F_resetDecompressionContext(context.get());
  return context.get();
}

size_t Lz4BlockBytes(LZ4F_blockSizeID_t id) {
  switch (id) {
    case LZ4F_max256KB:
      return 256 << 10;
    case LZ4F_max1MB:
      return 1 << 20;
    case LZ4F_max4MB:
      return 4 << 20;
    default:
      return 64 << 10;
  }
}

// `blocks` is a frame behind its header. Most batches are one block and fill most of it: memory for
// just that block is neither slack nor too little.
size_t GuessLz4Size(std::string_view blocks, const LZ4F_frameInfo_t& info) {
  constexpr size_t kSizeField = sizeof(uint32_t);  // of a block; the end mark is one, too
  constexpr size_t kChecksums = 2 * sizeof(uint32_t);
  if (blocks.size() < kSizeField) return GuessDecodedSize(blocks);
  uint32_t first = 0;
  for (size_t i = 0; i < kSizeField; ++i) {  // little-endian; the top bit says "not compressed"
    first |= uint32_t{static_cast<uint8_t>(blocks[i])} << (8 * i);
  }
  const size_t one_block = 2 * kSizeField + kChecksums + (first & 0x7fffffff);
  if (one_block < blocks.size()) return GuessDecodedSize(blocks);
  return std::min(Lz4BlockBytes(info.blockSizeID), 2 * GuessDecodedSize(blocks));
}

absl::StatusOr<Buffer> UnLz4(std::string_view bytes, size_t max_bytes) {
  LZ4F_dctx* context = Lz4Context();
  if (context == nullptr) return MakeError(Errc::kOutOfMemory, "no memory to decode lz4");
  LZ4F_frameInfo_t info;
  size_t header = bytes.size();
  if (LZ4F_isError(LZ4F_getFrameInfo(context, &info, bytes.data(), &header))) {
    return Malformed("lz4 frame is damaged");
  }
  bytes.remove_prefix(header);
  OutputBuffer out(GuessLz4Size(bytes, info), max_bytes);
  size_t hint = 1;  // 0 once a frame is complete
  while (!bytes.empty() || hint != 0) {
    if (out.room() == 0 && !out.Grow()) return TooLong();
    size_t taken = bytes.size();
    size_t given = out.room();
    hint = LZ4F_decompress(context, out.end(), &given, bytes.data(), &taken, nullptr);
    if (LZ4F_isError(hint)) return Malformed("lz4 frame is damaged");
    out.Advance(given);
    bytes.remove_prefix(taken);
    if (taken == 0 && given == 0 && hint != 0) return Malformed("lz4 frame is cut short");
  }
  return std::move(out).Freeze();
}

absl::Status Lz4(std::string_view bytes, std::string& out) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockMode = LZ4F_blockIndependent;  // all that Kafka's Java client reads
  const size_t start = out.size();
  out.resize(start + LZ4F_compressFrameBound(bytes.size(), &preferences));
  const size_t written = LZ4F_compressFrame(out.data() + start, out.size() - start, bytes.data(),
                                            bytes.size(), &preferences);
  if (LZ4F_isError(written)) {
    out.resize(start);
    return MakeError(Errc::kUnknown, "lz4 refused to compress");
  }
  out.resize(start + written);
  return absl::OkStatus();
}

// ---- zstd

struct ZstdFree {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx* ZstdContext() {
  thread_local std::unique_ptr<ZSTD_DCtx, ZstdFree> context(ZSTD_createDCtx());
  if (context != nullptr) ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
  return context.get();
}

absl::StatusOr<Buffer> UnZstd(std::string_view bytes, size_t max_bytes) {
  ZSTD_DCtx* context = ZstdContext();
  if (context == nullptr) return MakeError(Errc::kOutOfMemory, "no memory to decode zstd");
  OutputBuffer out(GuessDecodedSize(bytes), max_bytes);
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  size_t hint = 1;  // 0 once a frame is complete
  while (in.pos < in.size || hint != 0) {
    if (out.room() == 0 && !out.Grow()) return TooLong();
    ZSTD_outBuffer target = {out.end(), out.room(), 0};
    const size_t before = in.pos;
    hint = ZSTD_decompressStream(context, &target, &in);
    if (ZSTD_isError(hint)) return Malformed("zstd frame is damaged");
    out.Advance(target.pos);
    if (in.pos == before && target.pos == 0 && hint != 0) {
      return Malformed("zstd frame is cut short");
    }
  }
  return std::move(out).Freeze();
}

absl::Status Zstd(std::string_view bytes, std::string& out) {
  const size_t start = out.size();
  out.resize(start + ZSTD_compressBound(bytes.size()));
  const size_t written = ZSTD_compress(out.data() + start, out.size() - start, bytes.data(),
                                       bytes.size(), /*compressionLevel=*/1);
  if (ZSTD_isError(written)) {
    out.resize(start);
    return MakeError(Errc::kUnknown, "zstd refused to compress");
  }
  out.resize(start + written);
  return absl::OkStatus();
}

// ---- the table

absl::StatusOr<Buffer> Plain(std::string_view bytes, size_t max_bytes) {
  if (bytes.size() > max_bytes) return TooLong();
  return Buffer::Copy(bytes);
}
absl::Status PlainTo(std::string_view bytes, std::string& out) {
  out.append(bytes);
  return absl::OkStatus();
}

struct CodecRow {
  absl::StatusOr<Buffer> (*decode)(std::string_view bytes, size_t max_bytes);
  absl::Status (*encode)(std::string_view bytes, std::string& out);
};

// Indexed by Codec.
constexpr CodecRow kCodecs[] = {
    {Plain, PlainTo}, {Gunzip, Gzip}, {Unsnappy, Snappy}, {UnLz4, Lz4}, {UnZstd, Zstd}};

const CodecRow* FindCodec(Codec codec) {
  const auto index = static_cast<size_t>(codec);
  return index < std::size(kCodecs) ? &kCodecs[index] : nullptr;
}

absl::Status UnknownCodec() {
  return MakeError(Errc::kUnsupportedCodec, "the batch names an unknown compression codec");
}

}  // namespace

absl::StatusOr<Buffer> Decompress(Codec codec, std::string_view bytes, size_t max_bytes) {
  const CodecRow* row = FindCodec(codec);
  return row == nullptr ? UnknownCodec() : row->decode(bytes, max_bytes);
}

absl::Status CompressTo(Codec codec, std::string_view bytes, std::string& out) {
  const CodecRow* row = FindCodec(codec);
  return row == nullptr ? UnknownCodec() : row->encode(bytes, out);
}

absl::StatusOr<Buffer> RecordsBlock(const Batch& batch) {
  if (batch.bytes().empty()) return Buffer();
  const Buffer block = batch.bytes().Slice(kBatchHeaderBytes);
  if (batch.header().codec() == Codec::kNone) return block;
  return Decompress(batch.header().codec(), block.view(), kMaxDecompressedBytes);
}

}  // namespace braid::storage
