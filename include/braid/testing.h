// Time and faults under a test's control, for Braid's own tests and for its users'.
//
//   ManualClock clock;                                  // starts at 2026-01-01 and stands still
//   auto engine = Engine::Open({.clock = &clock});
//   ...
//   clock.Advance(absl::Seconds(30));                   // an ack wait later
//   (*engine)->Tick();
#ifndef BRAID_TESTING_H_
#define BRAID_TESTING_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "braid/clock.h"
#include "braid/filesystem.h"

namespace braid {

// Moves only when told to. Thread-safe.
class ManualClock : public Clock {
 public:
  explicit ManualClock(absl::Time start = absl::FromUnixSeconds(1767225600)) : now_(start) {}

  absl::Time Now() const override {
    absl::MutexLock lock(&mu_);
    return now_;
  }
  void Advance(absl::Duration by) {
    absl::MutexLock lock(&mu_);
    now_ += by;
  }
  void Set(absl::Time now) {
    absl::MutexLock lock(&mu_);
    now_ = now;
  }

 private:
  mutable absl::Mutex mu_;
  absl::Time now_ ABSL_GUARDED_BY(mu_);
};

// What goes wrong by chance, as the file system's seed decides. Chances are between 0 and 1; the
// default is a disk without faults.
struct Faults {
  double fail_write = 0;   // an append writes nothing and fails
  double short_write = 0;  // an append writes some of its bytes, never all, and fails
  double fail_truncate = 0;
  double fail_sync = 0;  // Sync or SyncDir makes nothing durable and fails
  double fail_name = 0;  // a create or rename does nothing and fails
  double fail_remove = 0;
  double flip_read = 0;     // one bit of what a read returns is wrong; the file itself is not
  int64_t room_bytes = -1;  // so many can still be appended, then kOutOfSpace; -1: no limit
  // At a crash what was appended to one file and not synced survives by sectors of 512 bytes, each
  // for itself and as it was at any time, not as a prefix: what is lost before what is kept reads
  // as zeros. Truncates are still a barrier.
  bool reorder = false;
};

// A memory file system that remembers what was synced, fails on demand, and can lose power.
//
// Fault model: a write, truncate, rename, create or remove is visible at once and durable only
// after Sync() on the file or SyncDir() on its directory. Crash() rewinds to the durable state;
// each unsynced append is kept whole, kept in part (torn) or lost, as the seed decides. Files and
// directories keep the order of their changes, as journaling file systems do: what survives is a
// prefix of them, and only the last append that survives may be torn (but see Faults::reorder).
class FaultFileSystem : public FileSystem {
 public:
  static std::unique_ptr<FaultFileSystem> Create(uint64_t seed);

  // The power is cut and restored: open files die (their calls return kIo), unsynced work is in
  // doubt.
  virtual void Crash() = 0;
  // Mutating operation number `n` from now (0: the next) fails with kIo, once. Negative: never.
  virtual void FailOperation(int64_t n) = 0;
  // From now on, until set again. A full disk has room again after SetFaults({}).
  virtual void SetFaults(const Faults& faults) = 0;
  // Mutating operations seen since creation.
  virtual int64_t operations() const = 0;
  // Flips one bit of a stored file.
  virtual absl::Status FlipBit(const std::string& path, uint64_t byte, int bit) = 0;
};

}  // namespace braid

#endif  // BRAID_TESTING_H_
