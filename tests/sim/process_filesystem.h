// What one process sees of the machine's disk. When the process dies every call fails, whoever
// still holds a file: what was written stays, what was only in memory is gone. So a kill -9 is
// Die(), then the engine's destructor, then a new process.
#ifndef BRAID_TESTS_SIM_PROCESS_FILESYSTEM_H_
#define BRAID_TESTS_SIM_PROCESS_FILESYSTEM_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "braid/filesystem.h"

namespace braid::sim {

// A bug planted between the engine and the disk, to see whether the simulation finds it.
class Sabotage {
 public:
  virtual ~Sabotage() = default;
  // True: this fsync answers ok and does nothing.
  virtual bool SkipsSync(const std::string& path) {
    (void)path;
    return false;
  }
  // What is written in place of `bytes`; of the same length.
  virtual Buffer Written(const std::string& path, const Buffer& bytes) {
    (void)path;
    return bytes;
  }
};

class ProcessFileSystem : public FileSystem {
 public:
  // Neither is owned; `sabotage` may be null.
  ProcessFileSystem(FileSystem* disk, Sabotage* sabotage);

  void Die() { life_->operations_left = 0; }
  // Dies at the mutating operation after `operations` more; an append then leaves a part of itself.
  void DieAfter(int64_t operations) { life_->operations_left = operations; }
  bool dead() const { return life_->operations_left == 0; }
  // A log whose sync failed refuses what follows, until it is opened again.
  bool sync_failed() const { return life_->sync_failed; }

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override;
  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status RemoveAll(const std::string& dir) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  bool Exists(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) override;
  absl::Status CreateDirs(const std::string& dir) override;
  absl::Status SyncDir(const std::string& dir) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;
  bool in_memory() const override { return false; }

  // Shared with the open files.
  struct Life {
    bool sync_failed = false;
    int64_t operations_left = -1;  // 0: dead; negative: for ever
    Sabotage* sabotage = nullptr;

    bool dead() const { return operations_left == 0; }
    // Counts one mutating operation; false when the process is dead, or dies of it.
    bool Spend() { return operations_left < 0 || (operations_left > 0 && --operations_left > 0); }
  };

 private:
  FileSystem* const disk_;
  const std::shared_ptr<Life> life_;
};

}  // namespace braid::sim

#endif  // BRAID_TESTS_SIM_PROCESS_FILESYSTEM_H_
