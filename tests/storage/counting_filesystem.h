// A file system that counts what is asked of the one beneath it. For tests and benchmarks.
#ifndef BRAID_TESTS_STORAGE_COUNTING_FILESYSTEM_H_
#define BRAID_TESTS_STORAGE_COUNTING_FILESYSTEM_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "braid/filesystem.h"

namespace braid {

struct FileCounts {
  std::atomic<int64_t> reads = 0;  // ReadFile::Read
  std::atomic<int64_t> read_bytes = 0;
  std::atomic<int64_t> written_bytes = 0;
  std::atomic<int64_t> syncs = 0;  // of files and of directories
};

class CountingAppendFile : public AppendFile {
 public:
  CountingAppendFile(std::unique_ptr<AppendFile> base, std::shared_ptr<FileCounts> counts)
      : base_(std::move(base)), counts_(std::move(counts)) {}
  absl::Status Append(const Buffer& bytes) override {
    counts_->written_bytes += static_cast<int64_t>(bytes.size());
    return base_->Append(bytes);
  }
  absl::Status Sync() override {
    ++counts_->syncs;
    return base_->Sync();
  }
  absl::Status Truncate(uint64_t size) override { return base_->Truncate(size); }
  uint64_t size() const override { return base_->size(); }

 private:
  const std::unique_ptr<AppendFile> base_;
  const std::shared_ptr<FileCounts> counts_;
};

class CountingReadFile : public ReadFile {
 public:
  CountingReadFile(std::unique_ptr<ReadFile> base, std::shared_ptr<FileCounts> counts)
      : base_(std::move(base)), counts_(std::move(counts)) {}
  absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
    absl::StatusOr<Buffer> bytes = base_->Read(offset, n);
    ++counts_->reads;
    if (bytes.ok()) counts_->read_bytes += static_cast<int64_t>(bytes->size());
    return bytes;
  }
  absl::StatusOr<uint64_t> Size() const override { return base_->Size(); }

 private:
  const std::unique_ptr<ReadFile> base_;
  const std::shared_ptr<FileCounts> counts_;
};

class CountingFileSystem : public FileSystem {
 public:
  // `base` must outlive it.
  explicit CountingFileSystem(FileSystem& base) : base_(base) {}
  const FileCounts& counts() const { return *counts_; }

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    auto file = base_.OpenAppend(path);
    if (!file.ok()) return file.status();
    return std::make_unique<CountingAppendFile>(*std::move(file), counts_);
  }
  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    auto file = base_.OpenRead(path);
    if (!file.ok()) return file.status();
    return std::make_unique<CountingReadFile>(*std::move(file), counts_);
  }
  absl::Status Remove(const std::string& path) override { return base_.Remove(path); }
  absl::Status RemoveAll(const std::string& dir) override { return base_.RemoveAll(dir); }
  absl::Status Rename(const std::string& from, const std::string& to) override {
    return base_.Rename(from, to);
  }
  bool Exists(const std::string& path) override { return base_.Exists(path); }
  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) override {
    return base_.List(dir);
  }
  absl::Status CreateDirs(const std::string& dir) override { return base_.CreateDirs(dir); }
  absl::Status SyncDir(const std::string& dir) override {
    ++counts_->syncs;
    return base_.SyncDir(dir);
  }
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    return base_.Lock(path);
  }
  bool in_memory() const override { return base_.in_memory(); }

 private:
  FileSystem& base_;
  const std::shared_ptr<FileCounts> counts_ =
      std::make_shared<FileCounts>();  // files may outlive this
};

}  // namespace braid

#endif  // BRAID_TESTS_STORAGE_COUNTING_FILESYSTEM_H_
