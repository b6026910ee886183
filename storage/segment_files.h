// Names of a log's files: 20 decimal digits of the first offset, then what it is.
#ifndef BRAID_STORAGE_SEGMENT_FILES_H_
#define BRAID_STORAGE_SEGMENT_FILES_H_

#include <optional>
#include <string>
#include <string_view>

#include "braid/record.h"

namespace braid::storage {

inline constexpr std::string_view kLogSuffix = ".log";        // the batches
inline constexpr std::string_view kIndexSuffix = ".bindex";   // SegmentIndex of a .log
inline constexpr std::string_view kTemporarySuffix = ".tmp";  // being written; renamed when whole
inline constexpr std::string_view kLostSuffix = ".lost";      // set aside, see docs/format.md

// "<dir>/00000000000000000042.log" and the like.
std::string SegmentPath(std::string_view dir, Offset base_offset, std::string_view suffix);

// The offset in a file name (without directory) that ends in `suffix`; nullopt for any other name.
std::optional<Offset> ParseSegmentName(std::string_view name, std::string_view suffix);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SEGMENT_FILES_H_
