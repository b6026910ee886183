// Variable-length integers: seven bits a byte, least significant first, the top bit says "more
// follows". Unsigned ones are the length prefixes of Kafka's flexible messages; signed ones
// (zigzag: 0, -1, 1, -2
// ... become 0, 1, 2, 3 ...) are the fields of a record.
//
// Reading takes bytes off the front of a string_view and never goes past its end: nullopt when the
// bytes run out, when there are more than a value of that width can need, or when the value does
// not fit. A cursor that failed is left where it was.
#ifndef BRAID_STORAGE_VARINT_H_
#define BRAID_STORAGE_VARINT_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace braid::storage {

inline constexpr size_t kMaxVarint32Bytes = 5;
inline constexpr size_t kMaxVarint64Bytes = 10;

constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

constexpr size_t UnsignedVarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}
constexpr size_t VarintSize(int64_t value) {
  return UnsignedVarintSize(ZigZag(value));
}

// Writes at `out`, which must have room, and returns the position after it.
inline char* PutUnsignedVarint(char* out, uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}
inline char* PutVarint(char* out, int64_t value) {
  return PutUnsignedVarint(out, ZigZag(value));
}

inline std::optional<uint64_t> TakeUnsignedVarint64(std::string_view& in) {
  if (!in.empty() && static_cast<uint8_t>(in[0]) < 0x80) {  // most of them
    const auto byte = static_cast<uint8_t>(in[0]);
    in.remove_prefix(1);
    return byte;
  }
  uint64_t value = 0;
  const size_t limit = in.size() < kMaxVarint64Bytes ? in.size() : kMaxVarint64Bytes;
  for (size_t i = 0; i < limit; ++i) {
    const auto byte = static_cast<uint8_t>(in[i]);
    if (i == kMaxVarint64Bytes - 1 && byte > 1) return std::nullopt;  // past bit 63
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      in.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

inline std::optional<uint32_t> TakeUnsignedVarint32(std::string_view& in) {
  std::string_view rest = in.substr(0, kMaxVarint32Bytes);
  const size_t offered = rest.size();
  const std::optional<uint64_t> value = TakeUnsignedVarint64(rest);
  if (!value || *value > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  in.remove_prefix(offered - rest.size());
  return static_cast<uint32_t>(*value);
}

inline std::optional<int64_t> TakeVarint64(std::string_view& in) {
  const std::optional<uint64_t> raw = TakeUnsignedVarint64(in);
  if (!raw) return std::nullopt;
  return UnZigZag(*raw);
}

inline std::optional<int32_t> TakeVarint32(std::string_view& in) {
  if (!in.empty() && static_cast<uint8_t>(in[0]) < 0x80) {  // the common case, one byte
    const auto raw = static_cast<uint8_t>(in[0]);
    in.remove_prefix(1);
    return static_cast<int32_t>(UnZigZag(raw));
  }
  const std::optional<uint32_t> raw = TakeUnsignedVarint32(in);
  if (!raw) return std::nullopt;
  return static_cast<int32_t>(UnZigZag(*raw));
}

}  // namespace braid::storage

#endif  // BRAID_STORAGE_VARINT_H_
