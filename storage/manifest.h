// Which sealed segments a log has: one small file per log, replaced in one step. What it lists is
// whole and durable; a segment file that it does not list is either the log's tail (offsets at or
// past tail_base) or what a crash left half done.
#ifndef BRAID_STORAGE_MANIFEST_H_
#define BRAID_STORAGE_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/filesystem.h"
#include "braid/record.h"
#include "storage/segment_summary.h"

namespace braid::storage {

inline constexpr std::string_view kManifestName = "MANIFEST";

struct Manifest {
  Offset tail_base = 0;                // where the unsealed part of the log begins
  int64_t tail_running_max_ms = -1;    // largest timestamp of everything before it; -1: nothing
  std::vector<SegmentSummary> sealed;  // by offset, each beginning where the one before it ends
  friend bool operator==(const Manifest&, const Manifest&) = default;
};

// Byte layout: docs/format.md.
std::string EncodeManifest(const Manifest& manifest);
// kCorrupt when anything about the bytes is wrong.
absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes);

// Replaces the manifest of the log in `dir`; once this returns ok the new one survives a power cut.
// After an error the old one or the new one is in force.
absl::Status WriteManifest(FileSystem& filesystem, const std::string& dir,
                           const Manifest& manifest);
// absl::IsNotFound when there is none; kCorrupt; kIo.
absl::StatusOr<Manifest> ReadManifest(FileSystem& filesystem, const std::string& dir);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_MANIFEST_H_
