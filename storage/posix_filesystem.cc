#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "braid/error.h"
#include "braid/filesystem.h"
#include "fmt/format.h"
#include "storage/io_error.h"

namespace braid {
namespace {

using storage::ErrnoError;

// Calls `call` until a signal does not interrupt it.
template <typename Call>
auto Uninterrupted(Call call) {
  while (true) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// An open file descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::StatusOr<Descriptor> OpenDescriptor(const std::string& path, int flags) {
  Descriptor fd(Uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); }));
  if (fd.get() < 0) return ErrnoError(errno, "open", path);
  return fd;
}

absl::StatusOr<uint64_t> SizeOf(const Descriptor& fd, const std::string& path) {
  struct stat info;
  if (::fstat(fd.get(), &info) != 0) return ErrnoError(errno, "stat", path);
  return static_cast<uint64_t>(info.st_size);
}

class PosixAppendFile : public AppendFile {
 public:
  PosixAppendFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  absl::Status Append(const Buffer& bytes) override {
    std::string_view rest = bytes.view();
    while (!rest.empty()) {
      const ssize_t n = Uninterrupted([&] { return ::write(fd_.get(), rest.data(), rest.size()); });
      if (n < 0) return ErrnoError(errno, "write", path_);
      rest.remove_prefix(static_cast<size_t>(n));
      size_ += static_cast<uint64_t>(n);
    }
    return absl::OkStatus();
  }

  absl::Status Sync() override {
    // After a failed fdatasync the kernel may call the lost pages clean: a later success proves
    // nothing.
    if (sync_failed_.load(std::memory_order_relaxed)) {
      return MakeError(Errc::kIo, fmt::format("sync {}: an earlier sync failed", path_));
    }
    if (Uninterrupted([&] { return ::fdatasync(fd_.get()); }) == 0) return absl::OkStatus();
    sync_failed_.store(true, std::memory_order_relaxed);
    return ErrnoError(errno, "sync", path_);
  }

  absl::Status Truncate(uint64_t size) override {
    if (Uninterrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0) {
      return ErrnoError(errno, "truncate", path_);
    }
    size_ = size;
    return absl::OkStatus();
  }

  uint64_t size() const override { return size_; }

 private:
  const Descriptor fd_;
  const std::string path_;
  uint64_t size_;
  std::atomic<bool> sync_failed_ = false;
};

class PosixReadFile : public ReadFile {
 public:
  PosixReadFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
    if (n > kTrustedReadBytes) {  // allocate for what is there, not for what was asked
      absl::StatusOr<uint64_t> size = Size();
      if (!size.ok()) return size.status();
      n = static_cast<size_t>(std::min<uint64_t>(n, *size - std::min(*size, offset)));
    }
    MutableBuffer buffer(n);
    size_t used = 0;
    while (used < n) {
      const ssize_t got = Uninterrupted([&] {
        return ::pread(fd_.get(), buffer.data() + used, n - used,
                       static_cast<off_t>(offset + used));
      });
      if (got < 0) return ErrnoError(errno, "read", path_);
      if (got == 0) break;
      used += static_cast<size_t>(got);
    }
    return std::move(buffer).Freeze(used);
  }

  absl::StatusOr<uint64_t> Size() const override { return SizeOf(fd_, path_); }

 private:
  static constexpr size_t kTrustedReadBytes = 64 << 10;
  const Descriptor fd_;
  const std::string path_;
};

class PosixFileLock : public FileLock {
 public:
  explicit PosixFileLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  const Descriptor fd_;  // closing it gives the lock up
};

class PosixFileSystem : public FileSystem {
 public:
  absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    absl::StatusOr<Descriptor> fd = OpenDescriptor(path, O_WRONLY | O_CREAT | O_APPEND);
    if (!fd.ok()) return fd.status();
    const absl::StatusOr<uint64_t> size = SizeOf(*fd, path);
    if (!size.ok()) return size.status();
    return std::make_unique<PosixAppendFile>(*std::move(fd), path, *size);
  }

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    absl::StatusOr<Descriptor> fd = OpenDescriptor(path, O_RDONLY);
    if (!fd.ok()) return fd.status();
    return std::make_unique<PosixReadFile>(*std::move(fd), path);
  }

  absl::Status Remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return ErrnoError(errno, "remove", path);
    return absl::OkStatus();
  }

  absl::Status RemoveAll(const std::string& dir) override {
    std::error_code error;
    std::filesystem::remove_all(dir, error);
    if (error) return ErrnoError(error.value(), "remove", dir);
    return absl::OkStatus();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    if (std::rename(from.c_str(), to.c_str()) != 0) return ErrnoError(errno, "rename", from);
    return absl::OkStatus();
  }

  bool Exists(const std::string& path) override { return ::access(path.c_str(), F_OK) == 0; }

  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(dir, error);
    while (!error && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (error) return ErrnoError(error.value(), "list", dir);
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status CreateDirs(const std::string& dir) override {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error) return ErrnoError(error.value(), "create", dir);
    return absl::OkStatus();
  }

  absl::Status SyncDir(const std::string& dir) override {
    const absl::StatusOr<Descriptor> fd = OpenDescriptor(dir, O_RDONLY | O_DIRECTORY);
    if (!fd.ok()) return fd.status();
    if (Uninterrupted([&] { return ::fsync(fd->get()); }) != 0) {
      return ErrnoError(errno, "sync", dir);
    }
    return absl::OkStatus();
  }

  // flock() belongs to the open file, not to the process: it keeps out a second lock of our own as
  // well.
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    absl::StatusOr<Descriptor> fd = OpenDescriptor(path, O_RDWR | O_CREAT);
    if (!fd.ok()) return fd.status();
    if (Uninterrupted([&] { return ::flock(fd->get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno != EWOULDBLOCK) return ErrnoError(errno, "lock", path);
      return MakeError(Errc::kLocked, fmt::format("{} is locked by another process", path));
    }
    return std::make_unique<PosixFileLock>(*std::move(fd));
  }

  bool in_memory() const override { return false; }
};

}  // namespace

FileSystem& FileSystem::Posix() {
  static PosixFileSystem* const filesystem = new PosixFileSystem;  // outlives static destructors
  return *filesystem;
}

}  // namespace braid
