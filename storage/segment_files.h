// Names of a log's files: 20 decimal digits of the first offset, the generation if it is not 0,
// then what it is. Kafka's tools take the digits before the first dot for the base offset.
#ifndef BRAID_STORAGE_SEGMENT_FILES_H_
#define BRAID_STORAGE_SEGMENT_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "braid/record.h"

namespace braid::storage {

inline constexpr std::string_view kLogSuffix = ".log";        // the batches
inline constexpr std::string_view kIndexSuffix = ".bindex";   // SegmentIndex of a .log
inline constexpr std::string_view kTemporarySuffix = ".tmp";  // being written; renamed when whole
inline constexpr std::string_view kLostSuffix = ".lost";      // set aside, see docs/format.md

struct SegmentName {
  Offset base_offset = 0;
  uint32_t generation = 0;
  friend bool operator==(const SegmentName&, const SegmentName&) = default;
  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};

// "<dir>/00000000000000000042.log", or "<dir>/00000000000000000042.3.log" of generation 3.
std::string SegmentPath(std::string_view dir, Offset base_offset, uint32_t generation,
                        std::string_view suffix);
inline std::string SegmentPath(std::string_view dir, Offset base_offset, std::string_view suffix) {
  return SegmentPath(dir, base_offset, 0, suffix);
}

// What a file name (without directory) that ends in `suffix` says; nullopt for any other name.
std::optional<SegmentName> ParseSegmentName(std::string_view name, std::string_view suffix);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_FILES_H_
