// Copies what is whole of a damaged log into a new directory, every batch at its old offset. The
// damaged one is only read.
#ifndef BRAID_STORAGE_SALVAGE_H_
#define BRAID_STORAGE_SALVAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "storage/log.h"

namespace braid::storage {

// Offsets that no whole batch held.
struct LostRange {
  OffsetRange offsets;
  std::string file;  // where they were, or should have been
  uint64_t position = 0;
  uint64_t bytes = 0;
};

struct Salvage {
  Offset start_offset = 0;
  Offset next_offset = 0;
  int64_t batches = 0;
  int64_t records = 0;
  int64_t bytes = 0;
  std::vector<LostRange> lost;
  int64_t torn_bytes = 0;  // at the end of the log: nobody knows of offsets in them
};

// Makes the log `to` from the log `from`. Lost offsets are covered by batches without records, so
// that the new log is whole: nothing moves, and a reader passes over them. Such a batch also tells
// the largest timestamp that is known to have been lost with them, where the manifest and indexes
// say so: the entry IDs of what follows derive from it. Errors: kInvalidArgument when `to` exists;
// kIo.
absl::StatusOr<Salvage> SalvageLog(FileSystem& filesystem, const std::string& from,
                                   const std::string& to);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_SALVAGE_H_
