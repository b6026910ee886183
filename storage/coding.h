// Big-endian integers, as Kafka's formats write them.
#ifndef BRAID_STORAGE_CODING_H_
#define BRAID_STORAGE_CODING_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace braid::storage {

static_assert(std::endian::native == std::endian::little, "coding.h swaps bytes unconditionally");

namespace coding_internal {
inline uint8_t Swap(uint8_t v) {
  return v;
}
inline uint16_t Swap(uint16_t v) {
  return __builtin_bswap16(v);
}
inline uint32_t Swap(uint32_t v) {
  return __builtin_bswap32(v);
}
inline uint64_t Swap(uint64_t v) {
  return __builtin_bswap64(v);
}
}  // namespace coding_internal

// The integer T stored in the sizeof(T) bytes at `from`.
template <typename T>
T LoadBigEndian(const char* from) {
  std::make_unsigned_t<T> raw;
  std::memcpy(&raw, from, sizeof(raw));
  return static_cast<T>(coding_internal::Swap(raw));
}

// Stores `value` in the sizeof(T) bytes at `to`. T is always named, since it decides the layout.
template <typename T>
void StoreBigEndian(char* to, std::type_identity_t<T> value) {
  const auto raw = coding_internal::Swap(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(to, &raw, sizeof(raw));
}

}  // namespace braid::storage

#endif  // BRAID_STORAGE_CODING_H_
