#include <fmt/format.h>

#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/error.h"
#include "braid/filesystem.h"
#include "storage/io_error.h"
#include "storage/mem_file.h"
#include "storage/path_tree.h"

namespace braid {
namespace {

using storage::ByteBudget;
using storage::FileNotFound;
using storage::MemFile;

class MemAppendFile : public AppendFile {
 public:
  explicit MemAppendFile(std::shared_ptr<MemFile> file) : file_(std::move(file)) {}
  absl::Status Append(const Buffer& bytes) override { return file_->Append(bytes); }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::Status Truncate(uint64_t size) override {
    file_->Truncate(size);
    return absl::OkStatus();
  }
  uint64_t size() const override { return file_->size(); }

 private:
  const std::shared_ptr<MemFile> file_;
};

class MemReadFile : public ReadFile {
 public:
  explicit MemReadFile(std::shared_ptr<const MemFile> file) : file_(std::move(file)) {}
  absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
    return file_->Read(offset, n);
  }
  absl::StatusOr<uint64_t> Size() const override { return file_->size(); }

 private:
  const std::shared_ptr<const MemFile> file_;
};

// Paths that are locked. Outlives the file system while somebody holds a lock.
class LockTable {
 public:
  bool Take(const std::string& path) {
    absl::MutexLock lock(&mu_);
    return held_.insert(path).second;
  }
  void GiveBack(const std::string& path) {
    absl::MutexLock lock(&mu_);
    held_.erase(path);
  }

 private:
  absl::Mutex mu_;
  std::set<std::string> held_ ABSL_GUARDED_BY(mu_);
};

class MemFileLock : public FileLock {
 public:
  MemFileLock(std::shared_ptr<LockTable> table, std::string path)
      : table_(std::move(table)), path_(std::move(path)) {}
  ~MemFileLock() override { table_->GiveBack(path_); }

 private:
  const std::shared_ptr<LockTable> table_;
  const std::string path_;
};

class MemFileSystem : public FileSystem {
 public:
  explicit MemFileSystem(uint64_t budget_bytes)
      : budget_(std::make_shared<ByteBudget>(budget_bytes)) {}

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    absl::MutexLock lock(&mu_);
    absl::StatusOr<std::shared_ptr<MemFile>> file = FindOrCreate(path);
    if (!file.ok()) return file.status();
    return std::make_unique<MemAppendFile>(*std::move(file));
  }

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    absl::MutexLock lock(&mu_);
    std::shared_ptr<MemFile> file = tree_.FindFile(path);
    if (file == nullptr) return FileNotFound(path);
    return std::make_unique<MemReadFile>(std::move(file));
  }

  absl::Status Remove(const std::string& path) override {
    absl::MutexLock lock(&mu_);
    const std::shared_ptr<MemFile> file = tree_.RemoveFile(path);
    if (file == nullptr) return FileNotFound(path);
    file->Unlink();
    return absl::OkStatus();
  }

  absl::Status RemoveAll(const std::string& dir) override {
    absl::MutexLock lock(&mu_);
    for (const auto& [path, file] : tree_.RemoveAll(dir)) {
      if (file != nullptr) file->Unlink();
    }
    return absl::OkStatus();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    absl::MutexLock lock(&mu_);
    absl::StatusOr<std::shared_ptr<MemFile>> replaced = tree_.Rename(from, to);
    if (!replaced.ok()) return replaced.status();
    if (*replaced != nullptr) (*replaced)->Unlink();
    return absl::OkStatus();
  }

  bool Exists(const std::string& path) override {
    absl::MutexLock lock(&mu_);
    return tree_.Exists(path);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) override {
    absl::MutexLock lock(&mu_);
    return tree_.List(dir);
  }

  absl::Status CreateDirs(const std::string& dir) override {
    absl::MutexLock lock(&mu_);
    return tree_.AddDirs(dir).status();
  }

  absl::Status SyncDir(const std::string& dir) override {
    absl::MutexLock lock(&mu_);
    return tree_.IsDir(dir) ? absl::OkStatus() : FileNotFound(dir);
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    {
      absl::MutexLock lock(&mu_);
      if (absl::Status status = FindOrCreate(path).status(); !status.ok()) return status;
    }
    std::string normal = storage::NormalizePath(path);
    if (!locks_->Take(normal)) return MakeError(Errc::kLocked, fmt::format("{} is locked", path));
    return std::make_unique<MemFileLock>(locks_, std::move(normal));
  }

  bool in_memory() const override { return true; }

 private:
  absl::StatusOr<std::shared_ptr<MemFile>> FindOrCreate(const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (std::shared_ptr<MemFile> file = tree_.FindFile(path)) return file;
    auto file = std::make_shared<MemFile>(budget_);
    if (absl::Status status = tree_.AddFile(path, file); !status.ok()) return status;
    return file;
  }

  const std::shared_ptr<ByteBudget> budget_;
  const std::shared_ptr<LockTable> locks_ = std::make_shared<LockTable>();
  absl::Mutex mu_;
  storage::PathTree<MemFile> tree_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::unique_ptr<FileSystem> FileSystem::Memory(uint64_t budget_bytes) {
  return std::make_unique<MemFileSystem>(budget_bytes);
}

}  // namespace braid
