// Small files that are replaced whole: written beside the old one, made durable, and renamed.
#ifndef BRAID_STORAGE_ATOMIC_FILE_H_
#define BRAID_STORAGE_ATOMIC_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/buffer.h"
#include "braid/filesystem.h"

namespace braid::storage {

// `path` holds `bytes` afterwards, or what it held before. The bytes are durable; that the name is
// theirs is durable after a SyncDir of the directory. Uses "<path>.tmp".
absl::Status ReplaceFile(FileSystem& filesystem, const std::string& path, Buffer bytes);

// All of a file.
absl::StatusOr<Buffer> ReadWholeFile(FileSystem& filesystem, const std::string& path);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_ATOMIC_FILE_H_
