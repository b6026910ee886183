// The checksums of a log's small files, put right: no mutation would hit them. docs/format.md has
// the layouts.
#ifndef BRAID_TESTS_FUZZ_INDEX_BYTES_H_
#define BRAID_TESTS_FUZZ_INDEX_BYTES_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/coding.h"
#include "storage/crc32c.h"

namespace braid::fuzz {

// Of a segment's sidecar; also the count of its entries.
inline std::string WithRightIndexCrcs(std::string bytes) {
  constexpr size_t kCountAt = 52, kHeaderCrcAt = 56, kHeaderBytes = 60, kEntryBytes = 24;
  if (bytes.size() < kHeaderBytes) return bytes;
  const size_t count = (bytes.size() - kHeaderBytes) / kEntryBytes;
  bytes.resize(kHeaderBytes + count * kEntryBytes);
  storage::StoreBigEndian<uint32_t>(bytes.data() + kCountAt, static_cast<uint32_t>(count));
  storage::StoreBigEndian<uint32_t>(
      bytes.data() + kHeaderCrcAt,
      storage::Crc32c(std::string_view(bytes).substr(0, kHeaderCrcAt)));
  const uint32_t crc = storage::Crc32c(std::string_view(bytes).substr(kHeaderBytes));
  bytes.resize(bytes.size() + sizeof crc);
  storage::StoreBigEndian<uint32_t>(bytes.data() + bytes.size() - sizeof crc, crc);
  return bytes;
}

// Of a manifest.
inline std::string WithRightManifestCrc(std::string bytes) {
  if (bytes.size() < sizeof(uint32_t)) return bytes;
  const size_t crc_at = bytes.size() - sizeof(uint32_t);
  storage::StoreBigEndian<uint32_t>(bytes.data() + crc_at,
                                    storage::Crc32c(std::string_view(bytes).substr(0, crc_at)));
  return bytes;
}

}  // namespace braid::fuzz

#endif  // BRAID_TESTS_FUZZ_INDEX_BYTES_H_
