// Errors of the file system, in the words of include/braid/filesystem.h.
#ifndef BRAID_STORAGE_IO_ERROR_H_
#define BRAID_STORAGE_IO_ERROR_H_

#include <string_view>

#include "absl/status/status.h"

namespace braid::storage {

// "<operation> <path>: <what errno says>". kOutOfSpace for a full disk or quota, otherwise kIo,
// with absl::IsNotFound() true for a missing file or directory.
absl::Status ErrnoError(int error, std::string_view operation, std::string_view path);

// kIo for which absl::IsNotFound() is true.
absl::Status FileNotFound(std::string_view path);

}  // namespace braid::storage

#endif  // BRAID_STORAGE_IO_ERROR_H_
