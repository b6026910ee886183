// CRC-32C by carry-less multiplication of 64 bytes at a time, where the processor has that (x86-64
// with AVX-512 and VPCLMULQDQ). Several times as fast as its CRC32 instruction, which ISA-L uses.
#ifndef BRAID_STORAGE_CRC32C_FOLD_H_
#define BRAID_STORAGE_CRC32C_FOLD_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace braid::storage {

// Shorter pieces are not worth it, and not accepted.
inline constexpr size_t kMinFoldBytes = 256;

// Whether this processor can. Asks it each time.
bool CanFoldCrc32c();

// The state after `bytes`, given the one before; the two inversions of the definition are the
// caller's. Requires CanFoldCrc32c() and bytes.size() >= kMinFoldBytes.
uint32_t FoldCrc32c(uint32_t state, std::string_view bytes);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_CRC32C_FOLD_H_
