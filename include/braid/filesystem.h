// The seam to the disk. Braid touches files only through a FileSystem: the posix one, the memory
// one, and the fault-injecting one of braid/testing.h.
//
// Paths are '/'-separated. Functions of FileSystem are thread-safe; a file object belongs to one
// thread at a time, except ReadFile, which any number of threads may share. Errors carry Errc::kIo,
// with absl::IsNotFound() true for a missing file; Errc::kOutOfSpace is a full disk, and
// Errc::kOutOfMemory the budget of a memory one that is used up.
#ifndef BRAID_FILESYSTEM_H_
#define BRAID_FILESYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "braid/buffer.h"

namespace braid {

// A file being written at its end. The destructor closes it.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // Writes all of `bytes` at the end. An implementation may keep a reference instead of a copy.
  // After an error the file may hold any prefix of `bytes`: the caller truncates before it appends
  // again.
  virtual absl::Status Append(const Buffer& bytes) = 0;
  // Everything appended so far survives a power cut once this returns ok. May be called by one
  // thread while another appends.
  virtual absl::Status Sync() = 0;
  // Cuts the file to `size` bytes.
  virtual absl::Status Truncate(uint64_t size) = 0;
  virtual uint64_t size() const = 0;
};

// A file being read at any position; bytes appended after it was opened can be read too.
class ReadFile {
 public:
  virtual ~ReadFile() = default;
  // Up to `n` bytes from `offset`; fewer only at the end of the file.
  virtual absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const = 0;
  virtual absl::StatusOr<uint64_t> Size() const = 0;
};

// Held while the object lives.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Opens for appending, created when missing.
  virtual absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) = 0;
  virtual absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) = 0;
  virtual absl::Status Remove(const std::string& path) = 0;
  // Removes a directory and all below it; ok when it is not there.
  virtual absl::Status RemoveAll(const std::string& dir) = 0;
  // Atomic; replaces `to`.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  virtual bool Exists(const std::string& path) = 0;
  // Names (not paths) of a directory's entries, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& dir) = 0;
  // Creates a directory and its parents; ok when it is there.
  virtual absl::Status CreateDirs(const std::string& dir) = 0;
  // Created, renamed and removed entries of `dir` survive a power cut once this returns ok.
  virtual absl::Status SyncDir(const std::string& dir) = 0;
  // Errc::kLocked when another process, or another lock of this one, holds it.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;
  // True when reads cost no copy, so that caching in front of this file system is waste.
  virtual bool in_memory() const = 0;

  // The operating system's; lives for ever.
  static FileSystem& Posix();
  // A fresh empty one in memory, refusing appends past `budget_bytes` (0: no budget).
  static std::unique_ptr<FileSystem> Memory(uint64_t budget_bytes = 0);
};

}  // namespace braid

#endif  // BRAID_FILESYSTEM_H_
