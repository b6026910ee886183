#include "storage/atomic_file.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "storage/segment_files.h"

namespace braid::storage {

absl::Status ReplaceFile(FileSystem& filesystem, const std::string& path, Buffer bytes) {
  const std::string temporary = path + std::string(kTemporarySuffix);
  {
    absl::StatusOr<std::unique_ptr<AppendFile>> file = filesystem.OpenAppend(temporary);
    if (!file.ok()) return file.status();
    if ((*file)->size() > 0) {  // left by an attempt that failed
      if (absl::Status status = (*file)->Truncate(0); !status.ok()) return status;
    }
    if (absl::Status status = (*file)->Append(bytes); !status.ok()) return status;
    if (absl::Status status = (*file)->Sync(); !status.ok()) return status;
  }
  return filesystem.Rename(temporary, path);
}

absl::StatusOr<Buffer> ReadWholeFile(FileSystem& filesystem, const std::string& path) {
  const absl::StatusOr<std::unique_ptr<ReadFile>> file = filesystem.OpenRead(path);
  if (!file.ok()) return file.status();
  const absl::StatusOr<uint64_t> size = (*file)->Size();
  if (!size.ok()) return size.status();
  return (*file)->Read(0, static_cast<size_t>(*size));
}

}  // namespace braid::storage
