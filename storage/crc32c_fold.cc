#include "storage/crc32c_fold.h"

#include <cassert>

#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>
#endif

namespace braid::storage {

#if defined(__x86_64__)

namespace {

// A message is a polynomial over GF(2), and its CRC the remainder modulo P. 128 of its bits that
// stand D bits before 128 others may be added to those when multiplied by x^D mod P: the remainder
// stays the same. Folding does that with four or sixteen such pieces at once until only 128 bits
// are left.
//
// Bits are reflected: the least significant one of a byte has the highest power. A carry-less
// product of two reflected 64-bit values comes out one bit short, hence the shift of the constants.
// The low half of a piece stands 64 bits before the high half; each is multiplied by a 32-bit
// remainder, which explains the 32 in the exponents.

// x^n mod P, reflected, for a multiplication.
constexpr uint64_t PowerOfX(int n) {
  uint32_t power = 0x80000000;  // x^0
  for (int i = 0; i < n; ++i) power = (power >> 1) ^ ((power & 1) != 0 ? 0x82f63b78u : 0);
  return uint64_t{power} << 1;
}

// The two factors that move a piece by `bits`.
struct Move {
  explicit constexpr Move(int bits) : low(PowerOfX(bits + 32)), high(PowerOfX(bits - 32)) {}
  uint64_t low;
  uint64_t high;
};

constexpr Move kBy128(128);
constexpr Move kBy256(256);
constexpr Move kBy384(384);
constexpr Move kBy512(512);
constexpr Move kBy2048(2048);

#define BRAID_FOLDING __attribute__((target("avx512f,avx512vl,vpclmulqdq,pclmul,sse4.2")))

BRAID_FOLDING inline __m512i Factors(const Move& move) {
  return _mm512_set4_epi64(static_cast<int64_t>(move.high), static_cast<int64_t>(move.low),
                           static_cast<int64_t>(move.high), static_cast<int64_t>(move.low));
}

// `pieces` moved by what `factors` says, plus `onto`.
BRAID_FOLDING inline __m512i Fold(__m512i pieces, __m512i factors, __m512i onto) {
  const __m512i low = _mm512_clmulepi64_epi128(pieces, factors, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(pieces, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, onto, 0x96);  // the sum of the three
}

// Piece `n`, of all bits. (The plain intrinsic makes g++ 12 warn of what is not set.)
#define BRAID_PIECE(pieces, n) _mm512_maskz_extracti32x4_epi32(0xf, (pieces), (n))

BRAID_FOLDING inline __m512i Load(const char* at) {
  return _mm512_loadu_si512(at);
}

// The state that 64 bytes leave which nothing came before.
BRAID_FOLDING inline uint32_t Reduce(__m512i pieces) {
  const __m512i factors = _mm512_set_epi64(0, 0, kBy128.high, kBy128.low, kBy256.high, kBy256.low,
                                           kBy384.high, kBy384.low);
  const __m512i last = _mm512_maskz_mov_epi64(0xc0, pieces);
  const __m512i sums = Fold(pieces, factors, last);
  const __m128i sum = _mm_xor_si128(_mm_xor_si128(BRAID_PIECE(sums, 0), BRAID_PIECE(sums, 1)),
                                    _mm_xor_si128(BRAID_PIECE(sums, 2), BRAID_PIECE(sums, 3)));
  const auto low = static_cast<uint64_t>(_mm_cvtsi128_si64(sum));
  const auto high = static_cast<uint64_t>(_mm_extract_epi64(sum, 1));
  return static_cast<uint32_t>(_mm_crc32_u64(_mm_crc32_u64(0, low), high));
}

BRAID_FOLDING uint32_t Tail(uint32_t state, const char* at, size_t size) {
  uint64_t wide = state;
  for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; size > 0; --size, ++at) state = _mm_crc32_u8(state, static_cast<uint8_t>(*at));
  return state;
}

}  // namespace

bool CanFoldCrc32c() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
         __builtin_cpu_supports("vpclmulqdq") != 0 && __builtin_cpu_supports("pclmul") != 0 &&
         __builtin_cpu_supports("sse4.2") != 0;
}

BRAID_FOLDING uint32_t FoldCrc32c(uint32_t state, std::string_view bytes) {
  assert(bytes.size() >= kMinFoldBytes);
  constexpr size_t kWidth = 64;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  // The state so far is as good as the same bits in the first four bytes.
  __m512i a = _mm512_xor_si512(
      Load(at), _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int32_t>(state))));
  __m512i b = Load(at + kWidth);
  __m512i c = Load(at + 2 * kWidth);
  __m512i d = Load(at + 3 * kWidth);
  at += 4 * kWidth;
  const __m512i far = Factors(kBy2048);
  for (; static_cast<size_t>(end - at) >= 4 * kWidth; at += 4 * kWidth) {
    a = Fold(a, far, Load(at));
    b = Fold(b, far, Load(at + kWidth));
    c = Fold(c, far, Load(at + 2 * kWidth));
    d = Fold(d, far, Load(at + 3 * kWidth));
  }
  const __m512i near = Factors(kBy512);
  a = Fold(Fold(Fold(a, near, b), near, c), near, d);
  for (; static_cast<size_t>(end - at) >= kWidth; at += kWidth) a = Fold(a, near, Load(at));
  return Tail(Reduce(a), at, static_cast<size_t>(end - at));
}

#undef BRAID_FOLDING
#undef BRAID_PIECE

#else

bool CanFoldCrc32c() {
  return false;
}

uint32_t FoldCrc32c(uint32_t state, std::string_view) {
  assert(false);
  return state;
}

#endif

}  // namespace braid::storage
