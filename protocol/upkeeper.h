// The thread of upkeep: seals, repacks, compacts and checkpoints when there is something of it to
// do, slowly enough to leave the disk and the processor to others. It starts with the first such
// request; a server with nothing to keep up never has it.
#ifndef BRAID_PROTOCOL_UPKEEPER_H_
#define BRAID_PROTOCOL_UPKEEPER_H_

#include <atomic>
#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "engine/catalog.h"

namespace braid::net {

// Thread-safe.
class Upkeeper {
 public:
  // Without `threaded` it only remembers requests, for RunPending().
  Upkeeper(engine::Catalog* catalog, bool threaded) : catalog_(catalog), threaded_(threaded) {}
  ~Upkeeper() { Stop(); }
  Upkeeper(const Upkeeper&) = delete;
  Upkeeper& operator=(const Upkeeper&) = delete;

  // There is something to do.
  void Request();
  // Does one piece of it here and now; false when there was nothing.
  bool RunPending();
  // Leaves what is under way and ends the thread; requests are ignored from then on.
  void Stop();

 private:
  void Run();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return requested_ || stopped_; }
  bool IsStopped() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopped_; }

  engine::Catalog* const catalog_;
  const bool threaded_;
  std::atomic<bool> cancel_ = false;
  absl::Mutex mu_;
  bool requested_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_ ABSL_GUARDED_BY(mu_);
};

}  // namespace braid::net

#endif  // BRAID_PROTOCOL_UPKEEPER_H_
