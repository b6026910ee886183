// A small disk of the kernel's own, for faults that no fake can vouch for: a tmpfs in a mount
// namespace of this process, so that nobody else sees it and nothing is left behind.
#ifndef BRAID_TESTS_STORAGE_REAL_DISK_H_
#define BRAID_TESTS_STORAGE_REAL_DISK_H_

#include <sys/resource.h>

#include <cstdint>
#include <string>

namespace braid {

class RealDisk {
 public:
  // Mounts `size_bytes` of it and makes it the current directory. problem() says why it could not.
  explicit RealDisk(int64_t size_bytes);
  ~RealDisk();
  RealDisk(const RealDisk&) = delete;
  RealDisk& operator=(const RealDisk&) = delete;

  const std::string& problem() const { return problem_; }  // empty: it is there

  // A file takes all the room but `left_bytes`, and gives it back. Rounded to pages.
  void Fill(int64_t left_bytes = 0);
  void Free();
  // Makes all of the disk read-only, or not. No file may be open for writing. False: it failed.
  bool SetReadOnly(bool read_only);
  // Makes `dir` read-only for files that are opened from now on, until Uncover().
  bool CoverReadOnly(const std::string& dir);
  bool Uncover(const std::string& dir);

 private:
  std::string dir_;
  std::string before_;
  std::string problem_;
  bool mounted_ = false;
};

// The soft limit of a resource of this process, lower while this lives.
class LowerLimit {
 public:
  LowerLimit(__rlimit_resource_t resource, rlim_t limit);
  ~LowerLimit();
  LowerLimit(const LowerLimit&) = delete;
  LowerLimit& operator=(const LowerLimit&) = delete;

 private:
  const __rlimit_resource_t resource_;
  rlimit before_ = {};
};

}  // namespace braid

#endif  // BRAID_TESTS_STORAGE_REAL_DISK_H_
