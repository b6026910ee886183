#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "braid/error.h"
#include "braid/testing.h"
#include "storage/fault_file.h"
#include "storage/io_error.h"
#include "storage/path_tree.h"

namespace braid {
namespace {

using storage::FaultFile;
using storage::FileNotFound;
using storage::NormalizePath;
using storage::ParentPath;
using Tree = storage::PathTree<FaultFile>;
using FilePtr = Tree::NodePtr;

absl::Status Injected() {
  return MakeError(Errc::kIo, "injected fault");
}
absl::Status NoRoom() {
  return MakeError(Errc::kOutOfSpace, "injected fault: the disk is full");
}
absl::Status DeadFile() {
  return MakeError(Errc::kIo, "the file was open when the power went");
}

// A change of a directory that SyncDir has not made durable yet: names that go and names that come,
// all of them or none.
struct NameChange {
  std::vector<std::string> removed;
  Tree::Entries added;
};

// What open files share with their file system; outlives it while a file is open.
struct Disk {
  explicit Disk(uint64_t seed) : random(seed) {}

  // Counts a mutating operation; false when it is the one to fail.
  bool CountOperation() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    ++operations;
    return fail_in < 0 || fail_in-- != 0;
  }
  bool Chance(double probability) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    if (probability <= 0) return false;  // draws nothing: a disk without faults is as it ever was
    return std::uniform_real_distribution<double>(0, 1)(random) < probability;
  }

  absl::Mutex mu;
  std::mt19937_64 random ABSL_GUARDED_BY(mu);
  Tree tree ABSL_GUARDED_BY(mu);              // as everybody sees it
  Tree::Entries durable ABSL_GUARDED_BY(mu);  // as a power cut would leave it
  std::map<std::string, std::vector<NameChange>> unsynced ABSL_GUARDED_BY(mu);  // by directory
  std::set<std::string> locks ABSL_GUARDED_BY(mu);
  int64_t crashes ABSL_GUARDED_BY(mu) = 0;
  int64_t operations ABSL_GUARDED_BY(mu) = 0;
  int64_t fail_in ABSL_GUARDED_BY(mu) = -1;
  Faults faults ABSL_GUARDED_BY(mu);
};

class FaultAppendFile : public AppendFile {
 public:
  FaultAppendFile(std::shared_ptr<Disk> disk, FilePtr file, int64_t born)
      : disk_(std::move(disk)), file_(std::move(file)), born_(born) {}

  absl::Status Append(const Buffer& bytes) override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ != disk_->crashes) return DeadFile();
    if (!disk_->CountOperation()) {  // a failed write leaves any prefix behind
      file_->Append(bytes.view().substr(0, disk_->random() % (bytes.size() + 1)));
      return Injected();
    }
    if (disk_->Chance(disk_->faults.fail_write)) return Injected();
    if (!bytes.empty() && disk_->Chance(disk_->faults.short_write)) {
      file_->Append(bytes.view().substr(0, disk_->random() % bytes.size()));
      return Injected();
    }
    return AppendWithinRoom(bytes.view());
  }

  absl::Status Sync() override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ != disk_->crashes) return DeadFile();
    if (!disk_->CountOperation() || disk_->Chance(disk_->faults.fail_sync)) return Injected();
    file_->Sync();
    return absl::OkStatus();
  }

  absl::Status Truncate(uint64_t size) override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ != disk_->crashes) return DeadFile();
    if (!disk_->CountOperation() || disk_->Chance(disk_->faults.fail_truncate)) return Injected();
    file_->Truncate(size);
    return absl::OkStatus();
  }

  uint64_t size() const override {
    absl::MutexLock lock(&disk_->mu);
    return file_->content().size();
  }

 private:
  // A full disk takes what still fits.
  absl::Status AppendWithinRoom(std::string_view bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    int64_t& room = disk_->faults.room_bytes;
    const bool fits = room < 0 || static_cast<uint64_t>(room) >= bytes.size();
    if (!fits) bytes = bytes.substr(0, static_cast<size_t>(room));
    file_->Append(bytes);
    if (room >= 0) room -= static_cast<int64_t>(bytes.size());
    return fits ? absl::OkStatus() : NoRoom();
  }

  const std::shared_ptr<Disk> disk_;
  const FilePtr file_;
  const int64_t born_;
};

class FaultReadFile : public ReadFile {
 public:
  FaultReadFile(std::shared_ptr<Disk> disk, FilePtr file, int64_t born)
      : disk_(std::move(disk)), file_(std::move(file)), born_(born) {}

  absl::StatusOr<Buffer> Read(uint64_t offset, size_t n) const override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ != disk_->crashes) return DeadFile();
    const std::string_view content = file_->content();
    const std::string_view wanted = content.substr(std::min<uint64_t>(offset, content.size()), n);
    if (wanted.empty() || !disk_->Chance(disk_->faults.flip_read)) return Buffer::Copy(wanted);
    std::string flipped(wanted);
    const uint64_t bit = disk_->random() % (flipped.size() * 8);
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    return Buffer::Take(std::move(flipped));
  }

  absl::StatusOr<uint64_t> Size() const override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ != disk_->crashes) return DeadFile();
    return file_->content().size();
  }

 private:
  const std::shared_ptr<Disk> disk_;
  const FilePtr file_;
  const int64_t born_;
};

class FaultFileLock : public FileLock {
 public:
  FaultFileLock(std::shared_ptr<Disk> disk, std::string path, int64_t born)
      : disk_(std::move(disk)), path_(std::move(path)), born_(born) {}
  ~FaultFileLock() override {
    absl::MutexLock lock(&disk_->mu);
    if (born_ == disk_->crashes) disk_->locks.erase(path_);
  }

 private:
  const std::shared_ptr<Disk> disk_;
  const std::string path_;
  const int64_t born_;
};

class FaultFileSystemImpl : public FaultFileSystem {
 public:
  explicit FaultFileSystemImpl(uint64_t seed) : disk_(std::make_shared<Disk>(seed)) {}

  absl::StatusOr<std::unique_ptr<AppendFile>> OpenAppend(const std::string& path) override {
    absl::MutexLock lock(&disk_->mu);
    absl::StatusOr<FilePtr> file = FindOrCreate(path);
    if (!file.ok()) return file.status();
    return std::make_unique<FaultAppendFile>(disk_, *std::move(file), disk_->crashes);
  }

  absl::StatusOr<std::unique_ptr<ReadFile>> OpenRead(const std::string& path) override {
    absl::MutexLock lock(&disk_->mu);
    FilePtr file = disk_->tree.FindFile(path);
    if (file == nullptr) return FileNotFound(path);
    return std::make_unique<FaultReadFile>(disk_, std::move(file), disk_->crashes);
  }

  absl::Status Remove(const std::string& path) override {
    absl::MutexLock lock(&disk_->mu);
    if (disk_->tree.FindFile(path) == nullptr) return FileNotFound(path);
    if (!disk_->CountOperation() || disk_->Chance(disk_->faults.fail_remove)) return Injected();
    disk_->tree.RemoveFile(path);
    const std::string normal = NormalizePath(path);
    Note(normal, {.removed = {normal}, .added = {}});
    return absl::OkStatus();
  }

  absl::Status RemoveAll(const std::string& dir) override {
    absl::MutexLock lock(&disk_->mu);
    if (!disk_->CountOperation() || disk_->Chance(disk_->faults.fail_remove)) return Injected();
    const Tree::Entries gone = disk_->tree.RemoveAll(dir);
    for (auto entry = gone.rbegin(); entry != gone.rend(); ++entry) {
      Note(entry->first, {.removed = {entry->first}, .added = {}});
    }
    return absl::OkStatus();
  }

  absl::Status Rename(const std::string& from, const std::string& to) override {
    absl::MutexLock lock(&disk_->mu);
    if (!CountNameChange()) return Injected();
    const Tree::Entries before = disk_->tree.entries();
    if (absl::Status status = disk_->tree.Rename(from, to).status(); !status.ok()) return status;
    NoteRename(before, NormalizePath(to));
    return absl::OkStatus();
  }

  bool Exists(const std::string& path) override {
    absl::MutexLock lock(&disk_->mu);
    return disk_->tree.Exists(path);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& dir) override {
    absl::MutexLock lock(&disk_->mu);
    return disk_->tree.List(dir);
  }

  absl::Status CreateDirs(const std::string& dir) override {
    absl::MutexLock lock(&disk_->mu);
    if (disk_->tree.IsDir(dir)) return absl::OkStatus();
    if (!CountNameChange()) return Injected();
    const absl::StatusOr<std::vector<std::string>> made = disk_->tree.AddDirs(dir);
    if (!made.ok()) return made.status();
    for (const std::string& path : *made) Note(path, {.removed = {}, .added = {{path, nullptr}}});
    return absl::OkStatus();
  }

  absl::Status SyncDir(const std::string& dir) override {
    absl::MutexLock lock(&disk_->mu);
    if (!disk_->tree.IsDir(dir)) return FileNotFound(dir);
    if (!disk_->CountOperation() || disk_->Chance(disk_->faults.fail_sync)) return Injected();
    const auto changes = disk_->unsynced.find(NormalizePath(dir));
    if (changes == disk_->unsynced.end()) return absl::OkStatus();
    for (const NameChange& change : changes->second) MakeDurable(change);
    disk_->unsynced.erase(changes);
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override {
    absl::MutexLock lock(&disk_->mu);
    if (absl::Status status = FindOrCreate(path).status(); !status.ok()) return status;
    std::string normal = NormalizePath(path);
    if (!disk_->locks.insert(normal).second) {
      return MakeError(Errc::kLocked, path + " is locked");
    }
    return std::make_unique<FaultFileLock>(disk_, std::move(normal), disk_->crashes);
  }

  bool in_memory() const override { return false; }

  void Crash() override {
    absl::MutexLock lock(&disk_->mu);
    for (auto& [dir, changes] : disk_->unsynced) {
      const size_t kept = disk_->random() % (changes.size() + 1);
      for (size_t i = 0; i < kept; ++i) MakeDurable(changes[i]);
    }
    disk_->unsynced.clear();
    disk_->locks.clear();
    ++disk_->crashes;
    RebuildTree();
    std::set<FaultFile*> crashed;  // a file may have two names
    for (const auto& [path, file] : disk_->tree.entries()) {
      if (file != nullptr && crashed.insert(file.get()).second) {
        file->Crash(disk_->random, disk_->faults.reorder);
      }
    }
  }

  void FailOperation(int64_t n) override {
    absl::MutexLock lock(&disk_->mu);
    disk_->fail_in = n;
  }

  void SetFaults(const Faults& faults) override {
    absl::MutexLock lock(&disk_->mu);
    disk_->faults = faults;
  }

  int64_t operations() const override {
    absl::MutexLock lock(&disk_->mu);
    return disk_->operations;
  }

  absl::Status FlipBit(const std::string& path, uint64_t byte, int bit) override {
    absl::MutexLock lock(&disk_->mu);
    const FilePtr file = disk_->tree.FindFile(path);
    if (file == nullptr) return FileNotFound(path);
    if (byte >= file->content().size()) {
      return MakeError(Errc::kInvalidArgument, "no such byte in " + path);
    }
    file->FlipBit(byte, bit);
    return absl::OkStatus();
  }

 private:
  bool CountNameChange() ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    return disk_->CountOperation() && !disk_->Chance(disk_->faults.fail_name);
  }

  absl::StatusOr<FilePtr> FindOrCreate(const std::string& path)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    if (FilePtr file = disk_->tree.FindFile(path)) return file;
    if (!CountNameChange()) return Injected();
    auto file = std::make_shared<FaultFile>();
    if (absl::Status status = disk_->tree.AddFile(path, file); !status.ok()) return status;
    const std::string normal = NormalizePath(path);
    Note(normal, {.removed = {}, .added = {{normal, file}}});
    return file;
  }

  // Remembers a change of the directory that holds `path`.
  void Note(const std::string& path, NameChange change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    disk_->unsynced[ParentPath(path)].push_back(std::move(change));
  }

  // Renames are atomic; one across directories belongs to the one it goes to.
  void NoteRename(const Tree::Entries& before, const std::string& target)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    NameChange change;
    for (const auto& [path, file] : before) {
      if (!disk_->tree.Exists(path)) change.removed.push_back(path);
    }
    for (const auto& [path, file] : disk_->tree.entries()) {
      const auto old = before.find(path);
      if (old == before.end() || old->second != file) change.added[path] = file;
    }
    Note(target, std::move(change));
  }

  void MakeDurable(const NameChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    for (const std::string& path : change.removed) disk_->durable.erase(path);
    for (const auto& [path, file] : change.added) disk_->durable[path] = file;
  }

  // The durable entries whose directories are durable too.
  void RebuildTree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(disk_->mu) {
    disk_->tree = Tree();
    for (auto entry = disk_->durable.begin(); entry != disk_->durable.end();) {
      const auto& [path, file] = *entry;
      const bool reachable = disk_->tree.IsDir(ParentPath(path));
      if (reachable && file == nullptr) {
        (void)disk_->tree.AddDirs(path);
      } else if (reachable) {
        (void)disk_->tree.AddFile(path, file);
      }
      entry = reachable ? std::next(entry) : disk_->durable.erase(entry);
    }
  }

  const std::shared_ptr<Disk> disk_;
};

}  // namespace

std::unique_ptr<FaultFileSystem> FaultFileSystem::Create(uint64_t seed) {
  return std::make_unique<FaultFileSystemImpl>(seed);
}

}  // namespace braid
