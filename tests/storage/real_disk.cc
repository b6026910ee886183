#include "tests/storage/real_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace braid {
namespace {

constexpr char kFiller[] = "filler";

// What mount(2) is allowed to do here is done in a namespace that dies with the process. Once.
std::string EnterNamespace() {
  const auto uid = std::to_string(::getuid());
  const auto gid = std::to_string(::getgid());
  const bool root = ::geteuid() == 0;
  if (::unshare(root ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return std::string("unshare: ") + std::strerror(errno);
  }
  if (!root) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << uid << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << gid << " 1";
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return std::string("making mounts private: ") + std::strerror(errno);
  }
  return "";
}

}  // namespace

RealDisk::RealDisk(int64_t size_bytes) {
  static const std::string namespace_problem = EnterNamespace();
  problem_ = namespace_problem;
  if (!problem_.empty()) return;
  dir_ = std::filesystem::temp_directory_path() / "braid-disk-XXXXXX";
  if (::mkdtemp(dir_.data()) == nullptr) {
    problem_ = std::string("mkdtemp: ") + std::strerror(errno);
    return;
  }
  const std::string options = "size=" + std::to_string(size_bytes);
  mounted_ = ::mount("tmpfs", dir_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  if (!mounted_) {
    problem_ = std::string("mounting a tmpfs: ") + std::strerror(errno);
    return;
  }
  before_ = std::filesystem::current_path();
  std::filesystem::current_path(dir_);
}

RealDisk::~RealDisk() {
  if (!before_.empty()) std::filesystem::current_path(before_);
  if (mounted_) ::umount2(dir_.c_str(), MNT_DETACH);
  if (!dir_.empty()) ::rmdir(dir_.c_str());
}

void RealDisk::Fill(int64_t left_bytes) {
  const int fd = ::open(kFiller, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string page(4096, 'f');
  while (true) {
    struct statvfs info = {};
    if (::fstatvfs(fd, &info) != 0) break;
    if (static_cast<int64_t>(info.f_bavail * info.f_bsize) <= left_bytes) break;
    if (::write(fd, page.data(), page.size()) <= 0) break;
  }
  ::close(fd);
}

void RealDisk::Free() {
  ::unlink(kFiller);
}

bool RealDisk::SetReadOnly(bool read_only) {
  const auto flags = static_cast<unsigned long>(read_only ? MS_REMOUNT | MS_RDONLY : MS_REMOUNT);
  return ::mount(nullptr, dir_.c_str(), nullptr, flags, nullptr) == 0;
}

bool RealDisk::CoverReadOnly(const std::string& dir) {
  if (::mount(dir.c_str(), dir.c_str(), nullptr, MS_BIND, nullptr) != 0) return false;
  return ::mount(nullptr, dir.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
}

bool RealDisk::Uncover(const std::string& dir) {
  return ::umount2(dir.c_str(), MNT_DETACH) == 0;
}

LowerLimit::LowerLimit(__rlimit_resource_t resource, rlim_t limit) : resource_(resource) {
  ::getrlimit(resource_, &before_);
  const rlimit lower = {std::min(limit, before_.rlim_cur), before_.rlim_max};
  ::setrlimit(resource_, &lower);
}

LowerLimit::~LowerLimit() {
  ::setrlimit(resource_, &before_);
}

}  // namespace braid
