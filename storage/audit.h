// Checks a log's directory in full: every batch's header, CRC, place and records; the manifest; the
// segment indexes. Writes nothing. What an opening would mend by itself is found as well: an audit
// says what lies there, not whether it can be lived with.
#ifndef BRAID_STORAGE_AUDIT_H_
#define BRAID_STORAGE_AUDIT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "storage/inspect.h"
#include "storage/log.h"

namespace braid::storage {

enum class Fault {
  kDamage,   // bytes of a segment that are no batch, or a batch that fails its CRC
  kLost,     // such bytes that the manifest knows of already: readers pass over them
  kTorn,     // bytes at the log's end that are no batch: a write cut short, or a damaged last batch
  kRecords,  // a batch whose CRC is right and whose records do not add up
  kMissing,  // a segment that the manifest lists has no file
  kOrder,    // a segment of the tail does not begin where the one before it ends
  kManifest,  // the manifest is unreadable, or says other things of a segment than the segment does
  kIndex,     // an index is missing, unreadable, or does not fit; it can be made again
};
std::string_view FaultName(Fault fault);  // "damage", ...

struct Finding {
  Fault fault = Fault::kDamage;
  std::string file;
  uint64_t position = 0;  // in the file
  uint64_t bytes = 0;     // 0 when the finding is about no bytes in particular
  OffsetRange offsets;
  std::string what;  // for people
};

struct Audit {
  int64_t segments = 0;
  int64_t batches = 0;  // whole ones
  int64_t records = 0;
  int64_t bytes = 0;                   // of the segments' files
  std::vector<Finding> findings;       // in the order of the log
  std::vector<std::string> leftovers;  // files that are no part of the log, and no fault

  bool clean() const { return findings.empty(); }
};

// kIo when files cannot be read: then nothing is known.
absl::StatusOr<Audit> AuditLog(FileSystem& filesystem, const std::string& dir);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_AUDIT_H_
