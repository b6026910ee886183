#include "storage/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <cstddef>

#include "storage/crc32c_fold.h"

namespace braid::storage {
namespace {

constexpr size_t kMaxPiece = size_t{1} << 30;  // ISA-L counts in int

}  // namespace

uint32_t ExtendCrc32cUnfolded(uint32_t crc, std::string_view bytes) {
  uint32_t state = ~crc;  // ISA-L leaves the two inversions of the definition to its caller
  do {
    const std::string_view piece = bytes.substr(0, kMaxPiece);
    // ISA-L reads only; its signature lacks a const.
    auto* data = reinterpret_cast<unsigned char*>(const_cast<char*>(piece.data()));
    state = crc32_iscsi(data, static_cast<int>(piece.size()), state);
    bytes.remove_prefix(piece.size());
  } while (!bytes.empty());
  return ~state;
}

uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes) {
  static const bool can_fold = CanFoldCrc32c();
  if (can_fold && bytes.size() >= kMinFoldBytes) return ~FoldCrc32c(~crc, bytes);
  return ExtendCrc32cUnfolded(crc, bytes);
}

uint32_t Crc32c(std::string_view bytes) {
  return ExtendCrc32c(0, bytes);
}

}  // namespace braid::storage
