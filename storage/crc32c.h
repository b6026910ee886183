// CRC-32C (Castagnoli), the checksum of record batches. Crc32c("123456789") is 0xe3069283.
#ifndef BRAID_STORAGE_CRC32C_H_
#define BRAID_STORAGE_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace braid::storage {

uint32_t Crc32c(std::string_view bytes);

// The checksum of a + b, given that of a: ExtendCrc32c(Crc32c(a), b).
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

// The same, as on a processor that cannot fold (storage/crc32c_fold.h).
uint32_t ExtendCrc32cUnfolded(uint32_t crc, std::string_view bytes);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_CRC32C_H_
