#include "tests/sim/process_filesystem.h"

#include <utility>

#include "braid/error.h"

namespace braid::sim {
namespace {

using Life = ProcessFileSystem::Life;

absl::Status Dead() {
  return MakeError(Errc::kIo, "the process is dead");
}

class ProcessAppendFile : public AppendFile {
 public:
  ProcessAppendFile(std::shared_ptr<Life> life, std::string path, std::unique_ptr<AppendFile> file)
      : life_(std::move(life)), path_(std::move(path)), file_(std::move(file)) {}

  absl::Status Append(const Buffer& bytes) override {
    const bool was_dead = life_->dead();
    if (!life_->Spend()) {
      if (!was_dead) file_->Append(bytes.Slice(0, bytes.size() / 2)).IgnoreError();
      return Dead();
    }
    if (life_->sabotage == nullptr) return file_->Append(bytes);
    return file_->Append(life_->sabotage->Written(path_, bytes));
  }
  absl::Status Sync() override {
    if (!life_->Spend()) return Dead();
    if (life_->sabotage != nullptr && life_->sabotage->SkipsSync(path_)) return absl::OkStatus();
    absl::Status status = file_->Sync();
    if (!status.ok()) life_->sync_failed = true;
    return status;
  }
  absl::Status Truncate(uint64_t size) override {
    return life_->Spend() ? file_->Truncate(size) : Dead();
  }
  uint64_t size() const override { return file_->size(); }

 private:
  const std::shared_ptr<Life> life_;
  const std::string path_;
  const std::unique_ptr<AppendFile> file_;
};

}  // namespace

ProcessFileSystem::ProcessFileSystem(FileSystem* disk, Sabotage* sabotage)
    : disk_(disk), life_(std::make_shared<Life>()) {
  life_->sabotage = sabotage;
}

absl::StatusOr<std::unique_ptr<AppendFile>> ProcessFileSystem::OpenAppend(const std::string& path) {
  if (!life_->Spend()) return Dead();
  auto file = disk_->OpenAppend(path);
  if (!file.ok()) return file.status();
  return std::make_unique<ProcessAppendFile>(life_, path, *std::move(file));
}

// Reading changes nothing, so that a file once open may go on being read.
absl::StatusOr<std::unique_ptr<ReadFile>> ProcessFileSystem::OpenRead(const std::string& path) {
  return life_->dead() ? Dead() : disk_->OpenRead(path);
}

absl::Status ProcessFileSystem::Remove(const std::string& path) {
  return life_->Spend() ? disk_->Remove(path) : Dead();
}

absl::Status ProcessFileSystem::RemoveAll(const std::string& dir) {
  return life_->Spend() ? disk_->RemoveAll(dir) : Dead();
}

absl::Status ProcessFileSystem::Rename(const std::string& from, const std::string& to) {
  return life_->Spend() ? disk_->Rename(from, to) : Dead();
}

bool ProcessFileSystem::Exists(const std::string& path) {
  return disk_->Exists(path);
}

absl::StatusOr<std::vector<std::string>> ProcessFileSystem::List(const std::string& dir) {
  return life_->dead() ? Dead() : disk_->List(dir);
}

absl::Status ProcessFileSystem::CreateDirs(const std::string& dir) {
  return life_->Spend() ? disk_->CreateDirs(dir) : Dead();
}

absl::Status ProcessFileSystem::SyncDir(const std::string& dir) {
  if (!life_->Spend()) return Dead();
  if (life_->sabotage != nullptr && life_->sabotage->SkipsSync(dir)) return absl::OkStatus();
  absl::Status status = disk_->SyncDir(dir);
  if (!status.ok()) life_->sync_failed = true;
  return status;
}

absl::StatusOr<std::unique_ptr<FileLock>> ProcessFileSystem::Lock(const std::string& path) {
  return life_->dead() ? Dead() : disk_->Lock(path);
}

}  // namespace braid::sim
